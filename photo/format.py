"""What a file format is to us: its names, its limits, and the functions that read and write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from photo.base import Block, Limits, Photo


@dataclass(frozen=True)
class Shared:
    """What several formats can hold, each in its own way.

    photoshop: a list of Photoshop's resources, which hold IPTC captions. comments: plain text.
    """

    photoshop: bytes | None = None
    comments: list[str] = field(default_factory=list)


def comment_text(comment: bytes) -> str:
    """No standard says how a comment is coded: what is not UTF-8 is taken for Latin-1."""
    comment = comment.rstrip(b"\0")
    try:
        return comment.decode("utf-8")
    except UnicodeDecodeError:
        return comment.decode("latin-1")


def _nothing_shared(blocks: list[Block]) -> Shared:
    return Shared()


def _nothing_adopted(shared: Shared) -> list[Block]:
    return []


def _unchanged(photo: Photo) -> None:
    return None


@dataclass(frozen=True)
class Format:
    """One file format: the record that each file of `photo/formats/` ends with.

    name: as in `Photo.format`; label: for people; extensions: the first is the usual one;
    matches: whether a file's first bytes are of this format; read: the whole file -> Photo, not
    yet upright unless `Photo.turned`; write: a Photo that fits (see `fitted`) and a quality -> a
    file, None where we only read; place: its place in lists.

    alpha, grey: can hold an alpha channel, a single channel; depth: bits a channel it is written
    with at most (12 of uint16; 32 is float); quality: the default for a lossy format, None where
    there is no such choice; side: longest side that can be written, in pixels; carries: what it
    can hold besides pixels, of "icc", "exif", "xmp", "dpi" and "colour" (without a profile);
    longest: bytes that these may have where that is little; moves_exif: its parts are laid anew.

    share: what of this format's blocks others can hold too; adopt: blocks of this format for what
    another shared; leave: changes a photo (a copy, with a list of blocks of its own) that came in
    this format and is to be written in another.
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
    carries: frozenset[str] = frozenset(("icc", "exif", "xmp", "dpi"))
    longest: Mapping[str, int] = field(default_factory=dict)
    moves_exif: bool = False
    share: Callable[[list[Block]], Shared] = _nothing_shared
    adopt: Callable[[Shared], list[Block]] = _nothing_adopted
    leave: Callable[[Photo], None] = _unchanged

    @property
    def extension(self) -> str:
        """The usual extension, with its dot."""
        return self.extensions[0]

    @property
    def written(self) -> bool:
        """Whether we can write it."""
        return self.write is not None
