"""How much memory this process has, and giving back what it no longer needs."""

import ctypes
import functools
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def in_use() -> int:
    """Bytes of this process that are in memory; 0 where the system does not tell (not Linux)."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Returns freed memory to the system: glibc would keep a picture's for later."""
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    with suppress(OSError, AttributeError, TypeError):
        return ctypes.CDLL(None).malloc_trim  # type: ignore[no-any-return]
    return lambda keep: None
