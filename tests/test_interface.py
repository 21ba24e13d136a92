"""The public interface is what it was: names, signatures, columns, commands and their options."""

import json

import pytest

from interface import SNAPSHOT, interface


@pytest.mark.parametrize("part", ["names", "tables", "commands"])
def test_the_public_interface_is_the_one_written_down(part):
    now, before = interface()[part], json.loads(SNAPSHOT.read_text())[part]
    assert now == before, "if that is meant, say so in CHANGELOG.md and run: python tests/interface.py"
