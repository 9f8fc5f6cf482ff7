"""A PNG's chunks: checked, and sorted into what we understand and what is carried."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from photo.base import CAPTIONS, COMMENT, Block, Photo, PhotoError
from photo.colour import Colour, known
from photo.format import Shared
from photo.formats._png_texts import KINDS, Room, raw_profile, text_of
from photo.metadata.density import clean_dpi
from photo.metadata.exif import strip_prefix
from photo.metadata.photoshop import with_iptc

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BROKEN = "The PNG is damaged ({}); open the original and save it again."
CUT = "The PNG is cut short, so part of the picture is missing; copy or download it again."
TRAILER = "trailer"
_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_ONCE = {b"IHDR": "headers", b"PLTE": "palettes"}
_COLOUR = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI")
_OLD_NAMES = {b"mDCv": b"mDCV", b"cLLi": b"cLLI"}
# Frames of an animation; where the packed pixels lay; how often a palette's colours occur.
_OF_THE_OLD_PIXELS = (b"acTL", b"fcTL", b"fdAT", b"iDOT", b"hIST")
# Their names forbid to copy them beside new pixels, but these we know: they stay true.
_KNOWN = (
    *_COLOUR,
    b"sBIT",
    b"bKGD",
    b"tIME",
    b"oFFs",
    b"pCAL",
    b"sCAL",
    b"sTER",
    b"caBX",
    b"dSIG",
    b"gIFg",
)
_CAPTIONS = ("raw profile type iptc", "raw profile type 8bim", "raw profile type app13")
XMP_KEY = b"XML:com.adobe.xmp"


@dataclass
class Chunks:
    """picture: the chunks that hold the pixels, in file order; other: all else; broken: names.

    seen: the types met of those that may stand once.
    """

    picture: list[tuple[bytes, memoryview]] = field(default_factory=list)
    other: list[tuple[bytes, bytes]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    trailer: bytes = b""
    seen: set[bytes] = field(default_factory=set)

    def first(self, kind: bytes) -> memoryview | None:
        """The content of the picture's first chunk of this type."""
        return next((body for name, body in self.picture if name == kind), None)

    def get(self, kind: bytes) -> bytes | None:
        """The content of the first other chunk of this type."""
        return next((body for name, body in self.other if name == kind), None)


def chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    """One chunk with its checksum."""
    crc = zlib.crc32(body, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", crc)))


_END = chunk(b"IEND", b"")


def parse(data: bytes) -> Chunks:
    """Walk the chunks and check every CRC; a bad one is fatal only where it carries the picture.

    The end may be missing: whether all rows are there is seen by whoever unpacks them.
    """
    view = memoryview(data)
    chunks, at = Chunks(), 8
    while True:
        if at + 12 > len(data):
            if at == 8 or not _END.startswith(data[at:]):
                raise PhotoError(CUT)
            chunks.broken.append("IEND")
            return chunks
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise PhotoError(CUT if kind == b"IDAT" or at > 8 else BROKEN.format("bad header"))
        body = view[at + 8 : end - 4]
        good = zlib.crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        label = kind.decode("ascii", errors="replace")
        if not good and not kind[0] & 32 and kind != b"IEND":
            raise PhotoError(BROKEN.format(f"the checksum of its {label!r} part is wrong"))
        if at == 8 and (kind != b"IHDR" or length != 13):
            raise PhotoError(BROKEN.format("its header is missing"))
        if not good:
            chunks.broken.append(label)
        if kind == b"IEND":
            chunks.trailer = data[end:]
            return chunks
        if good:
            _sort(chunks, kind, body)
        at = end


def _sort(chunks: Chunks, kind: bytes, body: memoryview) -> None:
    again = kind in chunks.seen
    if kind in (*_ONCE, b"tRNS"):
        chunks.seen.add(kind)
    if again and kind in _ONCE:  # decoders do not agree which counts
        raise PhotoError(BROKEN.format(f"it has two {_ONCE[kind]}"))
    if again:
        chunks.broken.append("tRNS")
    elif kind in _PICTURE:
        chunks.picture.append((kind, body))
    elif kind[0] & 32:
        chunks.other.append((_OLD_NAMES.get(kind, kind), bytes(body)))
    else:
        raise PhotoError(BROKEN.format("it has a part that no PNG reader knows"))


def take(photo: Photo, chunks: Chunks) -> None:
    """Put what the chunks say into the photo, and those that are not understood into its blocks."""
    unsafe, room = set(), Room()
    # Proper chunks first: they count before the same as text.
    for kind, body in sorted(chunks.other, key=lambda other: other[0] in KINDS):
        if _understood(photo, kind, body, room) or kind in _OF_THE_OLD_PIXELS:
            continue
        if kind[3] & 32 or kind in _KNOWN:
            photo.blocks.append(Block("PNG", kind.decode("latin-1"), body, _name(kind, body)))
        else:
            unsafe.add(kind.decode("ascii", errors="replace"))
    if chunks.trailer:
        photo.blocks.append(
            Block("PNG", TRAILER, chunks.trailer, "data after the end of the picture")
        )
    if room.short:
        photo.notes.append("Some compressed texts unpack to more than 32 MB and were not read.")
    if unsafe:
        names = ", ".join(sorted(unsafe)[:9])
        photo.notes.append(
            "Application-specific chunks describe the original pixels, so they were left out "
            f"({names})."
        )
    animation = chunks.get(b"acTL") or b""
    if len(animation) == 8:
        photo.frames = max(1, int.from_bytes(animation[:4], "big"))
    photo.colour = _colour(chunks)
    if photo.colour is not None and photo.icc is not None and chunks.get(b"cICP") is None:
        photo.colour = None


def _name(kind: bytes, body: bytes) -> str:
    if kind in KINDS:
        key = body.split(b"\0", 1)[0].decode("latin-1")
        if key.lower() in _CAPTIONS:
            return CAPTIONS
        return COMMENT if key == "Comment" else "text"
    if kind in _COLOUR or kind in (b"sBIT", b"bKGD", b"tIME"):
        return ""  # stated otherwise, or without meaning elsewhere
    return "content credentials" if kind == b"caBX" else f"a part ({kind.decode('latin-1')})"


def _understood(photo: Photo, kind: bytes, body: bytes, room: Room) -> bool:
    """Take profile, EXIF, XMP and density into the photo, if this chunk is one of them."""
    if kind == b"eXIf":
        photo.exif = _first(photo, "EXIF blocks", photo.exif, body)
    elif kind == b"iCCP":
        if photo.icc is None:
            photo.icc = room.inflated(body.partition(b"\0")[2][1:])
    elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
        across, down = struct.unpack(">II", body[:8])
        photo.dpi = clean_dpi((across * 0.0254, down * 0.0254))
    elif kind in KINDS:
        key = body.partition(b"\0")[0]
        if kind == b"iTXt" and key == XMP_KEY:
            text = text_of(kind, body, room)
            photo.xmp = _first(photo, "XMP packets", photo.xmp, text or None)
        elif key.startswith(b"Raw profile type "):
            content = raw_profile(text_of(kind, body, room))
            return _take_raw(photo, key[17:].lower(), content)
        else:
            return False
    else:
        return False
    return True


def _first(photo: Photo, what: str, held: bytes | None, more: bytes | None) -> bytes | None:
    """The first of two of a kind; a note if the second says something else."""
    if held and more and strip_prefix(held) != strip_prefix(more):
        photo.notes.append(f"The file holds two {what}; the second was left out.")
    return held or more


def _take_raw(photo: Photo, kind: bytes, content: bytes) -> bool:
    """ImageMagick's way to keep profiles as text; a proper chunk, where there is one, counts."""
    if kind in (b"exif", b"app1") and content.startswith(b"Exif\0\0"):
        photo.exif = _first(photo, "EXIF blocks", photo.exif, content[6:])
    elif kind in (b"exif", b"app1") and content.startswith((b"II*\0", b"MM\0*")):
        photo.exif = _first(photo, "EXIF blocks", photo.exif, content)
    elif kind in (b"xmp", b"app1") and b"<" in content[:100]:
        packet = content.removeprefix(b"http://ns.adobe.com/xap/1.0/\0")
        photo.xmp = _first(photo, "XMP packets", photo.xmp, packet)
    elif kind in (b"icc", b"icm") and content:
        photo.icc = photo.icc or content
    else:
        return False
    return True


def _colour(chunks: Chunks) -> Colour | None:
    """By the PNG standard cICP counts before sRGB, and that before gAMA and cHRM."""
    code = chunks.get(b"cICP")
    if code is not None and len(code) == 4:
        return known(
            Colour(code[0], code[1], mastering=chunks.get(b"mDCV"), light=chunks.get(b"cLLI"))
        )
    if chunks.get(b"sRGB") is not None:
        return None
    gamma, points = chunks.get(b"gAMA") or b"", chunks.get(b"cHRM") or b""
    exponent = int.from_bytes(gamma, "big") if len(gamma) == 4 else 0
    chromaticities = None
    if len(points) == 32:
        values = [value / 100_000 for value in struct.unpack(">8I", points)]
        chromaticities = (*values[2:], *values[:2])
    if not exponent and chromaticities is None:
        return None
    if exponent and not 1_000 <= exponent <= 1_000_000:
        exponent = 0
    return known(
        Colour(
            2 if chromaticities else 1,
            2,
            chromaticities=chromaticities,
            gamma=100_000 / exponent if exponent else 2.2,
        )
    )


def share(blocks: list[Block]) -> Shared:
    """What other formats can hold too."""
    photoshop, comments, room = None, [], Room()
    for block in sorted(blocks, key=lambda block: block.what != CAPTIONS):
        if block.kind.encode("latin-1") not in KINDS or block.what not in (CAPTIONS, COMMENT):
            continue
        text = text_of(block.kind.encode(), block.data, room)
        if room.short:
            return Shared(photoshop)
        if block.what == COMMENT:
            comments.append(text.decode("utf-8" if block.kind == "iTXt" else "latin-1", "replace"))
        elif content := raw_profile(text):
            photoshop = content if content[:4] == b"8BIM" else with_iptc(content)
    return Shared(photoshop, comments)


def adopt(shared: Shared) -> list[Block]:
    """Blocks for what comes from another format; captions as ImageMagick and exiftool do it."""
    result = []
    if shared.photoshop:
        digits = shared.photoshop.hex().encode()
        lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
        text = b"\niptc\n%8d\n%s\n" % (len(shared.photoshop), lines)
        body = b"Raw profile type iptc\0\0" + zlib.compress(text)
        result.append(Block("PNG", "zTXt", body, CAPTIONS))
    for comment in shared.comments:
        result.append(Block("PNG", "iTXt", b"Comment\0\0\0\0\0" + comment.encode(), COMMENT))
    return result
