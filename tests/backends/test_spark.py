"""Frames of Spark: their fits are those of the same rows in memory, whatever cluster and session they are in.

See `on_spark` for why all themes are one test under pytest-xdist.
"""

import contextlib

import pytest

import spark_attach
import spark_fits
import spark_slices
import spark_traps
from on_spark import PARALLEL, free_port, lacking, over_connect, started

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=lacking()),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas", "ignore::ResourceWarning"),
]
THEMES = {
    f"{module.__name__}.{name}": theme
    for module in (spark_fits, spark_traps, spark_attach, spark_slices)
    for name, theme in vars(module).items()
    if name.startswith("theme_")
}


@pytest.fixture(scope="session")
def sessions():
    """A classic session and one over Spark Connect, of the same Spark."""
    port = free_port()
    classic = started(port)
    connect = over_connect(port)
    yield {"classic": classic, "connect": connect}
    with contextlib.suppress(Exception):
        connect.stop()
    classic.stop()


CASES = {"all": list(THEMES)} if PARALLEL else {name: [name] for name in THEMES}


@pytest.mark.parametrize("themes", CASES.values(), ids=CASES)
def test_spark(sessions, themes):
    failures = []
    for name in themes:
        try:
            THEMES[name](sessions)
        except Exception as error:  # noqa: BLE001  (all are shown together)
            error.add_note(f"in {name}")
            failures.append(error)
    if failures:
        raise ExceptionGroup("themes of Spark", failures)
