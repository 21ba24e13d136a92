"""Priors and data drawn at random from a seed: every density in the public interface, and small data of every kind."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import partialpool as pp

FAMILIES = ("proportions", "rates", "estimates", "measurements")
KINDS = ("sparse", "identical", "giant", "zero", "usual")


@dataclass(frozen=True)
class Drawn:
    """A data set with a prior, and how to fit them."""

    family: str
    kind: str
    data: dict[str, Any]
    prior: pp.Prior
    columns: dict[str, str]

    def fit(self):
        return getattr(pp, self.family)(self.data, group="group", prior=self.prior, **self.columns)

    def __str__(self):
        densities = ", ".join(f"{name}={getattr(self.prior, name)}" for name in self.prior.given)
        return f"{self.kind} {self.family} {self.data} with {densities}"


def drawn(seed):
    """The case of a seed.

    Raises:
        PriorError: the density drawn does not fit its parameter.
    """
    random = np.random.default_rng([seed, 15])
    family, kind = FAMILIES[seed % len(FAMILIES)], KINDS[random.integers(len(KINDS))]
    data, columns = _DATA[family](random, int(random.integers(1, 9)), kind)
    return Drawn(family, kind, data, _PRIOR[family](random), columns)


# --- priors


def _scale(random):
    """Log-uniform from 1e-3 to 1e3."""
    return float(f"{math.exp(random.uniform(math.log(1e-3), math.log(1e3))):.3g}")


def _custom(random, on):
    exponent, scale = 1.0 + _scale(random), _scale(random)

    def falling(x):
        return (1.0 + x / scale) ** -exponent

    falling.__name__ = f"(1 + x/{scale:g})^-{exponent:g}"
    return pp.Custom(falling, on=on)


def _uniform(random, on):
    low, high = sorted((_scale(random), 1.01 * _scale(random)))
    return pp.Uniform(0.0 if random.integers(2) else low, 2.0 * high, on=on)


_POSITIVE = (
    lambda r, on: pp.Gamma(_scale(r), _scale(r), on=on),
    lambda r, on: pp.Exponential(_scale(r), on=on),
    lambda r, on: pp.LogNormal(float(f"{r.uniform(-30, 30):.3g}"), _scale(r), on=on),
    lambda r, on: pp.Pareto(_scale(r), _scale(r), on=on),
    lambda r, on: pp.HalfCauchy(_scale(r), on=on),
    lambda r, on: pp.HalfNormal(_scale(r), on=on),
    lambda r, on: pp.HalfStudentT(_scale(r), _scale(r), on=on),
    lambda r, on: pp.InverseGamma(_scale(r), _scale(r), on=on),
    lambda r, on: pp.Power(float(f"{r.uniform(-4, 1):.2g}"), on=on),
    lambda r, on: pp.Flat(on=on),
    lambda r, on: pp.UniformShrinkage(_scale(r), on=on),
    lambda r, on: pp.DuMouchel(_scale(r), on=on),
    _uniform,
    _custom,
)


def _positive(random, *on):
    scales = (None, None, *on)
    scale = scales[random.integers(len(scales))]
    return _POSITIVE[random.integers(len(_POSITIVE))](random, scale)


def _unit(random):
    low, high = sorted(random.uniform(0.0, 0.99, 2).round(2).tolist())
    choices = (None, pp.Beta(_scale(random), _scale(random)), pp.Beta(0.5, 0.5), pp.Uniform(low, high + 0.01))
    return choices[random.integers(len(choices))]


def _for_proportions(random):
    if random.integers(3):
        return pp.Prior(mean=_unit(random), concentration=_positive(random, "sd", "variance"))
    return pp.Prior(alpha=_positive(random), beta=_positive(random))


def _for_rates(random):
    names = (("shape", "rate"), ("mean", "rate"), ("mean", "shape"), ("rate",), ("shape",))[random.integers(5)]
    return pp.Prior(**{name: _positive(random) for name in names})


def _on_line(random):
    return (None, pp.Flat(), pp.Normal(round(float(random.normal()), 2), _scale(random)))[random.integers(3)]


def _for_estimates(random):
    return pp.Prior(mean=_on_line(random), sd=_positive(random, "variance", "precision"))


def _for_measurements(random):
    sd = _positive(random, "variance", "precision", "ratio", "squared-ratio")
    sigma = _positive(random, "variance", "precision") if random.integers(2) else None
    return pp.Prior(mean=_on_line(random), sd=sd, sigma=sigma)


_PRIOR = {
    "proportions": _for_proportions,
    "rates": _for_rates,
    "estimates": _for_estimates,
    "measurements": _for_measurements,
}


# --- data


def _labels(size):
    return [f"g{i}" for i in range(size)]


def _proportions(random, size, kind):
    trials = random.integers(1, 60, size)
    if kind == "giant":
        trials = trials * 10 ** random.integers(0, 8, size)
    successes = random.binomial(trials, random.beta(2, 5, size))
    if kind == "sparse":
        successes = np.minimum(trials, random.integers(0, 2, size))
    if kind == "identical":
        trials[:], successes[:] = trials[0], successes[0]
    if kind == "zero":
        successes = trials * random.integers(2)
    data = {"successes": successes.tolist(), "trials": trials.tolist(), "group": _labels(size)}
    return data, {"successes": "successes", "trials": "trials"}


def _rates(random, size, kind):
    exposure = np.exp(random.uniform(-2, 5, size)).round(3)
    if kind == "giant":
        exposure = exposure * 10.0 ** random.integers(0, 7, size)
    events = random.poisson(exposure * random.gamma(2, 0.3, size))
    if kind == "sparse":
        events = np.minimum(events, 1)
    if kind == "identical":
        exposure[:], events[:] = exposure[0], events[0]
    if kind == "zero":
        events[:] = 0
    data = {"events": events.tolist(), "exposure": exposure.tolist(), "group": _labels(size)}
    return data, {"events": "events", "exposure": "exposure"}


def _estimates(random, size, kind):
    se = np.exp(random.uniform(-2, 2, size)).round(3)
    estimate = (random.normal(1, 2, size) + se * random.normal(size=size)).round(3)
    if kind == "sparse":
        se = 100.0 * se
    if kind == "identical":
        se[:], estimate[:] = se[0], estimate[0]
    if kind == "giant":
        estimate = estimate * 10.0 ** random.integers(0, 8, size)
    if kind == "zero":
        se[0], estimate[:] = 0.0, 0.0
    data = {"estimate": estimate.tolist(), "se": se.tolist(), "group": _labels(size)}
    return data, {"estimate": "estimate", "se": "se"}


def _measurements(random, size, kind):
    sizes = random.integers(1, 6, size)
    sizes[0] = 3
    if kind == "identical":
        sizes[:] = 3
    value = (np.repeat(random.normal(1, 2, size), sizes) + random.normal(size=sizes.sum())).round(3)
    if kind == "sparse":
        value = (1e-3 * value).round(6)
    if kind == "identical":
        value = np.tile([1.0, 2.0, 3.0], size)
    if kind == "giant":
        value = value * 10.0 ** np.repeat(random.integers(0, 8, size), sizes)
    if kind == "zero":
        value = value.round()
    return {"value": value.tolist(), "group": np.repeat(_labels(size), sizes).tolist()}, {"value": "value"}


_DATA = {"proportions": _proportions, "rates": _rates, "estimates": _estimates, "measurements": _measurements}
