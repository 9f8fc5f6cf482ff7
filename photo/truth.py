"""What of a file is no longer true of its result, and goes: a short list, each with its reason.

All else a file holds is carried: there is no list of what survives.
"""

from __future__ import annotations

from photo.base import CAPTIONS, PREVIEW, Block, Photo
from photo.format import Format, Shared
from photo.formats import _jpeg_attached as attached
from photo.metadata.exif import tag_names, upright_exif
from photo.metadata.ifd import BrokenMetadata
from photo.metadata.photoshop import true_of_result
from photo.metadata.turn import Turn
from photo.metadata.xmp import CROP, upright_xmp, without_names

_SIGNED = "The file's content credentials sign the original picture, so they were left out."
_MAPS = "The file's {} does not match the picture once it is turned upright, so it was left out."
_PLACES = (
    "Photoshop's paths and guides do not match the picture once it is turned upright, so they were "
    "left out."
)
_SLANTED = (
    "Camera Raw's crop of the picture is slanted or unclear and does not match the picture once it "
    "is turned upright, so it was left out."
)
# Blocks that are never true of the result. C2PA's are signatures over the whole original.
_SIGNATURES = frozenset(
    (
        ("JPEG", "APP11"),
        ("PNG", "caBX"),
        ("WEBP", "C2PA"),
        ("TIFF", "52545"),
        ("PNG", "dSIG"),
        ("JPEG2000", "jumb"),
        ("AVIF", "C2PA"),
        ("HEIF", "C2PA"),
    )
)

# Pictures within a packet, by what each holds, and the properties to leave out for it: the picture
# before a phone blurred its background, and small copies (xmpGImg, in old packets xapGImg).
_ORIGINALS = {
    b"GImage:Data": rb"GImage:\w+",
    b"GImg:image": rb"(?:xmp|xap):(?:Thumbnails|PageInfo)",
}

# IPTC records beside Photoshop's list, which nothing makes untrue.
_ALONE = ("TIFF", "33723")


def make_true(photo: Photo, kind: Format, turn: Turn) -> None:
    """Change or leave out what the turn or the removal of noise has made untrue; notes say so."""
    if photo.exif is not None:
        _exif(photo, turn)
    _xmp(photo, turn)
    _signatures(photo)
    _photoshop(photo, kind, turned=turn.orientation != 1)
    maps = [block.what for block in photo.blocks if attached.is_map(block)]
    if b"GDepth:Data" in (photo.xmp or b""):
        maps.append("a depth map")
    if maps and turn.orientation != 1:
        attached.without_maps(photo)
        photo.notes.append(_MAPS.format(maps[0].split(" ", 1)[1]))


def _exif(photo: Photo, turn: Turn) -> None:
    try:
        result = upright_exif(photo.exif or b"", turn)
    except BrokenMetadata:
        photo.exif = None
        photo.notes.append("The file's EXIF data is damaged and was left out.")
        return
    photo.exif = result.exif
    if result.broken:
        tags = tag_names(result.broken)
        photo.notes.append(f"Damaged parts of the EXIF data were left out ({tags}).")
    if result.preview:
        photo.notes.append(PREVIEW)


def _xmp(photo: Photo, turn: Turn) -> None:
    more = attached.more_xmp(photo)
    if turn.orientation != 1 or any(mark in more for mark in _ORIGINALS):
        attached.join_xmp(photo)
    if photo.xmp is None:
        return
    cropped = CROP in photo.xmp
    photo.xmp = upright_xmp(photo.xmp, turn)
    if cropped and CROP not in photo.xmp:
        photo.notes.append(_SLANTED)
    for mark, names in _ORIGINALS.items():
        kept = without_names(photo.xmp, names) if mark in photo.xmp else photo.xmp
        if kept != photo.xmp:
            photo.xmp = kept
            photo.notes.append(PREVIEW)


def _signatures(photo: Photo) -> None:
    kept = [b for b in photo.blocks if (b.format, b.kind) not in _SIGNATURES or _is_other(b)]
    if len(kept) < len(photo.blocks):
        photo.blocks = kept
        photo.notes.append(_SIGNED)


def _is_other(block: Block) -> bool:
    """APP11 also holds other things than signatures."""
    return block.kind == "APP11" and b"jumb" not in block.data[:40]


def _photoshop(photo: Photo, kind: Format, turned: bool) -> None:
    lists = [b for b in photo.blocks if b.what == CAPTIONS and (b.format, b.kind) != _ALONE]
    resources = kind.share(lists).photoshop
    if resources is None:
        return
    kept, preview, places = true_of_result(resources, turned)
    if not preview and not places:
        return
    photo.blocks = [b for b in photo.blocks if b.what != CAPTIONS or (b.format, b.kind) == _ALONE]
    photo.blocks += kind.adopt(Shared(kept)) if kept else []
    if preview:
        photo.notes.append(PREVIEW)
    if places:
        photo.notes.append(_PLACES)
