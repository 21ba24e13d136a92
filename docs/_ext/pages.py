"""A Sphinx extension: the pages are plain Markdown that reads well on a code host, and become a site here.

The table of contents is made of the lists of links in index.md. README.md and its like, which lie above the folder of
the documents, are shown in the place of short pages that lead to them.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
SHOWN = {  # page -> file in the root
    "start/readme": "README.md",
    "reference/changes": "CHANGELOG.md",
    "reference/contributing": "CONTRIBUTING.md",
    "reference/security": "SECURITY.md",
}

_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)#]+)\.(?:md|rst)\)", re.MULTILINE)
_LINK = re.compile(r"(\]\()([^)#\s]+)")


def contents(index: str) -> str:
    """The tables of contents of a page with a list of links under each of its headings."""
    trees = []
    for caption, body in _SECTION.findall(index):
        if entries := [f"{title} <{page}>" for title, page in _ENTRY.findall(body)]:
            trees.append("\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```"]))
    return "\n\n".join(trees)


def moved(text: str, before: str, after: str) -> str:
    """The text of a file of the folder `before`, with its links as they are in the folder `after`.

    A link to a file that is a page of the site, such as README.md, leads to that page. Folders are relative to the
    root.
    """
    pages = {file: f"docs/{page}.md" for page, file in SHOWN.items()}

    def new(link: re.Match[str]) -> str:
        target = link[2]
        if "://" in target:
            return link[0]
        path = posixpath.normpath(posixpath.join(before, target))
        return link[1] + posixpath.relpath(pages.get(path, path), after)

    return _LINK.sub(new, text)


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    if app.env.doc2path(page).suffix != ".md":
        return
    folder = posixpath.dirname(f"docs/{page}")
    if page in SHOWN:
        source[0] = moved((ROOT / SHOWN[page]).read_text(encoding="utf-8"), "", folder)
        app.env.note_dependency(str(ROOT / SHOWN[page]))
    else:
        source[0] = moved(source[0], folder, folder)
    if page == "index":
        source[0] += "\n" + contents(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Let every page pass through `_read` before it is parsed."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
