"""Profile, EXIF, XMP and DPI: each format gives back what it was given."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from photo_cases import (
    XMP,
    chunk,
    exif_block,
    heic,
    made_profile,
    pixels,
    png,
    saved,
    srgb_profile,
    tiff,
)
from PIL import Image

import photo
from photo.metadata.exif import upright_exif
from photo.metadata.icc import to_srgb
from photo.metadata.turn import Turn

HOLDING = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JPEG2000"]


def full(dtype: str = "u1", *, grey: bool = False) -> photo.Photo:
    """A photo with everything that can belong to one."""
    exif = upright_exif(exif_block(), Turn(1, (53, 37))).exif
    colours = pixels(dtype)
    colours = np.repeat(colours[..., :1], 3, axis=2) if grey else colours
    icc = made_profile(b"GRAY") if grey else srgb_profile()
    return photo.Photo(colours, None, grey, icc, exif, (300.0, 150.0), xmp=XMP)


def tags_of(exif: bytes | None) -> dict:
    """Every tag of a block, as Pillow sees it, without what only says where things lie."""
    block = Image.Exif()
    block.load(exif or b"")
    inner, place = block.get_ifd(0x8769), block.get_ifd(0x8825)
    own = {tag: value for tag, value in block.items() if tag not in (0x8769, 0x8825)}
    resolution = (0x011A, 0x011B, 0x0128)
    return {t: v for t, v in {**own, **inner, **place}.items() if t not in resolution}


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("format", HOLDING)
def test_the_profile_comes_back_byte_for_byte(format: str, dtype: str) -> None:
    source = full(dtype)
    assert photo.read(photo.write(source, format)).icc == source.icc


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("format", HOLDING)
def test_every_exif_field_comes_back(format: str, dtype: str) -> None:
    source = full(dtype)
    result = tags_of(photo.read(photo.write(source, format)).exif)
    result.setdefault(0x0112, 1)  # AVIF says it in a box of its own
    assert result == tags_of(source.exif)
    assert result[0x010F] == "Maker"
    assert result[0x927C].endswith(b"secret of the maker")
    assert result[2] == (48.0, 8.0, 30.0)


@pytest.mark.parametrize("format", [f for f in HOLDING if f != "TIFF"])
def test_the_exif_block_is_not_rearranged(format: str) -> None:
    source = full()
    result = photo.read(photo.write(source, format)).exif or b""
    if format != "AVIF":  # which has no orientation tag, so the records of the others move up
        assert result == source.exif
    for value in (b"secret of the maker", b"Model 5"):
        assert result.index(value) == (source.exif or b"").index(value)


@pytest.mark.parametrize("format", HOLDING)
def test_xmp_comes_back_upright(format: str) -> None:
    result = photo.read(photo.write(full(), format)).xmp
    assert result == XMP.replace(b'Orientation="6"', b'Orientation="1"')


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "BMP", "JPEG2000"])
def test_dpi_comes_back(format: str, dtype: str) -> None:
    result = photo.read(photo.write(full(dtype), format)).dpi
    assert result == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "JPEG2000"])
def test_a_grey_picture_keeps_its_grey_profile(format: str, dtype: str) -> None:
    result = photo.read(photo.write(full(dtype, grey=True), format))
    assert result.grey
    assert result.icc == made_profile(b"GRAY")


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_a_grey_profile_is_used_where_grey_cannot_be_written(format: str) -> None:
    result = photo.read(photo.write(full(grey=True), format, quality=100))
    assert result.icc is None
    assert np.abs(result.pixels.astype(int) - full(grey=True).pixels).mean() < 8


@pytest.mark.parametrize("clear", [False, True])
def test_16_bit_grey_keeps_its_levels_and_look_where_grey_cannot_be_written(clear: bool) -> None:
    levels = 16 * np.arange(4096, dtype=np.uint16).reshape(64, 64)
    alpha = np.full((64, 64), 40_000, np.uint16) if clear else None
    source = photo.Photo(np.repeat(levels[..., None], 3, axis=2), alpha, True)
    source.icc = made_profile(b"GRAY")
    result = photo.read(photo.write(source, "AVIF", quality=100))
    assert len(np.unique(result.pixels)) > 4000
    assert np.abs(result.pixels.astype(int) - source.pixels).max() <= 16
    steps = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    seen, wanted = to_srgb(steps.convert("RGB"), result.icc, []), to_srgb(steps, source.icc, [])
    assert np.abs(np.asarray(seen).astype(int) - np.asarray(wanted)).max() <= 1


def test_16_bit_grey_with_a_profile_of_lightness_becomes_srgb() -> None:
    levels = 16 * np.arange(4096, dtype=np.uint16).reshape(64, 64)
    source = photo.Photo(np.repeat(levels[..., None], 3, axis=2), levels, True)
    source.icc = made_profile(b"GRAY").replace(b"GRAYXYZ ", b"GRAYLab ")
    result = photo.read(photo.write(source, "AVIF", quality=100))
    assert result.icc is None
    assert len(np.unique(result.pixels)) > 2000


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_grey_with_alpha_and_a_grey_profile_is_one_channel_in_jpeg_2000(dtype: str) -> None:
    source = full(dtype, grey=True)
    source.alpha = pixels(dtype, 1)
    data = photo.write(source, "JPEG2000")
    assert b"cdef" in data
    result = photo.read(data)
    assert result.grey
    assert result.icc == source.icc
    assert result.alpha is not None
    assert np.array_equal(result.alpha, source.alpha)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_is_dropped(order: str) -> None:
    block = upright_exif(exif_block(order=order), Turn(1, (53, 37))).exif
    assert b"THUMBNAIL" in exif_block(order=order)
    assert b"THUMBNAIL" not in block
    loaded = Image.Exif()
    loaded.load(block)
    assert not loaded.get_ifd(1)


def test_nothing_else_in_the_block_moves() -> None:
    before, after = exif_block(6), upright_exif(exif_block(6), Turn(6, (53, 37))).exif
    assert before.index(b"secret of the maker") == after.index(b"secret of the maker")


def test_the_stated_sides_turn_with_the_picture() -> None:
    result = tags_of(photo.read(saved(pixels(), "JPEG", exif=b"Exif\0\0" + exif_block(6))).exif)
    assert (result[0xA002], result[0xA003]) == (37, 53)


def test_heic_exif_reaches_the_jpeg() -> None:
    source = photo.read(heic(pixels(), "RGB", exif=exif_block(6)))
    result = photo.read(photo.write(source))
    assert result.format == "JPEG"
    assert tags_of(result.exif)[0x010F] == "Maker"
    assert tags_of(result.exif)[0x0112] == 1


def test_tiff_tags_of_the_photograph_survive_and_those_of_the_file_do_not() -> None:
    source = photo.read(tiff(pixels("u2"), software="Developer 3", description="a boat"))
    result = tags_of(photo.read(photo.write(source, "JPEG")).exif)
    assert (result[270], result[305]) == ("a boat", "Developer 3")
    assert not {256, 257, 258, 273, 279} & set(result)


def retyped(data: bytes, tag: int, kind: int) -> bytes:
    """A file with another type in a tag of text."""
    return data.replace(struct.pack("<HH", tag, 2), struct.pack("<HH", tag, kind))


@pytest.mark.parametrize("format", HOLDING)
@pytest.mark.parametrize("source", ["JPEG", "TIFF"])
def test_exif_text_in_utf_8_comes_back(source: str, format: str) -> None:
    text = "Zoë Doe"
    if source == "JPEG":
        exif = exif_block(thumbnail=False).replace(b"Model 5\0", b"Zo\xc3\xab Doe")
        data = saved(pixels(), "JPEG", exif=b"Exif\0\0" + retyped(exif, 0x0110, 129))
    else:
        made = tiff(pixels(), extratags=[(0x0110, 2, None, text.encode(), True)])
        data = retyped(made, 0x0110, 129)
    opened = photo.read(data)
    assert not any("unknown" in note for note in photo.remarks(opened, format))
    result = photo.read(photo.write(opened, format)).exif or b""
    assert text.encode() in result
    order = "<" if result.startswith(b"II") else ">"
    assert struct.pack(f"{order}HH", 0x0110, 129) in result


def test_exif_of_an_unknown_type_is_told_where_it_goes() -> None:
    exif = retyped(retyped(exif_block(thumbnail=False), 0x0110, 77), 0x9003, 78)
    source = photo.read(saved(pixels(), "JPEG", exif=b"Exif\0\0" + exif))
    assert not any("unknown" in note for note in photo.remarks(source, "PNG"))
    sentence = "TIFF cannot hold EXIF data of an unknown type (0x0110, 0x9003)."
    assert sentence in photo.losses(source, "TIFF")
    assert not {0x0110, 0x9003} & set(tags_of(photo.read(photo.write(source, "TIFF")).exif))


@pytest.mark.parametrize("source", ["JPEG", "TIFF"])
def test_exif_of_type_0_is_padding_and_not_told(source: str) -> None:
    if source == "JPEG":
        exif = retyped(exif_block(thumbnail=False), 0x0110, 0)
        data = saved(pixels(), "JPEG", exif=b"Exif\0\0" + exif)
    else:
        more = [(0x0110, 2, None, "lost", True), (0x010F, 2, None, "Maker", True)]
        data = retyped(tiff(pixels(), extratags=more), 0x0110, 0)
    opened = photo.read(data)
    assert not any("nknown" in note for note in photo.remarks(opened, "TIFF"))
    assert 0x0110 not in tags_of(photo.read(photo.write(opened, "TIFF")).exif)


def test_a_tiff_s_tag_of_an_unknown_type_is_told() -> None:
    more = [(0x0110, 2, None, "lost", True), (0x010F, 2, None, "Maker", True)]
    source = photo.read(retyped(tiff(pixels(), extratags=more), 0x0110, 77))
    assert source.notes == ["Unknown parts of the TIFF's metadata were left out (0x0110)."]
    assert b"Maker" in photo.write(source)


def test_exif_too_long_for_jpeg_is_told_and_left_out() -> None:
    source = full()
    source.exif = (source.exif or b"") + bytes(70_000)
    assert any("EXIF" in sentence for sentence in photo.losses(source, "JPEG"))
    assert photo.read(photo.write(source, "JPEG")).exif is None


def test_a_file_that_states_no_dpi_gets_none() -> None:
    exif = b"Exif\0\0" + exif_block()
    assert photo.read(saved(pixels(), "JPEG", exif=exif)).dpi is None


def test_a_density_of_aspect_only_is_not_dpi() -> None:
    ratio = chunk(b"pHYs", struct.pack(">IIB", 3, 2, 0))
    assert photo.read(png(pixels(), ratio)).dpi is None


def test_other_programs_find_profile_and_exif_in_a_16_bit_png() -> None:
    source = full("u2")
    other = Image.open(io.BytesIO(photo.write(source, "PNG")))
    other.load()
    assert other.info["icc_profile"] == source.icc
    assert other.getexif()[0x010F] == "Maker"
    assert other.info["dpi"] == pytest.approx((300, 150), abs=0.02)


def test_other_programs_find_profile_and_exif_in_a_16_bit_tiff() -> None:
    source = full("u2")
    other = Image.open(io.BytesIO(photo.write(source, "TIFF")))
    assert other.info["icc_profile"] == source.icc
    assert other.getexif()[0x010F] == "Maker"
    assert other.getexif().get_ifd(0x8825)[1] == "N"
    assert other.info["dpi"] == (300, 150)
