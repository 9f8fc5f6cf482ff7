"""A TIFF's pixels through tifffile, made RGB with alpha beside it."""

from __future__ import annotations

import io
import logging

import numpy as np
import tifffile
from PIL import Image

import photo.formats._tiff_tags as tags
from photo.base import Photo, PhotoError, bands
from photo.depth import stretch, to_depth
from photo.formats import _tiff_checks as checks
from photo.formats import _tiff_parts as parts
from photo.metadata.icc import converted_note, to_srgb
from photo.metadata.ifd import Directory
from photo.pixels import to_array, to_rgb, unmultiply

# What it finds odd in a file is for the person, in a note or an error, and not for the log.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _LAB, _ICC_LAB = 0, 1, 2, 3, 5, 8, 9
_EIGHT_BIT = (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _LAB, _ICC_LAB)
_FAX = (2, 3, 4)
_STRAY = 0.2  # noise need not be clipped
# XYZ under D50 -> linear sRGB.
_TO_SRGB = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540],
     [0.0719453, -0.2289914, 1.4052427]]
)  # fmt: skip
_D50 = (0.9642, 1.0, 0.8249)


def decode(photo: Photo, data: bytes, main: Directory, index: int) -> bool:
    """Put the page's pixels into the photo, not yet upright; False where Pillow does better."""
    bits, kind = main.integer(tags.BITS, 1), main.integer(tags.PHOTOMETRIC, 1)
    compression = main.integer(tags.COMPRESSION, 1)
    if (bits < 8 and kind != _PALETTE) or compression in (checks.OLD_JPEG, *_FAX):
        return False
    if bits <= 8 and (kind not in _EIGHT_BIT or compression == checks.JPEG):
        return False
    lengths = tuple(length for _, length in checks.places(data, main))
    parts.check_sizes(data, main)
    size = main.integer(tags.HEIGHT), main.integer(tags.WIDTH)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[index]
        if page.size > size[0] * size[1] * main.integer(tags.CHANNELS, 1):
            raise PhotoError(checks.CUT)
        if len(lengths) == len(page.dataoffsets):
            page.databytecounts = lengths
        array, axes = np.asarray(page.asarray(maxworkers=1)), page.axes
    if axes.startswith("S"):
        array = np.moveaxis(array, 0, -1)
    array = array.reshape(*array.shape[:2], -1)
    if array.shape[:2] != size or array.shape[2] != main.integer(tags.CHANNELS, 1):
        raise PhotoError(checks.CUT)
    native = np.uint8 if array.dtype == bool else array.dtype.newbyteorder("=")
    array = array.astype(native, copy=False)
    if array.dtype == np.uint16 and bits < 16:
        array = stretch(np.array(array), bits)
        photo.bits = bits if bits in (10, 12) else 0
    if array.dtype.kind == "f":
        array = _checked(photo, array, kind)
    _arrange(photo, array, main, kind)
    return True


def _checked(photo: Photo, array: np.ndarray, kind: int) -> np.ndarray:
    """Finite float32, a little outside of 0 to 1 at most (Lab has ranges of its own)."""
    for rows in bands(*array.shape[:2]):
        if not np.isfinite(array[rows]).all():
            raise PhotoError(
                "The float TIFF holds values that are not finite numbers (NaN or infinite); "
                "repair it, or export it as 16-bit TIFF."
            )
        low, high = array[rows].min(), array[rows].max()
        if kind not in (_LAB, _ICC_LAB) and (low < -_STRAY or high > 1 + _STRAY):
            raise PhotoError(
                "The float TIFF holds values outside 0 to 1; "
                "scale them to that range, or export it as 16-bit TIFF."
            )
    if array.dtype == np.float64:
        photo.notes.append("The picture's 64-bit values were read as 32-bit ones.")
    return array.astype(np.float32, copy=False)


def _arrange(photo: Photo, array: np.ndarray, main: Directory, kind: int) -> None:
    """Colours and alpha out of the channels, by what the file says they mean."""
    colours = {_RGB: 3, _CMYK: 4, _LAB: 3, _ICC_LAB: 3, checks.YCBCR: 3}.get(kind, 1)
    channels = array.shape[2]
    if channels < colours or (kind == _PALETTE and array.dtype != np.uint8):
        raise PhotoError(checks.KIND.format("16-bit palettes or too few channels"))
    alpha, premultiplied = _alpha(array[..., colours:], main)
    photo.grey = colours == 1
    if kind == _PALETTE:
        _from_palette(photo, array[..., 0], main)
    elif colours == 1:
        grey = array[..., 0]
        photo.pixels = to_rgb(_top(array.dtype) - grey if kind == _WHITE_IS_ZERO else grey)
    elif kind == _RGB:
        photo.pixels = np.ascontiguousarray(array[..., :3])
    elif kind == _CMYK:
        ink = np.ascontiguousarray(array[..., :4])
        if alpha is not None and premultiplied:
            unmultiply(ink, alpha)
            premultiplied = False
        _from_ink(photo, ink)
    elif array.dtype == np.uint8:
        _from_lab(photo, array[..., :3], kind)
    else:
        _from_other(photo, array[..., :3], main, kind)
    photo.alpha = alpha
    if alpha is not None and alpha.dtype != photo.pixels.dtype:
        photo.alpha = to_depth(alpha, 8 * photo.pixels.dtype.itemsize)
    if channels > colours + (alpha is not None):
        photo.notes.append("An extra channel of unknown meaning was left out.")
    if photo.alpha is not None and premultiplied:
        unmultiply(photo.pixels, photo.alpha)


def _alpha(extra: np.ndarray, main: Directory) -> tuple[np.ndarray | None, bool]:
    """The opacity among the extra channels, if any, and whether the colours hold it already."""
    for index, meaning in enumerate(main.numbers(tags.EXTRA, extra.shape[2])):
        if meaning in (1, 2):
            return np.ascontiguousarray(extra[..., index]), meaning == 1
    return None, False


def _from_palette(photo: Photo, indices: np.ndarray, main: Directory) -> None:
    count = 1 << main.integer(tags.BITS, 1)
    table = np.array(main.numbers(tags.PALETTE, 3 * count), np.int64)
    if len(table) < 3 * count:
        raise PhotoError(checks.KIND.format("a palette with too few colours"))
    levels = table.reshape(3, count).T
    if levels.max() > 255:  # 16 bits as is due; some programs write 8
        levels = levels >> 8
    colours = np.clip(levels, 0, 255).astype(np.uint8)
    photo.pixels = colours[indices]
    photo.grey = bool((colours == colours[:, :1]).all())


def _top(dtype: np.dtype) -> np.generic:
    return dtype.type(1 if dtype.kind == "f" else np.iinfo(dtype).max)


def _from_ink(photo: Photo, ink: np.ndarray) -> None:
    image = Image.fromarray(to_depth(ink, 8), "CMYK")
    photo.notes.append(converted_note("CMYK"))
    photo.pixels = to_array(to_srgb(image, photo.icc, photo.notes))
    photo.icc = None
    if ink.dtype != np.uint8:
        photo.notes.append("The picture has more than 8 bits per channel, of which 8 were read.")


def _from_lab(photo: Photo, array: np.ndarray, kind: int) -> None:
    """8-bit Lab -> sRGB."""
    if kind == _ICC_LAB:  # Pillow takes a and b as signed, as the other kind has them
        array = array ^ np.array([0, 0x80, 0x80], np.uint8)
    image = Image.fromarray(np.ascontiguousarray(array), "LAB")
    photo.notes.append(converted_note("Lab"))
    photo.pixels = to_array(to_srgb(image, None, photo.notes))
    photo.icc = None


def _from_other(photo: Photo, array: np.ndarray, main: Directory, kind: int) -> None:
    """16-bit or float Lab, and 16-bit YCbCr -> 16-bit sRGB."""
    if kind == checks.YCBCR:
        sampling = main.numbers(tags.SUBSAMPLING) or (2, 2)
        if array.dtype.kind == "f" or tuple(sampling) != (1, 1):
            raise PhotoError(checks.KIND.format("deep YCbCr colours"))
        name = "YCbCr"
    else:
        name, photo.icc = "Lab", None
    photo.notes.append(converted_note(name))
    photo.pixels = np.empty(array.shape, np.uint16)
    for rows in bands(array.shape[0], array.shape[1], 1_000_000):
        part = array[rows].astype(np.float64)
        rgb = _ycc(part) if kind == checks.YCBCR else _lab(part, array.dtype, kind)
        photo.pixels[rows] = np.rint(np.clip(rgb, 0, 1) * 65535)


def _ycc(part: np.ndarray) -> np.ndarray:
    y, blue, red = (part[..., k] / 65535 for k in range(3))
    blue, red = blue - 32768 / 65535, red - 32768 / 65535
    green = y - 0.344136 * blue - 0.714136 * red
    return np.stack([y + 1.402 * red, green, y + 1.772 * blue], axis=-1)


def _lab(part: np.ndarray, dtype: np.dtype, kind: int) -> np.ndarray:
    """Lab in the file's units -> sRGB in 0 to 1."""
    if dtype.kind != "f" and kind == _LAB:  # a and b are signed
        part[..., 1:] -= 65536 * (part[..., 1:] >= 32768)
        part = part * np.array([100 / 65535, 1 / 256, 1 / 256])
    elif dtype.kind != "f":
        part = part * np.array([100 / 65280, 1 / 256, 1 / 256]) - (0, 128, 128)
    y = (part[..., 0] + 16) / 116
    steps = np.stack([y + part[..., 1] / 500, y, y - part[..., 2] / 200], axis=-1)
    xyz = np.where(steps > 6 / 29, steps**3, (steps - 4 / 29) * 3 * (6 / 29) ** 2) * _D50
    linear = np.clip(xyz @ _TO_SRGB.T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
