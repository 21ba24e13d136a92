"""Fits of every kind, for the tests of reports."""

import functools
import warnings

import numpy as np

import partialpool as pp
from partialpool import datasets

HOSTILE = [
    "<script>document.title='run'</script>",
    '"><img src=x onerror="document.title=\'run\'">',
    "</script><script>document.title='run'</script>",
    "\u202egnihtyreve\u0000\n\nsecond line",
    '=HYPERLINK("http://example.org")',
    "\u05e9\u05dc\u05d5\u05dd \u6771\u4eac \U0001f600",
    "x" * 10_000,
    "<!--",
]


def fitted(name, **options):
    known = datasets.info(name)
    return getattr(pp, known.family)(datasets.load(name), **known.roles, group=list(known.group), **options)


@functools.cache
def rats():
    return fitted("rat_tumors")


@functools.cache
def hostile():
    size = len(HOSTILE)
    data = {"<b>lab</b>": HOSTILE, "y": np.arange(size) + 1, "n": np.full(size, 30)}
    return pp.proportions(data, successes="y", trials="n", group="<b>lab</b>")


@functools.cache
def many(size=10_000):
    rng = np.random.default_rng(1)
    n = rng.integers(5, 200, size)
    data = {"y": rng.binomial(n, rng.beta(3, 20, size)), "n": n, "shop": [f"shop {i}" for i in range(size)]}
    return pp.proportions(data, successes="y", trials="n", group="shop")


def trials(**options):
    arms = {"events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n")}
    data = datasets.load("bcg_vaccine")
    return pp.estimates(data, effect="log odds ratio", group=["trial", "author"], **arms, **options)


def few(family, size):
    y, n = [1, 2, 3][:size], [4, 5, 6][:size]
    if family == "proportions":
        return pp.proportions({"y": y, "n": n}, successes="y", trials="n")
    if family == "rates":
        return pp.rates({"y": y, "n": n}, events="y", exposure="n")
    if family == "estimates":
        return pp.estimates({"y": y, "s": n}, estimate="y", se="s")
    values = {"y": [1.0, 2.0, 4.0, 5.0, 7.0, 9.0][: 2 * size], "g": list("aabbcc")[: 2 * size]}
    return pp.measurements(values, value="y", group="g")


def updated():
    old = pp.proportions({"y": [1, 2], "n": [4, 5], "g": ["a", "b"]}, successes="y", trials="n", group="g")
    return old.update({"y": [1, 2], "n": [4, 5], "g": ["a", "z"]})


KINDS = {
    "proportions": rats,
    "rates": lambda: fitted("pump_failures"),
    "estimates": lambda: fitted("eight_schools"),
    "measurements": lambda: fitted("coagulation"),
    **{
        f"{family} of {size}": functools.partial(few, family, size)
        for family in ("proportions", "rates", "estimates", "measurements")
        for size in (1, 2, 3)
    },
    "odds ratios": trials,
    "reml": lambda: trials(method="reml"),
    "dersimonian-laird": lambda: trials(method="dersimonian-laird"),
    "plugged in": lambda: fitted("rat_tumors", method="empirical-bayes"),
    "moments": lambda: fitted("pump_failures", method="moments"),
    "given": lambda: rats().given(mean=0.2, concentration=10),
    "given to be alike": lambda: rats().given(mean=0.2, concentration=np.inf),
    "given sd": lambda: fitted("eight_schools").given(sd=5.0),
    "given to measurements": lambda: fitted("coagulation").given(sd=2.0, sigma=1.0),
    "without moments": lambda: fitted("eight_schools", prior="flat", level=0.9, tol=1e-4),
    "a prior of its own": lambda: fitted("eight_schools", prior="mean ~ Normal(0, 5); sd ~ HalfCauchy(5)"),
    "no data": lambda: pp.proportions({"y": [1, 0, 3], "n": [4, 0, 6]}, successes="y", trials="n"),
    "nothing happened": lambda: pp.proportions({"y": [0, 0, 0], "n": [5, 5, 5]}, successes="y", trials="n"),
    "alike": lambda: pp.proportions({"y": [5] * 10, "n": [10] * 10}, successes="y", trials="n", prior="bda"),
    "far from 0": lambda: pp.measurements(
        {"y": [1000.001, 1000.002, 1000.003, 1000.004], "g": list("aabb")}, value="y", group="g"
    ),
    "known exactly": lambda: pp.estimates({"y": [1.0, 2.0, 3.0], "s": [0.0, 1.0, 1.0]}, estimate="y", se="s"),
    "updated": updated,
    "hostile names": hostile,
}


def quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()
