"""Meta-analysis: published outputs to all their digits, and the same numbers by another hand in 40 digits."""

import importlib.util
import math
from pathlib import Path

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import partialpool as pp
from printed import unfolded

_SPEC = importlib.util.spec_from_file_location("published", Path(__file__).with_name("published.py"))
published = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(published)

COUNTS = {"events": ("ai", "ci"), "sizes": ("n1i", "n2i")}


def bcg(**options):
    columns = {"events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n"), "group": "trial"}
    return pp.estimates(pp.datasets.load("bcg_vaccine"), effect="log risk ratio", **columns, **options)


def crins(**options):
    columns = {"events": ("il2ra_events", "control_events"), "sizes": ("il2ra_n", "control_n"), "group": "study"}
    return pp.estimates(pp.datasets.load("crins_transplant"), effect="log odds ratio", **columns, **options)


def molloy(**options):
    return pp.estimates(published.MOLLOY, effect="ZCOR", correlation="r", sizes="n", group="study", **options)


def normand(**options):
    """Both arms of a hospital have the pooled standard deviation there, as in the paper."""
    of = pd.DataFrame(published.NORMAND)
    pooled = np.sqrt(((of.n1 - 1) * of.sd1**2 + (of.n2 - 1) * of.sd2**2) / (of.n1 + of.n2 - 2))
    table = of.assign(s1=pooled, s2=pooled)
    columns = {"means": ("m1", "m2"), "sds": ("s1", "s2"), "sizes": ("n1", "n2"), "group": "hospital"}
    return pp.estimates(table, effect="mean difference", **columns, **options)


def magnesium(**options):
    return pp.estimates(published.MAGNESIUM, effect="OR", **COUNTS, group="trial", **options)


def numbers(found):
    """Everything that software for meta-analysis prints, by its usual name."""
    mu, tau, tau2, share, ratio = (found[name] for name in ("mu", "tau", "tau^2", "I^2 (%)", "H^2"))
    ahead = found["prediction interval"]
    return {
        "tau2": tau2.estimate,
        "tau2 lower": tau2.lower,
        "tau2 upper": tau2.upper,
        "tau": tau.estimate,
        "I2": share.estimate,
        "I2 lower": share.lower,
        "I2 upper": share.upper,
        "H2": ratio.estimate,
        "H2 lower": ratio.lower,
        "H2 upper": ratio.upper,
        "Q": found.q,
        "Q p": found.q_p,
        "mu": mu.estimate,
        "se": mu.se,
        "lower": mu.lower,
        "upper": mu.upper,
        "ahead lower": ahead.lower,
        "ahead upper": ahead.upper,
    }


# As printed by metafor: of the BCG trials in its documentation of dat.bcg (REML), in its tests of confint() (DL; the
# ends of the Q-profile are found to within 1e-4 there, so that I^2 and H^2 are good to two decimals) and in the worked
# examples of Borenstein et al. (DL); of Molloy et al. in the documentation of dat.molloy2014; of Normand in Table IX.
PRINTED = [
    (bcg, "reml", {"tau2": "0.3132", "tau": "0.5597", "I2": "92.22", "H2": "12.86", "Q": "152.2330"}),
    (bcg, "reml", {"mu": "-0.7145", "se": "0.1798", "lower": "-1.0669", "upper": "-0.3622"}),
    (bcg, "dersimonian-laird", {"tau2 lower": "0.1197", "tau2 upper": "1.1115", "I2": "92.1173", "H2": "12.6861"}),
    (bcg, "dersimonian-laird", {"I2 lower": "81.92", "I2 upper": "97.68", "H2 lower": "5.53", "H2 upper": "43.07"}),
    (bcg, "dersimonian-laird", {"tau2": "0.3088", "tau": "0.5557", "I2": "92.12", "H2": "12.69", "Q": "152.2330"}),
    (bcg, "dersimonian-laird", {"mu": "-0.7141", "se": "0.1787", "lower": "-1.0644", "upper": "-0.3638"}),
    (molloy, "reml", {"tau2": "0.0081", "tau": "0.0901", "I2": "61.73", "H2": "2.61", "Q": "38.1595", "Q p": "0.0009"}),
    (molloy, "reml", {"mu": "0.1499", "se": "0.0316", "lower": "0.0881", "upper": "0.2118"}),
    (normand, "dersimonian-laird", {"mu": "-14.10", "lower": "-24.45", "upper": "-3.75", "tau2": "218.72"}),
    (normand, "reml", {"mu": "-15.12", "lower": "-32.67", "upper": "2.43", "tau2": "685.20"}),
]


@pytest.mark.parametrize(("fit", "method", "printed"), PRINTED)
def test_what_metafor_prints(fit, method, printed):
    found = numbers(fit(method=method).meta_analysis())
    shown = {name: f"{found[name]:.{len(text.split('.')[1])}f}" for name, text in printed.items()}
    assert shown == printed


def test_what_metafor_prints_of_the_ratio():
    """predict(rma(yi, vi, data=dat), transf=exp) of the BCG trials."""
    found = numbers(bcg(method="REML").meta_analysis(transform="exp"))
    shown = [f"{found[name]:.4f}" for name in ("mu", "lower", "upper", "ahead lower", "ahead upper")]
    assert shown == ["0.4894", "0.3441", "0.6962", "0.1546", "1.5490"]


@pytest.mark.parametrize(
    ("without", "heterogeneity", "log_ratio", "ratio"),
    [
        ("ISIS-4", ["51.43", "2.06", "41.18"], ["-0.20", "0.05", "-0.31", "-0.09"], ["0.82", "0.74", "0.91"]),
        ("", ["63.61", "2.75", "57.72"], ["-0.01", "0.03", "-0.06", "0.05"], ["0.99", "0.94", "1.05"]),
    ],
)
def test_what_metafor_prints_of_one_effect_of_magnesium(without, heterogeneity, log_ratio, ratio):
    """rma(method="EE") in the documentation of dat.li2007: tau is 0; its I^2 and H^2 are those of DerSimonian-Laird."""
    of = pd.DataFrame(published.MAGNESIUM_2007)
    fit = pp.estimates(of[of.trial != without], effect="OR", **COUNTS, group="trial", method="dersimonian-laird")
    found = numbers(fit.meta_analysis())
    assert [f"{found[name]:.2f}" for name in ("I2", "H2", "Q")] == heterogeneity
    one, exp = (fit.given(tau=0).population_columns(transform=to) for to in (None, "exp"))
    assert [f"{one[name][0]:.2f}" for name in ("mean", "sd", "lower", "upper")] == log_ratio
    assert [f"{exp[name][0]:.2f}" for name in ("median", "lower", "upper")] == ratio


def test_what_bayesmeta_gives_for_the_transplants():
    """mu ~ N(0, 4), tau ~ half-normal(0.5): Röver 2020, Journal of Statistical Software 93(6)."""
    fit = crins(prior=pp.Prior(mu=pp.Normal(0, 4), tau=pp.HalfNormal(0.5)))
    found, table = fit.meta_analysis(), fit.population_columns()
    assert [f"{table['mean'][0]:.5f}", f"{found['mu'].se:.5f}"] == ["-1.57643", "0.32937"]
    assert [f"{table['mean'][1]:.5f}", f"{found['tau'].se:.5f}"] == ["0.38106", "0.25937"]
    assert f"{found['tau'].estimate:.4f}" == "0.3445"
    assert f"{fit.new_group().sd:.5f}" == "0.56653"


# --- by another hand -------------------------------------------------------------------------------------------------


def exact(fit, method):
    """Point estimates and intervals in 40 digits, from the estimates and standard errors of a fit."""
    with mp.workdps(40):
        y, s = ([mp.mpf(float(x)) for x in fit.data.statistics[role]] for role in ("estimate", "se"))

        def at(tau2):
            w = [1 / (x * x + tau2) for x in s]
            mu = mp.fdot(w, y) / mp.fsum(w)
            return w, mu, mp.fsum(a * (b - mu) ** 2 for a, b in zip(w, y, strict=True))

        w, _, q = at(mp.mpf(0))
        first, second, k = mp.fsum(w), mp.fsum(a * a for a in w), len(y)
        if method == "dersimonian-laird":
            tau2 = max(mp.mpf(0), (q - (k - 1)) / (first - second / first))
        else:
            tau2 = _restricted(at, y)
        w, mu, _ = at(tau2)
        se, typical = 1 / mp.sqrt(mp.fsum(w)), (k - 1) * first / (first**2 - second)
        z = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))
        bounds = [_profile(at, k, p) for p in ("0.975", "0.025")]
        wide = mp.sqrt(se**2 + tau2)
        return {
            "tau2": tau2,
            "tau2 lower": bounds[0],
            "tau2 upper": bounds[1],
            "tau": mp.sqrt(tau2),
            "I2": 100 * tau2 / (tau2 + typical),
            "H2": 1 + tau2 / typical,
            "Q": q,
            "Q p": mp.gammainc(mp.mpf(k - 1) / 2, q / 2, mp.inf, regularized=True),
            "mu": mu,
            "se": se,
            "lower": mu - z * se,
            "upper": mu + z * se,
            "weights": [100 * a / mp.fsum(w) for a in w],
            "ahead lower": mu - z * wide,
            "ahead upper": mu + z * wide,
        }


def _falling(f):
    """Where a falling function of tau^2 is 0; 0 where it is below that everywhere."""
    if f(mp.mpf(0)) <= 0:
        return mp.mpf(0)
    low, high = mp.mpf(0), mp.mpf(1)
    while f(high) > 0:
        low, high = high, 4 * high
    for _ in range(140):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


def _restricted(at, y):
    """The tau^2 at which the derivative of the restricted likelihood is 0, or 0."""

    def slope(tau2):
        w, mu, _ = at(tau2)
        squares = mp.fsum(a * a for a in w)
        return mp.fsum((a * (b - mu)) ** 2 for a, b in zip(w, y, strict=True)) - mp.fsum(w) + squares / mp.fsum(w)

    return _falling(slope)


def _profile(at, k, below):
    """The tau^2 at which Q is the quantile of chi-squared that leaves this below it, or 0."""
    half, below = mp.mpf(k - 1) / 2, mp.mpf(below)
    target = _falling(lambda x: below - mp.gammainc(half, 0, x / 2, regularized=True))
    return _falling(lambda tau2: at(tau2)[2] - target)


@pytest.mark.parametrize("method", ["reml", "dersimonian-laird"])
@pytest.mark.parametrize("fit", [bcg, crins, molloy, normand, magnesium])
def test_in_forty_digits(fit, method):
    of = fit(method=method)
    found, wanted = numbers(of.meta_analysis()), exact(of, method)
    weights = [float(weight) for weight in wanted.pop("weights")]
    assert of.meta_analysis().weights == pytest.approx(weights, rel=1e-10)
    for name, value in wanted.items():
        assert found[name] == pytest.approx(float(value), rel=2e-10, abs=1e-13), name


@pytest.mark.parametrize("fit", [bcg, crins, molloy, magnesium])
@pytest.mark.parametrize(
    "prior", [pp.Prior(sd=pp.HalfNormal(0.5)), pp.Prior(mean=pp.Normal(0, 1), sd=pp.HalfCauchy(1))]
)
def test_weights_and_heterogeneity_on_a_lattice(fit, prior):
    """The posterior of tau on 40,000 points of a plain lattice."""
    of = fit(prior=prior)
    found = of.meta_analysis()
    y, s = (of.data.statistics[role].astype(float) for role in ("estimate", "se"))
    tau = np.linspace(0.0, 1.0, 40_001)[1:] ** 2 * 12.0
    h2 = s[:, None] ** 2 + tau**2
    w = 1.0 / h2
    flat = prior.mean is None
    total = w.sum(axis=0) + (0.0 if flat else 1.0)
    mu = (w * y[:, None]).sum(axis=0) / total
    log_p = -0.5 * np.log(h2).sum(axis=0) - 0.5 * (w * (y[:, None] - mu) ** 2).sum(axis=0) - 0.5 * np.log(total)
    log_p += (-0.5 * (tau / 0.5) ** 2) if flat else -np.log1p(tau**2) - 0.5 * mu**2
    p = np.exp(log_p - log_p.max()) * np.gradient(tau)
    p /= p.sum()
    weights = 100.0 * (w / total) @ p
    assert found.weights == pytest.approx(weights, rel=2e-6)
    assert found.weights.sum() == pytest.approx(100.0, rel=1e-12) if flat else found.weights.sum() < 100.0
    assert of.population_columns()["mean"][0] == pytest.approx(found.weights @ y / 100.0, rel=1e-10, abs=1e-13)
    v = 1.0 / s**2
    typical = (len(v) - 1) * v.sum() / (v.sum() ** 2 - (v**2).sum())
    share = 100.0 * tau**2 / (tau**2 + typical)
    row = found["I^2 (%)"]
    below = [p[share <= at].sum() for at in (row.lower, row.estimate, row.upper)]
    assert below == pytest.approx([0.025, 0.5, 0.975], abs=2e-4)
    assert found["H^2"].estimate == pytest.approx(1.0 / (1.0 - row.estimate / 100.0), rel=1e-12)


# --- what it is made of ----------------------------------------------------------------------------------------------


def test_the_prediction_interval_is_that_of_the_next_group():
    fit = bcg()
    following, found = fit.new_group(), fit.meta_analysis()["prediction interval"]
    assert (found.lower, found.estimate, found.upper) == (following.lower, following.median, following.upper)
    assert fit.prediction_interval() == (following.lower, following.upper)
    assert fit.prediction_interval(0.8, transform="exp") == pytest.approx(
        (math.exp(fit.new_group(0.8).lower), math.exp(fit.new_group(0.8).upper)), rel=1e-14
    )
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
    assert rats.prediction_interval() == (rats.new_group().lower, rats.new_group().upper)
    with pytest.raises(pp.RequestError, match="transform is for estimates and measurements"):
        rats.prediction_interval(transform="exp")


def test_tables_come_back_in_the_callers_library():
    found = bcg(method="DL").meta_analysis(transform="exp")
    table, groups = found.table(), found.groups()
    assert list(table["quantity"]) == ["mu", "tau", "tau^2", "I^2 (%)", "H^2", "prediction interval", "Q"]
    assert list(groups.columns) == ["trial", "estimate", "lower", "upper", "weight"]
    assert groups["estimate"][0] == pytest.approx((4 / 123) / (11 / 139), rel=1e-12)
    assert np.isnan(table["se"][0])


def test_alike_estimates_have_no_heterogeneity():
    fit = pp.estimates({"y": [1.0, 1.0, 1.0], "s": [0.5, 1.0, 2.0]}, estimate="y", se="s", method="reml")
    found = fit.meta_analysis()
    assert found["tau"].estimate == 0.0
    assert math.isnan(found["tau"].upper)  # the estimates differ too little for any tau
    assert (found["I^2 (%)"].estimate, found["H^2"].estimate, found.q, found.q_p) == (0.0, 1.0, 0.0, 1.0)


@pytest.mark.parametrize("unit", [1e-150, 1e-8, 1e8, 1e150])
@pytest.mark.parametrize("method", ["reml", "full"])
def test_the_unit_does_not_matter(unit, method):
    y, s = np.array([0.2, 0.7, -0.3, 1.1]), np.array([0.2, 0.3, 0.15, 0.4])
    one, other = (
        pp.estimates({"y": y * k, "s": s * k}, estimate="y", se="s", method=method).meta_analysis() for k in (1.0, unit)
    )
    assert other.weights == pytest.approx(one.weights, rel=1e-10)
    assert other.q == pytest.approx(one.q, rel=1e-10)
    for name in ("I^2 (%)", "H^2"):
        assert other[name].upper == pytest.approx(one[name].upper, rel=1e-8)
    assert other["tau"].upper == pytest.approx(one["tau"].upper * unit, rel=1e-8)


@pytest.mark.parametrize("s", [[1e-12, 1.0, 2.0], [1e-3, 1e3, 1e5], [0.5, 0.5, 0.5]])
def test_the_typical_error_where_one_estimate_dominates(s):
    """(k - 1) sum v / ((sum v)^2 - sum v^2), whose difference cancels in doubles."""
    with mp.workdps(60):
        v = [1 / mp.mpf(x) ** 2 for x in s]
        typical = (len(v) - 1) * mp.fsum(v) / (mp.fsum(v) ** 2 - mp.fsum(x * x for x in v))
    found = pp.estimates({"y": [0.0, 1.0, 2.5], "s": s}, estimate="y", se="s").meta_analysis()
    tau2 = found["tau^2"].upper
    assert found["I^2 (%)"].upper == pytest.approx(float(100 * tau2 / (tau2 + typical)), rel=1e-12)


def test_an_exact_estimate_leaves_no_typical_variance():
    fit = pp.estimates({"y": [0.0, 1.0, 3.0], "s": [0.0, 1.0, 1.0]}, estimate="y", se="s")
    found = fit.meta_analysis()
    assert np.isnan(found.q)
    assert np.isnan(found["I^2 (%)"].estimate)
    assert "standard error is 0" in found["H^2"].note
    assert found.weights.sum() == pytest.approx(100.0, rel=1e-12)
    assert "Q =" not in repr(found)


def test_the_text_fits_a_terminal_and_says_what_the_ratio_is():
    for fit in (bcg(), bcg(method="reml")):
        text = repr(fit.meta_analysis())
        assert max(map(len, text.splitlines())) <= 80
        assert 'transform="exp" gives risk ratios in place of log risk ratio' in text
        ratios = repr(fit.meta_analysis(transform="exp"))
        assert "mu, the prediction interval and the estimates are risk ratios; tau is not" in ratios
        assert max(map(len, ratios.splitlines())) <= 80
    assert "the estimates are expit of log risk ratio" in repr(bcg().meta_analysis(transform="expit"))


def test_a_null_set_of_the_q_profile_is_no_interval():
    """Q falls in tau from Q(0); where Q(0) is below the lower quantile of chi-squared, no tau is in the interval."""
    alike = {"y": [0.1, 0.11, 0.09, 0.1, 0.105], "s": [1.0, 1.1, 1.2, 0.9, 1.0]}
    fit = pp.estimates(alike, estimate="y", se="s", method="reml")
    found = fit.meta_analysis()
    assert found.q < chi2.ppf(0.025, 4)
    for name in ("tau", "tau^2", "I^2 (%)", "H^2"):
        row = found[name]
        assert np.isfinite(row.estimate)
        assert np.isnan([row.lower, row.upper]).all()
        assert row.note == "no interval: the estimates differ too little for any tau (Q-profile)"
    assert "tau, tau^2, I^2 (%), H^2: no interval" in repr(found)
    assert np.isfinite([found["mu"].lower, found["prediction interval"].upper]).all()
    wide = fit.meta_analysis(level=1 - 2e-9)  # the quantile is below Q now
    assert wide["tau"].lower == 0.0 < wide["tau"].upper


def test_warnings_are_shown_with_the_summary(tmp_path):
    rows = {"t": [3, 5, 8], "a": [0, 4, 0], "n": [20, 30, 25], "c": [2, 7, 0], "m": [20, 30, 25]}
    fit = pp.estimates(
        rows, effect="OR", events=("a", "c"), sizes=("n", "m"), group="t", double_zero="drop", prior="HalfNormal(1)"
    )
    corrected, dropped, *_ = fit.warnings
    assert corrected == "1/2 was added to the four cells of 1 trial (t 3), where one cell is 0"
    assert dropped == (
        "1 trial (t 8) was left out of the fit by double_zero='drop': nobody or everybody has the event in both "
        "arms, which says nothing of a log odds ratio; double_zero='correct' keeps it, with 1/2 in every cell"
    )
    fit.save(tmp_path / "a.fit")
    for one in (fit, pp.load(tmp_path / "a.fit")):
        said = unfolded(one.meta_analysis())
        assert all(f"warning: {warning}" in said for warning in fit.warnings)


def test_one_group_is_no_groups():
    fit = pp.estimates({"y": [1.0], "s": [1.0]}, estimate="y", se="s", prior=pp.HalfNormal(1))
    said = "\n".join(map(repr, (fit, fit.meta_analysis(), fit.ranks(), fit.intervals(), fit.probability(above=0))))
    assert "1 groups" not in said
    assert said.count("1 group") >= 5
    assert "correlation" in repr(molloy().meta_analysis())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: bcg().meta_analysis(transform="log"), "transform must be one of 'exp', 'tanh', 'expit'"),
        (lambda: bcg().meta_analysis(level=95), "did you mean 0.95"),
        (lambda: bcg().given(mean=0, sd=1).meta_analysis(), "parameters are given"),
        (
            lambda: pp.measurements(
                pp.datasets.load("coagulation"), value="time_seconds", group="diet"
            ).meta_analysis(),
            "of estimates with standard errors, not of measurements",
        ),
        (lambda: bcg().meta_analysis()["mean"], "There is no quantity 'mean'; there are mu, tau, tau"),
        (lambda: bcg(method="hedges"), "There is no method 'hedges'; there are full, empirical-bayes, moments, reml"),
    ],
)
def test_refused(ask, said):
    with pytest.raises(pp.RequestError, match=said):
        ask()


def test_methods_of_estimates_are_not_for_other_families():
    rats = pp.datasets.load("rat_tumors")
    with pytest.raises(pp.RequestError, match='"reml" is for estimates, not for proportions'):
        pp.proportions(rats, successes="tumors", trials="rats", group="group", method="REML")
