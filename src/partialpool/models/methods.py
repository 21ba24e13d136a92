"""The check of `method=`, with hints for the methods of other software."""

from __future__ import annotations

import re

from partialpool.errors import RequestError
from partialpool.models.family import Family
from partialpool.models.model import METHODS
from partialpool.models.registry import FAMILIES

ABBREVIATIONS = {"dl": "dersimonian-laird", "ml": "empirical-bayes"}
"""Abbreviation of a method, in upper or lower case -> its name."""

_COMMON = "The common (fixed) effect is complete pooling: fit.pooling() has it."
_BAYES = 'where trials are few, method="full" integrates over what is not known of tau.'
_ELSEWHERE = {
    ("hksj", "knha", "hk", "knapphartung", "hartungknapp"): "The intervals of Knapp and Hartung are not offered: ",
    ("pm", "paulemandel", "mp", "mandelpaule", "gmm"): "The estimate of Paule and Mandel is not offered: ",
    ("sj", "he", "hs", "hedges", "hunterschmidt", "sidikjonkman"): "This estimate of tau is not offered: ",
}
"""Names of methods of other software, without hyphens -> the beginning of the hint about them."""
_EB = (
    'method="empirical-bayes" is maximum likelihood here, and what others call EB, the estimate of Paule and Mandel, '
    "is not offered: "
)


def check_method(method: object, family: Family) -> str:
    """Return the name of the method in lower case, with abbreviations resolved.

    Raises:
        RequestError: there is no such method, or this family does not have it.
    """
    lower = str(method).lower()
    wanted = ABBREVIATIONS.get(lower, lower)
    special = {name: [other.name for other in FAMILIES.values() if name in other.methods] for name in METHODS}
    known = [name for name in METHODS if name != "given" and (not special[name] or name in family.methods)]
    if wanted in known:
        return wanted
    if special.get(wanted):
        raise RequestError(
            f'Method "{wanted}" is for {" and ".join(special[wanted])}, not for {family.name}; there are '
            f"{', '.join(known)}."
        )
    hint = f" {_of_others(lower)}" if family.meta_analysed else ""
    raise RequestError(f"There is no method {method!r}; there are {', '.join(known)}.{hint}")


def _of_others(method: str) -> str:
    """The hint about a method of other software for meta-analysis."""
    bare = re.sub(r"[-_\s]", "", method)
    if bare == "eb":
        return f"{_EB}{_BAYES}"
    return next((f"{said}{_BAYES}" for names, said in _ELSEWHERE.items() if bare in names), _COMMON)
