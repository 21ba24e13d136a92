"""The page as a whole, and its writing to a file, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Final

from partialpool.errors import RequestError
from partialpool.io.output.writing import check_output, json_text, written
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.report import sections
from partialpool.report.answers import Answers
from partialpool.report.elements import listed, paragraph, section, text
from partialpool.report.explorer import explorer
from partialpool.report.findings import findings
from partialpool.report.model import what
from partialpool.report.policy import asset, policy, scripts, style
from partialpool.report.reported import Reported
from partialpool.report.reproduce import methods, reproduced
from partialpool.report.rows import page_data, rows
from partialpool.report.words import sentence
from partialpool.version import __version__

EXTENSIONS = (".html", ".htm")

_CREDIT = "Charts by Vega (University of Washington Interactive Data Lab, BSD 3-Clause) with D3 (Mike Bostock, ISC)."

CHARTS = ("forest", "shrinkage")

_AFTER: Final[tuple[tuple[str, str, Callable[[Answers], Iterable[str]]], ...]] = (
    ("population", "The population", sections.population),
    ("poolings", "Three ways to pool", sections.poolings),
    ("ranks", "Ranks", sections.ranks),
    ("checks", "Does the model fit?", sections.checks),
    ("sensitivity", "Does the prior matter?", sections.sensitivity),
    ("accuracy", "Accuracy", sections.accuracy),
    ("warnings", "Warnings", sections.warnings),
    ("reproduce", "To reproduce this", reproduced),
    ("methods", "Methods, for a paper", methods),
)
"""The name, the title and the content of each section after the table of groups."""


@shown("a report")
def write(
    fit: Reported,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    transform: str | None = "natural",
    sources: Iterable[object] = (),
) -> None:
    """Write a report of a fit to a file, whole or not at all.

    Args:
        fit: the fit.
        path: a file whose name ends in .html or .htm; an existing file is replaced.
        title: the title of the page.
        transform: the scale in which results are shown too; see `Posterior.report`.
        sources: the files from which the data come, which are never overwritten; other objects are ignored.

    Raises:
        RequestError: the title is no text, or there is no such transform.
        OutputError: the file cannot be written; an existing file is unchanged.
    """
    target = check_output(path, sources=sources, formats=EXTENSIONS)
    content = page(fit, title, transform).encode("utf-8")
    with written(target) as temporary:
        temporary.write_bytes(content)


def page(fit: Reported, title: str | None = None, transform: str | None = "natural") -> str:
    """The text of a report of a fit; see `write`."""
    if title is not None and not isinstance(title, str):
        raise RequestError(f"title takes a text, not {title!r}.")
    if transform != "natural":
        fit.family.check_transform(transform)
    of = Answers(fit, transform)
    made = rows(of)
    heading = title or f"{sentence(fit.family.wording.thetas)} of {counted(of.size, 'group')}: {of.measured}"
    before = [("what", "What was fitted", what(of)), ("findings", "Findings", _findings(of))]
    after = [(name, head, list(make(of))) for name, head, make in _AFTER]
    body = [section(*part) for part in before] + [explorer(of, made)] + [section(*part) for part in after]
    contents = [
        *((name, head) for name, head, _ in before),
        ("groups", "Every group"),
        *((name, head) for name, head, _ in after),
    ]
    return _document(heading, f"{sentence(fit.model.title)}.", contents, body, json_text(page_data(of, made)))


def _findings(of: Answers) -> list[str]:
    """The findings, and the number of warnings to read before them."""
    count = len(of.fit.warnings)
    them = "it" if count == 1 else "them"
    said = f"There {'is' if count == 1 else 'are'} {counted(count, 'warning')} below; read {them} before the findings."
    return [paragraph(said, "caution")] * bool(count) + [listed(findings(of), "findings")]


def _document(heading: str, model: str, contents: list[tuple[str, str]], body: list[str], data: str) -> str:
    links = "".join(f'<li><a href="#{name}">{text(head)}</a></li>' for name, head in contents)
    blocks = "\n".join(f"<script>{script}</script>" for script in scripts())
    charts = "\n".join(_data_block(f"chart-{name}", _minified(name)) for name in CHARTS)
    content = "\n".join(body)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="partialpool {__version__}">
<link rel="icon" href="data:,">
<title>{text(heading)}</title>
<style>{style()}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<h1>{text(heading)}</h1>
{paragraph(model, "model")}
</header>
<nav aria-label="Contents"><ul>{links}</ul></nav>
<main>
{content}
</main>
<footer>
<p>Made by partialpool {__version__}. {_CREDIT}</p>
</footer>
{_data_block("page-data", data)}
{charts}
{blocks}
</body>
</html>
"""


def _data_block(name: str, content: str) -> str:
    """JSON that the scripts read and that never runs."""
    return f'<script type="application/json" id="{name}">{content}</script>'


def _minified(name: str) -> str:
    """A chart as JSON without spaces."""
    return json_text(json.loads(asset("assets", f"{name}.json")))
