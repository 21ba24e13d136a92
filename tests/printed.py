"""What is printed, read back: a density as arithmetic, and sentences that are broken into lines."""

import math
import re


class Log:
    """`log x`, written without parentheses, binds like a product."""

    def __mul__(self, x):
        return math.log(x)


def value(formula, **numbers):
    """The density's value: ^ is a power, a space multiplies, [a < x < b] is 1 or 0."""
    text = re.sub(r" ([<>]) ", r"\1", formula.replace("^", "**")).replace("[", "(").replace("]", ")")
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text)
    return float(eval(text, {"__builtins__": {}}, {"exp": math.exp, "sqrt": math.sqrt, "log": Log(), **numbers}))


def unfolded(shown):
    """What print shows of a result, on one line, with single spaces."""
    return " ".join(str(shown).split())
