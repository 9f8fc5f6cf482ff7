"""AVIF, with 8, 10 and 12 bits a channel."""

from __future__ import annotations

import io
import struct

import cv2
import imagecodecs
import numpy as np
from PIL import AvifImagePlugin

from photo.base import Limits, Photo, PhotoError
from photo.depth import squeeze, stretch
from photo.format import Format
from photo.formats import _box_blocks, _boxes, _nclx
from photo.formats._boxes_added import with_items, with_properties
from photo.formats._pillow import image_of, metadata_options, read_with, saved
from photo.metadata.exif import without_orientation
from photo.pixels import to_rgb, upright

_BROKEN = "The AVIF is damaged and cannot be read; open the original and save it again."
_WITHOUT_LOSS = (0, 16, 17)  # matrices that lose nothing: none at all, and reversible YCgCo
_SPEED = 8
_SRGB = (1, 13)  # primaries and transfer; a profile counts before them


def _read(data: bytes, limits: Limits) -> Photo:
    facts = _boxes.facts(data)
    size = facts.get(b"ispe")
    if size is not None and len(size) >= 12:
        limits.check_size(*struct.unpack_from(">II", size, 4))
    if facts.bits > 8 and facts.codec == b"av01":
        photo = _read_deep(data, facts.bits)
    else:
        photo = read_with(AvifImagePlugin.AvifImageFile, "AVIF", data, limits)
        if facts.bits > 8:
            photo.notes.append("The AVIF has more than 8 bits per channel; only 8 were read.")
    _nclx.take(photo, facts)
    _box_blocks.take(photo, data)
    _crop(photo, facts.get(b"clap"))
    photo.pixels = upright(photo.pixels, photo.turned)
    photo.alpha = None if photo.alpha is None else upright(photo.alpha, photo.turned)
    photo.lossless = facts.nclx is not None and facts.nclx[2] in _WITHOUT_LOSS
    for what in _nclx.maps(facts):
        photo.notes.append(f"The AVIF's {what.split(' ', 1)[1]} was left out.")
    return photo


def _read_deep(data: bytes, bits: int) -> Photo:
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        array = _grey_with_alpha(data)
    if array.dtype != np.uint16:
        raise PhotoError(_BROKEN)
    array = stretch(array.reshape(*array.shape[:2], -1), bits)
    channels = array.shape[2]
    photo = Photo(array, format="AVIF", grey=channels < 3, bits=bits)
    photo.pixels = np.ascontiguousarray(array[..., 2::-1])
    if photo.grey:
        photo.pixels = to_rgb(array[..., 0])
    if channels in (2, 4):
        photo.alpha = np.ascontiguousarray(array[..., -1])
    if b"avis" in _boxes.brands(data):  # a sequence, whose pictures OpenCV does not count
        photo.frames = int(getattr(AvifImagePlugin.AvifImageFile(io.BytesIO(data)), "n_frames", 1))
    return photo


def _grey_with_alpha(data: bytes) -> np.ndarray:
    """H x W x 2 of a picture of this one kind, which OpenCV does not know."""
    try:
        array = np.array(imagecodecs.avif_decode(data, index=0, numthreads=cv2.getNumThreads()))
    except imagecodecs.AvifError as error:
        raise PhotoError(_BROKEN) from error
    if array.ndim != 3 or array.shape[2] != 2:
        raise PhotoError(_BROKEN)
    return array


def _crop(photo: Photo, aperture: bytes | None) -> None:
    """Cut the picture to the part that the file says is to be seen; decoders give all of it."""
    if aperture is None or len(aperture) < 32:
        return
    numbers = struct.unpack(">IIIIiIiI", aperture[:32])
    width, wide, height, high, right, across, lower, down = numbers
    if not (wide and high and across and down):
        return
    columns, rows = round(width / wide), round(height / high)
    left = round((photo.width - width / wide) / 2 + right / across)
    top = round((photo.height - height / high) / 2 + lower / down)
    if min(columns, rows) < 1 or min(left, top) < 0:
        return
    seen = slice(top, top + rows), slice(left, left + columns)
    photo.pixels = photo.pixels[seen]
    photo.alpha = None if photo.alpha is None else photo.alpha[seen]


def _write(photo: Photo, quality: int | None) -> bytes:
    """Lossless where the photo came so and no quality is asked for."""
    lossless = photo.lossless and quality is None and photo.format == "AVIF"
    quality = 100 if lossless else quality or FORMAT.quality or 90
    if photo.pixels.dtype == np.uint8 and not lossless:
        options = metadata_options(photo)
        if photo.exif:
            options["exif"] = b"Exif\x00\x00" + without_orientation(photo.exif)
        data = saved(
            image_of(photo), "AVIF", quality=quality, subsampling="4:4:4", speed=8, **options
        )
    else:
        data = _encode(photo, quality)
    # A profile counts before the numbers, but says nothing of HDR.
    if photo.colour and photo.colour.numbered and (photo.colour.hdr or not photo.icc):
        data = _nclx.stated(data, photo.colour)
    return _box_blocks.with_blocks(photo, data)


def _encode(photo: Photo, quality: int) -> bytes:
    """By OpenCV, without loss at quality 100; with loss, it would halve the colours' resolution."""
    bits = 8 if photo.pixels.dtype == np.uint8 else photo.bits or 12
    array = photo.pixels
    if photo.alpha is not None:
        array = np.dstack([array, photo.alpha])
    if bits > 8:
        array = squeeze(array, bits)
    if bits > 8 and quality < 100:
        return _encode_lossy(photo, array, bits, quality)
    array = array[..., [2, 1, 0, 3][: array.shape[2]]]
    known = (
        (cv2.IMAGE_METADATA_ICCP, photo.icc),
        (cv2.IMAGE_METADATA_EXIF, photo.exif),
        (cv2.IMAGE_METADATA_XMP, photo.xmp),
    )
    held = [(kind, np.frombuffer(body, np.uint8)) for kind, body in known if body]
    settings = [cv2.IMWRITE_AVIF_QUALITY, quality, cv2.IMWRITE_AVIF_SPEED, _SPEED]
    settings += [cv2.IMWRITE_AVIF_DEPTH, bits]
    good, packed = cv2.imencodeWithMetadata(
        ".avif",
        np.ascontiguousarray(array),
        [kind for kind, _ in held],
        [body for _, body in held],
        settings,
    )
    if not good:
        raise PhotoError("The picture cannot be written as AVIF; choose PNG or TIFF.")
    return packed.tobytes()


def _encode_lossy(photo: Photo, array: np.ndarray, bits: int, quality: int) -> bytes:
    """RGB or RGBA of more than 8 bits, with the colours at full resolution."""
    packed = imagecodecs.avif_encode(
        array,
        level=quality,
        speed=_SPEED,
        bitspersample=bits,
        pixelformat="444",
        primaries=_SRGB[0],
        transfer=_SRGB[1],
        numthreads=cv2.getNumThreads(),
    )
    data = bytes(packed)
    if photo.icc:
        data = with_properties(data, [_boxes.box(b"colr", b"prof" + photo.icc)])
    items = [(b"Exif", bytes(4) + photo.exif)] if photo.exif else []
    items += [(b"mime", photo.xmp)] if photo.xmp else []
    return with_items(data, items)


# AVIF's scale of quality is not JPEG's: 90 is like 95 there.
FORMAT = Format(
    "AVIF",
    "AVIF",
    "image/avif",
    (".avif",),
    matches=_boxes.is_avif,
    read=_read,
    write=_write,
    leave=_box_blocks.leave,
    place=6,
    grey=False,
    depth=12,
    quality=90,
    side=32768,
    carries=frozenset(("icc", "exif", "xmp", "colour")),
)
