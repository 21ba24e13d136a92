"""The program behind the page: who may ask, what is refused, and that the numbers are those of the public functions."""

import gzip
import json
import shlex
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

import partialpool as pp
from explored import HOST, client, fitted, question
from partialpool import datasets
from partialpool.explore import server
from partialpool.explore.answers import answer, details, slow
from partialpool.explore.gate import HEADERS, POLICY
from partialpool.explore.layouts import LAYOUTS
from partialpool.explore.scales import SCALED
from partialpool.explore.server import SCRIPTS
from partialpool.explore.settings import NO_REQUEST, View, read
from report_fits import HOSTILE
from shell import partialpool

RATS = datasets.path("rat_tumors").read_bytes()

FLAT = b"school,effect,se\nA,28,15\nB,8,10\n"
"""Two estimates, with which the flat prior of the sd has no proper posterior."""


@pytest.fixture
def page():
    with client() as made:
        yield made


# --- who may ask -------------------------------------------------------------------------------------------------


def test_the_page_and_all_its_files_are_served_with_every_header(page):
    for name in ("", "style.css", "vega.js", "interpreter.js", "chart.json", *(f"{script}.js" for script in SCRIPTS)):
        reply = page.get(name)
        assert reply.status_code == 200, name
        for header, value in HEADERS:
            assert reply.headers[header.decode()] == value.decode()
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_no_address_in_the_page_leads_elsewhere(page):
    for name in ("", "style.css", *(f"{script}.js" for script in SCRIPTS)):
        assert "://" not in page.get(name).text, name
        assert "innerHTML" not in page.get(name).text


@pytest.mark.parametrize(
    "path", ["/", "/wrong/", "/{token}x/", "/{token}/none", "/wrong/start", "/open/wrong", "//", "/é/"]
)
def test_without_the_token_nothing_is_served(page, path):
    reply = page.request("GET", path.format(token=page.gate.token))
    assert reply.status_code == (404 if "none" in path else 403)
    assert "rats" not in reply.text
    assert reply.headers["content-security-policy"] == POLICY


def test_tokens_differ_and_are_long(page):
    with client() as other:
        assert other.gate.token != page.gate.token
    assert len(page.gate.token) >= 43


def test_the_address_for_the_browser_works_once(page):
    first = page.request("GET", page.gate.path_once)
    assert (first.status_code, first.headers["location"]) == (303, page.gate.path)
    path = page.gate.path_once
    assert page.request("GET", path).status_code == 403
    assert page.request("GET", "/open/").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8001", "evil.example:8000", ""])
def test_other_hosts_are_refused(page, host):
    assert page.get(host=host).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8001", f"https://{HOST}"])
def test_other_origins_are_refused(page, origin):
    assert page.post("start", "null", origin=origin).status_code == 403
    assert page.get(origin=origin).status_code == 403


def test_a_form_without_an_origin_is_refused(page):
    assert page.request("POST", page.gate.path + "start", content="null").status_code == 403
    assert page.post("start", "null").status_code == 200


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_file_is_read_and_its_columns_are_guessed(page):
    table = page.bring("rats.csv", RATS).json()
    assert (table["name"], table["rows"]) == ("rats.csv", 71)
    assert [each["name"] for each in table["columns"]] == ["group", "tumors", "rats"]
    assert table["first"][0] == ["1", "0", "20"]
    assert table["guesses"][0] == {
        "layout": "proportions",
        "columns": {"successes": "tumors", "trials": "rats"},
        "group": ["group"],
    }


def test_a_table_that_is_too_large_is_refused_while_it_comes():
    with client(limit=1000) as page:
        taken = []

        async def blocks():
            for _ in range(1000):
                taken.append(1)
                yield b"a,b\n" * 100

        for content in (RATS + b"1,2,3\n" * 200, blocks()):
            reply = page.bring("rats.csv", content)
            assert reply.status_code == 413
            assert reply.json()["refused"].startswith("The file has more than 0.001 MB.")
        assert len(taken) < 10
        assert _copies(page) == []
        assert page.page.session.table is None


def _copies(page):
    return [place for place in Path(page.page.folder.name).rglob("*") if place.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rats.xlsx", RATS, "'rats.xlsx' is not a kind of file that is read here."),
        ("rats.csv", b"PK\x03\x04....", "'rats.csv' is named like text, but holds a zip archive or a spreadsheet."),
        ("rats.csv", b"", "'rats.csv' is "),
        ("rats.csv", b"a,b\n1\n", "'rats.csv', line 2: 1 cell where the header has 2."),
        ("rats.parquet", b"PAR1 and nothing else", "rats.parquet"),
        ("", RATS, None),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(page, name, content, said):
    reply = page.bring(name, content)
    if said is None:
        assert reply.json()["rows"] == 71
        return
    refused = reply.json()["refused"]
    assert said in refused
    assert "Traceback" not in refused
    assert str(page.page.folder.name) not in refused
    assert _copies(page) == []


@pytest.mark.parametrize("kind", ["csv.gz", "parquet", "semicolons"])
def test_every_kind_of_file_is_read_as_elsewhere(page, tmp_path, kind):
    if kind == "csv.gz":
        content = gzip.compress(RATS)
    elif kind == "parquet":
        duckdb.sql(f"COPY (FROM '{datasets.path('rat_tumors')}') TO '{tmp_path / 'rats.parquet'}'")
        content = (tmp_path / "rats.parquet").read_bytes()
    else:
        content = RATS.replace(b",", b";").replace(b"rats\n", b"rats;hours\n")
        content = content.replace(b"0\n", b"0;1,5\n").replace(b"9\n", b"9;2,5\n")
        content = b"\n".join(line + b";3,25" * (line.count(b";") < 3) for line in content.split(b"\n")[:-1]) + b"\n"
    name = "rats.csv" if kind == "semicolons" else f"rats.{kind}"
    table = page.bring(name, content).json()
    asked = question(table, layout="proportions", columns={"successes": "tumors", "trials": "rats"}, group=["group"])
    if kind == "semicolons":
        assert table["columns"][-1] == {"name": "hours", "kind": "numbers"}
        asked |= {"layout": "rates", "columns": {"events": "tumors", "exposure": "hours"}}
    found = page.ask("fit", asked).json()["fit"]
    assert found["groups"]["total"] == 71
    assert found["code"]["shell"].split()[2] in (name, "\\")


def test_a_file_that_is_refused_leaves_the_table_before_it(page):
    table = page.dataset("surgical")
    page.bring("no.csv", b"\x00\x01")
    assert page.ask("fit", question(table)).status_code == 200


def test_a_new_table_takes_the_place_of_the_old_one_and_of_its_copy(page):
    first = page.bring("rats.csv", RATS).json()
    assert len(_copies(page)) == 1
    page.bring("schools.csv", FLAT)
    assert [place.name for place in _copies(page)] == ["schools.csv"]
    assert "Another table" in page.ask("fit", question(first)).json()["refused"]
    page.page.close()
    assert _copies(page) == []


def test_a_name_of_long_characters_fits_into_a_folder(page):
    assert page.bring("\U00020000" * 100 + ".csv", RATS).json()["rows"] == 71


def test_a_copy_that_cannot_be_written_is_refused_in_a_sentence(page, monkeypatch):
    monkeypatch.setattr(server, "safe_name", lambda name: "x" * 300)
    assert page.bring("rats.csv", RATS).json()["refused"].startswith("The file cannot be copied to ")
    assert list(Path(page.page.folder.name).iterdir()) == []


def test_hostile_names_stay_text(page):
    names = [name.replace("\0", "\1") for name in HOSTILE]  # no CSV file holds the character 0
    rows = "\n".join(f'"{name.replace(chr(34), chr(34) * 2)}",{y},20' for y, name in enumerate(names))
    name = "%3Cimg%20src=x%20onerror=alert(1)%3E*.csv"
    table = page.bring(name, f'"=cmd<b>",y,n\n{rows}\n'.encode()).json()
    assert table["name"] == "<img src=x onerror=alert(1)>*.csv"
    assert [place.name for place in _copies(page)] == ["_img src=x onerror=alert(1)__.csv"]
    found = page.ask("fit", question(table)).json()
    assert [row[0] for row in found["fit"]["groups"]["rows"]][:3] == HOSTILE[:3]
    assert "\u202e" not in json.dumps(found, ensure_ascii=False)
    for reply in (page.ask("fit", question(table)), page.ask("start")):
        assert reply.headers["content-type"] == "application/json"


def test_the_file_of_the_shell_is_open_at_first(tmp_path):
    with client(first=datasets.path("rat_tumors")) as page:
        assert page.ask("start").json()["table"]["rows"] == 71
    with client(first=tmp_path / "some.csv") as page:
        for _ in range(2):  # a page that is loaded again says it again
            start = page.ask("start").json()
            assert start["table"] is None
            assert "there is no file" in start["refused"]
        (tmp_path / "some.csv").write_bytes(RATS)
        assert page.ask("start").json()["table"]["rows"] == 71


# --- fits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in datasets.names() if name != "kidney_cancer"])
def test_the_numbers_are_those_of_the_public_functions(page, name):
    table = page.dataset(name)
    found = page.ask("fit", question(table)).json()["fit"]
    fit = fitted(table, datasets.load(name))
    groups = fit.group_columns()
    chart = found["chart"]
    order = np.argsort(-groups["raw"], kind="stable")
    for key in ("raw", "median", "lower", "upper"):
        assert chart[key] == groups[key][order].tolist()
    shown = found["groups"]
    assert shown["total"] == fit.data.size
    assert shown["names"] == list(groups)
    details = page.ask("details", question(table)).json()
    assert [row[0] for row in details["population"]["rows"]] == list(fit.population_columns()["parameter"])
    assert details["warnings"] == [f"{one[0].upper()}{one[1:].rstrip('.')}." for one in fit.warnings]


@pytest.mark.parametrize("family", list(SCALED))
def test_every_prior_that_is_offered_is_taken_at_both_ends_of_its_slider(page, family):
    name = next(name for name in datasets.names() if datasets.info(name).family == family)
    table = page.dataset(name)
    offered = page.ask("fit", question(table)).json()["priors"]
    assert [each["text"] for each in offered][: -len(SCALED[family])] == list(pp.priors.named(family))
    for each in offered:
        for number in [each["low"], each["start"], each["high"]] if "number" in each else [0.0]:
            prior = each["text"].replace("{}", f"{number:g}")
            found = page.ask("fit", question(table, prior=prior)).json()
            median = np.array(found["fit"]["chart"]["median"])
            fit = fitted(table, datasets.load(name), prior=prior)
            order = np.argsort(-fit.group_columns()["raw"], kind="stable")
            assert median.tolist() == fit.group_columns()["median"][order].tolist()


def test_a_level_changes_the_intervals_and_makes_no_new_fit(page):
    table = page.dataset("surgical")
    page.ask("fit", question(table))
    session = page.page.session
    (before,) = session._fits.values()
    found = page.ask("fit", question(table, level=0.5)).json()["fit"]
    assert list(session._fits.values())[-1].results is before.results
    groups = fitted(table, datasets.load("surgical"), level=0.5).group_columns()
    order = np.argsort(-groups["raw"], kind="stable")
    assert found["chart"]["lower"] == groups["lower"][order].tolist()
    assert found["level"] == "50%"


@pytest.mark.parametrize("pooling", ["none", "complete"])
def test_the_other_ways_to_pool_are_those_of_pooling(page, pooling):
    table = page.dataset("surgical")
    found = page.ask("fit", question(table, pooling=pooling)).json()["fit"]
    fit = fitted(table, datasets.load("surgical"))
    beside = fit.pooling().group_columns()
    rows = beside["model"] == pooling
    order = np.argsort(-fit.group_columns()["raw"], kind="stable")
    for key in ("median", "lower", "upper"):
        assert found["chart"][key] == beside[key][rows][order].tolist()
    assert "weight" not in found["groups"]["names"]


def test_an_improper_posterior_is_refused_and_the_priors_stay(page):
    table = page.bring("schools.csv", FLAT).json()
    for _ in range(2):
        refused = page.ask("fit", question(table, prior="flat")).json()
        assert refused["refused"].startswith('With the prior "flat" the posterior is improper')
    assert "flat" in [each["text"] for each in refused["priors"]]
    assert "fit" in page.ask("fit", question(table)).json()


HALVES = "plant,passed,failed\nA,50,3\nB,60,4\nC,40,9\n"
ARMS = "study,events_treated,n_treated,events_control,n_control\nA,3,50,6,52\nB,4,60,9,61\nC,2,40,3,39\n"
UNNAMED = "Werk;Ausschuss;Stunden\nI;3;200,5\nII;4;110,5\nIII;0;120,5\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [(HALVES, "The trials are both together"), (ARMS, "two arms"), (UNNAMED, "no more than a guess")],
)
def test_a_table_that_is_easily_misread_comes_with_advice(page, text, said):
    assert said in page.bring("table.csv", text.encode()).json()["advice"]


def test_a_table_that_is_clear_and_a_data_set_come_without_advice(page):
    assert page.bring("rats.csv", RATS).json()["advice"] == ""
    assert page.dataset("beta_blockers")["advice"] == ""


def test_successes_and_failures_are_not_fitted_as_successes_and_trials(page):
    table = page.bring("plants.csv", HALVES.encode()).json()
    assert page.ask("fit", question(table)).json()["refused"] == "Choose the column of trials."


def test_commas_are_decimal_commas_when_the_box_is_ticked(page, tmp_path):
    text = "city;cases;hours\na;3;4,823\nb;4;5,121\nc;9;6,250\n"
    table = page.bring("cities.csv", text.encode()).json()
    assert table["commas"]
    assert not page.bring("rats.csv", RATS).json()["commas"]
    table = page.bring("cities.csv", text.encode()).json()
    refused = page.ask("fit", question(table)).json()["refused"]
    assert refused.startswith("Column 'hours'")
    assert "tick the box of decimal commas" in refused
    found = page.ask("fit", question(table, commas=True)).json()["fit"]
    assert "decimal=','" in found["code"]["python"]
    assert "--decimal ," in found["code"]["shell"]
    (tmp_path / "cities.csv").write_text(text)
    ours = fitted(table, tmp_path / "cities.csv", decimal=",").group_columns()["median"]
    assert sorted(found["chart"]["median"]) == pytest.approx(sorted(ours))


def test_a_row_of_sums_is_warned_of_in_words_of_the_page(page):
    table = page.bring("sums.csv", b"clinic,patients,deaths\nA,50,3\nB,60,4\nC,40,9\nTotal,150,16\n").json()
    (warning,) = page.ask("details", question(table)).json()["warnings"]
    assert warning.endswith("if it is their total and not a group of its own, delete it from the file.")


def test_a_header_without_rows_is_refused(page):
    assert "has a header and no rows" in page.bring("head.csv", b"clinic,patients,deaths\n").json()["refused"]


@pytest.mark.parametrize("prior", ["no such prior", "sd ~ HalfNormal(-1)", "__import__('os')", "sd ~ " + "x" * 600, ""])
def test_priors_that_are_none_are_refused_in_a_sentence(page, prior):
    reply = page.ask("fit", question(page.dataset("eight_schools"), prior=prior))
    assert reply.status_code == 200
    assert reply.json()["refused"]


def test_empty_cells_are_refused_until_the_box_is_ticked(page):
    table = page.bring("rats.csv", RATS.replace(b"\n5,0,20", b"\n5,,20")).json()
    refused = page.ask("fit", question(table)).json()["refused"]
    assert "tick the box that leaves such rows out" in refused
    found = page.ask("fit", question(table, drop=True)).json()["fit"]
    assert found["groups"]["total"] == 70
    assert "missing='drop'" in found["code"]["python"]
    assert "--missing drop" in found["code"]["shell"]


@pytest.mark.parametrize(
    "changes",
    [
        {"layout": "none"},
        {"level": "x"},
        {"level": 1.5},
        {"level": 1e999},
        {"group": ["no such column"]},
        {"group": "tumors"},
        {"columns": {}},
        {"columns": []},
        {"columns": "tumors"},
        {"columns": {"successes": "group", "trials": "group"}},
        {"columns": {"successes": ["tumors"], "trials": "rats"}},
        {"pooling": "all"},
        {"start": 1e999},
        {"table": "one"},
        {"prior": None},
    ],
)
def test_requests_that_are_none_are_refused(page, changes):
    reply = page.ask("fit", {**question(page.dataset("rat_tumors")), **changes})
    assert reply.json()["refused"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 5000, b'"' + b"x" * 10_000 + b'"'])
@pytest.mark.parametrize("name", ["fit", "details", "findings", "report", "dataset"])
def test_a_body_that_is_no_request_is_refused(page, name, body):
    assert list(page.post(name, body).json()) == ["refused"]


def test_a_request_of_no_end_is_refused(page):
    reply = page.post("fit", b" " * 100_000)
    assert (reply.status_code, reply.json()["refused"]) == (413, NO_REQUEST)


def test_a_bug_is_told_without_a_traceback():
    with client() as page:
        page.page.session.open_dataset = lambda name: 1 / 0
        reply = page.ask("dataset", "rat_tumors")
        assert (reply.status_code, reply.json()["refused"][:33]) == (500, "Sorry, this is a bug of ours (Zer")
        assert [type(bug) for bug in page.bugs] == [ZeroDivisionError]
        page.bugs.clear()


# --- what is in view ---------------------------------------------------------------------------------------------


def test_the_table_is_searched_sorted_and_turned(page):
    table = page.dataset("rat_tumors")

    def rows(**changes):
        found = page.ask("fit", question(table, **changes)).json()["fit"]["groups"]
        return [row[0] for row in found["rows"]], found

    assert rows()[0] == [str(i) for i in range(1, 51)]
    assert rows(start=50)[0] == [str(i) for i in range(51, 72)]
    assert rows(start=10**9)[1]["start"] == 50
    assert rows(find="7")[0] == ["7", "17", "27", "37", "47", "57", "67", "70", "71"]
    assert rows(find="none")[0] == []
    assert rows(sort="raw", down=True)[0][0] == "70"
    assert rows(sort="raw", down=True, find="1")[0][0] == "71"
    assert rows(sort="no such column")[1]["sort"] == -1


def test_ten_thousand_groups_are_drawn_in_part_and_all_in_the_table(page):
    rng = np.random.default_rng(1)
    n = rng.integers(20, 200, 10_000)
    y = rng.binomial(n, 0.2)
    lines = "\n".join(f"shop {i},{a},{b}" for i, (a, b) in enumerate(zip(y, n, strict=True)))
    table = page.bring("shops.csv", f"shop,returned,orders\n{lines}\n".encode()).json()
    reply = page.ask("fit", question(table, find="shop 77"))
    assert len(reply.content) < 100_000
    found = reply.json()["fit"]
    assert len(found["chart"]["names"]) == 300
    assert found["chart"]["said"].startswith("Of 10,000 groups 300 are drawn")
    assert len(found["chart"]["marked"]) == 40
    assert {"shop 77", "shop 770"} <= {found["chart"]["names"][i] for i in found["chart"]["marked"]}
    assert (found["groups"]["found"], found["groups"]["total"]) == (111, 10_000)


# --- what is kept ------------------------------------------------------------------------------------------------


def test_the_report_is_that_of_the_same_call(page, tmp_path):
    (tmp_path / "rats.csv").write_bytes(RATS)
    table = page.bring("rats.csv", RATS).json()
    page.ask("fit", question(table))
    reply = page.ask("report", question(table, prior="bda", level=0.9))
    fit = fitted(table, tmp_path / "rats.csv", prior="bda", level=0.9)
    fit.report(tmp_path / "rats.html")
    assert reply.content == (tmp_path / "rats.html").read_bytes()
    assert reply.headers["content-disposition"].startswith("attachment")


def test_all_findings_are_those_of_the_report(page):
    from partialpool.report.answers import Answers
    from partialpool.report.findings import findings

    table = page.dataset("surgical")
    found = page.ask("findings", question(table)).json()["findings"]
    assert found == findings(Answers(fitted(table, datasets.load("surgical"))))
    assert set(page.ask("details", question(table)).json()["findings"]) < set(found)


def test_findings_are_given_up_if_something_else_is_waited_for(page):
    assert slow(fitted(page.dataset("surgical"), datasets.load("surgical")), lambda: True) == {"findings": None}


def test_findings_that_are_given_up_go_on_where_they_stopped(page):
    """Else two pages, each of which makes the other one give up, would never have all."""
    table = page.dataset("surgical")
    settings, _ = read(json.dumps(question(table)))
    page.ask("findings", question(table))
    check = page.page.session.fit(settings).check()
    page.ask("fit", question(table, level=0.9))
    page.ask("findings", question(table))
    assert page.page.session.fit(settings).check() is check


@pytest.mark.parametrize("name", ["surgical", "pump_failures", "eight_schools", "coagulation"])
def test_two_threads_may_ask_the_same_fit(page, name):
    table = page.dataset(name)
    ask = (
        details,
        lambda fit: slow(fit, lambda: False),
        lambda fit: answer(replace(fit, level=0.8), View()),
        lambda fit: answer(fit, View(pooling="none")),
    )
    alone = [one(fitted(table, datasets.load(name))) for one in ask]
    for _ in range(3):
        fit = fitted(table, datasets.load(name))
        with ThreadPoolExecutor(4) as threads:
            assert [each.result() for each in [threads.submit(one, fit) for one in ask]] == alone


def test_the_groups_of_the_columns_before_are_forgotten(page):
    table = page.dataset("rat_tumors")
    for group in (["group"], []):
        page.ask("fit", question(table, group=group))
    assert [columns.group for columns in page.page.session._groups] == [()]


@pytest.mark.parametrize("name", ["rat_tumors", "horse_kicks", "bcg_vaccine", "coagulation"])
@pytest.mark.parametrize("pooling", ["partial", "none"])
def test_the_python_call_and_the_command_make_the_same_fit(page, tmp_path, name, pooling):
    info = datasets.info(name)
    prior = "bda" if info.family == "proportions" else "uniform-shrinkage"
    table = page.dataset(name)
    found = page.ask("fit", question(table, prior=prior, level=0.8, pooling=pooling)).json()["fit"]
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(found["code"]["python"], names)
    fit = names["fit"]
    groups = fit.group_columns() if pooling == "partial" else fit.pooling().group_columns()
    rows = slice(None) if pooling == "partial" else groups["model"] == "none"
    order = np.argsort(-fit.group_columns()["raw"], kind="stable")
    assert found["chart"]["lower"] == np.asarray(groups["lower"][rows][order], dtype=float).tolist()

    words = shlex.split(found["code"]["shell"].replace("\\\n", " "))
    assert words[0] == "partialpool"
    done = partialpool(*words[1:], "--out", tmp_path / "groups.csv", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "groups.csv").exists()


def test_the_command_names_columns_that_look_like_options(page, tmp_path, monkeypatch):
    rows = "lab,-y,--n\na b,1,10\nc,2,12\nd,4,13\n"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-lab's.csv").write_text(rows)
    asked = question(page.bring("-lab's.csv", rows).json(), columns={"successes": "-y", "trials": "--n"}, group=["lab"])
    words = shlex.split(page.ask("fit", {**asked, "layout": "proportions"}).json()["fit"]["code"]["shell"])
    done = partialpool(*words[1:], "--json")
    assert done.returncode == 0, done.stderr
    assert [row["-y"] for row in json.loads(done.stdout)["groups"]] == [1, 2, 4]


def test_every_layout_can_be_asked_for(page):
    for name, layout in LAYOUTS.items():
        lines = [",".join(layout.roles) + ",lab"]
        for i in range(12):
            cells = {"successes": i % 2, "trials": 5, "sd": 1 + i % 3, "n": 4, "se": 1.5, "variance": 2}
            lines.append(
                ",".join(str(cells.get(role, i * (7 - i % 3) % 5 + 1)) for role in layout.roles) + f",{i // 3}"
            )
        table = page.bring("lab.csv", "\n".join(lines).encode()).json()
        group = [] if name in ("estimates", "variances", "means") else ["lab"]
        asked = question(table, layout=name, columns={role: role for role in layout.roles}, group=group)
        assert "fit" in page.ask("fit", asked).json(), name
