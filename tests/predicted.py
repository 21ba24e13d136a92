"""Posteriors by plain lattices, written anew, and fits that are asked for predictions."""

import functools

import numpy as np
from scipy import special as sc

import partialpool as pp
from partialpool.analysis.fitted_model import FittedModel

LABS = {"lab": ["a", "b", "c"], "y": [1, 3, 4], "n": [20, 20, 14]}
U_SHAPED = {"lab": list("abcdef"), "y": [0, 20, 0, 19, 1, 10], "n": [20] * 6}


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


@functools.cache
def labs(which="few"):
    other = {"none": [0, 0, 1], "mirrored": [19, 17, 10]}
    data = U_SHAPED if which == "u" else LABS | {"y": other.get(which, LABS["y"])}
    prior = pp.Prior(mean=pp.Beta(1, 1), concentration=pp.Gamma(2, 0.1))
    return pp.proportions(data, successes="y", trials="n", group="lab", prior=prior)


@functools.cache
def rats():
    table = pp.datasets.load("rat_tumors")
    return pp.proportions(table, successes="tumors", trials="rats", group="group", prior="bda")


@functools.cache
def pumps(on="mean"):
    table = pp.datasets.load("pump_failures")
    other = {"mean": pp.Gamma(2, 1)} if on == "mean" else {"rate": pp.Gamma(0.1, 1)}
    prior = "uniform-shrinkage" if on == "default" else pp.Prior(shape=pp.Exponential(1), **other)
    return pp.rates(table, events="failures", exposure="time_thousand_hours", group="pump", prior=prior)


@functools.cache
def schools():
    table = pp.datasets.load("eight_schools")
    prior = pp.Prior(mean=pp.Normal(0, 5), sd=pp.HalfCauchy(5))
    return pp.estimates(table, estimate="effect", se="se", group="school", prior=prior)


@functools.cache
def diets():
    return pp.measurements(pp.datasets.load("coagulation"), value="time_seconds", group="diet")


def fits():
    return {
        "labs": labs(),
        "u": labs("u"),
        "rats": rats(),
        "pumps": pumps("default"),
        "schools": schools(),
        "diets": diets(),
    }


def lattice(log_p, *axes):
    """Points with their probabilities, those below 1e-16 of the largest left out."""
    points = np.meshgrid(*axes, indexing="ij")
    log_p = log_p(*points)
    p = np.exp(log_p - log_p.max())
    keep = p > 1e-16
    return [one[keep] for one in points], p[keep] / p[keep].sum()


def risen(x, times):
    """log of x (x + 1) ... (x + times - 1)."""
    return sum((np.log(x + i) for i in range(times)), np.zeros_like(x))


@functools.cache
def beta_nodes(which="few"):
    """alpha, beta and probabilities: mean uniform, concentration ~ Gamma(2, 0.1)."""
    data = {"few": LABS, "u": U_SHAPED, "none": LABS | {"y": [0, 0, 1]}}[which]
    y, n = np.array(data["y"]), np.array(data["n"])

    def log_p(x, t):
        m, k = sc.expit(x), np.exp(t)
        a, b = m * k, sc.expit(-x) * k
        out = np.log(m) + np.log(sc.expit(-x)) + 2.0 * t - 0.1 * k
        for successes, trials in zip(y, n, strict=True):
            out = out + risen(a, successes) + risen(b, trials - successes) - risen(k, trials)
        return out

    (x, t), p = lattice(log_p, np.linspace(-30, 30, 801), np.linspace(-14, 6.5, 165))
    k = np.exp(t)
    return sc.expit(x) * k, sc.expit(-x) * k, p


@functools.cache
def gamma_nodes(on="mean"):
    """shape, rate and probabilities of the pumps: shape ~ Exp(1), mean ~ Gamma(2, 1) or rate ~ Gamma(0.1, 1)."""
    table = pp.datasets.load("pump_failures")
    y, e = np.array(table["failures"], float), np.array(table["time_thousand_hours"], float)

    def log_p(x, t):
        a, s = np.exp(x), np.exp(t)
        out = x - a + (2.0 * (x - t) - a / s if on == "mean" else 0.1 * t - s)
        for events, exposure in zip(y, e, strict=True):
            out = out + sc.gammaln(a + events) - sc.gammaln(a) + a * t - (a + events) * np.log(s + exposure)
        return out

    (x, t), p = lattice(log_p, np.linspace(-6, 4, 201), np.linspace(-60, 6, 661))
    return np.exp(x), np.exp(t), p


@functools.cache
def normal_nodes():
    """sd and probabilities of the schools, mean ~ N(0, 5^2) integrated out, sd ~ half-Cauchy(5), and theta given sd.

    Given sd, (mean, theta_1, ..., theta_J) is normal; its mean and covariance by linear algebra.
    """
    table = pp.datasets.load("eight_schools")
    y, s = np.array(table["effect"], float), np.array(table["se"], float)
    t = np.linspace(-26, 10, 721)
    log_p, mean, covariance = [], [], []
    for sd in np.exp(t):
        marginal = np.diag(s**2 + sd**2) + 25.0
        log_p.append(-0.5 * np.linalg.slogdet(marginal)[1] - 0.5 * y @ np.linalg.solve(marginal, y))
        log_p[-1] += np.log(sd) - np.log1p((sd / 5.0) ** 2)
        prior = 25.0 + sd**2 * np.eye(len(y))
        gain = np.linalg.solve(marginal, np.column_stack([prior, np.full(len(y), 25.0)])).T
        mean.append(gain @ y)
        full = np.block([[prior, np.full((len(y), 1), 25.0)], [np.full((1, len(y)), 25.0), np.array([[25.0]])]])
        covariance.append(full - gain @ full[: len(y)])
    p = np.exp(np.array(log_p) - max(log_p))
    return np.exp(t), p / p.sum(), np.array(mean), np.array(covariance)
