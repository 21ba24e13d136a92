"""Leaving groups out, and adding them one after the other: against fits made anew."""

import numpy as np
import pandas as pd
import pytest

import partialpool as pp
from printed import unfolded

COUNTS = {"lab": list("ABCDEF"), "y": [0, 4, 4, 9, 0, 3], "n": [20, 14, 14, 24, 20, 18]}
EVENTS = {"unit": list("ABCD"), "y": [5, 1, 5, 14], "t": [94.3, 15.7, 62.9, 126.0]}
SCHOOLS = {"school": list("ABCDE"), "y": [28.0, 8.0, -3.0, 7.0, 8.0], "s": [15.0, 10.0, 16.0, 11.0, 10.0]}
ROWS = {"diet": list("AAABBBCCCDDD"), "v": [62, 60, 63, 63, 67, 71, 68, 66, 71, 56, 62, 60]}

FITS = {
    "proportions": (pp.proportions, COUNTS, {"successes": "y", "trials": "n", "group": "lab"}),
    "rates": (pp.rates, EVENTS, {"events": "y", "exposure": "t", "group": "unit"}),
    "estimates": (pp.estimates, SCHOOLS, {"estimate": "y", "se": "s", "group": "school"}),
    "measurements": (pp.measurements, ROWS, {"value": "v", "group": "diet"}),
}
EVERY = pytest.mark.parametrize("family", FITS)
SUMMARIES = ["mean", "sd", "median", "lower", "upper"]


def fitted(family, data=None, **options):
    function, given, columns = FITS[family]
    return function(pd.DataFrame(given) if data is None else data, **columns, **options)


def some(family, keep):
    """The rows of a family whose groups are to be kept."""
    _, given, columns = FITS[family]
    table = pd.DataFrame(given)
    return table[table[columns["group"]].isin(keep)]


@EVERY
def test_each_group_left_out_is_a_fit_without_it(family):
    fit = fitted(family)
    found = fit.leave_one_out()
    table, groups = found.table(), found.groups()
    label = FITS[family][2]["group"]
    for name in fit.data.labels[label]:
        other = fitted(family, some(family, set(fit.data.labels[label]) - {name}), prior=fit.model.prior)
        wanted = other.population().set_index("parameter")
        own = table[table[label] == name].set_index("parameter")
        parameters = list(own.index)
        assert own[SUMMARIES].to_numpy() == pytest.approx(wanted.loc[parameters, SUMMARIES].to_numpy(), nan_ok=True)
        rest = groups[groups[f"{label}_left_out"] == name].set_index(label)
        every = other.groups().set_index(label)
        assert set(rest.index) == set(every.index)
        assert rest[SUMMARIES].to_numpy() == pytest.approx(every.loc[rest.index, SUMMARIES].to_numpy(), nan_ok=True)


@EVERY
def test_change_and_influence(family):
    fit = fitted(family)
    table = fit.leave_one_out().table()
    whole = fit.population().set_index("parameter")
    narrow = fit.population(level=0.6826894921370859).set_index("parameter")
    for _, row in table.iterrows():
        name = row["parameter"]
        assert row["change"] == pytest.approx(row["median"] - whole.loc[name, "median"], rel=1e-12, abs=1e-14)
        half = 0.5 * (narrow.loc[name, "upper"] - narrow.loc[name, "lower"])
        assert row["influence"] == pytest.approx(row["change"] / half, rel=1e-9, abs=1e-14)


def test_the_other_groups_change_by_what_the_table_says():
    fit = fitted("proportions")
    groups = fit.leave_one_out(["D"]).groups()
    with_all = fit.groups().set_index("lab")["median"]
    assert list(groups["lab"]) == list("ABCEF")
    assert groups["change"].to_numpy() == pytest.approx(
        groups["median"].to_numpy() - with_all[groups["lab"]].to_numpy()
    )


def test_groups_with_the_same_data_are_fitted_once_and_keep_their_names():
    """A and E have the same counts: without A the table has E, without E it has A, with the same numbers."""
    found = fitted("proportions").leave_one_out()
    assert found.refits[0] is found.refits[4]
    assert found.refits[1] is found.refits[2]
    groups = found.groups()
    without_a = groups[groups["lab_left_out"] == "A"].set_index("lab")
    without_e = groups[groups["lab_left_out"] == "E"].set_index("lab")
    assert set(without_a.index) == set("BCDEF")
    assert set(without_e.index) == set("ABCDF")
    assert without_a.loc["E", SUMMARIES].tolist() == without_e.loc["A", SUMMARIES].tolist()
    assert without_a.loc[list("BCDF"), SUMMARIES].equals(without_e.loc[list("BCDF"), SUMMARIES])


@pytest.mark.parametrize("family", ["proportions", "rates"])
def test_point_estimates_without_intervals_say_so(family):
    fit = fitted(family, method="empirical-bayes")
    found = fit.leave_one_out()
    assert np.isnan(found.columns()["influence"]).all()
    assert np.isfinite(found.columns()["change"]).any()
    for columns in (found.columns(), fit.cumulative().columns()):
        for name in ("sd", "lower", "upper"):
            assert np.isnan(columns[name]).all()
    assert "empty intervals: these are point estimates" in repr(fit.cumulative())
    assert "empty influence: these are point estimates" in repr(found)


PLUGGED = pytest.mark.parametrize("method", ["reml", "dersimonian-laird", "empirical-bayes"])


@PLUGGED
@pytest.mark.parametrize("transform", [None, "exp"])
def test_point_estimates_have_the_intervals_of_a_meta_analysis(method, transform):
    fit = fitted("estimates", method=method)
    found = fit.cumulative(transform=transform).table()
    for count in range(2, 6):
        of_these = fitted("estimates", pd.DataFrame(SCHOOLS)[:count], method=method).meta_analysis(transform=transform)
        rows = found[found["groups"] == count].set_index("parameter")
        for parameter, quantity in (("mean", "mu"), ("sd", "tau")):
            one = of_these[quantity]
            assert tuple(rows.loc[parameter, ["median", "lower", "upper"]]) == (one.estimate, one.lower, one.upper)
    without = fitted("estimates", pd.DataFrame(SCHOOLS)[1:], method=method).meta_analysis(transform=transform)["mu"]
    first = fit.leave_one_out(transform=transform).table().iloc[0]
    assert tuple(first[["median", "lower", "upper"]]) == (without.estimate, without.lower, without.upper)


@PLUGGED
def test_the_influence_on_an_estimated_mean_is_in_its_standard_errors(method):
    fit = fitted("estimates", method=method)
    mu = fit.meta_analysis()["mu"]
    for transform in (None, "exp"):
        found = fit.leave_one_out(transform=transform).columns()
        means = fit.leave_one_out().table().query("parameter == 'mean'")["median"].to_numpy()
        influence = found["influence"][found["parameter"] == "mean"]
        assert influence == pytest.approx((means - mu.estimate) / mu.se, rel=1e-12)


@PLUGGED
def test_what_is_said_of_point_estimates_names_no_prior_and_no_median(method):
    fit = fitted("estimates", method=method)
    for found in (fit.cumulative(), fit.leave_one_out()):
        assert "prior" not in repr(found)
        assert "edian" not in repr(found)
        assert "intervals: of the mean normal" in repr(found)


@pytest.mark.parametrize("method", ["reml", "dersimonian-laird"])
def test_an_sd_that_is_estimated_at_its_edge_says_so(method):
    said = "the sd is estimated at 0, the edge of its range, with all groups and in {} without a group"
    of_schools = pp.estimates(
        pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school", method=method
    )
    assert said.format("every fit") in unfolded(of_schools.leave_one_out())
    far = {"y": [0.0, 0.1, 0.2, 5.0], "s": [0.1, 0.1, 0.1, 6.0]}
    found = pp.estimates(far, estimate="y", se="s", method=method).leave_one_out()
    zero = int(np.sum(found.columns()["median"][1::2] == 0.0))
    assert 0 < zero < 4
    assert said.format(f"{zero} of 4 fits") in unfolded(found)
    apart = {"y": [0.0, 1.0, 3.0, 5.0], "s": [0.1, 0.1, 0.1, 0.1]}
    assert "edge" not in repr(pp.estimates(apart, estimate="y", se="s", method=method).leave_one_out())
    assert "edge" not in repr(pp.estimates(far, estimate="y", se="s").leave_one_out())


def test_what_the_other_groups_cannot_answer_has_a_reason():
    fit = fitted("estimates", some("estimates", {"A", "B", "C"}), prior="flat")
    found = fit.leave_one_out()
    assert np.isnan(found.columns()["median"]).all()
    assert all("improper" in note for note in found.columns()["note"])
    assert np.isnan(found.group_columns()["median"]).all()
    assert "improper" in repr(found)


def test_the_text_is_short():
    text = repr(fitted("measurements").leave_one_out())
    assert "Medians without each group in turn" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda fit: fit.leave_one_out("A"), r"list of groups, such as \['A'\]"),
        (lambda fit: fit.leave_one_out([]), "names no group"),
        (lambda fit: fit.leave_one_out(["Z"]), "There is no group 'Z'"),
        (lambda fit: fit.leave_one_out(level=2.0), "level must be a probability"),
        (lambda fit: fit.given(mean=0.2, concentration=9).leave_one_out(), "parameters are given"),
        (lambda fit: fit.given(mean=0.2, concentration=9).cumulative(), "parameters are given"),
        (
            lambda fit: fit.cumulative("year"),
            r"no column 'year' of groups; there are lab, y, n\. In the table there is no column 'year'\. The",
        ),
        (lambda fit: fit.cumulative([1, 2]), "order has 2 values for 6 groups: give one for each"),
        (lambda fit: fit.cumulative(np.array([1, "a", None, 2, 3, 4], dtype=object)), "cannot be sorted"),
        (lambda fit: fit.cumulative(5), "order has 1 value for 6 groups"),
    ],
)
def test_refused(ask, said):
    with pytest.raises(pp.RequestError, match=said):
        ask(fitted("proportions"))


@pytest.mark.parametrize("name", ["parameter", "groups", "change", "influence"])
def test_labels_that_have_the_name_of_a_result(name):
    fit = pp.proportions({name: list("ABC"), "y": [1, 2, 3], "n": [9, 8, 7]}, successes="y", trials="n", group=name)
    for ask in (fit.leave_one_out, fit.cumulative):
        with pytest.raises(pp.RequestError, match=f'The column "{name}" has the name of a result; rename it'):
            ask()


def test_too_many_groups():
    rng = np.random.default_rng(1)
    many = {"y": rng.normal(size=600), "s": rng.uniform(1, 2, size=600)}
    fit = pp.estimates(many, estimate="y", se="s")
    with pytest.raises(pp.RequestError, match="600 different groups to leave out; up to 500"):
        fit.leave_one_out()
    with pytest.raises(pp.RequestError, match="600 groups; up to 500"):
        fit.cumulative()
    assert len(fit.leave_one_out([3, 7]).columns()["median"]) == 4


# --- one after the other --------------------------------------------------------------------------------------------


@EVERY
def test_cumulative_fits_are_fits_of_the_first_groups(family):
    fit = fitted(family)
    label = FITS[family][2]["group"]
    names = list(fit.data.labels[label])
    order = names[::-1]
    table = fit.cumulative(-np.arange(len(names))).table()
    for count in (2, len(names)):
        other = fitted(family, some(family, order[:count]), prior=fit.model.prior)
        own = table[table["groups"] == count].set_index("parameter")
        wanted = other.population().set_index("parameter").loc[own.index]
        assert set(own[label]) == {order[count - 1]}
        assert own[SUMMARIES].to_numpy() == pytest.approx(wanted[SUMMARIES].to_numpy(), nan_ok=True, rel=1e-9)


def test_the_order_of_a_column():
    fit = fitted("estimates")
    assert list(fit.cumulative("s").table()["school"][::2]) == ["B", "E", "D", "A", "C"]
    assert list(fit.cumulative("school").table()["groups"][::2]) == [1, 2, 3, 4, 5]
    assert list(fit.cumulative().table()["school"][::2]) == list("ABCDE")


def test_one_group_under_an_improper_prior_has_a_reason():
    found = fitted("estimates", prior="flat").cumulative()
    table = found.columns()
    assert np.isnan(table["median"][:4]).all()
    assert "improper" in table["note"][0]
    assert np.isfinite(table["median"][4:]).all()
    assert "so few groups leave no answer" in repr(found)
