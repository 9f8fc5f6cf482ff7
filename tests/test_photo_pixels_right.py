"""Pixels and colours as other programs see them; damage that is noticed."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from photo_carried import decoded, exiftool, jpeg
from photo_cases import chunk, heic, jp2, pixels, png, saved, srgb_profile, tiff
from PIL import Image, ImageCms

import photo
from photo.colour import Colour, known

P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
SMOOTH = pixels(smooth=True)


def red_in_srgb(icc: bytes | None) -> np.ndarray:
    """What a profile makes of a dark red, as sRGB."""
    patch = Image.fromarray(np.full((1, 1, 3), (140, 60, 60), np.uint8))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc or srgb_profile()))
    converted = ImageCms.profileToProfile(patch, profile, ImageCms.createProfile("sRGB"))
    assert converted is not None
    return np.array(converted).astype(int)[0, 0]


@pytest.mark.parametrize("format", ["JPEG", "TIFF", "WEBP", "BMP", "JPEG2000"])
@pytest.mark.parametrize("source", ["gAMA and cHRM", "cICP", "HEIC", "AVIF"])
def test_a_colour_space_without_a_profile_becomes_an_equal_profile(
    source: str, format: str
) -> None:
    opened = photo.read(p3_file(source))
    result = photo.read(photo.write(opened, format))
    wanted = (151, 53, 57)  # of (140, 60, 60) in Display P3, by hand
    gamma = source == "gAMA and cHRM"
    assert np.abs(red_in_srgb(result.icc) - wanted).max() <= (5 if gamma else 2)


def p3_file(kind: str) -> bytes:
    """A picture in Display P3 that says so without a profile."""
    if kind == "gAMA and cHRM":
        return png(SMOOTH, chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"cHRM", P3))
    if kind == "cICP":
        return png(SMOOTH, chunk(b"cICP", bytes((12, 13, 0, 1))))
    data = heic(SMOOTH, "RGB") if kind == "HEIC" else saved(SMOOTH, "AVIF")
    if b"colrnclx" in data:
        at = data.index(b"colrnclx") + 8
        return data[:at] + struct.pack(">HH", 12, 13) + data[at + 4 :]
    return heic(SMOOTH, "RGB", color_primaries=12, transfer_characteristics=13)


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 16), (9, 18), (1, 8)])
def test_avif_gives_its_colour_numbers_back(primaries: int, transfer: int, tmp_path: Path) -> None:
    colour = Colour(primaries, transfer, light=struct.pack(">II", 10_000_000, 4_000_000))
    source = photo.Photo(pixels("u2"), format="AVIF", bits=10, colour=colour)
    data = photo.write(source)
    assert photo.read(data).colour == colour
    (tmp_path / "x.avif").write_bytes(data)
    seen = exiftool(tmp_path / "x.avif")
    assert (seen["ColorPrimaries"], seen["TransferCharacteristics"]) == (primaries, transfer)


def test_avif_stays_readable_for_another_decoder(tmp_path: Path) -> None:
    colour = Colour(9, 16, light=struct.pack(">II", 10_000_000, 4_000_000))
    source = photo.Photo(pixels("u2"), format="AVIF", bits=12, colour=colour, lossless=True)
    (tmp_path / "x.avif").write_bytes(photo.write(source))
    arguments = ["-d", "8", str(tmp_path / "x.avif"), str(tmp_path / "x.png")]
    other = decoded("avifdec", arguments, tmp_path / "x.png")
    assert np.abs(other.astype(int) - source.pixels // 257).max() <= 1


def test_srgb_needs_no_profile() -> None:
    usual = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    source = photo.read(
        png(SMOOTH, chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"cHRM", usual))
    )
    assert source.colour is None
    assert known(Colour(1, 13)) is None


def test_hdr_in_a_format_without_numbers_is_told() -> None:
    source = photo.Photo(pixels("u2"), colour=Colour(9, 16), format="AVIF")
    assert any("PQ" in sentence for sentence in photo.losses(source, "TIFF"))
    assert not any("PQ" in sentence for sentence in photo.losses(source, "PNG"))


@pytest.mark.parametrize("kind", ["float32", "uint16"])
def test_linear_pixels_go_to_the_display_s_curve_and_back(kind: str) -> None:
    array = pixels("f4" if kind == "float32" else "u2")
    source = photo.Photo(array, icc=Colour(1, 8).profile())
    shown = photo.to_display(source, array)
    assert shown.mean() > 0.55  # of evenly spread light, whose mean is 0.5
    back = photo.from_display(source, shown)
    assert np.abs(back.astype(float) - array).max() <= (1e-5 if kind == "float32" else 1)
    usual = photo.Photo(array, icc=srgb_profile())
    assert photo.to_display(usual, array) is array


def test_pq_goes_to_the_display_s_curve_and_back() -> None:
    array = pixels("u2")
    source = photo.Photo(array, colour=Colour(9, 16), format="AVIF")
    shown = photo.to_display(source, array)
    assert shown.max() == pytest.approx(1, abs=1e-4)
    back = photo.from_display(source, shown)
    assert np.abs(back.astype(int) - array)[array > 3000].max() <= 2


def test_a_jpeg_that_lacks_only_its_end_is_read_whole() -> None:
    data = jpeg()
    assert np.array_equal(photo.read(data[:-2]).pixels, photo.read(data).pixels)
    assert photo.read(data[:-2]).notes == []


def test_a_jpeg_with_a_lost_half_says_how_much() -> None:
    big = np.kron(SMOOTH, np.ones((8, 8, 1), np.uint8)) ^ np.uint8(3)
    data = saved(big, "JPEG", quality=95)
    start = data.rindex(b"\xff\xda")
    half = start + (len(data) - start) // 2
    source = photo.read(data[:half] + bytes(len(data) - half - 2) + data[-2:])
    (note,) = [note for note in source.notes if "damaged" in note]
    share = int(re.findall(r"(\d+) %", note)[0])
    assert 30 <= share <= 70


def test_a_jpeg_with_shifted_blocks_is_called_damaged() -> None:
    noisy = np.kron(pixels(), np.ones((4, 4, 1), np.uint8))
    data = bytearray(saved(noisy, "JPEG", quality=95))
    at = data.rindex(b"\xff\xda") + 3000
    data[at : at + 40] = bytes(range(1, 41))
    assert any("damaged" in note for note in photo.read(bytes(data)).notes)


def test_padding_before_a_jpeg_s_end_is_no_damage() -> None:
    data = jpeg()
    assert photo.read(data[:-2] + bytes(5) + data[-2:]).notes == []


def test_much_data_behind_a_jpeg_is_carried_and_not_counted_as_scans() -> None:
    behind = b"\xff\xda" * 2000
    source = photo.read(jpeg(behind=behind))
    assert photo.write(source).endswith(behind)
    assert "data after the end of the picture" in photo.losses(source, "PNG")[0]


@pytest.mark.parametrize("compression", ["zstd", "lzma", "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_tiff_compressions_are_read(dtype: str, compression: str) -> None:
    array = pixels(dtype)
    assert np.array_equal(photo.read(tiff(array, compression=compression)).pixels, array)


def test_an_unknown_tiff_compression_is_named() -> None:
    data = tiff(pixels())
    at = data.index(struct.pack("<HHI", 259, 3, 1))
    data = data[: at + 8] + struct.pack("<H", 32809) + data[at + 10 :]
    with pytest.raises(photo.PhotoError, match="32809"):
        photo.read(data)


def test_a_heif_of_another_codec_is_named() -> None:
    data = heic(SMOOTH, "RGB").replace(b"hvc1", b"avc1")
    with pytest.raises(photo.PhotoError, match=r"H\.264"):
        photo.read(data)


@pytest.mark.parametrize("options", [{"byteorder": ">", "bigtiff": True}, {"byteorder": ">"}])
def test_big_endian_tiffs_are_read(options: dict) -> None:
    array = pixels()
    assert np.array_equal(photo.read(tiff(array, **options)).pixels, array)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_deep_cmyk_becomes_the_colours_of_its_ink(planes: str, dtype: str) -> None:
    ink = np.zeros((8, 9, 4), dtype)
    ink[..., 0] = 1 if dtype == "f4" else 65535
    array = np.moveaxis(ink, -1, 0).copy() if planes == "separate" else ink
    sink = io.BytesIO()
    tifffile.imwrite(sink, array, photometric="separated", planarconfig=planes)
    red, green, blue = photo.read(sink.getvalue()).pixels[4, 4]
    assert red < 60
    assert min(green, blue) > 150


@pytest.mark.parametrize(
    ("lab", "rgb"), [((50, 0, 0), 0.466), ((100, 0, 0), 1.0), ((0, 0, 0), 0.0)]
)
def test_float_lab_becomes_srgb(lab: tuple[int, int, int], rgb: float) -> None:
    array = np.empty((8, 9, 3), np.float32)
    array[...] = lab
    result = photo.read(tiff(array, photometric="cielab"))
    assert result.pixels.dtype == np.uint16
    assert np.abs(result.pixels[4, 4] / 65535 - rgb).max() < 0.01


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_grey_with_premultiplied_alpha_is_divided(dtype: str) -> None:
    top = np.iinfo(dtype).max
    array = np.empty((8, 9, 2), dtype)
    array[...] = (top // 4, top // 2)
    result = photo.read(tiff(array, extrasamples=["assocalpha"]))
    assert np.abs(result.pixels / top - 0.5).max() < 0.01


@pytest.mark.parametrize(("mode", "dtype"), [("RGBa", "u1"), ("RGBa;16", "u2")])
def test_a_heic_with_premultiplied_alpha_is_divided(mode: str, dtype: str) -> None:
    top = np.iinfo(dtype).max
    array = np.empty((40, 40, 4), dtype)
    array[...] = (top // 4, top // 4, top // 8, top // 2)
    result = photo.read(heic(array, mode, quality=-1))
    assert np.abs(result.pixels / top - (0.5, 0.5, 0.25)).max() < 0.02


@pytest.mark.parametrize("channels", [4, 5])
def test_a_channel_beside_the_inks_of_a_tiff_is_told(channels: int) -> None:
    extra = ["unspecified"] * (channels - 4)
    data = tiff(pixels(channels=channels), photometric="separated", extrasamples=extra)
    notes = photo.read(data).notes
    assert any("extra channel" in note for note in notes) == (channels == 5)


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_floats_a_little_outside_are_read(value: float) -> None:
    array = pixels("f4")
    array[3, 4] = value
    assert np.array_equal(photo.read(tiff(array)).pixels, array)


def test_channels_in_another_order_are_put_right(tmp_path: Path) -> None:
    data = jp2(pixels())
    at = data.index(b"jp2h") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    order = struct.pack(">H9H", 3, 0, 0, 3, 1, 0, 2, 2, 0, 1)
    added = struct.pack(">I4s", len(order) + 8, b"cdef") + order
    data = (
        data[:at] + struct.pack(">I", length + len(added)) + data[at + 4 : at + length]
        + added + data[at + length :]
    )  # fmt: skip
    assert np.array_equal(photo.read(data).pixels, pixels()[..., ::-1])
    (tmp_path / "x.jp2").write_bytes(data)
    arguments = ["-i", str(tmp_path / "x.jp2"), "-o", str(tmp_path / "x.ppm")]
    other = decoded("opj_decompress", arguments, tmp_path / "x.ppm")
    assert np.array_equal(photo.read(data).pixels, other)
