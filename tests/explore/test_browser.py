"""The page in a real browser, headless Chromium: what a newcomer does, and what the page must never do."""

import json
import time

import numpy as np
import pytest

import partialpool as pp
from explored_process import served
from on_chromium import browser, lacking, requested
from partialpool import datasets

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())

WAIT = 20.0  # seconds
RATS = datasets.path("rat_tumors").read_text()
DROP = """
  const [name, text] = arguments;
  const held = new DataTransfer();
  held.items.add(new File([text], name));
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true }));
"""
SET = """
  const [id, value, kind] = arguments;
  const control = document.getElementById(id);
  control.value = value;
  control.dispatchEvent(new Event(kind, { bubbles: true }));
"""
DRAWN = "const done = arguments[0]; import(new URL('chart.js', location.href)).then((chart) => done(chart.drawn()))"

CHART = "const done = arguments[0]; fetch('chart.json').then((reply) => reply.text()).then(done)"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def page(chromium):
    """The browser at a new page, whose console stays empty and which asks no other server for anything."""
    requested(chromium)
    with served("--limit", "1") as address:
        chromium.get(address)
        until(chromium, "return 'ready' in document.documentElement.dataset")
        yield chromium
        assert chromium.get_log("browser") == []
        own = (address, "data:", "blob:")
        others = [url for url in requested(chromium) if not url.startswith(own) and not url.startswith("chrome")]
        assert others == []
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        chromium.get("about:blank")


def until(driver, script, *values):
    end = time.monotonic() + WAIT
    while not (found := driver.execute_script(script, *values)):
        assert time.monotonic() < end, script
        time.sleep(0.02)
    return found


def rested(driver, **settings):
    """Wait until the fit with these settings is shown with all its findings."""
    script = """
      const rested = JSON.parse(document.documentElement.dataset.rested ?? "{}");
      const same = ([name, value]) => JSON.stringify(rested[name]) === JSON.stringify(value);
      return Object.entries(arguments[0]).every(same);
    """
    until(driver, "return 'rested' in document.documentElement.dataset")
    until(driver, script, settings)


def drop(driver, text=RATS, name="rats.csv"):
    driver.execute_script("delete document.documentElement.dataset.rested")
    driver.execute_script(DROP, name, text)


def put(driver, name, value, kind="change"):
    driver.execute_script(SET, name, value, kind)


def drawn(driver):
    return {each["name"]: each for each in driver.execute_async_script(DRAWN)}


def text(driver, name):
    return driver.execute_script("return document.getElementById(arguments[0]).textContent", name)


def rows(driver, name):
    script = """return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].map(
      (row) => [...row.cells].map((cell) => cell.textContent))"""
    return driver.execute_script(script, name)


def fitted(tmp_path, **options):
    (tmp_path / "rats.csv").write_text(RATS)
    return pp.proportions(tmp_path / "rats.csv", successes="tumors", trials="rats", group="group", **options)


def same(found, fit):
    """Whether what is drawn are the numbers of a fit."""
    groups = fit.group_columns()
    for place, label in enumerate(groups["group"]):
        each = found[f"group {label}"]
        assert [each[key] for key in ("raw", "median", "lower", "upper")] == [
            groups[key][place] for key in ("raw", "median", "lower", "upper")
        ]


def test_a_dropped_file_is_fitted_and_the_prior_and_the_level_move_it(page, tmp_path):
    drop(page)
    rested(page, prior="uniform-shrinkage")
    assert text(page, "title") == "Proportions of 71 groups: tumors / rats"
    same(drawn(page), fitted(tmp_path))
    before = drawn(page)

    put(page, "prior", "bda")
    rested(page, prior="bda")
    same(drawn(page), fitted(tmp_path, prior="bda"))
    assert drawn(page)["group 70"]["median"] != before["group 70"]["median"]

    scaled = 'concentration ~ HalfCauchy({}, on="sd")'
    put(page, "prior", scaled)
    put(page, "scale", "30", "input")
    number = text(page, "scale-said")
    rested(page, prior=scaled.replace("{}", number))
    same(drawn(page), fitted(tmp_path, prior=scaled.replace("{}", number)))

    put(page, "level", "60", "input")
    rested(page, level=0.6)
    same(drawn(page), fitted(tmp_path, prior=scaled.replace("{}", number), level=0.6))
    assert "60% interval" in text(page, "chart-said")


def test_the_tables_hold_the_numbers_of_the_fit(page, tmp_path):
    drop(page)
    rested(page)
    fit = fitted(tmp_path)
    groups = fit.group_columns()
    shown = rows(page, "groups")
    assert len(shown) == 50
    for place, row in enumerate(shown):
        assert float(row[0]) == groups["group"][place]
        assert float(row[5]) == pytest.approx(groups["sd"][place], abs=6e-5)
        assert float(row[6]) == pytest.approx(groups["median"][place], abs=6e-5)
    assert [row[0] for row in rows(page, "population")] == list(fit.population_columns()["parameter"])
    assert page.execute_script("return document.querySelectorAll('#findings li').length") == 6


def test_moves_that_come_fast_end_at_the_newest(page, tmp_path):
    drop(page)
    rested(page)
    before = int(page.execute_script("return document.documentElement.dataset.answers"))
    for level in range(51, 99):
        put(page, "level", str(level), "input")
    rested(page, level=0.98)
    same(drawn(page), fitted(tmp_path, level=0.98))
    assert int(page.execute_script("return document.documentElement.dataset.answers")) - before < 48


def test_other_columns_are_chosen(page):
    drop(page, "store,sold,returned,hours\n" + "".join(f"s{i},{20 + i},{i % 5},{8 + i}\n" for i in range(9)))
    rested(page)
    assert page.execute_script("return document.getElementById('role-successes').value") == "returned"
    put(page, "layout", "rates")
    put(page, "role-events", "returned")
    put(page, "role-exposure", "hours")
    until(page, "return document.getElementById('title').textContent === 'Rates of 9 groups: returned / hours'")
    rested(page, layout="rates", columns={"events": "returned", "exposure": "hours"})
    put(page, "role-events", "")
    until(page, "return document.getElementById('refused').textContent === 'Choose the column of events.'")


def test_a_refusal_is_a_sentence_in_its_place_and_the_controls_stay_alive(page):
    drop(page, "school,effect,se\nA,28,15\nB,8,10\n", "schools.csv")
    rested(page, prior="uniform-shrinkage")
    put(page, "prior", "flat")
    until(page, "return document.getElementById('refused').textContent.includes('improper')")
    assert page.execute_script("return document.getElementById('save').disabled")
    put(page, "prior", "uniform-shrinkage")
    until(page, "return document.getElementById('refused').hidden")
    put(page, "prior", "in words")
    put(page, "words", "sd ~ HalfNormal(5)")
    rested(page, prior="sd ~ HalfNormal(5)")


def test_what_is_no_table_is_refused_and_said(page):
    drop(page, "a,b\n1\n")
    until(page, "return document.getElementById('told').textContent.startsWith(\"'rats.csv', line 2\")")
    drop(page, "x" * 1_000_001)
    until(page, "return document.getElementById('told').textContent.startsWith('The file has more than 1 MB')")


def test_a_folder_is_refused_and_said(page):
    page.execute_script("Blob.prototype.slice = () => ({ arrayBuffer: () => Promise.reject(new Error()) })")
    drop(page, name="folder")
    until(page, "return document.getElementById('told').textContent.startsWith('The browser cannot read folder')")


def test_it_says_so_if_findings_do_not_come(page):
    page.execute_script("""
      const real = window.fetch;
      window.fetch = (name, options) => (name === "findings" ? Promise.reject(new Error()) : real(name, options));
    """)
    drop(page)
    until(page, "return document.getElementById('now').textContent.startsWith('The program does not answer')")


def test_two_pages_share_the_table(page):
    drop(page)
    rested(page)
    first = page.current_window_handle
    address = page.current_url
    page.switch_to.new_window("tab")
    page.get(address)
    rested(page, table=1)
    page.execute_script("document.getElementById('rats').click()")
    rested(page, table=2)
    page.close()
    page.switch_to.window(first)
    put(page, "level", "60", "input")
    until(page, "return document.getElementById('refused').textContent.startsWith('Another table')")
    page.refresh()
    rested(page, table=2)


def test_it_says_so_while_the_program_is_at_work(chromium, tmp_path):
    lines = "".join(f"shop {i},{i % 19},{20 + i % 50}\n" for i in range(300_000))
    (tmp_path / "shops.csv").write_text(f"shop,returned,orders\n{lines}")
    with served(tmp_path / "shops.csv") as address:
        chromium.get(address)
        until(chromium, "return document.getElementById('told').textContent.startsWith('Waiting for the program')")
    chromium.get("about:blank")
    chromium.get_log("browser")
    requested(chromium)


def test_a_new_table_that_is_refused_shows_nothing_of_the_one_before(page):
    drop(page)
    rested(page)
    drop(page, "plant,passed,failed\nA,50,3\nB,60,4\nC,40,9\n", "plants.csv")
    until(page, "return document.getElementById('refused').textContent === 'Choose the column of trials.'")
    assert text(page, "title") == "plants.csv"
    assert text(page, "advice").startswith("'passed' and 'failed' look like successes and failures.")
    assert not page.execute_script("return document.getElementById('chart').checkVisibility()")
    drop(page, "x", "book.xlsx")
    until(page, "return document.getElementById('told').textContent.endsWith('plants.csv stays open.')")
    assert page.execute_script("return document.getElementById('told').classList.contains('caution')")
    drop(page)
    rested(page)
    assert page.execute_script("return document.getElementById('advice').hidden")
    assert not page.execute_script("return document.getElementById('told').classList.contains('caution')")


def test_after_a_refusal_nothing_says_that_the_fit_is_an_older_one(page):
    drop(page, "school,effect,se\nA,28,15\nB,8,10\n", "schools.csv")
    rested(page)
    put(page, "prior", "flat")
    until(page, "return document.getElementById('now').textContent.startsWith('What is shown is the fit before')")
    put(page, "prior", "uniform-shrinkage")
    until(page, "return document.getElementById('refused').hidden")
    until(page, "return !document.getElementById('now').textContent.startsWith('What is shown')")


def test_thousands_of_groups_come_to_rest(page):
    lines = "".join(f"shop {i},{i % 19},{20 + i % 180}\n" for i in range(5_000))
    drop(page, f"shop,returned,orders\n{lines}")
    rested(page)
    last = "return document.querySelector('#findings li:last-child').textContent"
    assert page.execute_script(last).startswith("Which groups stand out among more than 500")


def test_a_file_is_chosen_by_the_keyboard_and_the_shipped_rats_by_a_button(page, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    (tmp_path / "rats.csv").write_text(RATS)
    page.find_element(By.ID, "file").send_keys(str(tmp_path / "rats.csv"))
    rested(page, table=1)
    page.find_element(By.ID, "rats").send_keys(Keys.ENTER)
    rested(page, table=2)
    page.find_element(By.ID, "level").send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    rested(page, level=0.93)
    page.find_element(By.ID, "chart").send_keys(Keys.HOME)
    assert text(page, "now").startswith("group 70: raw 0.375, median ")
    page.find_element(By.ID, "chart").send_keys(Keys.ARROW_DOWN)
    assert text(page, "now").startswith("group 68:")
    assert page.switch_to.active_element.get_attribute("id") == "chart"


def test_a_search_marks_and_a_heading_sorts(page):
    drop(page)
    rested(page)
    put(page, "find", "7", "input")
    rested(page, find="7")
    assert [row[0] for row in rows(page, "groups")] == ["7", "17", "27", "37", "47", "57", "67", "70", "71"]
    assert text(page, "page") == "1 to 9 of 9 found of 71"
    page.execute_script("document.querySelector('#groups thead button[data-column=median]').click()")
    rested(page, sort="median", down=True)
    assert rows(page, "groups")[0][0] == "70"
    assert (
        page.execute_script("return document.querySelector('#groups th[aria-sort=descending]').textContent") == "median"
    )
    put(page, "find", "", "input")
    rested(page, find="")
    page.execute_script("document.getElementById('next').click()")
    rested(page, start=50)
    assert len(rows(page, "groups")) == 21


def test_the_report_is_saved(page, tmp_path):
    drop(page)
    rested(page)
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.execute_script("document.getElementById('save').click()")
    end = time.monotonic() + WAIT
    while not (tmp_path / "report.html").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    fitted(tmp_path).report(tmp_path / "ours.html")
    assert (tmp_path / "report.html").read_bytes() == (tmp_path / "ours.html").read_bytes()
    assert text(page, "saved") == "The report is saved as report.html."


def test_the_call_is_copied(page):
    drop(page)
    rested(page)
    grant = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    page.execute_cdp_cmd("Browser.grantPermissions", grant)
    page.execute_script("document.querySelector('[data-copy=shell]').click()")
    until(page, "return document.getElementById('copied').textContent !== ''")
    said = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert said == "partialpool proportions rats.csv --successes tumors --trials rats --group group"


def test_hostile_names_make_no_element(page):
    drop(page, 'lab,<b>y</b>,n\n"<img src=x onerror=""document.title=1"">",1,20\n<script>,2,30\nb,4,25\n', "<i>x.csv")
    until(page, "return !document.getElementById('columns').hidden")
    put(page, "layout", "proportions")
    put(page, "role-successes", "<b>y</b>")
    put(page, "role-trials", "n")
    put(page, "group", "lab")
    rested(page, group=["lab"], columns={"successes": "<b>y</b>", "trials": "n"})
    assert page.execute_script("return document.querySelectorAll('main img, main b, main i, main script').length") == 0
    assert text(page, "title") == "Proportions of 3 groups: <b>y</b> / n"
    assert text(page, "told") == "<i>x.csv is open."
    assert rows(page, "groups")[0][0] == '<img src=x onerror="document.title=1">'


def test_the_policy_is_in_force(page):
    asked = {"expression": "new Function('return 1')()", "allowUnsafeEvalBlockedByCSP": False}
    refused = page.execute_cdp_cmd("Runtime.evaluate", asked)["exceptionDetails"]
    assert refused["exception"]["className"] in ("EvalError", "TypeError")
    put_in = "document.body.innerHTML = '<img src=x>'"
    with pytest.raises(Exception, match="TrustedHTML"):
        page.execute_script(put_in)
    fetched = "const done = arguments[0]; fetch('http://127.0.0.1:1/').then(() => done('sent'), () => done('refused'))"
    assert page.execute_async_script(fetched) == "refused"
    assert any("Content Security Policy" in entry["message"] for entry in page.get_log("browser"))


def test_dark_mode_is_followed(page):
    drop(page)
    rested(page)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [dark]})
    ground = "return getComputedStyle(document.body).backgroundColor"
    until(page, "return getComputedStyle(document.body).backgroundColor === 'rgb(21, 24, 29)'")
    assert page.execute_script(ground) == "rgb(21, 24, 29)"
    until(page, COLOURED, [0x8D, 0xB8, 0xE8])


COLOURED = """
  const canvas = document.querySelector("#chart canvas"), wanted = arguments[0];
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    found += data[i + 3] > 100 && wanted.every((part, k) => Math.abs(data[i + k] - part) < 20);
  }
  return found > 100;
"""


def test_a_phone_needs_no_scrolling_to_the_side(page):
    phone = {"width": 375, "height": 800, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    drop(
        page, RATS.replace("rats\n", "rats_with_a_name_that_is_longer_than_a_phone_is_wide_so_that_it_must_be_broken\n")
    )
    rested(page)
    until(page, "return document.querySelector('#chart canvas').getBoundingClientRect().width <= 375")
    axis = json.loads(page.execute_async_script(CHART))["axes"][0]
    assert axis["titleLimit"] == {"signal": "width"}
    assert page.execute_script("return document.documentElement.scrollWidth") <= 375


def test_every_control_has_a_name_and_every_change_is_said(page):
    drop(page)
    rested(page)
    nameless = """return [...document.querySelectorAll("button, input, select, [tabindex]")].filter(
      (each) => !(each.textContent.trim() || each.ariaLabel || each.labels?.length ||
        each.hasAttribute("aria-labelledby"))
    ).map((each) => each.id)"""
    assert page.execute_script(nameless) == []
    assert page.execute_script("return document.querySelectorAll('[aria-live]').length") >= 4
    assert text(page, "now") == "The fit is up to date: prior uniform-shrinkage, 95% intervals."
    broken = """return [...document.querySelectorAll("[for], [aria-labelledby], [aria-describedby]")].flatMap((each) =>
      ["for", "aria-labelledby", "aria-describedby"].map((name) => each.getAttribute(name))).filter(
      (id) => id && !document.getElementById(id))"""
    assert page.execute_script(broken) == []


def test_the_table_stays_when_the_page_is_loaded_again(page):
    drop(page)
    rested(page)
    page.refresh()
    until(page, "return 'rested' in document.documentElement.dataset")
    assert text(page, "title") == "Proportions of 71 groups: tumors / rats"


def test_ten_thousand_groups_do_not_choke(page):
    n = np.random.default_rng(1).integers(20, 200, 10_000)
    lines = "".join(f"shop {i},{i % 19},{size}\n" for i, size in enumerate(n))
    start = time.monotonic()
    drop(page, f"shop,returned,orders\n{lines}")
    until(page, "return document.getElementById('title').textContent.startsWith('Proportions of 10,000 groups')")
    assert time.monotonic() - start < WAIT
    assert len(drawn(page)) == 300
    assert "Of 10,000 groups 300 are drawn" in text(page, "chart-said")
    assert len(rows(page, "groups")) == 50


def test_it_says_so_when_the_program_has_ended(chromium):
    with served() as address:
        chromium.get(address)
        until(chromium, "return 'ready' in document.documentElement.dataset")
    chromium.execute_script("document.getElementById('rats').click()")
    until(chromium, "return document.getElementById('told').textContent.startsWith('The program does not answer')")
    chromium.get_log("browser")
    requested(chromium)
    assert (
        json.loads(chromium.execute_script("return JSON.stringify(document.querySelectorAll('#findings li').length)"))
        == 0
    )
