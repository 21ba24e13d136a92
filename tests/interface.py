"""What a user can see of the package: names, signatures, tables' columns, and the options of every command.

`python tests/interface.py` writes it down anew, for a change that is meant; the difference belongs into the CHANGELOG.
"""

import functools
import inspect
import json
import re
import warnings
from pathlib import Path

import partialpool as pp
from partialpool.cli.commands import app

AHEAD = {"proportions": {"trials": 5}, "rates": {"exposure": 2.0}, "estimates": {"se": 0.1}, "measurements": {"n": 2}}
SNAPSHOT = Path(__file__).with_name("interface.json")


def interface():
    """The whole public interface, as what JSON can hold."""
    return {"names": names(), "tables": tables(), "commands": commands()}


def names():
    """Every public name with its signature, and that of every public attribute of what is a class or a module."""
    found = {}
    for name in sorted(pp.__all__):
        value = getattr(pp, name)
        found[name] = signature(value)
        if inspect.isclass(value) or inspect.ismodule(value):
            found |= {f"{name}.{key}": signature(part) for key, part in attributes(value)}
    shown = {type(result).__name__: result for result in results().values()}
    del shown["DataFrame"]
    for name, result in sorted(shown.items()):
        found |= {f"({name}).{key}": signature(part) for key, part in attributes(type(result))}
    return found


def attributes(of):
    """The public attributes that are the package's own, by name."""
    listed = getattr(of, "__all__", None) or [key for key in dir(of) if not key.startswith("_")]
    for key in sorted(listed):
        part = inspect.getattr_static(of, key)
        if not inspect.ismodule(part):
            yield key, part


def signature(of):
    """A signature as text; what has none is named by its kind."""
    if isinstance(of, (staticmethod, classmethod)):
        of = of.__func__
    if isinstance(of, (property, functools.cached_property)):
        return "property"
    try:
        return re.sub(r"<function (\w+) at \w+>", r"\1", str(inspect.signature(of)))
    except (TypeError, ValueError):
        return "class" if inspect.isclass(of) else "module" if inspect.ismodule(of) else "value"


@functools.cache
def fits():
    """A small fit of each family."""
    group = ["a", "b", "c"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counts, both = {"y": [1, 3, 2], "n": [10, 12, 9], "g": group}, group * 2
        effects = {"y": [0.1, 0.5, 0.2], "se": [0.1, 0.2, 0.1], "g": group}
        return {
            "proportions": pp.proportions(counts, successes="y", trials="n", group="g"),
            "rates": pp.rates(counts, events="y", exposure="n", group="g"),
            "estimates": pp.estimates(effects, estimate="y", se="se", group="g"),
            "measurements": pp.measurements({"y": [1.0, 1.2, 0.4, 0.5, 2.0, 2.3], "g": both}, value="y", group="g"),
        }


QUESTIONS = {
    "compare": lambda fit, ahead: fit.compare("a", "b"),
    "ranks": lambda fit, ahead: fit.ranking(),
    "pairs": lambda fit, ahead: fit.pairs(),
    "select": lambda fit, ahead: fit.select(above=0.2),
    "probability": lambda fit, ahead: fit.probability(above=0.2),
    "intervals": lambda fit, ahead: fit.intervals(),
    "new_group": lambda fit, ahead: fit.new_group(),
    "predict": lambda fit, ahead: fit.predict(**ahead),
    "pooling": lambda fit, ahead: fit.pooling(),
    "check": lambda fit, ahead: fit.check(),
    "sensitivity": lambda fit, ahead: fit.sensitivity(),
    "leave_one_out": lambda fit, ahead: fit.leave_one_out(),
}


@functools.cache
def answer(family, question):
    """The answer to one question about a family's fit."""
    return QUESTIONS[question](fits()[family], AHEAD[family])


def results():
    """The answer to every question about every family, by family and question."""
    return {f"{family}.{question}": answer(family, question) for family in AHEAD for question in QUESTIONS}


def tables():
    """The columns of every table."""
    found = {}
    for family, fit in fits().items():
        found[f"{family}.groups"] = list(fit.group_columns())
        found[f"{family}.population"] = list(fit.population_columns())
    for name, result in results().items():
        if hasattr(result, "columns"):
            found[name] = list((result.table() if hasattr(result, "table") else result).columns)
    return found


def commands():
    """Every command of the shell with the names of its options, without the negation of an option that is there."""
    found = {}
    for command in app:
        if not command.startswith("-"):
            parameters = app[command].assemble_argument_collection()
            names = {name for argument in parameters for name in argument.names}
            negated = {f"--{no}-{name.removeprefix('--')}" for name in names for no in ("no", "empty")}
            found[command] = sorted(names - negated)
    return found


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(interface(), indent=1, sort_keys=True) + "\n")
