"""Arrays of pixels: upright, split from alpha, grey and RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

from photo.base import PhotoError, bands
from photo.metadata.icc import converted_note, to_srgb


def upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """The array (H x W or H x W x C) turned and mirrored as EXIF orientation 1-8 asks."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def to_rgb(channel: np.ndarray) -> np.ndarray:
    """H x W -> H x W x 3 with equal channels."""
    return np.repeat(channel[..., None], 3, axis=2)


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """H x W x 3 -> H x W, the mean of the channels; exact where they are equal."""
    result = np.empty(pixels.shape[:2], pixels.dtype)
    for rows in bands(*result.shape):
        if pixels.dtype == np.float32:
            result[rows] = pixels[rows].mean(axis=2, dtype=np.float64)
        else:
            result[rows] = (pixels[rows].sum(axis=2, dtype=np.uint32) + 1) // 3
    return result


def equal_channels(pixels: np.ndarray) -> bool:
    """Whether red, green and blue are the same everywhere; seen at once where they are not."""
    return all(
        np.array_equal(pixels[rows, :, 0], pixels[rows, :, channel])
        for rows in bands(pixels.shape[0], pixels.shape[1], 100_000)
        for channel in (1, 2)
    )


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
        notes.append(converted_note("CMYK" if mode == "CMYK" else "Lab"))
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
        return to_rgb(channel), array[..., 1] if array.ndim == 3 else None, True, icc
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
