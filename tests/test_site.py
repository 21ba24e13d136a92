"""The documentation site builds without a warning, needs no network to be read, and documents every public name."""

import json
import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXTENSIONS = ROOT / "docs" / "_ext"
LOADS = {"script", "link", "img", "iframe", "source", "video", "audio", "object", "embed", "use"}


class Loads(HTMLParser):
    """The addresses that a browser loads to show a page; it does not load the targets of plain links."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        if tag in LOADS:
            self.addresses += [value for key, value in attrs if key in ("src", "href", "srcset", "data") and value]


def loads(page):
    parser = Loads()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.addresses


def public():
    """The public names of the package, of its modules and of a fit; a module itself has no entry."""
    names = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))["names"]
    modules = {name for name, kind in names.items() if kind == "module"}
    said = {"__version__", "Posterior.notes", "Posterior.tol"}  # both fields are in the docstring of their class
    for name in names.keys() - modules - said:
        owner, _, part = name.partition(".")
        if not part or owner == "Posterior" or (owner in modules and part not in names):
            yield f"partialpool.{name}"


def test_the_site_is_whole_and_needs_no_network(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--quiet", "-b", "html", "docs", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert not built.stderr

    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    assert not [(page.name, address) for page in pages for address in loads(page) if re.match(r"(https?:)?//", address)]
    for sheet in tmp_path.rglob("*.css"):
        assert not re.findall(r"url\(\W?(?:https?:)?//[^)]*|@import[^;]*//[^;]*", sheet.read_text(encoding="utf-8"))

    reference = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "reference").glob("*.html"))
    documented = set(re.findall(r'id="(partialpool\.[\w.]+)"', reference))
    assert sorted(set(public()) - documented) == []


@pytest.fixture
def pages():
    return runpy.run_path(str(EXTENSIONS / "pages.py"))


def test_the_lists_of_the_index_are_the_table_of_contents(pages):
    index = "# Title\n\n## One\n\nText.\n\n- [First](a/b.md): it.\n- [Second](c.rst)\n\n## Two\n\nNone.\n"
    tree = "```{toctree}\n:hidden:\n:caption: One\n\nFirst <a/b>\nSecond <c>\n```"
    assert pages["contents"](index) == tree


def test_every_document_is_in_the_index(pages):
    folder = ROOT / "docs"
    listed = set(re.findall(r"<(.*)>", pages["contents"]((folder / "index.md").read_text(encoding="utf-8"))))
    files = [*folder.glob("*.md"), *folder.glob("[a-z]*/*.md"), *folder.glob("[a-z]*/*.rst")]
    assert listed == {str(file.relative_to(folder).with_suffix("")) for file in files} - {"index"}


def test_links_are_moved_with_the_file_that_has_them(pages):
    text = "[a](docs/a.md#b) [c](LICENSE) [d](https://d.org) ![e](docs/images/e.png)"
    moved = "[a](../a.md#b) [c](../../LICENSE) [d](https://d.org) ![e](../images/e.png)"
    assert pages["moved"](text, "", "docs/start") == moved
    assert pages["moved"]("[README](../README.md) [g](#here)", "docs", "docs") == "[README](start/readme.md) [g](#here)"


def test_signs_of_a_formula_in_a_docstring_are_no_markup():
    restructured = runpy.run_path(str(EXTENSIONS / "docstrings.py"))["restructured"]
    lines = ["The `tau` of y_j | mu.", "", "    p(x | y) = x*", "", "Args:", "    a_: a * b", "", ">>> 2 * 3", "6"]
    assert restructured(lines) == [
        *("The ``tau`` of y_j \\| mu.", "", "::", "", "    p(x | y) = x*", "", "Args:"),
        *("    a\\_: a \\* b", "", ">>> 2 * 3", "6"),
    ]
