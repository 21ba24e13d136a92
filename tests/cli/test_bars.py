"""Bars beside the tables of groups: on a terminal that is wide enough, and nowhere else."""

import json
import re

import pytest

from partialpool.io.output.bars import ASCII, UNICODE
from shell import on_terminal, partialpool

RATS = ("groups", "--dataset", "rat_tumors")
FAMILIES = {
    "proportions": ("--dataset", "rat_tumors"),
    "rates": ("--dataset", "pump_failures"),
    "estimates": ("--dataset", "eight_schools"),
    "measurements": ("--dataset", "coagulation"),
}
LEGEND = re.compile("^(○|●|o|\\*) (raw value|posterior)", re.MULTILINE)


def table(text):
    """The lines of the table of groups, from its title on."""
    return text[text.index("Groups") :].split("\n\n")[0].split("\n")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_bars_on_a_wide_terminal_beside_the_same_numbers(family):
    words = (family, *FAMILIES[family])
    piped = partialpool(*words, COLUMNS="160").stdout
    shown = on_terminal(*words, columns=160)
    assert LEGEND.search(shown)
    assert not LEGEND.search(piped)
    without, beside = table(piped), table(shown)
    for line in without:
        assert any(other.startswith(line) for other in beside), line
    rows = [line for line in beside if UNICODE.middle in line or UNICODE.both in line]
    size = int(piped.split(" groups")[0])
    assert len(rows) == min(size, 20) + 1  # and the legend
    assert max(map(len, shown.splitlines())) <= 160


def test_the_legend_says_where_the_mean_of_the_population_stands():
    shown = on_terminal(*RATS)
    mean = json.loads(partialpool("population", *RATS[1:], "--json").stdout)["population"][0]["mean"]
    (legend,) = (line for line in shown.splitlines() if "population mean" in line)
    assert f"│ population mean {mean:.4f}" in legend
    column = {line.index(sign) for line in table(shown) for sign in "│┼" if sign in line and "mean" not in line}
    assert len(column) == 1


def test_a_transform_has_a_logarithmic_scale():
    columns = ("--estimate", "log_risk_ratio", "--variance", "log_risk_ratio_var")
    shown = on_terminal("estimates", "--dataset", "bcg_vaccine", *columns, "--transform", "exp", columns=150)
    (legend,) = (line for line in shown.splitlines() if "population mean" in line)
    assert "● posterior median" in legend
    assert legend.endswith("population mean 0.4950, on a logarithmic scale")


@pytest.mark.parametrize("columns", [40, 80, 90])
def test_a_narrow_terminal_has_the_table_alone(columns):
    assert on_terminal(*RATS, columns=columns) == partialpool(*RATS, COLUMNS=str(columns)).stdout


def test_an_encoding_without_lines_has_plain_signs():
    shown = on_terminal(*RATS, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert shown.isascii()
    assert "\\" not in shown
    assert f"{ASCII.raw} raw value, {ASCII.middle} posterior mean" in shown


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_bars_are_characters_without_colours(environment):
    shown = on_terminal(*RATS, "--top", "2", **environment)
    assert LEGEND.search(shown)
    assert "\x1b" not in shown


def test_files_and_documents_have_no_bars(tmp_path):
    assert "●" not in on_terminal(*RATS, "--json")
    on_terminal(*RATS, "--quiet", "--out", str(tmp_path / "a.csv"))
    partialpool(*RATS, "--quiet", "--out", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert on_terminal(*RATS, "--out", "-").startswith("group,tumors,rats,raw,")


def test_labels_from_anywhere_and_groups_without_data(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('g,y,n\n東京都の病院,3,40\n"\x1b[31mred",1,20\n\u202eabc,9,1000000\nempty,0,0\ne\u0301,9,9\n')
    shown = on_terminal("proportions", str(file), "--successes", "y", "--trials", "n", "--group", "g")
    assert "\x1b" not in shown
    lines = table(shown)
    rows = [line for line in lines[2:] if "interval" not in line]
    assert len(rows) == 5
    place = next(line for line in lines if line.startswith("g ")).rindex("0")  # the scale begins there
    for line in rows:
        wide = 6 * ("東" in line) - ("e\u0301" in line)  # characters of two columns, and one of none
        assert set(line[place - wide :]) <= set("".join(vars(UNICODE).values()) + " "), line
    (empty,) = (line for line in rows if line.startswith("empty"))
    assert "○" not in empty
