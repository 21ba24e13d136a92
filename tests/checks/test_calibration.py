from functools import partial

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.checks import calibration
from partialpool.checks.bands import band_p_value, chi_square_p_value
from partialpool.checks.replication import standing
from partialpool.diagnostics.prior_draws import prior_parameters
from partialpool.errors import PriorError, RequestError
from partialpool.models.registry import FAMILIES
from sampled import ALL

SETTINGS = {
    "proportions": (
        pp.proportions,
        {"trials": [3, 5, 10, 20, 20, 50]},
        pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(4, 0.2)),
    ),
    "rates": (
        pp.rates,
        {"exposure": [0.5, 1, 2, 5, 10, 20]},
        pp.Prior(mean=pp.Gamma(4, 2), shape=pp.Gamma(4, 1)),
    ),
    "estimates": (
        pp.estimates,
        {"se": [0.5, 1, 1, 2, 3, 4]},
        pp.Prior(mean=pp.Normal(0, 3), sd=pp.HalfNormal(2)),
    ),
    "measurements": (
        pp.measurements,
        {"n": [2, 3, 4, 5, 8]},
        pp.Prior(mean=pp.Normal(0, 3), sd=pp.HalfNormal(2), sigma=pp.Gamma(4, 2)),
    ),
}
QUANTITIES = {"theta_small", "theta_large", "theta_new", "y_new", "log_likelihood", "rank_small", "mean"}
EPSILON = 1e-3  # the least p-value that a calibrated fit may have: some of 50 are below 0.02 by accident


def designed(family, sizes, prior):
    of = FAMILIES[family]
    return of.designed(of.resolve(prior), sizes)


def run(which, **options):
    fit, design, prior = SETTINGS[which]
    options = {"fit": fit, "design": design, "prior": prior, **options}
    return calibration(options.pop("fit"), **options)


@pytest.mark.parametrize("family", SETTINGS)
def test_every_family_is_calibrated(family):
    found = run(family, replications=10_000 if ALL else 100, seed=7)
    columns = found.columns()
    assert set(found.quantities) > QUANTITIES  # and the spread
    assert not found.failures
    assert (columns["ecdf_p"] > EPSILON).all(), columns
    assert (columns["chi2_p"] > EPSILON).all(), columns
    off = (columns["coverage"] - 0.95) / columns["coverage_se"]
    assert (np.abs(off) < 4).all(), columns


# --- bugs that are found


def one_more(data, **roles):
    """A fit that counts one success too many."""
    y = np.minimum(np.asarray(data["y"]) + 1, data["size"])
    return pp.proportions({**data, "y": y}, **roles)


def test_another_prior_is_found():
    wrong = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.5))
    found = run("proportions", fit=partial(pp.proportions, prior=wrong), quantities=["concentration"], replications=150)
    assert found.columns()["ecdf_p"][0] < 1e-6
    assert found.columns()["verdict"][0] == "not calibrated"


def test_a_wrong_exponent_is_found():
    right, wrong = (pp.Prior(mean=pp.Normal(0, 3), sd=pp.Gamma(shape, 1)) for shape in (2, 1))
    design = {"se": [1, 1, 2, 2, 3]}
    quantities = ["sd", "theta_new"]
    fit = partial(pp.estimates, prior=wrong)
    columns = calibration(fit, design=design, prior=right, quantities=quantities, replications=300).columns()
    assert columns["ecdf_p"][0] < 1e-6
    same = calibration(pp.estimates, design=design, prior=right, quantities=quantities, replications=300).columns()
    assert (same["ecdf_p"] > EPSILON).all()


def test_one_success_too_many_is_found():
    found = run("proportions", fit=one_more, family="proportions", quantities=["theta_small", "mean"], replications=150)
    assert (found.columns()["ecdf_p"] < 1e-6).all()
    assert (found.columns()["chi2_p"] < 1e-4).all()


def test_plugged_in_parameters_are_found():
    fit = partial(pp.estimates, method="empirical-bayes")
    prior = pp.Prior(mean=pp.Normal(0, 3), sd=pp.HalfNormal(2))
    columns = calibration(
        fit, design={"se": [1, 1, 2, 2, 3]}, prior=prior, quantities=["sd", "mean"], replications=100
    ).columns()
    assert (columns["ecdf_p"] < 1e-6).all()


# --- repetition, processes, progress


def test_the_same_for_every_number_of_processes():
    one, two = (run("estimates", replications=24, jobs=jobs, seed=3) for jobs in (1, 2))
    np.testing.assert_array_equal(one.pit, two.pit)
    np.testing.assert_array_equal(one.width, two.width)
    assert (run("estimates", replications=24, seed=4).pit != one.pit).any()


def test_progress_is_counted_when_asked(capsys):
    run("estimates", replications=20, progress=True)
    out, err = capsys.readouterr()
    assert not out
    assert err.endswith("20/20\n")
    run("estimates", replications=20)
    assert capsys.readouterr() == ("", "")


# --- fixed parameters


def test_coverage_at_fixed_parameters():
    at = {"mean": 0.2, "concentration": 20.0}
    found = run("proportions", prior="uniform-shrinkage", at=at, quantities=None, replications=100)
    columns = found.columns()
    assert columns["quantity"].tolist() == [f"theta[{j}]" for j in range(1, 7)]
    np.testing.assert_array_equal(columns["size"], [3, 5, 10, 20, 20, 50])
    pooled = columns["coverage"].mean()
    assert pooled == pytest.approx(0.95, abs=0.04)
    assert (np.diff(columns["width"][[0, 2, 3, 5]]) < 0).all()
    assert "verdict" not in columns
    assert "at mean 0.2, concentration 20" in repr(found)


@pytest.mark.parametrize(
    ("family", "at"),
    [
        ("proportions", {"alpha": 2.0, "beta": 8.0}),
        ("proportions", {"mean": 0.02, "concentration": 20.0}),
        ("rates", {"mean": 0.2, "rate": 2.0}),
    ],
)
def test_widths_are_those_of_the_table(family, at):
    """Also where a group has no events, whose interval reaches down to next to nothing."""
    seen = []

    def watched(data, **roles):
        fit = getattr(pp, family)(data, **roles)
        seen.append(fit.group_columns()["upper"] - fit.group_columns()["lower"])
        return fit

    found = run(family, fit=watched, family=family, prior="uniform-shrinkage", at=at, quantities=None, replications=20)
    fitted = np.isfinite(found.width).all(axis=1)  # where no group has an event, there is no posterior
    np.testing.assert_allclose(found.width[fitted], np.stack(seen), rtol=1e-3)
    assert fitted.sum() > 5


@pytest.mark.parametrize(
    ("family", "at"),
    [
        ("rates", {"mean": 2.0, "rate": 3.0}),
        ("rates", {"shape": 2.0, "rate": 3.0}),
        ("rates", {"mean": 2.0, "shape": 3.0}),
        ("estimates", {"mean": -1.0, "sd": 2.0}),
        ("measurements", {"mean": -1.0, "sd": 2.0, "sigma": 1.0}),
    ],
)
def test_fixed_parameters_of_every_family(family, at):
    found = run(family, at=at, quantities=None, prior="uniform-shrinkage", replications=20)
    assert found.pit.shape == (20, len(next(iter(SETTINGS[family][1].values()))))
    assert found.columns()["coverage"].mean() > 0.8


@pytest.mark.parametrize(
    ("family", "words", "usual"),
    [
        ("proportions", {"mu": 0.3, "kappa": 9}, {"mean": 0.3, "concentration": 9.0}),
        ("proportions", {"mean": 0.25, "kappa": 8.0}, {"alpha": 2.0, "beta": 6.0}),
        ("rates", {"mu": 2.0, "shape": 3.0}, {"mean": 2.0, "rate": 1.5}),
        ("estimates", {"mu": 0.0, "tau": 2.0}, {"mean": 0.0, "sd": 2.0}),
        ("measurements", {"mu": -1.0, "tau": 2.0, "sigma": 1.0}, {"mean": -1.0, "sd": 2.0, "sigma": 1.0}),
    ],
)
def test_parameters_may_be_fixed_by_the_words_that_a_fit_understands(family, words, usual):
    one, two = (
        run(family, at=at, quantities=None, prior="uniform-shrinkage", replications=20) for at in (words, usual)
    )
    np.testing.assert_array_equal(one.pit, two.pit)
    assert "mu" not in one.at


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ({"mu": 0.3, "mean": 0.3, "kappa": 2.0}, "mu and mean are two words for one parameter"),
        (
            {"mu": 0.3, "tau": 2.0},
            r"at= takes mean \(mu\) and concentration \(kappa\), or alpha and beta for these data",
        ),
        ({"mu": "0.3", "kappa": 2.0}, "mean must be a number, not '0.3'"),
    ],
)
def test_parameters_that_cannot_be_fixed(at, said):
    with pytest.raises(pp.RequestError, match=said):
        run("proportions", at=at, quantities=None, prior="uniform-shrinkage")


def test_a_data_set_without_a_fit_is_counted():
    at = {"mean": 1e-9, "rate": 1.0}
    found = run("rates", at=at, quantities=None, prior=pp.Prior(mean=pp.Flat(), rate=pp.Flat()), replications=20)
    assert len(found.failures) == 20
    assert np.isnan(found.pit).all()
    assert "without a fit: 20" in repr(found)


# --- draws from priors


@pytest.mark.parametrize(
    ("density", "exact"),
    [
        (pp.Gamma(2.5, 0.3), stats.gamma(2.5, scale=1 / 0.3)),
        (pp.HalfNormal(2.0), stats.halfnorm(scale=2.0)),
        (pp.HalfCauchy(3.0), stats.halfcauchy(scale=3.0)),
        (pp.LogNormal(1.0, 0.5), stats.lognorm(0.5, scale=np.e)),
        (pp.Uniform(1.0, 4.0), stats.uniform(1.0, 3.0)),
        (pp.Pareto(1.0, 1.5), stats.pareto(1.5)),
    ],
)
def test_draws_follow_their_density(density, exact):
    prior = designed("estimates", np.ones(3), pp.Prior(mean=pp.Normal(0, 1), sd=density))
    drawn = prior_parameters(prior, 100_000, np.random.default_rng(0))
    assert stats.kstest(drawn["sd"], exact.cdf).pvalue > 1e-3
    assert stats.kstest(drawn["mean"], stats.norm.cdf).pvalue > 1e-3


def test_draws_on_other_scales_and_of_other_parameters():
    rng = np.random.default_rng(0)
    on_sd = pp.Prior(mean=pp.Beta(2, 3), concentration=pp.HalfCauchy(1.0, on="sd"))
    drawn = prior_parameters(designed("proportions", np.full(3, 10.0), on_sd), 100_000, rng)
    assert stats.kstest(drawn["concentration"] ** -0.5, stats.halfcauchy.cdf).pvalue > 1e-3
    assert stats.kstest(drawn["mean"], stats.beta(2, 3).cdf).pvalue > 1e-3
    part = pp.Prior(mean=pp.Uniform(0.2, 0.5))
    drawn = prior_parameters(designed("proportions", np.array([5.0, 20.0]), part), 100_000, rng)
    assert stats.kstest(drawn["mean"], stats.uniform(0.2, 0.3).cdf).pvalue > 1e-3
    assert stats.kstest(drawn["concentration"] / (drawn["concentration"] + 8.0), stats.uniform.cdf).pvalue > 1e-3
    natural = pp.Prior(alpha=pp.Gamma(2, 1), beta=pp.Gamma(3, 1))
    drawn = prior_parameters(designed("proportions", np.full(3, 10.0), natural), 100_000, rng)
    assert stats.kstest(drawn["mean"], stats.beta(2, 3).cdf).pvalue > 1e-3
    ratio = pp.Prior(mean=pp.Normal(0, 1), sd=pp.HalfNormal(1.0, on="ratio"), sigma=pp.Gamma(2, 1))
    drawn = prior_parameters(designed("measurements", np.full(3, 4.0), ratio), 100_000, rng)
    assert stats.kstest(drawn["sd"] / drawn["sigma"], stats.halfnorm.cdf).pvalue > 1e-3
    rates = pp.Prior(shape=pp.Gamma(2, 1), rate=pp.Gamma(3, 2))
    drawn = prior_parameters(designed("rates", np.full(3, 4.0), rates), 100_000, rng)
    np.testing.assert_allclose(drawn["mean"], drawn["shape"] / drawn["rate"], rtol=1e-12)


# --- where a truth stands


def test_standing_is_the_distribution_function():
    y, se = np.array([1.0, 2.5, -0.5, 4.0]), np.array([1.0, 1.0, 2.0, 1.5])
    fit = pp.estimates(
        {"y": y, "se": se}, estimate="y", se="se", prior=pp.Prior(mean=pp.Normal(0, 3), sd=pp.HalfNormal(2))
    )

    def density(tau):
        w = 1.0 / (se**2 + tau**2)
        weight = np.append(w, 1.0 / 9.0)
        mean = w @ y / weight.sum()
        squares = w @ (y - mean) ** 2 + mean**2 / 9.0
        return np.exp(0.5 * np.log(w).sum() - 0.5 * np.log(weight.sum()) - 0.5 * squares - tau**2 / 8)

    mass = integrate.quad(density, 0, np.inf, epsabs=0, epsrel=1e-10)[0]
    for tau in (0.01, 0.3, 1.0, 2.0, 6.0):
        below = integrate.quad(density, 0, tau, epsabs=0, epsrel=1e-10)[0] / mass
        assert standing(fit.results, "sd", tau, 0.025) == pytest.approx(below, abs=2e-5)


# --- uniformity


def test_band_p_values_are_exact():
    rng = np.random.default_rng(0)
    p = np.array([band_p_value(rng.uniform(size=40), points=20) for _ in range(2000)])
    for level in (0.01, 0.05, 0.2, 0.5):
        attained = max((q for q in np.unique(p) if q <= level), default=0.0)
        assert np.mean(p <= level) == pytest.approx(attained, abs=4 * np.sqrt(0.25 * level / 2000) + 0.005)


def test_bands_and_bins_find_what_is_not_uniform():
    rng = np.random.default_rng(1)
    for pit in (rng.beta(2, 2, 300), rng.uniform(size=300) ** 1.4, np.full(300, 0.5)):
        assert band_p_value(pit) < 1e-3
        assert chi_square_p_value(pit) < 0.05
    assert band_p_value((np.arange(300) + 0.5) / 300) > 0.99


# --- requests


@pytest.mark.parametrize(
    "options",
    [
        {"design": {"exposure": [1, 2]}},
        {"design": {"trials": [1]}},
        {"design": {"trials": [1, -2]}},
        {"design": {"trials": [1.5, 2]}},
        {"design": None},
        {"design": {"trials": ["a", "b"]}},
        {"replications": 5},
        {"jobs": 0},
        {"seed": -1},
        {"level": 95},
        {"quantities": ["tau"]},
        {"at": {"mean": 0.2}},
        {"at": {"mean": 2.0, "concentration": 1.0}, "quantities": None},
        {"at": {"mean": 0.2, "concentration": -1.0}, "quantities": None},
        {"at": {"mean": 0.2, "concentration": 1.0}, "quantities": ["mean"]},
        {"fit": lambda data, **roles: None},
    ],
)
def test_requests_out_of_range(options):
    with pytest.raises(RequestError):
        run("proportions", **options)


def test_an_improper_prior_is_refused_with_the_cure():
    with pytest.raises(PriorError, match=r"improper.*pp\.Prior\(mean=pp\.Beta"):
        run("proportions", prior="bda")


def test_a_function_that_no_other_process_can_import():
    def local(data, **roles):
        return pp.proportions(data, **roles)

    with pytest.raises(RequestError, match="jobs=1"):
        run("proportions", fit=local, family="proportions", jobs=2, replications=20)
