"""Predictions of some of the groups, and of their total."""

import numpy as np
import pytest

import partialpool as pp

FITS = {
    "trials": pp.proportions(
        {"g": list("abcd"), "y": [0, 4, 9, 2], "n": [20, 14, 24, 9]}, successes="y", trials="n", group="g"
    ),
    "exposure": pp.rates(
        {"g": list("abcd"), "y": [5, 1, 5, 14], "t": [94, 16, 63, 126]}, events="y", exposure="t", group="g"
    ),
    "se": pp.estimates(
        {"g": list("abcd"), "y": [28, 8, -3, 7], "s": [15, 10, 16, 11]}, estimate="y", se="s", group="g"
    ),
    "n": pp.measurements({"g": list("aabbccdd"), "v": [62, 60, 63, 67, 71, 68, 56, 61]}, value="v", group="g"),
}
EVERY = pytest.mark.parametrize("role", FITS)
RESULTS = ("mean", "sd", "median", "lower", "upper")


def numbers(found):
    columns = found.columns()
    return np.array([columns[name] for name in RESULTS], dtype=float)


@EVERY
def test_a_list_has_the_rows_of_its_groups(role):
    fit = FITS[role]
    every, some = fit.predict(**{role: 7}), fit.predict(**{role: 7}, groups=["d", "b"])
    assert some.columns()["g"].tolist() == ["d", "b"]
    assert numbers(some) == pytest.approx(numbers(every)[:, [3, 1]], rel=1e-6, abs=1e-6)


@EVERY
def test_totals_of_all_and_of_one(role):
    fit = FITS[role]
    whole, listed = (fit.predict(**{role: 7}, groups=of, total=True) for of in ("all", list("abcd")))
    assert numbers(listed) == pytest.approx(numbers(whole), rel=1e-9)
    one, alone = fit.predict(**{role: 7}, groups="c"), fit.predict(**{role: 7}, groups=["c"], total=True)
    assert numbers(alone) == pytest.approx(numbers(one), rel=1e-6, abs=1e-6)
    assert alone.columns()["g"].tolist() == ["total of 1"]


@EVERY
def test_the_mean_of_a_total_is_the_sum_of_the_means(role):
    fit = FITS[role]
    total = fit.predict(**{role: 7}, groups=["a", "c"], total=True)
    assert total.mean[0] == pytest.approx(fit.predict(**{role: 7}, groups=["a", "c"]).mean.sum(), rel=1e-7)


def test_a_total_of_two_is_a_convolution_where_the_population_is_given():
    fit = FITS["trials"].given(mean=0.2, concentration=10.0)
    total = fit.predict(trials=[5, 8], groups=["a", "c"], total=True)
    each = fit.predict(trials=[5, 8], groups=["a", "c"])
    assert total.pmf() == pytest.approx(np.convolve(each.pmf("a"), each.pmf("c")), abs=1e-12)


@pytest.mark.parametrize(
    ("groups", "said"), [([], "names no group"), (["a", "a"], "twice"), (["z"], "no group"), ("a", "a list of groups")]
)
def test_refused(groups, said):
    with pytest.raises(pp.errors.RequestError, match=said):
        FITS["trials"].predict(trials=5, groups=groups, total=True)


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(3)
    n = rng.integers(20, 200, 1100)
    return pp.proportions({"y": rng.binomial(n, rng.beta(4, 30, len(n))), "n": n}, successes="y", trials="n")


def test_some_of_many_groups_are_worked_out_alone(many, monkeypatch):
    """With the numbers that they have among all of them, and without the conditionals or quantiles of the others."""
    every = many.predict(trials=12)
    together = many.known.conditionals(2)
    alone = many.known.conditionals(2, np.array([7, 3, 900]))
    assert alone.groups.shape[0] <= 3
    assert alone.groups.a[alone.where[3]].tolist() == together.groups.a[together.where[3]].tolist()
    fresh = pp.proportions(
        {name: many.data.statistics[name] for name in ("successes", "trials")}, successes="successes", trials="trials"
    )
    monkeypatch.setattr(type(fresh.results), "groups", None)
    monkeypatch.setattr(type(fresh.known), "_found", no_joint(type(fresh.known)._found))
    some = fresh.predict(trials=12, groups=[8, 4, 901])
    assert numbers(some) == pytest.approx(numbers(every)[:, [7, 3, 900]], rel=1e-9)
    total = fresh.predict(trials=12, groups=[8, 4, 901], total=True)
    assert total.mean[0] == pytest.approx(some.mean.sum(), rel=1e-8)
    assert total.accuracy < 1e-6


def no_joint(found):
    def inner(self, kind, fineness):
        assert kind == "singles"
        return found(self, kind, fineness)

    return inner
