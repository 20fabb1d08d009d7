"""A file replaced or removed, unless somebody wrote it since it was looked at.

Between a look at a file and the rename over it a process may write it, and that would be gone. Where the
kernel can let two names change places (renameat2, Linux), what was there is looked at once more where nobody
finds it any more, and goes back when it is not what was seen. Elsewhere the look just before has to do.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Any, Callable, Optional, Tuple

AT_FDCWD = -100
NO_REPLACE, EXCHANGE = 1, 2

_renameat2: Optional[Any]
try:
    _renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
except (AttributeError, OSError, TypeError):
    _renameat2 = None


def replace(place: str, target: str, is_expected: Optional[Callable[[str], bool]]) -> bool:
    """Rename `place` to `target`, on one file system.

    is_expected: called with where the file or link is now that was at the target: whether it is what was
    seen; None where nothing was there. False, and `target` as whoever wrote it last wanted it, where that is
    something else. Raises OSError.
    """
    if is_expected is None:
        return _put_if_free(place, target)
    ours = _identity(place)
    if not _rename(place, target, EXCHANGE):
        return _look_and_put(place, target, is_expected)
    is_right = _holds(is_expected, place)
    if not is_right:
        _rename(place, target, EXCHANGE)
        if _identity(place) != ours:  # written once more, in the place of ours or into it
            _rename(place, target, EXCHANGE)
    os.unlink(place)
    return is_right


def remove(target: str, aside: str, is_expected: Callable[[str], bool]) -> bool:
    """Remove the file or link at `target`. aside: a free name on the same file system; else as `replace`."""
    try:
        os.rename(target, aside)
    except FileNotFoundError:
        if not os.path.lexists(target):
            return True
        os.unlink(target)  # there is no room aside
        return True
    except OSError:
        os.unlink(target)
        return True
    is_right = _holds(is_expected, aside)
    if is_right or not _put_if_free(aside, target):  # else it was written anew since
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)
    return is_right


def _look_and_put(place: str, target: str, is_expected: Callable[[str], bool]) -> bool:
    if os.path.lexists(target) and not _holds(is_expected, target):
        os.unlink(place)
        return False
    os.replace(place, target)
    return True


def _put_if_free(place: str, target: str) -> bool:
    if _rename(place, target, NO_REPLACE):
        return True
    if os.path.lexists(target):
        os.unlink(place)
        return False
    os.replace(place, target)
    return True


def _rename(place: str, target: str, how: int) -> bool:
    """Whether the kernel did it."""
    if _renameat2 is None:
        return False
    done = _renameat2(AT_FDCWD, os.fsencode(place), AT_FDCWD, os.fsencode(target), how)
    return bool(done == 0)


def _holds(is_expected: Callable[[str], bool], place: str) -> bool:
    try:
        return is_expected(place)
    except OSError:
        return False


def _identity(place: str) -> Tuple[int, int, int]:
    status = os.lstat(place)
    return status.st_ino, status.st_size, status.st_mtime_ns
