"""Themes of tests/backends/test_spark.py: fits of Spark frames have the totals of the same rows in memory."""

import datetime as dt
import os
import signal
import tempfile
from decimal import Decimal
from fractions import Fraction
from math import fsum
from pathlib import Path

import numpy as np
import pytest

import partialpool as pp
from on_spark import executors

SIZE = 600
SCHEMA = """
    g string, i int, k bigint, d date, m decimal(12,2), b boolean, t timestamp, u timestamp_ntz, f double,
    y int, n bigint, hit boolean, flag tinyint, events decimal(20,0), exposure double, value double
"""
ALL = ["g", "i", "k", "d", "m", "b", "t", "u", "f"]
BY_COUNTS = {
    "trials": lambda data, group: pp.proportions(data, successes="y", trials="n", group=group),
    "outcomes": lambda data, group: pp.proportions(data, successes="hit", group=group),
    "flags": lambda data, group: pp.proportions(data, successes="flag", group=group),
}
BY_NUMBERS = {
    "exposure": lambda data, group: pp.rates(data, events="events", exposure="exposure", group=group),
    "value": lambda data, group: pp.measurements(data, value="value", group=group),
}


def rows(seed=0, size=SIZE):
    """Rows as tuples; half of them are of one group."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(size):
        lab = int(rng.choice(8, p=[0.5] + [0.5 / 7] * 7))
        n = int(rng.integers(0, 20))
        exposure = float(10.0 ** rng.uniform(-6.0, 6.0))
        day = dt.date(2026, 3, 27) + dt.timedelta(lab)  # on the 29th, Berlin has no time from 2 to 3 in the night
        night = dt.datetime(2026, 3, 27, 2, 30) + dt.timedelta(lab)
        found.append(
            (
                ["Zürich", "b", "a", "", " ", "b ", "B", "漢"][lab],
                *(lab - 3, 2**62 + lab, day, Decimal(lab - 2) / 4, lab % 2 == 0),
                *(night.replace(tzinfo=dt.UTC), night, [-0.0, 0.5, 1e300][lab % 3]),
                *(int(rng.binomial(n, 0.3)), n, bool(rng.random() < 0.3), int(rng.random() < 0.4)),
                *(Decimal(int(rng.poisson(min(exposure, 1e3)))), exposure, float(rng.normal(1e9 + lab, 1e-3))),
            )
        )
    return found


def in_memory(table):
    """The same rows as a dict of lists."""
    names = [part.split()[0] for part in SCHEMA.split(",") if part.strip() and part.strip()[0].isalpha()]
    return dict(zip(names, map(list, zip(*table, strict=True)), strict=True))


def framed(session, table, parts=3):
    """The rows in several partitions, of which some are empty."""
    return session.createDataFrame(table, SCHEMA).repartition(parts, "i").persist()


def by_label(fit):
    labels = zip(*(column.tolist() for column in fit.data.labels.values()), strict=True)
    return {label: {role: of[i] for role, of in fit.data.statistics.items()} for i, label in enumerate(labels)}


def check_counts(fit, whole):
    found, expected = by_label(fit), by_label(whole)
    assert found == expected
    assert list(found) == sorted(found)
    assert fit.data.columns == whole.data.columns


def exact(data, group, name):
    """The numbers of each group, from which sums are made exactly."""
    found = {}
    for *label, x in zip(*(data[one] for one in group), data[name], strict=True):
        found.setdefault(tuple(label), []).append(x)
    return found


def check_exposures(fit, data, group):
    for label, numbers in exact(data, group, "exposure").items():
        assert by_label(fit)[label]["exposure"] == pytest.approx(fsum(numbers), rel=1e-15, abs=0.0)


def check_means(fit, data, group, name):
    for label, numbers in exact(data, group, name).items():
        n, of = len(numbers), by_label(fit)[label]
        mean = sum(map(Fraction, numbers)) / n
        variance = sum((Fraction(x) - mean) ** 2 for x in numbers) / (n - 1)
        assert of["n"] == n
        assert abs(Fraction(of["mean"]) + Fraction(of["rest"]) - mean) < 1e-15 * of["sd"]
        assert of["sd"] == pytest.approx(float(variance) ** 0.5, rel=1e-14)


def theme_totals(sessions):
    table = rows()
    data = in_memory(table)
    cases = {
        "classic": [("trials", ALL), ("flags", ["m", "b"])],
        "connect": [("outcomes", ["g", "k"])],
    }
    frames = {kind: framed(session, table) for kind, session in sessions.items()}
    for kind, chosen in cases.items():
        for name, group in chosen:
            check_counts(BY_COUNTS[name](frames[kind], group), BY_COUNTS[name](data, group))
    check_exposures(BY_NUMBERS["exposure"](frames["connect"], ["g"]), data, ["g"])
    check_means(BY_NUMBERS["value"](frames["classic"], ["u", "f"]), data, ["u", "f"], "value")


def theme_times_are_moments_in_utc(sessions):
    table = rows(size=60)
    fit = BY_COUNTS["trials"](framed(sessions["classic"], table), ["t"])
    check_counts(fit, BY_COUNTS["trials"](in_memory(table), ["t"]))
    assert {label.utcoffset() for label in fit.data.labels["t"].tolist()} == {dt.timedelta(0)}


def theme_partitions_make_no_difference(sessions):
    table = rows()
    first = BY_NUMBERS["exposure"](framed(sessions["classic"], table, 1), ["g"])
    other = BY_NUMBERS["exposure"](framed(sessions["classic"], table[::-1], 7), ["g"])
    assert by_label(first) == by_label(other)


def theme_estimates_are_read_and_sorted(sessions):
    table = [("b", 2.0, 1.0), ("a", 1.0, 0.5), ("c", None, 1.0), ("b", 3.0, 1.0)]
    frame = sessions["classic"].createDataFrame(table, "g string, x double, se double").repartition(3)
    fit = pp.estimates(frame, estimate="x", se="se", group="g", missing="drop")
    assert fit.data.labels["g"].tolist() == ["a", "b"]
    data = dict(zip(("g", "x", "se"), map(list, zip(*table, strict=True)), strict=True))
    whole = pp.estimates(data, estimate="x", se="se", group="g", missing="drop")
    assert by_label(fit) == by_label(whole)
    assert fit.groups().columns.tolist() == whole.groups().columns.tolist()  # tables are those of pandas


def theme_numbers_in_text_are_read(sessions):
    frame = sessions["classic"].createDataFrame([("3", "5", "b"), ("1", "5", "a")], "y string, n string, g string")
    fit = pp.proportions(frame, successes="y", trials="n", group="g")
    assert by_label(fit) == {("a",): {"successes": 1, "trials": 5}, ("b",): {"successes": 3, "trials": 5}}
    assert list(by_label(fit)) == [("a",), ("b",)]


def dying(folder, tasks):
    """A function that hands batches on; those of the tasks with these numbers kill their executor halfway.

    A task takes the next number by making a file, which only one can. A worker in Python is a child of a daemon,
    which is a child of the executor.
    """

    def handed_on(batches):
        batches, task = list(batches), 0
        while True:
            try:
                place = Path(folder, str(task))
                place.touch(exist_ok=False)
                break
            except FileExistsError:
                task += 1
        for i, batch in enumerate(batches):
            if task in tasks and 2 * i >= len(batches):
                daemon = Path(f"/proc/{os.getppid()}/stat").read_text()
                executor = int(daemon.rpartition(")")[2].split()[1])
                place.write_text(str(executor))
                os.kill(executor, signal.SIGKILL)
            yield batch

    return handed_on


def theme_executors_die(sessions):
    """A task whose executor dies in the middle is done again by another, and nothing is counted twice.

    Six tasks check the rows and six more add them up: one executor dies under each.
    """
    session, dying_tasks = sessions["classic"], (2, 9)
    if not executors(session):
        return  # processes are found only where there is /proc
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "10")
    with tempfile.TemporaryDirectory() as folder:
        frame = framed(session, rows(), 6).select("g", "y", "n").repartition(6)
        fit = BY_COUNTS["trials"](frame.mapInArrow(dying(folder, dying_tasks), frame.schema), ["g"])
        killed = [int(Path(folder, str(task)).read_text()) for task in dying_tasks]
    session.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    assert not set(killed) & set(executors(session))
    check_counts(fit, BY_COUNTS["trials"](in_memory(rows()), ["g"]))
