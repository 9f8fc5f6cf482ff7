"""Bad input: a PhotoError whose sentence says what is wrong; never another error or a picture."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from photo_cases import (
    chunk,
    exif_block,
    pixels,
    png,
    samples,
    saved,
    set_tag,
    srgb_profile,
    tiff,
)

import photo
from photo import decode

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
OTHER_FILES = {
    "empty": (b"", "empty"),
    "text": (b"Dear reader,\nthis is no picture.\n", "text"),
    "text that begins like a BMP": (b"BMW and other cars, a list of them all", "text"),
    "text with CR in it": (b"The big CRAB, and what it eats.\n", "holds text"),
    "svg": (SVG, "SVG"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    "binary eps": (b"\xc5\xd0\xd3\xc6" + bytes(30), "PostScript"),
    "web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "zip": (b"PK\x03\x04" + bytes(30), "ZIP"),
    "photoshop": (b"8BPS\0\1" + bytes(30), "Photoshop"),
    "jpeg xl": (b"\xff\x0a" + bytes(30), "JPEG XL"),
    "video": (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "video"),
    "canon raw": (b"II*\0\x10\0\0\0CR\2\0" + bytes(30), "raw"),
    "zeros": (bytes(1000), "not supported"),
}


@pytest.mark.parametrize("kind", OTHER_FILES)
def test_a_file_that_is_no_picture_is_named(kind: str) -> None:
    data, word = OTHER_FILES[kind]
    with pytest.raises(photo.PhotoError, match=word):
        photo.read(data, "holiday.png")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", samples())
def test_a_file_cut_short_is_refused(kind: str, share: float) -> None:
    data = samples()[kind]
    if kind in ("mpo", "gif animated", "apng", "tiff big", "tiff pages") and share > 0.3:
        pytest.skip("the first picture is whole")
    with pytest.raises(photo.PhotoError):
        photo.read(data[: int(len(data) * share)])


def test_a_cut_jpeg_says_so() -> None:
    data = saved(pixels(), "JPEG")
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(data[: len(data) * 3 // 4])


def test_a_cut_deep_avif_is_nothing_unexpected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "log_unexpected", lambda *_: pytest.fail("it was logged"))
    data = photo.write(photo.Photo(pixels("u2"), bits=10, format="AVIF"))
    with pytest.raises(photo.PhotoError, match="AVIF is damaged"):
        photo.read(data[: len(data) * 3 // 4])


def test_a_wrong_png_checksum_in_the_picture_is_refused() -> None:
    data = bytearray(png(pixels()))
    data[data.index(b"IDAT") + 40] ^= 4
    with pytest.raises(photo.PhotoError, match="checksum"):
        photo.read(bytes(data))


def test_a_png_with_corrupt_compressed_data_is_refused() -> None:
    head = png(pixels())[:33]
    data = head + chunk(b"IDAT", b"\x78\x9c" + bytes(range(200))) + chunk(b"IEND", b"")
    with pytest.raises(photo.PhotoError, match="corrupt"):
        photo.read(data)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_png_with_missing_rows_is_refused(dtype: str) -> None:
    array = pixels(dtype)
    row = array.astype(array.dtype.newbyteorder(">"))[0].tobytes()
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(png(array, rows=(b"\0" + row) * (len(array) - 1)))


def test_a_tiff_with_missing_strips_is_refused() -> None:
    data = set_tag(tiff(pixels(), rowsperstrip=37), 257, 3700)
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(data)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.25, 1.5])
def test_a_float_tiff_outside_0_to_1_is_refused(value: float) -> None:
    array = pixels("f4")
    array[3, 4, 1] = value
    with pytest.raises(photo.PhotoError, match="NaN" if not np.isfinite(value) else "0 to 1"):
        photo.read(tiff(array))


@pytest.mark.parametrize("dtype", ["u4", "i2"])
def test_a_tiff_of_unsupported_numbers_is_refused(dtype: str) -> None:
    with pytest.raises(photo.PhotoError, match="not supported"):
        photo.read(tiff(np.ones((8, 9, 3), dtype)))


def test_a_raw_photograph_in_tiff_clothes_is_refused() -> None:
    data = tiff(pixels(), extratags=[(50706, "B", 4, (1, 4, 0, 0), True)])
    with pytest.raises(photo.PhotoError, match="raw"):
        photo.read(data)


def test_a_12_bit_jpeg_is_refused_as_unusual() -> None:
    data = bytearray(saved(pixels(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(photo.PhotoError, match="not supported"):
        photo.read(bytes(data))


def test_a_broken_profile_is_left_out_with_a_note() -> None:
    result = photo.read(saved(pixels(), "JPEG", icc_profile=srgb_profile()[:200]))
    assert result.icc is None
    assert any("profile is damaged" in note for note in result.notes)


def test_a_profile_for_other_colours_is_left_out_with_a_note() -> None:
    wrong = bytearray(srgb_profile())
    wrong[16:20] = b"CMYK"
    result = photo.read(saved(pixels(), "JPEG", icc_profile=bytes(wrong)))
    assert result.icc is None
    assert any("profile" in note for note in result.notes)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_is_left_out_with_a_note(format: str) -> None:
    block = exif_block()[:40]
    result = photo.read(saved(pixels(), format, exif=b"Exif\0\0" + block))
    assert result.exif is None
    assert any("EXIF data is damaged" in note for note in result.notes)


def test_a_damaged_extra_chunk_is_ignored_with_a_note() -> None:
    broken = chunk(b"iCCP", b"x\0\0" + zlib.compress(srgb_profile()))[:-4] + b"oops"
    array = pixels()
    result = photo.read(png(array, broken))
    assert np.array_equal(result.pixels, array)
    assert any("iCCP" in note for note in result.notes)
