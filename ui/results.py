"""What the child hands back about a picture: facts, figures, and files for the browser.

Nothing here is decoded. The page's process keeps these and passes them on; it never looks at a
pixel, so that a damaged or hostile file can only end the child, which costs one job.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Encoded:
    """A picture ready for a browser: its file's bytes and their media type."""

    data: bytes
    mime: str

    @cached_property
    def digest(self) -> str:
        """The same for the same file."""
        return hashlib.blake2b(self.data, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Rect:
    """Part of a picture, in its own pixels from the top left corner."""

    left: int
    top: int
    width: int
    height: int

    def contains(self, other: Rect) -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True)
class Part:
    """A part of the picture at full resolution and full strength, to be laid over the preview."""

    rect: Rect
    picture: Encoded


@dataclass(frozen=True)
class Opened:
    """What is known of a file once it was read.

    format, default_format: names in `photo.FORMATS`: the file's own, and the one that the result
    is written in unless another is chosen. lossless: the file had no loss, and as the original has
    none either. notes: sentences for the person. losses: for each
    format that can be written, sentences about what it cannot keep of this picture.
    detail: a part with much detail at 100 %, for the grid of a batch; detail_rect: where it lies.
    noisy: the whole picture; None for a batch, until it is opened in the viewer (`Picture.show`).
    """

    width: int
    height: int
    format: str
    default_format: str
    lossless: bool
    notes: tuple[str, ...]
    losses: dict[str, tuple[str, ...]]
    detail: Encoded
    detail_rect: Rect
    noisy: Encoded | None = None

    @property
    def size(self) -> int:
        """Pixels."""
        return self.width * self.height


@dataclass(frozen=True)
class Removed:
    """The noise that was taken away: the root mean square of the difference in flat areas.

    brightness, colour: in grey levels of 0 to 255, at full strength.
    """

    brightness: float
    colour: float


@dataclass(frozen=True)
class Result:
    """A picture denoised at full resolution and full strength.

    detail: the same part as in `Opened`. shown: the whole; None as for `Opened.noisy`.
    kept: the pixels, compressed without loss; only the child can read them.
    """

    removed: Removed
    detail: Encoded
    kept: bytes = field(repr=False)
    shown: Encoded | None = None

    @property
    def size(self) -> int:
        """Bytes of memory."""
        shown = len(self.shown.data) if self.shown else 0
        return len(self.kept) + len(self.detail.data) + shown


@dataclass(frozen=True)
class Settings:
    """How a result is written.

    strength: 0 to 1, as in `helper.blend`. colour: the same for colour noise alone; None follows
    `strength`. format: a name of `photo.WRITABLE`; None for the file's own. quality: 1 to 100, for
    formats that lose something; None for the format's usual.
    """

    strength: float = 1.0
    colour: float | None = None
    format: str | None = None
    quality: int | None = None


@dataclass(frozen=True)
class Written:
    """A finished file, what to call it, and what the person should know of it: sentences."""

    name: str
    data: bytes = field(repr=False)
    notes: tuple[str, ...] = ()
