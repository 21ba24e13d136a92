"""The script that draws the pictures of the documentation works, and what is there is what it draws."""

import runpy
from pathlib import Path

from matplotlib.image import imread

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def test_the_pictures_are_made(tmp_path):
    files = runpy.run_path(str(FOLDER / "make.py"))["make"](tmp_path)
    assert sorted(file.name for file in files) == sorted(file.name for file in FOLDER.glob("*.png"))
    for file in files:
        made, kept = imread(file), imread(FOLDER / file.name)
        assert made.shape[2] == 4
        assert all(abs(a - b) <= 40 for a, b in zip(made.shape[:2], kept.shape[:2], strict=True))
