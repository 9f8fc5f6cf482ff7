"""One visitor's picture: the file, what a browser shows of it, and its job in the worker.

Everything heavy is done once, in `open_picture` or by the worker's child, and kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

import helper
import photo
from ui import memory, work
from ui.jobs import Job, visitor, worker
from ui.work import Clean, Encoded

PREVIEW_FROM = 1_500_000  # pixels from which the first tiles are worth a preview
WINDOW = 1024  # side in pixels of the middle part by which a blend's noise is judged


@dataclass
class Picture:
    """A picture that was read, and what the worker made of it so far."""

    key: str
    photo: photo.Photo
    noisy: Encoded
    job: Job | None = None
    asked_quick: bool = False
    preview: Clean | None = None
    full: Clean | None = None
    blends: dict[int, float] = field(default_factory=dict)  # strength in % -> noise left

    @property
    def sigma(self) -> float | None:
        """Its noise level in grey levels; None before there is a first result."""
        clean = self.full or self.preview
        return clean.before if clean else None

    def wanting(self, quick: bool) -> bool:
        """Whether the worker still has something to do for this choice of detail."""
        return (self.preview if quick else self.full) is None

    def best(self, quick: bool) -> Clean | None:
        """What there is to show: the quick preview, or full resolution as soon as it is done."""
        return self.preview if quick else self.full or self.preview

    def noise_left(self, clean: Clean, strength: float) -> float:
        """Noise level after denoising at this strength, in grey levels."""
        if strength == 1:
            return clean.sigma
        percent = round(100 * strength) + 1000 * clean.full
        if percent not in self.blends:
            blend = helper.blend(_middle(self.photo.pixels), _middle(clean.pixels), strength)
            self.blends[percent] = helper.estimate_noise(blend)
        return self.blends[percent]

    def result(self, clean: Clean, strength: float, file_format: str, quality: int | None) -> bytes:
        """The denoised file at full size. Raises PhotoError if the format cannot hold it."""
        pixels = helper.blend(self.photo.pixels, clean.pixels, strength)
        return photo.write(replace(self.photo, pixels=pixels), file_format, quality=quality)


def open_picture(key: str, name: str, data: bytes) -> Picture:
    """Read a file; the noisy side can be shown at once. Raises PhotoError."""
    opened = photo.read(data, name)
    picture = Picture(key, opened, work.encode(opened, opened.pixels))
    memory.give_back()
    return picture


def start(picture: Picture, quick: bool) -> None:
    """Hand the picture to the worker. A large one gets its quick preview first, in any case."""
    early = quick or picture.photo.pixels.size // 3 >= PREVIEW_FROM
    last = _finish_quick if quick else _full
    job = Job(visitor(), _step(picture, last), _step(picture, _quick) if early else None)
    picture.job = worker().submit(job)


def _step(
    picture: Picture, step: Callable[[Picture, Job], Clean | None]
) -> Callable[[Job], Clean | None]:
    return lambda job: step(picture, job)


def _quick(picture: Picture, job: Job) -> Clean | None:
    if picture.preview is None:
        picture.preview = job.call(work.quick, picture.photo)
    return picture.preview


def _finish_quick(picture: Picture, job: Job) -> Clean | None:
    return picture.preview


def _full(picture: Picture, job: Job) -> Clean | None:
    picture.full = job.call(work.full, picture.photo)
    return picture.full


def _middle(pixels: np.ndarray) -> np.ndarray:
    top, left = (max(0, (side - WINDOW) // 2) for side in pixels.shape[:2])
    return pixels[top : top + WINDOW, left : left + WINDOW]
