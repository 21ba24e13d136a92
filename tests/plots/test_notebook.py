"""A notebook shows every picture, the user's own after them among these, and results as HTML."""

import os
import sys

import nbformat
import pytest
from nbclient import NotebookClient

FITS = """
import partialpool as pp
rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
schools = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
"""

CELLS = {
    "fits": FITS,
    "shrinkage": "rats.plot.shrinkage()",
    "forest": "rats.plot.forest()",
    "population": "schools.plot.population();",
    "two": "rats.plot.population()\nschools.plot.forest()",
    "refused": "try:\n    rats.plot.forest(95)\nexcept pp.RequestError as error:\n    print(error)",
    "own": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])",
    "own axes": "figure, axes = plt.subplots(1, 2)\nrats.plot.shrinkage(ax=axes[0]);",
    "after": "plt.plot([3, 2, 1]);",
    "fit": "rats",
    "prior": "pp.Prior(mean=pp.Beta(2, 8))",
}


@pytest.fixture(scope="module")
def outputs():
    """What each cell puts out; a single kernel runs them all."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(
        env={**inherited, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def images(found):
    return sum("image/png" in output.get("data", {}) for output in found)


PICTURES = {"fits": 0, "refused": 0, "two": 2, "fit": 0, "prior": 0}


@pytest.mark.parametrize("name", CELLS)
def test_each_cell_shows_its_pictures(outputs, name):
    assert images(outputs[name]) == PICTURES.get(name, 1)


def test_results_are_shown_as_html_and_as_text(outputs):
    (fit,), (prior,) = outputs["fit"], outputs["prior"]
    assert "<strong>Posterior of 71 groups" in fit["data"]["text/html"]
    assert fit["data"]["text/plain"].startswith("Posterior of 71 groups")
    assert "p(mean, concentration)" in prior["data"]["text/html"]
    assert prior["data"]["text/plain"] == "Prior(mean=Beta(a=2, b=8))"
