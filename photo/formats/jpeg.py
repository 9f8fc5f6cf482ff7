"""JPEG, also as the first picture of an MPO."""

from __future__ import annotations

import struct

import numpy as np

from photo.base import CAPTIONS, COMMENT, PREVIEW, Block, Limits, Photo, PhotoError
from photo.format import Format, Shared, comment_text
from photo.formats import _jpeg_attached as attached
from photo.formats import _jpeg_segments as parts
from photo.formats._jpeg_pixels import decode
from photo.formats._pillow import image_of, saved
from photo.metadata import xmp as packets
from photo.metadata.density import clean_dpi

_MAX_SCANS = 500
_COMMENT, _PHOTOSHOP = "COM", "APP13"


def _read(data: bytes, limits: Limits) -> Photo:
    walk = parts.walk(data)
    if walk.scans > _MAX_SCANS:
        raise PhotoError(
            "The JPEG has far more scans than any photograph needs; open it and save it again."
        )
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="JPEG")
    _metadata(photo, walk)
    decode(photo, data, walk, limits)
    attached.take(photo, data, walk)
    return photo


def _metadata(photo: Photo, walk: parts.Walk) -> None:
    profile: list[bytes] = []
    exif: list[bytes] = []
    for marker, content in walk.segments:
        if marker == 0xE0 and content.startswith((b"JFIF\0", b"JFXX\0")):
            photo.dpi = photo.dpi or _density(content)
            if content.startswith(b"JFXX") or (len(content) > 13 and content[12] * content[13]):
                photo.notes.append(PREVIEW)
        elif marker == 0xE1 and content.startswith((parts.EXIF, b"Exif\0\xff")):
            _take_exif(photo, exif, content[len(parts.EXIF) :])
        elif marker == 0xE1 and content.startswith(parts.XMP) and photo.xmp is None:
            photo.xmp = content[len(parts.XMP) :]
        elif marker == 0xE2 and content.startswith(parts.ICC):
            profile.append(content)
        elif (marker == 0xE2 and content.startswith(parts.MPF)) or (
            marker == 0xEE and content.startswith(b"Adobe")
        ):
            continue  # the first is made anew, the second says how the pixels were coded
        else:
            photo.blocks.append(_block(marker, content))
    photo.exif = b"".join(exif) if exif else None
    photo.icc = parts.joined_icc(profile)


def _take_exif(photo: Photo, held: list[bytes], content: bytes) -> None:
    """A second segment goes on where the first ends, unless it is a block of its own."""
    if not held or not content.startswith((b"II*\0", b"MM\0*")):
        held.append(content)
    else:
        photo.notes.append("The file holds two EXIF blocks; the second was left out.")


def _block(marker: int, content: bytes) -> Block:
    kind = _COMMENT if marker == 0xFE else f"APP{marker - 0xE0}"
    what = COMMENT if marker == 0xFE else f"an application-specific segment ({kind})"
    if kind == _PHOTOSHOP and content.startswith(parts.PHOTOSHOP):
        what = CAPTIONS
    elif kind == "APP1" and content.startswith(parts.MORE_XMP):
        what = attached.MORE_XMP
    elif content.startswith(attached.ISO_GAIN_MAP):
        what = "a gain map"
    elif kind == "APP11" and b"jumb" in content[:40]:
        what = "content credentials"
    return Block("JPEG", kind, content, what)


def _density(content: bytes) -> tuple[float, float] | None:
    if len(content) < 12 or content[:5] != b"JFIF\0" or content[7] not in (1, 2):
        return None
    across, down = struct.unpack_from(">HH", content, 8)
    unit = 2.54 if content[7] == 2 else 1.0
    return clean_dpi((across * unit, down * unit))


def _share(blocks: list[Block]) -> Shared:
    """What other formats can hold too."""
    pieces = [
        b.data[len(parts.PHOTOSHOP) :]
        for b in blocks
        if b.kind == _PHOTOSHOP and b.data.startswith(parts.PHOTOSHOP)
    ]
    comments = [comment_text(block.data) for block in _of(blocks, _COMMENT)]
    return Shared(b"".join(pieces) or None, comments)


def _of(blocks: list[Block], kind: str) -> list[Block]:
    return [block for block in blocks if block.kind == kind]


def _adopt(shared: Shared) -> list[Block]:
    """Blocks for what comes from another format."""
    result = []
    longest = parts.LONGEST - len(parts.PHOTOSHOP)
    resources = shared.photoshop or b""
    for at in range(0, len(resources), longest):
        content = parts.PHOTOSHOP + resources[at : at + longest]
        result.append(Block("JPEG", _PHOTOSHOP, content, CAPTIONS))
    for comment in shared.comments:
        result += [Block("JPEG", _COMMENT, part, COMMENT) for part in _pieces(comment.encode())]
    return result


def _pieces(text: bytes) -> list[bytes]:
    """UTF-8 as segments can hold it, with no character cut in two."""
    pieces, at = [], 0
    while len(text) - at > parts.LONGEST:
        end = at + parts.LONGEST
        while text[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(text[at:end])
        at = end
    return [*pieces, text[at:]]


def _leave(photo: Photo) -> None:
    """What is to change in a photo that came as a JPEG and is written as something else."""
    if photo.xmp is None:
        return
    attached.join_xmp(photo)
    photo.xmp = packets.unannounced(photo.xmp)


def _write(photo: Photo, quality: int | None) -> bytes:
    """Without chroma subsampling."""
    options = {"dpi": photo.dpi} if photo.dpi else {}
    quality = quality or FORMAT.quality
    plain = saved(image_of(photo), "JPEG", quality=quality, subsampling=0, **options)
    start = 4 + int.from_bytes(plain[4:6], "big")  # behind Pillow's JFIF segment
    head = [plain[:start]]
    head += parts.exif_segments(photo.exif) if photo.exif else []
    head += parts.xmp_segments(photo.xmp) if photo.xmp else []
    head += parts.icc_segments(photo.icc) if photo.icc else []
    for block in photo.blocks:
        if block.kind == _COMMENT:
            head.append(parts.segment(0xFE, block.data))
        elif block.kind.startswith("APP"):
            head.append(parts.segment(0xE0 + int(block.kind[3:]), block.data))
    return attached.attach(photo, b"".join(head), plain[start:])


# Quality 95 keeps JPEG's own error near one grey level.
FORMAT = Format(
    "JPEG",
    "JPEG",
    "image/jpeg",
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    matches=lambda data: data.startswith(b"\xff\xd8\xff"),
    read=_read,
    write=_write,
    share=_share,
    adopt=_adopt,
    leave=_leave,
    place=1,
    alpha=False,
    quality=95,
    side=65500,
    longest={"exif": parts.LONGEST_EXIF},
)
