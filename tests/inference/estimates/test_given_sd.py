"""Given the sd of the population alone, its mean is averaged over: against the equations, and one joint normal."""

import numpy as np
import pytest
from scipy import stats

import partialpool as pp

SCHOOLS = pp.datasets.load("eight_schools")
Y, S = (np.asarray(SCHOOLS[name], dtype=float) for name in ("effect", "se"))
SDS = [1e-3, 1.0, 5.0, 30.0, 1e4]
PRIORS = [(pp.Prior(sd=pp.HalfNormal(5)), None), (pp.Prior(mean=pp.Normal(3, 4), sd=pp.HalfNormal(5)), (3.0, 4.0))]


def fitted(prior=PRIORS[0][0], **options):
    return pp.estimates(SCHOOLS, estimate="effect", se="se", group="school", prior=prior, **options)


@pytest.mark.parametrize("sd", SDS)
def test_it_is_that_of_the_textbook(sd):
    """BDA3, equations 5.17 and 5.20: theta given mean and sd, and the mean given sd."""
    w = 1.0 / (S**2 + sd**2)
    m, v = (w @ Y) / w.sum(), 1.0 / w.sum()
    b = sd**2 / (S**2 + sd**2)
    given = fitted().given(tau=sd)
    groups, mean = given.group_columns(0.9), given.population_columns(0.9)
    assert groups["mean"] == pytest.approx(b * Y + (1 - b) * m, rel=1e-13)
    spread = np.sqrt(b * S**2 + (1 - b) ** 2 * v)
    assert groups["sd"] == pytest.approx(spread, rel=1e-13)
    assert groups["upper"] == pytest.approx(stats.norm.ppf(0.95, groups["mean"], spread), rel=1e-12)
    assert groups["weight"] == pytest.approx(b, rel=1e-13)
    assert [mean["mean"][0], mean["sd"][0]] == pytest.approx([m, v**0.5], rel=1e-13)
    assert mean["lower"][0] == pytest.approx(stats.norm.ppf(0.05, m, v**0.5), rel=1e-12)
    assert list(mean["mean"])[1:] == [sd]


@pytest.mark.parametrize(("prior", "known"), PRIORS)
@pytest.mark.parametrize("sd", SDS[1:4])
def test_it_is_one_joint_normal(sd, prior, known):
    """The precision matrix of (thetas, mean) is filled in and inverted, which uses none of the equations."""
    precision = np.diag(np.append(1.0 / S**2 + 1.0 / sd**2, len(Y) / sd**2))
    precision[-1, :-1] = precision[:-1, -1] = -1.0 / sd**2
    pull = np.append(Y / S**2, 0.0)
    if known:
        precision[-1, -1] += 1.0 / known[1] ** 2
        pull[-1] += known[0] / known[1] ** 2
    covariance = np.linalg.inv(precision)
    centre = covariance @ pull
    given = fitted(prior).given(sd=sd)
    groups, table = given.group_columns(), given.population_columns()
    assert np.append(groups["mean"], table["mean"][0]) == pytest.approx(centre, rel=1e-11)
    assert np.append(groups["sd"], table["sd"][0]) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-11)
    following = given.new_group()
    assert [following.mean, following.sd] == pytest.approx([centre[-1], np.hypot(sd, table["sd"][0])], rel=1e-11)
    away = covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1]
    wanted = stats.norm.sf(0.0, centre[0] - centre[1], away**0.5)
    assert given.compare("A", "B").p_greater == pytest.approx(wanted, abs=1e-9)
    drawn = given.draws(20_000, seed=1)
    assert np.corrcoef(drawn.theta[:, 0], drawn.theta[:, 1])[0, 1] == pytest.approx(
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]), abs=0.03
    )


def test_with_an_sd_of_0_all_groups_are_the_mean():
    given = fitted().given(sd=0.0)
    w = 1.0 / S**2
    assert given.group_columns()["mean"] == pytest.approx([(w @ Y) / w.sum()] * 8, rel=1e-13)
    assert given.group_columns()["sd"] == pytest.approx([w.sum() ** -0.5] * 8, rel=1e-13)
    with pytest.raises(pp.RequestError, match="Given sd = 0 every group is the population's mean"):
        given.ranks()


@pytest.mark.parametrize("method", ["reml", "moments"])
def test_point_estimates_can_be_given_another_sd(method):
    one, other = fitted(method=method).given(sd=5.0).group_columns(), fitted().given(sd=5.0).group_columns()
    assert np.array_equal(one["mean"], other["mean"])
    again = fitted().given(mean=1.0, sd=2.0).given(sd=5.0).group_columns()
    assert np.array_equal(again["mean"], other["mean"])


def test_the_prior_of_the_mean_is_kept(tmp_path):
    fit = fitted(PRIORS[1][0])
    wanted = fit.given(sd=5.0).group_columns()["mean"]
    assert np.array_equal(fit.given(mean=1.0, sd=2.0).given(sd=5.0).group_columns()["mean"], wanted)
    for known in ({"mean": 1.0, "sd": 2.0}, {"sd": 2.0}):
        fit.given(**known).save(tmp_path / "given.partialpool")
        again = pp.load(tmp_path / "given.partialpool")
        assert np.array_equal(again.group_columns()["mean"], fit.given(**known).group_columns()["mean"])
        assert np.array_equal(again.given(sd=5.0).group_columns()["mean"], wanted)


def test_it_is_what_the_traces_draw():
    traces = fitted().trace_columns(np.array([2]))
    for k in (10, 50):
        given = fitted().given(sd=float(traces["given_sd"][k])).group_columns()
        assert given["mean"][2] == pytest.approx(traces["mean"][k], rel=1e-10)
        assert given["sd"][2] == pytest.approx(traces["sd"][k], rel=1e-10)


def test_given_parameters_far_below_the_scale_of_the_data():
    """Estimates of 1e200 with errors of 1e199 say nothing of a theta that is known to lie within a few units of 3."""
    fit = pp.estimates({"y": [1e200, 2e200, -1e200], "s": [1e199, 2e199, 1e200]}, estimate="y", se="s", prior="flat")
    found = fit.given(mean=3.0, sd=2.0).group_columns()
    np.testing.assert_allclose(found["sd"], 2.0, rtol=1e-13)
    np.testing.assert_allclose(found["upper"], 3.0 + 2.0 * 1.959963984540054, rtol=1e-12)
    assert (fit.given(mean=3.0, sd=0.0).group_columns()["sd"] == 0.0).all()
