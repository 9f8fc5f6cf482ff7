"""Captions, maker notes, boxes and comments that a format keeps in an odd place."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_carried import (
    MOTION,
    VIDEO,
    captions,
    captions_segment,
    exif_segment,
    exiftool,
    jpeg,
    resource,
)
from photo_cases import chunk, exif_block, heic, pixels, png, saved, tiff

import photo
from photo.base import MOVED
from photo.formats._boxes import box

IPTC = captions()[12:]
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
THUMBNAIL = resource(0x040C, b"a thumbnail")
SIGNED = "The file's content credentials sign the original picture, so they were left out."


def tiff_with_captions(listed: bytes) -> bytes:
    """A TIFF with IPTC records as exiftool writes them, and a list of Photoshop's."""
    more = [(33723, 7, None, IPTC, True), (34377, 7, None, listed, True)]
    return tiff(pixels(), extratags=more)


@pytest.mark.parametrize("format", ["TIFF", "JPEG", "PNG", "JPEG2000"])
@pytest.mark.parametrize("listed", [THUMBNAIL, resource(0x03F3, b"odd")], ids=["preview", "flags"])
def test_captions_beside_photoshop_s_list_reach_every_format(
    listed: bytes, format: str, tmp_path: Path
) -> None:
    source = photo.read(tiff_with_captions(listed))
    assert photo.losses(source, format) == []
    path = tmp_path / f"x.{format}"
    path.write_bytes(photo.write(source, format))
    assert b"a thumbnail" not in path.read_bytes()
    assert exiftool(path)["Caption-Abstract"] == "A boat at sea"


def test_captions_beside_a_list_stay_as_they_are() -> None:
    result = photo.read(photo.write(photo.read(tiff_with_captions(THUMBNAIL + captions()))))
    assert [(b.kind, b.data) for b in result.blocks] == [("33723", IPTC), ("34377", captions())]


def test_a_maker_note_that_is_moved_is_told() -> None:
    source = photo.read(jpeg(exif_segment(exif_block(thumbnail=False))))
    assert photo.losses(source, "TIFF") == [MOVED]
    assert photo.losses(source, "PNG") == []
    again = photo.read(photo.write(source, "TIFF"))
    assert MOVED in again.notes
    assert MOVED not in photo.losses(again)


def test_a_maker_note_that_may_be_moved_is_no_loss() -> None:
    block = exif_block(thumbnail=False)
    at = block.index(b"NOTE")
    source = photo.read(jpeg(exif_segment(block[:at] + b"Nikon\0\2\x10" + block[at + 8 :])))
    assert photo.losses(source, "TIFF") == []
    assert MOVED not in photo.read(photo.write(source, "TIFF")).notes


def test_boxes_that_are_not_known_stay_in_an_avif() -> None:
    data = saved(pixels(), "AVIF") + box(b"uuid", b"0123456789abcdef and more") + b"behind"
    source = photo.read(data)
    assert photo.write(source).endswith(box(b"uuid", b"0123456789abcdef and more") + b"behind")
    assert photo.losses(source, "PNG") == [
        "PNG cannot hold an unknown box (uuid) and data after the end of the picture."
    ]


def test_boxes_that_are_not_known_are_told_of_a_heic() -> None:
    source = photo.read(heic(pixels(), "RGB") + box(b"mpvd", b"video") + bytes(20))
    assert source.notes == [
        "HEIC is written as JPEG.",
        "JPEG cannot hold the video of a motion photo.",
    ]


@pytest.mark.parametrize(
    "made", [saved(pixels(), "AVIF"), heic(pixels(), "RGB")], ids=["AVIF", "HEIC"]
)
def test_content_credentials_in_a_box_go_with_a_note(made: bytes) -> None:
    source = photo.read(made + box(b"uuid", C2PA + bytes(30)))
    assert SIGNED in source.notes
    assert C2PA not in photo.write(source)


def test_a_file_of_countless_boxes_costs_few_parts() -> None:
    more = box(b"skip", b"") * 200_000 + box(b"what", b"") * 200_000
    source = photo.read(saved(pixels(), "AVIF") + more)
    assert len(source.blocks) <= 101
    assert photo.write(source).endswith(box(b"what", b"") * 200_000)


def test_the_pictures_of_a_deep_avif_sequence_are_counted() -> None:
    animation = cv2.Animation()
    animation.frames = [pixels("u2") // 4 + 16000 * k for k in range(3)]
    animation.durations = [100] * 3
    setting = [cv2.IMWRITE_AVIF_DEPTH, 10]
    source = photo.read(cv2.imencodeanimation(".avif", animation, setting)[1].tobytes())
    assert (source.bits, source.frames) == (10, 3)
    assert any("3 pictures" in note for note in source.notes)


def test_a_long_comment_fills_several_segments_of_a_jpeg() -> None:
    text = "a" + "é" * 70_000
    source = photo.read(png(pixels(), chunk(b"iTXt", b"Comment\0\0\0\0\0" + text.encode())))
    assert photo.losses(source, "JPEG") == []
    result = photo.read(photo.write(source, "JPEG"))
    assert "".join(block.data.decode() for block in result.blocks) == text


def test_a_tiff_of_one_strip_may_leave_out_its_length() -> None:
    data = bytearray(tiff(pixels("u2")))
    struct.pack_into("<H", data, data.index(struct.pack("<HHI", 279, 4, 1)), 280)
    assert np.array_equal(photo.read(bytes(data)).pixels, pixels("u2"))


def test_a_tiff_of_one_strip_without_its_length_may_not_be_cut_short() -> None:
    data = bytearray(tiff(pixels()))
    struct.pack_into("<H", data, data.index(struct.pack("<HHI", 279, 4, 1)), 280)
    with pytest.raises(photo.PhotoError, match="cut short"):
        photo.read(bytes(data[:-1]))


def test_captions_of_a_jpeg_are_still_one_list_in_a_tiff() -> None:
    result = photo.read(photo.write(photo.read(jpeg(captions_segment())), "TIFF"))
    assert [(b.kind, b.data) for b in result.blocks] == [("34377", captions())]


def test_a_video_that_a_heic_leaves_behind_is_not_announced() -> None:
    made = heic(pixels(), "RGB", xmp=MOTION) + box(b"mpvd", VIDEO)
    source = photo.read(made)
    assert b"MicroVideo" in (source.xmp or b"")
    assert b"MicroVideo" not in photo.write(source)
    assert any("video" in sentence for sentence in photo.losses(source))


def test_an_avif_announces_the_video_that_it_keeps() -> None:
    source = photo.read(saved(pixels(), "AVIF", xmp=MOTION) + box(b"mpvd", VIDEO))
    assert b"MicroVideo" in photo.write(source)
    assert b"MicroVideo" not in photo.write(source, "JPEG")
