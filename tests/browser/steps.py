"""What a person does on the page, in a few words."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page

WORKING = ".st-key-progress"


def noisy(width: int = 200, height: int = 140, seed: int = 0) -> np.ndarray:
    """A soft picture under grain, H x W x 3 uint8."""
    y, x = np.mgrid[:height, :width]
    soft = 128 + 60 * np.sin(x / 40)[..., None] * np.cos(y / 30)[..., None] * [1, 0.7, 0.4]
    grain = np.random.default_rng(seed).normal(0, 25, soft.shape)
    return (soft + grain).clip(0, 255).astype(np.uint8)


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
    page.locator('[data-testid="stFileUploader"] input[type=file]').set_input_files(payload)


def result(page: Page) -> Locator:
    """The viewer, once the full result is in it."""
    page.locator(".compare:not(.waiting)").wait_for()
    page.locator(WORKING).wait_for(state="detached")
    return page.locator(".compare")


def pixels_of(path: str) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def download(page: Page, button: str) -> tuple[str, str]:
    """Clicks, once the page has come to rest; returns the file's name and where it lies."""
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, str(waiting.value.path())


def set_strength(viewer: Locator, percent: int) -> None:
    strength = viewer.get_by_label("Strength of the denoising")
    strength.fill(str(percent))
    strength.dispatch_event("change")
