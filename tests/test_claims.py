"""A number that is known worse than it should be comes with a warning: of what, by how much, and what to do."""

import json
import pickle
from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest

import partialpool as pp
from partialpool.engine.results import Accuracy
from partialpool.io.output.content import Shown
from partialpool.messages.claims import Claim, cautions, upwards
from partialpool.saving.fits import pickled, unpickled
from printed import unfolded
from shell import partialpool
from test_words import results

SCHOOLS = {"estimate": "effect", "se": "se", "group": "school"}
FAR = pp.Prior(sd=pp.LogNormal(18.7, 791))
"""Most of the posterior is at no sd above 1e-200: means and quantiles are within 1e-3 and 2e-6."""

QUESTIONS = {
    "fit": lambda fit: fit,
    "pooling": lambda fit: fit.pooling(),
    "check": lambda fit: fit.check(draws=100),
    "new group": lambda fit: fit.new_group(),
    "intervals": lambda fit: fit.intervals(),
    "comparison": lambda fit: fit.compare("A", "C"),
    "probability": lambda fit: fit.probability(above=5.0),
    "of the population": lambda fit: fit.probability(above=5.0, parameter="mean"),
    "selection": lambda fit: fit.select(above=5.0),
    "prediction": lambda fit: fit.predict(se=10.0),
    "meta-analysis": lambda fit: fit.meta_analysis(),
    "sensitivity": lambda fit: fit.sensitivity(["flat"]),
    "draws": lambda fit: fit.draws(20),
    "leave one out": lambda fit: fit.leave_one_out(["A"]),
    "cumulative": lambda fit: fit.cumulative(),
}
OF_THEIR_OWN = {"check", "comparison", "probability", "selection"}
"""Answers over nodes of their own, which do not take over what the fit claims."""


@pytest.fixture(scope="module")
def schools():
    return pp.datasets.load("eight_schools")


def poor(schools, **claims):
    """A fit that claims little."""
    fit = pp.estimates(schools, **SCHOOLS)
    vars(fit.results)["accuracy"] = Accuracy(**{"mean": 1e-12, "sd": 1e-12, "probability": 1e-12, **claims}, how="so")
    return fit


@pytest.mark.parametrize("kind", sorted(results(), key=lambda one: one.__name__), ids=lambda one: one.__name__)
def test_every_result_that_has_an_accuracy_warns(kind):
    own = {part for one in kind.__mro__ if one is not Shown for part in vars(one)}
    stated = "accuracy" in own | {field.name for field in fields(kind)}
    assert "warnings" in own or not stated


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_poor_claim_of_the_fit_is_on_every_answer(schools, name):
    found = QUESTIONS[name](poor(schools, probability=2.4e-5))
    if name in OF_THEIR_OWN:
        assert found.warnings == ()
        return
    (said,) = found.warnings
    assert said.startswith("the usual accuracy of 1e-06 was not reached: ")
    assert "within 3e-05" in said
    assert said.endswith(
        "; a prior with lighter tails, or more groups, would tell more, and tol=1e-04 says that this is enough"
    )
    assert f"warning: {said}" in unfolded(found)
    assert said in found._repr_html_()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_good_claim_needs_no_warning(schools, name):
    found = QUESTIONS[name](poor(schools, probability=9e-7))
    assert found.warnings == ()
    assert "warning" not in repr(found)


def test_a_fit_says_what_is_poorly_known(schools):
    fit = poor(schools, mean=1e-4, sd=1.0000001e-5)
    (said,) = fit.warnings
    assert "means are within 1e-04 of their size and sds within 2e-05 of their size;" in said
    assert fit.meta_analysis().warnings[0].split(": ")[1].startswith("weights are within 1e-04 of their size")


def test_a_distribution_of_scipy_warns(schools):
    fit = poor(schools, probability=1e-3)
    assert "probabilities are within 1e-03;" in fit.to_scipy("A").dist.warnings[0]
    assert pp.estimates(schools, **SCHOOLS).to_scipy("A").dist.warnings == ()


def test_the_notes_of_a_fit_come_first(schools):
    fit = replace(poor(schools, sd=1e-3), notes=("a note",))
    assert fit.warnings[0] == "a note"
    assert " ".join(f"warning: {one}" for one in fit.warnings) in unfolded(fit)
    assert unfolded(fit).count("warning: ") == 2


def test_a_saved_fit_warns_again(schools, tmp_path):
    fit = pp.estimates(schools, **SCHOOLS, prior=FAR)
    assert len(fit.warnings) == 1
    fit.save(tmp_path / "schools.fit")
    assert pp.load(tmp_path / "schools.fit").warnings == fit.warnings


def test_what_is_given_is_known(schools):
    assert pp.estimates(schools, **SCHOOLS, prior=FAR).given(sd=5.0).warnings == ()


def test_ranks_between_kinds_of_groups_say_that_fewer_are_known_better(schools):
    """Of very many groups ranks are read between those of kinds of groups, which leaves an error of its own."""
    ranking = replace(pp.estimates(schools, **SCHOOLS).ranking(), accuracy=1.2e-5)
    said = "the usual accuracy of 1e-06 was not reached: probabilities of ranks are within 2e-05; "
    enough = ", and tol=1e-04 says that this is enough"
    assert ranking.warnings == (f"{said}a prior with lighter tails, or more groups, would tell more{enough}",)
    between = replace(ranking, _below=replace(ranking._below, few=object()))
    cure = "fewer groups are known better: ask for those that matter, such as those that select() finds"
    assert between.warnings == (said + cure + enough,)


def test_the_shell_says_so_on_standard_error_and_in_json(tmp_path, schools):
    sparse = ["--dataset", "eight_schools", "--prior", "sd ~ LogNormal(18.7, 791)"]
    usual = "the usual accuracy of 1e-06 was not reached: "
    for command, count in (("estimates", 1), ("intervals", 2)):
        found = partialpool(command, *sparse, "--json")
        lines = [line for line in found.stderr.splitlines() if usual in line]
        assert len(lines) == count, command
        assert all(line.startswith("partialpool: warning: ") for line in lines)
        assert json.loads(found.stdout)["warnings"] == [line.removeprefix("partialpool: warning: ") for line in lines]
        assert usual not in partialpool(command, *sparse).stdout
        assert usual not in partialpool(command, "--dataset", "eight_schools").stderr


def test_no_number_is_within_no_accuracy():
    assert str(Claim("probabilities", np.nan)) == "probabilities of no known accuracy"
    (said,) = cautions([Claim("probabilities", np.inf)])
    assert said.startswith("the usual accuracy of 1e-06 was not reached: probabilities are of no known accuracy;")


@pytest.mark.parametrize("error", [1e-300, 1.0000001e-5, 9.2e-5, 9.9999e-5, 0.94, 1e-5, 3e-7])
def test_a_rounded_claim_is_no_less(error):
    assert error <= upwards(error) <= max(2.0 * error, error * (1 + 1e-12))
    assert f"{upwards(error):g}" == f"{upwards(error):.0e}" or error > 1e-5


# --- the accuracy that is asked for


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_fit_that_may_be_rough_warns_of_what_is_rougher(schools, name):
    def asked(tol):
        return QUESTIONS[name](replace(poor(schools, probability=2.4e-5), tol=tol)).warnings

    assert asked(1e-4) == ()
    if name not in OF_THEIR_OWN:
        assert asked(1e-5)[0].startswith("the accuracy that was asked for, tol=1e-05, was not reached: ")


def test_a_fit_that_should_be_exact_says_what_is_not(schools):
    fit = pp.estimates(schools, **SCHOOLS, tol=1e-15)
    (said,) = fit.warnings
    assert said.startswith("the accuracy that was asked for, tol=1e-15, was not reached: means are within ")
    assert pp.estimates(schools, **SCHOOLS, tol=1e-8).warnings == ()


FITS = {
    "proportions": {"successes": [1, 3, 2], "trials": [10, 12, 9]},
    "rates": {"events": [1, 3, 2], "exposure": [1.0, 1.2, 0.9]},
    "estimates": {"estimate": [1.0, 3.0, 2.0], "se": [1.0, 1.2, 0.9]},
    "measurements": {"value": [1.0, 3.0, 2.0, 2.5], "group": ["a", "a", "b", "b"]},
}


@pytest.mark.parametrize("family", FITS)
def test_every_family_takes_the_accuracy(family):
    fit = getattr(pp, family)(**FITS[family], tol=1e-3)
    assert fit.tol == fit.known.tol == fit.pooling().tol == 1e-3
    assert getattr(pp, family)(**FITS[family]).tol is None


@pytest.mark.parametrize("tol", [0, 0.0, -1e-3, 0.2, 1, True, np.nan, np.inf, "1e-3", [1e-3]])
def test_an_accuracy_out_of_range_is_refused(tol):
    for family, data in FITS.items():
        with pytest.raises(pp.RequestError, match=r"tol must be a number above 0 and at most 0\.1, such as 1e-6, not"):
            getattr(pp, family)(**data, tol=tol)


def test_copies_of_a_fit_keep_the_accuracy(schools, tmp_path):
    fit = pp.estimates(schools, **SCHOOLS, tol=1e-3)
    fit.save(tmp_path / "schools.fit")
    for copy in (fit.given(sd=5.0), pp.load(tmp_path / "schools.fit"), pickle.loads(pickle.dumps(fit)), deepcopy(fit)):
        assert copy.tol == copy.known.tol == 1e-3
    assert pickle.loads(pickle.dumps(fit.intervals(kind="shortest"))).fit.tol == 1e-3


def test_a_file_from_before_there_was_an_accuracy_is_read(schools):
    content, writer = pickled(pp.estimates(schools, **SCHOOLS))
    old = {name: value for name, value in json.loads(content).items() if name != "tol"}
    assert unpickled(json.dumps(old), writer).tol is None


def test_the_shell_takes_the_accuracy(tmp_path, schools):
    far = ["--dataset", "eight_schools", "--prior", "sd ~ LogNormal(18.7, 791)"]
    assert ", and --tol 1e-03 says that this is enough" in partialpool("groups", *far).stderr
    saved = tmp_path / "schools.fit"
    assert partialpool("groups", *far, "--tol", "1e-3", "--save", saved).stderr == ""
    assert json.loads(partialpool("groups", "--fit", saved, "--json").stdout)["model"]["tol"] == 1e-3
    asked = partialpool("groups", "--fit", saved, "--tol", "1e-4")
    assert "the accuracy that was asked for, --tol 0.0001, was not reached: means are within 9e-04" in asked.stderr
    for words in (far, ["--fit", saved]):
        refused = partialpool("groups", *words, "--tol", "0.5")
        assert refused.returncode == 2
        assert refused.stderr.startswith("partialpool: --tol must be a number above 0 and at most 0.1")


def rough(tol):
    """A fit of groups that differ much in what is known of them, with groups of few nodes."""
    rng = np.random.default_rng(7)
    trials = rng.integers(1, 400, 12)
    return pp.proportions(successes=rng.binomial(trials, rng.beta(1, 6, 12)), trials=trials, tol=tol)


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-6])
def test_what_is_rough_is_within_its_claim(tol):
    exact, found = (rough(one).intervals(kind="shortest") for one in (1e-12, tol))
    assert exact.accuracy < 1e-8
    distribution = rough(1e-12)
    for place, label in enumerate(next(iter(distribution.data.labels.values()))[:4].tolist()):
        theta = distribution.to_scipy(label)
        for ends in ("lower", "upper"):
            one, other = (float(theta.cdf(getattr(each, ends)[place])) for each in (exact, found))
            assert abs(one - other) <= found.accuracy + exact.accuracy
    assert found.accuracy <= tol
