"""How much memory this process has, and giving back what it no longer needs."""

import ctypes
import functools
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's mallopt
_LARGE = 1 << 18  # bytes


def hold_nothing_large() -> None:
    """From now on, what is large returns to the system the moment that it is freed.

    glibc begins so, at 128 KiB, but raises the limit with each larger block that is freed, up to
    32 MiB: then pictures lie among small objects, and leave holes that stay in memory.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def in_use() -> int:
    """Bytes of this process that are in memory; 0 where the system does not tell (not Linux)."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def total() -> int:
    """Bytes that this process and its child may have: the machine's, or its container's limit."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in ("memory.max", "memory/memory.limit_in_bytes"):  # of cgroup version 2 and 1
        with suppress(OSError, ValueError):  # ValueError: "max"
            limits.append(int((Path("/sys/fs/cgroup") / file).read_text("ascii")))
    return min(limits)


def give_back() -> None:
    """Returns freed memory to the system: glibc would keep a picture's for later."""
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    with suppress(OSError, AttributeError, TypeError):
        return ctypes.CDLL(None).malloc_trim  # type: ignore[no-any-return]
    return lambda keep: None
