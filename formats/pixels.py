"""Arrays of pixels: upright, split from alpha, from one depth to another, between colour spaces."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from formats.base import PhotoError, bands

_COLOUR_NOTE = "The picture was in {space} and has been converted to sRGB."


def upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """The array (H x W or H x W x C) turned and mirrored as EXIF orientation 1-8 asks."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def three(channel: np.ndarray) -> np.ndarray:
    """H x W -> H x W x 3 with equal channels."""
    return np.repeat(channel[..., None], 3, axis=2)


def one(pixels: np.ndarray) -> np.ndarray:
    """H x W x 3 -> H x W, the mean of the channels; exact where they are equal."""
    result = np.empty(pixels.shape[:2], pixels.dtype)
    for rows in bands(*result.shape):
        if pixels.dtype == np.float32:
            result[rows] = pixels[rows].mean(axis=2, dtype=np.float64)
        else:
            result[rows] = (pixels[rows].sum(axis=2, dtype=np.uint32) + 1) // 3
    return result


def to_depth(array: np.ndarray, bits: int) -> np.ndarray:
    """uint8, uint16 or float32 in [0, 1] -> 8 or 16 bits a channel, rounded; same shape."""
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    if array.dtype == dtype:
        return array
    result = np.empty(array.shape, dtype)
    top = 2**bits - 1
    for rows in bands(array.shape[0], array.shape[1]):
        part = array[rows]
        if array.dtype == np.float32:
            result[rows] = np.rint(np.clip(part, 0, 1).astype(np.float64) * top)
        elif bits == 8:
            result[rows] = (part.astype(np.uint32) + 128) // 257
        else:
            result[rows] = part.astype(np.uint16) * 257
    return result


def to_float(array: np.ndarray) -> np.ndarray:
    """uint8 or uint16 -> float32 in [0, 1]; float32 as it is."""
    if array.dtype == np.float32:
        return array
    return array / np.float32(np.iinfo(array.dtype).max)


def stretch(array: np.ndarray, bits: int) -> np.ndarray:
    """uint16 holding values of `bits` bits -> the whole 16-bit range, in place."""
    if bits < 16:
        top = 2**bits - 1
        for rows in bands(array.shape[0], array.shape[1]):
            wide = np.minimum(array[rows], top).astype(np.uint32)
            array[rows] = (wide * 65535 + top // 2) // top
    return array


def unmultiply(pixels: np.ndarray, alpha: np.ndarray) -> None:
    """Divide premultiplied colours by alpha, in place."""
    for rows in bands(*alpha.shape):
        a = alpha[rows].astype(np.float64)[..., None]
        top = 1.0 if alpha.dtype == np.float32 else float(np.iinfo(alpha.dtype).max)
        value = pixels[rows] * top / np.where(a > 0, a, top)
        value = np.clip(value, 0, top)
        pixels[rows] = value if alpha.dtype == np.float32 else np.rint(value)


def over_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """uint8 pixels laid over white with their uint8 alpha."""
    result = np.empty_like(pixels)
    for rows in bands(*alpha.shape):
        a = alpha[rows].astype(np.uint32)[..., None]
        result[rows] = (pixels[rows] * a + 255 * (255 - a) + 127) // 255
    return result


def split(
    image: Image.Image, icc: bytes | None, notes: list[str]
) -> tuple[np.ndarray, np.ndarray | None, bool, bytes | None]:
    """A loaded Pillow image -> pixels (H x W x 3), alpha (H x W or None), grey, and its profile.

    Palettes are looked up, premultiplied colours divided; CMYK and Lab become sRGB, with a note
    (their profile does not fit any more, so None). PhotoError for a kind of pixel not supported.
    """
    mode = image.mode
    if mode in ("CMYK", "LAB"):
        notes.append(_COLOUR_NOTE.format(space="CMYK" if mode == "CMYK" else "Lab"))
        return to_array(to_srgb(image, icc, notes)), None, False, None
    if mode in ("P", "PA"):
        grey = _palette_is_grey(image)
        clear = mode == "PA" or "transparency" in image.info
        array = to_array(image.convert("RGBA" if clear else "RGB"))
        return array[..., :3], array[..., 3] if clear else None, grey, icc
    if mode in ("1", "La", "RGBa", "YCbCr"):
        image = image.convert({"1": "L", "La": "LA", "RGBa": "RGBA", "YCbCr": "RGB"}[mode])
    elif mode in ("L", "RGB") and "transparency" in image.info:
        image = image.convert("RGBA")
        array = to_array(image)
        return array[..., :3], array[..., 3], mode == "L", icc
    array = to_array(image)
    if image.mode in ("L", "LA") or image.mode.startswith("I;16"):
        if array.dtype != np.uint8:
            array = array.astype(np.uint16)
        channel = array if array.ndim == 2 else array[..., 0]
        return three(channel), array[..., 1] if array.ndim == 3 else None, True, icc
    if image.mode in ("RGB", "RGBX", "RGBA"):
        return array[..., :3], array[..., 3] if image.mode == "RGBA" else None, False, icc
    raise PhotoError(
        "The picture stores its pixels in a way that is not supported "
        f"({mode}); save it as 8-bit or 16-bit RGB and try again."
    )


def to_array(image: Image.Image) -> np.ndarray:
    """A loaded image's pixels, copied a band of rows at a time: at once needs them three times."""
    first = np.asarray(image.crop((0, 0, 1, 1)))
    array = np.empty((image.height, image.width, *first.shape[2:]), first.dtype)
    for rows in bands(image.height, image.width):
        array[rows] = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
    return array


def _palette_is_grey(image: Image.Image) -> bool:
    palette = np.array(image.getpalette("RGB") or [], np.uint8)
    palette = palette[: palette.size // 3 * 3].reshape(-1, 3)
    return bool(palette.size) and bool((palette == palette[:, :1]).all())


def to_srgb(image: Image.Image, icc: bytes | None, notes: list[str]) -> Image.Image:
    """A CMYK, Lab or grey (L) Pillow image -> sRGB, through its profile where it has a good one."""
    target = ImageCms.createProfile("sRGB")
    try:
        if image.mode == "LAB":
            return _transform(image, ImageCms.createProfile("LAB"), target)
        if icc is not None:
            return _transform(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)), target)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        if image.mode == "LAB":
            raise PhotoError("The Lab colours cannot be converted; save it as RGB.") from error
        icc = None
    if image.mode == "CMYK":
        notes.append("It has no usable CMYK profile, so its colours are approximate.")
    return image.convert("RGB")


def _transform(
    image: Image.Image, source: ImageCms._CmsProfileCompatible, target: ImageCms.core.CmsProfile
) -> Image.Image:
    result = ImageCms.profileToProfile(
        image,
        source,
        target,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if result is None:
        raise ValueError("no result")
    return result
