"""What the documents show is what the package answers.

A ```text block straight after a ```python or ```sh block is that block's output, to the letter. Code of other
packages stands in ```py and ```r blocks, which are not run.

`python tests/test_readme.py` writes anew the outputs that differ, for a change that is meant.
"""

import contextlib
import io
import re
import shlex
import tempfile
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


def outputs(path):
    """Run the blocks of a document, and yield the output that each shows beside the one that it has."""
    names = {}
    for language, code, shown in blocks(path):
        answered = run_python(code, names) if language == "python" else run_shell(code)
        if shown is not None:
            yield shown, answered


def renewed(path):
    """The text of a document with the lines that its blocks print now; those that are the same to a test stay."""
    text, place = path.read_text(encoding="utf-8"), 0
    for shown, answered in outputs(path):
        place = text.index(f"```text\n{shown}```", place) + len("```text\n")
        before = dict(zip(normal(shown), shown.splitlines(), strict=True))
        now = zip(normal(answered), answered.splitlines(), strict=True)
        lines = "".join(f"{before.get(same, line.rstrip())}\n" for same, line in now)
        text = text[:place] + lines + text[place + len(shown) :]
    return text


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_block_runs_and_shows_its_output(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert bool(blocks(path)) == (path.name not in WITHOUT_CODE)
    for shown, answered in outputs(path):
        assert normal(answered) == normal(shown)


def test_an_output_that_differs_is_written_anew_and_all_else_stays(tmp_path):
    shown = "```python\nprint('a\\n  within 2e-09')\n```\n\n```text\n{}```\n"
    document = f"{shown}\n```python\n0\n```\n\n```text\n```\n\na\n"
    path = tmp_path / "some.md"
    path.write_text(document.format("old\n  within 1e-09\n"), encoding="utf-8")
    assert renewed(path) == document.format("a\n  within 1e-09\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_link_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target


if __name__ == "__main__":
    for document in DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            text = renewed(document)
        document.write_text(text, encoding="utf-8")
