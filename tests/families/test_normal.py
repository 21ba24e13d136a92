"""Estimates with standard errors: how they combine, and what is refused."""

import numpy as np
import pytest

from merging import merge
from partialpool.errors import CellError, RequestError
from partialpool.groups.groups import frozen
from partialpool.groups.rows import Rows
from partialpool.io.backends import read
from partialpool.models.data.normal import STATISTICS, estimates
from partialpool.models.normal_normal import ESTIMATES
from partialpool.models.registry import FAMILIES


def made(y, s, g=None, se="s", variance=None):
    scale = se or variance
    data = {"y": y, scale: s} | ({} if g is None else {"g": g})
    rows = read(data, values=["y", scale], labels=[] if g is None else ["g"])
    return estimates(rows, "y", se, variance, None if g is None else "g")


def statistics(groups):
    return groups.statistics["estimate"].tolist(), groups.statistics["se"].tolist()


def test_declaration():
    assert [statistic.role for statistic in STATISTICS] == ["estimate", "se"]
    assert FAMILIES["estimates"] is ESTIMATES


def test_rows_as_groups():
    groups = made([1, -2], [3, 0])
    assert statistics(groups) == ([1.0, -2.0], [3.0, 0.0])
    assert groups.columns == {"estimate": "y", "se": "s"}
    assert list(ESTIMATES.shown(groups)) == ["y", "s"]
    assert ESTIMATES.raw(groups).tolist() == [1.0, -2.0]


def test_variances_are_shown_as_standard_errors_by_a_name_of_their_own():
    groups = made([1.0, 2.0], [9.0, 4.0], se=None, variance="v")
    assert statistics(groups) == ([1.0, 2.0], [3.0, 2.0])
    assert groups.columns == {"estimate": "y", "se": "se"}
    rows = read({"se": [1.0], "v": [4.0]}, values=["se", "v"], labels=[])
    assert estimates(rows, "se", None, "v", None).columns == {"estimate": "se", "se": "se_"}


# --- combining ---


def test_rows_of_one_group_combine_by_precision():
    y, s = statistics(made([1.0, 10.0, 4.0], [1.0, 5.0, 2.0], ["a", "b", "a"]))
    assert y == pytest.approx([(1.0 + 4.0 / 4.0) / 1.25, 10.0], rel=1e-15)
    assert s == pytest.approx([1.25**-0.5, 5.0], rel=1e-15)


@pytest.mark.parametrize("shift", [0.0, 1e12, -1e12])
def test_combining_keeps_digits_under_a_shift(shift):
    y = np.array([1.0, 3.0, 2.5, -4.0]) + shift
    w = np.array([1.0, 0.25, 4.0, 1.0])
    found, _ = statistics(made(y, w**-0.5, ["a"] * 4))
    exact = float((w * np.array([1.0, 3.0, 2.5, -4.0])).sum() / w.sum())
    assert found[0] - shift == pytest.approx(exact, abs=max(1e-15, 2.0**-52 * abs(shift)))


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_combining_neither_overflows_nor_underflows(scale):
    y, s = statistics(made([1.0 * scale, 3.0 * scale], [scale, scale], ["a", "a"]))
    assert y == pytest.approx([2.0 * scale], rel=4e-16)
    assert s == pytest.approx([scale * 0.5**0.5], rel=1e-15)


def test_precisions_far_apart():
    assert statistics(made([1.0, 3.0], [1e-9, 1e9], ["a", "a"])) == ([1.0], [1e-9])


def test_an_exact_row_decides_its_group():
    assert statistics(made([5.0, 1.0, 5.0], [1.0, 0.0, 2.0], ["a", "a", "b"])) == ([1.0, 5.0], [0.0, 2.0])
    assert statistics(made([1.0, 1.0], [0.0, 0.0], ["a", "a"])) == ([1.0], [0.0])


def test_exact_rows_of_a_group_that_differ():
    with pytest.raises(CellError, match=r"two exact estimates that differ: y=1.0 and 2.0, both with s=0. Correct one"):
        made([1.0, 2.0], [0.0, 0.0], ["a", "a"])


def test_the_order_of_rows_does_not_matter():
    y, s = np.array([1.1, 2.3, -0.7, 5.9, 2.3]), np.array([0.3, 0.7, 1.1, 0.3, 0.2])
    one = statistics(made(y, s, ["a"] * 5))
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        assert statistics(made(y[order], s[order], ["a"] * 5)) == one


def test_merging_is_associative_to_rounding():
    rng = np.random.default_rng(5)
    y, s = rng.normal(1e6, 1.0, 12), np.exp(rng.normal(0.0, 2.0, 12))
    g = np.array(list("abcabcabcabc"))
    parts = [made(y[i::3], s[i::3], g[i::3]) for i in range(3)]
    left = merge(merge(parts[0], parts[1]), parts[2])
    right = merge(parts[0], merge(parts[1], parts[2]))
    whole = made(y, s, g)
    key = {label: i for i, label in enumerate(whole.labels["g"].tolist())}
    for merged in (left, right):
        order = np.argsort([key[label] for label in merged.labels["g"].tolist()])
        for role in ("estimate", "se"):
            np.testing.assert_allclose(merged.statistics[role][order], whole.statistics[role], rtol=1e-15)


# --- refusing ---


def test_negative_standard_errors():
    said = r"^2 rows are refused, a negative standard error: row 2: s=-1.0; row 4: s=-0.5. A standard error is 0"
    with pytest.raises(CellError, match=said):
        made([1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 2.0, -0.5])


def test_the_first_five_and_the_count():
    with pytest.raises(
        CellError, match=r"7 rows are refused, a negative variance: row 1: v=-1.0; .* and 2 more\. A var"
    ):
        made([1.0] * 7, [-1.0] * 7, se=None, variance="v")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(bad):
    """Readers refuse these cells; rows from elsewhere are refused here."""
    rows = Rows(frozen({"y": np.array([1.0, bad]), "s": np.array([1.0, 2.0])}), 2, "dict")
    with pytest.raises(
        CellError, match=rf"1 row is refused, not finite: row 2: y={bad}. Give the estimate, or drop it"
    ):
        estimates(rows, "y", "s", None, None)
    rows = Rows(frozen({"y": np.array([1.0, 2.0]), "s": np.array([1.0, bad])}), 2, "dict")
    with pytest.raises(CellError, match=rf"1 row is refused, no standard error: row 2: s={bad}\. .*It is finite"):
        estimates(rows, "y", "s", None, None)


@pytest.mark.parametrize("scales", [{"se": None, "variance": None}, {"se": "s", "variance": "s"}])
def test_exactly_one_of_se_and_variance(scales):
    rows = read({"y": [1.0], "s": [1.0]}, values=["y", "s"], labels=[])
    with pytest.raises(RequestError, match=r"se= or their squares as variance=, one of the two"):
        estimates(rows, "y", scales["se"], scales["variance"], None)


# --- variances given as standard errors ---

SCHOOLS = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]


def test_variances_given_as_standard_errors_are_noticed():
    y, s = SCHOOLS
    (note,) = made(y, [v * v for v in s]).notes
    assert note.endswith('if these are variances, give variance="s"')


@pytest.mark.parametrize(
    ("y", "s"),
    [
        SCHOOLS,
        ([3.0] * 8, [15.0] * 8),  # alike under either reading
        ([1.0, 1.2], [200.0, 300.0]),  # two say little
        ([1.0], [3.0]),
        ([1.0, 5.0, 9.0], [0.0, 1.0, 1.0]),
        ([v * 1e3 for v in SCHOOLS[0]], [v * 1e3 for v in SCHOOLS[1]]),
        ([v * 1e-3 for v in SCHOOLS[0]], [v * 1e-3 for v in SCHOOLS[1]]),
    ],
)
def test_standard_errors_are_not_taken_for_variances(y, s):
    assert made(y, s).notes == ()


def test_few_false_alarms():
    """Less than one in a thousand of designs without any heterogeneity."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(2000):
        s = 10.0 * np.exp(rng.normal(0.0, 0.5, 12))
        alarms += bool(made(rng.normal(0.0, s), s).notes)
    assert alarms <= 2
