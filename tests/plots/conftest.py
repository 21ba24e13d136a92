"""Fits that the pictures of all tests are drawn from."""

import matplotlib as mpl
import numpy as np
import pytest

import partialpool as pp
from partialpool import datasets

mpl.use("Agg")


def fitted(name, **options):
    known = datasets.info(name)
    return getattr(pp, known.family)(datasets.load(name), **known.roles, group=list(known.group), **options)


@pytest.fixture(scope="session")
def rats():
    return fitted("rat_tumors", prior="bda")


@pytest.fixture(scope="session")
def pumps():
    return fitted("pump_failures")


@pytest.fixture(scope="session")
def schools():
    return fitted("eight_schools", prior=pp.Prior(sd=pp.Flat()))


@pytest.fixture(scope="session")
def diets():
    return fitted("coagulation", prior=pp.Prior(sd=pp.Flat()))


@pytest.fixture(scope="session")
def counties():
    return fitted("kidney_cancer")


@pytest.fixture(scope="session")
def hospitals():
    """300 groups."""
    rng = np.random.default_rng(20261125)
    patients = rng.integers(4, 200, 300)
    deaths = rng.binomial(patients, rng.beta(3.0, 12.0, 300))
    data = {"hospital": [f"hospital {i + 1}" for i in range(300)], "deaths": deaths, "patients": patients}
    return pp.proportions(data, successes="deaths", trials="patients", group="hospital")


@pytest.fixture(params=["rats", "pumps", "schools", "diets"])
def fit(request):
    """One of every family."""
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def _no_figure_stays():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
