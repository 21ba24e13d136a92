"""Effects of a treatment from counts: against published columns, and against formulas by another hand."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from partialpool.effects import (
    fisher_z,
    log_odds_ratio,
    log_risk_ratio,
    mean_difference,
    risk_difference,
    standardised_mean_difference,
)

ALL = [log_odds_ratio, log_risk_ratio, risk_difference]
NAN, INF = float("nan"), float("inf")

PUBLISHED = [
    # data set, function, prefixes of the two arms' columns, estimate, its variance or se, digits that they have
    (
        "beta_blockers",
        log_odds_ratio,
        ("treated_deaths", "treated_n", "control_deaths", "control_n"),
        "log_odds_ratio",
        "se",
        1e-9,
    ),
    (
        "bcg_vaccine",
        log_odds_ratio,
        ("vaccinated_tb", "vaccinated_n", "control_tb", "control_n"),
        "log_odds_ratio",
        "var",
        1e-14,
    ),
    (
        "bcg_vaccine",
        log_risk_ratio,
        ("vaccinated_tb", "vaccinated_n", "control_tb", "control_n"),
        "log_risk_ratio",
        "var",
        1e-14,
    ),
    (
        "crins_transplant",
        log_odds_ratio,
        ("il2ra_events", "il2ra_n", "control_events", "control_n"),
        "log_odds_ratio",
        "var",
        1e-14,
    ),
]


@pytest.mark.parametrize(("name", "effect", "counts", "estimate", "spread", "error"), PUBLISHED)
def test_the_published_columns(name, effect, counts, estimate, spread, error):
    columns = pp.datasets.load(name)
    found = effect(*(columns[count] for count in counts))
    assert found.estimate == pytest.approx(columns[estimate], rel=error, abs=error)
    if spread == "se":
        assert found.se == pytest.approx(columns["se"], rel=error)
    else:
        assert found.se**2 == pytest.approx(columns[f"{estimate}_var"], rel=error)
    cells = np.stack([columns[counts[0]], columns[counts[1]] - columns[counts[0]]])
    others = np.stack([columns[counts[2]], columns[counts[3]] - columns[counts[2]]])
    assert np.array_equal(found.corrected, (cells == 0).any(axis=0) | (others == 0).any(axis=0))


def test_only_rows_with_an_empty_cell_are_corrected():
    """Gras (2008), 0 of 50 against 3 of 34, is the only one of the six."""
    columns = pp.datasets.load("crins_transplant")
    found = log_odds_ratio(*(columns[c] for c in ("il2ra_events", "il2ra_n", "control_events", "control_n")))
    assert found.corrected.tolist() == [False] * 5 + [True]
    assert found.estimate[-1] == pytest.approx(math.log(0.5 / 50.5 / (3.5 / 31.5)), rel=1e-14)


def exact(a, n1, c, n2):
    """The four cells as fractions, 1/2 added where one is empty."""
    cells = [Fraction(x) for x in (a, n1 - a, c, n2 - c)]
    return [x + Fraction(1, 2) for x in cells] if 0 in cells else cells


ROWS = [
    (5, 20, 7, 25), (0, 10, 3, 10), (10, 10, 3, 9), (4, 9, 0, 8), (4, 9, 8, 8), (0, 5, 0, 7), (5, 5, 7, 7),
    (0, 5, 7, 7), (1, 2, 1, 2), (1, 10**9, 10**9 - 1, 10**9), (123456, 654321, 1, 3),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_formulas_in_fractions(row):
    """Log odds and risks, and the delta method's variances, by exact arithmetic up to the last logarithm."""
    a, b, c, d = exact(*row)
    risk1, risk2 = a / (a + b), c / (c + d)
    odds = log_odds_ratio(*([x] for x in row))
    risks = log_risk_ratio(*([x] for x in row))
    difference = risk_difference(*([x] for x in row))
    tiny = 1e-14
    assert odds.estimate[0] == pytest.approx(
        math.log(risk1 / (1 - risk1)) - math.log(risk2 / (1 - risk2)), abs=tiny * 40
    )
    assert risks.estimate[0] == pytest.approx(math.log(risk1) - math.log(risk2), abs=tiny * 40)
    assert difference.estimate[0] == pytest.approx(float(risk1 - risk2), rel=tiny, abs=tiny)
    assert odds.se[0] ** 2 == pytest.approx(float(1 / a + 1 / b + 1 / c + 1 / d), rel=tiny)
    assert risks.se[0] ** 2 == pytest.approx(float((1 - risk1) / a + (1 - risk2) / c), rel=tiny)
    variance = risk1 * (1 - risk1) / (a + b) + risk2 * (1 - risk2) / (c + d)
    assert difference.se[0] ** 2 == pytest.approx(float(variance), rel=tiny)
    assert odds.corrected[0] == risks.corrected[0] == difference.corrected[0] == (a.denominator == 2)


@pytest.mark.parametrize("effect", ALL)
def test_arms_that_change_places_change_the_sign(effect):
    treated, control = ([3, 0, 9], [10, 12, 9]), ([4, 5, 1], [11, 9, 8])
    one, other = effect(*treated, *control), effect(*control, *treated)
    assert one.estimate == pytest.approx(-other.estimate, rel=1e-13)
    assert one.se == pytest.approx(other.se, rel=1e-14)
    assert np.array_equal(one.corrected, other.corrected)


@pytest.mark.parametrize("effect", [log_odds_ratio, risk_difference])
def test_counting_those_without_the_event_changes_the_sign(effect):
    a, n1, c, n2 = np.array(ROWS[:8]).T
    one, other = effect(a, n1, c, n2), effect(n1 - a, n1, n2 - c, n2)
    assert one.estimate == pytest.approx(-other.estimate, rel=1e-12, abs=1e-15)
    assert one.se == pytest.approx(other.se, rel=1e-14)


def test_columns_are_new_arrays():
    found = log_odds_ratio([3, 0], [38, 114], [3, 14], [39, 116])
    columns = found.columns()
    assert list(columns) == ["estimate", "se", "corrected"]
    columns["estimate"][:] = 0
    assert found.estimate[0] != 0
    with pytest.raises(AttributeError):
        found.se = None


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pl.Series, lambda x: np.array(x, dtype=object)])
def test_any_kind_of_sequence(kind):
    parts = [[3, 7], [38, 114], [3, 14], [39, 116]]
    found = log_odds_ratio(*(kind(part) for part in parts))
    assert found.estimate == pytest.approx([0.0281708770, -0.7410032017], abs=1e-9)
    assert (found.estimate.dtype, found.corrected.dtype) == (np.float64, np.bool_)


def test_inputs_are_left_alone():
    given = [np.array(part) for part in ([0, 7], [38, 114], [3, 14], [39, 116])]
    for array in given:
        array.flags.writeable = False
    assert log_odds_ratio(*given).corrected.tolist() == [True, False]


GOOD = {"treated_events": [3, 7], "treated_n": [38, 114], "control_events": [3, 14], "control_n": [39, 116]}


@pytest.mark.parametrize("effect", ALL)
@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (
            {"treated_events": [-1, 7]},
            pp.CellError,
            r"1 row is refused, negative: row 1: treated_events=-1\. Counts start",
        ),
        ({"treated_events": [3, 7.5]}, pp.CellError, r"not a whole number: row 2: treated_events=7\.5\. Give counts"),
        ({"treated_n": [NAN, 114]}, pp.CellError, "missing or not finite: row 1: treated_n=nan"),
        ({"control_n": [39, INF]}, pp.CellError, "missing or not finite: row 2: control_n=inf"),
        ({"control_n": [39, None]}, pp.CellError, "missing or not finite: row 2: control_n=nan"),
        ({"control_n": np.ma.array([39, 1], mask=[0, 1])}, pp.CellError, "missing or not finite: row 2"),
        ({"control_n": [39, 2.0**60]}, pp.CellError, r"above 2\^53: row 2"),
        ({"control_n": ["39", "116"]}, pp.CellError, "control_n must be counts: they are of the type"),
        ({"control_n": [39, "x"]}, pp.CellError, "control_n must be counts"),
        (
            {"control_n": np.array([39, "12%"], dtype=object)},
            pp.CellError,
            "control_n must be counts: could not convert",
        ),
        ({"treated_events": [39, 7]}, pp.CellError, "more events than people: row 1: treated_events=39, treated_n=38"),
        (
            {"control_events": [40, 120]},
            pp.CellError,
            r"2 rows are refused, more events than people: .*Did you swap control_events and control_n\?",
        ),
        ({"treated_n": [0, 114], "treated_events": [0, 7]}, pp.CellError, "nobody in an arm: row 1: treated_n=0"),
        ({"treated_n": [38]}, pp.DataError, "differ in length: treated_events 2, treated_n 1, control_events 2"),
        ({"treated_n": 38}, pp.DataError, "treated_n has 0 dimensions"),
        ({"treated_n": [[38, 114]]}, pp.DataError, "treated_n has 2 dimensions"),
        ({name: [] for name in GOOD}, pp.DataError, "There are no groups"),
    ],
)
def test_refused(effect, change, error, said):
    with pytest.raises(error, match=said):
        effect(**{**GOOD, **change})


def test_a_message_shows_five_rows():
    with pytest.raises(
        pp.CellError, match=r"8 rows are refused, negative: row 1: .*; row 5: treated_events=-1 and 3 more"
    ):
        log_odds_ratio([-1] * 8, [5] * 8, [1] * 8, [5] * 8)


# --- means and correlations --------------------------------------------------------------------------------------


def normand():
    """Lengths of stay in hospital after a stroke: Normand 1999, Statistics in Medicine 18:321, Table II."""
    m1, sd1 = [55, 27, 64, 66, 14, 19, 52, 21, 30], [47, 7, 17, 20, 8, 7, 45, 16, 27]
    m2, sd2 = [75, 29, 119, 137, 18, 18, 41, 31, 23], [64, 4, 29, 48, 11, 4, 34, 27, 20]
    n1, n2 = [155, 31, 75, 18, 8, 57, 34, 110, 60], [156, 32, 71, 18, 13, 52, 33, 183, 52]
    return m1, sd1, n1, m2, sd2, n2


def test_what_escalc_prints_of_standardised_mean_differences():
    """escalc(measure="SMD") of metafor's dat.normand1999, the first four hospitals."""
    found = standardised_mean_difference(*normand())
    assert [f"{g:.4f}" for g in found.estimate[:4]] == ["-0.3552", "-0.3479", "-2.3176", "-1.8880"]
    assert not found.corrected.any()


def test_what_escalc_prints_of_correlations():
    """escalc(measure="ZCOR") in metafor's own tests: r of 0, 0.62, 0.99 and -0.13."""
    found = fisher_z([0.0, 0.62, 0.99, -0.13], [123, 15, 6, 41])
    assert [f"{z:.4f}" for z in found.estimate] == ["0.0000", "0.7250", "2.6467", "-0.1307"]
    assert [f"{v:.4f}" for v in found.se**2] == ["0.0083", "0.0833", "0.3333", "0.0263"]


@pytest.mark.parametrize("n", [(2, 2), (2, 9), (18, 18), (160, 161), (400, 5000), (10**6, 10**9)])
def test_means_in_forty_digits(n):
    m1, s1, m2, s2 = mp.mpf("1.25"), mp.mpf("0.75"), mp.mpf("-3.5"), mp.mpf("2.125")
    with mp.workdps(40):
        n1, n2 = map(mp.mpf, n)
        m = n1 + n2 - 2
        pooled = mp.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / m)
        j = mp.exp(mp.loggamma(m / 2) - mp.loggamma((m - 1) / 2)) / mp.sqrt(m / 2)
        g = j * (m1 - m2) / pooled
        se = mp.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)))
        plain = mp.sqrt(s1**2 / n1 + s2**2 / n2)
    given = [[1.25], [0.75], [n[0]], [-3.5], [2.125], [n[1]]]
    standardised, difference = standardised_mean_difference(*given), mean_difference(*given)
    assert standardised.estimate[0] == pytest.approx(float(g), rel=1e-14)
    assert standardised.se[0] == pytest.approx(float(se), rel=1e-14)
    assert (difference.estimate[0], difference.se[0]) == (4.75, pytest.approx(float(plain), rel=1e-14))


@pytest.mark.parametrize("effect", [mean_difference, standardised_mean_difference])
def test_means_that_change_places_change_the_sign(effect):
    arms = normand()
    one, other = effect(*arms), effect(*arms[3:], *arms[:3])
    assert one.estimate == pytest.approx(-other.estimate, rel=1e-14)
    assert one.se == pytest.approx(other.se, rel=1e-14)


MEANS = {
    "treated_mean": [1.0, 2.0],
    "treated_sd": [1.0, 0.0],
    "treated_n": [10, 12],
    "control_mean": [0.0, 1.0],
    "control_sd": [2.0, 1.0],
    "control_n": [11, 9],
}


@pytest.mark.parametrize("effect", [mean_difference, standardised_mean_difference])
@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"treated_sd": [-1, 0]}, pp.CellError, "a negative standard deviation: row 1: treated_sd=-1"),
        ({"treated_n": [1, 12]}, pp.CellError, "fewer than two in an arm: row 1: treated_n=1"),
        ({"treated_n": [10.5, 12]}, pp.CellError, "not a whole number: row 1: treated_n=10.5"),
        ({"control_mean": [NAN, 1]}, pp.CellError, "missing or not finite: row 1: control_mean=nan"),
        ({"control_mean": ["x", "y"]}, pp.CellError, "control_mean must be numbers"),
        ({"control_sd": [2.0]}, pp.DataError, "differ in length"),
    ],
)
def test_means_refused(effect, change, error, said):
    with pytest.raises(error, match=said):
        effect(**{**MEANS, **change})


def test_no_scale_to_standardise_by():
    given = {**MEANS, "control_sd": [2.0, 0.0]}
    assert mean_difference(**given).se[1] == 0.0
    with pytest.raises(pp.CellError, match="both standard deviations are 0: row 2: treated_sd=0, control_sd=0"):
        standardised_mean_difference(**given)


@pytest.mark.parametrize(
    ("r", "n", "said"),
    [
        ([1.5], [10], "not a correlation: row 1: correlation=1.5"),
        ([-1.0], [10], "a perfect correlation: row 1"),
        ([0.5], [3], "too few pairs: row 1: n=3"),
        ([0.5], [10.5], "not a whole number"),
        ([NAN], [10], "missing or not finite"),
    ],
)
def test_correlations_refused(r, n, said):
    with pytest.raises(pp.CellError, match=said):
        fisher_z(r, n)
