"""JPEG 2000: the boxes around the code stream - size and depth, profile, EXIF, XMP, density."""

from __future__ import annotations

import io
import struct

import cv2
import imagecodecs
import numpy as np
from PIL import Image, Jpeg2KImagePlugin

from photo.base import CAPTIONS, Block, Limits, Photo, PhotoError
from photo.depth import stretch
from photo.format import Format, Shared
from photo.formats._boxes import box, boxes
from photo.formats._pillow import image_of, saved
from photo.metadata.density import clean_dpi
from photo.metadata.photoshop import iptc_of, with_iptc
from photo.pixels import split, to_grey, to_rgb

_EXIF_UUID = b"JpgTiffExif->JP2"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_SHOWN = "resd"
_STREAM, _BARE = b"jp2c", b"\xff\x4f\xff\x51"
_FRAME = (b"jP  ", b"ftyp", b"jp2h", b"rreq", b"mdat", b"ftbl")
_BROKEN = "The JPEG 2000 file is damaged or cut short; copy or download it again."
_INCH = 0.0254
_LEAST_SIDE = 32
# What the channels are: number, kind (1: opacity) and which colour of each.
_GREY_ALPHA = struct.pack(">7H", 2, 0, 0, 1, 1, 1, 0)
_RGB_ALPHA = struct.pack(">13H", 4, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 1, 0)


def _stream_facts(data: bytes, at: int) -> tuple[int, int, list[int]]:
    """Width, height and the bits of each component (negative: signed) from the SIZ marker."""
    if data[at : at + 4] != _BARE or at + 42 > len(data):
        raise PhotoError(_BROKEN)
    right, bottom, left, top = struct.unpack_from(">IIII", data, at + 8)
    (count,) = struct.unpack_from(">H", data, at + 40)
    if not 1 <= count <= 5 or at + 42 + 3 * count > len(data):
        raise PhotoError(
            "The JPEG 2000 file has an unsupported number of channels; save it as RGB."
        )
    bits = []
    for index in range(count):
        code = data[at + 42 + 3 * index]
        depth = (code & 127) + 1
        bits.append(-depth if code & 128 else depth)
    return right - left, bottom - top, bits


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of a file or a bare code stream; PhotoError where there are none."""
    if data.startswith(_BARE):
        return _stream_facts(data, 0)[:2]
    found = boxes(data, 0, len(data), _STREAM)
    at = next((start for kind, start, _ in found if kind == _STREAM), len(data))
    return _stream_facts(data, at)[:2]


def _read(data: bytes, limits: Limits) -> Photo:
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="JPEG2000")
    cmyk = False
    at = 0 if data.startswith(_BARE) else -1
    if at < 0:
        for kind, start, stop in boxes(data, 0, len(data), _STREAM):
            if kind == b"jp2h":
                cmyk = _read_header(photo, data, start, stop)
            elif kind == b"uuid" and data[start : start + 16] == _EXIF_UUID:
                photo.exif = data[start + 16 : stop]
            elif kind == b"uuid" and data[start : start + 16] == _XMP_UUID:
                photo.xmp = data[start + 16 : stop]
            elif kind == _STREAM:
                at = start if at < 0 else at
            elif kind not in _FRAME:
                photo.blocks.append(_block(kind, data[start:stop]))
    if at < 0:
        raise PhotoError(_BROKEN)
    width, height, bits = _stream_facts(data, at)
    limits.check_size(width, height)
    palette = b"pclr" in data[:at]
    if len(set(bits)) == 1 and 0 < bits[0] <= 16 and len(bits) <= 4 and not cmyk and not palette:
        _decode(photo, data, (width, height), bits[0], len(bits))
        return photo
    image: Image.Image = Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(data))
    limits.check_size(*image.size)
    image.load()
    if cmyk and image.mode == "RGBA":  # what Pillow calls four channels with a profile
        image = Image.frombytes("CMYK", image.size, image.tobytes())
    photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
    if max(abs(b) for b in bits) > 8 and photo.pixels.dtype == np.uint8:
        photo.notes.append("The picture has more than 8 bits per channel, of which 8 were read.")
    return photo


def _read_header(photo: Photo, data: bytes, start: int, stop: int) -> bool:
    """Take profile and density into the photo; whether the colours are CMYK."""
    cmyk = False
    for kind, begin, end in boxes(data, start, stop):
        if kind == b"colr" and data[begin : begin + 1] in (b"\x02", b"\x03"):
            photo.icc = photo.icc or data[begin + 3 : end]
            cmyk = cmyk or photo.icc[16:20] == b"CMYK"
        elif kind == b"colr":
            cmyk = cmyk or data[begin + 3 : begin + 7] == b"\x00\x00\x00\x0c"
        elif kind == b"res ":
            _read_densities(photo, {name: data[a:b] for name, a, b in boxes(data, begin, end)})
    return cmyk


def _read_densities(photo: Photo, stated: dict[bytes, bytes]) -> None:
    """That of the capture, else that for screens; a second one is carried."""
    captured, shown = (stated.get(name, b"") for name in (b"resc", _SHOWN.encode()))
    photo.dpi = _density(captured)
    if photo.dpi is None:
        photo.dpi = _density(shown)
    elif density := _density(shown):
        if density[0] == density[1]:
            photo.blocks.append(Block("JPEG2000", _SHOWN, shown, "a density for screens"))
        else:  # which a turn of the picture would make untrue
            photo.notes.append(
                "The density for screens differs across and down, so it was left out."
            )


def _density(body: bytes) -> tuple[float, float] | None:
    if len(body) != 10:
        return None
    down, down_by, across, across_by, down_ten, across_ten = struct.unpack(">HHHHbb", body)
    if not down_by or not across_by:
        return None
    return clean_dpi(
        (
            across / across_by * 10.0**across_ten * _INCH,
            down / down_by * 10.0**down_ten * _INCH,
        )
    )


def _decode(photo: Photo, data: bytes, size: tuple[int, int], bits: int, channels: int) -> None:
    """Through OpenJPEG, which brings sYCC to RGB and the channels in order as the file says."""
    if photo.icc is not None:
        data = _without_profile(data, channels)
    array = np.asarray(imagecodecs.jpeg2k_decode(data))
    array = array.reshape(*array.shape[:2], -1)
    if array.shape[1::-1] != size or array.shape[2] > 4 or array.dtype.kind != "u":
        raise PhotoError(_BROKEN)
    if array.dtype == np.uint16:
        stretch(array, bits)
    elif bits < 8:
        array = np.rint(array * (255 / (2**bits - 1))).astype(np.uint8)
    channels = array.shape[2]
    photo.grey = channels <= 2
    colours = to_rgb(array[..., 0]) if photo.grey else array[..., :3]
    photo.pixels = np.ascontiguousarray(colours)
    if channels in (2, 4):
        photo.alpha = np.ascontiguousarray(array[..., -1])


def _without_profile(data: bytes, channels: int) -> bytes:
    """The file with its profile replaced by a name: OpenJPEG's callers would apply it."""
    named = b"\x01\0\0" + struct.pack(">I", 17 if channels < 3 else 16)
    parts = []
    for kind, start, stop in boxes(data, 0, len(data), _STREAM):
        body = data[start:stop]
        if kind == b"jp2h":
            inner = [(name, data[a:b]) for name, a, b in boxes(data, start, stop)]
            kept = [box(name, content) for name, content in inner if name != b"colr"]
            body = b"".join([*kept, box(b"colr", named)])
        parts.append(box(kind, body))
    return b"".join(parts)


def _block(kind: bytes, body: bytes) -> Block:
    name = kind.decode("latin-1")
    what = f"an unknown box ({name.strip()})"
    if kind == b"uuid" and body.startswith(_IPTC_UUID):
        what = CAPTIONS
    elif kind == b"xml ":
        what = "XML data"
    elif kind == b"jumb":
        what = "content credentials"
    return Block("JPEG2000", name, body, what)


def _share(blocks: list[Block]) -> Shared:
    """What other formats can hold too."""
    return Shared(next((with_iptc(b.data[16:]) for b in blocks if b.what == CAPTIONS), None))


def _adopt(shared: Shared) -> list[Block]:
    iptc = iptc_of(shared.photoshop or b"")
    return [Block("JPEG2000", "uuid", _IPTC_UUID + iptc, CAPTIONS)] if iptc else []


def _write(photo: Photo, quality: int | None) -> bytes:
    """Lossless, of uint8 or uint16 pixels, with the photo's profile, EXIF, XMP and DPI."""
    pixels, alpha = photo.pixels, photo.alpha
    if pixels.dtype == np.uint8:
        return _with_boxes(photo, saved(image_of(photo), "JPEG2000"))
    array = to_grey(pixels)[..., None] if photo.grey else pixels
    if alpha is not None:
        array = np.concatenate([array, alpha[..., None]], axis=2)
    # OpenCV writes neither grey with alpha nor less than 32 pixels a side.
    if array.shape[2] == 2 or min(array.shape[:2]) < _LEAST_SIDE:
        plain = bytes(imagecodecs.jpeg2k_encode(array, level=0, reversible=True))
        return _with_boxes(photo, plain)
    array = array[..., [2, 1, 0, 3][: array.shape[2]]] if array.shape[2] > 1 else array
    setting = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]
    good, packed = cv2.imencode(".jp2", np.ascontiguousarray(array), setting)
    if not good:
        raise PhotoError("The picture cannot be written as JPEG 2000; choose TIFF or PNG.")
    return _with_boxes(photo, packed.tobytes())


def _boxed(block: Block) -> bytes:
    return box(block.kind.encode("latin-1"), block.data)


def _with_boxes(photo: Photo, data: bytes) -> bytes:
    parts = []
    shown = [block for block in photo.blocks if block.kind == _SHOWN]  # within another box
    for kind, start, stop in boxes(data, 0, len(data), _STREAM):
        if kind != b"jp2h":
            parts.append(box(kind, data[start:stop]))
            continue
        inner = []
        for name, begin, end in boxes(data, start, stop):
            if name == b"colr" and photo.icc:
                inner.append(box(b"colr", b"\x02\x00\x00" + photo.icc))
            else:
                inner.append(box(name, data[begin:end]))
        if photo.alpha is not None and b"cdef" not in data[start:stop]:
            inner.append(box(b"cdef", _GREY_ALPHA if photo.grey else _RGB_ALPHA))
        if photo.dpi:
            across, down = (round(one_way / _INCH) for one_way in photo.dpi)
            captured = box(b"resc", _pack_density(across, down))
            inner.append(box(b"res ", captured + b"".join(map(_boxed, shown))))
        parts.append(box(b"jp2h", b"".join(inner)))
        if photo.exif:
            parts.append(box(b"uuid", _EXIF_UUID + photo.exif))
        if photo.xmp:
            parts.append(box(b"uuid", _XMP_UUID + photo.xmp))
        parts += [_boxed(block) for block in photo.blocks if block.kind != _SHOWN]
    return b"".join(parts)


def _pack_density(across: int, down: int) -> bytes:
    """Pixels a metre as 16-bit fractions with a power of ten."""
    values, powers = [], []
    for value in (down, across):
        power = max(0, len(str(value)) - 4) if value > 65535 else 0
        values.append(round(value / 10**power))
        powers.append(power)
    return struct.pack(">HHHHbb", values[0], 1, values[1], 1, powers[0], powers[1])


_MAGIC = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", _BARE)

FORMAT = Format(
    "JPEG2000",
    "JPEG 2000",
    "image/jp2",
    (".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"),
    matches=lambda data: data.startswith(_MAGIC),
    read=_read,
    write=_write,
    share=_share,
    adopt=_adopt,
    place=9,
    depth=16,
)
