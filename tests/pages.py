"""The page without a browser, and what a person does on it."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.picture import Picture

MAIN = Path(__file__).parents[1] / "main.py"


def opened() -> AppTest:
    return AppTest.from_file(str(MAIN), default_timeout=60).run()


def png(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    noise = np.random.default_rng(seed).normal(128, 30, (size[1], size[0], 3))
    sink = io.BytesIO()
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(sink, "PNG")
    return sink.getvalue()


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, data, "") for name, data in files]).run()
    return page


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def only(page: AppTest) -> Picture:
    """The page's picture."""
    (picture,) = page.session_state["desk"].pictures.values()
    return picture


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    return page
