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
    """The command of the shell with the same result, on one line, or with a line for each option if it is long."""
    columns = settings.columns
    command = ["partialpool", columns.layout.family if pooling == "partial" else "pooling"]
    if not table.dataset:
        command.append(shlex.quote(f"./{table.name}" if table.name.startswith("-") else table.name))
    options = [("dataset", table.dataset)] if table.dataset else []
    options += [*columns.roles, *(("group", name) for name in columns.group)]
    options += [("missing", "drop")] if columns.drop else []
    options += [("decimal", ",")] if columns.commas else []
    options += [("prior", settings.prior)] if settings.prior != DEFAULT.name else []
    options += [("level", f"{settings.level:g}")] if settings.level != 0.95 else []
    parts = [" ".join(command), *(_option(name, value) for name, value in options)]
    line = " ".join(parts)
    return line if len(line) <= _WIDTH else _INDENT.join(parts)


def _option(name: str, value: str) -> str:
    """An option with its value, which must not look like an option itself."""
    return f"--{name}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"
