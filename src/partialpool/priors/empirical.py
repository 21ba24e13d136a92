"""Empirical priors of the heterogeneity tau of a meta-analysis, by kind of outcome and of comparison.

They are predictive distributions of tau^2 in a new meta-analysis, estimated from thousands of those in the Cochrane
Database of Systematic Reviews: log-normal for log odds ratios, and log-t with 5 degrees of freedom for standardised
mean differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from partialpool.errors import PriorError
from partialpool.messages.calling import checked
from partialpool.priors.log_t import LogStudentT
from partialpool.priors.lognormal import LogNormal

TURNER_COMPARISONS = (
    "pharmacological vs placebo",
    "pharmacological vs pharmacological",
    "non-pharmacological vs placebo",
    "non-pharmacological vs pharmacological",
    "non-pharmacological vs non-pharmacological",
)

# outcome -> mu for each comparison, then sigma for each comparison
_TURNER: dict[str, tuple[float, ...]] = {
    "all-cause mortality": (-3.95, -4.18, -4.17, -2.92, -3.50, 1.34, 1.41, 1.55, 1.02, 1.26),
    "obstetric outcomes": (-3.52, -3.75, -3.74, -2.49, -3.08, 1.74, 1.79, 1.91, 1.50, 1.68),
    "cause-specific mortality, major morbidity event or composite": (
        *(-3.71, -3.95, -3.93, -2.68, -3.27),
        *(1.74, 1.79, 1.91, 1.51, 1.68),
    ),
    "resource use, hospital stay or process": (-2.34, -2.58, -2.56, -1.31, -1.90, 1.74, 1.79, 1.91, 1.50, 1.68),
    "surgical or device related success or failure": (-2.14, -2.37, -2.36, -1.11, -1.69, 1.74, 1.79, 1.91, 1.50, 1.68),
    "withdrawals or drop-outs": (-2.99, -3.23, -3.21, -1.96, -2.55, 1.74, 1.79, 1.91, 1.51, 1.68),
    "internal or structure-related outcomes": (-2.71, -2.94, -2.93, -1.67, -2.26, 1.74, 1.79, 1.92, 1.51, 1.68),
    "general physical health indicators": (-2.29, -2.53, -2.51, -1.26, -1.85, 1.53, 1.58, 1.72, 1.25, 1.46),
    "adverse events": (-1.87, -2.10, -2.10, -0.84, -1.43, 1.52, 1.58, 1.71, 1.24, 1.45),
    "infection or onset of new disease": (-2.49, -2.73, -2.71, -1.46, -2.05, 1.52, 1.58, 1.71, 1.24, 1.45),
    "signs or symptoms reflecting continuation or end of condition": (
        *(-2.06, -2.29, -2.28, -1.03, -1.61),
        *(1.51, 1.58, 1.71, 1.24, 1.45),
    ),
    "pain": (-1.83, -2.06, -2.05, -0.80, -1.38, 1.52, 1.58, 1.71, 1.25, 1.45),
    "quality of life or functioning": (-2.54, -2.78, -2.77, -1.51, -2.10, 1.54, 1.60, 1.73, 1.27, 1.47),
    "mental health indicators": (-2.12, -2.35, -2.34, -1.09, -1.67, 1.53, 1.60, 1.72, 1.27, 1.47),
    "biological markers": (-1.77, -2.00, -1.99, -0.74, -1.33, 1.52, 1.58, 1.71, 1.24, 1.45),
    "subjective outcomes": (-2.70, -2.93, -2.92, -1.67, -2.26, 1.52, 1.58, 1.71, 1.25, 1.45),
}
_TURNER_ANY = (-2.56, 1.74)

RHODES_COMPARISONS = ("pharmacological vs placebo", "pharmacological vs pharmacological", "non-pharmacological")

# outcome -> location for each comparison, then scale for each comparison
_RHODES: dict[str, tuple[float | None, ...]] = {
    "obstetric outcome": (-4.13, -4.40, -3.99, 2.34, 2.31, 2.11),
    "resource use and hospital stay or process": (-2.55, -2.83, -2.41, 2.73, 2.70, 2.57),
    "internal and external structure-related outcome": (-2.43, -2.70, -2.29, 2.50, 2.46, 2.32),
    "general physical health, adverse event, pain, quality of life or functioning": (
        *(-3.16, -3.44, -3.02),
        *(2.50, 2.44, 2.27),
    ),
    "signs or symptoms, infection, onset of new disease": (-3.00, -3.27, -2.86, 2.50, 2.47, 2.33),
    "mental health outcome": (-2.99, -3.27, None, 2.16, 2.14, None),  # see `_UNSURE`
    "biological marker": (-3.41, -3.68, -3.27, 2.83, 2.78, 2.66),
    "various subjectively measured outcomes": (-2.76, -3.03, -2.62, 2.58, 2.59, 2.41),
}
_RHODES_ANY = (-3.44, 2.59)
_UNSURE = (
    "The location printed for mental health outcomes of non-pharmacological comparisons, -3.85, is 1.00 away from what "
    "the other cells of that table imply, -2.85, so that it is not offered: state the one that you trust, such as "
    'LogStudentT(5, -2.85, 1.93, on="variance").'
)
_OTHER_AREAS = ("cancer", "oncolog", "respirat")
_ELSEWHERE = (
    "Rhodes et al. have other figures for cancer and for respiratory diseases, which cannot be confirmed and are not "
    'offered: state those that you trust, as LogStudentT(5, location, scale, on="variance").'
)


@checked
def turner_2015(outcome: str | None = None, comparison: str | None = None) -> LogNormal:
    """Empirical prior of the heterogeneity tau of log odds ratios: tau^2 ~ LogNormal(mu, sigma).

    Args:
        outcome: the kind of outcome, such as "all-cause mortality", or a unique part of its name.
        comparison: the kind of comparison, such as "pharmacological vs placebo", or a unique part of its name. If both
            arguments are left out, the prior is that for any meta-analysis.

    Returns:
        A density of the population's sd, on="variance": `pp.estimates(..., prior=turner_2015(...))`.

    Raises:
        PriorError: there is no such kind, or only one of the two is given.

    Example:
        >>> turner_2015("all-cause mortality", "pharmacological vs placebo").mu
        -3.95

    Source: Turner, Jackson, Wei, Thompson and Higgins 2015, Statistics in Medicine 34:984, Table IV.
    """
    if outcome is None and comparison is None:
        return LogNormal(*_TURNER_ANY, on="variance")
    row, column = _cell(outcome, comparison, tuple(_TURNER), TURNER_COMPARISONS)
    figures = _TURNER[row]
    return LogNormal(figures[column], figures[column + len(TURNER_COMPARISONS)], on="variance")


@checked
def rhodes_2015(outcome: str | None = None, comparison: str | None = None) -> LogStudentT:
    """Empirical prior of the heterogeneity tau of standardised mean differences: log tau^2 ~ location + scale t_5.

    It is the prior for medical areas other than cancer and respiratory diseases.

    Args:
        outcome: the kind of outcome, such as "mental health outcome", or a unique part of its name.
        comparison: "pharmacological vs placebo", "pharmacological vs pharmacological" or "non-pharmacological" (against
            anything), or a unique part of it. If both arguments are left out, the prior is that for any meta-analysis.

    Returns:
        A density of the population's sd, on="variance": `pp.estimates(..., prior=rhodes_2015(...))`.

    Raises:
        PriorError: there is no such kind, or only one of the two is given.

    Example:
        >>> rhodes_2015("obstetric", "non-pharmacological").mu
        -3.99

    Source: Rhodes, Turner and Higgins 2015, Journal of Clinical Epidemiology 68:52, Table 3 and section 3.3.
    """
    if outcome is None and comparison is None:
        return LogStudentT(5.0, *_RHODES_ANY, on="variance")
    if any(area in str(outcome).lower() for area in _OTHER_AREAS):
        raise PriorError(f"{_ELSEWHERE} Outcomes of other areas are {_listed(tuple(_RHODES))}.")
    row, column = _cell(outcome, comparison, tuple(_RHODES), RHODES_COMPARISONS)
    location, scale = _RHODES[row][column], _RHODES[row][column + len(RHODES_COMPARISONS)]
    if location is None or scale is None:
        raise PriorError(_UNSURE)
    return LogStudentT(5.0, location, scale, on="variance")


LEARNED = {
    "log odds ratio": ("turner_2015", "log odds ratios"),
    "standardised mean difference": ("rhodes_2015", "standardised mean differences"),
}
"""Name of an effect -> the function that gives its empirical prior, and the plural of the effect."""


def learned_from(density: object) -> str | None:
    """The effect whose empirical prior is this density; None if it is not an empirical prior.

    >>> learned_from(turner_2015("pain", "pharmacological vs placebo"))
    'log odds ratio'
    """
    if density in _priors(LogNormal, _TURNER_ANY, tuple(_TURNER.values())):
        return "log odds ratio"
    if density in _priors(partial(LogStudentT, 5.0), _RHODES_ANY, tuple(_RHODES.values())):
        return "standardised mean difference"
    return None


def _priors(
    density: Callable[..., object], any_of_them: tuple[float, float], table: Sequence[tuple[float | None, ...]]
) -> list[object]:
    """All densities in a table whose rows have the first parameter of each comparison, then the second of each."""
    cells = [any_of_them, *(pair for row in table for pair in zip(row, row[len(row) // 2 :], strict=False))]
    return [density(*pair, on="variance") for pair in cells if None not in pair]


def _cell(
    outcome: str | None, comparison: str | None, outcomes: Sequence[str], comparisons: Sequence[str]
) -> tuple[str, int]:
    """The full name of the outcome, and the position of the comparison."""
    row = None if outcome is None else _chosen("outcome", outcome, outcomes)
    column = None if comparison is None else list(comparisons).index(_chosen("comparison", comparison, comparisons))
    if row is None or column is None:
        missing, kinds = ("outcome", outcomes) if row is None else ("comparison", comparisons)
        raise PriorError(f"Give the {missing} too: {_listed(kinds)}; or neither, for any meta-analysis.")
    return row, column


def _chosen(what: str, given: str, known: Sequence[str]) -> str:
    """The kind with this name, or the only kind whose name contains it."""
    wanted = str(given).strip().lower()
    found = [kind for kind in known if kind == wanted] or [kind for kind in known if wanted and wanted in kind]
    if len(found) == 1:
        return found[0]
    why = f"There is no {what} {given!r}" if not found else f"{given!r} is a part of several {what}s"
    raise PriorError(f"{why}; there are {_listed(found or known)}.")


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(map(repr, kinds))
