"""The pictures that are measured on: found, thinned out, read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

import photo
from evaluation.metrics import SSIM_WINDOW
from model.depth import to_uint8

Item = TypeVar("Item")


class EvaluationError(Exception):
    """Nothing can be measured; the message is one sentence for people."""


@dataclass(frozen=True)
class Subject:
    """A picture to measure on: its truth, uint8, and its own noisy version if it has one."""

    name: str
    truth: np.ndarray
    noisy: np.ndarray | None


def find_files(folder: Path) -> list[Path]:
    """The picture files below a folder, by name."""
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}; check the path.")
    found = (p for p in folder.rglob("*") if p.suffix.lower() in photo.EXTENSIONS)
    files = sorted(p for p in found if p.is_file())
    if not files:
        raise EvaluationError(f"There are no pictures in {folder}; give a folder that holds some.")
    return files


def evenly(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` items, spread evenly over all."""
    count = min(limit or len(items), len(items))
    return [items[i * len(items) // count] for i in range(count)]


def middle(image: np.ndarray, side: int) -> np.ndarray:
    """A copy of the middle of an H x W x 3 picture, at most `side` x `side`."""
    top, left = (max(0, (length - side) // 2) for length in image.shape[:2])
    return image[top : top + side, left : left + side].copy()


def read_subject(path: Path, data: Path, pairs: Path | None) -> Subject:
    """Reads a picture and, with `pairs`, the file of the same name in that folder.

    Raises:
        photo.PhotoError: A file is damaged, missing, too small, or the two differ in size.
        EvaluationError: The folder of noisy pictures holds none.
        OSError: A file may not be read.
    """
    truth = read_picture(path)
    if min(truth.shape[:2]) < SSIM_WINDOW:
        raise photo.PhotoError(f"it is smaller than {SSIM_WINDOW} pixels")
    noisy = None
    if pairs:
        folder = (pairs / path.relative_to(data)).parent
        partners = [p for p in find_files(folder) if p.stem == path.stem and p.parent == folder]
        if not partners:
            raise photo.PhotoError(f"no picture of that name in {folder}")
        noisy = read_picture(partners[0])
        if noisy.shape != truth.shape:
            raise photo.PhotoError("the noisy picture and the clean one differ in size")
    return Subject(path.relative_to(data).as_posix(), truth, noisy)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What is wrong with a picture becomes an EvaluationError that names its file."""
    try:
        yield
    except (photo.PhotoError, OSError) as error:
        raise EvaluationError(f"{path}: {error}") from error


def read_picture(path: Path) -> np.ndarray:
    """H x W x 3 uint8; deeper pictures are rounded to 8 bits.

    Raises:
        photo.PhotoError: The file is damaged or no picture.
        OSError: It may not be read.
    """
    return to_uint8(photo.read(path.read_bytes(), path.name).pixels)
