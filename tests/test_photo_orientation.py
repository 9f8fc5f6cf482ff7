"""Orientation: all eight ways a picture can lie, in every format that can say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from photo_cases import chunk, exif_block, heic, pixels, png, saved, tiff

import photo

TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.rot90(a[:, ::-1]),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a[:, ::-1], -1),
    8: np.rot90,
}


def lying(format: str, array: np.ndarray, orientation: int) -> bytes:
    """The array in a file that says so about it."""
    exif = exif_block(orientation)
    if format == "HEIF":
        return heic(array, "RGBA", quality=-1, exif=exif)
    if format == "TIFF":
        return saved(array, "TIFF", tiffinfo={0x0112: orientation})
    if format == "TIFF 16":
        tag = (0x0112, "H", 1, orientation, True)
        return tiff(array.astype(np.uint16) * 257, extratags=[tag])
    if format == "PNG 16":
        return png(array.astype(np.uint16) * 257, chunk(b"eXIf", exif))
    options: dict[str, Any] = {"exif": b"Exif\0\0" + exif}
    if format == "JPEG":
        return saved(np.ascontiguousarray(array[..., :3]), "JPEG", quality=100, **options)
    return saved(array, format, **options, **({} if format == "PNG" else {"quality": 100}))


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "PNG 16", "WEBP", "AVIF", "TIFF", "TIFF 16", "HEIF"]
)
def test_pixels_and_alpha_are_turned_upright_once(format: str, orientation: int) -> None:
    array = pixels(channels=4, smooth=True)
    array[..., 3] |= 1
    result = photo.read(lying(format, array, orientation))
    again = photo.read(photo.write(result, "PNG"))
    wanted = TURNS[orientation](array).astype(int)
    depth = 257 if result.pixels.dtype == np.uint16 else 1
    for one in (result, again):
        assert one.pixels.shape == wanted[..., :3].shape
        assert np.abs(one.pixels // depth - wanted[..., :3]).mean() < 2
        if format != "JPEG":
            assert one.alpha is not None
            assert np.abs(one.alpha // depth - wanted[..., 3]).mean() < 2


def test_a_directory_that_claims_too_many_records_turns_the_picture() -> None:
    block = exif_block(6, thumbnail=False)
    block = block[:8] + (3000).to_bytes(2, "little") + block[10:]
    result = photo.read(png(pixels(), chunk(b"eXIf", block)))
    assert np.array_equal(result.pixels, np.rot90(pixels(), -1))


def test_an_absurd_orientation_counts_as_upright() -> None:
    array = pixels()
    result = photo.read(png(array, chunk(b"eXIf", exif_block(77))))
    assert np.array_equal(result.pixels, array)
