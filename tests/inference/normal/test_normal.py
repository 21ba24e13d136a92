"""What estimates and measurements share, against sums that take no short cut."""

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from partialpool.distributions.marginals.normal_given import moments, thetas
from partialpool.distributions.marginals.normal_unknown import Centre, Sample, likelihood
from partialpool.models.inference.measurements.nodes import merged, nodes_at
from partialpool.models.inference.normal.mixtures import Mixtures

SAMPLE = Sample(np.array([2.0, 5.0]), np.array([3.0, 2.0]), np.array([0.2, 0.7]), np.array([1.5, 0.4]), 9.0, 11.0)
ROWS = {"y": [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], "g": [1, 1, 1, 2, 2, 3, 3, 3]}


def heavy():
    """Fits whose sd of the population has no mean, of either family."""
    flat = pp.Prior(sd=pp.Flat())
    yield "estimates", pp.estimates({"y": [1.0, 2.0, 3.5], "s": [1.0, 1.0, 2.0]}, estimate="y", se="s", prior=flat)
    yield "measurements", pp.measurements(ROWS, value="y", group="g", prior="reference")
    yield "half-cauchy", pp.measurements(ROWS, value="y", group="g", prior=pp.Prior(sd=pp.HalfCauchy(3.0)))


@pytest.mark.parametrize("centre", [Centre(), Centre(0.3, 0.8)])
def test_nodes_of_equal_ratio_taken_together_have_the_same_moments(centre):
    rng = np.random.default_rng(1)
    log_r, log_sigma = np.repeat(rng.normal(0.0, 2.0, 9), 7), rng.normal(0.0, 1.0, 63)
    nodes = nodes_at(likelihood(SAMPLE, centre), log_r, log_sigma, np.log(rng.dirichlet(np.ones(63))))
    y, se, own = np.array([-1.0, 0.2, 4.0]), np.array([1.0, 0.5, 0.1]), np.array([False, True, True])
    every, few = moments(thetas(y, se, own, nodes.given), nodes), merged(nodes, log_r)
    found = moments(thetas(y, se, own, few.given), few)
    assert len(few) == 9
    for name in ("mean", "sd", "weight"):
        np.testing.assert_allclose(getattr(found, name), getattr(every, name), rtol=1e-13, atol=1e-15)


def test_a_weight_too_small_for_a_double_counts_where_what_it_weighs_is_large():
    model = likelihood(SAMPLE, Centre())
    log_p, log_sigma = np.array([0.0, -760.0]), np.array([0.0, 385.0])
    nodes = nodes_at(model, np.zeros(2), log_sigma, log_p)
    of = thetas(np.zeros(1), np.ones(1), np.array([False]), nodes.given)
    with np.errstate(under="ignore"):
        assert moments(of, nodes).sd[0] > 50.0 * of.sd[0, 0]


@pytest.mark.parametrize("levels", [(0.025, 0.5, 0.975), (1e-9, 0.5, 1.0 - 1e-9)])
def test_quantiles_of_mixtures_of_scales_far_apart(levels):
    mean, sd = np.array([[0.0, 1.0, -3.0], [0.0, 1e-9, 5.0]]), np.array([[1.0, 1e6, 0.1], [1e-9, 1e-9, 2.0]])
    p, levels = np.array([0.3, 1e-4, 0.6999]), np.array(levels)
    for level, x in zip(levels, Mixtures(mean, sd, p).quantiles(levels), strict=True):
        np.testing.assert_allclose(stats.norm.cdf(x[:, None], mean, sd) @ p, level, rtol=1e-12)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999, 0.999999])
def test_quantiles_at_any_level_are_those_of_all_nodes(level):
    """Few nodes that serve at one level may not at another: far out in a heavy tail each of them is a step."""
    tail = 0.5 * (1.0 - level)
    for name, fit in heavy():
        hyper = fit.known.results.hyper
        finest = hyper.whole(2)
        theta = hyper.of.thetas(np.zeros(len(hyper.of.se), dtype=bool), finest.given)
        rows = fit.population_columns(level), fit.group_columns(level)
        for column, p in (("lower", tail), ("median", 0.5), ("upper", 1.0 - tail)):
            x = (np.append(rows[0][column][0], rows[1][column]) - hyper.of.origin) / float(hyper.of.restored(1.0))
            at = finest.given
            mean, sd = (
                np.vstack([at.mean, theta.mean[hyper.of.where]]),
                np.vstack([at.mean_sd, theta.sd[hyper.of.where]]),
            )
            found = Mixtures(mean, sd, finest.probability).below(x)
            assert np.abs(found - p).max() < fit.accuracy.probability + 1e-13, (name, column)
