"""The general engine, through a family of one file, beside the gamma-Poisson model, whose likelihood is the same."""

import numpy as np
import pytest

import lifetimes
import partialpool as pp


def beside(data):
    """The fit of waiting times, and that of as many events over the total time."""
    names, where = np.unique(data["g"], return_inverse=True)
    n, total = np.bincount(where), np.bincount(where, data["t"])
    found = lifetimes.fit(data, time="t", group="g")
    order = [names.tolist().index(label) for label in found.group_columns()["g"]]
    return found, pp.rates({"y": n[order], "e": total[order]}, events="y", exposure="e")


@pytest.fixture(scope="module", params=range(3))
def both(request):
    return beside(lifetimes.draw(np.random.default_rng(request.param))[0])


def test_groups(both):
    """Means and sds agree within what is claimed, and so do the probabilities below the quantiles."""
    found, rates = both
    ours, theirs = found.group_columns(), rates.group_columns()
    assert float(found.accuracy) < 1e-7
    for name in ("mean", "weight"):
        assert ours[name] == pytest.approx(theirs[name], rel=found.accuracy.mean + rates.accuracy.mean)
    assert ours["sd"] == pytest.approx(theirs["sd"], rel=found.accuracy.sd + rates.accuracy.sd)
    for name, level in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        below = [rates.probability(below=x).probability[k] for k, x in enumerate(ours[name])]
        assert below == pytest.approx([level] * len(below), abs=found.accuracy.probability + 1e-8)


def test_population(both):
    found, rates = both
    ours, theirs = found.population_columns(), rates.population_columns()
    for k, name in enumerate(ours["parameter"]):
        other = theirs["parameter"].tolist().index(name)
        for column in ("mean", "sd", "lower", "median", "upper"):
            assert ours[column][k] == pytest.approx(theirs[column][other], rel=1e-7, nan_ok=True), (name, column)


def test_questions(both):
    """Ranks, every pair, what is above a limit, and the next group."""
    found, rates = both
    assert found.ranks()["p_best"].to_numpy() == pytest.approx(rates.ranks()["p_best"].to_numpy(), abs=1e-6)
    ours, theirs = found.pairs(), rates.pairs()
    assert ours["p_greater"].to_numpy() == pytest.approx(theirs["p_greater"].to_numpy(), abs=1e-6)
    ours, theirs = found.probability(above=0.8), rates.probability(above=0.8)
    assert ours.probability == pytest.approx(theirs.probability, abs=ours.accuracy + theirs.accuracy)
    ours, theirs = found.new_group(), rates.new_group()
    levels = np.array([0.025, 0.5, 0.975])
    error = ours.accuracy.probability + theirs.accuracy.probability
    assert theirs.cdf(ours.quantile(levels)) == pytest.approx(levels, abs=error)


def test_two_groups_where_the_population_is_known(both):
    found, rates = (fit.given(mean=0.7, shape=2.5) for fit in both)
    labels = found.group_columns()["g"]
    ours, theirs = found.compare(labels[0], labels[1]).columns(), rates.compare(1, 2).columns()
    for name in ("mean", "sd", "median", "lower", "upper", "p_greater"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-7, nan_ok=True)


def test_given_parameters(both):
    found, rates = both
    at = {"mean": 0.7, "shape": 2.5}
    ours, theirs = found.given(**at).group_columns(), rates.given(**at).group_columns()
    for name in ("mean", "sd", "lower", "median", "upper", "weight"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-11)


def test_draws_and_pictures(both):
    found, _ = both
    draws = found.draws(4000, seed=1)
    mean, sd = found.group_columns()["mean"], found.group_columns()["sd"]
    assert draws.theta.mean(axis=0) == pytest.approx(mean, abs=0.1 * sd.max())
    for picture in (found.plot.forest, found.plot.shrinkage, found.plot.population):
        assert picture() is not None


def test_what_a_family_does_not_bring_is_refused(both):
    with pytest.raises(pp.RequestError, match="not worked out for lifetimes"):
        both[0].pooling()
