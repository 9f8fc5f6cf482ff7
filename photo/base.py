"""What all formats share: the picture taken out of its file, the limits, and the one error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from photo.colour import Colour

MEGABYTE = 1_000_000
MEGAPIXEL = 1_000_000
# What a `Block` of these is called.
CAPTIONS, COMMENT = "captions (IPTC, Photoshop)", "a comment"
PREVIEW = "A preview in the file shows the noisy picture and was left out."
MOVED = (
    "The camera maker's own notes were moved within the EXIF data, "
    "so some programs may not read all of them."
)


class PhotoError(Exception):
    """A file that cannot be read or written; its message is one plain sentence for people."""


@dataclass(frozen=True)
class Limits:
    """How large a file may be; asked before any pixel is decoded.

    max_bytes: size of the file in bytes. max_pixels: width times height of its picture.
    """

    max_bytes: int = 200 * MEGABYTE
    max_pixels: int = 150 * MEGAPIXEL

    def check_bytes(self, size: int) -> None:
        """Raise PhotoError if a file of `size` bytes is too large."""
        if size > self.max_bytes:
            raise PhotoError(
                f"The file is {size / MEGABYTE:.0f} MB, more than the limit of "
                f"{self.max_bytes / MEGABYTE:.0f} MB; save a smaller version and try again."
            )

    def check_size(self, width: int, height: int) -> None:
        """Raise PhotoError if a picture of this width and height (pixels) is empty or too large."""
        if width < 1 or height < 1:
            raise PhotoError("The picture has no pixels; export it again from the original.")
        if width * height > self.max_pixels:
            raise PhotoError(
                f"The picture is {width} x {height}, that is {width * height / MEGAPIXEL:.0f} "
                f"megapixels, more than the limit of {self.max_pixels / MEGAPIXEL:.0f}; "
                "make it smaller and try again."
            )


@dataclass(frozen=True)
class Block:
    """A part of a file that is carried without being understood.

    format, kind: the format it came in and what that format calls it ("APP13", "tEXt", a box or a
    tag). data: its bytes, without its frame. what: it, in words for people.
    """

    format: str
    kind: str
    data: bytes
    what: str


@dataclass
class Photo:
    """A picture, upright, and everything of its file that has to come back.

    pixels: H x W x 3 RGB, uint8 or uint16, or float32 in [0, 1]; grey pictures have three equal
        channels. alpha: H x W of the same dtype (0 is transparent), not premultiplied, or None.
    grey: the file had one colour channel; `write` gives it one again.
    neutral: the file had three colour channels, but all equal; `write` makes them so again.
    bits: bits a channel that the file used of uint16 (10 or 12), 0 for all. lossless: the file's
        format can lose detail, but it was written without loss.
    icc, exif, xmp: the profile, the EXIF block (a TIFF structure, orientation 1, no thumbnail) and
        the XMP packet, or None. dpi: horizontal and vertical pixels an inch, or None.
    turned: how the reader has made the picture upright already (EXIF's 1-8), 0: not at all.
    colour: the colour space where the file states it otherwise than by a profile, or None.
    blocks: what else the file held, in its order; a file of the same format gets it back.
    format: name of the file's format, as in `photo.FORMATS`. frames: pictures in the file; the
        first is here. notes: sentences for the person. name: the file's name as it was given.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    grey: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: str = "PNG"
    frames: int = 1
    notes: list[str] = field(default_factory=list)
    name: str = ""
    xmp: bytes | None = None
    lossless: bool = False
    neutral: bool = False
    bits: int = 0
    turned: int = 0
    colour: Colour | None = None
    blocks: list[Block] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.pixels.shape[0])


def bands(height: int, width: int, pixels: int = 4 * MEGAPIXEL) -> Iterator[slice]:
    """Slices of rows that cover `height`, about `pixels` pixels each: bounds temporary memory."""
    rows = max(1, pixels // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))
