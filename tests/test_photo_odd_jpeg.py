"""JPEGs that are odd, but whole: unusual sampling and versions, and XMP in two parts."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest
from photo_carried import RDF, exif_segment, jpeg, segment, xmp_segment
from photo_cases import exif_block, pixels, saved
from PIL import Image

import photo
from photo.base import PREVIEW
from photo.formats._jpeg_segments import MORE_XMP


def sampled(*factors: int) -> bytes:
    """A JPEG of one step in a grey of 128, with these sampling factors (0x21: 2 across, 1 down)."""
    data = bytearray(saved(np.full((8, 8, 3), 128, np.uint8), "JPEG", subsampling=0))
    across, down = max(f >> 4 for f in factors), max(f & 15 for f in factors)
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 8 * down, 8 * across)
    for channel, factor in enumerate(factors):
        data[frame + 11 + 3 * channel] = factor
    counts = [(f >> 4) * (f & 15) for f in factors]
    # An empty block in the usual codes: no difference, then the end.
    bits = "001010" * counts[0] + "0000" * sum(counts[1:])
    bits += "1" * (-len(bits) % 8)
    start = data.index(b"\xff\xda") + 14
    return bytes(data[:start]) + int(bits, 2).to_bytes(len(bits) // 8, "big") + b"\xff\xd9"


@pytest.mark.parametrize(
    "factors",
    [(0x31, 0x11, 0x11), (0x13, 0x11, 0x11), (0x42, 0x11, 0x11), (0x21, 0x11, 0x21)],
)
def test_a_jpeg_with_unusual_sampling_is_read(factors: tuple[int, ...]) -> None:
    result = photo.read(sampled(*factors))
    assert (result.width, result.height) == (8 * (factors[0] >> 4), 8 * (factors[0] & 15))
    assert (result.pixels == 128).all()
    assert result.notes == []


def test_a_cut_jpeg_with_unusual_sampling_is_refused() -> None:
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(sampled(0x31, 0x11, 0x11)[:-3])


@pytest.mark.parametrize("version", [b"\0\1", b"\2\1"])
def test_a_jpeg_of_an_unusual_jfif_version_is_read(version: bytes) -> None:
    data = saved(pixels(), "JPEG")
    other = data.replace(b"JFIF\0\1\1", b"JFIF\0" + version)
    assert other != data
    assert np.array_equal(photo.read(other).pixels, photo.read(data).pixels)


@pytest.mark.parametrize("transform", [2, 5])
def test_a_jpeg_with_an_unknown_adobe_transform_is_read_as_ycc(transform: int) -> None:
    adobe = segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))
    whole = jpeg()
    result = photo.read(whole[:2] + adobe + whole[20:])  # in place of JFIF's segment
    assert np.array_equal(result.pixels, photo.read(whole).pixels)
    assert result.notes == []


def test_a_cmyk_jpeg_with_subsampling_is_not_called_damaged() -> None:
    source = Image.fromarray(pixels(smooth=True)).convert("CMYK")
    for subsampling in (0, 1, 2):
        notes = photo.read(saved(source, "JPEG", subsampling=subsampling)).notes
        assert not [note for note in notes if "damaged" in note]


def in_two_parts(properties: bytes, orientation: int = 1) -> bytes:
    """A JPEG whose XMP goes on in an extension, cut in the middle of its first name."""
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    more = RDF % (b'xmlns:x="u" %s>' % properties)
    at = more.index(properties) + 5
    pieces = [
        segment(0xE1, MORE_XMP + guid + struct.pack(">II", len(more), place) + piece)
        for place, piece in ((0, more[:at]), (at, more[at:]))
    ]
    first = xmp_segment(RDF % (b'xmpNote:HasExtendedXMP="%s">' % guid))
    return jpeg(exif_segment(exif_block(orientation, thumbnail=False)), first, *pieces)


DEPTH, ORIGINAL = b'GDepth:Data="c21hbGw="', b'GImage:Data="bm9pc3k=" GImage:Mime="image/jpeg"'


def test_a_depth_map_in_an_extension_goes_where_the_picture_is_turned() -> None:
    source = photo.read(in_two_parts(DEPTH + b' x:kept="1"', orientation=6))
    assert [note for note in source.notes if "depth map does not match the picture" in note]
    result = photo.write(source)
    assert b"GDepth" not in result
    assert b"HasExtendedXMP" not in result
    assert b'x:kept="1"' in result


def test_a_depth_map_in_an_extension_stays_with_an_upright_picture() -> None:
    data = in_two_parts(DEPTH)
    source = photo.read(data)
    assert not [note for note in source.notes if "depth map" in note]
    assert [b.data for b in photo.read(photo.write(source)).blocks] == [
        b.data for b in source.blocks
    ]


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_original_in_an_extension_goes_alone(format: str) -> None:
    source = photo.read(in_two_parts(ORIGINAL + b" " + DEPTH))
    assert PREVIEW in source.notes
    result = photo.write(source, format)
    assert b"GImage" not in result
    assert DEPTH in result


def test_regions_in_an_extension_turn_with_the_picture() -> None:
    source = photo.read(in_two_parts(b'tiff:ImageWidth="53"', orientation=6))
    assert b'tiff:ImageWidth="37"' in photo.write(source)


THUMBNAILS = (
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/" '
    b'xmp:Rating="4"><xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:image>'
    b"c21hbGw=</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
)


@pytest.mark.parametrize("prefix", [b"xmp", b"xap"])
@pytest.mark.parametrize("extended", [False, True])
def test_small_copies_in_the_xmp_are_left_out_with_a_note(extended: bool, prefix: bytes) -> None:
    copies = RDF % re.sub(rb"\bxmp(?=:|GImg)", prefix, THUMBNAILS)
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    parts = [xmp_segment(copies)]
    if extended:
        announced = b'xmlns:xmpNote="u" xmpNote:HasExtendedXMP="%s">' % guid
        place = struct.pack(">II", len(copies), 0)
        parts = [xmp_segment(RDF % announced), segment(0xE1, MORE_XMP + guid + place + copies)]
    source = photo.read(jpeg(*parts))
    assert source.notes == [PREVIEW]
    result = photo.write(source)
    assert b"GImg" not in result
    assert prefix + b':Rating="4"' in result


def test_an_empty_gps_directory_is_no_damage() -> None:
    block = exif_block(thumbnail=False)
    at = block.index(struct.pack("<HHI", 0x8825, 4, 1))
    empty = len(block) + len(block) % 2
    block = (
        block[: at + 8] + struct.pack("<I", empty) + block[at + 12 :].ljust(empty - at - 12, b"\0")
    )
    source = photo.read(jpeg(exif_segment(block + bytes(6))))
    assert source.notes == []
    assert source.exif == block + bytes(6)


def test_exif_without_a_single_tag_is_damaged() -> None:
    source = photo.read(jpeg(exif_segment(b"II*\0\x08\0\0\0" + bytes(20))))
    assert source.exif is None
    assert source.notes == ["The file's EXIF data is damaged and was left out."]
