"""PNGs that are odd, but whole: their picture is read and what they hold comes back."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from photo_cases import chunk, exif_block, pixels, png
from PIL import Image

import photo


@pytest.mark.parametrize(("key", "what"), [("eXIf", "EXIF blocks"), ("iTXt", "XMP packets")])
def test_the_second_of_two_metadata_blocks_in_a_png_is_told(key: str, what: str) -> None:
    bodies = {
        "eXIf": [exif_block(), exif_block(thumbnail=False)],
        "iTXt": [b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>%d" % number for number in (1, 2)],
    }
    data = png(pixels(), *(chunk(key.encode(), body) for body in bodies[key]))
    assert f"The file holds two {what}; the second was left out." in photo.read(data).notes


def test_a_raw_profile_of_an_unknown_kind_is_no_caption() -> None:
    data = png(pixels(), chunk(b"tEXt", b"Raw profile type foo\0\nfoo\n       2\nabcd\n"))
    opened = photo.read(data)
    assert photo.losses(opened, "JPEG") == ["JPEG cannot hold text."]
    assert b"Photoshop" not in photo.write(opened, "JPEG")


@pytest.mark.parametrize("lost", [1, 4, 5, 12])
def test_a_png_that_lacks_only_its_end_is_read(lost: int) -> None:
    result = photo.read(png(pixels())[:-lost])
    assert np.array_equal(result.pixels, pixels())
    assert any("IEND" in note for note in result.notes)


def test_a_png_with_a_wrong_checksum_of_its_end_is_read() -> None:
    result = photo.read(png(pixels())[:-1] + b"x")
    assert np.array_equal(result.pixels, pixels())


def test_a_png_without_its_end_must_have_all_rows() -> None:
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(png(pixels(), rows=bytes(500))[:-12])


def test_the_width_of_a_png_s_pixels_is_no_second_density() -> None:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = 300.0, 300.0, 2
    block = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    wide = chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0))
    source = photo.read(png(pixels(), wide, block))
    assert source.dpi == (300, 300)
    data = photo.write(source)
    assert data.count(b"pHYs") == 1
    assert wide in data
    assert photo.read(data).dpi == (300, 300)


@pytest.mark.parametrize(("bits", "level"), [(1, 1), (2, 2), (4, 7)])
def test_a_png_s_grey_background_of_few_bits_keeps_its_shade(bits: int, level: int) -> None:
    rows = bytes((1 + 8 * bits // 8) * 8)
    background = chunk(b"bKGD", struct.pack(">H", level))
    data = png(np.zeros((8, 8), np.uint8), background, bits=bits, rows=rows)
    wanted = struct.pack(">H", level * 255 // (2**bits - 1))
    assert chunk(b"bKGD", wanted) in photo.write(photo.read(data))
