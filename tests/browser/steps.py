"""What a person does on the page, in a few words."""

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page

WORKING = ".st-key-cancel"


def noisy(width: int = 200, height: int = 140, seed: int = 0) -> np.ndarray:
    """A soft picture under grain, H x W x 3 uint8."""
    y, x = np.mgrid[:height, :width]
    soft = 128 + 60 * np.sin(x / 40)[..., None] * np.cos(y / 30)[..., None] * [1, 0.7, 0.4]
    grain = np.random.default_rng(seed).normal(0, 25, soft.shape)
    return (soft + grain).clip(0, 255).astype(np.uint8)


def places(width: int = 250, height: int = 220) -> np.ndarray:
    """A picture in which a pixel's colour says where it lies: red across, green down."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.full_like(x, 90)], axis=-1).astype(np.uint8)


def large(seed: int = 0, times: int = 20) -> bytes:
    """A JPEG of so many times 0.3 megapixels, so that there is time to look at the work."""
    sink = io.BytesIO()
    Image.fromarray(np.tile(noisy(500, 600, seed), (times // 5, 5, 1))).save(
        sink, "JPEG", quality=90
    )
    return sink.getvalue()


def png(pixels: np.ndarray) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def nearly(seen: np.ndarray, wanted: np.ndarray) -> bool:
    """Equal, but for the precision: two processes may choose bfloat16 and float32."""
    error = np.abs(seen.astype(int) - wanted)
    return seen.shape == wanted.shape and error.max() <= 3 and error.mean() < 0.5


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    payload: list[FilePayload] = [
        {"name": name, "mimeType": "image/png", "buffer": data} for name, data in files
    ]
    page.locator(".st-key-input-files input[type=file]").set_input_files(payload)


def result(page: Page) -> Locator:
    """The viewer, once the full result is in it."""
    page.locator(".st-key-line .text", has_text="Noise removed:").wait_for()
    page.locator(".viewer:not(.waiting)").wait_for()
    return page.locator(".viewer")


def batch_done(page: Page) -> None:
    page.locator(".st-key-line .text", has_text="done").wait_for()


def pixels_of(path: str) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def seen_in(page: Page, box: dict[str, float]) -> np.ndarray:
    """The screen's pixels in a box of CSS pixels."""
    return pixels_of(io.BytesIO(page.screenshot(clip=box)))  # type: ignore[arg-type]


def download(page: Page, button: str) -> tuple[str, str]:
    """Clicks, once the page has come to rest; returns the file's name and where it lies."""
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile(f"^{button}")).first.click()
    return waiting.value.suggested_filename, str(waiting.value.path())


def choose_jpeg(page: Page) -> None:
    """For a picture that came as PNG."""
    page.get_by_role("button", name="PNG").click()
    page.get_by_role("combobox", name="Save as").click()
    page.get_by_role("option", name="JPEG", exact=True).click()
    page.get_by_text("Quality", exact=True).wait_for()
    page.keyboard.press("Escape")


def set_strengths(place: Locator, grain: int, colour: int) -> None:
    for name, percent in (("Noise reduction", grain), ("Colour noise", colour)):
        strength = place.get_by_label(name, exact=True)
        strength.fill(str(percent))
        strength.dispatch_event("change")
    place.page.wait_for_timeout(300)
    place.page.locator('[data-test-script-state="notRunning"]').wait_for()
