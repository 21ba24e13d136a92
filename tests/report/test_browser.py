"""Reports in a real browser, headless Chromium: what a reader does, and what a page must never do."""

import base64
import csv
import http.server
import re
import threading
import time

import numpy as np
import pytest

import partialpool as pp
from on_chromium import browser, lacking, requested
from report_fits import HOSTILE, hostile, many, rats, trials

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())

WAIT = 10.0  # seconds
FIRST_PAINT = 2.0  # seconds


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    for name, fit in {"rats": rats(), "hostile": hostile(), "many": many(), "trials": trials()}.items():
        fit.report(folder / f"{name}.html")
    return folder


@pytest.fixture
def opened(chromium, pages):
    """A function that opens a page, whose console is empty and whose requests are none at the end."""
    opened = []

    def of(name):
        requested(chromium)
        chromium.get((pages / f"{name}.html").as_uri())
        opened.append(name)
        until(chromium, "return 'ready' in document.documentElement.dataset")
        return chromium

    yield of
    assert chromium.get_log("browser") == []
    others = [url for url in requested(chromium) if not url.startswith(("file:", "data:", "blob:"))]
    assert others == []
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def until(driver, script, *values):
    end = time.monotonic() + WAIT
    while not (found := driver.execute_script(script, *values)):
        assert time.monotonic() < end, script
        time.sleep(0.02)
    return found


def rows(driver):
    return driver.execute_script(
        "return [...document.querySelectorAll('#table tbody tr')].map(r => r.innerText.split('\\t'))"
    )


def text(driver, name):
    return driver.execute_script("return document.getElementById(arguments[0]).textContent", name)


def find(driver, wanted):
    script = "const f = document.getElementById('find'); f.value = arguments[0]; f.dispatchEvent(new Event('input'))"
    driver.execute_script(script, wanted)


def keys(driver, name, *pressed):
    from selenium.webdriver.common.by import By

    driver.find_element(By.ID, name).send_keys(*pressed)


BLACK, BLUE, LIGHT_BLUE = (0x22, 0x22, 0x22), (0x0B, 0x3C, 0x6F), (0x8D, 0xB8, 0xE8)


def ink(driver, name, colour):
    """The share of the pixels of a chart that have nearly this colour."""
    script = """
      const [name, colour] = arguments, canvas = document.querySelector(`#${name} canvas`);
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true});
      copy.drawImage(canvas, 0, 0);
      const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) {
        found += data[i + 3] > 100 && colour.every((part, k) => Math.abs(data[i + k] - part) < 20);
      }
      return found / (data.length / 4);
    """
    return driver.execute_script(script, name, colour)


def point(driver, name, x, y, kind="pointermove"):
    """Send an event of the mouse at shares of the width and the height of a chart."""
    script = """
      const [name, x, y, kind] = arguments, place = document.getElementById(name);
      place.scrollIntoView({block: "center"});
      const box = place.getBoundingClientRect();
      const at = {clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true};
      place.dispatchEvent(new PointerEvent(kind, {...at, pointerType: "touch", pointerId: 1}));
    """
    driver.execute_script(script, name, x, y, kind)


def click(driver, name, x, y):
    for kind in ("pointerdown", "pointerup"):
        point(driver, name, x, y, kind)


def test_the_charts_are_drawn_quickly(opened):
    driver = opened("rats")
    paint = driver.execute_script("return performance.getEntriesByType('paint').map(e => e.startTime)")
    assert max(paint) < 1000 * FIRST_PAINT
    for name in ("forest", "shrinkage"):
        assert ink(driver, name, BLUE) > 0.002


def test_a_script_that_is_put_into_the_page_does_not_run(chromium, pages):
    source = (pages / "rats.html").read_text()
    for put in ("<script>document.title = 'run'</script>", "<img src=x onerror=\"document.title = 'run'\">"):
        (pages / "changed.html").write_text(source.replace("<main>", "<main>" + put))
        chromium.get((pages / "changed.html").as_uri())
        until(chromium, "return 'ready' in document.documentElement.dataset")
        assert chromium.title == "Proportions of 71 groups: tumors / rats"
        assert any("Content Security Policy" in entry["message"] for entry in chromium.get_log("browser"))
    asked = {"expression": "new Function('return 1')()", "allowUnsafeEvalBlockedByCSP": False}
    refused = chromium.execute_cdp_cmd("Runtime.evaluate", asked)["exceptionDetails"]
    assert refused["exception"]["className"] == "EvalError"
    chromium.get_log("browser")


def test_over_http_the_page_asks_for_nothing_more(opened, pages):
    driver = opened("rats")
    asked = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *of):
            asked.append(self.path)

    handler = lambda *of: Quiet(*of, directory=pages)  # noqa: E731
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver.get(f"http://127.0.0.1:{server.server_address[1]}/rats.html")
        until(driver, "return 'ready' in document.documentElement.dataset")
        server.shutdown()
    requested(driver)
    assert asked == ["/rats.html"]


def test_a_search_filters_the_table_and_marks_the_charts(opened):
    driver = opened("rats")
    before = {name: (ink(driver, name, BLACK), ink(driver, name, BLUE)) for name in ("forest", "shrinkage")}
    find(driver, "7")
    assert [row[0] for row in rows(driver)] == ["7", "17", "27", "37", "47", "57", "67", "70", "71"]
    assert text(driver, "said") == "9 of 71 groups match"
    for name, (black, blue) in before.items():
        assert ink(driver, name, BLACK) > black
        assert ink(driver, name, BLUE) < 0.5 * blue
    find(driver, "no such group")
    assert rows(driver) == []
    find(driver, "")
    assert len(rows(driver)) == 50


def test_headings_sort_by_click_and_by_keyboard(opened):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    driver = opened("rats")
    table = rats().group_columns()
    place = list(table).index("median")
    heading = driver.find_element(By.CSS_SELECTOR, f"#table thead button[data-column='{place}']")
    heading.click()
    state = "return document.querySelectorAll('#table thead th')[arguments[0]].getAttribute('aria-sort')"
    assert driver.execute_script(state, place) == "descending"
    order = np.argsort(-table["median"], kind="stable")
    assert [row[0] for row in rows(driver)] == [str(table["group"][at]) for at in order[:50]]
    heading.send_keys(Keys.ENTER)
    assert driver.execute_script(state, place) == "ascending"
    order = np.argsort(table["median"], kind="stable")
    assert [row[0] for row in rows(driver)] == [str(table["group"][at]) for at in order[:50]]
    driver.find_element(By.ID, "next").click()
    assert [row[0] for row in rows(driver)] == [str(table["group"][at]) for at in order[50:]]
    assert text(driver, "page") == "51 to 71 of 71"


def test_a_click_marks_a_group_everywhere(opened):
    driver = opened("rats")
    click(driver, "forest", 0.6, 0.01)
    assert text(driver, "said").startswith("group 70: tumors 9, rats 24, raw 0.3750")
    marked = "return [...document.querySelectorAll('#table tr.marked')].map(row => row.innerText.split('\\t')[0])"
    assert driver.execute_script(marked) == ["70"]
    black = ink(driver, "shrinkage", BLACK)
    click(driver, "forest", 0.6, 0.01)
    assert driver.execute_script(marked) == []
    assert ink(driver, "shrinkage", BLACK) < 0.8 * black
    driver.execute_script("document.querySelector('#table tbody tr td').click()")
    assert len(driver.execute_script(marked)) == 1


def test_pointing_shows_the_numbers_of_a_group(opened):
    driver = opened("rats")
    point(driver, "shrinkage", 0.13, 0.06)
    shown = until(driver, "const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.textContent")
    assert shown.startswith("group 70\ntumors 9\nrats 24\nraw 0.3750\n")
    assert re.search(r"median 0\.\d+ \(95% interval 0\.\d+ to 0\.\d+\)\nweight 0\.\d+$", shown)
    point(driver, "shrinkage", 0.13, 0.06, "pointerleave")
    until(driver, "return document.getElementById('tip').hidden")


def test_the_charts_are_used_by_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    driver = opened("rats")
    keys(driver, "forest", Keys.HOME)
    assert text(driver, "said").startswith("group 70:")
    keys(driver, "forest", Keys.ARROW_DOWN)
    assert text(driver, "said").startswith("group 68:")
    keys(driver, "forest", "+", "+")
    assert driver.execute_script("return document.getElementById('forest').hasAttribute('data-zoomed')")
    keys(driver, "forest", Keys.END, "-", "-")
    assert not driver.execute_script("return document.getElementById('forest').hasAttribute('data-zoomed')")
    keys(driver, "forest", Keys.ESCAPE)
    assert text(driver, "said") == "71 groups"


def test_the_order_of_the_chart_is_chosen(opened):
    driver = opened("rats")
    for order, first in (("raw", "70"), ("given", "1"), ("name", "1"), ("median", "70")):
        script = (
            "const o = document.getElementById('order'); o.value = arguments[0]; o.dispatchEvent(new Event('change'))"
        )
        driver.execute_script(script, order)
        click(driver, "forest", 0.6, 0.01)
        assert text(driver, "said").startswith(f"group {first}:")
        click(driver, "forest", 0.6, 0.01)


def test_a_drag_moves_a_zoomed_chart(opened):
    driver = opened("rats")
    driver.execute_script("document.querySelector('[data-chart=forest][data-do=in]').click()")
    click(driver, "forest", 0.6, 0.01)
    middle = text(driver, "said").split(":")[0]
    assert middle != "group 70"
    point(driver, "forest", 0.6, 0.01, "pointerdown")
    point(driver, "forest", 0.6, 0.9)
    point(driver, "forest", 0.6, 0.9, "pointerup")
    click(driver, "forest", 0.6, 0.01)
    assert text(driver, "said").startswith("group 70:")
    driver.execute_script("document.querySelector('[data-chart=forest][data-do=all]').click()")
    assert not driver.execute_script("return document.getElementById('forest').hasAttribute('data-zoomed')")


def downloaded(driver, folder):
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    driver.execute_script("document.getElementById('csv').click()")
    end = time.monotonic() + WAIT
    while not (folder / "groups.csv").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    with open(folder / "groups.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_table_is_downloaded_in_full_precision(opened, tmp_path):
    head, *lines = downloaded(opened("rats"), tmp_path)
    table = rats().group_columns()
    assert head == list(table)
    for place, column in enumerate(table.values()):
        assert [float(line[place]) for line in lines] == column.tolist()


def test_cells_that_a_spreadsheet_would_run_are_quoted_as_in_other_files(opened, tmp_path):
    lines = downloaded(opened("hostile"), tmp_path)
    hostile().groups(into=tmp_path / "ours.csv")
    with open(tmp_path / "ours.csv", encoding="utf-8", newline="") as file:
        ours = list(csv.reader(file))
    assert [line[0] for line in lines] == [line[0] for line in ours]
    assert lines[5][0] == "'" + HOSTILE[4]


def test_hostile_names_make_no_element(opened):
    driver = opened("hostile")
    assert driver.title == "Proportions of 8 groups: y / n"
    assert driver.execute_script("return document.querySelectorAll('main img, main b, main script').length") == 0
    shown = [row[0] for row in rows(driver)]
    assert shown[:3] == HOSTILE[:3]
    assert "\u202e" not in driver.execute_script("return document.body.innerText")
    find(driver, "<SCRIPT>")
    assert len(rows(driver)) == 2


def test_dark_mode_is_followed(opened):
    driver = opened("rats")
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [dark]})
    ground = until(
        driver, "const c = getComputedStyle(document.body).backgroundColor; return c == 'rgb(255, 255, 255)' ? '' : c"
    )
    assert ground == "rgb(21, 24, 29)"
    assert ink(driver, "forest", LIGHT_BLUE) > 0.002
    assert ink(driver, "forest", BLUE) == 0


def test_a_page_is_printed_with_every_section_and_light(opened):
    driver = opened("rats")
    driver.execute_script("addEventListener('afterprint', () => (window.printed = 1))")
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [dark]})
    seen = "addEventListener('beforeprint', () => (window.seen = document.querySelectorAll('#table tbody tr').length))"
    driver.execute_script(seen)
    pdf = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert pdf[:5] == b"%PDF-"
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 15
    assert driver.execute_script("return [window.seen, window.printed]") == [71, 1]
    assert len(rows(driver)) == 50


@pytest.mark.parametrize("name", ["rats", "hostile", "trials"])
def test_a_phone_needs_no_scrolling_to_the_side(opened, name):
    driver = opened(name)
    phone = {"width": 375, "height": 800, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    until(driver, "return document.querySelector('#forest canvas').getBoundingClientRect().width <= 375")
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 375


def test_every_control_has_a_name_and_every_chart_a_table(opened):
    driver = opened("rats")
    nameless = """return [...document.querySelectorAll("button, input, select, [tabindex]")].filter(
      (each) => !(each.textContent.trim() || each.ariaLabel || each.labels?.length)).length"""
    assert driver.execute_script(nameless) == 0
    assert driver.execute_script("return document.querySelectorAll('table:not(:has(caption))').length") == 0
    assert driver.execute_script("return document.querySelectorAll('[aria-describedby]').length") >= 2
    assert (
        driver.execute_script("document.querySelector('.skip').focus(); return document.activeElement.offsetLeft") >= 0
    )


def test_ten_thousand_groups_do_not_choke(opened):
    driver = opened("many")
    paint = driver.execute_script("return performance.getEntriesByType('paint').map(e => e.startTime)")
    assert max(paint) < 1000 * FIRST_PAINT
    start = time.monotonic()
    find(driver, "shop 77")
    assert text(driver, "page") == "1 to 50 of 111"
    driver.execute_script("document.querySelector('#table thead button[data-column=\"5\"]').click()")
    find(driver, "")
    assert text(driver, "page") == "1 to 50 of 10,000"
    assert time.monotonic() - start < WAIT
    assert len(rows(driver)) == 50


def test_odds_ratios_are_at_the_axis(opened):
    driver = opened("trials")
    keys(driver, "forest", "\ue011")
    assert "odds ratio" in text(driver, "said")
    assert pp.__version__ in driver.execute_script("return document.querySelector('footer').textContent")
