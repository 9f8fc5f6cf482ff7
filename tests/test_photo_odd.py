"""Files that are odd, but whole: their picture is read and what they hold comes back."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from photo_carried import REGION, exif_segment, jpeg, segment, xmp_segment
from photo_cases import exif_block, made_profile, pixels, png, saved, srgb_profile, tiff
from PIL import Image

import photo
from photo.formats._boxes import box, boxes
from photo.formats._boxes_added import with_properties
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
    assert np.array_equal(photo.read(bare(data, 3)).pixels, photo.read(data).pixels)


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


@pytest.mark.parametrize("opacity", [0, 9])
def test_a_bmp_whose_alpha_is_all_zero_is_opaque(opacity: int) -> None:
    layers = pixels(channels=4)
    layers[..., 3] = 0
    layers[5, 6, 3] = opacity
    rows = layers[::-1, :, [2, 1, 0, 3]].tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, 53, 37, 1, 32, 3, len(rows), 0, 0, 0, 0)
    head += struct.pack("<5I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, 0x73524742) + bytes(48)
    data = struct.pack("<2sIII", b"BM", 122 + len(rows), 0, 122) + head + rows
    result = photo.read(data)
    assert (result.alpha is not None) == bool(opacity)
    assert np.array_equal(result.pixels, layers[..., :3])


def with_extension(gif: bytes, name: bytes, content: bytes) -> bytes:
    """A GIF with a global palette and one more extension."""
    at = 13 + (3 << ((gif[10] & 7) + 1))
    return gif[:at] + b"\x21\xff\x0b" + name + content + gif[at:]


def test_a_gif_s_xmp_and_profile_are_read() -> None:
    profile = srgb_profile()
    pieces = [profile[at : at + 255] for at in range(0, len(profile), 255)]
    chain = b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
    trailer = bytes([1, *range(255, -1, -1), 0])
    data = with_extension(
        saved(Image.fromarray(pixels()).quantize(16), "GIF"), b"ICCRGBG1012", chain
    )
    result = photo.read(with_extension(data, b"XMP DataXMP", REGION + trailer))
    assert (result.icc, result.xmp, result.frames) == (profile, REGION, 1)


def test_the_ink_of_a_jpeg_2000_with_a_profile_is_not_taken_for_light() -> None:
    paper = np.zeros((40, 40, 4), np.uint8)
    data = bytes(imagecodecs.jpeg2k_encode(paper, level=0, colorspace="CMYK", codecformat="jp2"))
    at = data.index(b"jp2h") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    start = data.index(b"colr", at) - 4
    assert start + int.from_bytes(data[start : start + 4], "big") == at + length
    body = data[at + 8 : start] + box(b"colr", b"\2\0\0" + made_profile(b"CMYK"))
    result = photo.read(data[:at] + box(b"jp2h", body) + data[at + length :])
    assert result.alpha is None
    assert result.pixels.min() > 240


def with_densities(*densities: bytes) -> bytes:
    """A JPEG 2000 with these boxes of its density."""
    parts, data = [], saved(pixels(), "JPEG2000")
    for kind, start, stop in boxes(data, 0, len(data), b"jp2c"):
        more = box(b"res ", b"".join(densities)) if kind == b"jp2h" else b""
        parts.append(box(kind, data[start:stop] + more))
    return b"".join(parts)


def density(kind: bytes, across: int, down: int) -> bytes:
    """A box of a density in pixels a metre."""
    return box(kind, struct.pack(">HHHHbb", down, 1, across, 1, 0, 0))


def test_the_density_of_a_jpeg_2000_s_capture_counts_and_that_for_screens_is_kept() -> None:
    captured, shown = density(b"resc", 11811, 11811), density(b"resd", 2835, 2835)
    for pair in ((captured, shown), (shown, captured)):
        source = photo.read(with_densities(*pair))
        assert source.dpi == pytest.approx((300, 300), abs=0.01)
        assert source.notes == []
        assert captured + shown in photo.write(source)
        assert photo.losses(source, "PNG") == ["PNG cannot hold a density for screens."]
    assert photo.read(with_densities(shown)).dpi == pytest.approx((72, 72), abs=0.01)


def test_an_unequal_density_for_screens_is_left_out_with_a_note() -> None:
    source = photo.read(with_densities(density(b"resc", 5000, 6000), density(b"resd", 2835, 3000)))
    assert source.dpi == pytest.approx((127, 152.4))
    assert b"resd" not in photo.write(source)
    assert any("for screens" in note for note in source.notes)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_small_deep_jpeg_2000_is_written(channels: int) -> None:
    layers = pixels("u2", channels).reshape(37, 53, -1)[:9, :11]
    grey, alpha = channels < 3, layers[..., -1] if channels in (2, 4) else None
    colours = np.repeat(layers[..., :1], 3, axis=2) if grey else layers[..., :3]
    data = photo.write(photo.Photo(np.ascontiguousarray(colours), alpha, grey), "JPEG2000")
    result = photo.read(data)
    assert np.array_equal(result.pixels, colours)
    assert (b"cdef" in data) == (alpha is not None)
    if alpha is not None:
        assert result.alpha is not None
        assert np.array_equal(result.alpha, alpha)


def test_an_avif_longer_than_decoders_allow_is_not_written() -> None:
    with pytest.raises(photo.PhotoError, match="at most 32768 pixels"):
        photo.write(photo.Photo(np.zeros((1, 32769, 3), np.uint8)), "AVIF")


def test_a_lossless_webp_stays_so_behind_a_long_profile() -> None:
    profile = srgb_profile() + bytes(250_000)
    source = photo.read(saved(pixels(), "WEBP", lossless=True, icc_profile=profile))
    assert source.lossless
    assert np.array_equal(photo.read(photo.write(source)).pixels, pixels())
