"""The kinds of tables that the page can fit, each with the columns that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """A kind of table.

    Attributes:
        name: its name in requests of the page.
        family: the function that fits it.
        roles: arguments of that function that name a column, in the order in which the page shows them.
        said: what a row holds, in a few words.
        optional: the roles that may be left out.
    """

    name: str
    family: str
    roles: tuple[str, ...]
    said: str
    optional: tuple[str, ...] = ()


ROLES: Mapping[str, str] = {"se": "Standard error", "sd": "Standard deviation", "n": "Number of measurements"}
"""Role -> what the page calls it, where that is not its own name."""

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("proportions", "proportions", ("successes", "trials"), "Proportions: successes among trials"),
        Layout("outcomes", "proportions", ("successes",), "Proportions: a row for each trial, 0 or 1"),
        Layout("rates", "rates", ("events", "exposure"), "Rates: events over an exposure", ("exposure",)),
        Layout("estimates", "estimates", ("estimate", "se"), "Estimates with standard errors"),
        Layout("variances", "estimates", ("estimate", "variance"), "Estimates with variances"),
        Layout("measurements", "measurements", ("value",), "Measurements: a row for each of them"),
        Layout("means", "measurements", ("mean", "sd", "n"), "Measurements: a mean, an sd and a number for each group"),
    )
}
"""Name of a layout -> the layout, in the order in which the page lists them."""


def called(role: str) -> str:
    """What the page calls a role.

    >>> called("se"), called("trials")
    ('Standard error', 'Trials')
    """
    return ROLES.get(role, role.capitalize())
