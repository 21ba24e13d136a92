"""A warning where an empirical prior of the heterogeneity was learned from effects of another kind."""

from __future__ import annotations

from partialpool.effects.measures import MEASURES
from partialpool.priors import Joint
from partialpool.priors.empirical import LEARNED, learned_from
from partialpool.priors.on_normal import NormalPrior

_NAMES = {name.lower(): one.name for one in MEASURES for name in (one.name, *one.also)}


def learned_elsewhere(prior: Joint, estimate: str) -> tuple[str, ...]:
    """Return a warning where the prior of the sd was learned from effects of another kind; else empty.

    Args:
        prior: the prior of the population.
        estimate: the name of the estimates, which may or may not be that of a known effect.
    """
    effect = _NAMES.get(estimate.replace("_", " ").strip().lower())
    learned = learned_from(prior.sd.density) if isinstance(prior, NormalPrior) else None
    if effect is None or learned is None or effect == learned:
        return ()
    name, of = LEARNED[learned]
    right = LEARNED.get(effect)
    cure = f"take {right[0]}, which is for these" if right else f"take a prior of your own, or the {learned}"
    return (f"the prior {name} was learned from {of}, and these are estimates of the {effect}: {cure}",)
