"""Help, completion and listings."""

import io
import itertools
import json
import os
import pty
import select
import subprocess
import time
from typing import get_args

import pytest
from rich.console import Console

import partialpool as pp
from partialpool.cli import choices, listings, main, startup
from partialpool.cli.commands import app


def said(capsys, *arguments):
    code = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("words", [[], ["ranks"], ["datasets"]])
def test_help_of_a_command_is_what_its_option_says(capsys, words):
    code, out, err = said(capsys, "help", *words)
    assert (code, err) == (0, "")
    assert out == said(capsys, *words, "--help")[1]
    assert "Usage: partialpool" in out


def test_help_names_what_can_be_read(capsys):
    out = " ".join(said(capsys, "proportions", "--help")[1].replace("│", " ").split())
    for kind in (".csv", ".tsv", ".txt", ".csv.gz", ".parquet", "- for standard input"):
        assert kind in out


@pytest.mark.parametrize("command", sorted(name for name in app if not name.startswith("-")))
def test_help_fills_its_lines_whatever_the_lines_of_the_source(command):
    page = io.StringIO()
    app([command, "--help"], console=Console(width=500, file=page), exit_on_error=False)
    lines = page.getvalue().splitlines()
    for line, following in itertools.pairwise(lines):
        text = bool(line.strip()) and bool(following.strip()) and line[0].isalpha()
        assert not (text and following[0].isalpha()), line
        assert not following.startswith("│  ") or not following.strip("│ "), following


def test_names_that_are_completed_are_all_that_there_are():
    commands = {name for name in app if not name.startswith("-") and name != "help"}
    assert set(get_args(get_args(startup.CommandName)[0])) == commands
    assert get_args(get_args(choices.DatasetName)[0]) == pp.datasets.names()
    known = {name for family in get_args(listings.FamilyName) for name in pp.priors.named(family)}
    assert set(get_args(get_args(choices.PriorName)[0])) == known


def test_other_spellings_are_left_to_the_package(capsys):
    words = ["proportions", "--dataset", "rat_tumors", "--quiet"]
    assert said(capsys, *words, "--prior", "BDA")[:2] == (0, "")
    assert said(capsys, *words, "--prior", "concentration ~ Gamma(2, 0.1)")[0] == 0
    words = ["sensitivity", "--dataset", "eight_schools", "--quiet", "--priors", "flat"]
    for name in ("half-cauchy", "Half-Cauchy", "half_cauchy", "HalfCauchy"):
        assert said(capsys, *words, "--priors", name)[:2] == (0, "")
    priors = [
        row["prior"] for row in json.loads(said(capsys, *words[:3], "--json", "--priors", "HALF_CAUCHY")[1])["priors"]
    ]
    assert priors[-1] == "half-cauchy"
    assert "Did you mean 'rat_tumors'?" in said(capsys, "proportions", "--dataset", "rat_tumor")[2]


def test_help_of_nothing_is_refused(capsys):
    code, out, err = said(capsys, "help", "nothing")
    assert (code, out) == (2, "")
    assert 'Unknown command "nothing"' in err


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ZSH", "ZSH_CUSTOM", "ZSH_VERSION", "BASH_VERSION", "FISH_VERSION"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_bash_completes_commands_options_choices_and_files(capsys, home):
    code, out, err = said(capsys, "--install-completion", "--shell", "bash")
    assert (code, err) == (0, "")
    script = home / ".local/share/bash-completion/completions/partialpool"
    assert str(script) in out
    assert str(script) in (home / ".bashrc").read_text()
    said(capsys, "--install-completion", "--shell", "bash")
    assert (home / ".bashrc").read_text().count(f'. "{script}"') == 1
    (home / "rats.csv").touch()
    asked = [
        (["pro"], {"proportions", "probability"}),
        (["ranks", "--be"], {"--best"}),
        (["ranks", "--best", ""], {"high", "low"}),
        (["ranks", "ra"], {"rats.csv"}),
        (["sel"], {"select"}),
        (["ranks", "--dataset", "ei"], {"eight_schools"}),
        (["proportions", "--dataset", "rat"], {"rat_tumors"}),
        (["rates", "--prior", "half"], {"half-cauchy-sd"}),
        (["sensitivity", "--priors", "morr"], {"morris"}),
        (["help", "leave"], {"leave-one-out"}),
        (["groups", "--plot", "f"], {"forest", "funnel"}),
        (["rates", "--plot", "pr"], {"predictive", "prior-posterior"}),
        (["groups", "--plot", "forest", "ra"], {"rats.csv"}),
    ]
    for words, expected in asked:
        line = " ".join(f"'{word}'" for word in ["partialpool", *words])
        asking = f'. "{script}"; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _partialpool; echo "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", asking], cwd=home, capture_output=True, text=True, check=True)
        assert set(done.stdout.split()) == expected


def test_bash_knows_every_command_and_every_option(capsys, home):
    assert said(capsys, "--install-completion", "--shell", "bash")[0] == 0
    script = home / ".local/share/bash-completion/completions/partialpool"

    def completed(*words):
        line = " ".join(f"'{word}'" for word in ["partialpool", *words])
        asking = f'. "$0"; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _partialpool; echo "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", asking, script], cwd=home, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    commands = {name for name in app if not name.startswith("-")}
    assert completed("") == commands
    for command in commands - {"help"}:
        known = {name for one in app[command].assemble_argument_collection() for name in one.names}
        known = {name for name in known if name.startswith("--") and not name.startswith(("--no-", "--empty-"))}
        assert known <= completed(command, "--"), command


def test_a_bash_that_somebody_types_in_completes_by_the_tabulator(capsys, home):
    assert said(capsys, "--install-completion", "--shell", "bash")[0] == 0
    outer, inner = pty.openpty()
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "COLUMNS": "200"}
    bash = subprocess.Popen(
        ["bash", "-i"], stdin=inner, stdout=inner, stderr=inner, env=variables, cwd=home, start_new_session=True
    )
    os.close(inner)

    def seen(typed, expected):
        """Type, and read until the expected text is there; the bell of a wrong key would not bring it."""
        os.write(outer, typed)
        text, end = b"", time.monotonic() + 20.0
        while expected not in text and time.monotonic() < end:
            if select.select([outer], [], [], 0.1)[0]:
                text += os.read(outer, 65536)
        return expected in text

    try:
        assert seen(b"PS1='ready> '\n", b"\nready> ")
        assert seen(b"complete -p partialpool\n", b"complete -F _partialpool partialpool")
        assert seen(b"partialpool prop\t", b"partialpool proportions ")
        assert seen(b"--dataset rat\t", b"--dataset rat_tumors ")
        assert seen(b"--pl\tsh\t", b"--plot shrinkage ")
    finally:
        bash.kill()
        bash.wait()
        os.close(outer)


@pytest.mark.parametrize(("shell", "place"), [("zsh", ".zsh/completions"), ("fish", ".config/fish/completions")])
def test_other_shells(capsys, home, shell, place):
    code, out, _ = said(capsys, "--install-completion", "--shell", shell)
    assert code == 0
    assert place in out
    assert any("proportions" in file.read_text() for file in (home / place).iterdir())


def test_a_shell_that_cannot_be_seen_is_asked_for(capsys, home, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/strange")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError("ps")))
    code, out, err = said(capsys, "--install-completion")
    assert (code, out) == (2, "")
    assert "--shell bash" in err
    assert not list(home.iterdir())


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.isdir("/proc"), reason="nothing here is read-only")
def test_a_home_that_cannot_be_written_is_refused(capsys, home, monkeypatch):
    monkeypatch.setenv("HOME", "/proc")
    code, out, err = said(capsys, "--install-completion", "--shell", "bash")
    assert (code, out) == (2, "")
    assert err.startswith("partialpool: cannot write '/proc")


def test_the_data_sets_as_one_document(capsys):
    code, out, err = said(capsys, "datasets", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [entry["name"] for entry in found] == list(pp.datasets.names())
    for entry in found:
        info = pp.datasets.info(entry["name"])
        assert {**entry["roles"], "group": entry["group"]} == info.arguments
        assert (entry["rows"], entry["source"]) == (info.rows, info.source)


@pytest.mark.parametrize("family", ["proportions", "rates", "estimates", "measurements"])
def test_priors_of_a_family_by_option_or_place(capsys, family):
    code, out, err = said(capsys, "priors", "--family", family)
    assert (code, err) == (0, "")
    assert out == said(capsys, "priors", family)[1]
    document = json.loads(said(capsys, "priors", family, "--json")[1])
    assert list(document) == list(pp.priors.named(family))
    assert all(text in out.replace("\n  ", "\n") for text in document.values())
