"""The call of Python and the command of the shell that make a fit again."""

from __future__ import annotations

import shlex

from partialpool.explore.settings import Settings
from partialpool.explore.tables import Table
from partialpool.posterior import Posterior
from partialpool.priors.names import DEFAULT
from partialpool.report.reproduce import call

_IMPORT = "import partialpool as pp\n"
_INDENT = " \\\n    "
_WIDTH = 88


def python(fit: Posterior, table: Table, pooling: str) -> str:
    """The call of Python, with the line that loads a data set of the package, and the table that is shown."""
    loaded = f"data = pp.datasets.load({table.dataset!r})\n" if table.dataset else ""
    made = call(fit).replace(_IMPORT + "\n", _IMPORT + "\n" + loaded, 1)
    return f"{made}\n{'fit.groups()' if pooling == 'partial' else 'fit.pooling().groups()'}"


def shell(settings: Settings, table: Table, pooling: str) -> str:
    """The command of the shell with the same result."""
    family, columns = settings.columns.layout.family, settings.columns
    words = [family if pooling == "partial" else "pooling"]
    file = f"./{table.name}" if table.name.startswith("-") else table.name
    words += ["--dataset", table.dataset] if table.dataset else [file]
    for role, column in columns.roles:
        words += [f"--{role}", column]
    for name in columns.group:
        words += ["--group", name]
    words += ["--missing", "drop"] if columns.drop else []
    words += ["--decimal", ","] if columns.commas else []
    words += ["--prior", settings.prior] if settings.prior != DEFAULT.name else []
    words += ["--level", f"{settings.level:g}"] if settings.level != 0.95 else []
    return _wrapped(["partialpool", *words])


def _wrapped(words: list[str]) -> str:
    """A command on one line, or with a line for each option if it is long."""
    said = [shlex.quote(word) for word in words]
    if len(" ".join(said)) <= _WIDTH:
        return " ".join(said)
    first = next((place for place, word in enumerate(said) if word.startswith("--")), len(said))
    pairs = [" ".join(said[place : place + 2]) for place in range(first, len(said), 2)]
    return _INDENT.join([" ".join(said[:first]), *pairs])
