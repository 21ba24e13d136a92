"""proportions(): its arguments, its warnings, and what it passes on."""

import numpy as np
import pytest

import partialpool as pp
from designs import fitted, table
from partialpool.models.inference.proportions import distinct

DATA = table([1, 2, 5], [5, 6, 7])


def test_every_row_its_own_group_without_a_group_column():
    fit = pp.proportions({"y": [1, 2, 5], "n": [5, 6, 7]}, successes="y", trials="n")
    assert fit.group_columns()["group"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(
        fit.group_columns()["mean"], fitted([1, 2, 5], [5, 6, 7], "uniform-shrinkage").group_columns()["mean"]
    )


def test_defaults():
    fit = pp.proportions(DATA, successes="y", trials="n", group="g")
    assert (fit.level, fit.model.method, fit.model.prior.name) == (0.95, "full", "uniform-shrinkage")
    assert fit.warnings == ()


def test_a_file_says_what_a_dict_says(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("g,y,n\n" + "".join(f"{g},{y},{n}\n" for g, y, n in zip(*(DATA[c] for c in "gyn"), strict=True)))
    one = pp.proportions(path, successes="y", trials="n", group="g")
    other = pp.proportions(DATA, successes="y", trials="n", group="g")
    for name, column in one.group_columns().items():
        assert column.tolist() == other.group_columns()[name].tolist()


@pytest.mark.parametrize(
    ("y", "n", "said"),
    [
        ([1, 0, 1], [1, 1, 1], "concentration is not identified: its posterior is its prior"),
        ([3], [10], "only 1 group with data: the prior dominates what is said of the population"),
        ([3, 4], [10, 10], "only 2 groups with data: the prior dominates"),
        ([3, 4, 0], [10, 10, 0], "only 2 groups with data: the prior dominates"),
    ],
)
def test_warnings(y, n, said):
    fit = fitted(y, n, "uniform-shrinkage")
    assert len(fit.warnings) == 1
    assert fit.warnings[0].startswith(said)


def test_three_groups_are_enough_to_say_nothing():
    assert fitted([3, 4, 5], [10, 10, 10], "uniform-shrinkage").warnings == ()


def test_dropped_rows_are_a_warning():
    data = {"y": [1, None, 5, 2], "n": [5, 6, 7, 8]}
    assert pp.proportions(data, successes="y", trials="n", missing="drop").warnings == (
        "1 row with a missing cell (row 2) was left out of the fit by missing='drop': fill the cell in to keep it",
    )
    with pytest.raises(pp.DataError, match="row 2"):
        pp.proportions(data, successes="y", trials="n")


@pytest.mark.parametrize("name", ["raw", "mean", "sd", "median", "lower", "upper", "weight", "note"])
def test_columns_with_the_names_of_results_are_shown_by_another(name):
    numbers = {name: [1, 2, 4], "n": [5, 6, 7]}
    fit = pp.proportions(numbers, successes=name, trials="n")
    assert list(fit.group_columns())[1:4] == [f"{name}_observed", "n", "raw"]
    assert fit.group_columns()[f"{name}_observed"].tolist() == [1, 2, 4]
    assert fit.attach(numbers)["posterior_mean"].tolist() == fit.group_columns()["mean"].tolist()
    with pytest.raises(pp.DataError, match=f"row 1 of the table has {name}=2"):
        fit.attach({name: [2, 1, 4]})
    labelled = {"y": [1, 2], "n": [5, 6], name: ["a", "b"]}
    fit = pp.proportions(labelled, successes="y", trials="n", group=name)
    assert fit.group_columns()[f"{name}_observed"].tolist() == ["a", "b"]
    assert fit.attach(labelled)["posterior_mean"].tolist() == fit.group_columns()["mean"].tolist()


def test_a_saved_fit_knows_what_its_group_column_is_called(tmp_path):
    table = {"y": [1, 2], "n": [5, 6], "note": ["a", "b"]}
    fit = pp.proportions(table, successes="y", trials="n", group="note")
    fit.save(tmp_path / "a.fit")
    assert pp.load(tmp_path / "a.fit").attach(table)["posterior_mean"].tolist() == fit.group_columns()["mean"].tolist()


def test_summaries_of_every_family_may_have_our_names():
    data = {"mean": [1.0, 2.0, 4.0], "sd": [1.0, 1.2, 0.9], "n": [5, 6, 7], "lower": ["a", "b", "c"]}
    fits = [
        pp.measurements(data, mean="mean", sd="sd", n="n", group="lower"),
        pp.estimates(data, estimate="mean", se="sd", group="lower"),
        pp.rates(data, events="mean", exposure="sd", group="lower"),
    ]
    for fit in fits:
        columns = fit.group_columns()
        assert columns.get("mean_observed", columns["raw"]).tolist() == data["mean"]
        assert columns["sd_observed"].tolist() == data["sd"]
        assert columns["lower_observed"].tolist() == data["lower"]
        assert (
            len(fit.ranking().columns()["lower_observed"]) == len(fit.pooling().group_columns()["lower_observed"]) // 3
        )
        assert fit.check().group_columns()["lower_observed"].tolist() == data["lower"]


def test_names_that_could_be_mixed_up_are_refused():
    with pytest.raises(pp.RequestError, match='"mean" and "mean_observed" cannot be shown apart'):
        pp.proportions({"mean": [1, 2], "mean_observed": [5, 6]}, successes="mean", trials="mean_observed")


def test_no_trials_at_all():
    with pytest.raises(pp.DataError, match="No group has any trials: there is nothing to learn from"):
        fitted([0, 0], [0, 0], "uniform-shrinkage")


def test_bad_requests_come_before_the_data():
    for bad, error in (
        ({"level": 2}, pp.RequestError),
        ({"method": "mcmc"}, pp.RequestError),
        ({"prior": "x"}, pp.PriorError),
    ):
        with pytest.raises(error):
            pp.proportions("no such file.csv", successes="y", **bad)


def test_every_refusal_is_one_of_ours_and_a_value_error():
    for error in (pp.DataError, pp.RequestError, pp.PriorError, pp.ImproperPosteriorError):
        assert issubclass(error, pp.PartialpoolError)
        assert issubclass(error, ValueError)


def test_distinct_pairs():
    pairs, where = distinct(np.array([3, 0, 3, 1]), np.array([5, 2, 5, 1]))
    assert sorted(zip(pairs.successes, pairs.trials, pairs.count, strict=True)) == [(0, 2, 1), (1, 1, 1), (3, 5, 2)]
    assert pairs.successes[where].tolist() == [3, 0, 3, 1]
    assert pairs.trials[where].tolist() == [5, 2, 5, 1]


def test_distinct_pairs_of_counts_whose_product_overflows():
    y, n = np.array([2**40, 5, 2**40]), np.array([2**41, 2**40, 2**41])
    pairs, where = distinct(y, n)
    assert pairs.count.tolist() == [1, 2] or pairs.count.tolist() == [2, 1]
    assert pairs.successes[where].tolist() == y.tolist()
    assert pairs.trials[where].tolist() == n.tolist()
