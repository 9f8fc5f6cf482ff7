"""What a long-lived process keeps of memory that it has freed."""

import os
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
def test_memory_is_counted_in_bytes() -> None:
    used, _ = growth("pass")
    assert 45_000_000 < used < 60_000_000


VISITS = """
import io, itertools, sys
sys.path.insert(0, "tests")
import child_steps, numpy as np
from PIL import Image
from ui import memory
from ui.picture import Picture
from ui.process import Process
from ui.store import Store
from ui.worker import Worker

process = Process(child_steps.ready)
long_after = itertools.count(0, 1000)  # each time that the store looks at the clock
worker = Worker(process, lambda owner: True, Store(limit=1, now=long_after.__next__))
sink = io.BytesIO()
tile = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
Image.fromarray(np.tile(tile, (10, 10, 1))).save(sink, "JPEG")
data = sink.getvalue()

def visit(number):
    picture = Picture("a", "a.jpg", lambda: data + bytes(number), "tab", worker)
    picture.show()
    picture.looking.wait()
    assert picture.facts.size == 6_000_000, picture.looking.error

visit(1)
before = memory.in_use()
for number in range(2, 8):
    visit(number)
print(memory.in_use() - before)
process.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_pages_process_stays_flat_while_the_child_decodes() -> None:
    environment = {**os.environ, "PYTHONPATH": f"tests{os.pathsep}."}
    done = subprocess.run(
        [sys.executable, "-c", VISITS],
        cwd=Path(__file__).parents[1],
        env=environment,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    assert int(done.stdout) < 9_000_000  # half of one such picture's pixels


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
