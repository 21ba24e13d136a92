"""The file format of a saved fit: a header with the format's number and a checksum, and the payload.

    partialpool-fit 1 0.1.0                       the format, and the partialpool that wrote it
    sha256 <64 hexadecimal digits> 1234           of the first line and the payload; length of the payload in bytes
    {"family": ...}                               the payload, JSON in plain ASCII

The first two lines have this layout in every format, so that damage can be told from a newer format.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

from partialpool.errors import FileError

FORMAT = 1
"""Number of the format that is written, which is the newest that can be read."""

_MAGIC = b"partialpool-fit "
_FIRST = re.compile(rb"partialpool-fit ([0-9]{1,9}) ([0-9A-Za-z.+!-]{1,64})\n")
_SECOND = re.compile(rb"sha256 ([0-9a-f]{64}) ([0-9]{1,18})\n")
_LONGEST = 256


def holds_fit(path: Path) -> bool:
    """Whether a path is that of a regular file that begins like a saved fit."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def packed(content: dict[str, Any], writer: str, form: int = FORMAT) -> bytes:
    """The bytes of a file with this content."""
    payload = json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
    first = _MAGIC + f"{form} {writer}\n".encode("ascii")
    return first + f"sha256 {_checksum(first, payload)} {len(payload)}\n".encode("ascii") + payload


def unpacked(path: Path) -> tuple[dict[str, Any], str]:
    """The content of a file, and the version of partialpool that wrote it.

    Raises:
        FileError: the file cannot be read, is not a saved fit, is damaged, or was written by a newer partialpool.
    """
    head, rest = _read(path)
    first = _FIRST.match(head)
    if not head.startswith(_MAGIC):
        raise FileError(f"{str(path)!r} is no saved fit: it does not begin as one. Give a file that fit.save() wrote.")
    second = _SECOND.match(head, first.end()) if first else None
    if not first or not second:
        raise _damaged(path, "its first lines are not whole")
    payload = head[second.end() :] + rest
    if len(payload) != int(second[2]):
        raise _damaged(path, f"{int(second[2]):,} bytes were written and {len(payload):,} are left")
    if not hmac.compare_digest(_checksum(first[0], payload).encode(), second[1]):
        raise _damaged(path, "its checksum does not fit its content")
    form, writer = int(first[1]), first[2].decode("ascii")
    if form > FORMAT:
        raise FileError(
            f"{str(path)!r} was written by a newer partialpool, {writer}, in format {form}; this one reads formats up "
            f"to {FORMAT}. Upgrade partialpool, or save the fit again with this one."
        )
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its content is no JSON") from error
    if form < 1 or not isinstance(content, dict):
        raise _damaged(path, "its content is not that of a fit")
    return content, writer


def _read(path: Path) -> tuple[bytes, bytes]:
    """The first bytes of a file, and the rest if it begins like a saved fit."""
    try:
        with open(path, "rb") as file:
            head = file.read(_LONGEST)
            return head, file.read() if head.startswith(_MAGIC) else b""
    except FileNotFoundError as error:
        raise FileError(f"There is no file {str(path)!r}. Check the path.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"{str(path)!r} cannot be read: {reason}. Give a file that fit.save() wrote.") from error


def _checksum(first: bytes, payload: bytes) -> str:
    return hashlib.sha256(first + payload).hexdigest()


def _damaged(path: Path, how: str) -> FileError:
    return FileError(
        f"{str(path)!r} is damaged: {how}. It was cut short or changed since it was saved; take a copy of it, or fit "
        "the data again."
    )
