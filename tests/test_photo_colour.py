"""Kinds of pixels: grey, palette, transparency, CMYK, Lab - and what is written of them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from photo_cases import (
    chunk,
    heic,
    made_profile,
    pixels,
    png,
    saved,
    srgb_profile,
    tiff,
)
from PIL import Image, ImageCms

import photo
from photo.colour import Colour


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "BMP", "JPEG2000"])
def test_grey_comes_back_grey(format: str) -> None:
    source = photo.read(saved(pixels(channels=1), format))
    assert source.grey
    assert source.pixels.shape == (37, 53, 3)
    assert photo.read(photo.write(source)).grey


def test_grey_is_the_mean_of_channels_that_differ() -> None:
    colours = np.array([[[10, 20, 60]]], np.uint8)
    result = photo.read(photo.write(photo.Photo(colours, grey=True), "PNG"))
    assert result.pixels.tolist() == [[[30, 30, 30]]]


def test_one_bit_is_black_and_white() -> None:
    bits = Image.fromarray(pixels(channels=1)).convert("1")
    result = photo.read(saved(bits, "PNG"))
    assert result.grey
    assert set(np.unique(result.pixels)) == {0, 255}


def test_a_palette_becomes_its_colours_with_transparency() -> None:
    image = Image.fromarray(pixels()).quantize(8)
    wanted = np.array(image.convert("RGB"))
    result = photo.read(saved(image, "PNG", transparency=2))
    assert np.array_equal(result.pixels, wanted)
    assert result.alpha is not None
    assert np.array_equal(result.alpha == 0, np.array(image) == 2)


def test_a_palette_of_greys_is_grey() -> None:
    image = Image.fromarray(pixels(channels=1)).convert("P")
    image.putpalette([level for level in range(256) for _ in range(3)])
    assert photo.read(saved(image, "PNG")).grey


@pytest.mark.parametrize(("bits", "key"), [(1, 1), (2, 2), (4, 11), (8, 200)])
def test_a_transparent_grey_level_is_found_at_every_depth(bits: int, key: int) -> None:
    levels = (np.arange(64).reshape(8, 8) * 7 + key) % 2**bits
    packed = [np.packbits(_bits(row, bits)).tobytes() for row in levels]
    data = png(levels, chunk(b"tRNS", struct.pack(">H", key)), bits=bits, rows=_rows(packed))
    result = photo.read(data)
    assert result.alpha is not None
    assert np.array_equal(result.alpha == 0, levels == key)
    assert np.array_equal(result.pixels[..., 0], levels * 255 // (2**bits - 1))


def _bits(row: np.ndarray, bits: int) -> np.ndarray:
    return (row[:, None] >> np.arange(bits)[::-1] & 1).ravel()


def _rows(packed: list[bytes]) -> bytes:
    return b"".join(b"\0" + row for row in packed)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_transparent_colour_is_found(dtype: str) -> None:
    array = pixels(dtype)
    key = struct.pack(">3H", *array[5, 6])
    result = photo.read(png(array, chunk(b"tRNS", key)))
    assert result.alpha is not None
    assert result.alpha[5, 6] == 0
    assert result.alpha.max() == np.iinfo(array.dtype).max


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "AVIF", "JPEG2000"])
def test_alpha_comes_back(format: str) -> None:
    array = pixels(channels=4)
    result = photo.read(photo.write(photo.read(saved(array, "PNG")), format))
    assert result.alpha is not None
    assert np.abs(result.alpha.astype(int) - array[..., 3]).mean() < 6
    if format != "AVIF":
        assert np.array_equal(result.alpha, array[..., 3])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_premultiplied_colours_are_divided_again(dtype: str) -> None:
    top = np.iinfo(dtype).max
    array = np.empty((8, 9, 4), dtype)
    array[...] = (top // 4, top // 8, 0, top // 2)
    result = photo.read(tiff(array, extrasamples=["assocalpha"]))
    assert np.abs(result.pixels / top - (0.5, 0.25, 0)).max() < 0.01
    assert result.alpha is not None
    assert (result.alpha == top // 2).all()


def test_jpeg_lays_transparency_over_white_and_says_so() -> None:
    black = photo.Photo(np.zeros((16, 16, 3), np.uint8), np.full((16, 16), 51, np.uint8))
    result = photo.read(photo.write(black, "JPEG"))
    assert np.abs(result.pixels.astype(int) - 204).max() <= 1
    assert any("white" in sentence for sentence in photo.losses(black, "JPEG"))


def cmyk(format: str, ink: tuple[int, int, int, int], **options: bytes) -> photo.Photo:
    return photo.read(saved(Image.new("CMYK", (16, 16), ink), format, **options))


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_goes_through_its_profile(format: str) -> None:
    result = cmyk(format, (255, 0, 0, 0), icc_profile=made_profile(b"CMYK"))
    red, green, blue = (int(v) for v in result.pixels[8, 8])
    assert max(red, green, blue) - min(red, green, blue) <= 1  # this profile's ink has no hue
    assert 170 < red < 210
    assert result.icc is None
    assert any("CMYK" in note for note in result.notes)


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_no_ink_is_white_and_all_of_it_black(format: str) -> None:
    assert cmyk(format, (0, 0, 0, 0)).pixels.min() >= 254
    assert cmyk(format, (0, 0, 0, 255)).pixels.max() <= 1


def test_cmyk_without_a_profile_is_called_approximate() -> None:
    assert any("approximate" in note for note in cmyk("JPEG", (9, 9, 9, 9)).notes)


@pytest.mark.parametrize(
    ("lab", "rgb"),
    [((128, 0, 0), (119, 119, 119)), ((255, 0, 0), (255, 255, 255)), ((135, 81, 70), (254, 0, 0))],
)
def test_lab_becomes_srgb(lab: tuple[int, int, int], rgb: tuple[int, int, int]) -> None:
    array = np.empty((8, 9, 3), np.uint8)
    array[...] = lab
    result = photo.read(tiff(array, photometric="cielab"))
    assert np.abs(result.pixels[4, 4].astype(int) - rgb).max() <= 8
    assert any("Lab" in note for note in result.notes)


def test_jpeg_is_written_without_chroma_subsampling() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = (200, 40, 40)
    stripes[:, 1::2] = (40, 40, 200)
    result = photo.read(photo.write(photo.Photo(stripes), "JPEG"))
    assert np.abs(result.pixels.astype(int) - stripes).mean() < 4


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("format", ["AVIF", "PNG"])
@pytest.mark.parametrize(("transfer", "bits"), [(16, 10), (18, 12), (16, 0)])
def test_hdr_that_numbers_state_beside_a_profile_comes_back_with_it(
    transfer: int, bits: int, format: str, lossless: bool
) -> None:
    colour = Colour(9, transfer, light=struct.pack(">II", 10_000_000, 4_000_000))
    array = pixels("u2" if bits else "u1")
    source = photo.Photo(array, format="AVIF", bits=bits, lossless=lossless)
    source.colour, source.icc = colour, srgb_profile()
    first = photo.read(photo.write(source, format))
    for result in (first, photo.read(photo.write(first, "AVIF"))):
        assert (result.colour, result.icc) == (colour, source.icc)
    assert any(colour.hdr in sentence for sentence in photo.losses(first, "TIFF"))


def test_hdr_of_a_png_that_has_a_profile_too_reaches_avif() -> None:
    icc = srgb_profile()
    more = chunk(b"cICP", bytes((9, 16, 0, 1))), chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))
    result = photo.read(photo.write(photo.read(png(pixels("u2"), *more)), "AVIF"))
    assert (result.colour, result.icc) == (Colour(9, 16), icc)


def test_numbers_that_say_no_more_than_the_profile_are_not_written_beside_it() -> None:
    source = photo.Photo(pixels(), format="AVIF", colour=Colour(12, 13), icc=srgb_profile())
    assert b"cICP" not in photo.write(source, "PNG")
    assert photo.read(photo.write(source)).colour != source.colour


def grey_file(kind: str) -> bytes:
    """A grey picture with a profile for RGB."""
    grey, icc = pixels(channels=1), srgb_profile()
    if kind == "HEIC":
        return heic(grey, "L", icc_profile=icc)
    if kind == "TIFF 16":
        return tiff(pixels("u2", 1), extratags=[(34675, 7, None, icc, True)])
    if kind == "PNG with alpha":
        more = chunk(b"iCCP", b"x\0\0" + zlib.compress(icc)), chunk(b"bKGD", b"\0\x21")
        return png(pixels(channels=2), *more)
    image = Image.fromarray(grey)
    if kind == "PNG of a palette":
        image = image.convert("P")
        image.putpalette([level for level in range(256) for _ in range(3)])
    return saved(image, kind.split(maxsplit=1)[0], icc_profile=icc)


@pytest.mark.parametrize(
    "kind", ["JPEG", "TIFF", "TIFF 16", "HEIC", "PNG of a palette", "PNG with alpha"]
)
def test_grey_with_a_profile_for_colours_is_written_with_three_channels(kind: str) -> None:
    source = photo.read(grey_file(kind))
    assert source.grey
    assert source.icc is not None
    data = photo.write(source, "PNG")
    assert data[25] == (6 if source.alpha is not None else 2)
    result = photo.read(data)
    assert np.array_equal(result.pixels, source.pixels)
    assert result.icc == source.icc
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert ImageCms.profileToProfile(image, io.BytesIO(result.icc), ImageCms.createProfile("sRGB"))
    if kind == "PNG with alpha":
        assert chunk(b"bKGD", b"\0\x21" * 3) in data
