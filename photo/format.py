"""What a file format is to us: its names, its limits, and the functions that read and write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from photo.base import Limits, Photo


@dataclass(frozen=True)
class Format:
    """One file format: the record that each file of `photo/formats/` ends with.

    name: as in `Photo.format`; label: for people; extensions: the first is the usual one;
    matches: whether a file's first bytes are of this format; read: the whole file -> Photo, turned
    upright already if `upright`; write: a Photo that fits (see `fitted`) and a quality -> a file,
    None where we only read; place: its place in lists.

    alpha, grey: can hold an alpha channel, a single channel; depth: bits a channel it is written
    with at most (32 is float); quality: the default for a lossy format, None where there is no
    such choice; side: longest side that can be written, in pixels; carries: what it can hold
    besides pixels, of "icc", "exif", "xmp" and "dpi".
    """

    name: str
    label: str
    mime: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes], bool]
    read: Callable[[bytes, Limits], Photo]
    write: Callable[[Photo, int | None], bytes] | None = None
    place: int = 100
    alpha: bool = True
    grey: bool = True
    depth: int = 8
    quality: int | None = None
    side: int = 2**31 - 1
    upright: bool = False
    carries: frozenset[str] = frozenset(("icc", "exif", "xmp", "dpi"))

    @property
    def extension(self) -> str:
        """The usual extension, with its dot."""
        return self.extensions[0]

    @property
    def written(self) -> bool:
        """Whether we can write it."""
        return self.write is not None
