"""A picture as a file: whole or not at all, and the same bytes each time."""

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

import partialpool as pp
from partialpool import datasets
from partialpool.io.output import atomic
from partialpool.plots import EXTENSIONS, NAMES, save, style

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_each_format_is_the_same_each_time(rats, tmp_path, extension):
    one, other = tmp_path / f"one{extension}", tmp_path / f"other{extension}"
    save(rats, "shrinkage", one)
    save(rats, "shrinkage", other)
    assert one.read_bytes().startswith(STARTS[extension])
    assert one.read_bytes() == other.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, other]


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_of_every_family(fit, tmp_path, name):
    save(fit, name, str(tmp_path / "picture.PNG"))
    assert (tmp_path / "picture.PNG").stat().st_size > 10_000


def test_no_figure_is_left_behind(rats, tmp_path):
    import matplotlib.pyplot as plt

    save(rats, "shrinkage", tmp_path / "a.svg")
    assert plt.get_fignums() == []


def test_hostile_names_are_no_markup(tmp_path):
    names = ["<script>alert(1)</script>", "--><script>", "&amp;", "$x$"]
    fit = pp.proportions({"g": names, "y": [1, 2, 3, 4], "n": [9, 9, 9, 9]}, successes="y", trials="n", group="g")
    save(fit, "forest", tmp_path / "a.svg")
    tree = ET.parse(tmp_path / "a.svg")
    assert not [part for part in tree.iter() if part.tag.endswith("script")]
    assert b"<script" not in (tmp_path / "a.svg").read_bytes().replace(b"<!-- <script>", b"")


def test_there_is_no_such_picture(rats, tmp_path):
    with pytest.raises(pp.RequestError, match="no picture 'pie'; there are shrinkage, forest, population"):
        save(rats, "pie", tmp_path / "a.png")


@pytest.mark.parametrize("path", ["a.jpg", "a", "a.csv", "folder.png", "nowhere/a.png"])
def test_what_cannot_be_written_is_refused(rats, tmp_path, path):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(pp.OutputError, match="cannot write"):
        save(rats, "shrinkage", tmp_path / path)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]


def test_the_input_is_never_overwritten(rats, tmp_path):
    source = tmp_path / "data.png"
    source.write_bytes(datasets.path("rat_tumors").read_bytes())
    with pytest.raises(pp.OutputError, match="the data come from"):
        save(rats, "shrinkage", source, sources=[source])


def test_a_failure_leaves_the_old_file(rats, tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(pp.OutputError, match="No space left"):
        save(rats, "shrinkage", target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_without_matplotlib_nothing_is_written(rats, tmp_path, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(pp.MissingDependencyError):
        save(rats, "shrinkage", tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_importing_and_fitting_loads_no_matplotlib():
    code = """
import sys
import partialpool as pp
fit = pp.proportions({"y": [1, 2, 5], "n": [9, 9, 9]}, successes="y", trials="n")
fit.plot, pp.plots.save, fit.groups()
sys.exit("matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 0
