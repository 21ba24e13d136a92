"""Tables of several countries, with the arguments by which each family fits them."""

import numpy as np
import pytest

import partialpool as pp

FAMILIES = {
    "proportions": {"successes": "y", "trials": "n", "group": "store"},
    "rates": {"events": "y", "exposure": "n", "group": "store"},
    "estimates": {"estimate": "effect", "se": "se", "group": "store"},
    "measurements": {"value": "effect", "group": "store"},
}


def table(slices=3, stores=5, rows=2, seed=1):
    """Rows of several stores in each country, in mixed order: as columns."""
    rng = np.random.default_rng(seed)
    size = slices * stores * rows
    order = rng.permutation(size)
    n = rng.integers(10, 100, size)
    country = np.array(["DE", "FR", "IT", "ES", "PT", "NL"], dtype=object)[np.arange(size) % slices]
    store = np.array([f"s {i // slices % stores}" for i in range(size)], dtype=object)
    effect = rng.normal(size=stores)[np.arange(size) // slices % stores] + rng.normal(size=size)
    columns = {"country": country, "store": store, "y": rng.binomial(n, 0.3), "n": n}
    columns |= {"effect": effect, "se": rng.uniform(0.5, 1.0, size)}
    return {name: column[order] for name, column in columns.items()}


def part(columns, key, by="country"):
    """The rows of one slice, made by hand."""
    which = columns[by] == key
    return {name: column[which] for name, column in columns.items()}


def same(one, other):
    """Whether two tables are the same, bit for bit."""
    assert list(one) == list(other)
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        assert a.dtype == b.dtype, name
        assert a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes(), name


def fitted(family, data, **options):
    return getattr(pp, family)(data, **{**FAMILIES[family], **options})


@pytest.fixture
def alone(monkeypatch):
    """Work in this process only."""
    monkeypatch.setenv("PARTIALPOOL_WORKERS", "1")
