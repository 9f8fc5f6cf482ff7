"""Memory over many pictures of changing sizes and depths: CSV, a curve, and a Markdown table.

    python -m benchmarks.soak [--pictures 1000] [--any-size] [--out docs/soak]

Every picture takes the page's way: a file is opened, the worker has its child denoise it, and the
download is written. Resident memory of both processes is read after each picture (Linux only).
With --any-size hardly two pictures have one shape: TensorFlow keeps about 3 MB for each new shape
of a tile, of the last hundred or so, and levels off only then.
"""

import argparse
import csv
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

import photo
from ui import work
from ui.jobs import Stage
from ui.picture import Picture, written
from ui.process import Process
from ui.results import Settings
from ui.store import Store
from ui.worker import Worker

SETTLED = 50  # pictures after which memory has to stay flat
ALLOWED = 5  # per cent
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
Row = tuple[int, float, float, float]  # picture, megapixels, page's and child's memory in MB


def main() -> None:
    """Sends the pictures through, writes the files and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--any-size", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("docs/soak"))
    args = parser.parse_args()
    if args.pictures <= SETTLED:
        parser.error(f"--pictures must be more than {SETTLED}. Received: {args.pictures}")
    process = Process(work.get_ready)
    worker = Worker(process, lambda owner: True, Store(limit=20_000_000))
    children = set()
    rows: list[Row] = []
    began = time.monotonic()
    with args.out.with_suffix(".csv").open("w", newline="", buffering=1) as sink:
        writer = csv.writer(sink)
        writer.writerow(("picture", "megapixels", "page MB", "child MB"))
        for number, opened, data in pictures(args.pictures, args.any_size):
            size = opened.width * opened.height / 1e6
            del opened
            send(worker, number, data)
            del data  # of the picture nothing is left by now, on either side
            children.add(process.pid)
            rows.append((number, size, resident(os.getpid()), resident(process.pid or 0)))
            writer.writerow((number, f"{size:.3f}", *(f"{value:.0f}" for value in rows[-1][2:])))
    seconds = time.monotonic() - began
    process.close()
    draw(rows, args.out.with_suffix(".png"))
    print(table(rows, seconds, len(children)))


def pictures(count: int, any_size: bool) -> Iterator[tuple[int, photo.Photo, bytes]]:
    """Numbered noisy files of the common shapes, 0.02 to 0.2 megapixels.

    Each 100th has 2, each 500th 12.
    """
    random = np.random.default_rng(0)
    for number in range(count):
        megapixels = float(random.choice((0.02, 0.05, 0.1, 0.2)))
        if number % 100 == 10:
            megapixels = 2.0
        if number % 500 == 20:
            megapixels = 12.0
        ratio = float(random.choice((3 / 2, 4 / 3, 16 / 9, 1))) ** random.choice((-1, 1))
        if any_size:
            megapixels, ratio = random.uniform(0.01, 0.3), random.uniform(0.5, 2)
        width, height = (round((megapixels * 1e6 * side) ** 0.5) for side in (ratio, 1 / ratio))
        yield number + 1, *make(random, (width, height), FORMATS[number % len(FORMATS)], number)


def make(
    random: np.random.Generator, size: tuple[int, int], kind: str, number: int
) -> tuple[photo.Photo, bytes]:
    """One file; every third PNG and TIFF has 16 bits, every fifth picture alpha where it can."""
    tile = random.normal(128, 20, (256, 256, 3)).clip(0, 255).astype(np.uint8)
    pixels: np.ndarray = np.tile(tile, (size[1] // 256 + 1, size[0] // 256 + 1, 1))[
        : size[1], : size[0]
    ]
    pixels = np.ascontiguousarray(cv2.blur(pixels, (2, 2)))
    if number % 3 == 0 and kind in ("PNG", "TIFF"):
        pixels = pixels.astype(np.uint16) * 257
    opened = photo.Photo(pixels, format=kind)
    if number % 5 == 0 and kind != "JPEG":
        opened.alpha = np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)
    return opened, photo.write(opened, kind)


def send(worker: Worker, number: int, data: bytes) -> None:
    """One visit: three of four look at their picture, the fourth has it in a batch."""
    shown = Picture(str(number), "a", lambda: data, "visitor", worker)
    shown.start(show=number % 4 != 0)
    assert shown.job is not None
    shown.job.wait()
    assert shown.job.stage is Stage.DONE, shown.job.error
    assert written(shown.writing(Settings(0.8))).data
    time.sleep(0.03)  # the child gives its memory back after it answered


def resident(pid: int) -> float:
    """Megabytes of a process in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def draw(rows: list[Row], path: Path) -> None:
    """Both processes' memory over the pictures."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 3.2), dpi=100, layout="constrained")
    axes = figure.subplots()
    numbers, _, page, child = zip(*rows, strict=True)
    axes.plot(numbers, child, label="child: the network", color="#0b6b66", linewidth=1)
    axes.plot(numbers, page, label="page", color="#c2701d", linewidth=1)
    axes.axvline(SETTLED, color="0.7", linewidth=0.8)
    axes.set(xlabel="picture", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(path)


def table(rows: list[Row], seconds: float, children: int) -> str:
    """Memory when settled, its maximum afterwards, and how far the end has drifted."""
    total = sum(row[1] for row in rows)
    lines = [
        f"{len(rows)} pictures, {total:.0f} megapixels, {seconds:.0f} s, {children} child.",
        "",
        f"| process | after {SETTLED} | largest after | last {SETTLED} | drift | flat |",
        "|---|---|---|---|---|---|",
    ]
    for name, column in (("child", 3), ("page", 2)):
        values = [row[column] for row in rows]
        start = float(np.median(values[max(0, SETTLED - 10) : SETTLED]))
        largest, end = max(values[SETTLED:]), float(np.median(values[-SETTLED:]))
        drift = 100 * (end / start - 1)
        flat = "yes" if 100 * (largest / start - 1) <= ALLOWED else "no"
        lines.append(
            f"| {name} | {start:.0f} MB | {largest:.0f} MB | {end:.0f} MB "
            f"| {drift:+.1f} % | {flat} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
