"""The formats: each is read, written by default as it should be, and named safely."""

from __future__ import annotations

import numpy as np
import pytest
from photo_cases import frames, heic, pixels, samples, saved

import photo


@pytest.mark.parametrize("kind", samples())
def test_every_kind_of_file_is_read_and_written_again(kind: str) -> None:
    source = photo.read(samples()[kind], f"{kind}.x")
    result = photo.read(photo.write(source))
    assert result.format == photo.default_format(source)
    assert result.pixels.shape == source.pixels.shape
    assert result.pixels.dtype == source.pixels.dtype
    assert (result.alpha is None) == (source.alpha is None)
    difference = result.pixels.astype(float) - source.pixels
    top = 1 if source.pixels.dtype == np.float32 else np.iinfo(source.pixels.dtype).max
    assert np.abs(difference).mean() < 0.06 * top


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "TIFF", "MPO"])
def test_of_many_pictures_the_first_is_taken_and_told(format: str) -> None:
    result = photo.read(frames(format))
    assert result.frames == 3
    assert any("3 pictures" in note for note in result.notes)
    # The others are 60 and 120 levels brighter.
    assert np.abs(result.pixels.astype(int) - pixels() // 4).mean() < 30


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (saved(pixels(), "GIF"), "PNG"),
        (heic(pixels(), "RGB"), "JPEG"),
        (heic(pixels(channels=4), "RGBA"), "PNG"),
        (heic(pixels("u2"), "RGB;16"), "PNG"),
        (saved(pixels(), "BMP"), "BMP"),
    ],
)
def test_the_default_format_is_the_own_or_one_that_holds_as_much(data: bytes, format: str) -> None:
    source = photo.read(data)
    assert photo.default_format(source) == format
    assert (format == source.format) != any("is written as" in note for note in source.notes)


def test_the_bytes_decide_and_not_the_name() -> None:
    assert photo.read(saved(pixels(), "JPEG"), "holiday.png").format == "JPEG"


def test_quality_makes_smaller_files() -> None:
    source = photo.Photo(pixels())
    for format in ("JPEG", "WEBP", "AVIF"):
        assert len(photo.write(source, format, 30)) < len(photo.write(source, format))


@pytest.mark.parametrize("quality", [0, 101])
def test_an_impossible_quality_is_refused(quality: int) -> None:
    with pytest.raises(photo.PhotoError, match="quality"):
        photo.write(photo.Photo(pixels()), "JPEG", quality)


@pytest.mark.parametrize("format", ["GIF", "HEIF", "tga"])
def test_a_format_that_is_not_written_is_refused(format: str) -> None:
    with pytest.raises(photo.PhotoError, match="choose"):
        photo.write(photo.Photo(pixels()), format)


def test_a_side_too_long_for_the_format_is_refused() -> None:
    long = photo.Photo(np.zeros((1, 17_000, 3), np.uint8))
    with pytest.raises(photo.PhotoError, match="16383"):
        photo.write(long, "WEBP")


@pytest.mark.parametrize(
    ("name", "format", "wanted"),
    [
        ("boat.jpg", "JPEG", "boat.jpg"),
        ("boat.JPEG", "JPEG", "boat.jpeg"),
        ("boat.heic", "JPEG", "boat.jpg"),
        ("../../etc/passwd", "PNG", "passwd.png"),
        ("C:\\pictures\\boat.tif", "TIFF", "boat.tif"),
        ("a\x00b\u202egpj.exe", "PNG", "a_b_gpj.png"),
        ('say "hi": <now>?*|.png', "PNG", "say _hi__ _now____.png"),
        ("", "PNG", "picture.png"),
        ("...", "PNG", "picture.png"),
        (".jpg", "JPEG", "picture.jpg"),
        ("con.png", "PNG", "_con.png"),
        ("archive.2024.photo", "WEBP", "archive.2024.webp"),
        ("Mr. Smith", "PNG", "Mr. Smith.png"),
        ("über.png", "PNG", "über.png"),
        ("boat.j2k", "JPEG2000", "boat.jp2"),
        ("boat.jpf", "JPEG2000", "boat.jpf"),
    ],
)
def test_output_names_are_safe(name: str, format: str, wanted: str) -> None:
    assert photo.output_name(name, format) == wanted


def test_a_long_name_is_cut_between_characters() -> None:
    name = photo.output_name("ü" * 500 + ".png", "PNG", "-denoised")
    assert name == "ü" * 60 + "-denoised.png"


def test_unique_names_never_overwrite_each_other() -> None:
    names = ["a.jpg", "a.jpg", "A.JPG", "a (2).jpg", "b", "b", "u\u0308.png", "\u00fc.png"]
    result = photo.unique_names(names)
    assert result[:3] == ["a.jpg", "a (2).jpg", "A (3).JPG"]
    assert len({name.casefold() for name in result}) == len(names)
    assert result[-1] == "\u00fc (2).png"
