"""What the documents show is what the package answers.

A ```text block straight after a ```python or ```sh block is that block's output, to the letter. Code of other
packages stands in ```py and ```r blocks, which are not run.
"""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from shell import partialpool

ROOT = Path(__file__).parent.parent
FOLDERS = ("", "start", "learn", "cases", "from", "reference", "theory")
DOCUMENTS = [ROOT / "README.md"]
for _folder in FOLDERS:
    DOCUMENTS += sorted((ROOT / "docs" / _folder).glob("*.md"))
WITHOUT_CODE = {"comparison.md", "index.md", "readme.md", "changes.md", "contributing.md", "security.md"}
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def blocks(path):
    return [match.groups() for match in BLOCK.finditer(path.read_text(encoding="utf-8"))]


def normal(text):
    """The lines; how small a stated error is may differ between machines."""
    return [re.sub(r"\b\de-\d\d\b", "#e-##", line.rstrip()) for line in text.splitlines()]


def run_python(code, names):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "document", "exec"), names)
    return out.getvalue()


def run_shell(commands):
    out = ""
    for line in commands.splitlines():
        command, *arguments = shlex.split(line)
        assert command == "partialpool"
        done = partialpool(*arguments)
        assert done.returncode == 0, done.stderr
        out += done.stdout
    return out


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_block_runs_and_shows_its_output(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {}
    assert bool(blocks(path)) == (path.name not in WITHOUT_CODE)
    for language, code, shown in blocks(path):
        answered = run_python(code, names) if language == "python" else run_shell(code)
        if shown is not None:
            assert normal(answered) == normal(shown)


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_link_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target
