"""Paths that lead nowhere, or to something else than their name claims."""

import gzip
import os
import socket
from pathlib import Path

import pytest

from partialpool.errors import FileError
from partialpool.io.backends import read


@pytest.fixture
def csv_file(tmp_path):
    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def counts(path, **options):
    return read(path, values=["y", "n"], labels=["g"], **options)


class TestPaths:
    def test_nothing_there(self, tmp_path, csv_file):
        csv_file("g,y,n\n", "rats.csv")
        with pytest.raises(FileError, match=r"there is no file .*Did you mean '.*rats\.csv'\?"):
            counts(tmp_path / "rat.csv")
        with pytest.raises(FileError, match="there is no file"):
            counts(tmp_path / "nowhere" / "rat.csv")
        with pytest.raises(FileError, match="there is no file"):
            counts("a\0b.csv")
        with pytest.raises(FileError, match="there is no file"):
            counts("")

    def test_directory(self, tmp_path):
        with pytest.raises(FileError, match="is a directory"):
            counts(tmp_path)

    def test_address(self):
        with pytest.raises(FileError, match=r"is an address.*Download it"):
            counts("https://example.org/rats.csv")

    def test_special_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("pipe.csv")
            with pytest.raises(FileError, match="not a plain file"):
                counts("pipe.csv")

    def test_permission(self, csv_file, monkeypatch):
        path = csv_file("g,y,n\nA,1,2\n")
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(FileError, match="permission denied"):
            counts(path)

    def test_file_that_fails_to_open(self, csv_file, monkeypatch):
        path = csv_file("g,y,n\nA,1,2\n")

        def fail(*_args, **_options):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(FileError, match="cannot be read: Input/output error"):
            counts(path)

    @pytest.mark.parametrize("name", ["data.xlsx", "data.json", "data", "data.csv.zip", "data.gz", "data.pkl"])
    def test_unknown_kinds(self, csv_file, name):
        with pytest.raises(FileError, match="not a kind of file that is read"):
            counts(csv_file("g,y,n\nA,1,2\n", name))

    @pytest.mark.parametrize(
        ("name", "content", "found"),
        [
            ("data.csv", b"PAR1....", "a Parquet file"),
            ("data.csv", b"PK\x03\x04....", "a zip archive or a spreadsheet"),
            ("data.csv", b"\x1f\x8b....", "a gzip file"),
            ("data.csv", b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
            ("data.csv.gz", b"g,y,n\n", "text"),
            ("data.csv.gz", b"", "nothing: it is empty"),
            ("data.parquet", b"g,y,n\n", "text"),
            ("data.pq", b"", "nothing: it is empty"),
        ],
    )
    def test_contents_of_another_kind(self, csv_file, name, content, found):
        with pytest.raises(FileError, match=f"is named like .*, but holds {found}"):
            counts(csv_file(content, name))

    def test_damaged_gzip(self, csv_file):
        packed = gzip.compress(os.urandom(100).hex().encode() * 50)
        for broken in (packed[:40], packed[:20] + b"\0\0\0\0" + packed[24:], packed[:-6] + b"badcrc"):
            with pytest.raises(FileError, match="cannot be read to its end"):
                counts(csv_file(broken, "data.csv.gz"))
