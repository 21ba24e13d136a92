"""What results say of themselves in a notebook: the content of the text, as text and nothing else, and never much."""

import re
import tracemalloc
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest

import partialpool as pp
from partialpool import datasets
from partialpool.io.output import html
from partialpool.io.output.content import Content, Shown, Tabled, Terms
from partialpool.io.output.tables import Table

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x^2$",
    "&amp;",
    "\x1b[31mred\u202e",
    "a\nb",
    "</td></table>",
]
TAGS = {"div", "strong", "table", "thead", "tbody", "tr", "td", "th", "pre"}


class Read(HTMLParser):
    """The text of some HTML; its tags are balanced, known, and have no attribute that does something."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.shown = [], [], source
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS
        assert {name for name, _ in attributes} <= {"style", "class", "colspan"}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def words(text):
    return re.sub(r"\s+", " ", text).split()


@cache
def fitted(name):
    known = datasets.info(name)
    return getattr(pp, known.family)(datasets.load(name), **known.roles, group=list(known.group))


RESULTS = {
    "fit": lambda fit: fit,
    "given": lambda fit: fit.given(**dict(zip(fit.results.parameters[:2], (0.4, 5.0), strict=True))),
    "pooling": lambda fit: fit.pooling(),
    "check": lambda fit: fit.check(),
    "new group": lambda fit: fit.new_group(),
    "intervals": lambda fit: fit.intervals(),
    "ranking": lambda fit: fit.ranking(),
    "comparison": lambda fit: fit.compare(*next(iter(fit.data.labels.values()))[:2]),
    "probability": lambda fit: fit.probability(above="mean"),
    "selection": lambda fit: fit.select(above="mean"),
    "sensitivity": lambda fit: fit.sensitivity(),
    "draws": lambda fit: fit.draws(20),
    "leave one out": lambda fit: fit.leave_one_out(),
    "cumulative": lambda fit: fit.cumulative(),
}


@pytest.mark.parametrize("name", ["rat_tumors", "pump_failures", "eight_schools"])
@pytest.mark.parametrize("result", RESULTS)
def test_html_has_the_words_of_the_text(name, result):
    found = RESULTS[result](fitted(name))
    shown = Read(found._repr_html_())
    said = repr(found)
    assert set(words(said)) <= set(words(" ".join(shown.text)))


@pytest.mark.parametrize("method", ["full", "reml"])
def test_meta_analyses_too(method):
    fit = pp.estimates(datasets.load("eight_schools"), estimate="effect", se="se", group="school", method=method)
    found = fit.meta_analysis()
    assert isinstance(found, Shown)
    assert set(words(repr(found))) <= set(words(" ".join(Read(found._repr_html_()).text)))


def test_predictions_and_calibrations_too():
    fit = fitted("rat_tumors")
    simulated = pp.checks.calibration(
        pp.proportions, design={"trials": [20] * 5}, at={"mean": 0.2, "concentration": 20.0}, replications=20
    )
    for found in (fit.predict(trials=20), simulated):
        assert isinstance(found, Shown)
        assert set(words(repr(found))) <= set(words(" ".join(Read(found._repr_html_()).text)))


@pytest.fixture(scope="module")
def hostile():
    data = {"g": HOSTILE, "y": [1, 2, 3, 4, 5, 6, 7], "n": [10] * 7}
    return pp.proportions(data, successes="y", trials="n", group="g")


@pytest.mark.parametrize("result", RESULTS)
def test_hostile_names_stay_text(hostile, result):
    found = RESULTS[result](hostile)
    shown = Read(found._repr_html_())
    assert "\x1b" not in shown.shown
    assert "\u202e" not in shown.shown
    assert "mathjax_ignore" in shown.shown
    assert "\x1b" not in repr(found)


def test_all_hostile_names_of_a_table_can_be_read():
    shown = Read(Table({"<b>g</b>": np.array(HOSTILE, dtype=object), "mean": np.arange(7.0)})._repr_html_())
    text = "".join(shown.text)
    for name in ("<b>g</b>", "<script>alert(1)</script>", "$x^2$", "&amp;", r"\x1b[31mred\u202e", r"a\x0ab", "</td>"):
        assert name in text


def test_no_colour_is_set(hostile):
    """A notebook is light or dark: what has no colour of its own can be read on both."""
    shown = "".join(RESULTS[result](hostile)._repr_html_() for result in RESULTS)
    shown += pp.Prior()._repr_html_()
    assert set(re.findall(r"[\w-]*(?:color|background)[\w-]*: ?[^;\"]*", shown)) <= {
        "background: none",
        "color: inherit",
    }
    assert "currentColor" in shown


def test_of_very_many_groups_the_first_and_last_are_shown():
    size = 100_000
    columns = {"g": np.array([f"arm {i}" for i in range(size)], dtype=object), "p": np.linspace(0.0, 1.0, size)}
    tracemalloc.start()
    shown, text = Table(columns)._repr_html_(), Content("arms", (Tabled(columns),)).html()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6
    for source in (shown, text):
        assert len(source) < 10_000
        said = Read(source).text
        assert {"arm 0", "arm 9", "arm 99990", "arm 99999", "... 99980 more rows ..."} <= set(said)
        assert "arm 10" not in said


def test_probabilities_of_many_groups_are_a_few_lines(hostile):
    rng = np.random.default_rng(4)
    n = rng.integers(5, 50, 2000)
    fit = pp.proportions({"y": rng.binomial(n, 0.2), "n": n}, successes="y", trials="n")
    assert len(repr(fit.probability(above=0.2)).splitlines()) < 30


def test_text_and_html_of_the_same_content():
    columns = {"g": np.array(["a", "b"]), "x": np.array([0.5, np.nan])}
    content = Content("A title", (Terms({"mean": "0.5"}), Tabled(columns), "a remark"))
    assert content.text() == "A title\n  mean           0.5\n  g       x\n  a  0.5000\n  b       -\n  a remark"
    assert [part for part in Read(content.html()).text if part.strip()] == [
        *("A title", "mean", "0.5", "g", "x", "a", "0.5000", "b", "-", "a remark")
    ]


def test_an_empty_table():
    assert "".join(Read(html.table({})).text) == ""
    assert Read(html.table({"a": np.array([])})).text == ["a"]
