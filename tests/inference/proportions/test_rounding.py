"""What rounding leaves where groups are many: the log likelihood is large there, and the posterior narrow."""

import numpy as np
import pytest

import partialpool as pp

LONG = np.longdouble


def rising(of, log_a):
    """sum_v count_v [lgamma(a + v) - lgamma(a)] in extended precision, for counts up to 64."""
    assert not len(of.large)
    a = np.exp(log_a.astype(LONG))[:, None]
    return np.log(a + np.arange(len(of.above), dtype=LONG)) @ of.above.astype(LONG)


@pytest.mark.skipif(np.finfo(LONG).eps >= np.finfo(float).eps, reason="no extended precision on this machine")
@pytest.mark.parametrize("seed", [1, 2])
def test_rounding_stays_well_within_the_claim(seed):
    """By half at least: nodes are rounded at random, and other data will have less luck."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 40, 100_000)
    y = rng.binomial(n, rng.beta(*rng.choice([0.5, 2.0, 12.0], 2), len(n)))
    hyper = pp.proportions({"y": y, "n": n}, successes="y", trials="n").results.hyper
    at, model, p = hyper.nodes.point, hyper.likelihood, hyper.nodes.probability
    assert not len(model.large.count)
    exact = rising(model.yes, at.log_alpha) + rising(model.no, at.log_beta) - rising(model.all, at.log_kappa)
    off = model.at(at).astype(LONG) - exact
    better = p * np.exp(-(off - p @ off).astype(float))
    better /= better.sum()
    for value in (np.exp(at.log_mean), np.exp(at.log_kappa)):
        (mean, sd), (true_mean, true_sd) = ((q @ value, np.sqrt(q @ (value - q @ value) ** 2)) for q in (p, better))
        assert abs(mean / true_mean - 1.0) < 0.5 * hyper.errors[0]
        assert abs(sd / true_sd - 1.0) < 0.5 * hyper.errors[1]
