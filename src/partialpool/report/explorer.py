"""The section with the charts and the table of groups, which the search box, sorting and clicks connect."""

from __future__ import annotations

from itertools import islice

from partialpool.messages.wording import counted
from partialpool.report.answers import Answers
from partialpool.report.elements import row, section, text
from partialpool.report.rows import MOST, Rows
from partialpool.report.words import percent

FIRST = 50
"""Number of rows of the table that stand in the page without a script."""

_CROWDED = 600  # groups beyond which the forest has no room for raw estimates

_ORDERS = {
    "median": "by median, the highest first",
    "raw": "by raw estimate, the highest first",
    "weight": "by weight of their own data",
    "given": "in the order of the data",
    "name": "by name",
}


def explorer(of: Answers, made: Rows) -> str:
    """The section with the charts and the table of groups."""
    return section("groups", "Every group", [_said(of), _toolbar(of), _forest(of), _shrinkage(), _table(of, made)])


def _said(of: Answers) -> str:
    cut = (
        f"Of {of.size:,} groups {MOST:,} are shown: the lowest, the highest, the outlying and others, evenly spaced in "
        "the order of their medians; fit.groups() has all."
        if of.size > MOST
        else ""
    )
    return (
        '<p class="usage">Point at a group to see its numbers, and click it to keep it marked in both charts and '
        "in the table. With a "
        "chart in focus, the arrow keys go from group to group, + and − zoom, as Ctrl and the mouse wheel do, and "
        "Escape lets go. The table below has every number that the charts show.</p>"
        + (f"<p>{text(cut)}</p>" if cut else "")
    )


def _toolbar(of: Answers) -> str:
    orders = "".join(f'<option value="{key}">{text(said)}</option>' for key, said in _ORDERS.items())
    return (
        '<div class="toolbar" role="search" aria-label="Groups">'
        '<label for="find">Find a group</label><input id="find" type="search" autocomplete="off" spellcheck="false">'
        f'<label for="order">Chart order</label><select id="order">{orders}</select>'
        f'<p id="said" role="status" aria-live="polite">{text(counted(of.size, "group"))}</p></div>'
    )


def _forest(of: Answers) -> str:
    theta = of.fit.family.wording.theta
    level = percent(of.fit.level)
    said = (
        f"Each line is the central {level} interval of a group's {theta}, the dot its median, and the ring its raw "
        "estimate. The dashed line is the median of the population's mean"
    )
    band = f", and the band is the {level} interval of a new group." if of.new_group is not None else "."
    rings = " Of so many groups, raw estimates appear when the chart is zoomed in." if of.size > _CROWDED else ""
    return _figure("forest", f"The {of.fit.family.wording.thetas} of all groups", said + band + rings)


def _shrinkage() -> str:
    said = (
        "Each line leads from the raw estimate of a group, on the left, to its estimate after pooling, on the right. "
        "The less data a group has, the more it is drawn towards the population's mean, the dashed line."
    )
    return _figure("shrinkage", "From raw to pooled", said)


def _figure(name: str, title: str, said: str) -> str:
    buttons = "".join(
        f'<button type="button" data-chart="{name}" data-do="{do}" aria-label="{label}: {text(title)}">{sign}</button>'
        for do, sign, label in (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("all", "all", "Show all"))
    )
    return (
        f'<figure aria-labelledby="{name}-title"><h3 id="{name}-title">{text(title)}</h3>'
        f'<p class="zoom">{buttons}</p>'
        f'<div class="chart" id="{name}" tabindex="0" role="group" aria-roledescription="interactive chart" '
        f'aria-label="{text(title)}. The table below has the same numbers." aria-describedby="{name}-said"></div>'
        f'<noscript><p>The chart needs JavaScript.</p></noscript><figcaption id="{name}-said">{text(said)}</figcaption>'
        "</figure>"
    )


def _table(of: Answers, made: Rows) -> str:
    head = "".join(
        f'<th scope="col" aria-sort="none"{f" class={chr(34)}{side}{chr(34)}" if side else ""}>'
        f'<button type="button" data-column="{place}">{text(name)}</button></th>'
        for place, (name, side) in enumerate(zip(made.columns, made.sides, strict=True))
    )
    body = "".join(row(each, made.sides) for each in islice(zip(*made.texts, strict=True), FIRST))
    shown = min(FIRST, len(made.places))
    level = percent(of.fit.level)
    caption = (
        f"The groups: raw estimate, posterior mean, sd and median, the central {level} interval, and the weight of the "
        "group's own data. A click on a heading sorts."
    )
    return (
        '<h3 id="table-title">Table of groups</h3><div class="pager"><button type="button" id="back">‹ Back</button>'
        f'<span id="page" role="status" aria-live="polite">1 to {shown} of {len(made.places):,}</span>'
        '<button type="button" id="next">Next ›</button><button type="button" id="csv">Download as CSV</button></div>'
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="table-title">'
        f'<table id="table"><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>'
        f'<tbody>{body}</tbody></table></div><p class="printed" id="printed"></p>'
    )
