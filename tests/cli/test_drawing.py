"""Pictures at the shell: of a fit, of a saved one, and several in one run."""

from typing import get_args

import pytest

import partialpool as pp
from partialpool.cli import choices, main
from partialpool.plots import saving

SCHOOLS = ["--dataset", "eight_schools"]


def said(capsys, *arguments):
    code = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def saved(tmp_path):
    fit = pp.estimates(pp.datasets.load("eight_schools"), **pp.datasets.info("eight_schools").arguments)
    path = tmp_path / "schools.fit"
    fit.save(path)
    return fit, path


def test_pictures_at_the_shell_are_those_of_the_package():
    assert set(get_args(choices.Picture)) == set(saving._EVERY)


@pytest.mark.parametrize("command", ["groups", "population", "ranks", "intervals", "pooling", "meta-analysis"])
def test_a_saved_fit_is_drawn(capsys, tmp_path, saved, command):
    fit, path = saved
    drawn, expected = tmp_path / "drawn.svg", tmp_path / "expected.svg"
    code, out, err = said(capsys, command, "--fit", path, "--plot", "forest", drawn, "--quiet")
    assert (code, out, err) == (0, "", "")
    saving.save(fit, "forest", expected)
    assert drawn.read_bytes() == expected.read_bytes()


def test_one_run_draws_several_pictures_on_the_scale_of_the_tables(capsys, tmp_path, saved):
    fit, path = saved
    files = {name: tmp_path / f"{name}.svg" for name in get_args(choices.Picture)}
    words = [word for name, file in files.items() for word in ("--plot", name, file)]
    assert said(capsys, "groups", "--fit", path, "--transform", "exp", *words)[0] == 0
    for name, file in files.items():
        saving.save(fit, name, tmp_path / "expected.svg", transform="exp")
        assert file.read_bytes() == (tmp_path / "expected.svg").read_bytes()


def test_kinds_of_pictures_are_understood_in_other_spellings_and_corrected(capsys, tmp_path, saved):
    words = ["groups", "--fit", saved[1], "--quiet", "--plot"]
    assert said(capsys, *words, "Meta_Analysis", tmp_path / "a.svg", "--plot", "FOREST", tmp_path / "b.svg")[0] == 0
    assert (tmp_path / "a.svg").exists()
    code, _, err = said(capsys, *words, "foresd", tmp_path / "c.svg")
    assert code == 2
    assert "there is no picture 'foresd'. Did you mean 'forest'? Kinds are shrinkage, forest, population" in err


def test_two_pictures_are_two_files_and_neither_goes_to_standard_output(capsys, tmp_path, saved):
    words = ["groups", "--fit", saved[1], "--plot", "forest", tmp_path / "a.svg"]
    for second, message in ((tmp_path / "a.svg", "a file of its own"), ("-", "takes the name of a file")):
        code, out, err = said(capsys, *words, "--plot", "shrinkage", second)
        assert (code, out) == (2, "")
        assert message in err
    assert not (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("command", ["check", "compare", "predict", "attach", "cumulative"])
def test_help_names_pictures_only_where_some_are_drawn(capsys, command):
    assert "--plot" not in said(capsys, command, "--help")[1]
    code, out, err = said(capsys, command, *SCHOOLS, "--plot", "forest", "a.png")
    assert (code, out) == (2, "")
    assert "draws no picture: --plot is not one of its options. It is an option of proportions, rates" in err


def test_help_says_what_the_option_takes(capsys):
    assert "--plot KIND FILE" in said(capsys, "groups", "--help")[1]


def test_an_option_is_suggested_only_if_it_is_near(capsys):
    err = said(capsys, "proportions", "--fit", "a.fit")[2]
    assert "takes no fit that is saved: --fit is not one of its options. It is an option of attach, pooling" in err
    assert "Did you mean" not in err
    assert "Did you mean --successes?" in said(capsys, "proportions", "--succeses", "y")[2]
    assert "--trials takes successes and failures together" in said(capsys, "proportions", "--failed", "y")[2]
    assert "Did you mean --trials?" in said(capsys, "proportions", "--total", "y")[2]
    assert "Did you mean" not in said(capsys, "rates", "--failed", "y")[2]
    assert said(capsys, "proportions", "--flut", "y")[2] == "partialpool: Unknown option: --flut. Try --help.\n"
