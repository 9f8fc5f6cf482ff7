"""How soon a photo can be judged in a real browser: Markdown.

    python -m benchmarks.page [--megapixels 0.3 12 24] [--chromium /usr/bin/chromium]

Starts the server and waits until the network is loaded. For each size: from the upload until the
picture's middle is seen denoised at 100 %, until all of it is, and the layout shift meanwhile. Then
a second visitor brings a small photo while the largest is being denoised.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

import photo
from benchmarks.visitors import FLAGS, LONG, picture
from deploy.server import running

SHIFT = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
    }).observe({ type: "layout-shift" });
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
BYTES = """() => performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)"""
# An image of the denoised side covers the photo's middle, with a pixel for each of the photo's.
JUDGED = """() => {
    const all = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
    const sheet = all.map((one) => one.querySelector(".viewer .colour")).find(Boolean);
    if (!sheet) return false;
    const box = (one) => ["left", "top", "width", "height"].map((k) => parseFloat(one.style[k]));
    const middle = box(sheet).slice(2).map((side) => side / 2);
    return [...sheet.children].some((one) => {
        const [x, y, w, h] = box(one);
        const across = x <= middle[0] && middle[0] <= x + w;
        const down = y <= middle[1] && middle[1] <= y + h;
        return across && down && one.complete && one.naturalWidth >= w;
    });
}"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.3, 12, 24])
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder, "log.txt")) as (address, _),
        sync_playwright() as play,
    ):
        chromium = play.chromium.launch(executable_path=args.chromium, args=FLAGS)
        first, paint = visit(chromium, address)
        send(first, file(Path(folder), 99, 0.05))
        finished(first)
        print(f"First paint {paint / 1000:.2f} s, {first.evaluate(BYTES) / 1e6:.2f} MB.\n")
        print("| megapixels | middle at 100 % | all | layout shift |\n|---:|---:|---:|---:|")
        for number, megapixels in enumerate(args.megapixels):
            print(row(chromium, address, file(Path(folder), number, megapixels)), flush=True)
        large, small = file(Path(folder), 50, max(args.megapixels)), file(Path(folder), 51, 0.3)
        wait = second(chromium, address, large, small)
        print(f"\nA second visitor's 0.3 megapixels beside the largest: {wait:.1f} s.")
        chromium.close()


def file(folder: Path, seed: int, megapixels: float) -> Path:
    """A noisy JPEG file unlike the others. On the disk, as a person's is: handing its bytes to the
    browser takes Playwright seconds."""
    path = folder / f"{megapixels:g} megapixels {seed}.jpg"
    path.write_bytes(photo.write(photo.read(picture(seed, megapixels)), "JPEG", quality=92))
    return path


def visit(chromium: Browser, address: str) -> tuple[Page, float]:
    """A new visitor's page, and when its first content was painted, in ms."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(LONG)
    page.goto(address)
    page.get_by_role("button", name="Salt and pepper").wait_for()
    return page, float(page.evaluate(PAINT))


def send(page: Page, path: Path) -> float:
    """Uploads it; returns the time."""
    began = time.monotonic()
    page.locator(".st-key-input-files input[type=file]").set_input_files(path)
    return began


def finished(page: Page) -> None:
    page.locator(".st-key-line .text", has_text="Noise removed:").wait_for()


def row(chromium: Browser, address: str, path: Path) -> str:
    page, _ = visit(chromium, address)
    began = send(page, path)
    page.locator(".viewer").wait_for()
    page.evaluate(SHIFT)
    page.wait_for_function(JUDGED)
    judged = time.monotonic() - began
    finished(page)
    whole, shift = time.monotonic() - began, page.evaluate("window.shift")
    page.context.close()
    return f"| {path.name.split()[0]} | {judged:.1f} s | {whole:.1f} s | {shift:.4f} |"


def second(chromium: Browser, address: str, large: Path, small: Path) -> float:
    """Seconds that a small photo takes while a large one is on its way."""
    (one, _), (other, _) = (visit(chromium, address) for _ in range(2))
    send(one, large)
    one.get_by_text("Denoising: ").first.wait_for()
    began = send(other, small)
    finished(other)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
