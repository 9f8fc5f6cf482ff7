"""Bit depth: what goes in with 16 bits or as float comes out so, every value exact."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from photo_carried import REGION, avif_facts, exiftool
from photo_cases import exif_block, heic, pixels, png, saved, srgb_profile, tiff

import photo
from photo.depth import stretch, to_depth

LAYOUTS: dict[str, dict] = {
    "plain": {},
    "deflate": {"compression": "zlib"},
    "deflate with predictor": {"compression": "zlib", "predictor": True},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "strips": {"rowsperstrip": 5},
    "tiles": {"tile": (16, 32)},
    "tiles with predictor": {"tile": (16, 32), "compression": "zlib", "predictor": True},
    "separate planes": {"planarconfig": "separate"},
}


def together(result: photo.Photo) -> np.ndarray:
    """The file's channels again: colours or the one grey, then alpha."""
    colours = result.pixels[..., :1] if result.grey else result.pixels
    parts = [colours] if result.alpha is None else [colours, result.alpha[..., None]]
    return np.concatenate(parts, axis=2)


def channelled(array: np.ndarray) -> np.ndarray:
    return array.reshape(*array.shape[:2], -1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_tiff_values_are_read_exactly(dtype: str, layout: str, channels: int) -> None:
    if (channels == 1 and "planes" in layout) or (dtype == "f4" and "predictor" in layout):
        pytest.skip("no such file")
    array = pixels(dtype, channels)
    result = photo.read(tiff(array, **LAYOUTS[layout]))
    assert result.pixels.dtype == dtype
    assert result.grey == (channels < 3)
    assert np.array_equal(together(result), channelled(array))


@pytest.mark.parametrize("compression", [5, 32773])
@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_lzw_and_packbits_tiff_are_read_exactly(dtype: str, compression: int) -> None:
    array = pixels(dtype)
    setting = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    data = cv2.imencode(".tiff", array[..., ::-1], setting)[1].tobytes()
    assert np.array_equal(photo.read(data).pixels, array)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_values_are_read_exactly(channels: int) -> None:
    array = pixels("u2", channels)
    result = photo.read(png(array))
    assert result.pixels.dtype == np.uint16
    assert np.array_equal(together(result), channelled(array))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_lossless_formats_come_back_exactly(dtype: str, format: str, channels: int) -> None:
    array = channelled(pixels(dtype, channels))
    alpha = array[..., -1] if channels in (2, 4) else None
    colours = np.repeat(array[..., :1], 3, 2) if channels < 3 else array[..., :3]
    source = photo.Photo(np.ascontiguousarray(colours), alpha, channels < 3)
    assert np.array_equal(together(photo.read(photo.write(source, format))), array)


@pytest.mark.parametrize("channels", [3, 1])
def test_float_tiff_comes_back_as_float(channels: int) -> None:
    array = pixels("f4", channels)
    data = photo.write(photo.read(tiff(array)))
    assert np.array_equal(tifffile.imread(io.BytesIO(data)), array)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_written_tiff_is_read_alike_by_another_library(dtype: str) -> None:
    array = pixels(dtype, 4)
    source = photo.Photo(np.ascontiguousarray(array[..., :3]), array[..., 3], format="TIFF")
    assert np.array_equal(tifffile.imread(io.BytesIO(photo.write(source))), array)


def test_written_16_bit_png_is_read_alike_by_another_library() -> None:
    array = pixels("u2", 4)
    data = photo.write(photo.Photo(np.ascontiguousarray(array[..., :3]), array[..., 3]))
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert other is not None
    assert np.array_equal(other[..., [2, 1, 0, 3]], array)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG2000"])
def test_16_bits_are_more_than_256_levels(format: str) -> None:
    ramp = np.repeat(np.arange(16384, dtype=np.uint16).reshape(128, 128, 1) * 4 + 1, 3, 2)
    result = photo.read(photo.write(photo.Photo(ramp), format))
    assert len(np.unique(result.pixels)) == 16384


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_values_of_fewer_bits_are_stretched_to_the_whole_range(bits: int) -> None:
    top = 2**bits - 1
    levels = np.array([[0, 1, top // 2, top]], np.uint16)
    wanted = np.rint(levels.astype(float) * 65535 / top)
    assert np.array_equal(stretch(levels.copy(), bits), wanted)


@pytest.mark.parametrize(("mode", "channels"), [("RGB;16", 3), ("RGBA;16", 4), ("I;16", 1)])
def test_10_bit_heic_keeps_its_levels(mode: str, channels: int) -> None:
    array = pixels("u2", channels, smooth=True)
    result = photo.read(heic(array, mode, quality=-1))
    assert result.pixels.dtype == np.uint16
    wrong = np.abs(together(result).astype(int) - channelled(array))
    assert wrong.mean() < 200  # 10 bits are steps of 64; colours go through YCbCr besides


def test_white_in_10_bit_heic_is_white() -> None:
    white = np.full((40, 40, 3), 65535, np.uint16)
    assert photo.read(heic(white, "RGB;16", quality=-1)).pixels.min() == 65535


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "BMP"])
def test_16_bits_lost_to_an_8_bit_format_are_told(format: str) -> None:
    source = photo.Photo(pixels("u2"), format="TIFF")
    assert any("16 bits" in sentence for sentence in photo.losses(source, format))
    assert photo.read(photo.write(source, format)).pixels.dtype == np.uint8


@pytest.mark.parametrize("bits", [10, 12])
def test_a_deep_avif_keeps_its_levels(bits: int) -> None:
    levels = np.rint(pixels("f4") * (2**bits - 1)).astype(np.uint16)
    source = photo.Photo(stretch(levels.copy(), bits), bits=bits, lossless=True, format="AVIF")
    result = photo.read(photo.write(source))
    assert result.bits == bits
    assert np.array_equal(result.pixels, source.pixels)


@pytest.mark.parametrize("bits", [10, 12])
def test_a_deep_grey_avif_with_alpha_is_read(bits: int) -> None:
    levels = np.rint(pixels("f4", 2) * (2**bits - 1)).astype(np.uint16)
    try:
        data = imagecodecs.avif_encode(levels, level=100, bitspersample=bits, pixelformat="400")
    except (ValueError, imagecodecs.AvifError) as error:
        pytest.skip(f"cannot be made here: {error}")
    result = photo.read(bytes(data))
    assert (result.grey, result.bits) == (True, bits)
    assert result.alpha is not None
    wanted = stretch(levels.copy(), bits)
    assert np.array_equal(result.alpha, wanted[..., 1])
    assert np.array_equal(result.pixels, np.repeat(wanted[..., :1], 3, axis=2))
    assert photo.read(photo.write(result)).alpha is not None


def test_depths_are_rounded_and_reversible() -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(to_depth(levels, 8), np.rint(levels / 257))
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(to_depth(to_depth(eight, 16), 8), eight)
    floats = (levels / 65535).astype(np.float32)
    assert np.array_equal(to_depth(floats, 16), levels)


def test_8_bit_tiff_with_white_as_zero_is_turned_round() -> None:
    array = pixels("u1", 1)
    result = photo.read(tiff(array, photometric="miniswhite"))
    assert np.array_equal(result.pixels[..., 0], 255 - array)


def test_16_bit_tiff_with_white_as_zero_is_turned_round() -> None:
    array = pixels("u2", 1)
    result = photo.read(tiff(array, photometric="miniswhite"))
    assert np.array_equal(result.pixels[..., 0], 65535 - array)


def test_lossless_webp_stays_lossless() -> None:
    array = pixels()
    data = photo.write(photo.read(saved(array, "WEBP", lossless=True)))
    assert np.array_equal(photo.read(data).pixels, array)


@pytest.mark.parametrize("alpha", [False, True])
def test_a_lossy_deep_avif_keeps_colours_at_full_resolution_and_all_else(
    alpha: bool, tmp_path: Path
) -> None:
    layers = pixels("u2", 4)
    source = photo.Photo(
        np.ascontiguousarray(layers[..., :3]),
        layers[..., 3] if alpha else None,
        format="AVIF",
        bits=10,
        icc=srgb_profile(),
        exif=exif_block(thumbnail=False),
        xmp=REGION,
    )
    path = tmp_path / "x.avif"
    path.write_bytes(photo.write(source))
    result = photo.read(path.read_bytes())
    assert (result.icc, result.exif, result.xmp) == (source.icc, source.exif, source.xmp)
    assert (result.bits, result.alpha is not None) == (10, alpha)
    assert np.abs(result.pixels.astype(int) - source.pixels).mean() < 1500
    seen = exiftool(path)
    assert (seen["Make"], seen["RegionAreaX"]) == ("Maker", 0.2)
    facts = avif_facts(path)
    assert "YUV444" in facts["Format"]
    assert facts["Bit Depth"] == "10"
    assert "Present" in facts["ICC Profile"]
    assert (facts["Alpha"] != "Absent") == alpha
