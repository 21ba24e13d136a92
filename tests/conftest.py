"""Leaves out of `make test` what is for `make test-all` only (see sampled.py), and says loudly what was not tested."""

import on_chromium
import on_spark
from sampled import ALL, fewer, spread


def pytest_collection_modifyitems(config, items):
    if ALL or _named(config):
        return
    left_out = {item for cases, keep in _thinned(items) for item in _others(cases, keep)}
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))


def pytest_terminal_summary(terminalreporter):
    said = [warning for warning in (on_spark.warned(), on_chromium.warned()) if warning]
    if said and terminalreporter.stats.get("skipped"):
        terminalreporter.section("WARNING", sep="!", red=True, bold=True)
        for warning in said:
            terminalreporter.write_line(warning, red=True, bold=True)


def _named(config):
    """Whether the caller asks for single tests, which then run."""
    return any("::" in argument for argument in config.args)


def _thinned(items):
    """The cases of every test that `fewer` names, with what it says of them."""
    told, found = fewer(), {}
    for item in items:
        path, name = item.nodeid.split("[")[0].split("::", 1)
        if name in told.get(path, ()):
            found.setdefault((path, name), (told[path][name], []))[1].append(item)
    return [(cases, keep) for keep, cases in found.values()]


def _others(items, keep):
    if isinstance(keep, list):
        assert set(keep) <= {item.callspec.id for item in items}, f"fewer.toml: {items[0].nodeid} has no such case"
        return [item for item in items if item.callspec.id not in keep]
    cases = {item: _parts(item) for item in items}
    taken = spread(cases, keep)
    return [item for item in items if item not in taken]


def _parts(item):
    return tuple(item.callspec._idlist) if hasattr(item, "callspec") else ()
