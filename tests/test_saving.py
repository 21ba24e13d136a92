"""Saved fits: the same to the last bit, whole or not at all, and never anything that runs."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given as each
from hypothesis import strategies as st

import partialpool as pp
from partialpool.analysis.comparisons.ranking import ranking
from partialpool.analysis.fitted_model import FittedModel
from partialpool.fit.loading import load
from partialpool.priors import resolve
from partialpool.saving import save
from partialpool.saving.container import packed, unpacked
from partialpool.saving.priors import prior_from_json, prior_to_json
from partialpool.saving.values import array_from_json, array_to_json, cell_from_json, cell_to_json
from simulated import OURS, drawn

GIVEN = {
    "proportions": [
        {"mean": 0.3, "concentration": 8.1}, {"alpha": 2.3, "beta": 3.1}, {"mean": 0.3, "concentration": np.inf},
    ],
    "rates": [{"mean": 0.7, "shape": 2.1}, {"mean": 0.7, "rate": 3.3}, {"shape": 1.1, "rate": 0.3}],
    "estimates": [{"mean": 3.1, "sd": 1.7}, {"mean": 3.1, "sd": 0.0}, {"sd": 1.7}, {"sd": 0.0}],
    "measurements": [{"sd": 1.7, "sigma": 0.9}, {"mean": 9.7, "sd": 1.7, "sigma": 0.9}],
}  # fmt: skip
PRIORS = {
    "proportions": [
        "bda", "half-cauchy-sd", "haldane",
        pp.Prior(mean=pp.Beta(2, 3), concentration=pp.Gamma(2, 0.1)),
        pp.Prior(concentration=pp.UniformShrinkage(on="variance")),
        pp.Prior(alpha=pp.LogNormal(0, 1), beta=pp.Exponential(0.1), name="mine"),
    ],
    "rates": [
        "jeffreys-mean",
        pp.Prior(shape=pp.Exponential(1), rate=pp.Gamma(0.1, 1.0)),
        pp.Prior(mean=pp.HalfStudentT(4, 2.5), shape=pp.HalfNormal(3.0)),
    ],
    "estimates": [
        "flat", "dumouchel", "jeffreys",
        pp.Prior(mean=pp.Normal(0, 5), sd=pp.HalfCauchy(5)),
        pp.Prior(sd=pp.InverseGamma(1, 1, on="variance")),
        pp.Prior(sd=pp.UniformShrinkage(2.0, on="variance")),
        pp.Prior(sd=pp.DuMouchel(1.5)),
        pp.Prior(sd=pp.Power(-0.5)),
    ],
    "measurements": [
        "reference",
        pp.Prior(mean=pp.Normal(10, 5), sd=pp.HalfCauchy(5), sigma=pp.HalfNormal(4)),
        pp.Prior(sd=pp.HalfCauchy(1, on="ratio"), sigma=pp.LogNormal(0, 1)),
    ],
}  # fmt: skip
ALL_PRIORS = [(family, prior) for family in OURS for prior in PRIORS[family]]


def of(family, seed=0, **options):
    function, data, roles = drawn(family, seed)
    return function(data, **roles, **options)


def again(fit, tmp_path):
    save(fit, tmp_path / "fit.partialpool")
    return load(tmp_path / "fit.partialpool")


def check_same_columns(one, other):
    assert list(one) == list(other)
    for name, column in one.items():
        assert column.dtype == other[name].dtype
        if column.dtype.kind == "O":
            assert list(map(type, column)) == list(map(type, other[name]))
            assert column.tolist() == other[name].tolist()
        else:
            assert column.tobytes() == other[name].tobytes()


def check_same(fit, loaded):
    """Every number to the last bit, every name, and every type."""
    check_same_columns(fit.group_columns(), loaded.group_columns())
    check_same_columns(fit.group_columns(0.5), loaded.group_columns(0.5))
    check_same_columns(fit.population_columns(), loaded.population_columns())
    check_same_columns(fit.data.statistics, loaded.data.statistics)
    for name in ("columns", "library", "notes", "numbered", "combine"):
        assert getattr(fit.data, name) == getattr(loaded.data, name)
    for name in ("family", "model", "level", "warnings", "accuracy"):
        assert getattr(fit, name) == getattr(loaded, name)
    assert repr(fit) == repr(loaded)
    assert type(fit.groups()) is type(loaded.groups())


# --- the same to the last bit


@pytest.mark.parametrize("family", OURS)
@pytest.mark.parametrize("method", ["full", "empirical-bayes", "moments"])
def test_every_family_and_method(family, method, tmp_path):
    fit = of(family, 1, method=method, level=0.8)
    check_same(fit, again(fit, tmp_path))


@pytest.mark.parametrize(("family", "prior"), ALL_PRIORS)
def test_every_prior(family, prior, tmp_path):
    fit = of(family, prior=prior)
    check_same(fit, again(fit, tmp_path))


@pytest.mark.parametrize("density", [
    pp.Uniform(0.05, 0.7), pp.Uniform(2, 30.5), pp.Pareto(1.0, 1.5), pp.UniformShrinkage(3), pp.HalfCauchy(1, on="sd"),
    pp.InverseGamma(2, 0.1), pp.HalfStudentT(3, 0.5), pp.Power(-1), pp.Flat(), pp.LogNormal(-1, 0.1),
])  # fmt: skip
def test_densities_come_back(density):
    parameter = "mean" if density == pp.Uniform(0.05, 0.7) else "concentration"
    for prior in (pp.Prior(**{parameter: density}, name="mine").joint("proportions"), resolve("pareto")):
        back = prior_from_json(json.loads(json.dumps(prior_to_json(prior))))
        assert back == prior
        assert repr(back) == repr(prior)
        assert str(back) == str(prior)


@pytest.mark.parametrize(("family", "values"), [(family, values) for family in OURS for values in GIVEN[family]])
@pytest.mark.parametrize("method", ["full", "moments"])
def test_given_parameters(family, values, method, tmp_path):
    fit = of(family, 2, method=method).given(**values)
    loaded = again(fit, tmp_path)
    check_same(fit, loaded)
    check_same(fit.given(**GIVEN[family][0]), loaded.given(**GIVEN[family][0]))


def test_given_where_there_is_no_full_posterior(tmp_path):
    data = {"y": [1.0, 2.0], "s": [1.0, 1.0]}
    fit = pp.estimates(data, estimate="y", se="s", prior="flat", method="moments").given(mean=1.0, sd=2.0)
    check_same(fit, again(fit, tmp_path))


@pytest.mark.parametrize("seed", range(4))
def test_more_successes_than_failures(seed, tmp_path):
    function, data, roles = drawn("proportions", seed)
    fit = function({**data, "y": data["n"] - data["y"]}, **roles)
    check_same(fit, again(fit, tmp_path))
    check_same(fit.given(mean=0.8, concentration=3.0), again(fit.given(mean=0.8, concentration=3.0), tmp_path))


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_come_back_in_the_callers_library(make, tmp_path):
    function, data, roles = drawn("rates")
    fit = function(make(data), **roles)
    check_same(fit, again(fit, tmp_path))


@pytest.mark.parametrize("family", OURS)
def test_questions_have_the_same_answers(family, tmp_path):
    fit = of(family)
    loaded = again(fit, tmp_path)
    check_same_columns(fit.pooling().score_columns(), loaded.pooling().score_columns())
    one, other = (ranking(FittedModel(f.family, f.data, f.results, f.level)).columns() for f in (fit, loaded))
    check_same_columns(one, other)


def test_rows_are_kept(tmp_path):
    fit = of("measurements")
    loaded = again(fit, tmp_path)
    assert np.array_equal(fit.data.members.group, loaded.data.members.group)
    assert np.array_equal(fit.data.members.value, loaded.data.members.value)
    assert "log_score_rows" in loaded.pooling().score_columns()


def test_a_loaded_fit_can_be_saved_again(tmp_path):
    save(of("rates"), tmp_path / "one.partialpool")
    save(load(tmp_path / "one.partialpool"), tmp_path / "two.partialpool")
    assert (tmp_path / "one.partialpool").read_bytes() == (tmp_path / "two.partialpool").read_bytes()


def test_notes_and_warnings(tmp_path):
    data = {"g": ["a", "b", None], "y": [1, 2, 3], "n": [5, 5, 5]}
    fit = pp.proportions(data, successes="y", trials="n", group="g", missing="drop")
    assert len(fit.warnings) > 1
    check_same(fit, again(fit, tmp_path))


def test_arrays_are_read_only(tmp_path):
    loaded = again(of("measurements"), tmp_path)
    arrays = (*loaded.data.labels.values(), *loaded.data.statistics.values(), loaded.data.members.value)
    assert not any(array.flags.writeable for array in arrays)


# --- labels

BERLIN = ZoneInfo("Europe/Berlin")
LABELS = {
    "text": ["a", "", "\u00e4 \U0001f600", "=1+1"],
    "whole": [3, -1, 2**62, 0],
    "float": [0.1, -0.0, 1e-320, 2.5],
    "truth": [True, False],
    "date": [date(2024, 1, 31), date(1, 1, 1)],
    "datetime": [datetime(2024, 1, 31, 12, 0, 0, 7), datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN)],
    "zones": [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=-3)))],
    "time": [time(1, 2, 3), time(4, 5, 6, 7, tzinfo=UTC)],
    "decimal": [Decimal("1.10"), Decimal("1.1e7")],
    "uuid": [UUID(int=7), UUID(int=8)],
    "mixed": ["1", 1, 1.5, True, Decimal(2), date(2024, 1, 1)],
    "days": np.array(["2024-01-01", "2024-01-02"], dtype="M8[D]"),
    "moments": np.array(["2024-01-01T01:02:03.000000007", "1900-01-02"], dtype="M8[ns]"),
    "small": np.array([1, 255], dtype=np.uint8),
    "single": np.array([0.1, 0.2], dtype=np.float32),
    "big end": np.array([1, 2], dtype=">i4"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_type(kind, tmp_path):
    labels = LABELS[kind]
    fit = pp.estimates(
        {"g": labels, "y": np.arange(len(labels)), "s": [1] * len(labels)}, estimate="y", se="s", group="g"
    )
    loaded = again(fit, tmp_path)
    check_same(fit, loaded)
    assert loaded.data.labels["g"].dtype == fit.data.labels["g"].dtype


def test_several_label_columns_in_their_order(tmp_path):
    data = {"z": list("abab"), "a": [1, 1, 2, 2], "y": [1, 2, 3, 4], "s": [2, 1, 1, 1]}
    fit = pp.estimates(data, estimate="y", se="s", group=["z", "a"])
    loaded = again(fit, tmp_path)
    assert list(loaded.data.labels) == ["z", "a"]
    check_same(fit, loaded)


def test_rows_without_a_group_column(tmp_path):
    fit = pp.estimates({"y": [1, 2, 3], "s": [1, 1, 2]}, estimate="y", se="s")
    loaded = again(fit, tmp_path)
    assert loaded.data.numbered
    check_same(fit, loaded)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.decimals(allow_nan=False), st.uuids(),
    st.dates(), st.times(timezones=st.none() | st.just(UTC)),
    st.datetimes(timezones=st.none() | st.timezones()),
)  # fmt: skip


@each(CELLS)
def test_cells_come_back(cell):
    back = cell_from_json(json.loads(json.dumps(cell_to_json(cell), allow_nan=False)))
    assert type(back) is type(cell)
    assert repr(back) == repr(cell)


def test_half_a_surrogate_comes_back():
    assert cell_from_json(json.loads(json.dumps(cell_to_json("\ud800")))) == "\ud800"


@pytest.mark.parametrize("scalar", [np.int8(3), np.float32(0.1), np.datetime64("2024-01-01", "ns"), np.bool_(True)])
def test_scalars_in_object_arrays_come_back(scalar):
    back = array_from_json(json.loads(json.dumps(array_to_json(np.array([scalar, "a"], dtype=object)))))
    assert type(back[0]) is type(scalar)
    assert back[0] == scalar


class Odd:
    pass


@pytest.mark.parametrize("label", [Odd(), pd.Timestamp("2024-01-01"), {"a": 1}])
def test_labels_that_no_file_holds(label, tmp_path):
    fit = of("rates")
    labels = np.array([label, *range(1, fit.data.size)], dtype=object)
    fit = replace(fit, data=replace(fit.data, labels={"g": labels}))
    with pytest.raises(pp.OutputError, match="turn the labels into text"):
        save(fit, tmp_path / "fit.partialpool")
    assert not os.listdir(tmp_path)


# --- what is refused on the way out


def density_of_mine(x):
    return x * np.exp(-x)


def test_a_density_of_the_users_own(tmp_path):
    path = tmp_path / "fit.partialpool"
    save(of("rates"), path)
    before = path.read_bytes()
    for family, component in (("proportions", "concentration"), ("rates", "shape"), ("measurements", "sigma")):
        fit = of(family, prior=pp.Prior(**{component: density_of_mine}))
        with pytest.raises(pp.OutputError, match="density of your own, density_of_mine"):
            save(fit, path)
    assert path.read_bytes() == before


def test_a_class_of_the_users_own(tmp_path):
    class Gamma(pp.Gamma):
        pass

    fit = of("proportions", prior=pp.Prior(concentration=Gamma(2.0, 0.1)))
    with pytest.raises(pp.OutputError, match="density of your own, Gamma"):
        save(fit, tmp_path / "fit.partialpool")


def test_a_family_of_the_users_own(tmp_path):
    with pytest.raises(pp.OutputError, match="no family 'toy'"):
        save(of("toy"), tmp_path / "fit.partialpool")


@pytest.mark.parametrize("name", ["folder.partialpool", "none/fit.partialpool"])
def test_paths_that_cannot_be_written(name, tmp_path):
    (tmp_path / "folder.partialpool").mkdir()
    with pytest.raises(pp.OutputError, match="cannot write"):
        save(of("rates"), tmp_path / name)


def test_any_name_but_that_of_a_table(tmp_path):
    for name in ("rats", "rats.fit", "rats.partialpool"):
        save(of("rates"), tmp_path / name)
        assert load(tmp_path / name).data.size == of("rates").data.size
    with pytest.raises(pp.OutputError, match=r"the name of a table; call it fit\.fit"):
        save(of("rates"), tmp_path / "fit.csv")
    assert not (tmp_path / "fit.csv").exists()


# --- what is refused on the way in


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "fit.partialpool"
    save(of("estimates"), path)
    return path


def refused(path, content, match=None):
    path.write_bytes(content)
    with pytest.raises(pp.FileError, match=match):
        load(path)


def test_what_is_no_saved_fit(tmp_path):
    for content in (b"", b"g,y,n\na,1,2\n", b"PK\x03\x04", b"\x80\x05", b"partialpool", pickle.dumps({"a": 1})):
        refused(tmp_path / "other", content, "no saved fit")
    with pytest.raises(pp.FileError, match="There is no file"):
        load(tmp_path / "nowhere")
    with pytest.raises(pp.FileError, match="cannot be read"):
        load(tmp_path)


def test_a_file_cut_short_anywhere(saved, tmp_path):
    content = saved.read_bytes()
    for size in (*range(200), *range(200, len(content), 37), len(content) - 1):
        refused(tmp_path / "cut", content[:size])
    refused(tmp_path / "longer", content + b" ", "damaged")


def test_a_byte_changed_anywhere(saved, tmp_path):
    content = saved.read_bytes()
    rng = np.random.default_rng(0)
    for place in (*range(150), *rng.integers(150, len(content), 300).tolist()):
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        refused(tmp_path / "changed", bytes(changed))


def test_a_newer_format(saved, tmp_path):
    content, _ = unpacked(saved)
    refused(tmp_path / "newer", packed(content, "7.1.0", form=2), r"newer partialpool, 7\.1\.0, in format 2.*Upgrade")
    refused(tmp_path / "newer", packed({"other": 1}, "7.1.0", form=3), "Upgrade")


def test_a_payload_that_is_no_object(tmp_path):
    for payload in ([1, 2], "fit"):
        refused(tmp_path / "other", packed(payload, "0.1.0"), "not that of a fit")
    refused(tmp_path / "other", packed({}, "0.1.0", form=0), "not that of a fit")
    first, payload = b"partialpool-fit 1 0.1.0\n", b"{no json"
    second = f"sha256 {hashlib.sha256(first + payload).hexdigest()} {len(payload)}\n".encode()
    refused(tmp_path / "other", first + second + payload, "no JSON")


def test_numbers_that_no_group_can_have(tmp_path):
    fit = of("measurements").given(sd=1.0, sigma=2.0)
    save(fit, tmp_path / "fit.partialpool")
    content, writer = unpacked(tmp_path / "fit.partialpool")
    refused(tmp_path / "other", packed(changed(content, "given", "sigma", to=-1.0), writer), "cannot be")


def test_rows_that_combine_in_another_way(tmp_path):
    fit = of("rates")
    fit = replace(fit, data=replace(fit.data, combine=lambda *_: {}))
    with pytest.raises(pp.OutputError, match="rows combine"):
        save(fit, tmp_path / "fit.partialpool")


def test_arrays_that_no_file_holds():
    with pytest.raises(pp.OutputError, match="complex128"):
        array_to_json(np.array([1j]))


def test_a_time_zone_of_the_users_own():
    class Mine(tzinfo):
        pass

    with pytest.raises(pp.OutputError, match="time zone"):
        cell_to_json(datetime(2024, 1, 1, tzinfo=Mine()))


def changed(content, *keys, to):
    content = json.loads(json.dumps(content))
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    return content


ARRAY = array_to_json(np.array([0, 9]))  # there are groups 0 to 8


@pytest.mark.parametrize(("keys", "to"), [
    (("family",), "rates"),
    (("family",), "os"),
    (("method",), "magic"),
    (("level",), 95),
    (("groups",), None),
    (("groups", "combine"), "eval"),
    (("groups", "labels", 0, 1), {"dtype": "|O", "size": 1, "base64": "AAAAAAAAAAA="}),
    (("groups", "labels", 0, 1), {"cells": [{"pickle": "gASVAA=="}] * 9}),
    (("groups", "labels", 0, 1), {"cells": ["a"]}),
    (("groups", "statistics", 1, 1, "size"), 8),
    (("groups", "statistics", 1, 1, "base64"), "!!!!"),
    (("groups", "statistics", 1, 0), "weight"),
    (("prior",), {"class": "Custom", "fields": {"pdf": {"value": "os.system"}}}),
    (("prior",), {"class": "Gamma", "fields": {"shape": {"value": 1.0}, "rate": {"value": 1.0}}}),
    (("prior", "fields", "sd"), {"class": "eval", "fields": {}}),
    (("prior", "fields", "sd", "fields", "density"), {"class": "HalfCauchy", "fields": {"scale": {"value": -1.0}}}),
    (("prior", "fields", "sd", "fields", "density"), {"class": "__import__", "fields": {"name": {"value": "os"}}}),
    (("groups", "labels", 0, 1), {"dtype": "<i8", "size": 9, "base64": 9}),
    (("groups", "members"), {"group": ARRAY, "value": ARRAY}),
    (("prior", "fields"), [1]),
    (("prior", "fields", "sd"), 7),
    (("answers",), {}),
    (("answers", "parameters"), ["mean", "spread"]),
])  # fmt: skip
def test_content_that_is_no_fit(saved, tmp_path, keys, to):
    content, writer = unpacked(saved)
    refused(tmp_path / "changed", packed(changed(content, *keys, to=to), writer))


def test_answers_that_are_not_those_saved(saved, tmp_path):
    content, _ = unpacked(saved)
    for name in ("mean", "sd", "lower", "median", "upper"):
        numbers = array_from_json(content["answers"][name])
        for place, parameter in enumerate(("mean", "sd")):
            off = numbers.copy()
            off[place] *= 1.0 + 1e-9
            other = changed(content, "answers", name, to=array_to_json(off))
            refused(tmp_path / "off", packed(other, "0.0.9"), rf"0\.0\.9 saved: the {name} of {parameter} was")


def test_answers_that_are_those_saved_but_for_rounding(saved, tmp_path):
    """As another NumPy or SciPy may round."""
    content, _ = unpacked(saved)
    for name in ("mean", "sd", "lower", "median", "upper"):
        numbers = array_from_json(content["answers"][name])
        content["answers"][name] = array_to_json(np.nextafter(numbers, np.inf))
    (tmp_path / "rounded").write_bytes(packed(content, "0.0.9"))
    check_same(load(saved), load(tmp_path / "rounded"))


def test_a_point_estimate_that_another_search_finds(tmp_path):
    fit = of("rates", method="empirical-bayes")
    save(fit, tmp_path / "fit.partialpool")
    content, _ = unpacked(tmp_path / "fit.partialpool")
    for by, fine in ((1e-10, True), (1e-6, False)):
        other = json.loads(json.dumps(content))
        for name in ("mean", "lower", "median", "upper"):
            other["answers"][name] = array_to_json(array_from_json(content["answers"][name]) * (1.0 + by))
        if fine:
            (tmp_path / "near").write_bytes(packed(other, "0.0.9"))
            check_same(fit, load(tmp_path / "near"))
        else:
            refused(tmp_path / "far", packed(other, "0.0.9"), "is not what partialpool")


def test_moments_that_do_not_exist(tmp_path):
    data = {"y": [1.0, 4.0, 2.0], "s": [1.0, 1.5, 1.0]}
    fit = pp.estimates(data, estimate="y", se="s", prior="flat")
    assert np.isnan(fit.population_columns()["sd"]).any()
    check_same(fit, again(fit, tmp_path))
    content, _ = unpacked(tmp_path / "fit.partialpool")
    numbers = array_from_json(content["answers"]["median"])
    content["answers"]["median"] = array_to_json(np.nextafter(numbers, np.inf))
    (tmp_path / "rounded").write_bytes(packed(content, "0.0.9"))
    check_same(fit, load(tmp_path / "rounded"))


def test_the_file_is_text_that_says_what_it_is(saved):
    first, second, payload = saved.read_text("ascii").split("\n", 2)
    assert first == f"partialpool-fit 1 {pp.__version__}"
    assert second.startswith("sha256 ")
    assert json.loads(payload)["family"] == "estimates"


# --- whole or not at all

KILLED = """
    import json, os, random, signal, sys, time
    import numpy as np
    import partialpool as pp
    from partialpool.fit.loading import load
    from partialpool.saving import save

    path, kills = sys.argv[1], int(sys.argv[2])
    y = np.random.default_rng(0).normal(size=40)
    fits = [pp.estimates({"y": y[:n], "s": np.ones(n)}, estimate="y", se="s") for n in (3, 40)]
    for fit in fits:  # which works out what a file holds, so that the writers only write
        save(fit, path)
    began = time.perf_counter()
    for fit in fits:
        save(fit, path)
    once = 0.5 * (time.perf_counter() - began)
    save(fits[0], path)
    random.seed(1)
    sizes, litter = [], 0
    for kill in range(kills):
        ready, told = os.pipe()
        writer = os.fork()
        if not writer:
            try:
                os.write(told, b"!")
                while True:
                    for turn in (kill, kill + 1):
                        save(fits[turn % 2], path)
                        os.write(told, b".")
            finally:
                os._exit(1)
        os.close(told)
        os.read(ready, 1)
        time.sleep(random.uniform(0.0, 3.0 * once))
        os.kill(writer, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(writer, 0)[1])
        sizes.append(load(path).data.size)
        written = len(os.read(ready, 1000))
        once *= 1.2 if written == 0 else 0.85 if written > 2 else 1.0  # a machine may be busier than it was at first
        os.close(ready)
        litter += len(os.listdir(os.path.dirname(path))) > 1
    save(fits[0], path)
    print(json.dumps({"sizes": sizes, "litter": litter, "left": os.listdir(os.path.dirname(path))}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked writers")
@pytest.mark.parametrize("kills", [20, 200])
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(kills, tmp_path):
    path = str(tmp_path / "fit.partialpool")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), path, str(kills)]
    here = os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(pp.__file__))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, env=here)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["sizes"]) <= {3, 40}
    assert len(found["sizes"]) == kills
    assert found["left"] == ["fit.partialpool"]
    if kills > 100:
        assert set(found["sizes"]) == {3, 40}
        assert found["litter"] > 0  # some were killed in the middle of a write


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "fit.partialpool"
    save(of("rates"), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(pp.OutputError, match="No space left"):
        save(of("estimates"), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["fit.partialpool"]
