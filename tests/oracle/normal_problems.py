"""Problems for the oracle of estimates: random ones from fixed seeds, and hard ones by hand."""

from __future__ import annotations

import numpy as np

SCHOOLS = ([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
RANDOM = 320

# name -> (parameters as functions of the scale of the data and a uniform number, exponent p0 at 0, q at infinity)
PRIORS = {
    "UniformShrinkage": (lambda c, u: [], 1, 3),
    "Flat": (lambda c, u: [], 0, 0),
    "DuMouchel": (lambda c, u: [], 0, 2),
    "Jeffreys": (lambda c, u: [], 1, 1),
    "HalfCauchy": (lambda c, u: [c * 10 ** (2 * u - 1)], 0, 2),
    "HalfNormal": (lambda c, u: [c * 10 ** (2 * u - 1)], 0, np.inf),
    "HalfStudentT": (lambda c, u: [round(1 + 6 * u, 1), c], 0, 2),
    "Exponential": (lambda c, u: [10 ** (2 * u - 1) / c], 0, np.inf),
    "Gamma": (lambda c, u: [round(0.5 + 2 * u, 2), 1 / c], -0.5, np.inf),
    "InverseGamma": (lambda c, u: [round(0.5 + 2 * u, 2), c], np.inf, 1.5),
    "LogNormal": (lambda c, u: [float(np.log(c)), round(0.3 + 2 * u, 2)], np.inf, np.inf),
    "Uniform": (lambda c, u: [0.0 if u < 0.5 else 0.3 * c, c * 10 ** (2 * u)], 0, np.inf),
    "Pareto": (lambda c, u: [0.2 * c, round(0.5 + 2 * u, 2)], np.inf, 1.5),
    "Power": (lambda c, u: [round(0.5 - u, 2)], -0.5, -0.5),
}


def problem(name, kind, y, s, sd=("UniformShrinkage",), mean=None, **hints):
    prior = {"sd": list(sd)} | ({"mean": ["Normal", *mean]} if mean else {})
    y, s = ([float(v) for v in values] for values in (y, s))
    return {"id": name, "kind": kind, "estimate": y, "se": s, "prior": prior, **hints}


def random_problems():
    return [random_problem(i) for i in range(RANDOM)]


def random_problem(i):
    """Sizes 1 to 40, spreads of se from none to hundredfold, populations of every width, shifts and units."""
    rng = np.random.default_rng([7, i])
    unit = float(rng.choice([1.0, 1.0, 1e-3, 1e4]))
    shift = float(rng.choice([0.0, 0.0, 10.0, 1e6])) * unit
    names = list(PRIORS)
    name = names[i % len(names)]
    parameters, _, q = PRIORS[name]
    normal = bool(rng.random() < 0.3)
    least = int(np.floor(2 - normal - q)) + 1 if np.isfinite(q) else 1
    size = max(1, least) + int(rng.geometric(0.12)) - 1
    s = unit * np.exp(rng.normal(0.0, rng.choice([0.0, 0.3, 1.0, 2.0]), size))
    theta = rng.normal(0.0, unit * rng.choice([0.0, 0.3, 1.0, 10.0]), size)
    y = shift + theta + rng.normal(size=size) * s
    if rng.random() < 0.3:
        y, s = np.array([float(f"{v:.3g}") for v in y]), np.array([float(f"{v:.2g}") for v in s])
    spread = unit * float(rng.choice([0.5, 5.0, 50.0]))
    mean = (shift + unit * round(float(rng.normal()), 2), spread) if normal else None
    given = [name, *parameters(unit, float(rng.random()))]
    if name in ("HalfCauchy", "Gamma", "Exponential") and rng.random() < 0.3:
        given[-1] = float(given[-1] ** 2 if name == "HalfCauchy" else unit * given[-1] / unit**2)
        given.append({"on": "variance"})
        if name == "HalfCauchy" and size < 2:
            given = ["HalfCauchy", unit]
    return problem(f"random-{i:03d}", "random", y, s, given, mean)


def hard_problems():
    y, s = SCHOOLS
    found = [
        problem(f"schools-{'-'.join(map(str, sd))}", "hard", y, s, sd)
        for sd in (
            ("Flat",),
            ("UniformShrinkage",),
            ("DuMouchel",),
            ("Jeffreys",),
            ("HalfCauchy", 25.0),
            ("HalfCauchy", 1e6),
            ("HalfNormal", 1e-3),
            ("Power", -0.9),
            ("Power", -0.99),
            ("Power", 3.5),
            ("Power", 4.9),
            ("Uniform", 5.0, 6.0),
            ("Uniform", 0.0, 1e-3),
            ("Uniform", 0.0, 1e6),
            ("Pareto", 1.0, 1.5),
            ("Pareto", 1e4, 0.01),
            ("LogNormal", 2.0, 0.02),
            ("Gamma", 0.05, 0.05),
        )
    ]
    found[-2]["narrow"] = 0.05
    add = lambda name, *rest, **more: found.append(problem(name, "hard", *rest, **more))  # noqa: E731
    add("three-schools", y[:3], s[:3], ("Flat",))
    add("three-schools-barely-mean", y[:3], s[:3], ("HalfStudentT", 0.1, 10.0), None)
    add("two-groups", [1.0, 3.0], [1.0, 2.0])
    add("two-groups-barely-proper", [1.0, 3.0], [1.0, 2.0], ("Power", -0.2), (0.0, 10.0))
    add("one-group", [5.0], [2.0])
    add("one-group-normal", [5.0], [2.0], ("HalfNormal", 3.0), (0.0, 1.0))
    add("one-group-tiny-prior", [5.0], [2.0], ("HalfCauchy", 1e-6), (0.0, 1.0))
    add("identical", [3.0] * 6, [1.0, 2.0, 0.5, 1.0, 4.0, 1.0])
    add("identical-flat", [3.0] * 5, [2.0] * 5, ("Flat",))
    add("identical-inverse-gamma", [3.0] * 5, [2.0] * 5, ("InverseGamma", 0.001, 0.001, {"on": "variance"}))
    add("schools-inverse-gamma", y, s, ("InverseGamma", 0.001, 0.001, {"on": "variance"}))
    add("schools-gamma-precision", y, s, ("Gamma", 2.0, 50.0, {"on": "precision"}))
    add("schools-flat-variance", y, s, ("Flat", {"on": "variance"}))
    add("exact-one-flat", [28.0, 8.0, -3.0, 7.0], [15.0, 0.0, 16.0, 11.0], ("Flat",))
    add("exact-one", y, [15.0, 10.0, 0.0, 11.0, 9.0, 11.0, 10.0, 18.0])
    add("exact-one-in-the-middle", [1.0, 2.0, 1.5, 0.7], [1.0, 1.0, 0.0, 1.0], ("HalfCauchy", 1.0))
    add("exact-two-apart", [1.0, 2.0, 5.0, 0.7], [0.0, 1.0, 0.0, 1.0], ("Flat",))
    add("exact-two-close", [1.0, 1.0 + 1e-9, 5.0, 0.7], [0.0, 0.0, 1.0, 1.0], ("Flat",))
    add("exact-two-equal", [1.0, 1.0, 5.0, 0.7], [0.0, 0.0, 1.0, 1.0])
    add("exact-three-equal", [1.0, 1.0, 1.0, 5.0], [0.0, 0.0, 0.0, 1.0], ("InverseGamma", 1.0, 0.1))
    add("exact-all", [1.0, 2.0, 5.0, 0.7], [0.0] * 4, ("Flat",))
    add("ratio-1e18", [0.1, 5.0, 2.0, 3.0], [1e-18, 1.0, 2.0, 1.0])
    add("ratio-1e18-flat", [1.0, 5.0, 2.0, 3.0], [1e-9, 1e9, 2.0, 1.0], ("Flat",))
    add("ratio-1e18-many", [0.0, 0.0, 1.0, 4.0, 2.0, -1.0], [1e-9, 1e-9, 1e9, 1.0, 1e-3, 1e3], ("HalfCauchy", 1.0))
    add("shift-1e12", [v + 1e12 for v in y], s, ("Flat",))
    add("shift-minus-1e12", [v - 1e12 for v in y], s)
    add("near-1e300", [v * 2.0**990 for v in y], [v * 2.0**990 for v in s], ("Flat",))
    add("near-1e300-default", [1.0e300, 1.2e300, 0.7e300], [1e298, 2e299, 1e299])
    add("near-1e300-one-sided", [1e300, 1e300, 1e300 * (1 + 1e-15)], [1e284, 2e284, 1e284])
    add("near-1e-300", [v * 2.0**-990 for v in y], [v * 2.0**-990 for v in s], ("Flat",))
    add("two-modes", [0.0, 1e-4, -1e-4, 3.0, -3.0], [1e-4, 1e-4, 1e-4, 0.9, 0.9], ("HalfCauchy", 1.0))
    add("two-modes-far", [0.0, 0.5e-8, -1e-8, 4.6, -5.0, 3.0], [1e-8, 1e-8, 1e-8, 1.0, 1.0, 1.0], ("HalfCauchy", 1.0))
    add("outlier", [*y, 1e6], [*s, 10.0])
    add("outlier-flat", [0.0, 0.1, -0.2, 1e9], [0.1, 0.2, 0.1, 1.0], ("Flat",))
    add("pulled-apart", [1e6, 1e6 + 1e5, 1e6 - 2e5, 1e6 + 3e5], [0.1, 0.2, 0.1, 1.0], ("HalfCauchy", 1.0), (0.0, 1.0))
    add("tight-mean", y, s, ("HalfCauchy", 5.0), (8.0, 1e-6))
    add("wide-mean", y, s, ("HalfCauchy", 5.0), (0.0, 1e9))
    add("far-mean", y, s, ("HalfNormal", 5.0), (1e4, 5.0), narrow=0.03)
    add("narrow-uniform", [99999995.0, 100000004.0], [2.0, 5.0], ("Uniform", 2.5, 2.78), (0.0, 7715.0))
    add("uniform-far-below", [1e8, 1e8 + 3.0, 1e8 - 2.0], [1e-3, 5e-4, 8e-4], ("Uniform", 0.12, 0.13), (1.0, 2742.0))
    add("tail-of-a-slow-prior", [999.52, 999.77], [0.25, 0.55], ("Pareto", 0.3, 0.15), (1.0, 1.26))
    y = [1e8, 99999999.1, 99999999.7, 99999999.6, 100000000.1, 1e8]
    add("shifted-precise", y, [0.72, 0.5, 0.46, 0.22, 0.54, 0.14], ("HalfNormal", 556.0))
    add("apart-by-little", [999.99984366, 999.99941942], [1.2e-5, 3.3e-4], mean=(1.0, 7075.0))
    add("one-exact", [1047.0], [0.0], ("HalfCauchy", 0.05))
    add("two-exact-normal", [1.0, 2.0], [0.0, 0.0], ("HalfCauchy", 0.05), (0.0, 1.0))
    rng = np.random.default_rng(3)
    s = np.exp(rng.normal(0.0, 0.7, 150))
    add("many", rng.normal(1.0, np.hypot(s, 0.5)), s)
    add("many-alike", rng.normal(1.0, s), s, ("Flat",))
    add("many-of-two-kinds", np.repeat([0.0, 1.0, 2.0], 30), np.repeat([0.1, 1.0, 0.1], 30))
    s = np.exp(rng.normal(0.0, 0.5, 600))
    add("very-many", rng.normal(1.0, np.hypot(s, 1.5)), s, ("HalfCauchy", 1.0))
    return found
