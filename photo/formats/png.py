"""PNG: its chunks checked before any decoder sees them, and 16 bits a channel in and out."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import PngImagePlugin

from photo.base import Limits, Photo, PhotoError, bands
from photo.format import Format
from photo.formats._pillow import image_of, saved
from photo.metadata.density import clean_dpi
from photo.pixels import split, to_grey, to_rgb

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_BROKEN = "The PNG is damaged ({}); open the original and save it again."
_CUT = "The PNG is cut short, so part of the picture is missing; copy or download it again."
_MAX_METADATA = 32_000_000
# Adam7: first column, first row, column step, row step of each pass.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7_LAST = (0, 1, 1, 2)
_XMP_KEY = b"XML:com.adobe.xmp"


@dataclass
class _Chunks:
    """A PNG's chunks: the picture's own in file order, the rest by type."""

    picture: list[tuple[bytes, memoryview]] = field(default_factory=list)
    other: dict[bytes, bytes] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    xmp: bytes | None = None

    def first(self, kind: bytes) -> memoryview | None:
        return next((body for name, body in self.picture if name == kind), None)


def _chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    crc = zlib.crc32(body, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", crc)))


def _parse(data: bytes) -> _Chunks:
    """Walk the chunks and check every CRC; a bad one is fatal only where it carries the picture."""
    view = memoryview(data)
    chunks, at = _Chunks(), 8
    while True:
        if at + 12 > len(data):
            raise PhotoError(_CUT)
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise PhotoError(_CUT if kind == b"IDAT" or at > 8 else _BROKEN.format("bad header"))
        body = view[at + 8 : end - 4]
        good = zlib.crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        label = kind.decode("ascii", errors="replace")
        if not good and not kind[0] & 32:
            raise PhotoError(_BROKEN.format(f"the checksum of its {label!r} part is wrong"))
        if at == 8 and (kind != b"IHDR" or length != 13):
            raise PhotoError(_BROKEN.format("its header is missing"))
        if kind == b"IEND":
            return chunks
        _sort(chunks, kind, body, good)
        at = end


def _sort(chunks: _Chunks, kind: bytes, body: memoryview, good: bool) -> None:
    if not good:
        chunks.broken.append(kind.decode("ascii", errors="replace"))
    elif kind in _KEPT:
        chunks.picture.append((kind, body))
    elif kind in (b"iCCP", b"eXIf", b"pHYs", b"acTL") and len(body) <= _MAX_METADATA:
        chunks.other.setdefault(kind, bytes(body))
    elif kind == b"iTXt" and bytes(body[:18]) == _XMP_KEY + b"\0" and len(body) <= _MAX_METADATA:
        flag, _, rest = body[18], body[19], bytes(body[20:]).split(b"\0", 2)
        if flag == 0 and len(rest) == 3:
            chunks.xmp = rest[2]
    elif not kind[0] & 32:
        raise PhotoError(_BROKEN.format("it has a part that no PNG reader knows"))


def _read(data: bytes, limits: Limits) -> Photo:
    """Not yet upright: its EXIF still says how it lies."""
    chunks = _parse(data)
    header = chunks.first(b"IHDR")
    assert header is not None  # _parse has seen it
    width, height, depth, colour, method, filters, interlace = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or method or filters or interlace > 1:
        raise PhotoError(_BROKEN.format("its header makes no sense"))
    if colour == 3 and chunks.first(b"PLTE") is None:
        raise PhotoError(_BROKEN.format("its palette is missing"))
    limits.check_size(width, height)
    _check_amount(chunks, _amount(width, height, depth * _CHANNELS[colour], interlace))
    notes: list[str] = []
    if chunks.broken:
        notes.append(f"Damaged extra parts of the PNG were ignored ({', '.join(chunks.broken)}).")
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="PNG", notes=notes, xmp=chunks.xmp)
    _metadata(photo, chunks)
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


def _stream(chunks: _Chunks, palette: bool) -> bytes:
    """Only the picture's own chunks: texts may be bombs, and a key colour is applied by us."""
    kept = [
        _chunk(kind, body)
        for kind, body in chunks.picture
        if palette or kind in (b"IHDR", b"IDAT")  # a palette in an RGB file is only a suggestion
    ]
    return b"".join((SIGNATURE, *kept, _chunk(b"IEND", b"")))


def _amount(width: int, height: int, bits: int, interlace: int) -> int:
    """Bytes that the picture's rows must inflate to, with the filter byte of each."""
    passes = (*_ADAM7, _ADAM7_LAST) if interlace else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _check_amount(chunks: _Chunks, wanted: int) -> None:
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
        raise PhotoError(_BROKEN.format("its compressed data is corrupt")) from error
    if got < wanted:
        raise PhotoError(_CUT)


def _metadata(photo: Photo, chunks: _Chunks) -> None:
    photo.exif = chunks.other.get(b"eXIf")
    profile = chunks.other.get(b"iCCP")
    if profile is not None:
        _, _, packed = profile.partition(b"\0")
        try:
            inflater = zlib.decompressobj()
            photo.icc = inflater.decompress(packed[1:], _MAX_METADATA)
        except zlib.error:
            photo.icc = b""
    physical = chunks.other.get(b"pHYs", b"")
    if len(physical) == 9 and physical[8] == 1:
        across, down = struct.unpack(">II", physical[:8])
        photo.dpi = clean_dpi((across * 0.0254, down * 0.0254))
    animation = chunks.other.get(b"acTL", b"")
    if len(animation) == 8:
        photo.frames = max(1, int.from_bytes(animation[:4], "big"))


def _decode_deep(photo: Photo, stream: bytes, colour: int) -> None:
    array = cv2.imdecode(np.frombuffer(stream, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.dtype != np.uint16:
        raise PhotoError(_BROKEN.format("its 16-bit picture cannot be decoded"))
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


def _write_deep(photo: Photo) -> bytes:
    """16 bits a channel, a single channel where the photo is grey.

    Written here and not by OpenCV, which knows neither grey with alpha nor profiles; each row
    is stored as its difference from the one above (filter 2), a band of rows at a time.
    """
    pixels, alpha = photo.pixels, photo.alpha
    height, width = pixels.shape[:2]
    colour = (0 if photo.grey else 2) + (0 if alpha is None else 4)
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    parts = [SIGNATURE, _chunk(b"IHDR", head), *_extra_chunks(photo)]
    packer = zlib.compressobj(6, strategy=zlib.Z_FILTERED)
    above = np.zeros((1, width * 2 * _CHANNELS[colour]), np.uint8)
    for rows in bands(height, width):
        part = to_grey(pixels[rows])[..., None] if photo.grey else pixels[rows]
        if alpha is not None:
            part = np.concatenate([part, alpha[rows][..., None]], axis=2)
        plain = np.ascontiguousarray(part.astype(">u2")).view(np.uint8)
        plain = plain.reshape(part.shape[0], -1)
        lines = np.empty((plain.shape[0], plain.shape[1] + 1), np.uint8)
        lines[:, 0] = 2
        lines[:, 1:] = np.diff(plain, axis=0, prepend=above)
        above = plain[-1:]
        parts.append(_chunk(b"IDAT", packer.compress(lines.tobytes())))
    parts += [_chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _extra_chunks(photo: Photo) -> list[bytes]:
    parts = []
    if photo.icc:
        parts.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(photo.icc)))
    if photo.dpi:
        across, down = (round(one_way / 0.0254) for one_way in photo.dpi)
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if photo.exif:
        parts.append(_chunk(b"eXIf", photo.exif))
    if photo.xmp:
        parts.append(_chunk(b"iTXt", _XMP_KEY + b"\0\0\0\0\0" + photo.xmp))
    return parts


def _write(photo: Photo, quality: int | None) -> bytes:
    """uint8 or uint16 pixels, with everything the photo has."""
    if photo.pixels.dtype == np.uint16:
        return _write_deep(photo)
    plain = saved(image_of(photo), "PNG")
    first = 8 + 25  # the signature and IHDR
    return b"".join((plain[:first], *_extra_chunks(photo), plain[first:]))


FORMAT = Format(
    "PNG",
    "PNG",
    "image/png",
    (".png", ".apng"),
    matches=lambda data: data.startswith(SIGNATURE),
    read=_read,
    write=_write,
    place=2,
    depth=16,
)
