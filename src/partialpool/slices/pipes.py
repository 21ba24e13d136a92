"""Messages between a process and its workers: pickled objects, each after its length.

Both ends are processes of the same user and program, one of which has started the other.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<Q")


def send(stream: BinaryIO, message: object) -> None:
    """Write one message."""
    packed = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(packed)))
    stream.write(packed)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read one message.

    Raises:
        EOFError: the other end was closed.
    """
    (size,) = _LENGTH.unpack(_whole(stream, _LENGTH.size))
    return pickle.loads(_whole(stream, size))  # noqa: S301  (from a process of our own)


def _whole(stream: BinaryIO, size: int) -> bytes:
    read = stream.read(size)
    if len(read) < size:
        raise EOFError
    return read
