"""Messages of the library in the words of the command line: options in the place of keywords, files by their names.

missing='drop'              --missing drop
successes= and trials=...   --successes and --trials
level must be ...           --level must be ...
fit.save()                  --save
"""

from __future__ import annotations

import re
import shlex

from partialpool.cli.piped import named

COLUMNS = (
    *("successes", "trials", "events", "exposure", "estimate", "se", "variance", "value", "mean", "sd", "n", "group"),
)
"""Options that name a column; their names are words of other sentences too."""

CHOICES = (
    *("prior", "method", "level", "missing", "best", "kind", "fdr", "above", "below", "between", "than"),
    *("top", "draws", "seed", "replications", "jobs", "at", "groups", "total", "priors"),
)
"""Options that hold anything else."""

CALLS = {
    r"\bfit\.save\(\)": "--save",
    r"\bpp\.(proportions|rates|estimates|measurements)\(\)": r"partialpool \1",
    r"\bgiven\(\) takes\b": "the population is fixed by",
}
"""Functions, and what does the same at the shell."""

_ALL = "|".join((*COLUMNS, *CHOICES))
_STATED = re.compile(rf"(?<![\w.(\[])({_ALL})=(?:'([^']*)'|\"([^\"]*)\")")
_TRUE = re.compile(rf"(?<![\w.(\[])({'|'.join(CHOICES)})=True\b")
_NAMED = re.compile(rf"(?<![\w.(\[])({_ALL})=(?:\.\.\.)?(?=[\s,;:.?)]|$)")
_SUBJECT = re.compile(rf"(?:\A|(?<=: ))({'|'.join(CHOICES)}) (?=must be\b|cannot be\b|takes\b)")


def at_the_shell(message: str) -> str:
    """The message, in the words of the command line.

    >>> at_the_shell("Fill the cells in, or leave those rows out with missing='drop'.")
    'Fill the cells in, or leave those rows out with --missing drop.'
    >>> at_the_shell("did you swap successes= and trials=?")
    'did you swap --successes and --trials?'
    """
    message = named(message)
    for call, instead in CALLS.items():
        message = re.sub(call, instead, message)
    message = _STATED.sub(lambda found: f"--{found[1]} {shlex.quote(found[2] or found[3] or '')}", message)
    message = _TRUE.sub(r"--\1", message)
    message = _NAMED.sub(r"--\1", message)
    return _SUBJECT.sub(r"--\1 ", message)
