"""The exponents that decide whether a posterior is proper, held against how its density falls far out."""

import itertools
import math

import numpy as np
import pytest

import partialpool as pp
from partialpool.distributions.marginals.normal_unknown import Centre, likelihood
from partialpool.groups.rows import Rows
from partialpool.models.data.measurements import measurements
from partialpool.models.inference.measurements.reduction import reduced
from partialpool.models.inference.measurements.target import Target
from partialpool.priors import NormalPrior
from partialpool.priors.propriety.measurements import Design, check, existing, rays

ROWS = {
    "two groups": [[1.0, 2.0], [4.0, 5.5]],
    "two groups, three rows": [[1.0, 2.0], [4.0]],
    "three groups": [[1.0, 2.0], [4.0, 5.5], [3.0]],
    "four groups": [[1.0, 2.0], [4.0, 5.5], [3.0], [0.5, 1.0, 1.0]],
    "one group": [[1.0, 2.0, 4.0]],
    "equal rows": [[1.0, 1.0], [4.0, 4.0], [2.0]],
    "equal rows, once": [[1.0, 1.0], [4.0], [2.0]],
    "all equal": [[2.0, 2.0], [2.0, 2.0, 2.0]],
}
SDS = (None, pp.Flat(), pp.Power(-1), pp.Power(-0.5), pp.Power(1), pp.HalfCauchy(1), pp.HalfNormal(1))
SDS = (*SDS, pp.HalfCauchy(1, on="ratio"), pp.LogNormal(0, 1), pp.Power(-0.5, on="ratio"), pp.Flat(on="variance"))
SIGMAS = (None, pp.Flat(), pp.Power(-3), pp.HalfCauchy(1), pp.InverseGamma(1, 1), pp.Power(-2.5))
MEANS = (None, pp.Normal(0, 2))


def posterior(rows, prior):
    """The data, the prior with its design filled in, and the density."""
    y = np.array([v for r in rows for v in r])
    g = np.array([j for j, r in enumerate(rows) for _ in r])
    data = reduced(measurements(Rows({"y": y, "g": g}, len(y), "dict"), "y", "g"))
    prior = prior.for_design(data.sizes)
    flat = not isinstance(prior.mean, pp.Normal)
    centre = Centre() if flat else Centre(data.there(prior.mean.mean), prior.mean.sd / data.unit)
    return data, prior, Target(likelihood(data.sample, centre), prior, data.log_unit)


def fall(target, growth=lambda log_sd, log_sigma: 0.0):
    """The slope at which the largest value on the edge of a square of (log sd, log sigma) changes with its size."""
    tops = []
    for size in (300.0, 400.0):
        edge, s = np.linspace(-size, size, 1601), np.full(1601, size)
        log_sd, log_sigma = np.concatenate([edge, edge, s, -s]), np.concatenate([s, -s, edge, edge])
        with np.errstate(all="ignore"):
            value = target(log_sd - log_sigma, log_sigma) + growth(log_sd, log_sigma)
        tops.append(float(np.max(np.where(np.isnan(value), -np.inf, value))))
    return -math.inf if tops[1] == -math.inf else (tops[1] - tops[0]) / 100.0


@pytest.mark.parametrize("name", ROWS)
def test_exponents_agree_with_the_density_itself(name):
    for sd, sigma, mean in itertools.product(SDS, SIGMAS, MEANS):
        data, prior, target = posterior(ROWS[name], NormalPrior.of("measurements", mean, sd, sigma))
        every = rays(prior, data.design)
        assert all(ray.slope < 0.0 for ray in every) == (fall(target) < -0.1), (sd, sigma, mean)


@pytest.mark.parametrize("name", ["two groups", "three groups", "four groups", "one group"])
def test_moments_agree_with_the_density_itself(name):
    for sd, sigma, mean in itertools.product(SDS, SIGMAS, MEANS):
        data, prior, target = posterior(ROWS[name], NormalPrior.of("measurements", mean, sd, sigma))
        every = rays(prior, data.design)
        if not all(ray.slope < 0.0 for ray in every):
            continue
        found = existing(prior, every)
        for k in (1, 2):
            assert (found.sd > k) == (fall(target, lambda s, _, k=k: k * s) < -0.1), (sd, sigma, mean)
            assert (found.sigma > k) == (fall(target, lambda _, s, k=k: k * s) < -0.1), (sd, sigma, mean)
            if mean is None:
                assert (found.mean > k) == (fall(target, lambda t, s, k=k: k * np.maximum(t, s)) < -0.1), (sd, sigma)
            within = (lambda t, s, k=k: k * s) if mean is None else (lambda t, s, k=k: k * np.minimum(t, s))
            assert (found.theta > k) == (fall(target, within) < -0.1), (sd, sigma, mean)


def fit(rows, **prior):
    data = {"y": [v for r in rows for v in r], "g": [j for j, r in enumerate(rows) for _ in r]}
    return pp.measurements(data, value="y", group="g", prior=pp.Prior(**prior) if prior else "uniform-shrinkage")


@pytest.mark.parametrize(
    ("rows", "prior", "message"),
    [
        ("two groups", {"sd": pp.Flat()}, "it takes 3 groups and there are 2, .* as sd goes to infinity; use"),
        ("one group", {"sd": pp.Flat()}, "it takes 3 groups and there is 1"),
        ("three groups", {"sd": pp.Flat(on="variance")}, "it takes 4 groups and there are 3"),
        ("four groups", {"sd": pp.Power(-1)}, "as sd goes to 0, where the likelihood is constant; use .* HalfCauchy"),
        ("equal rows", {}, "every group's rows are equal, .* as sigma goes to 0; check .* InverseGamma or LogNormal"),
        ("all equal", {}, "sigma goes to 0 or as sd and sigma go to 0 together"),
        ("two groups, three rows", {"sigma": pp.Power(2)}, "3 rows in 2 groups are too few, .* HalfCauchy"),
    ],
)
def test_an_improper_posterior_is_refused_with_the_cure(rows, prior, message):
    with pytest.raises(pp.ImproperPosteriorError, match=message):
        fit(ROWS[rows], **prior)


def test_one_more_group_makes_it_proper():
    # J >= 3 under a flat sd, J >= 4 under a flat variance (Gelman 2006, Bayesian Analysis 1:515)
    for sd, needed in ((pp.Flat(), 3), (pp.Flat(on="variance"), 4)):
        prior = NormalPrior.of("measurements", sd=sd)
        with pytest.raises(pp.ImproperPosteriorError):
            check(prior, Design(needed - 1, 30, within=True, between=True))
        assert check(prior, Design(needed, 30, within=True, between=True)).sd == 1.0


def test_a_moment_that_does_not_exist_is_null_with_its_reason():
    found = fit(ROWS["three groups"], sd=pp.Flat()).population_columns()
    assert np.isnan(found["mean"][:2]).all()
    assert found["note"][1] == "mean does not exist: E[|sd|^m] is finite only for m < 1"
    assert not np.isnan(found["mean"][2:]).any()
    assert not np.isnan(found["median"]).any()


def test_groups_without_an_sd_say_so():
    found = fit([[1.0, 2.0], [4.0]])
    assert np.isnan(found.group_columns()["sd"]).all()
    assert not np.isnan(found.group_columns()["mean"]).any()
    assert "of the groups' parameters the sd does not exist: E[|theta|^m] is finite only for m < 2" in found.warnings
