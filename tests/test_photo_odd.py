"""Files that are odd, but whole: their picture is read and what they hold comes back."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from photo_carried import exif_segment, jpeg, segment, xmp_segment
from photo_cases import chunk, exif_block, pixels, png, saved, tiff

import photo
from photo.formats._boxes import box, with_properties
from photo.formats._jpeg_segments import MORE_XMP, bare

PREVIEW = "A preview in the file shows the noisy picture and was left out."


@pytest.mark.parametrize("odd", [b"garbage", segment(0xE2, b"ICC_PROFILE\0\1\2half a profile")])
def test_what_is_odd_between_a_jpeg_s_tables_costs_no_pixel(odd: bytes) -> None:
    whole = jpeg()
    opened = photo.read(whole[:20] + odd + whole[20:])
    assert np.array_equal(opened.pixels, photo.read(whole).pixels)
    assert [note for note in opened.notes if "parts of the picture" in note] == []


def test_a_bare_jpeg_keeps_what_says_how_its_channels_are_coded() -> None:
    data = saved(pixels(smooth=True), "JPEG", keep_rgb=True)
    assert np.array_equal(photo.read(bare(data)).pixels, photo.read(data).pixels)


def test_an_extension_of_the_xmp_that_png_takes_is_not_said_to_be_lost() -> None:
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22'
        b'-rdf-syntax-ns#"><rdf:Description %s/></rdf:RDF></x:xmpmeta>'
    )
    more = packet % b'xmlns:a="b" a:long="text"'
    opened = photo.read(
        jpeg(
            xmp_segment(packet % (b'xmpNote:HasExtendedXMP="%s"' % guid)),
            segment(0xE1, MORE_XMP + guid + struct.pack(">II", len(more), 0) + more),
        )
    )
    assert photo.losses(opened, "PNG") == []
    assert b'a:long="text"' in (photo.read(photo.write(opened, "PNG")).xmp or b"")


@pytest.mark.parametrize("code", ["latin-1", "utf-8"])
def test_a_jpeg_comment_reaches_png_in_either_code(code: str) -> None:
    opened = photo.read(jpeg(segment(0xFE, "Café".encode(code))))
    assert "Café".encode() in photo.write(opened, "PNG")


def test_a_preview_in_a_jpeg_s_first_segment_is_told() -> None:
    assert photo.read(jpeg(segment(0xE0, b"JFXX\0\x10" + jpeg()))).notes == [PREVIEW]


def test_previews_of_two_kinds_are_told_once() -> None:
    both = photo.read(jpeg(segment(0xE0, b"JFXX\0\x10"), segment(0xE0, b"JFXX\0\x10")))
    assert both.notes == [PREVIEW]


def test_a_small_copy_in_a_tiff_is_told() -> None:
    sink = io.BytesIO()
    with tifffile.TiffWriter(sink) as file:
        file.write(pixels(), photometric="rgb", subifds=1)
        file.write(pixels()[::2], photometric="rgb", subfiletype=1)
    assert photo.read(sink.getvalue()).notes == [PREVIEW]


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_a_tiff_of_packed_bits_is_read_over_the_whole_range(bits: int) -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * ((2**bits - 1) // 63)
    values[-1, -1] = 2**bits - 1
    data = tiff(values, bitspersample=bits)
    opened = photo.read(data)
    assert opened.grey
    assert np.array_equal(opened.pixels[..., 0], np.rint(values * (65535 / (2**bits - 1))))


def test_a_float_tiff_of_16_bits_is_read_exactly() -> None:
    half = pixels("f4").astype(np.float16)
    assert np.array_equal(photo.read(tiff(half)).pixels, half.astype(np.float32))


def test_an_avif_is_cropped_as_it_says() -> None:
    data = saved(pixels(smooth=True), "AVIF", quality=100)
    whole = photo.read(data).pixels
    height, width = whole.shape[:2]
    # 20 x 16 pixels from column 10 and row 4 on; the offsets are those of the middle, in halves.
    offsets = (2 * 10 + 20 - width, 2, 2 * 4 + 16 - height, 2)
    crop = struct.pack(">4IiIiI", 20, 1, 16, 1, *offsets)
    cropped = bytearray(with_properties(data, [box(b"clap", crop)]))
    place = cropped.index(b"ipma") - 4
    cropped[place + int.from_bytes(cropped[place : place + 4], "big") - 1] |= 0x80  # essential
    assert np.array_equal(photo.read(bytes(cropped)).pixels, whole[4:20, 10:30])


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


def test_an_app13_of_another_program_is_no_caption() -> None:
    opened = photo.read(jpeg(segment(0xED, b"Adobe_CM\0\2")))
    assert photo.losses(opened, "PNG") == [
        "PNG cannot hold an application-specific segment (APP13)."
    ]
    assert b"Adobe_CM" in photo.write(opened)


def test_padding_behind_a_jpeg_is_nothing_to_tell() -> None:
    opened = photo.read(jpeg(behind=bytes(500)))
    assert photo.remarks(opened, "PNG") == []
    assert photo.write(opened).endswith(bytes(500))


def test_a_bmp_that_states_no_density_gets_none() -> None:
    opened = photo.read(png(pixels()))
    assert photo.read(photo.write(opened, "BMP")).dpi is None


def depth_map() -> bytes:
    """The segment of a packet that holds a depth map."""
    return xmp_segment(
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmlns:GDepth="http://ns.google.com'
        b'/photos/1.0/depthmap/" GDepth:Near="1" GDepth:Data="c21hbGw="/></x:xmpmeta>'
    )


def test_a_depth_map_in_the_xmp_goes_along_to_png() -> None:
    opened = photo.read(jpeg(depth_map()))
    assert b"GDepth:Data" in (photo.read(photo.write(opened, "PNG")).xmp or b"")


def test_a_depth_map_in_the_xmp_is_left_out_where_the_picture_is_turned() -> None:
    opened = photo.read(jpeg(exif_segment(exif_block(6, thumbnail=False)), depth_map()))
    assert b"GDepth" not in (opened.xmp or b"")
    assert [note for note in opened.notes if "depth map does not match the picture" in note]


def test_the_two_parts_of_an_iso_gain_map_have_one_name() -> None:
    opened = photo.read(jpeg(segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4))))
    assert photo.losses(opened, "PNG") == ["PNG cannot hold a gain map."]
