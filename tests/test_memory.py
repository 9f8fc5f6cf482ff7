"""What a long-lived process keeps of memory that it has freed."""

import subprocess
import sys
from pathlib import Path

import pytest

# A freed block of 30 MB tells glibc to take such from its heap; then ten pictures with something
# small after each, which stays.
PICTURES = """
from ui import memory
{first}
large = b"x" * 30_000_000
del large
before = memory.in_use()
pictures, small = [], []
for number in range(10):
    pictures.append(b"x" * (5_000_000 + number))
    small.append(b"y" * 10_000)
full = memory.in_use()
del pictures
print(full - before, memory.in_use() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_pictures_leave_memory_though_small_things_lie_after_them() -> None:
    used, left = growth("memory.hold_nothing_large()")
    assert used > 45_000_000
    assert left < 5_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_told_in_bytes() -> None:
    used, _ = growth("pass")
    assert 45_000_000 < used < 60_000_000


def growth(first: str) -> tuple[int, int]:
    """Bytes in memory with ten pictures and after them, above those before."""
    done = subprocess.run(
        [sys.executable, "-c", PICTURES.format(first=first)],
        cwd=Path(__file__).parents[1],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    used, left = done.stdout.split()
    return int(used), int(left)
