"""The shipped data sets: totals, sources, and every library."""

import hashlib
import math
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp
from partialpool import datasets
from partialpool.errors import MissingDependencyError, RequestError
from partialpool.io.backends import read
from partialpool.models.data.binomial import counts

# of each role, what it adds up to, with how many groups there are and how many rows
COUNTS = {
    "rat_tumors": (71, 71, {"successes": 267, "trials": 1739}),
    "surgical": (12, 12, {"successes": 208, "trials": 2814}),
    "baseball_1970": (18, 18, {"successes": 215, "trials": 18 * 45}),
    "toxoplasmosis": (34, 34, {"successes": 356, "trials": 697}),
    "orange_juice_cans": (54, 54, {"successes": 347 + 133, "trials": 54 * 50}),
    "hospital_cabg": (31, 31, {"successes": 446, "trials": 16028}),
    "pump_failures": (10, 10, {"events": 75, "exposure": 350.032}),
    "airline_accidents": (10, 10, {"events": 238}),
    "horse_kicks": (14, 280, {"events": 196}),
    "dyed_cloth": (10, 10, {"events": 153, "exposure": 107.5}),
    "kidney_cancer": (3114, 6228, {"events": 23433 + 26020, "exposure": 483051703 + 500793352}),
    "eight_schools": (8, 8, {"estimate": 70, "se": 100}),
    "beta_blockers": (22, 22, {}),
    "bcg_vaccine": (13, 13, {}),
    "crins_transplant": (6, 6, {}),
    "coagulation": (4, 24, {"value": 24 * 64}),
    "dyestuff": (6, 30, {"value": 30 * 1527.5}),
    "dyestuff2": (6, 30, {"value": 30 * 5.6656}),
    "rail": (6, 18, {"value": 18 * 66.5}),
    "factory": (6, 30, {"value": 5 * (76.0 + 106.2 + 87.8 + 111.6 + 90.0 + 86.0)}),
    "hsb82_schools": (160, 160, {"n": 7185}),
}
ROLES = {
    "proportions": {"successes", "trials"},
    "rates": {"events", "exposure"},
    "estimates": {"estimate", "se", "variance"},
    "measurements": {"value", "mean", "sd", "n"},
}


def test_names():
    assert datasets.names() == tuple(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_published_totals(name):
    about, columns = datasets.info(name), datasets.load(name)
    groups, rows, totals = COUNTS[name]
    assert len(set(zip(*(columns[part].tolist() for part in about.group), strict=True))) == groups
    assert about.rows == rows
    for role, total in totals.items():
        assert math.fsum(columns[about.roles[role]].tolist()) == pytest.approx(total, rel=1e-13)


@pytest.mark.parametrize("name", COUNTS)
def test_the_record(name):
    about = datasets.info(name)
    assert set(about.roles) <= ROLES[about.family]
    assert {*about.roles.values(), *about.group} <= set(about.columns)
    assert about.arguments == {**about.roles, "group": list(about.group)}
    assert len(set(datasets.info(name).roles) & {"se", "variance"}) == (about.family == "estimates")
    assert about.name == name
    assert about.title
    assert about.source
    assert about.licence
    with pytest.raises(TypeError):
        about.roles["group"] = "x"


@pytest.mark.parametrize("name", [name for name in COUNTS if "trials" in COUNTS[name][2]])
def test_the_family_reads_the_counts(name):
    about = datasets.info(name)
    rows = read(datasets.load(name), values=list(about.roles.values()), labels=about.group)
    groups = counts(rows, about.roles["successes"], about.roles["trials"], about.group)
    assert {role: int(x.sum()) for role, x in groups.statistics.items()} == COUNTS[name][2]


def test_the_first_table_of_horse_kicks():
    """Ten corps, as often shown: 109, 65, 22, 3 and 1 corps-years with 0 to 4 deaths."""
    columns = datasets.load("horse_kicks")
    ten = ~np.isin(columns["corps"].astype(str), ["G", "I", "VI", "XI"])
    assert np.bincount(columns["deaths"][ten]).tolist() == [109, 65, 22, 3, 1]


def test_the_periods_of_kidney_cancer():
    columns = datasets.load("kidney_cancer")
    for period, deaths, person_years in (("1980-1984", 23433, 483051703), ("1985-1989", 26020, 500793352)):
        rows = columns["period"] == period
        assert rows.sum() == 3114
        assert columns["deaths"][rows].sum() == deaths
        assert columns["person_years"][rows].sum() == person_years


def test_airline_deaths_and_miles():
    columns = datasets.load("airline_accidents")
    assert columns["passenger_deaths"].sum() == 6919
    miles = columns["passenger_deaths"] / columns["death_rate_per_100m_miles"]
    assert columns["passenger_miles_100m"] == pytest.approx(miles, rel=1e-9)


def test_rounded_pump_times():
    assert datasets.load("pump_failures")["time_thousand_hours_bugs"].sum() == pytest.approx(350.24, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("beta_blockers", {"treated_deaths": 826, "treated_n": 10441, "control_deaths": 985, "control_n": 9849}),
        ("bcg_vaccine", {"vaccinated_tb": 1065, "vaccinated_n": 191064, "control_tb": 1510, "control_n": 166283}),
    ],
)
def test_totals_of_trials(name, parts):
    columns = datasets.load(name)
    assert {part: int(columns[part].sum()) for part in parts} == parts


@pytest.mark.parametrize(
    ("name", "within", "between"),
    [("dyestuff", 2451.25, 5 * 1764.05 + 2451.25), ("dyestuff2", 14.95, 8.34)],
)
def test_mean_squares(name, within, between):
    columns = datasets.load(name)
    value = columns[datasets.info(name).roles["value"]].reshape(6, 5)
    assert value.var(axis=1, ddof=1).mean() == pytest.approx(within, abs=0.005)
    assert 5 * value.mean(axis=1).var(ddof=1) == pytest.approx(between, abs=0.005)


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("coagulation", [61, 66, 68, 61]),
        ("factory", [76.0, 106.2, 87.8, 111.6, 90.0, 86.0]),
    ],
)
def test_group_means(name, means):
    columns, about = datasets.load(name), datasets.info(name)
    label, value = columns[about.group[0]], columns[about.roles["value"]]
    assert [value[label == one].mean() for one in dict.fromkeys(label.tolist())] == pytest.approx(means, rel=1e-13)


def test_schools_have_the_totals_of_their_pupils():
    """Totals of the 7185 rows, and where the restricted likelihood of those rows has its mode, found in 30 digits."""
    columns = datasets.load("hsb82_schools")
    n, mean, sd = columns["pupils"], columns["mean_math"], columns["sd_math"]
    total = np.sum(n * mean) / n.sum()
    squares = np.sum((n - 1) * sd**2 + n * (mean - total) ** 2)
    assert total == pytest.approx(12.7479, abs=5e-5)
    assert np.sqrt(squares / (n.sum() - 1)) == pytest.approx(6.8782, abs=5e-5)
    assert (n.min(), n.max()) == (14, 67)
    assert np.unique(columns["sector"], return_counts=True)[1].tolist() == [70, 90]
    about = datasets.info("hsb82_schools")
    population = pp.measurements(columns, **about.arguments, method="empirical-bayes").population_columns()
    assert population["mean"][0] == pytest.approx(12.63697, abs=5e-6)
    assert population["sd"][0] == pytest.approx(0.24439, abs=5e-6)
    assert population["median"][1:3] ** 2 == pytest.approx([8.6140247507, 39.1483218990], rel=1e-7)


def test_group_sizes_of_coagulation():
    assert np.unique(datasets.load("coagulation")["diet"], return_counts=True)[1].tolist() == [4, 6, 6, 8]


@pytest.mark.parametrize("name", COUNTS)
def test_file_and_arrays_agree(name):
    about = datasets.info(name)
    from_file = read(datasets.path(name), values=list(about.roles.values()), labels=about.group)
    arrays = datasets.load(name)
    assert list(arrays) == list(about.columns)
    for column, cells in from_file.columns.items():
        assert np.array_equal(cells, arrays[column])
        assert cells.dtype == arrays[column].dtype


@pytest.mark.parametrize(
    ("library", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_frames(library, frame):
    table = datasets.load("baseball_1970", library)
    assert isinstance(table, frame)
    rows = read(table, values=["hits"], labels=["last_name"])
    assert rows.library == library
    assert rows.columns["last_name"][0] == "Clemente"


def test_types():
    columns = datasets.load("hospital_cabg")
    assert columns["y"].dtype == np.float64
    assert columns["deaths"].dtype == np.int64
    assert datasets.load("surgical")["hospital"].dtype == object


def test_each_load_is_a_new_copy():
    first = datasets.load("surgical")
    first["deaths"][:] = 0
    assert datasets.load("surgical")["deaths"].sum() == 208


def test_unknown_name():
    with pytest.raises(RequestError, match=r"no data set 'rats_tumor'. Did you mean 'rat_tumors'\? The data sets are"):
        datasets.load("rats_tumor")
    with pytest.raises(RequestError, match=r"no data set '\.\./secret'\. The data sets are"):
        datasets.path("../secret")


def test_unknown_library():
    with pytest.raises(RequestError, match="library='excel' is unknown"):
        datasets.load("surgical", "excel")


def test_library_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingDependencyError, match="pip install polars"):
        datasets.load("surgical", "polars")


def test_files_are_the_published_bytes():
    digest = hashlib.sha256(datasets.path("rat_tumors").read_bytes()).hexdigest()
    assert digest == "63374d5ec75b70d23e9daf18ae4b82a77eee0cf28e240f6426459fe554aa4efd"
