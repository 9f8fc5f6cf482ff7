"""Memory of the page's two processes while one picture goes through the page: Markdown.

    python -m benchmarks.footprint [--megapixels 12] [--chromium /usr/bin/chromium]
    KERAS_BACKEND=openvino python -m benchmarks.footprint --python venv-with-requirements/bin/python

A JPEG is uploaded in a real browser, denoised at full resolution and downloaded. Meanwhile the
proportional set size (what is shared counts in part) of the server and of its child is read every
20 ms, from /proc: Linux only. The browser is a visitor's and does not count.
"""

import argparse
import os
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import photo
from benchmarks.visitors import (
    FLAGS,
    WORKING,
    child_of,
    done,
    download,
    picture,
    until_ready,
    upload,
    visit,
)
from deploy.server import running

PAUSE = 0.02  # seconds between two readings
MIB = 1024  # KiB


class Memory:
    """Reads the memory of two processes until `stop`."""

    def __init__(self, page: int, child: int) -> None:
        self._page, self._child = page, child
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.rows: list[tuple[float, float]] = []
        self._thread.start()

    def stop(self) -> np.ndarray:
        """(readings, 2) MiB: the page's and the child's."""
        self._ended.set()
        self._thread.join()
        return np.array(self.rows)

    def _watch(self) -> None:
        while not self._ended.wait(PAUSE):
            self.rows.append((proportional(self._page), proportional(self._child)))


def proportional(pid: int) -> float:
    """A process' proportional set size in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / MIB for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="of an environment with requirements.txt alone: Keras imports whatever else it finds",
    )
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    args = parser.parse_args()
    noisy = photo.read(picture(1, args.megapixels))
    data = photo.write(noisy, "JPEG", quality=92)
    with (
        running(Path(os.devnull), python=args.python) as (address, process),
        sync_playwright() as play,
    ):
        chromium = play.chromium.launch(executable_path=args.chromium, args=FLAGS)
        until_ready(visit(chromium, address), picture(2, 0.02))
        page = visit(chromium, address)
        pids = process.pid, child_of(process.pid)
        idle = [proportional(pid) for pid in pids]
        memory = Memory(*pids)
        upload(page, data)
        page.locator(WORKING).wait_for()
        page.wait_for_function("() => !document.querySelector('.st-key-cancel')")
        assert done(page)
        assert download(page).shape == noisy.pixels.shape
        rows = memory.stop()
        chromium.close()
    print(table(args.megapixels, np.array(idle), rows))


def table(megapixels: float, idle: np.ndarray, rows: np.ndarray) -> str:
    both = rows.sum(1)
    engine = os.environ.get("KERAS_BACKEND", "tensorflow")
    lines = [
        f"One JPEG of {megapixels:g} megapixels, {engine}, {len(rows)} readings, MiB:",
        "",
        "| | page | child | both |",
        "|---|---:|---:|---:|",
    ]
    worst = int(both.argmax())
    shown = {
        "idle": idle,
        "most of each": rows.max(0),
        "when both together had most": rows[worst],
    }
    for name, (page, child) in shown.items():
        both_now = "" if name == "most of each" else f"{page + child:.0f}"
        lines.append(f"| {name} | {page:.0f} | {child:.0f} | {both_now} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
