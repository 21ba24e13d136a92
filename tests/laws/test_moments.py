"""Means, sds and weights: the laws of probability that tie them to one another, for every prior and design."""

import numpy as np
import pytest

from designs import DESIGNS, PRIORS, fitted, means, proper_problems, solved, solved_means

ROUNDING = 1e-15
PROBLEMS = pytest.mark.parametrize(("prior", "design"), proper_problems())


def raw(y, n):
    return np.array([a / b if b else 0.0 for a, b in zip(y, n, strict=True)])


@PROBLEMS
def test_the_next_trial_of_a_group_succeeds_with_its_mean(prior, design):
    """Averaged over the next outcome, nothing changes; and E[theta^2] = P(two successes in a row)."""
    (y, n), fit = DESIGNS[design], solved(prior, design)
    j = min(1, len(y) - 1)
    more = [b + (i == j) for i, b in enumerate(n)]
    now = solved_means(prior, design)
    failed = means(fitted(y, more, fit.model.prior))
    succeeded = means(fitted([a + (i == j) for i, a in enumerate(y)], more, fit.model.prior))
    p, e = now.mean[j], 2 * now.error + failed.error + succeeded.error + ROUNDING
    assert p * succeeded.mean + (1 - p) * failed.mean == pytest.approx(now.mean, rel=e, abs=0)
    centre = p * succeeded.population["mean"][0] + (1 - p) * failed.population["mean"][0]
    assert centre == pytest.approx(now.population["mean"][0], rel=e, abs=0)
    square = p * succeeded.mean[j]
    assert abs(now.sd[j] ** 2 - (square - p**2)) <= square * e + 2 * now.sd[j] ** 2 * now.sd_error


@PROBLEMS
def test_groups_with_as_many_trials_owe_the_population_as_much(prior, design):
    """mean_j = weight_j y_j/n_j + E[(1-w) mean], where w depends on n_j alone."""
    (y, n), found = DESIGNS[design], solved_means(prior, design)
    owed = found.mean - found.weight * raw(y, n)
    for size in set(n):
        same = np.array(n) == size
        assert np.ptp(owed[same]) <= 2 * found.error + ROUNDING
        assert np.ptp(found.weight[same]) == 0
        assert np.all(owed[same] > 0)
        if size == 0:
            assert np.all(found.weight[same] == 0)


@PROBLEMS
def test_weights_grow_with_the_trials(prior, design):
    _, n = DESIGNS[design]
    weight = solved_means(prior, design).weight
    order = np.argsort(n, kind="stable")
    assert np.all((weight >= 0) & (weight <= 1))
    assert np.all(np.diff(weight[order])[np.diff(np.array(n)[order]) > 0] > 0)


@PROBLEMS
def test_means_are_a_compromise(prior, design):
    """Between the group's own rate and 0 or 1, never beyond; sds below that of a coin."""
    (y, n), found = DESIGNS[design], solved_means(prior, design)
    assert np.all((found.mean > 0) & (found.mean < 1))
    assert np.all((found.sd > 0) & (found.sd**2 < found.mean * (1 - found.mean)))
    order = np.lexsort((y, n))
    within = np.diff(np.array(n)[order]) == 0
    rising = np.diff(np.array(y)[order]) > 0
    assert np.all(np.diff(found.mean[order])[within & rising] > 0)


@PROBLEMS
def test_a_group_without_data_is_the_next_group(prior, design):
    """Its mean is the population's, its variance E[sd^2] + Var(mean); and it changes nothing else."""
    (y, n), fit = DESIGNS[design], solved(prior, design)
    before, after = solved_means(prior, design), means(fitted([*y, 0], [*n, 0], fit.model.prior))
    e, e_sd = before.error + after.error + ROUNDING, before.sd_error + after.sd_error + ROUNDING
    assert after.mean[:-1] == pytest.approx(before.mean, rel=e, abs=0)
    assert after.sd[:-1] == pytest.approx(before.sd, rel=e_sd, abs=0)
    (centre, spread), (inner, jitter) = after.population["mean"], after.population["sd"]
    assert after.mean[-1] == pytest.approx(centre, rel=e, abs=0)
    assert after.sd[-1] ** 2 == pytest.approx(inner**2 + jitter**2 + spread**2, rel=4 * (e + e_sd), abs=0)


@PROBLEMS
def test_alpha_and_beta_add_up_to_the_concentration(prior, design):
    found = solved_means(prior, design)
    whole, alpha, beta = (found.population[name][0] for name in ("concentration", "alpha", "beta"))
    assert np.isnan(whole) == np.isnan(alpha) == np.isnan(beta)
    if not np.isnan(whole):
        assert alpha + beta == pytest.approx(whole, rel=2 * found.error + ROUNDING, abs=0)


@PROBLEMS
def test_moments_of_the_concentration_exist_exactly_below_its_exponent(prior, design):
    exponents = PRIORS[prior][2]
    y, n = DESIGNS[design]
    q = exponents.q if exponents else np.inf
    if prior == "alpha, beta of heavy tails":  # each falls like x^-2: corner by corner
        q = 1 + min(2 + 2 - 2, 2 + sum(y) - 1, 2 + sum(n) - sum(y) - 1)
    population = solved_means(prior, design).population
    for name in ("concentration", "alpha", "beta"):
        mean, sd = population[name]
        assert np.isfinite(mean) == (q > 2)
        assert np.isfinite(sd) == (q > 3)
    for name in ("mean", "sd"):
        assert np.all(np.isfinite(population[name]))


@pytest.mark.parametrize("prior", PRIORS)
def test_the_posterior_is_the_average_of_given(prior):
    """E[. | data] = sum over nodes of P(node) E[. | data, node], for means, squares and weights."""
    fit = solved(prior, "ordinary")
    hyper, found = fit.results.hyper, solved_means(prior, "ordinary")
    at, p = hyper.nodes.point, hyper.nodes.probability
    mean = np.exp(at.log_other if hyper.flipped else at.log_mean)
    heavy = np.flatnonzero(p > 1e-4 * p.max())
    total, square, weight = (np.zeros(len(found.mean)) for _ in range(3))
    for k in heavy:
        results = fit.given(mean=mean[k], concentration=np.exp(at.log_kappa[k])).results
        each = results.conditionals(0).groups
        at_node, n = each.mean[:, 0], results.pairs.trials
        total, square = total + p[k] * at_node, square + p[k] * (each.variance[:, 0] + at_node**2)
        weight = weight + p[k] * n / (n + np.exp(at.log_kappa[k]))
    left_out = 1 - p[heavy].sum() + 1e-12
    where = fit.results.where
    for average, whole in (
        (total[where], found.mean),
        (square[where], found.sd**2 + found.mean**2),
        (weight[where], found.weight),
    ):
        assert np.all(np.abs(average - whole) <= left_out)
