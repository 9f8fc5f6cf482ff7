"""What the child does for the page with a picture: open, preview, denoise, show, write.

These functions run in the process of `ui/child.py`; the page only names them (`Job.call`). Each
takes the file's bytes as they were uploaded and needs nothing from the call before, so a child can
be replaced at any time, and a picture of a batch goes the same way as a single one.

Where the pixels are: decoding again is cheap (0.2 s for 12 megapixels) beside holding every
visitor's pixels, so the child holds only the last few pictures (`Task.memo`). What took the network
to compute would be dear to lose, so the page's process keeps that, compressed without loss, as
bytes that it does not read (`Result.kept`): 11 MB for 12 megapixels, which take 36 MB uncompressed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

import helper
import photo
from model.inference.removed import removed_noise
from ui import display, keep
from ui.child import Task
from ui.results import Encoded, Opened, Part, Rect, Removed, Result, Settings, Written

PREVIEW = 600_000  # pixels of the copy that the preview is made from
REGION = 800_000  # pixels of a region at most: with its surroundings one tile of the network
_CONTEXT = 64  # pixels around a region that the network sees too
_ALIGN = 32  # the network's grid


def get_ready(task: Task) -> None:
    """Import TensorFlow, load the weights and trace the network while the visitor looks around.

    That takes seconds; files are opened meanwhile.
    """
    task.prepare(lambda: helper.denoise(np.full((64, 64, 3), 128, np.uint8)))


def open_file(task: Task, data: bytes, name: str, show: bool) -> Opened:
    """Read the file; say what is in it. show: also encode the whole for the browser.

    Raises PhotoError.
    """
    opened = _read(task, data, name)
    rect = display.most_detailed(opened.pixels)
    return Opened(
        width=opened.width,
        height=opened.height,
        format=opened.format,
        default_format=photo.default_format(opened),
        lossless=opened.lossless,
        notes=tuple(opened.notes),
        losses={kind: tuple(photo.losses(opened, kind)) for kind in photo.WRITABLE},
        detail=display.encode_part(opened, display.cut(opened.pixels, rect), rect),
        detail_rect=rect,
        noisy=display.encode(opened, opened.pixels) if show else None,
    )


def preview(task: Task, data: bytes, name: str) -> Encoded:
    """The whole picture, made smaller and then denoised: a fraction of a second's work."""
    opened = _read(task, data, name)
    scale = min(1.0, (PREVIEW / (opened.width * opened.height)) ** 0.5)
    size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    small = replace(opened, pixels=_shrunk(opened.pixels, size), alpha=None)
    if opened.alpha is not None:
        small.alpha = _shrunk(opened.alpha, size)
    return display.encode(small, _denoise(task, small, small.pixels))


def region(task: Task, data: bytes, name: str, wanted: Rect) -> Part:
    """What the visitor looks at, at full resolution, before the rest; at most `REGION` pixels."""
    opened = _read(task, data, name)
    rect = _fitted(wanted, opened.width, opened.height)
    around = _grown(rect, opened.width, opened.height)
    clean = _denoise(task, opened, np.ascontiguousarray(display.cut(opened.pixels, around)))
    inner = replace(rect, left=rect.left - around.left, top=rect.top - around.top)
    return Part(rect, display.encode_part(opened, display.cut(clean, inner), rect))


def full(task: Task, data: bytes, name: str, show: bool) -> Result:
    """The picture at its own resolution. show: report each tile's part, encode the whole.

    Raises PhotoError, helper.Cancelled.
    """
    opened = _read(task, data, name)
    part = _PartMaker(opened) if show else None
    pixels = _denoise(
        task,
        opened,
        opened.pixels,
        progress=lambda done, total: task.report(done, total, part and part.take()),
        cancelled=task.cancelled,
        part=part,
    )
    rect = display.most_detailed(opened.pixels)
    return Result(
        removed=Removed(*removed_noise(opened.pixels, pixels)),
        detail=display.encode_part(opened, display.cut(pixels, rect), rect),
        kept=keep.pack(pixels),
        shown=display.encode(opened, pixels) if show else None,
    )


def show(task: Task, data: bytes, name: str, kept: bytes) -> Encoded:
    """A whole result for the browser, for pictures that were denoised without being looked at."""
    return display.encode(_read(task, data, name), keep.unpack(kept))


def write(task: Task, data: bytes, name: str, kept: bytes, settings: Settings) -> Written:
    """The finished file. Raises PhotoError if the format cannot hold it."""
    opened = _read(task, data, name)
    clean = keep.unpack(kept)
    pixels = _blended(opened, clean, settings)
    del clean
    kind = settings.format or photo.default_format(opened)
    lossless = opened.lossless and settings.format is None
    quality = None if lossless or photo.FORMATS[kind].quality is None else settings.quality
    file = photo.write(replace(opened, pixels=pixels), kind, quality=quality)
    notes = tuple(photo.remarks(opened, kind))
    return Written(photo.output_name(name, kind, "-denoised"), file, notes)


def _blended(opened: photo.Photo, clean: np.ndarray, settings: Settings) -> np.ndarray:
    """On the display's curve, as the network worked and as the browser shows it."""
    if settings.strength == 1 and settings.colour in (None, 1):
        return clean
    noisy, best = (photo.to_display(opened, pixels) for pixels in (opened.pixels, clean))
    mixed = helper.blend(noisy, best, settings.strength, settings.colour)
    return photo.from_display(opened, mixed)


def _denoise(task: Task, like: photo.Photo, pixels: np.ndarray, **options: Any) -> np.ndarray:
    """`helper.denoise` of pixels of this photo, once the network is loaded. Raises NotReady."""
    task.wait_until_ready()
    clean = helper.denoise(photo.to_display(like, pixels), **options)
    return photo.from_display(like, clean)


def _read(task: Task, data: bytes, name: str) -> photo.Photo:
    return task.memo.get(data, lambda: photo.read(data, name))


class _PartMaker:
    """Makes each finished tile ready for the browser; `take` hands it out once."""

    def __init__(self, opened: photo.Photo) -> None:
        self._opened, self._part = opened, None  # type: photo.Photo, Part | None

    def __call__(self, top: int, left: int, pixels: np.ndarray) -> None:
        rect = Rect(left, top, pixels.shape[1], pixels.shape[0])
        if rect.width * rect.height < self._opened.width * self._opened.height:
            own = photo.from_display(self._opened, pixels)
            self._part = Part(rect, display.encode_part(self._opened, own, rect))

    def take(self) -> Part | None:
        part, self._part = self._part, None
        return part


def _shrunk(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _fitted(wanted: Rect, width: int, height: int) -> Rect:
    """Within the picture, and around the same middle if it has to be smaller."""
    shrink = min(1.0, (REGION / max(1, wanted.width * wanted.height)) ** 0.5)
    w = min(width, max(1, int(wanted.width * shrink)))
    h = min(height, max(1, int(wanted.height * shrink)))
    left = wanted.left + (wanted.width - w) // 2
    top = wanted.top + (wanted.height - h) // 2
    return Rect(min(max(0, left), width - w), min(max(0, top), height - h), w, h)


def _grown(rect: Rect, width: int, height: int) -> Rect:
    """With what the network sees around it, from a place on the network's grid."""
    left = max(0, rect.left - _CONTEXT) // _ALIGN * _ALIGN
    top = max(0, rect.top - _CONTEXT) // _ALIGN * _ALIGN
    right = min(width, rect.right + _CONTEXT)
    bottom = min(height, rect.bottom + _CONTEXT)
    return Rect(left, top, right - left, bottom - top)
