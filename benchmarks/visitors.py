"""Eight visitors at once, each in a real browser session with a picture of its own: Markdown.

    python -m benchmarks.visitors [--visitors 8] [--megapixels 1.6] [--chromium /usr/bin/chromium]

Starts the server, uploads from every session while the network rests, then lets it work off the
queue. From the first upload on, another asks for the page, for its health, and, in a session
without a browser, has the page's script run as each click does. The browsers run at a lower
priority: here they share a processor with the server, but every visitor has one of their own.
Memory is the processes' peak (Linux only).
"""

import argparse
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

import photo
from benchmarks.session import Session
from deploy.server import running

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG = 600_000  # ms
WORKING = ".st-key-cancel"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--megapixels", type=float, default=1.6)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    args = parser.parse_args()
    files = [picture(seed, args.megapixels) for seed in range(args.visitors)]
    with (
        running(Path(os.devnull)) as (address, process),
        sync_playwright() as play,
        last_in_line(args.chromium) as it,
    ):
        chromium = play.chromium.launch(executable_path=it, args=FLAGS)
        pages = [visit(chromium, address) for _ in files]
        first = visit(chromium, address)
        until_ready(first, picture(99, 0.02))
        asking = Session(address)
        asking.start()
        began = time.monotonic()
        with held(child_of(process.pid)):
            for page, data in zip(pages, files, strict=True):
                upload(page, data)
                page.locator(WORKING).wait_for()
        served = watch(pages)
        answers, ended = asking.stop(), time.monotonic() - began
        results = [download(page) for page in pages]
        peaks = {"server": peak(process.pid), "child": peak(child_of(process.pid))}
        chromium.close()
    report(served, answers, peaks, right(files, results), ended)


def picture(seed: int, megapixels: float) -> bytes:
    """A noisy PNG file unlike the others."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    y, x = np.mgrid[:height, : height * 3 // 2]
    colour = np.random.default_rng(seed).uniform(0.2, 1, 3)
    soft = 128 + 70 * (np.sin(x / (20 + 3 * seed)) * np.cos(y / 30))[..., None] * colour
    noisy = soft + np.random.default_rng(seed).normal(0, 20, soft.shape)
    return photo.write(photo.Photo(noisy.clip(0, 255).astype(np.uint8)), "PNG")


@contextmanager
def last_in_line(program: str) -> Iterator[str]:
    """A program that runs this one at a lower priority."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "chromium")
        # Its own session would be a scheduling group equal to the server's, whatever its niceness.
        lines = ("#!/bin/sh", "echo 10 > /proc/$$/autogroup", f'exec nice -n 10 "{program}" "$@"')
        script.write_text("\n".join(lines) + "\n", "ascii")
        script.chmod(0o755)
        yield str(script)


def visit(chromium: Browser, address: str) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(LONG)
    page.goto(address)
    page.get_by_role("button", name="Salt and pepper").wait_for()
    return page


def until_ready(page: Page, data: bytes) -> None:
    """The first picture ever waits for TensorFlow; that is measured elsewhere."""
    upload(page, data)
    page.locator(".viewer:not(.waiting)").wait_for()
    page.locator(WORKING).wait_for(state="detached")
    page.context.close()


@contextmanager
def held(pid: int) -> Iterator[None]:
    """Lets a process rest, so that the whole queue is there when it goes on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def upload(page: Page, data: bytes) -> None:
    payload: FilePayload = {"name": "mine.png", "mimeType": "image/png", "buffer": data}
    page.locator(".st-key-input-files input[type=file]").set_input_files([payload])


def watch(pages: list[Page]) -> list[tuple[float, int]]:
    """Who was done when: seconds, and the visitor's number."""
    began = time.monotonic()
    served: dict[int, float] = {}
    while len(served) < len(pages):
        for number, page in enumerate(pages):
            if number not in served and done(page):
                served[number] = time.monotonic() - began
        time.sleep(0.1)
    return sorted((when, number) for number, when in served.items())


def done(page: Page) -> bool:
    shown = page.locator(".viewer:not(.waiting)").count()
    return bool(shown) and not page.locator(WORKING).count()


def download(page: Page) -> np.ndarray:
    """The file that this visitor gets."""
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    return photo.read(Path(waiting.value.path()).read_bytes()).pixels


def right(files: list[bytes], results: list[np.ndarray]) -> int:
    """How many got what `helper.denoise` makes of their own file (two precisions may differ)."""
    import helper

    wanted = [helper.denoise(photo.read(data).pixels) for data in files]
    errors = [np.abs(a.astype(int) - b) for a, b in zip(results, wanted, strict=True)]
    return sum(bool(error.max() <= 4 and error.mean() < 0.5) for error in errors)


def child_of(pid: int) -> int:
    """The process that the server started."""
    found = [
        int(child)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for child in (thread / "children").read_text("ascii").split()
    ]
    return found[0]


def peak(pid: int) -> float:
    """Largest resident memory so far, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def report(
    served: list[tuple[float, int]],
    answers: dict[str, list[float]],
    peaks: dict[str, float],
    correct: int,
    seconds: float,
) -> None:
    print(f"{correct} of {len(served)} visitors got their own right picture, in {seconds:.1f} s.")
    print("Done in this order: " + ", ".join(f"{n + 1} ({when:.1f} s)" for when, n in served))
    print("Peak memory: " + ", ".join(f"{name} {value:.0f} MB" for name, value in peaks.items()))
    print("\n| while all were served | times asked | median | slowest |\n|---|---|---|---|")
    for name, times in answers.items():
        median, worst = np.median(times), max(times)
        print(f"| {name} | {len(times)} | {median * 1000:.0f} ms | {worst * 1000:.0f} ms |")


if __name__ == "__main__":
    main()
