"""Posterior predictive checks: statistics of the data compared with those of replicated data.

    same    theta_j of the groups themselves, y_j* ~ p(y | theta_j)                        posterior predictive
    new     theta_j* ~ p(theta | phi), y_j* ~ p(y | theta_j*), sizes as in the data         mixed predictive

Both average over the posterior of phi. The smallest and the largest raw value, the largest standardised residual and
the number of groups without events have exact distributions, as sums over nodes of products over groups. The
distribution of the sd of the raw values is estimated by draws.

Source: Gelman, Meng and Stern 1996, Statistica Sinica 6:733 (posterior predictive checks); Marshall and Spiegelhalter
2003, Statistics in Medicine 22:1649 (mixed replicates).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.drawing import Row, bearable, drawn, from_draws, sd
from partialpool.diagnostics.extremes import Extreme, largest, most_surprising, smallest, zeros
from partialpool.diagnostics.kinds import Kinds, kinds, too_many
from partialpool.diagnostics.moments import all_moments, thetas
from partialpool.diagnostics.outcomes import Outcomes, outcomes
from partialpool.engine.conditionals import Conditionals
from partialpool.messages.progress import shown
from partialpool.safety import BETWEEN_NODES, LEAST_SHARE
from partialpool.special import Array, Index

STATISTICS = ("sd", "min", "max", "zeros", "largest residual")
KINDS = ("same", "new")

_GOAL = 1e-7  # error of a p-value that ends refinement
_ROUNDING = 1e-12  # rounding error of a p-value
_FINEST = 4  # largest fineness of the nodes
_MOST_ZEROS = 4000  # groups for which the distribution of the number of zeros is exact
_DRAWN_AT = 3  # fineness of the nodes from which replicates are drawn
_DRAWN_MOST = 40_000_000  # distinct groups times nodes, beyond which coarser nodes are used for draws
_HALF_TAIL = 0.5
_MANY = 3000  # nodes beyond which means and limits are not computed again
_LIMITS_GOAL = 1e-6  # error of means and limits, relative to upper - lower, that ends refinement

Ask = Callable[[Kinds, Array], Extreme]


@shown("replicated data")
def replicated(fit: FittedModel, tail: float, draws: int, rng: np.random.Generator) -> list[Row]:
    """One row for each statistic and each kind of replicate."""
    data = outcomes(fit.family, fit.data)
    last = _to_draw_from(fit, len(data.value))
    rows = []
    for kind in KINDS:
        missing = _missing(fit, kind)
        about = all_moments(data, last, kind)
        sample = drawn(data, last, kind, bearable(draws, len(data.groups)), rng)
        rows += _rows(fit, data, kind, about, sample, tail, missing=missing)
    return rows


def _to_draw_from(fit: FittedModel, size: int) -> Conditionals:
    """The nodes from which replicates are drawn: fine ones, unless there are many distinct groups."""
    for fineness in range(_DRAWN_AT, 0, -1):
        nodes = fit.conditionals(fineness)
        if size * len(nodes.probability) <= _DRAWN_MOST:
            return nodes
    return fit.conditionals(0)


def _rows(
    fit: FittedModel,
    data: Outcomes,
    kind: str,
    about: tuple[Array, Array],
    sample: Iterator[Array],
    tail: float,
    *,
    missing: bool,
) -> list[Row]:
    raw, where = data.raw, data.where
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = float(np.max(np.abs(raw - about[0]) / about[1]))
    levels = np.array([tail, 1.0 - tail])
    merged = _merged(data, kind)
    source = _Source(fit, merged.data, kind)
    centre, scale = (part[merged.subset_of] for part in about)
    asks: dict[str, tuple[float, Ask | None, Callable[[Array], Array]]] = {
        "sd": (sd(raw[where][None])[0] if len(where) > 1 else np.nan, None, sd),
        "min": (float(raw.min()), lambda of, at: smallest(of, float(raw.min()), at), lambda y: y.min(axis=1)),
        "max": (float(raw.max()), lambda of, at: largest(of, float(raw.max()), at), lambda y: y.max(axis=1)),
        "largest residual": (
            residual,
            lambda of, at: most_surprising(of, centre, scale, residual, at),
            lambda y: np.max(np.abs(y - about[0][where]) / about[1][where], axis=1),
        ),
    }
    if data.family.sampling.counted:
        none = float(np.sum(raw[where] == 0.0))
        few = len(where) <= _MOST_ZEROS
        asks["zeros"] = (none, (lambda of, at: zeros(of, none, at)) if few else None, lambda y: (y == 0.0).sum(axis=1))
    if len(where) < 2:
        del asks["sd"]
    rows, values = [], _each_drawn(sample, {name: of_draws for name, (_, _, of_draws) in asks.items()})
    for name in STATISTICS:
        if name not in asks:
            continue
        observed, ask, _ = asks[name]
        if name == "largest residual" and missing:
            note = "predictive means or sds do not exist, and so no standardised residuals"
            rows.append(Row(name, kind, *(np.nan,) * 7, "", note))
            continue
        row = None if ask is None else _exact(source, ask, levels, name, observed)
        by_draws = from_draws(name, kind, observed, values[name], tail)
        row = by_draws if row is None else _completed(row, by_draws)
        if missing and name != "zeros":
            row = _without_mean(row)
        rows.append(row)
    return rows


def _each_drawn(sample: Iterator[Array], asks: Mapping[str, Callable[[Array], Array]]) -> dict[str, Array]:
    """Name -> statistic of every draw, shape (draws,); draws come in parts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [{name: ask(values) for name, ask in asks.items()} for values in sample]
    return {name: np.concatenate([part[name] for part in found]) for name in asks}


@dataclass(frozen=True)
class _Merged:
    """Data with one entry per distinct distribution of replicates, and the index of the first original of each."""

    data: Outcomes
    subset_of: Index


def _merged(data: Outcomes, kind: str) -> _Merged:
    """Merge data whose replicates have the same distribution; for new groups those of the same size."""
    if kind == "same":
        return _Merged(data, np.arange(len(data.value)))
    _, first, where = np.unique(data.size, return_index=True, return_inverse=True)
    return _Merged(data.regrouped(first, np.ravel(where)[data.where], data.groups), first)


# --- exactly


@dataclass(frozen=True)
class _Source:
    """The distributions of replicates at the nodes of each fineness, computed once."""

    fit: FittedModel
    data: Outcomes
    kind: str
    found: dict[int, Kinds | None] = field(default_factory=dict)

    def at(self, fineness: int) -> Kinds | None:
        """The distributions at nodes of this fineness; None if the pmfs would need too much memory."""
        if fineness not in self.found:
            nodes, data = self.fit.conditionals(fineness), self.data
            self.found[fineness] = None
            if not too_many(data, nodes.probability):
                of = thetas(data, nodes, self.kind)
                self.found[fineness] = kinds(data, of, nodes.phi, nodes.probability)
        return self.found[fineness]


def _exact(source: _Source, ask: Ask, levels: Array, name: str, observed: float) -> Row | None:
    """The exact row, from nodes that are refined until answers agree; None if pmfs would need too much memory."""
    at, limits, too_long = _Best(_GOAL), _Best(_LIMITS_GOAL), False
    for fineness in range(_FINEST + 1):
        found = source.at(fineness)
        if found is None:
            break
        size = len(found.probability)
        describe = not limits.done and (size <= _MANY or limits.best is None) and not too_long
        now = ask(found, levels if describe else levels[:0])
        too_long = too_long or (describe and not len(now.quantiles))
        for _ in range(2 if size == 1 else 1):
            at.see(now, _moved)
            if describe and len(now.quantiles):
                limits.see(now, _apart)
        if at.done and (limits.done or too_long or (limits.best is not None and size > _MANY)):
            break
    if at.best is None:
        return None
    if limits.best is None:
        nothing = (np.nan,) * 3
        return Row(name, source.kind, observed, *nothing, at.best.p_value, at.error + _ROUNDING, np.nan, "exact")
    described = limits.best
    lower, upper = (float(q) for q in described.quantiles)
    return Row(
        name,
        source.kind,
        observed,
        described.mean,
        lower,
        upper,
        at.best.p_value,
        at.error + _ROUNDING,
        limits.error,
        "exact",
    )


def _completed(row: Row, by_draws: Row) -> Row:
    """The exact row, with mean and limits from draws if exact ones are missing."""
    if not np.isnan(row.lower):
        return row
    mean, limits = by_draws.mean, by_draws.error_limits
    how = f"exact; mean and limits: {by_draws.how}"
    return replace(row, mean=mean, lower=by_draws.lower, upper=by_draws.upper, error_limits=limits, how=how)


@dataclass
class _Best:
    """The answer, of successively finer nodes, with the smallest difference from its predecessor."""

    goal: float
    last: Extreme | None = None
    best: Extreme | None = None
    error: float = np.inf
    moved: float = 0.0

    def see(self, now: Extreme, apart: Callable[[Extreme, Extreme], float]) -> None:
        """Compare the answer over finer nodes with the previous one, and keep it if it agrees better."""
        if self.last is not None:
            moved = apart(self.last, now)
            off = BETWEEN_NODES * max(moved, LEAST_SHARE * self.moved)
            self.moved = moved
            if off < self.error:
                self.best, self.error = now, off
        self.last = now

    @property
    def done(self) -> bool:
        """Whether the goal is reached."""
        return self.error < self.goal


def _moved(one: Extreme, other: Extreme) -> float:
    return abs(one.p_value - other.p_value)


def _apart(one: Extreme, other: Extreme) -> float:
    width = float(other.quantiles[1] - other.quantiles[0]) or max(abs(other.mean), 1.0)
    moved = [0.0 if np.isnan(other.mean) else abs(one.mean - other.mean), *np.abs(one.quantiles - other.quantiles)]
    return float(max(moved)) / width


def _missing(fit: FittedModel, kind: str) -> bool:
    """Whether the mean or the sd of some theta does not exist."""
    if kind == "same":
        return bool(np.isnan(fit.results.group_moments()).any())
    if np.isfinite(fit.conditionals(0).population.support).all():
        return False
    rows = [fit.results.population(name, _HALF_TAIL * 0.1) for name in ("mean", "sd")]
    return bool(np.isnan([(row.mean, row.sd) for row in rows]).any())


def _without_mean(row: Row) -> Row:
    note = "the predictive mean does not exist, or its sd"
    return replace(row, mean=np.nan, note=note)
