"""A headless Chromium with an empty profile, for the tests of reports and of the page of `partialpool explore`.

All tests share the browser. Each page is a file of this machine or served by it, and the browser logs every request
that it makes.
"""

import contextlib
import json
import shutil
from importlib.util import find_spec

BINARIES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def binary():
    """The path of Chromium, or None."""
    return next((found for name in BINARIES if (found := shutil.which(name))), None)


def lacking():
    """What the tests need and this machine lacks; empty if it is all there."""
    if find_spec("selenium") is None:
        return "selenium is not installed"
    if binary() is None:
        return "there is no Chromium"
    return "" if shutil.which("chromedriver") else "there is no chromedriver"


def warned():
    """A sentence that says loudly that pages are not tested in a browser; empty if they are."""
    if not lacking():
        return ""
    return f"NO PAGE IS TESTED IN A BROWSER, since {lacking()}: install chromium, chromium-driver and selenium"


@contextlib.contextmanager
def browser(folder):
    """A running browser whose profile and downloads are in this folder."""
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = binary()
    for option in (*OPTIONS, f"--user-data-dir={folder / 'profile'}", "--window-size=1280,900"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def requested(driver):
    """The addresses that the browser has requested since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    sent = [each for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [each["params"]["request"]["url"] for each in sent]
