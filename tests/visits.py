"""A visitor's pictures, and what came of them."""

import io
import zipfile

import numpy as np
from pictures import photograph

import photo
from ui.jobs import Stage
from ui.picture import Picture
from ui.worker import Worker


def noisy(height: int = 60, width: int = 80, seed: int = 0) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(0, 12, (height, width, 3))
    return (photograph(height, width) * 255 + grain).clip(0, 255).astype(np.uint8)


def file_of(pixels: np.ndarray) -> bytes:
    return photo.write(photo.Photo(pixels=pixels), "PNG")


def picture(worker: Worker, data: bytes, name: str = "a.png", owner: str = "tab") -> Picture:
    return Picture(name, name, lambda: data, owner, worker)


def done(shown: Picture, show: bool = True) -> Picture:
    shown.start(show)
    assert shown.job is not None and shown.job.wait(60)
    assert shown.job.stage is Stage.DONE, shown.job.error
    return shown


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}
