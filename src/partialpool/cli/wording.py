"""Translate messages of the library to the words of the command line, such as options in place of keywords.

missing='drop'                  --missing drop
successes= and trials=...       --successes and --trials
level must be ...               --level must be ...
fit.save()                      --save
pp.Prior(sd=pp.HalfNormal(5))   --prior "sd ~ HalfNormal(5)"
group=["plant", "machine"]      --group plant --group machine
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable
from functools import cache

from partialpool.cli.app import app
from partialpool.cli.piped import named
from partialpool.cli.streams import complain

NOUNS = frozenset(
    {"successes", "trials", "events", "exposure", "estimate", "se", "variance", "value", "mean", "sd", "n", "group"}
)
"""Options that name a column; at the beginning of a sentence these words mean the cells or a parameter instead."""

CALLS: dict[str, str] = {
    r"\btol=([\de.+-]*\d)": r"--tol \1",
    r"\bfit\.save\(\)": "--save",
    r"(?<![.\w])given\(\)": "--given",
    r"\bpp\.(proportions|rates|estimates|measurements)\(\)": r"partialpool \1",
    r", in pandas by data\[data\[.*?\] != (.*?)\](?=$|;)": r" by --exclude \1",
    r"\bfit\.pooling\(\) has it": "partialpool pooling has it",
    r"(such as) \(([^()]*)\), not by ('[^']*')\.": r"\1 \2, not by \3: give the option once for each label.",
    r" With them given, population\([^()]*\) and groups\([^()]*\) answer\.": (
        " With them given, partialpool population and partialpool groups answer, with --transform too."
    ),
    r"\b(?:ask|summarise) the fit that (?:they|the parameters) were given to": (
        "leave out --given, or save the fit without it"
    ),
    r" A list of text names columns; give labels as an array or a Series\.": "",
    r"(takes ([24]) columns \([^()]*\), not [^.]*)\.$": r"\1. Give the option \2 times.",
    r"Name those of interest: (leave_one_out\(\[\.\.\.\]\))\.": r"In Python, fit.\1 takes those of interest.",
    r"Ask for those that matter, groups=\[\.\.\.\]; or by draws: .* are draws of what comes\.": (
        "Ask for those that matter, by --groups once for each; in Python, fit.draws() is for all."
    ),
    r"By draws it is quick: .* are draws of the total; or ask for fewer groups, groups=\[\.\.\.\]\.": (
        "Ask for fewer groups, by --groups once for each; in Python, fit.draws() is for all."
    ),
    r"(?<![.\w])(select|groups|population)\(\)": r"partialpool \1",
    r"(?<![.\w])meta_analysis\(\)": "partialpool meta-analysis",
    r"draw them as they are, by transform=None": "--plot forest draws what they are after pooling",
}
"""Pattern of a call in a message -> the words for it at the command line."""

_PRIOR = re.compile(r"\bpp\.Prior\(((?:\w+=pp\.\w+\([^()]*\)(?:, )?)+)\)")
_PART = re.compile(r"(\w+)=pp\.(\w+\([^()]*\))")
_ITEM = r"(?:\.\.\.|\w+|'[^']*'|\"[^\"]*\")"
_LISTED = re.compile(rf"(?<![\w.(\[])(\w+)=[\[(]({_ITEM}(?:, {_ITEM})+)[\])]")
_STATED = re.compile(r"(?<![\w.(\[])(\w+)=(?:'([^']*)'|\"([^\"]*)\")")
_TRUE = re.compile(r"(?<![\w.(\[])(\w+)=True\b")
_NAMED = re.compile(r"(?<![\w.(\[])(\w+)=(?:\.\.\.)?(?=[\s,;:.?)]|$)")
_SUBJECT = re.compile(r"(?:\A|(?<=: ))(\w+)(?= (?:must be|cannot be|takes|is for)\b)")


def at_the_shell(message: str) -> str:
    """Translate a message to the words of the command line.

    >>> at_the_shell("Fill the cells in, or leave those rows out with missing='drop'.")
    'Fill the cells in, or leave those rows out with --missing drop.'
    >>> at_the_shell("did you swap successes= and trials=?")
    'did you swap --successes and --trials?'
    """
    message = named(message)
    for call, instead in CALLS.items():
        message = re.sub(call, instead, message)
    message = _PRIOR.sub(_prior, message)
    message = _LISTED.sub(_repeated, message)
    message = _STATED.sub(lambda found: _option(found, f" {shlex.quote(found[2] or found[3] or '')}"), message)
    message = _TRUE.sub(_option, message)
    message = _NAMED.sub(_option, message)
    return _SUBJECT.sub(lambda found: found[0] if found[1] in NOUNS else _option(found), message)


def warned(warnings: Iterable[str]) -> list[str]:
    """Translate warnings to the words of the command line, and write each to standard error."""
    found = [at_the_shell(warning) for warning in warnings]
    for warning in found:
        complain(f"partialpool: warning: {warning}")
    return found


def _prior(found: re.Match[str]) -> str:
    """A prior as an option of the command line."""
    return '--prior "' + "; ".join(f"{name} ~ {density}" for name, density in _PART.findall(found[1])) + '"'


def _repeated(found: re.Match[str]) -> str:
    """The option once for each of several columns, without `...`, which stands for those already given."""
    items = [item for item in re.findall(_ITEM, found[2]) if item != "..."]
    texts = [item if item.isidentifier() else str(ast.literal_eval(item)) for item in items]
    return " ".join(_option(found, f" {shlex.quote(text)}") for text in texts)


def _option(found: re.Match[str], value: str = "") -> str:
    """The option with the name that was found, and its value; a name that is not an option stays as it is."""
    option = options().get(found[1])
    return found[0] if option is None else f"{option}{value}"


@cache
def options() -> dict[str, str]:
    """Name of each argument of any command -> its option."""
    found = [app[name].assemble_argument_collection() for name in app if not name.startswith("-")]
    names = [name for arguments in found for argument in arguments for name in argument.names]
    return {name[2:].replace("-", "_"): name for name in names if name.startswith("--")}
