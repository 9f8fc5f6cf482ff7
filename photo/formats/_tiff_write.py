"""Writing TIFF: 8 bits, 16 bits and float, with profile, EXIF, XMP and density."""

from __future__ import annotations

import zlib

import numpy as np

import photo.formats._tiff_tags as tags
from photo.base import MEGAPIXEL, Photo, bands
from photo.metadata.ifd import (
    Directory,
    Entry,
    drop_unknown,
    file_header,
    parse_block,
    serialise,
)
from photo.pixels import to_grey


def write_tiff(photo: Photo, quality: int | None) -> bytes:
    """Deflate-compressed TIFF of uint8, uint16 or float32, with all that the photo carries.

    Written here because no library at hand writes 16-bit RGB together with profile and EXIF.
    """
    pixels, alpha = photo.pixels, photo.alpha
    main = _description(photo)
    channels = (1 if photo.grey else 3) + (alpha is not None)
    bits, floats = pixels.dtype.itemsize * 8, pixels.dtype == np.float32
    parts: list[bytes] = [b""]
    offsets, counts, at = [], [], 8
    rows_each = max(1, MEGAPIXEL // photo.width)
    for rows in bands(photo.height, photo.width, MEGAPIXEL):
        packed = _strip(photo, pixels[rows], None if alpha is None else alpha[rows], main.order)
        offsets.append(at)
        counts.append(len(packed))
        parts += [packed, bytes(len(packed) % 2)]
        at += len(packed) + len(packed) % 2
    main.put(tags.WIDTH, 4, photo.width)
    main.put(tags.HEIGHT, 4, photo.height)
    main.put(tags.BITS, 3, *[bits] * channels)
    main.put(tags.COMPRESSION, 3, 8)
    main.put(tags.PHOTOMETRIC, 3, 1 if photo.grey else 2)
    main.put(tags.OFFSETS, 4, *offsets)
    main.put(tags.CHANNELS, 3, channels)
    main.put(tags.ROWS, 4, min(rows_each, photo.height))
    main.put(tags.COUNTS, 4, *counts)
    main.put(tags.PLANAR, 3, 1)
    main.put(tags.PREDICTOR, 3, 1 if floats else 2)
    main.put(tags.SAMPLE_FORMAT, 3, *[3 if floats else 1] * channels)
    if alpha is not None:
        main.put(tags.EXTRA, 3, 2)
    parts[0] = file_header(main.order, at)
    return b"".join((*parts, serialise(main, at)))


def _description(photo: Photo) -> Directory:
    main = Directory("<")
    if photo.exif:
        source = parse_block(photo.exif)
        drop_unknown(source)
        entries = {tag: e for tag, e in source.entries.items() if tag not in tags.STRUCTURE}
        main = Directory(source.order, entries, source.subs)
    if photo.dpi:
        for tag, value in zip(tags.RESOLUTION, photo.dpi, strict=False):
            main.put(tag, 5, round(value * 10_000), 10_000)
        main.put(tags.RESOLUTION[2], 3, 2)
    if photo.icc:
        main.entries[tags.ICC] = Entry(7, len(photo.icc), photo.icc)
    for block in photo.blocks:
        main.entries[int(block.kind)] = Entry(7, len(block.data), block.data)
    if photo.xmp:
        main.entries[tags.XMP] = Entry(1, len(photo.xmp), photo.xmp)
    return main


def _strip(photo: Photo, pixels: np.ndarray, alpha: np.ndarray | None, order: str) -> bytes:
    part = to_grey(pixels)[..., None] if photo.grey else pixels
    if alpha is not None:
        part = np.concatenate([part, alpha[..., None]], axis=2)
    if part.dtype != np.float32:
        part = np.diff(part, axis=1, prepend=np.zeros_like(part[:, :1]))
    wanted = np.dtype(f"{order}{part.dtype.kind}{part.dtype.itemsize}")
    return zlib.compress(part.astype(wanted).tobytes())
