"""Replace a file atomically, that is, whole or not at all.

The new content goes to a temporary file in the same folder, is flushed to the disk, and then takes the old file's name
in one step. A crash at any moment leaves the old file or the new one, and at worst a temporary file that the next write
of the same file removes.

The temporary file is locked while its writer runs, so that a leftover, which nobody has locked, can be told from
another process's unfinished file. Systems without such locks refuse to remove an open file, which protects it as well.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

LOCKS = find_spec("fcntl") is not None


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path; what is written there becomes `target` when the block ends without an error.

    Raises OSError, with `target` untouched and the temporary file removed.
    """
    _sweep(target)
    temporary, descriptor = _create(target)
    try:
        yield temporary
        os.fsync(descriptor)
        _copy_mode(target, temporary)
        _release_where_needed(descriptor)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        with contextlib.suppress(OSError):  # Windows: already closed
            os.close(descriptor)
    _sync_folder(target.parent)


def _stem(target: Path) -> str:
    """The prefix of the names of this file's temporary files, unique to it and short."""
    return f".partialpool-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def _create(target: Path) -> tuple[Path, int]:
    """Create an empty, locked temporary file beside `target`; return its path and its descriptor."""
    while True:
        temporary = target.parent / f"{_stem(target)}{secrets.token_hex(6)}.tmp"
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if _lock(descriptor, wait=True) and _still_there(temporary, descriptor):
            return temporary, descriptor
        os.close(descriptor)  # removed between its creation and its lock: try again


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Lock the file; return False if another process has locked it. Without locks, always True."""
    if not LOCKS:  # pragma: no cover  (Windows)
        return True
    import fcntl  # not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: writers may go on, sweepers may not
        return wait
    return True


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether the path is still that of the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sweep(target: Path) -> None:
    """Remove temporary files that killed writers of this file left behind."""
    for leftover in target.parent.glob(f"{_stem(target)}*.tmp"):
        with contextlib.suppress(OSError):  # gone already, or not ours to remove: neither stops the write
            descriptor = os.open(leftover, os.O_RDWR)
            try:
                if _lock(descriptor, wait=False):
                    _release_where_needed(descriptor)
                    leftover.unlink()
            finally:
                os.close(descriptor)


def _release_where_needed(descriptor: int) -> None:
    """Close the file before a rename or a removal if the system requires it (Windows)."""
    if os.name == "nt":  # pragma: no cover
        os.close(descriptor)


def _copy_mode(target: Path, temporary: Path) -> None:
    """Give the new file the permissions of the one that it replaces."""
    if target.exists():
        os.chmod(temporary, target.stat().st_mode & 0o7777)


def _sync_folder(folder: Path) -> None:
    """Flush the new name itself to the disk, where folders can be flushed."""
    with contextlib.suppress(OSError):  # the file is already in place and whole
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
