"""From a move of the prior's slider to the redrawn chart, in headless Chromium on this machine.

    .venv/bin/python benchmarks/explore.py               # five data sets of the package
    .venv/bin/python benchmarks/explore.py rat_tumors    # those that are named

A move is timed by the page itself, from the event of the slider until the browser has painted the chart. Of each move
the table also has the part that the program takes, from the request to the end of its answer.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from explored_process import served
from on_chromium import browser, lacking

DATA = ("rat_tumors", "eight_schools", "pump_failures", "coagulation", "kidney_cancer")
MOVES = range(30, 170, 5)
REST = 0.4  # seconds between two moves: less than the page waits before it asks for slow findings

OPEN = """
  const choice = document.getElementById("dataset");
  choice.append(new Option("", arguments[0]));
  choice.value = arguments[0];
  choice.dispatchEvent(new Event("change"));
"""
CHOOSE = """
  const prior = document.getElementById("prior");
  prior.value = [...prior.options].map((each) => each.value).find((each) => each.includes("{}"));
  prior.dispatchEvent(new Event("change", { bubbles: true }));
"""
MOVE = """
  performance.clearMeasures();
  performance.clearResourceTimings();
  const scale = document.getElementById("scale");
  scale.value = arguments[0];
  scale.dispatchEvent(new Event("input", { bubbles: true }));
"""
TIMES = """
  const asked = performance.getEntriesByType("resource").filter((each) => each.name.endsWith("/fit"));
  const redrawn = performance.getEntriesByName("redraw");
  return redrawn.length && asked.length ? [redrawn[0].duration, asked[0].duration] : null;
"""
FITTED = "return document.documentElement.dataset.answers === String(arguments[0]) || null"


def until(driver: Any, script: str, *values: object) -> Any:
    """Wait for a script to find something, and return it."""
    while (found := driver.execute_script(script, *values)) is None:
        time.sleep(0.01)
    return found


def times(driver: Any, name: str) -> Iterator[list[float]]:
    """Milliseconds until the chart is redrawn, and those of the program, for each move."""
    driver.execute_script("document.documentElement.dataset.answers = 0")
    driver.execute_script(OPEN, name)
    until(driver, FITTED, 1)
    driver.execute_script(CHOOSE)
    until(driver, FITTED, 2)
    for place in MOVES:
        driver.execute_script(MOVE, place)
        yield until(driver, TIMES)
        time.sleep(REST)


def main() -> None:
    """Print a row for each data set."""
    if lacking():
        sys.exit(f"This needs Chromium: {lacking()}.")
    print(f"{'data set':16} {'median':>7} {'best':>7} {'worst':>7}  of which the program, median (ms)")
    with served() as address, tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as driver:
        driver.get(address)
        until(driver, "return 'ready' in document.documentElement.dataset || null")
        for name in sys.argv[1:] or DATA:
            redrawn, program = zip(*times(driver, name), strict=True)
            numbers = (statistics.median(redrawn), min(redrawn), max(redrawn), statistics.median(program))
            print("{:16} {:7.0f} {:7.0f} {:7.0f}  {:7.0f}".format(name, *numbers))


if __name__ == "__main__":
    main()
