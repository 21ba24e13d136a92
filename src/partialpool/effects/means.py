"""Effects of a treatment from the means and standard deviations of two arms.

group j:   n1 treated with mean m1 and sd s1,   n2 controls with mean m2 and sd s2
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy import special as sc

from partialpool.effects.checks import USUAL, Naming, counts, numbers
from partialpool.effects.record import Array, Effects, uncorrected
from partialpool.messages.calling import checked

_MANY = 160.0  # x above which the series of Gamma(x + 1/2)/Gamma(x) is exact to double precision
_SERIES = (1.0, -1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304)  # in 1/x, times sqrt(x)


@checked
def mean_difference(
    treated_mean: ArrayLike,
    treated_sd: ArrayLike,
    treated_n: ArrayLike,
    control_mean: ArrayLike,
    control_sd: ArrayLike,
    control_n: ArrayLike,
) -> Effects:
    """Compute differences of the means of treated and controls.

        estimate = m1 - m2,   se^2 = s1^2/n1 + s2^2/n2

    Args:
        treated_mean: the means m1 of the treated, shape (groups,).
        treated_sd: their standard deviations s1 >= 0.
        treated_n: their numbers n1, at least 2.
        control_mean: the means m2 of the controls.
        control_sd: their standard deviations s2 >= 0.
        control_n: their numbers n2, at least 2.

    Returns:
        `Effects`, in the unit of the means.

    Raises:
        CellError: a number is missing, a standard deviation negative, or an arm has fewer than two.
        DataError: the arrays do not have one length.

    Example:
        >>> hospitals = mean_difference([55, 27], [47, 7], [155, 31], [75, 29], [64, 4], [156, 32])
        >>> print(hospitals.estimate, hospitals.se.round(3))
        [-20.  -2.] [6.365 1.442]

    Source: Normand 1999, Statistics in Medicine 18:321; Viechtbauer 2010, Journal of Statistical Software 36(3).
    """
    return differences(two_means(treated_mean, treated_sd, treated_n, control_mean, control_sd, control_n), USUAL)


@checked
def standardised_mean_difference(
    treated_mean: ArrayLike,
    treated_sd: ArrayLike,
    treated_n: ArrayLike,
    control_mean: ArrayLike,
    control_sd: ArrayLike,
    control_n: ArrayLike,
) -> Effects:
    """Compute standardised mean differences of treated and controls, Hedges' g.

        estimate = J(m) (m1 - m2)/s,   se^2 = 1/n1 + 1/n2 + estimate^2 / (2 (n1 + n2))

    s^2 = ((n1 - 1) s1^2 + (n2 - 1) s2^2)/m with m = n1 + n2 - 2 is the pooled variance, and
    J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)) removes the bias in small samples.

    Args:
        treated_mean: the means m1 of the treated, shape (groups,).
        treated_sd: their standard deviations s1 >= 0, not 0 in both arms.
        treated_n: their numbers n1, at least 2.
        control_mean: the means m2 of the controls.
        control_sd: their standard deviations s2 >= 0.
        control_n: their numbers n2, at least 2.

    Returns:
        `Effects`, in pooled standard deviations.

    Raises:
        CellError: a number is missing, a standard deviation negative, both are 0, or an arm has fewer than two.
        DataError: the arrays do not have one length.

    Example:
        >>> hospitals = standardised_mean_difference([55, 27], [47, 7], [155, 31], [75, 29], [64, 4], [156, 32])
        >>> print(hospitals.estimate.round(4), (hospitals.se**2).round(4))
        [-0.3552 -0.3479] [0.0131 0.0645]

    Source: Hedges 1981, Journal of Educational Statistics 6:107; Viechtbauer 2010, Journal of Statistical Software
    36(3).
    """
    given = two_means(treated_mean, treated_sd, treated_n, control_mean, control_sd, control_n)
    return standardised(given, USUAL)


def differences(given: Mapping[str, ArrayLike], naming: Naming) -> Effects:
    """Differences of means from a mapping of arguments."""
    m1, s1, n1, m2, s2, n2 = _checked(given, naming)
    return uncorrected(m1 - m2, np.hypot(s1 / np.sqrt(n1), s2 / np.sqrt(n2)))


def standardised(given: Mapping[str, ArrayLike], naming: Naming) -> Effects:
    """Standardised mean differences from a mapping of arguments."""
    m1, s1, n1, m2, s2, n2 = _checked(given, naming)
    both = {"treated_sd": s1, "control_sd": s2}
    cure = "There is no scale to standardise by: give the true sds, or take the mean difference."
    naming.refuse((s1 == 0.0) & (s2 == 0.0), both, "both standard deviations are 0", cure)
    m = n1 + n2 - 2.0
    pooled = np.hypot(np.sqrt((n1 - 1.0) / m) * s1, np.sqrt((n2 - 1.0) / m) * s2)
    g = _unbiasing(m) * (m1 - m2) / pooled
    return uncorrected(g, np.sqrt(1.0 / n1 + 1.0 / n2 + g**2 / (2.0 * (n1 + n2))))


def two_means(
    treated_mean: ArrayLike,
    treated_sd: ArrayLike,
    treated_n: ArrayLike,
    control_mean: ArrayLike,
    control_sd: ArrayLike,
    control_n: ArrayLike,
) -> dict[str, ArrayLike]:
    """The arguments of a public function as a mapping from their names."""
    return {
        "treated_mean": treated_mean,
        "treated_sd": treated_sd,
        "treated_n": treated_n,
        "control_mean": control_mean,
        "control_sd": control_sd,
        "control_n": control_n,
    }


def _unbiasing(m: Array) -> Array:
    """Hedges' correction J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)) for m degrees of freedom."""
    x = (m - 1.0) / 2.0
    few = np.minimum(x, _MANY)
    ratio = np.sqrt(np.pi) / sc.beta(few, 0.5)  # Gamma(x + 1/2)/Gamma(x)
    series = np.polynomial.polynomial.polyval(1.0 / np.maximum(x, few), _SERIES) * np.sqrt(x)
    return np.where(x < _MANY, ratio, series) / np.sqrt(m / 2.0)


def _checked(given: Mapping[str, ArrayLike], naming: Naming) -> tuple[Array, ...]:
    sizes = counts({name: given[name] for name in ("treated_n", "control_n")}, naming)
    found = numbers({**given, **sizes}, naming)
    for arm in ("treated", "control"):
        sd, n = {f"{arm}_sd": found[f"{arm}_sd"]}, {f"{arm}_n": found[f"{arm}_n"]}
        naming.refuse(sd[f"{arm}_sd"] < 0.0, sd, "a negative standard deviation", "Give the standard deviation.")
        cure = "A standard deviation takes two or more: leave these rows out."
        naming.refuse(n[f"{arm}_n"] < 2.0, n, "fewer than two in an arm", cure)
    return tuple(found[f"{arm}_{what}"] for arm in ("treated", "control") for what in ("mean", "sd", "n"))
