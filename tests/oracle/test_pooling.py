"""Scores of partial pooling against extended precision: right to ten digits or more, and within the error stated."""

import pooling as oracle
import pytest
from mpmath import mp, mpf

import partialpool as pp

Y, N = (0, 1, 2, 5, 1), (4, 6, 5, 9, 1)

# name -> (prior, mean's exponents, density of the concentration, scale to integrate on)
PRIORS = {
    "uniform shrinkage": (pp.Prior(concentration=pp.UniformShrinkage(6)), (1, 1), lambda k: 6 / (6 + k) ** 2, 6),
    "beta, exponential": (
        pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Exponential(0.05)),
        (2, 8),
        lambda k: mp.exp(-k / 20) / 20,
        20,
    ),
    "half-cauchy on sd": (
        pp.Prior(concentration=pp.HalfCauchy(1, on="sd")),
        (1, 1),
        lambda k: 1 / (mp.pi * mp.sqrt(k) * (1 + k)),
        2,
    ),
    "the caller's own": (
        pp.Prior(concentration=pp.Custom(lambda k: 3.0 / (5 + k) ** 2)),
        (1, 1),
        lambda k: 5 / (5 + k) ** 2,
        5,
    ),
}


def partial(fit):
    return fit.pooling()._scores["partial"]


def agrees(score, exact):
    """Right within what is stated, and to ten digits or more."""
    off = abs(mpf(score.value) - exact)
    assert off <= score.error, (off, score.error)
    assert score.error < 1e-10 * abs(exact)


@pytest.mark.parametrize("name", PRIORS)
def test_proportions(name):
    prior, *rest = PRIORS[name]
    fit = pp.proportions({"y": list(Y), "n": list(N)}, successes="y", trials="n", prior=prior)
    groups, trials, marginal = oracle.proportion_scores(Y, N, *rest)
    found = partial(fit)
    agrees(found.groups, groups)
    agrees(found.rows, trials)
    agrees(found.marginal, marginal)


def test_proportions_under_an_improper_prior():
    fit = pp.proportions({"y": list(Y), "n": list(N)}, successes="y", trials="n", prior="bda")
    groups, trials, _ = oracle.proportion_scores(Y, N, (1, 1), lambda k: k ** mpf("-1.5"), 6)
    agrees(partial(fit).groups, groups)
    agrees(partial(fit).rows, trials)


@pytest.mark.parametrize(("y", "n"), [(3, 7), (1, 1)])
def test_one_group_is_predicted_from_the_prior(y, n):
    fit = pp.proportions({"y": [y], "n": [n]}, successes="y", trials="n")
    groups, trials, marginal = oracle.proportion_scores((y,), (n,), (1, 1), lambda k: n / (n + k) ** 2, n)
    agrees(partial(fit).groups, groups)
    agrees(partial(fit).rows, trials)
    agrees(partial(fit).marginal, marginal)


SCHOOLS = ([28.39, 7.94, -2.75, 6.82, -0.64], [14.9, 10.2, 16.3, 11.0, 9.4])


@pytest.mark.parametrize(
    ("prior", "on_mean", "on_sd"),
    [
        (
            pp.Prior(mean=pp.Normal(0, 50), sd=pp.HalfCauchy(25)),
            (0, 50),
            lambda t: 2 / (25 * mp.pi * (1 + (t / 25) ** 2)),
        ),
        ("flat", None, lambda t: mpf(1)),
    ],
)
def test_estimates(prior, on_mean, on_sd):
    y, s = SCHOOLS
    fit = pp.estimates({"y": y, "s": s}, estimate="y", se="s", prior=prior)
    groups, marginal = oracle.estimate_scores(y, s, on_mean, on_sd, 10)
    agrees(partial(fit).groups, groups)
    if on_mean:
        agrees(partial(fit).marginal, marginal)
    else:
        assert not partial(fit).marginal.exists


def test_measurements():
    rows = [[62.0, 60.5], [63.0, 67.25, 71.0], [68.0, 66.5], [56.5]]
    table = {"v": [v for group in rows for v in group], "g": [j for j, group in enumerate(rows) for _ in group]}
    fit = pp.measurements(table, value="v", group="g")
    n0 = mpf(4) / (mpf(1) / 2 + mpf(1) / 3 + mpf(1) / 2 + 1)
    exact = oracle.measurement_scores(rows, lambda r: 2 * r / n0 / (1 / n0 + r * r) ** 2, 1)
    agrees(partial(fit).groups, exact)


EVENTS, EXPOSURE = (0, 1, 4, 2, 7), (1.5, 0.75, 2.0, 2.0, 4.25)

# name -> (prior, what a density of the mean makes of a polynomial, density of the rate, scale to integrate on)
ON_RATES = {
    "gamma, uniform shrinkage": (
        pp.Prior(mean=pp.Gamma(1, 0.25), rate=pp.UniformShrinkage(2)),
        oracle.gamma_moments(1, mpf(1) / 4),
        lambda b: 2 / (2 + b) ** 2,
        2,
    ),
    "the caller's own": (
        pp.Prior(mean=pp.Gamma(2, 0.5), rate=pp.Custom(lambda b: 3.0 / (4 + b) ** 2)),
        oracle.gamma_moments(2, mpf(1) / 2),
        lambda b: 4 / (4 + b) ** 2,
        2,
    ),
    "improper, uniform shrinkage": (
        pp.Prior(rate=pp.UniformShrinkage(2)),
        oracle.gamma_moments(0, 0),
        lambda b: 2 / (2 + b) ** 2,
        2,
    ),
}


def rates(y, e, prior):
    return pp.rates({"y": list(y), "e": list(e)}, events="y", exposure="e", prior=prior)


@pytest.mark.parametrize("name", ON_RATES)
def test_rates(name):
    prior, *rest = ON_RATES[name]
    groups, marginal = oracle.rate_scores(EVENTS, EXPOSURE, *rest)
    found = partial(rates(EVENTS, EXPOSURE, prior))
    agrees(found.groups, groups)
    if name.startswith("improper"):
        assert not found.marginal.exists
    else:
        agrees(found.marginal, marginal)


def test_rates_by_a_rule_in_the_plane():
    prior = pp.Prior(mean=pp.LogNormal(0, 1), rate=pp.HalfCauchy(3))
    groups, marginal = oracle.rate_scores(
        (0, 2), (1.5, 0.75), oracle.lognormal_moments(0, 1), lambda b: 2 / (3 * mp.pi * (1 + (b / 3) ** 2)), 3
    )
    found = partial(rates((0, 2), (1.5, 0.75), prior))
    agrees(found.groups, groups)
    agrees(found.marginal, marginal)
