"""One visitor's picture: the file, what a browser shows of it, and its job in the worker.

Everything heavy is done once, in `open_picture` or in the worker's steps, and kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

import helper
import photo
from ui.compare import Encoded
from ui.jobs import Job, visitor, worker

LOSSLESS_UP_TO = 1_200_000  # pixels that are shown as PNG; a larger PNG takes seconds to encode
SHOWN_UP_TO = 40_000_000  # pixels that are shown at full size; phones cannot hold more
PREVIEW_FROM = 1_500_000  # pixels from which the first tiles are worth a preview
WINDOW = 1024  # side in pixels of the middle part by which a blend's noise is judged


@dataclass(frozen=True)
class Clean:
    """A result at full strength: its pixels, what the browser shows of them, and the noise left."""

    pixels: np.ndarray
    shown: Encoded
    sigma: float
    full: bool


@dataclass
class Picture:
    """A picture that was read. `sigma` and `job` come with the worker's first step."""

    key: str
    photo: photo.Photo
    noisy: Encoded
    job: Job | None = None
    asked_quick: bool = False
    sigma: float | None = None
    preview: Clean | None = None
    full: Clean | None = None
    blends: dict[int, float] = field(default_factory=dict)  # strength in % -> noise left

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
    return Picture(key, opened, encode(opened, opened.pixels))


def start(picture: Picture, quick: bool) -> None:
    """Hand the picture to the worker. A large one gets its quick preview first, in any case."""
    early = quick or picture.photo.pixels.size // 3 >= PREVIEW_FROM
    work = _finish_quick if quick else _full
    job = Job(visitor(), _step(picture, work), _step(picture, _quick) if early else None)
    picture.job = worker().submit(job)


def _step(
    picture: Picture, work: Callable[[Picture, Job], Clean | None]
) -> Callable[[Job], Clean | None]:
    return lambda job: work(picture, job)


def _quick(picture: Picture, job: Job) -> Clean | None:
    """The first version's way: the whole picture at 512 x 512, in a fraction of a second."""
    _judge(picture)
    if picture.preview is None:
        pixels = helper.denoise(picture.photo.pixels, mode="fit", cancelled=job.cancelled)
        picture.preview = _clean(picture, pixels, full=False)
    return picture.preview


def _finish_quick(picture: Picture, job: Job) -> Clean | None:
    return picture.preview


def _full(picture: Picture, job: Job) -> Clean | None:
    _judge(picture)
    pixels = helper.denoise(picture.photo.pixels, progress=job.report, cancelled=job.cancelled)
    picture.full = _clean(picture, pixels, full=True)
    return picture.full


def _judge(picture: Picture) -> None:
    if picture.sigma is None:
        picture.sigma = helper.estimate_noise(picture.photo.pixels)


def _clean(picture: Picture, pixels: np.ndarray, full: bool) -> Clean:
    return Clean(pixels, encode(picture.photo, pixels), helper.estimate_noise(pixels), full)


def encode(like: photo.Photo, pixels: np.ndarray) -> Encoded:
    """What a browser shows of `pixels`: 8 bit, with the profile and alpha of `like`."""
    height, width = pixels.shape[:2]
    shown = photo.Photo(pixels=eight_bit(pixels), icc=like.icc, grey=like.grey)
    if like.alpha is not None:
        shown.alpha = eight_bit(like.alpha)
    elif height * width > SHOWN_UP_TO:
        half = (width // 2, height // 2)
        shown.pixels = cv2.resize(shown.pixels, half, interpolation=cv2.INTER_AREA)
    if like.alpha is not None or height * width <= LOSSLESS_UP_TO:
        return Encoded(photo.write(shown, "PNG"), "image/png")
    return Encoded(photo.write(shown, "JPEG", quality=95), "image/jpeg")


def eight_bit(pixels: np.ndarray) -> np.ndarray:
    """uint8, uint16 or float32 in [0, 1] -> uint8."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return cv2.convertScaleAbs(pixels, alpha=1 / 257)
    return cv2.convertScaleAbs(np.clip(pixels, 0, 1), alpha=255)


def _middle(pixels: np.ndarray) -> np.ndarray:
    top, left = (max(0, (side - WINDOW) // 2) for side in pixels.shape[:2])
    return pixels[top : top + WINDOW, left : left + WINDOW]
