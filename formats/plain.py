"""The formats that Pillow reads and writes well: JPEG, WebP, AVIF, BMP, GIF - and HEIC."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    WebPImagePlugin,
)

from formats.base import Limits, Photo, PhotoError
from formats.kinds import FORMATS
from formats.meta import clean_dpi, without_orientation
from formats.pixels import split, stretch, three

_MAX_SCANS = 500
_MAX_FRAMES = 10_000


def read_plain(kind: str, data: bytes, limits: Limits) -> Photo:
    """A JPEG, WebP, AVIF, BMP or GIF -> Photo, not yet upright.

    The plug-in is called by name: nothing else is tried on a stranger's bytes, and Pillow's own
    size check, a global setting, is replaced by the limits.
    """
    if kind == "WEBP":
        limits.check_size(*_webp_size(data))
    if kind == "JPEG" and data.count(b"\xff\xda") > _MAX_SCANS:
        raise PhotoError("The JPEG repeats itself more than any photograph does; save it again.")
    image = _open(kind, io.BytesIO(data))
    limits.check_size(*image.size)
    photo = Photo(np.empty((0, 0, 3), np.uint8), format=kind)
    photo.frames = _gif_frames(data) if kind == "GIF" else int(getattr(image, "n_frames", 1))
    if kind == "JPEG" and image.tell() != 0:
        image.seek(0)
    image.load()
    info = image.info
    photo.icc, photo.xmp = info.get("icc_profile"), info.get("xmp")
    photo.exif = info.get("exif")
    if kind != "JPEG" or info.get("jfif_unit") in (1, 2):
        photo.dpi = clean_dpi(info.get("dpi"))
    photo.lossless = kind == "WEBP" and data[12:16] != b"VP8 " and b"VP8L" in data[12:200_000]
    photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
    if kind == "AVIF" and _avif_is_deep(data):
        photo.notes.append("The AVIF has more than 8 bits a channel, of which 8 were read.")
    return photo


def _open(kind: str, stream: io.BytesIO) -> ImageFile.ImageFile:
    if kind == "JPEG":
        return JpegImagePlugin.jpeg_factory(stream)
    if kind == "WEBP":
        return WebPImagePlugin.WebPImageFile(stream)
    if kind == "AVIF":
        return AvifImagePlugin.AvifImageFile(stream)
    if kind == "GIF":
        return GifImagePlugin.GifImageFile(stream)
    return BmpImagePlugin.BmpImageFile(stream)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk: Pillow's decoder reserves memory as it opens."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise PhotoError("The WebP is cut short; copy or download it again.")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise PhotoError("The WebP is damaged; copy or download it again.")


def _avif_is_deep(data: bytes) -> bool:
    at = data.find(b"av1C", 0, 100_000)
    return at >= 0 and at + 6 < len(data) and bool(data[at + 6] & 0x40)


def _gif_frames(data: bytes) -> int:
    """Pictures in a GIF, at most ten thousand, by walking its blocks; nothing is decoded."""
    at, count = 13, 0
    if data[10] & 0x80:
        at += 3 << ((data[10] & 7) + 1)
    while at < len(data) and count < _MAX_FRAMES:
        if data[at] == 0x2C and at + 10 < len(data):
            count += 1
            table = data[at + 9]
            at += 11 + ((3 << ((table & 7) + 1)) if table & 0x80 else 0)
        elif data[at] == 0x21:
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return max(1, count)


def read_heif(data: bytes, limits: Limits) -> Photo:
    """A HEIC or HEIF file -> Photo, upright already; 10 and 12 bits become uint16."""
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError("HEIC needs the package pillow-heif; save it as JPEG instead.") from error
    file = pillow_heif.open_heif(
        io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=True, bgr_mode=False
    )
    first = file[file.primary_index]
    limits.check_size(*first.size)
    array = np.array(first)
    limits.check_size(array.shape[1], array.shape[0])
    info: dict[str, Any] = first.info
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="HEIF", frames=len(file))
    photo.icc, photo.exif = info.get("icc_profile"), info.get("exif")
    photo.xmp = info.get("xmp")
    bits = int(info.get("bit_depth", 8))
    if array.dtype == np.uint16:
        array = _full_range(array, bits)
    channels = array[..., None] if array.ndim == 2 else array
    photo.grey = channels.shape[2] <= 2 or info.get("chroma") == 400
    photo.pixels = three(channels[..., 0]) if photo.grey else channels[..., :3]
    if channels.shape[2] in (2, 4):
        photo.alpha = channels[..., -1]
    return photo


def _full_range(array: np.ndarray, bits: int) -> np.ndarray:
    """libheif's values shifted up to 16 bits -> the whole range, so that white is 65535."""
    return stretch(array >> (16 - bits), bits)


def write_plain(
    photo: Photo, kind: str, image: Image.Image, quality: int | None, lossless: bool
) -> bytes:
    """An 8-bit Pillow image of the final pixels -> JPEG, WebP, AVIF or BMP."""
    options: dict[str, Any] = {}
    if kind != "BMP":
        options = {"icc_profile": photo.icc or b"", "quality": quality or FORMATS[kind].quality}
        if photo.exif:
            exif = without_orientation(photo.exif) if kind == "AVIF" else photo.exif
            options["exif"] = b"Exif\x00\x00" + exif
        if photo.xmp:
            options["xmp"] = photo.xmp
    if kind in ("JPEG", "BMP") and photo.dpi:
        options["dpi"] = photo.dpi
    if kind == "JPEG":
        options["subsampling"] = 0
    elif kind == "WEBP":
        options.update(lossless=lossless, exact=lossless, method=4)
    elif kind == "AVIF":
        options.update(subsampling="4:4:4", speed=8)
    sink = io.BytesIO()
    image.info.clear()
    image.save(sink, kind, **options)
    return sink.getvalue()
