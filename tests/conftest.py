"""What the tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a plain `pytest`, from any folder

import keras
import numpy as np
import pytest
from pictures import photograph


@pytest.fixture(scope="session")
def clean() -> np.ndarray:
    """A photograph, 96 x 128 x 3 float32 in [0, 1]."""
    return photograph(96, 128)


@pytest.fixture(autouse=True, scope="module")
def default_policy() -> Iterator[None]:
    """Training sets the process's precision; the next file starts from single again."""
    yield
    keras.config.set_dtype_policy("float32")
