"""Prior-data conflict: the data compared with the prior predictive distribution of data of the same design.

Source: Box 1980, Journal of the Royal Statistical Society A 143:383; Evans and Moshonov 2006, Bayesian Analysis 1:893.
"""

from __future__ import annotations

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.advised import scale_of
from partialpool.diagnostics.drawing import Row, bearable, from_draws, parts, raw_given, sd
from partialpool.diagnostics.outcomes import Outcomes, outcomes
from partialpool.diagnostics.prior_draws import prior_parameters
from partialpool.messages.progress import counted, shown
from partialpool.models.model import Model
from partialpool.priors.propriety.proper import improper
from partialpool.special import Array

STATISTICS = ("pooled", "sd")


@shown("data that the prior expects")
def conflict(fit: FittedModel, model: Model, tail: float, draws: int, rng: np.random.Generator) -> list[Row]:
    """Rows for the pooled value and the sd of the raw values; they say why if there is no prior predictive."""
    data = outcomes(fit.family, fit.data)
    note = _why_nothing(data, model)
    if note:
        return [Row(name, "prior", *(np.nan,) * 7, "", note) for name in STATISTICS]
    found = _drawn(data, model, bearable(draws, len(data.groups)), rng)
    rows = [_row("pooled", pooled(data, data.raw[data.where][None])[0], found[0], tail)]
    if len(data.where) > 1:
        rows.append(_row("sd", float(sd(data.raw[data.where][None])[0]), found[1], tail))
    return rows


def _why_nothing(data: Outcomes, model: Model) -> str:
    """Say why there is no prior predictive distribution; empty if there is one."""
    left_out = "What the prior alone expects of the data is left out"
    if model.method != "full":
        how = "given" if model.method == "given" else "point estimates"
        return f"{left_out}: the population's parameters are {how}, without a prior. The rest of the check stands."
    reason = improper(model.prior)
    if not reason:
        return ""
    scale = scale_of(data, float(pooled(data, data.raw[data.where][None])[0]))
    return (
        f"{left_out}: {reason}, and expects nothing definite. The rest of the check stands; to see it, fit with a "
        f"proper prior {scale.described(model.prior.example_uses)}: {model.prior.example(scale)}, or one that says "
        "what was known before."
    )


def _drawn(data: Outcomes, model: Model, draws: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The pooled value and the sd of the raw values of data sets drawn from the prior predictive, each (draws,)."""
    phi = prior_parameters(model.prior, draws, rng)
    size = len(data.where)
    of, found, done = data.family.thetas(phi), [], 0
    for count in counted(parts(draws, size)):
        at = np.arange(done, done + count)
        theta = of.part(np.repeat(at[:, None], size, axis=1)).drawn(rng)
        raw = raw_given(data, theta, {name: values[at] for name, values in phi.items()}, rng)
        found.append((pooled(data, raw), sd(raw) if size > 1 else pooled(data, raw)))
        done += count
    totals, spreads = zip(*found, strict=True)
    return np.concatenate(totals), np.concatenate(spreads)


def pooled(data: Outcomes, raw: Array) -> Array:
    """Pool raw values of shape (draws, groups), weighted by size or inverse variance; shape (draws,)."""
    weight = data.family.weight(data.size[data.where])
    return np.asarray(raw @ (weight / weight.sum()))


def _row(name: str, observed: float, values: Array, tail: float) -> Row:
    return from_draws(name, "prior", float(observed), values, tail)
