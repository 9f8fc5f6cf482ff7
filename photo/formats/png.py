"""PNG: checked before any decoder sees it; 1 to 16 bits a channel in, 8 and 16 out."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace

import cv2
import imagecodecs
import numpy as np
from PIL import PngImagePlugin

from photo.base import Block, Limits, Photo, PhotoError
from photo.format import Format
from photo.formats import _png_chunks as parts
from photo.formats import _png_write as write
from photo.formats._png_chunks import BROKEN, CUT, SIGNATURE, Chunks
from photo.pixels import split, to_grey, to_rgb

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: first column, first row, column step, row step of each pass.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7_LAST = (0, 1, 1, 2)


def _read(data: bytes, limits: Limits) -> Photo:
    """Not yet upright: its EXIF still says how it lies."""
    chunks = parts.parse(data)
    header = chunks.first(b"IHDR")
    assert header is not None  # the walk has seen it
    width, height, depth, colour, method, filters, interlace = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or method or filters or interlace > 1:
        raise PhotoError(BROKEN.format("its header makes no sense"))
    if colour == 3 and chunks.first(b"PLTE") is None:
        raise PhotoError(BROKEN.format("its palette is missing"))
    limits.check_size(width, height)
    _check_amount(chunks, _amount(width, height, depth * _CHANNELS[colour], interlace))
    notes: list[str] = []
    if chunks.broken:
        names = ", ".join(chunks.broken[:9])
        notes.append(f"Damaged extra parts of the PNG were ignored ({names}).")
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="PNG", notes=notes)
    parts.take(photo, chunks)
    if colour == 0 and depth < 8:
        photo.blocks = [_scaled(block, depth) for block in photo.blocks]
    key = chunks.first(b"tRNS") if colour in (0, 2) else None
    stream = _stream(chunks, palette=colour == 3)
    if depth == 16:
        _decode_deep(photo, stream, colour)
    else:
        image = PngImagePlugin.PngImageFile(io.BytesIO(stream))
        image.load()
        photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, notes)
    if key is not None:
        _apply_key(photo, key, depth, colour)
    return photo


def _scaled(block: Block, depth: int) -> Block:
    """A grey background of few bits as one of eight, which the pixels are written with."""
    if block.kind != "bKGD" or len(block.data) != 2:
        return block
    level = min(int.from_bytes(block.data, "big"), 2**depth - 1) * 255 // (2**depth - 1)
    return replace(block, data=struct.pack(">H", level))


def _stream(chunks: Chunks, palette: bool) -> bytes:
    """Only the picture's own chunks: texts may be bombs, and a key colour is applied by us."""
    kept = [
        parts.chunk(kind, body)
        for kind, body in chunks.picture
        if palette or kind in (b"IHDR", b"IDAT")  # a palette in an RGB file is only a suggestion
    ]
    return b"".join((SIGNATURE, *kept, parts.chunk(b"IEND", b"")))


def _amount(width: int, height: int, bits: int, interlace: int) -> int:
    """Bytes that the picture's rows must inflate to, with the filter byte of each."""
    passes = (*_ADAM7, _ADAM7_LAST) if interlace else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _check_amount(chunks: Chunks, wanted: int) -> None:
    """Inflate once, a bounded piece at a time: Pillow fills missing rows with black, silently."""
    inflater, got = zlib.decompressobj(), 0
    try:
        for kind, body in chunks.picture:
            if kind != b"IDAT" or got >= wanted:
                continue
            got += len(inflater.decompress(body, 1 << 22))
            while inflater.unconsumed_tail and got < wanted:
                got += len(inflater.decompress(inflater.unconsumed_tail, 1 << 22))
    except zlib.error as error:
        raise PhotoError(BROKEN.format("its compressed data is corrupt")) from error
    if got < wanted:
        raise PhotoError(CUT)


def _decode_deep(photo: Photo, stream: bytes, colour: int) -> None:
    array = cv2.imdecode(np.frombuffer(stream, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.dtype != np.uint16:
        raise PhotoError(BROKEN.format("its 16-bit picture cannot be decoded"))
    photo.grey = colour in (0, 4)
    if array.ndim == 2:
        photo.pixels = to_rgb(array)
    elif photo.grey:
        photo.pixels = to_rgb(array[..., 0])
    else:
        photo.pixels = np.ascontiguousarray(array[..., 2::-1])
    if colour in (4, 6):
        photo.alpha = np.ascontiguousarray(array[..., 3])


def _apply_key(photo: Photo, key: memoryview, depth: int, colour: int) -> None:
    """The one colour of a grey or RGB file that stands for "transparent"."""
    count = 1 if colour == 0 else 3
    if len(key) != 2 * count:
        photo.notes.append("The PNG's damaged transparent colour was ignored.")
        return
    top = np.iinfo(photo.pixels.dtype).max
    values = [v * top // (2**depth - 1) for v in struct.unpack(f">{count}H", key)]
    if max(values) > top:
        return
    same = (photo.pixels == np.array(values, photo.pixels.dtype)).all(axis=2)
    photo.alpha = np.where(same, 0, top).astype(photo.pixels.dtype)


def _write(photo: Photo, quality: int | None) -> bytes:
    """uint8 or uint16 pixels, with everything the photo has.

    The chunks are put in here: OpenCV writes some kinds of them, but not all that are carried.
    Grey with a profile for RGB becomes three equal channels: otherwise readers refuse the profile.
    """
    pixels = to_grey(photo.pixels) if photo.grey else photo.pixels
    channels = (1 if photo.grey else 3) + (photo.alpha is not None)
    if photo.grey and photo.icc and photo.icc[16:20] == b"RGB ":
        pixels, channels = to_rgb(pixels), channels + 2
    if photo.alpha is not None:
        pixels = np.dstack([pixels, photo.alpha])
    if channels == 2:  # which OpenCV does not know
        plain = bytes(imagecodecs.png_encode(pixels, level=6))
    else:
        order = cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA
        good, packed = cv2.imencode(".png", cv2.cvtColor(pixels, order) if channels > 2 else pixels)
        if not good:
            raise PhotoError("The picture cannot be written as PNG; choose TIFF.")
        plain = packed.tobytes()
    first = 8 + 25  # the signature and IHDR
    more = write.extra(photo, channels, deep=pixels.dtype == np.uint16)
    return b"".join((plain[:first], more, plain[first:], write.trailer(photo)))


FORMAT = Format(
    "PNG",
    "PNG",
    "image/png",
    (".png", ".apng"),
    matches=lambda data: data.startswith(SIGNATURE),
    read=_read,
    write=_write,
    share=parts.share,
    adopt=parts.adopt,
    place=2,
    depth=16,
    carries=frozenset(("icc", "exif", "xmp", "dpi", "colour")),
)
