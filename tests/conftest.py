"""What the tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a plain `pytest`, from any folder

import cv2
import keras
import numpy as np
import pytest
from here import HereProcess, use_small_network
from pages import opened
from pictures import photograph
from streamlit.testing.v1 import AppTest

import helper
from ui.worker import Worker


@pytest.fixture(scope="session")
def clean() -> np.ndarray:
    """A photograph, 96 x 128 x 3 float32 in [0, 1]."""
    return photograph(96, 128)


@pytest.fixture
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that changes nothing, instead of the released one."""
    use_small_network(monkeypatch)


@pytest.fixture
def blurring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A denoiser that removes something."""
    monkeypatch.setattr(helper, "denoise", lambda image, **_: cv2.GaussianBlur(image, (0, 0), 2))


@pytest.fixture
def process() -> HereProcess:
    """Does the child's work in the test's own process."""
    return HereProcess()


@pytest.fixture
def worker(process: HereProcess) -> Worker:
    """Serves a visitor whose tab is always open."""
    return Worker(process, lambda owner: True)  # type: ignore[arg-type]


@pytest.fixture
def page() -> AppTest:
    """As a visitor sees it first."""
    return opened()


@pytest.fixture(autouse=True, scope="module")
def default_policy() -> Iterator[None]:
    """Training sets the process's precision; the next file starts from single again."""
    yield
    keras.config.set_dtype_policy("float32")
