"""TIFF: 8 bits, 16 bits and float, in every layout and compression that tifffile reads."""

from __future__ import annotations

import io

import numpy as np
from PIL import TiffImagePlugin

import photo.formats._tiff_tags as tags
from photo.base import CAPTIONS, MEGAPIXEL, MOVED, PREVIEW, Block, Limits, Photo, PhotoError
from photo.colour import Colour, known
from photo.format import Format, Shared
from photo.formats import _tiff_checks as checks
from photo.formats import _tiff_jpeg
from photo.formats._tiff_pixels import decode
from photo.formats._tiff_write import write_tiff
from photo.metadata.exif import directory_dpi, has_placed_note, tag_names
from photo.metadata.ifd import (
    BrokenMetadata,
    Directory,
    Entry,
    drop_unknown,
    file_header,
    parse,
    read_header,
    serialise,
)
from photo.metadata.photoshop import iptc_of, with_iptc
from photo.pixels import split, upright

_LARGEST_TAG = MEGAPIXEL
_STACK = (b"images=", b"slices=", b"channels=", b"frames=", b"hyperstack=", b"mode=", b"loop=")


def _read(data: bytes, limits: Limits) -> Photo:
    """Its pixels are upright already."""
    try:
        order, first, big = read_header(data)
        main = parse(data, first, order, big=big)
    except BrokenMetadata as error:
        raise PhotoError(checks.CUT) from error
    pages = checks.pages(data, main, big)
    full = [index for index, page in enumerate(pages) if not checks.is_reduced(page)]
    index = full[0] if full else 0
    if index and tags.SUB_IFDS not in main.entries:  # now with what it points to
        thumbnail, main = main, parse(data, pages[index - 1].next, order, big=big)
        _inherit(main, thumbnail)
    checks.refuse(main, limits)
    checks.refuse_repeats([*pages, *main.subs.values()], len(data))
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="TIFF", frames=max(1, len(full)))
    for tag, name in ((tags.ICC, "icc"), (tags.XMP, "xmp")):
        if tag in main.entries:
            setattr(photo, name, bytes(main.entries[tag].raw))
    photo.dpi = directory_dpi(main) if 282 in main.entries else None
    photo.colour = _colour(main) if photo.icc is None else None
    _description(photo, main)
    orientation = main.integer(tags.ORIENTATION, 1)
    photo.turned = orientation if 1 <= orientation <= 8 else 1
    _pixels(photo, data, main, index, limits)
    photo.blocks = _blocks(main)
    photo.exif = _exif(photo, main, len(data))
    if has_placed_note(photo.exif or b""):
        photo.notes.append(MOVED)
    if tags.SUB_IFDS in main.entries or 0 < len(full) < len(pages):
        photo.notes.append(PREVIEW)
    if tags.LAYERS in main.entries:
        photo.notes.append("Photoshop's layers show the noisy picture and were left out.")
    return photo


def _inherit(main: Directory, thumbnail: Directory) -> None:
    """Take what describes the photograph from the thumbnail before it, where it has none itself."""
    described = (tags.XMP, tags.ICC, tags.IPTC, tags.PHOTOSHOP)
    for tag, entry in thumbnail.entries.items():
        if tag in main.entries or tag in tags.OF_A_PAGE:
            continue
        if tag not in tags.STRUCTURE or tag in described:
            main.entries[tag] = entry
            if tag in thumbnail.subs:
                main.subs[tag] = thumbnail.subs[tag]


def _pixels(photo: Photo, data: bytes, main: Directory, index: int, limits: Limits) -> None:
    if decode(photo, data, main, index):
        photo.pixels = upright(photo.pixels, photo.turned)
        photo.alpha = None if photo.alpha is None else upright(photo.alpha, photo.turned)
        return
    if main.integer(tags.COMPRESSION, 1) == checks.JPEG:
        _tiff_jpeg.check(photo, data, main)
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    if index:
        image.seek(index)
    limits.check_size(*image.size)
    image.load()  # this turns it upright
    photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
    if main.integer(tags.BITS, 1) > 8:
        photo.notes.append("The picture has 16 bits per channel, of which 8 were read.")
    seen = len(image.getbands()) - (image.mode == "RGBX")
    if main.integer(tags.CHANNELS, 1) > seen:  # a spot colour or a mask beside the inks
        photo.notes.append("An extra channel of unknown meaning was left out.")


def _colour(main: Directory) -> Colour | None:
    white, points = main.numbers(tags.WHITE), main.numbers(tags.PRIMARIES)
    if len(points) != 6:
        return None
    white = white if len(white) == 2 else (0.3127, 0.3290)
    return known(Colour(2, 13, chromaticities=(*points, *white)))


def _description(photo: Photo, main: Directory) -> None:
    """ImageJ, OME and tifffile say there how many planes follow; one is left."""
    entry = main.entries.get(tags.DESCRIPTION)
    text = bytes(entry.raw) if entry else b""
    if text.startswith(b"ImageJ="):
        lines = text.rstrip(b"\0").split(b"\n")
        planes = [line[7:] for line in lines if line.startswith(b"images=")]
        if planes and planes[0].isdigit():
            photo.frames = max(photo.frames, int(planes[0]))
        kept = b"\n".join(line for line in lines if not line.startswith(_STACK)) + b"\0"
    elif photo.frames > 1 and (b"<OME" in text[:2000] or text.startswith(b'{"shape"')):
        kept = b""
    else:
        return
    for tag in tags.IMAGEJ:
        main.entries.pop(tag, None)
    if photo.frames > 1:
        photo.notes.append("The description no longer says that there are more pictures.")
        main.entries[tags.DESCRIPTION] = Entry(2, len(kept), kept)


def _blocks(main: Directory) -> list[Block]:
    return [
        Block("TIFF", str(tag), bytes(main.entries[tag].raw), CAPTIONS)
        for tag in (tags.IPTC, tags.PHOTOSHOP)
        if tag in main.entries
    ]


def _share(blocks: list[Block]) -> Shared:
    """Photoshop's list, with the IPTC records that stand alone where it does not repeat them."""
    held = {int(block.kind): block.data for block in blocks}
    listed, alone = held.get(tags.PHOTOSHOP), held.get(tags.IPTC)
    if alone is not None and iptc_of(listed or b"") is None:
        listed = with_iptc(alone) + (listed or b"")
    return Shared(listed)


def _adopt(shared: Shared) -> list[Block]:
    if not shared.photoshop:
        return []
    return [Block("TIFF", str(tags.PHOTOSHOP), shared.photoshop, CAPTIONS)]


def _exif(photo: Photo, main: Directory, room: int) -> bytes | None:
    """The tags that describe the photograph, as an EXIF block; None where there are none.

    room: bytes in all, as many as the file has: its tags may all name the same ones.
    """
    described = {t: e for t, e in main.entries.items() if t not in tags.STRUCTURE}
    kept = Directory(main.order, described, main.subs)
    unknown, long = drop_unknown(kept), list[int]()
    kept.entries = {tag: entry for tag, entry in kept.entries.items() if entry.count}
    _trim(kept, room, long)
    for which, gone in (("Unknown", unknown), ("Very long", long)):
        if gone:
            names = tag_names(gone)
            photo.notes.append(f"{which} parts of the TIFF's metadata were left out ({names}).")
    if not kept.subs and not set(kept.entries) - {tags.ORIENTATION, *tags.RESOLUTION}:
        return None
    return file_header(kept.order, 8) + serialise(kept, 8)


def _trim(directory: Directory, room: int, gone: list[int]) -> int:
    """Leave out values too long, noting their tags, also in the inner directories; what is left."""
    for tag, entry in [*directory.entries.items()]:
        if len(entry.raw) > min(room, _LARGEST_TAG):
            gone.append(tag)
            del directory.entries[tag]
        else:
            room -= len(entry.raw)
    for inner in directory.subs.values():
        room = _trim(inner, room, gone)
    return room


_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

FORMAT = Format(
    "TIFF",
    "TIFF",
    "image/tiff",
    (".tif", ".tiff"),
    matches=lambda data: data.startswith(_MAGIC) and data[8:10] != b"CR",
    read=_read,
    write=write_tiff,
    share=_share,
    adopt=_adopt,
    place=4,
    depth=32,
    moves_exif=True,
)
