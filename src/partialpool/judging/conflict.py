"""Prior-data conflict: where the data stand in what the prior alone predicts of data of the same design.

Source: Box 1980, Journal of the Royal Statistical Society A 143:383; Evans and Moshonov 2006, Bayesian Analysis 1:893.
"""

from __future__ import annotations

import numpy as np

from partialpool.judging.drawing import Row, bearable, from_draws, parts, raw_given, sd
from partialpool.judging.outcomes import Outcomes, outcomes
from partialpool.judging.prior_draws import population, prior_parameters, proper_example
from partialpool.known import Known
from partialpool.model import Model
from partialpool.progress import counted, shown
from partialpool.propriety.proper import improper
from partialpool.special import Array

STATISTICS = ("pooled", "sd")


@shown("data that the prior expects")
def conflict(known: Known, model: Model, tail: float, draws: int, rng: np.random.Generator) -> list[Row]:
    """A row for the pooled value and one for the sd of the raw values, or why there is none."""
    data = outcomes(known.family.name, known.data)
    reason = improper(model.prior)
    if reason:
        note = (
            f"What the prior alone expects of the data is left out: {reason}, and expects nothing definite. The rest "
            f"of the check stands; to see it, fit with a proper prior, such as {proper_example(model.prior)}."
        )
        return [Row(name, "prior", *(np.nan,) * 7, "", note) for name in STATISTICS]
    found = _drawn(data, model, bearable(draws, len(data.groups)), rng)
    rows = [_row("pooled", pooled(data, data.raw[data.where][None])[0], found[0], tail)]
    if len(data.where) > 1:
        rows.append(_row("sd", float(sd(data.raw[data.where][None])[0]), found[1], tail))
    return rows


def _drawn(data: Outcomes, model: Model, draws: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The pooled value and the sd of all raw values, of data that are drawn from the prior, some at a time."""
    phi = prior_parameters(model.prior, draws, rng)
    size = data.size[data.where]
    of, found, done = population(data.family, phi), [], 0
    for count in counted(parts(draws, len(size))):
        at = np.arange(done, done + count)
        theta = of.part(np.repeat(at[:, None], len(size), axis=1)).drawn(rng)
        sigma = phi["sigma"][at, None] if data.family == "measurements" else None
        raw = raw_given(data.family, theta, size, sigma, rng)
        found.append((pooled(data, raw), sd(raw) if len(size) > 1 else pooled(data, raw)))
        done += count
    totals, spreads = zip(*found, strict=True)
    return np.concatenate(totals), np.concatenate(spreads)


def pooled(data: Outcomes, raw: Array) -> Array:
    """All groups taken together: the total of counts over that of sizes, or the mean by inverse variances, or rows."""
    size = data.size[data.where]
    if data.family == "estimates":
        certain = size == 0.0
        weight = certain.astype(float) if certain.any() else size.min() ** 2 / size**2
    else:
        weight = size
    return np.asarray(raw @ (weight / weight.sum()))


def _row(name: str, observed: float, values: Array, tail: float) -> Row:
    return from_draws(name, "prior", float(observed), values, tail)
