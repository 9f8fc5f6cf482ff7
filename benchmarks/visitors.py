"""Eight visitors at once, each in a real browser session with a picture of its own: Markdown.

    python -m benchmarks.visitors [--visitors 8] [--megapixels 1.6] [--chromium /usr/bin/chromium]

Starts the server, uploads from every session, and while the queue is worked off asks for the page,
for its health, and clicks in a session more. Memory is the processes' peak (Linux only).
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

import photo

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG = 600_000  # ms
WORKING = ".st-key-progress"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--megapixels", type=float, default=1.6)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    args = parser.parse_args()
    files = [picture(seed, args.megapixels) for seed in range(args.visitors)]
    with server() as (address, process), sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=args.chromium, args=FLAGS)
        pages = [visit(chromium, address) for _ in files]
        first = visit(chromium, address)
        until_ready(first, picture(99, 0.02))
        spare = visit(chromium, address)
        began = time.monotonic()
        for page, data in zip(pages, files, strict=True):
            upload(page, data)
        served, answers = watch(pages, spare, address)
        ended = time.monotonic() - began
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
def server() -> Iterator[tuple[str, subprocess.Popen]]:
    """The page, on a free port; its words go to a file that is shown if it fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", "main.py", *options]
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            while get(f"{address}/_stcore/health") is None:
                time.sleep(0.3)
            yield address, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def get(address: str) -> float | None:
    """Seconds until the whole answer is there; None if there is none."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            answer.read()
    except OSError:
        return None
    return time.monotonic() - began


def visit(chromium: Browser, address: str) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(LONG)
    page.goto(address)
    page.get_by_role("button", name="Salt and pepper").wait_for()
    return page


def until_ready(page: Page, data: bytes) -> None:
    """The first picture ever waits for TensorFlow; that is measured elsewhere."""
    upload(page, data)
    page.locator(".compare:not(.waiting)").wait_for()
    page.locator(WORKING).wait_for(state="detached")
    page.context.close()


def upload(page: Page, data: bytes) -> None:
    payload: FilePayload = {"name": "mine.png", "mimeType": "image/png", "buffer": data}
    page.locator('[data-testid="stFileUploader"] input[type=file]').first.set_input_files([payload])


def watch(
    pages: list[Page], spare: Page, address: str
) -> tuple[list[tuple[float, int]], dict[str, list[float]]]:
    """Who was done when; and how long answers took meanwhile."""
    began = time.monotonic()
    served: dict[int, float] = {}
    answers: dict[str, list[float]] = {"health": [], "page": [], "click": []}
    while len(served) < len(pages):
        answers["health"].append(get(f"{address}/_stcore/health") or float("inf"))
        answers["page"].append(get(address) or float("inf"))
        answers["click"].append(click(spare))
        for number, page in enumerate(pages):
            if number not in served and done(page):
                served[number] = time.monotonic() - began
    return sorted((when, number) for number, when in served.items()), answers


def click(page: Page) -> float:
    """Seconds from a click until the script's answer to it is on the screen."""
    began = time.monotonic()
    about = page.get_by_role("heading", name="The pixel-shuffle U-Net", exact=True)
    if about.is_visible():
        page.get_by_role("tab", name="Your photos").click()
        page.get_by_role("button", name="Salt and pepper").wait_for()
    else:
        page.get_by_role("tab", name="About the model").click()
        about.wait_for()
    return time.monotonic() - began


def done(page: Page) -> bool:
    shown = page.locator(".compare:not(.waiting)").count()
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
