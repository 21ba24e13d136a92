"""estimates(lower=, upper=): ratios and differences as they are published, with confidence intervals."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import partialpool as pp
from partialpool.cli import main
from partialpool.effects import from_interval

Z = 1.959963984540054
TABLE = {
    "trial": ["A", "B", "C", "D"],
    "hr": [0.75, 0.90, 0.62, 1.10],
    "lo": [0.60, 0.70, 0.41, 0.80],
    "hi": [0.94, 1.16, 0.94, 1.51],
}
ENDS = {"estimate": "hr", "lower": "lo", "upper": "hi", "group": "trial"}


def test_a_ratio_with_its_interval_is_its_logarithm_with_a_standard_error():
    fit = pp.estimates(TABLE, effect="hazard ratio", **ENDS)
    assert list(fit.group_columns())[:3] == ["trial", "log hazard ratio", "se"]
    np.testing.assert_allclose(fit.data.statistics["estimate"], np.log(TABLE["hr"]), rtol=1e-14)
    wanted = [(math.log(hi) - math.log(lo)) / (2 * Z) for lo, hi in zip(TABLE["lo"], TABLE["hi"], strict=True)]
    np.testing.assert_allclose(fit.data.statistics["se"], wanted, rtol=1e-14)
    assert not fit.warnings
    assert "hazard ratio" in str(fit.meta_analysis(transform="exp"))


def test_a_difference_is_taken_as_it_is_and_at_its_own_level():
    data = {"d": [1.0, 2.0, 3.5], "lo": [0.0, 0.5, 3.0], "hi": [2.0, 3.5, 4.0]}
    fit = pp.estimates(data, estimate="d", lower="lo", upper="hi", interval_level=0.9)
    np.testing.assert_allclose(fit.data.statistics["se"] * 1.6448536269514722, [1.0, 1.5, 0.5], rtol=1e-14)
    assert list(fit.group_columns())[:3] == ["group", "d", "se"]
    given = pp.estimates(estimate=data["d"], lower=data["lo"], upper=data["hi"], interval_level=0.9)
    assert np.array_equal(given.data.statistics["se"], fit.data.statistics["se"])


def test_the_function_of_effects_is_the_same():
    made = from_interval(TABLE["hr"], TABLE["lo"], TABLE["hi"], ratio=True)
    fit = pp.estimates(TABLE, effect="HR", **ENDS)
    np.testing.assert_allclose(fit.data.statistics["se"], made.se, rtol=1e-14)


@pytest.mark.parametrize(
    ("changed", "options", "said"),
    [
        ({"lo": [0.76, 0.7, 0.41, 0.8]}, {}, r"not between the ends of its interval: row 1: hr=0.75"),
        ({"lo": [0.75, 0.7, 0.41, 0.8]}, {}, r"not between the ends"),
        ({"lo": [-0.1, 0.7, 0.41, 0.8]}, {}, r"not above 0: row 1: lo=-0.1"),
        ({}, {"se": "lo"}, r"lower= and upper= or se=, not both"),
        ({}, {"upper": None}, r"A published interval takes estimate=, lower= and upper=.*upper= is missing"),
        ({}, {"interval_level": 95}, r"between 0 and 1, such as 0.95, not 95"),
        ({}, {"effect": "log hazard ratio"}, r'effect="hazard ratio" takes the logarithms .* leave effect= out'),
        ({}, {"effect": "correlation"}, r"no effect 'correlation' with an interval"),
        ({}, {"events": ("lo", "hi")}, r"takes estimate=, lower= and upper=, a column each, not events="),
    ],
)
def test_what_is_no_interval_is_refused(changed, options, said):
    with pytest.raises(pp.PartialpoolError, match=said):
        pp.estimates(TABLE | changed, **{"effect": "hazard ratio", **ENDS, **options})


def test_a_ratio_without_effect_is_warned_of():
    (said,) = pp.estimates(TABLE, **ENDS).warnings
    assert "not in the middle of its interval, by more than rounding explains, in" in said
    assert 'of ratios give effect="ratio"' in said


def test_an_interval_that_fits_no_scale_is_warned_of():
    odd = TABLE | {"hi": [1.94, 1.16, 0.94, 1.51]}
    (said,) = pp.estimates(odd, effect="ratio", **ENDS).warnings
    assert said.endswith("in 1 trial (A): check the three numbers")


def test_rounding_is_no_reason_for_a_warning():
    rng = np.random.default_rng(3)
    y, s = rng.normal(-0.2, 0.3, 40), rng.uniform(0.05, 0.6, 40)
    for digits in (2, 3):
        table = {"r": np.exp(y), "lo": np.exp(y - Z * s), "hi": np.exp(y + Z * s)}
        table = {name: np.round(values, digits) for name, values in table.items()}
        assert not pp.estimates(table, effect="ratio", estimate="r", lower="lo", upper="hi").warnings


def test_ratio_without_interval_points_to_it():
    with pytest.raises(pp.RequestError, match='effect="hazard ratio" with estimate=, lower= and upper='):
        pp.estimates(TABLE, effect="hazard ratio", events=("lo", "hi"))


def test_at_the_shell(capsys, tmp_path):
    file = tmp_path / "trials.csv"
    pd.DataFrame(TABLE).to_csv(file, index=False)
    columns = ("--estimate", "hr", "--lower", "lo", "--upper", "hi", "--group", "trial")
    for command in ("estimates", "groups"):
        code = main([command, str(file), *columns, "--effect", "hazard ratio", "--interval-level", "0.9", "--json"])
        found = json.loads(capsys.readouterr().out)["groups"]
        fit = pp.estimates(TABLE, effect="hazard ratio", **ENDS, interval_level=0.9)
        assert code == 0
        assert [row["se"] for row in found] == fit.data.statistics["se"].tolist()
    assert main(["groups", str(file), *columns[:-4], "--effect", "hazard ratio"]) == 2
    assert "takes --estimate, --lower and --upper, a column each; --upper is missing" in capsys.readouterr().err
