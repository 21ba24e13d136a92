"""The package as others get it: its wheel, its types, its public names and the page that an index shows."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

import partialpool as pp

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REPOSITORY = PROJECT["project"]["urls"]["Repository"]

SCRIPT = '''\
"""What a user writes, with every type stated."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import partialpool as pp


def estimate(path: Path) -> pp.Posterior:
    prior: pp.Prior = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.HalfCauchy(1, on="sd"))
    return pp.proportions(path, successes="y", trials="n", group="g", prior=prior)


def best(fit: pp.Posterior, limit: float) -> tuple[NDArray[np.float64], float]:
    chosen = fit.select(above=limit, fdr=0.1)
    error: float = fit.accuracy.mean
    return fit.probability(above=limit).probability, chosen.fdr + error


def main() -> None:
    try:
        fit = estimate(Path("rats.csv"))
    except pp.PartialpoolError as error:
        raise SystemExit(str(error)) from error
    print(fit.groups(), best(fit, 0.2), pp.datasets.names(), pp.load("a.fit").level)
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place], cwd=ROOT, check=True)
    return next(place.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of an environment that has the wheel, and the libraries that it needs."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, symlinks=True)
    packages = next(place.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "libraries.pth").write_text(str(Path(np.__file__).parent.parent))
    return place / "bin" / "python"


def typed(python, script):
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--no-incremental", script]
    return subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)


def test_a_users_script_passes_mypy_strict_against_the_wheel(installed, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = typed(installed, script)
    assert done.returncode == 0, done.stdout
    script.write_text(SCRIPT.replace("chosen.fdr + error", "chosen.fdr + fit.accuracy"))
    done = typed(installed, script)
    assert "[operator]" in done.stdout


def test_the_wheel_answers_in_an_environment_of_its_own(installed, tmp_path):
    code = "import partialpool, sys; print(partialpool.__file__); sys.exit(partialpool.cli.main(['--version']))"
    done = subprocess.run(
        [installed, "-c", "import partialpool.cli; " + code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    place, version = done.stdout.splitlines()
    assert str(installed.parent.parent) in place
    assert version == f"partialpool {pp.__version__}"


def test_the_page_of_an_index_has_links_that_lead_somewhere(wheel):
    """What an index shows stands alone: every link is absolute, and those to the repository name a file that it has."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        page = archive.read(name).decode()
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)#]+)[^)]*\)", page)
    kept = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) == len(kept)
    raw = REPOSITORY.replace("github.com", "raw.githubusercontent.com")
    for picture, target in links:
        home = f"{raw}/main/" if picture else f"{REPOSITORY}/blob/main/"
        assert target.startswith("https://")
        if target.startswith((REPOSITORY, raw)):
            assert target.startswith(home)
            assert (ROOT / target.removeprefix(home)).is_file(), target
    assert any(picture for picture, _ in links)


def test_public_names_are_those_that_a_type_checker_sees():
    tree = ast.parse((ROOT / "src" / "partialpool" / "__init__.py").read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {"__version__"}
    for line in guarded.body:
        for alias in line.names:
            seen.add(alias.name)
            home = importlib.import_module(line.module)
            assert getattr(pp, alias.name) is getattr(home, alias.name)
    assert seen == set(pp.__all__)


def test_dir_shows_public_names_only():
    assert dir(pp) == sorted(pp.__all__)
    importlib.import_module("partialpool.special")
    assert dir(pp) == sorted(pp.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'proportion'"):
        pp.proportion  # noqa: B018


def test_importing_the_package_loads_nothing_but_the_standard_library():
    code = "import sys; before = set(sys.modules); import partialpool; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in ast.literal_eval(done.stdout) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert loaded == {"partialpool", "partialpool.version"}


def test_the_citation_names_this_version_and_this_repository():
    said = dict(
        line.split(": ", 1)
        for line in (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
        if re.match(r"[a-z-]+: \S", line)
    )
    assert said["version"] == pp.__version__
    assert said["repository-code"].strip('"') == REPOSITORY
    assert said["license"] == PROJECT["project"]["license"]


def test_a_public_name_is_never_the_module_that_defines_it():
    """A loaded module becomes an attribute of its package, where a name of the same kind could be looked for."""
    code = """
import importlib, pkgutil, types
import partialpool as pp

for module in pkgutil.walk_packages(pp.__path__, "partialpool."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
modules = {name for name in pp.__all__ if isinstance(getattr(pp, name), types.ModuleType)}
assert modules == {"checks", "datasets", "effects", "errors", "priors"}, modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_wheel_has_what_reports_are_made_of(wheel):
    folder = Path(pp.__file__).parent
    parts = {path.relative_to(folder.parent).as_posix() for path in (folder / "report").glob("*/*") if path.is_file()}
    made = {name for name in parts if "__pycache__" not in name}
    assert {"partialpool/report/assets/report.js", "partialpool/report/vendor/vega.min.js"} <= made
    assert made <= set(zipfile.ZipFile(wheel).namelist())
