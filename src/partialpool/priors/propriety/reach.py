"""Refuse posteriors that cannot be integrated because a prior is too wide, and name the component and a cure."""

from __future__ import annotations

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors import Component
from partialpool.priors.propriety.proper import Joint, components

_USELESS = 0.01  # error of the total probability above which no answer is useful
_FARTHEST, _POINTS = 1e5, 400_001  # the grid on which intervals are computed: log x from -1e5 to 1e5, and its points
_MANY_POWERS = 20.0  # width, in powers of ten, above which a central 95% interval is called too wide
_CURES = {
    "concentration": 'UniformShrinkage() or HalfCauchy(1, on="sd")',
    "sd": "HalfCauchy(scale)",
    "sigma": "HalfCauchy(scale)",
    "sd/sigma": 'HalfCauchy(1, on="ratio")',
}


def check_resolved(prior: Joint, error: float) -> None:
    """Refuse a posterior whose total probability has an error of more than 1%.

    Raises:
        PriorError: the error is larger; the message names the widest component of the prior, and a better one.
    """
    if error <= _USELESS:
        return
    spans = [(name, part, *_interval(part)) for name, part in components(prior) if part.support[1] == np.inf]
    spans = [span for span in spans if span[3] - span[2] > _MANY_POWERS]
    cure = "Give priors that are smoother, or that contradict the data less."
    if spans:
        name, part, low, high = max(spans, key=lambda span: span[3] - span[2])
        cure = (
            f"{name}={part.density} puts 95% of its probability between 1e{low:.0f} and 1e{high:.0f}: give {name} a "
            f"prior with lighter tails, such as {_CURES.get(name, 'Gamma(2, 1/scale)')}."
        )
    off = f"{min(error, 1.0):.0%}"
    raise PriorError(f"The posterior cannot be integrated: its total probability is known only to within {off}. {cure}")


def _interval(part: Component) -> tuple[float, float]:
    """The central 95% interval of a component as powers of ten; of width 0 if the density is improper."""
    if not (part.at_zero > -1.0 and part.at_infinity > 1.0):
        return 0.0, 0.0
    log_x = np.linspace(-_FARTHEST, _FARTHEST, _POINTS)
    with np.errstate(all="ignore"):
        log_p = part.log_pdf_anywhere(log_x) + log_x
    p = np.where(np.isnan(log_p), 0.0, np.exp(log_p - np.nanmax(log_p)))
    low, high = np.interp([0.025, 0.975], np.cumsum(p) / p.sum(), log_x) / np.log(10.0)
    return float(low), float(high)
