"""Files that hide a large picture in a small one: what is checked is what a decoder would make."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
import simplejpeg
import tifffile
from photo_carried import jpeg
from photo_cases import chunk, pixels, png, saved, set_tag, tiff
from PIL import Image, JpegImagePlugin

import photo
from photo.formats import png as png_format

SMALL, LARGE = np.zeros((16, 16, 3), np.uint8), np.zeros((1000, 1000, 3), np.uint8)
CODECS: dict[int, Any] = {
    34712: lambda array: imagecodecs.jpeg2k_encode(array, level=0, reversible=True),
    34887: lambda array: imagecodecs.lerc_encode(array, level=0),
    50001: lambda array: imagecodecs.webp_encode(array, lossless=True),
}


@pytest.fixture
def undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No decoder may be asked."""
    for owner, name in (
        (tifffile, "TiffFile"),
        (JpegImagePlugin, "JpegImageFile"),
        (simplejpeg, "decode_jpeg"),
        (png_format, "_stream"),
    ):
        monkeypatch.setattr(owner, name, lambda *_: pytest.fail("it was decoded"))


def coded(compression: int, part: bytes, bits: int = 8) -> bytes:
    """A TIFF of 16 x 16 pixels whose only strip is this file."""
    data = set_tag(tiff(SMALL, rowsperstrip=16), 259, compression)
    data = set_tag(set_tag(data, 273, len(data)), 279, len(part))
    place = data.index(struct.pack("<HHI", 258, 3, 3))
    (at,) = struct.unpack_from("<I", data, place + 8)
    return data[:at] + struct.pack("<3H", bits, bits, bits) + data[at + 6 :] + part


def layered(tag: int, layers: int) -> bytes:
    """A TIFF that says how many layers its picture or its tiles have."""
    data = tiff(pixels(), extratags=[(33000, 4, 1, layers, True)])
    return data.replace(struct.pack("<HH", 33000, 4), struct.pack("<HH", tag, 4))


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("tag", [32997, 32998])
def test_a_volume_in_a_tiff_is_refused(tag: int) -> None:
    data = layered(tag, 2_000_000)
    with pytest.raises(photo.PhotoError, match="a volume of several layers"):
        photo.read(data)


def test_a_tiff_that_says_that_it_has_one_layer_is_read() -> None:
    assert np.array_equal(photo.read(layered(32997, 1)).pixels, pixels())


@pytest.mark.parametrize("compression", CODECS)
def test_a_part_of_a_tiff_that_is_a_file_of_its_own_is_read(compression: int) -> None:
    part = bytes(CODECS[compression](SMALL + 7))
    assert np.array_equal(photo.read(coded(compression, part)).pixels, SMALL + 7)


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("compression", CODECS)
def test_a_part_of_a_tiff_larger_than_its_place_is_not_decoded(
    compression: int,
) -> None:
    data = coded(compression, bytes(CODECS[compression](LARGE)))
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(data)


@pytest.mark.parametrize("packing", ["deflate", "zstd"])
@pytest.mark.parametrize("layout", [{}, {"tile": (16, 32)}, {"planarconfig": "separate"}], ids=str)
def test_lerc_that_is_packed_once_more_is_read(layout: dict[str, Any], packing: str) -> None:
    data = tiff(
        pixels("u2"), compression="lerc", compressionargs={"compression": packing}, **layout
    )
    assert np.array_equal(photo.read(data).pixels, pixels("u2"))


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("pack", [zlib.compress, imagecodecs.zstd_encode])
def test_packed_lerc_larger_than_its_place_is_not_decoded(pack: Any) -> None:
    small, large = (bytes(imagecodecs.lerc_encode(array, level=0)) for array in (SMALL, LARGE))
    packed = bytes(pack(small))
    for part in (pack(large), pack(small + bytes(50_000_000)), packed[:-5], packed + b"more"):
        with pytest.raises(photo.PhotoError, match="damaged or cut short"):
            photo.read(coded(34887, bytes(part)))


@pytest.mark.usefixtures("undecoded")
def test_a_webp_without_its_frame_in_a_tiff_is_not_decoded() -> None:
    part = saved(LARGE, "WEBP")[20:]
    size = struct.pack("<4sI", b"VP8L", 10) + struct.pack("<BI", 0x2F, 15 | 15 << 14)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(coded(50001, part[:12] + size + part[25:]))


@pytest.mark.usefixtures("undecoded")
def test_a_deep_jpeg_in_a_tiff_larger_than_its_place_is_not_decoded() -> None:
    deep = imagecodecs.jpeg_encode(LARGE.astype(np.uint16), bitspersample=12)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(coded(7, bytes(deep), bits=12))


def two_frames(data: bytes, width: int, height: int) -> tuple[bytes, bytes]:
    """A JPEG with another size in its header, and the header as it was."""
    at = data.index(b"\xff\xc0")
    header = data[at : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :], header


@pytest.mark.usefixtures("undecoded")
def test_the_first_of_two_headers_of_a_jpeg_is_checked() -> None:
    data, small = two_frames(jpeg(), 50_000, 50_000)
    with pytest.raises(photo.PhotoError, match="megapixels"):
        photo.read(data[:-2] + small + data[-2:])


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_a_jpeg_with_two_headers_is_refused(mode: str) -> None:
    data = saved(Image.new(mode, (16, 16)), "JPEG")
    large, small = two_frames(data, 1000, 1000)
    at = large.index(b"\xff\xc0")
    with pytest.raises(photo.PhotoError, match="two headers"):
        photo.read(large[:at] + small + large[at:])


@pytest.mark.usefixtures("undecoded")
def test_a_jpeg_in_a_tiff_with_two_headers_is_refused() -> None:
    data, small = two_frames(saved(SMALL, "JPEG"), 1000, 1000)
    for part in (data[:-2] + small + data[-2:], saved(SMALL, "JPEG")[:-2] + small + data[-2:]):
        with pytest.raises(photo.PhotoError, match="damaged or cut short"):
            photo.read(coded(7, part))


@pytest.mark.usefixtures("undecoded")
def test_a_png_with_two_headers_is_refused() -> None:
    head = struct.pack(">IIBBBBB", 1000, 1000, 8, 2, 0, 0, 0)
    data = png(pixels(), chunk(b"IHDR", head))
    with pytest.raises(photo.PhotoError, match="two headers"):
        photo.read(data)


@pytest.mark.usefixtures("undecoded")
def test_a_png_with_two_palettes_is_refused() -> None:
    data = saved(Image.fromarray(pixels()).quantize(16), "PNG")
    at = data.index(b"PLTE") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    with pytest.raises(photo.PhotoError, match="two palettes"):
        photo.read(data[:end] + data[at:end] + data[end:])


def test_the_second_transparency_of_a_png_is_ignored_with_a_note() -> None:
    image = Image.fromarray(pixels()).quantize(8)
    data = saved(image, "PNG", transparency=2)
    at = data.index(b"IDAT") - 4
    result = photo.read(data[:at] + chunk(b"tRNS", bytes(8)) + data[at:])
    assert result.alpha is not None
    assert np.array_equal(result.alpha == 0, np.array(image) == 2)
    assert any("tRNS" in note for note in result.notes)


def test_a_palette_of_a_png_s_true_colours_does_no_harm() -> None:
    palette = chunk(b"PLTE", bytes(range(48)))
    assert np.array_equal(photo.read(png(pixels(), palette)).pixels, pixels())
