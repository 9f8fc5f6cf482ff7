"""HEIC and other HEIF, which is only read."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np

from photo.base import Block, Limits, Photo, PhotoError
from photo.depth import stretch
from photo.format import Format
from photo.formats import _box_blocks, _boxes, _nclx
from photo.pixels import to_rgb, unmultiply

_OTHER_CODECS = {
    b"avc1": "H.264",
    b"vvc1": "H.266",
    b"evc1": "EVC",
    b"jpeg": "JPEG",
    b"j2k1": "JPEG 2000",
    b"unci": "no compression",
    b"av01": "AV1",
}


def _read(data: bytes, limits: Limits) -> Photo:
    """Upright already; 10 and 12 bits become uint16."""
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError("HEIC needs the package pillow-heif; save it as JPEG instead.") from error
    facts = _boxes.facts(data)
    if facts.codec in _OTHER_CODECS:
        raise PhotoError(
            f"The picture in this HEIF file is coded with {_OTHER_CODECS[facts.codec]}, which is "
            "not supported (only HEVC is); export it as JPEG or PNG."
        )
    size = facts.get(b"ispe")
    if size is not None and len(size) >= 12:
        limits.check_size(*struct.unpack_from(">II", size, 4))
    file = pillow_heif.open_heif(
        io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=True, bgr_mode=False
    )
    first = file[file.primary_index]
    limits.check_size(*first.size)
    array = np.array(first)
    limits.check_size(array.shape[1], array.shape[0])
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="HEIF", frames=len(file))
    _nclx.take(photo, facts)
    info: dict[str, Any] = first.info
    photo.icc = photo.icc or info.get("icc_profile")
    photo.exif = photo.exif or info.get("exif")
    photo.xmp = photo.xmp or info.get("xmp")
    if array.dtype == np.uint16:
        photo.bits = int(info.get("bit_depth", 10))
        array = stretch(array >> (16 - photo.bits), photo.bits)  # white becomes 65535
    channels = array[..., None] if array.ndim == 2 else array
    photo.grey = channels.shape[2] <= 2 or info.get("chroma") == 400
    photo.pixels = to_rgb(channels[..., 0]) if photo.grey else channels[..., :3]
    if channels.shape[2] in (2, 4):
        photo.alpha = channels[..., -1]
        if first.premultiplied_alpha:
            photo.pixels = np.ascontiguousarray(photo.pixels)
            unmultiply(photo.pixels, photo.alpha)
    photo.blocks = [Block("HEIF", "auxl", b"", what) for what in _nclx.maps(facts)]
    _box_blocks.take(photo, data)
    return photo


FORMAT = Format(
    "HEIF",
    "HEIC",
    "image/heic",
    (".heic", ".heif", ".hif"),
    matches=_boxes.is_heif,
    read=_read,
    leave=_box_blocks.leave,
    place=5,
    depth=16,
)
