"""Draw the pictures of the documentation: python docs/images/make.py [folder]."""

import sys
from pathlib import Path

import partialpool as pp
from partialpool import plots


def make(folder: Path) -> list[Path]:
    """Write the pictures to a folder, and say which."""
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group", prior="bda")
    files = []
    for name in ("shrinkage", "population"):
        files.append(folder / f"rats_{name}.png")
        plots.save(rats, name, files[-1])
    return files


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
