"""The call and the versions that reproduce a fit, and a paragraph on methods with its references."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from partialpool.groups.source import Reading, Source
from partialpool.messages.wording import counted
from partialpool.models.data.trial_columns import roles_of
from partialpool.models.data.trials import of_reading
from partialpool.models.model import METHODS
from partialpool.priors.names import DEFAULT
from partialpool.priors.text import in_words
from partialpool.report.answers import Answers
from partialpool.report.elements import code, listed, paragraph
from partialpool.report.model import prior_in_words
from partialpool.report.reported import Reported
from partialpool.report.words import percent
from partialpool.version import __version__

REFERENCES = {
    "Gelman": (
        "Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A. and Rubin, D. B. 2013. Bayesian Data "
        "Analysis, third edition. Chapman and Hall/CRC."
    ),
    "ranks": (
        "Laird, N. M. and Louis, T. A. 1989. Empirical Bayes ranking methods. Journal of Educational Statistics 14:29."
    ),
    "check": (
        "Marshall, E. C. and Spiegelhalter, D. J. 2007. Identifying outliers in Bayesian hierarchical models: a "
        "simulation-based approach. Bayesian Analysis 2:409."
    ),
    "holm": (
        "Holm, S. 1979. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics "
        "6:65."
    ),
    "score": (
        "Geisser, S. and Eddy, W. F. 1979. A predictive approach to model selection. Journal of the American "
        "Statistical Association 74:153."
    ),
}

_WIDTH = 88


def reproduced(of: Answers) -> list[str]:
    """The call that makes the fit again, and the versions with which it was made."""
    parts = ["numpy", "scipy"]
    versions = ", ".join(
        [
            f"partialpool {__version__}",
            *(f"{name} {version(name)}" for name in parts),
            f"Python {platform.python_version()}",
        ]
    )
    source = of.fit.data.source
    rows = f" The data have {counted(source.rows, 'row')}." if source is not None else ""
    return [code(call(of.fit)), paragraph(f"Made with {versions}.{rows}")]


def call(fit: Reported) -> str:
    """The call of Python that makes the fit again, as far as the fit knows it.

    Columns that were given as arrays have the names of their roles, and a table that was no file is called data.
    """
    source, model = fit.data.source, fit.model
    arguments = _columns(fit)
    if not fit.data.numbered:
        names = list(fit.data.labels)
        arguments["group"] = names[0] if len(names) == 1 else names
    method = model.method
    if method == "full" and (model.asked or model.prior).name != DEFAULT.name:
        arguments["prior"] = _Code(_prior(fit))
    if method not in ("full", "given"):
        arguments["method"] = method
    arguments |= {} if fit.level == 0.95 else {"level": fit.level}
    arguments |= {} if fit.tol is None else {"tol": fit.tol}
    if source is not None and source.reading is not None:
        arguments |= _reading(source.reading)
    lines = [_data(source), *(f"{name}={value!r}" for name, value in arguments.items())]
    made = f"pp.{fit.family.name}({', '.join(lines)})"
    if len(made) > _WIDTH:
        made = f"pp.{fit.family.name}(\n    " + ",\n    ".join(lines) + ",\n)"
    given = _given(fit) if method == "given" else ""
    return f"import partialpool as pp\n\nfit = {made}{given}"


class _Code:
    """A piece of code, which stands in a call as it is."""

    def __init__(self, said: str) -> None:
        self.said = said

    def __repr__(self) -> str:
        return self.said


def _prior(fit: Reported) -> str:
    """The name of the prior, or its densities as text, or, for densities of the caller, a name to stand for them."""
    prior = fit.model.asked or fit.model.prior
    said = prior.name or in_words(prior)
    return repr(said) if said else "prior"


def _columns(fit: Reported) -> dict[str, Any]:
    """Argument -> the caller's column, or columns, from which the groups were read."""
    source = fit.data.source
    reading = None if source is None else source.reading
    if reading is None:
        return {
            part.role: fit.data.columns[part.role] for part in fit.family.statistics if part.role in fit.data.columns
        }
    if not reading.settings:
        return dict(reading.roles)
    roles = roles_of(of_reading(reading).record, cells="a" in reading.roles)
    named = {role: tuple(reading.roles[one] for one in arguments) for role, arguments in roles.items()}
    columns = {role: names[0] if len(names) == 1 else names for role, names in named.items()}
    effect = reading.settings.get("effect")
    return {**({} if effect is None else {"effect": effect}), **columns}


def _reading(reading: Reading) -> Mapping[str, Any]:
    """The arguments on how rows were read that are not those by default."""
    found: dict[str, Any] = {}
    if reading.missing != "refuse":
        found["missing"] = reading.missing
    if reading.decimal is not None:
        found["decimal"] = reading.decimal
    for name, usual in (("double_zero", "refuse"), ("interval_level", 0.95)):
        if reading.settings.get(name, usual) != usual:
            found[name] = reading.settings[name]
    return found


def _data(source: Source | None) -> str:
    table = source.table.data if source is not None and source.table is not None else None
    return repr(os.path.basename(table)) if isinstance(table, (str, os.PathLike)) else "data"


def _given(fit: Reported) -> str:
    """The part of the call that fixes the population's parameters."""
    table = fit.population_columns()
    rows = zip(table["parameter"], table["median"], table["lower"], table["upper"], strict=True)
    known = {name: median for name, median, lower, upper in rows if lower == upper}
    chosen = next((names for names in fit.family.fixing if set(names) <= set(known)), ())
    names = chosen or [name for name in fit.family.natural if name in known]
    return f".given({', '.join(f'{name}={_float(known[name])}' for name in names)})"


def _float(value: float) -> str:
    """A number as code, to its last digit."""
    return repr(float(value)) if np.isfinite(value) else f'float("{float(value)}")'


def methods(of: Answers) -> list[str]:
    """A paragraph for a paper, with its references."""
    fit, wording = of.fit, of.fit.family.wording
    full = fit.model.method == "full"
    how = (
        f"The prior of the population's parameters was {prior_in_words(of)}. Their posterior was integrated by "
        "deterministic quadrature, without sampling"
        if full
        else f"The parameters of the population were treated as follows: {METHODS[fit.model.method]}. All else was "
        "computed by deterministic quadrature, without sampling"
    )
    said = [
        (
            f"The {wording.thetas} of {counted(of.size, 'group')} ({fit.family.totals(fit.data)}) were estimated by "
            f"partial pooling with the {wording.model} ({wording.source}). {how} (partialpool {__version__}; "
            f"{fit.accuracy}). Point estimates are posterior medians and intervals are central {percent(fit.level)} "
            "posterior intervals."
        )
    ]
    used = ["Gelman"]
    if of.ranks is not None:
        said.append("Ranks are posterior ranks (Laird and Louis 1989).")
        used.append("ranks")
    if of.pooling is not None:
        said.append(
            "Complete, no and partial pooling were compared by leaving out one group at a time (Geisser and Eddy 1979)."
        )
        used.append("score")
    if of.outlying is not None:
        said.append(
            "Each group was compared with the prediction from all others (Marshall and Spiegelhalter 2007), with "
            "Holm's correction for their number (Holm 1979)."
        )
        used += ["check", "holm"]
    return [paragraph(" ".join(said), "methods"), listed(sorted(REFERENCES[one] for one in used), "references")]
