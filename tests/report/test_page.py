"""The text of a report: its sections for every kind of fit, its escaping, its numbers and its policy."""

import ast
import base64
import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import partialpool as pp
from partialpool.errors import OutputError, RequestError
from partialpool.io.output.terminal import formatted
from partialpool.plots import style
from partialpool.report import page
from partialpool.report.answers import Answers
from partialpool.report.findings import findings
from partialpool.report.policy import asset
from partialpool.report.sections import verdict
from report_fits import HOSTILE, KINDS, few, fitted, hostile, many, quietly, rats, trials

SECTIONS = [
    "what",
    "findings",
    "groups",
    "population",
    "poolings",
    "ranks",
    "checks",
    "sensitivity",
    "accuracy",
    "warnings",
    "reproduce",
    "methods",
]
VENDOR = Path(pp.__file__).parent / "report" / "vendor"


class Outline(HTMLParser):
    """The tags of a page with their attributes, and the contents of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.blocks, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self.blocks.append([tag, dict(attributes), ""])
        if tag not in ("meta", "link", "input", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.blocks[-1][2] += data

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def data_of(text):
    block = next(content for _, known, content in Outline(text).blocks if known.get("id") == "page-data")
    return json.loads(block)


def prose(text):
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style).*?</\1>", "", text)))


def call_of(text):
    return unescape(re.search(r"(?s)<pre[^>]*><code>(.*?)</code>", text)[1])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fit_has_a_whole_report(kind):
    fit = quietly(KINDS[kind])
    text = page(fit)
    outline = Outline(text)
    assert outline.open == []
    assert [known["id"] for known in outline.of("section")] == SECTIONS
    ids = [known["id"] for _, known in outline.tags if "id" in known]
    assert len(ids) == len(set(ids))
    assert not [known for _, known in outline.tags if "style" in known or any(name.startswith("on") for name in known)]
    said = prose(text)
    assert not re.search(r"\b(nan|None|Traceback)\b", said)
    ast.parse(call_of(text))
    assert len(data_of(text)["names"]) == fit.data.size


def test_the_policy_names_every_script_and_nothing_else():
    text = page(rats())
    outline = Outline(text)
    policy = next(known["content"] for known in outline.of("meta") if known.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    for tag, known, content in outline.blocks:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert (f"'sha256-{digest}'" in policy) == (known.get("type") != "application/json"), tag
    links = [known.get("href", known.get("src")) for _, known in outline.tags if {"href", "src"} & set(known)]
    assert all(link.startswith(("#", "data:")) for link in links)


def test_hostile_names_stay_text():
    text = page(hostile(), title="<script>document.title='run'</script>")
    outline = Outline(text)
    assert len(outline.of("script")) == 6
    assert outline.of("img") == []
    assert outline.of("b") == []
    assert "<script>document.title='run'</script>" in prose(text)
    data = data_of(text)
    assert data["columns"][0]["values"] == HOSTILE
    assert data["columns"][0]["texts"][3] == r"\u202egnihtyreve\x00\x0a\x0asecond line"
    assert max(map(len, data["names"])) <= 60


def test_half_of_a_character_is_spelt_out():
    fit = pp.proportions({"g": ["\ud800", "b"], "y": [1, 2], "n": [4, 5]}, successes="y", trials="n", group="g")
    assert r"\ud800" in prose(page(fit).encode("utf-8").decode("utf-8"))


def test_numbers_have_the_digits_of_printed_tables():
    fit = rats()
    columns = {each["name"]: each for each in data_of(page(fit))["columns"]}
    for name, column in fit.group_columns().items():
        assert columns[name]["values"] == column.tolist()
        texts = formatted(column, alike=True)[0]
        assert columns[name].get("texts", list(map(str, column.tolist()))) == texts
    said = prose(page(fit))
    for number in ("0.1435", "0.1192", "0.1708", "16.68", "0.02140"):
        assert number in said


def test_whole_numbers_beyond_those_of_a_browser_are_text():
    fit = pp.proportions({"g": [2**53 + 1, 7], "y": [1, 2], "n": [4, 5]}, successes="y", trials="n", group="g")
    assert data_of(page(fit))["columns"][0]["values"] == [str(2**53 + 1), 7]


def test_a_group_that_stands_out_is_named_with_its_numbers():
    data = {"laboratory": [45, 46, 47, 48], "y": [3, 60, 4, 2], "n": [100] * 4}
    said = findings(Answers(pp.proportions(data, successes="y", trials="n", group="laboratory")))
    out = [sentence for sentence in said if "stands out" in sentence]
    assert len(out) == 1
    assert out[0].startswith("Laboratory 46 stands out: its proportion is 0.5")
    assert "with probability more than 0.99 it is the highest of 4." in out[0]
    assert any(sentence.startswith("The groups differ:") for sentence in said)


def test_groups_that_are_alike_are_not_said_to_differ():
    fit = pp.proportions({"y": [50] * 12, "n": [100] * 12}, successes="y", trials="n")
    said = " ".join(findings(Answers(fit)))
    assert "The groups differ" not in said
    assert "stands out" not in said
    assert "the likeliest are group 1 and 11 groups that are as likely, with probability 0.08 each" in said


def test_odds_ratios_are_shown_beside_their_logarithms():
    fit = trials()
    columns = {each["name"]: each["values"] for each in data_of(page(fit))["columns"]}
    np.testing.assert_allclose(columns["odds ratio"], np.exp(columns["median"]), rtol=1e-15)
    np.testing.assert_allclose(columns["odds ratio lower"], np.exp(columns["lower"]), rtol=1e-15)
    assert "odds ratio" not in [each["name"] for each in data_of(page(fit, transform=None))["columns"]]
    assert "exp of effect" in [
        each["name"] for each in data_of(page(fitted("eight_schools"), transform="exp"))["columns"]
    ]


@pytest.mark.parametrize(
    "kind", ["proportions", "odds ratios", "without moments", "given", "given sd", "a prior of its own"]
)
def test_the_stated_call_makes_the_same_fit(kind):
    fit = KINDS[kind]()
    name = {"proportions": "rat_tumors", "given": "rat_tumors", "odds ratios": "bcg_vaccine"}.get(kind, "eight_schools")
    names = {"data": pp.datasets.load(name)}
    exec(call_of(page(fit)), names)
    for column, values in fit.group_columns().items():
        np.testing.assert_array_equal(names["fit"].group_columns()[column], values)


def test_a_file_is_named_in_the_call(tmp_path):
    (tmp_path / "rats.csv").write_text("lab,y,n\na,1,10\nb,2,11\n")
    fit = pp.proportions(tmp_path / "rats.csv", successes="y", trials="n", group="lab")
    assert "pp.proportions('rats.csv', successes='y', trials='n', group='lab')" in call_of(page(fit))


def test_of_many_groups_what_takes_long_is_left_out_and_said(tmp_path):
    fit = many(12_000)
    fit.report(tmp_path / "many.html")
    text = (tmp_path / "many.html").read_text()
    data, said = data_of(text), prose(text)
    assert len(text) < 6e6
    assert (len(data["names"]), data["total"]) == (10_000, 12_000)
    assert "Of 12,000 groups 10,000 are shown" in said
    assert "fit.ranking() has it" in said
    medians = fit.group_columns()["median"]
    shown = next(each["values"] for each in data["columns"] if each["name"] == "median")
    assert (min(shown), max(shown)) == (medians.min(), medians.max())


def test_warnings_are_said_before_the_findings():
    text = prose(page(few("proportions", 2)))
    assert text.index("There is 1 warning below") < text.index("On average over the population")
    assert "Only 2 groups with data: the prior dominates" in text


def test_a_residual_is_unusual_only_if_it_is_large():
    assert [verdict(p, "largest residual") for p in (0.001, 0.01, 0.999)] == ["extreme", "unusual", "fits"]
    assert [verdict(p, "sd") for p in (0.001, 0.5, 0.99, 0.999)] == ["extreme", "fits", "unusual", "extreme"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rat_tumors", "The prior matters a little: under none of these does a group's mean move by more than 0.14 of"),
        ("dyed_cloth", "The prior matters much: under exponential-shape the mean of one group moves by 1.6 of its sd."),
    ],
)
def test_how_much_the_prior_matters_is_said_with_the_largest_move(name, said):
    about = pp.datasets.info(name)
    fit = getattr(pp, about.family)(pp.datasets.load(name), **about.arguments)
    text = prose(page(fit))
    assert said in text
    table = fit.sensitivity().columns()
    for prior, words, median in zip(table["prior"], table["stated"], table["median"], strict=True):
        assert f"{prior}: {words}" in text
        if prior != "uniform-shrinkage":
            again = getattr(pp, about.family)(pp.datasets.load(name), **about.arguments, prior=words)
            assert median in again.population_columns()["median"]
    assert ".." not in text.replace("...", "")
    assert f"The {about.family[:-1]} of a new group from the same population is about" in text


def test_a_report_is_written_whole_or_not_at_all(tmp_path):
    fit = few("proportions", 3)
    fit.report(tmp_path / "first.htm", title="Mine & yours")
    assert "<title>Mine &amp; yours</title>" in (tmp_path / "first.htm").read_text()
    fit.report(tmp_path / "second.html", title="Mine & yours")
    assert (tmp_path / "first.htm").read_bytes() == (tmp_path / "second.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.htm", "second.html"]
    for path, message in (("report.txt", ".html, .htm"), ("no/report.html", "there is no folder")):
        with pytest.raises(OutputError, match=message):
            fit.report(tmp_path / path)


def test_the_data_are_never_overwritten(tmp_path):
    path = tmp_path / "rats.html"
    path.write_text("y,n\n1,10\n2,11\n")
    (tmp_path / "rats.csv").symlink_to(path)
    fit = pp.proportions(tmp_path / "rats.csv", successes="y", trials="n")
    with pytest.raises(OutputError, match="data come from"):
        fit.report(path)


def test_impossible_requests_are_refused(tmp_path):
    with pytest.raises(RequestError, match="title takes a text"):
        page(rats(), title=3)
    with pytest.raises(RequestError, match="transform is for estimates"):
        rats().report(tmp_path / "rats.html", transform="exp")
    assert list(tmp_path.iterdir()) == []


def test_the_colours_are_those_of_the_pictures():
    light = asset("assets", "report.css").split("}")[0]
    for name in ("INK", "GROUP", "FAINT", "POPULATION"):
        assert f"--{name.lower()}: {getattr(style, name)};" in light


def test_the_code_of_others_is_what_its_page_says():
    said = (VENDOR / "README.md").read_text()
    for name in ("vega.min.js", "vega-interpreter.js"):
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() in said
