"""Posteriors that can be written down: every figure of the tables against its formula."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import beta as beta_function

import partialpool as pp
from designs import fitted

LEVELS = (0.1, 0.95, 1 - 1e-9)
P = 1e-9  # the promise: |F(quantile) - level|


def check_quantiles(fit, parameter, cdf):
    row = list(fit.results.parameters).index(parameter)
    for level in LEVELS:
        table, tail = fit.population_columns(level), 0.5 * (1 - level)
        for name, p in (("lower", tail), ("median", 0.5), ("upper", 1 - tail)):
            assert cdf(table[name][row]) == pytest.approx(p, abs=P), (parameter, level, name)


# J groups of 1/2, S of 1/1 and F of 0/1 under (alpha+beta)^(-5/2):
# mean ~ Beta(J+S+1, J+F+1), independent of 1/(1+concentration) ~ Beta(1/2, J-1/2).
HALVES = pytest.mark.parametrize(("j", "s", "f"), [(1, 0, 0), (1, 2, 0), (2, 0, 3), (5, 4, 1), (40, 0, 0), (3, 30, 2)])


def halves(j, s, f):
    return fitted([1] * j + [1] * s + [0] * f, [2] * j + [1] * (s + f), "bda")


@HALVES
def test_population_of_halves(j, s, f):
    fit = halves(j, s, f)
    mean, share = stats.beta(j + s + 1, j + f + 1), stats.beta(0.5, j - 0.5)
    population = fit.population_columns()
    assert population["mean"][0] == pytest.approx(mean.mean(), rel=fit.accuracy.mean, abs=0)
    assert population["sd"][0] == pytest.approx(mean.std(), rel=fit.accuracy.sd, abs=0)
    check_quantiles(fit, "mean", mean.cdf)
    check_quantiles(fit, "concentration", lambda k: share.sf(1 / (1 + k)))


@HALVES
def test_sd_of_halves(j, s, f):
    """E[sd] = E sqrt(mean (1-mean)) E sqrt(1/(1+concentration)), and the squares likewise."""
    fit, (a, b) = halves(j, s, f), (j + s + 1, j + f + 1)
    first = (
        beta_function(a + 0.5, b + 0.5) / beta_function(a, b) * beta_function(1, j - 0.5) / beta_function(0.5, j - 0.5)
    )
    second = a * b / ((a + b) * (a + b + 1)) * 0.5 / j
    population = fit.population_columns()
    assert population["mean"][4] == pytest.approx(first, rel=fit.accuracy.mean + 1e-14, abs=0)
    spread = np.sqrt(second - first**2)
    assert population["sd"][4] == pytest.approx(spread, rel=fit.accuracy.sd + 1e-13, abs=0)


@HALVES
def test_next_group_of_halves(j, s, f):
    """theta_new: E = E[mean], Var = E[mean (1-mean)] E[1/(1+concentration)] + Var[mean]."""
    y, n = [1] * j + [1] * s + [0] * f, [2] * j + [1] * (s + f)
    fit, (a, b) = fitted([*y, 0], [*n, 0], "bda"), (j + s + 1, j + f + 1)
    table = fit.group_columns()
    variance = a * b / ((a + b) * (a + b + 1)) * 0.5 / j + stats.beta.var(a, b)
    assert table["mean"][-1] == pytest.approx(a / (a + b), rel=fit.accuracy.mean, abs=0)
    assert table["sd"][-1] == pytest.approx(np.sqrt(variance), rel=fit.accuracy.sd + 1e-14, abs=0)
    assert table["note"].tolist() == [""] * (j + s + f) + ["no data"]


# Groups of one trial say nothing of the concentration: it keeps its prior, and mean ~ Beta(c + Y, d + N - Y).
CONCENTRATIONS = {
    "uniform-shrinkage": (pp.UniformShrinkage(3), lambda k: k / (3 + k)),
    "exponential": (pp.Exponential(0.05), stats.expon(scale=20).cdf),
    "gamma": (pp.Gamma(2.5, 0.1), stats.gamma(2.5, scale=10).cdf),
    "log-normal": (pp.LogNormal(2, 1.5), stats.lognorm(1.5, scale=np.exp(2)).cdf),
    "half-cauchy": (pp.HalfCauchy(7), stats.halfcauchy(scale=7).cdf),
    "half-normal": (pp.HalfNormal(7), stats.halfnorm(scale=7).cdf),
    "half-cauchy on sd": (pp.HalfCauchy(0.5, on="sd"), lambda k: stats.halfcauchy(scale=0.5).sf(k**-0.5)),
    "half-normal on sd": (pp.HalfNormal(0.5, on="sd"), lambda k: stats.halfnorm(scale=0.5).sf(k**-0.5)),
    "gamma on variance": (pp.Gamma(2, 3, on="variance"), lambda k: stats.gamma(2, scale=1 / 3).sf(1 / k)),
    "pareto": (pp.Pareto(1, 1.5), stats.pareto(1.5).cdf),
    "uniform": (pp.Uniform(2, 50), stats.uniform(2, 48).cdf),
}


@pytest.mark.parametrize("name", CONCENTRATIONS)
def test_single_trials_leave_the_concentration_its_prior(name):
    density, cdf = CONCENTRATIONS[name]
    y = [1, 0, 0, 1, 0, 0, 0]
    fit = fitted(y, [1] * 7, pp.Prior(mean=pp.Beta(0.5, 3), concentration=density))
    mean, population = stats.beta(2.5, 8), fit.population_columns()
    assert population["mean"][0] == pytest.approx(mean.mean(), rel=fit.accuracy.mean, abs=0)
    assert population["sd"][0] == pytest.approx(mean.std(), rel=fit.accuracy.sd, abs=0)
    check_quantiles(fit, "mean", mean.cdf)
    check_quantiles(fit, "concentration", cdf)
    assert "concentration is not identified: its posterior is its prior" in fit.warnings[0]


def test_moments_of_an_unidentified_concentration_are_those_of_its_prior():
    fit = fitted([1, 0, 0], [1, 1, 1], pp.Prior(concentration=pp.Gamma(2.5, 0.1)))
    population = fit.population_columns()
    assert population["mean"][1] == pytest.approx(25.0, rel=fit.accuracy.mean, abs=0)
    assert population["sd"][1] == pytest.approx(np.sqrt(250.0), rel=fit.accuracy.sd, abs=0)
    pareto = fitted([1, 0, 0], [1, 1, 1], "pareto").population_columns()
    assert pareto["mean"][1] == pytest.approx(3.0, rel=1e-10)  # shape/(shape - 1)
    assert np.isnan(pareto["sd"][1])


def test_gamma_alpha_and_beta_of_one_trial():
    """Gamma(a, r) and Gamma(b, r): mean ~ Beta(a, b) independent of concentration ~ Gamma(a+b, r); a trial adds 1."""
    fit = fitted([1, 0], [1, 0], pp.Prior(alpha=pp.Gamma(2, 0.2), beta=pp.Gamma(3, 0.2)))
    mean, size = stats.beta(3, 3), stats.gamma(5, scale=5)
    check_quantiles(fit, "mean", mean.cdf)
    check_quantiles(fit, "concentration", size.cdf)
    population = fit.population_columns()
    assert population["mean"][:2] == pytest.approx([0.5, 25.0], rel=fit.accuracy.mean, abs=0)
    assert population["sd"][:2] == pytest.approx([mean.std(), size.std()], rel=fit.accuracy.sd, abs=0)
    # given mean and concentration independent, alpha = mean x concentration has their product's moments
    assert population["mean"][2:4] == pytest.approx([12.5, 12.5], rel=fit.accuracy.mean, abs=0)
