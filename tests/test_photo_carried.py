"""What a file carries besides its pixels comes back, or the person is told."""

from __future__ import annotations

import io
import logging
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import photo_carried as carried
import pytest
import tifffile
from photo_carried import (
    VIDEO,
    captions,
    captions_segment,
    exif_segment,
    exiftool,
    jpeg,
    raw_profile,
    resource,
    segment,
    ultra_hdr,
    xmp_segment,
)
from photo_cases import chunk, exif_block, pixels, png, saved, srgb_profile
from PIL import Image

import photo
from benchmarks.files import carried_table
from photo.formats import png as png_format
from photo.metadata.turn import Turn
from photo.pixels import upright


def again(data: bytes, format: str | None = None) -> bytes:
    """Read and written again."""
    return photo.write(photo.read(data), format)


@pytest.mark.parametrize("name", carried.samples())
def test_whatever_is_carried_comes_back_in_the_same_format(name: str) -> None:
    source = photo.read(carried.samples()[name])
    if source.format == "GIF":
        pytest.skip("is not written")
    result = photo.read(photo.write(source))
    assert [b.data for b in result.blocks] == [b.data for b in source.blocks]
    assert (result.icc, result.xmp, result.exif, result.colour) == (
        source.icc,
        source.xmp,
        source.exif,
        source.colour,
    )
    assert not photo.losses(source)


@pytest.mark.parametrize("name", carried.samples())
def test_what_the_sample_was_made_of_comes_back(name: str) -> None:
    """Against the sample's own bytes, as two reads of ours may leave out the same."""
    result = again(carried.samples()[name])
    assert all(part in result for part in carried.made_of(name))
    if "ICC" in name:  # without the time at which it was made
        assert (photo.read(result).icc or b"")[36:] == srgb_profile()[36:]


@pytest.mark.parametrize("format", photo.WRITABLE)
@pytest.mark.parametrize("name", carried.samples())
def test_what_another_format_cannot_hold_is_told(name: str, format: str) -> None:
    source = photo.read(carried.samples()[name])
    if source.format == format:
        pytest.skip("the same format")
    result, losses = photo.read(photo.write(source, format)), photo.losses(source, format)
    told = " ".join(losses)
    for part, words in (("exif", "the EXIF data"), ("xmp", "the XMP data")):
        assert getattr(result, part) or not getattr(source, part) or words in told
    for block in source.blocks:
        same = any(block.what == other.what for other in result.blocks)
        assert same or not block.what or block.what in told
    if source.colour or source.icc:
        assert result.icc or result.colour or "profile" in told


def test_the_table_in_the_documents_is_what_the_program_does() -> None:
    document = (Path(__file__).parents[1] / "docs" / "FILES.md").read_text("utf-8")
    table = carried_table()
    assert table in document
    assert "**lost**" not in table


def test_captions_in_several_segments_come_back_byte_for_byte() -> None:
    long = captions(resource(0x0BB7, bytes(range(256)) * 400))
    first, second = long[:60_000], long[60_000:]
    parts = [segment(0xED, b"Photoshop 3.0\0" + part) for part in (first, second)]
    result = again(jpeg(*parts))
    assert all(part in result for part in parts)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG2000"])
def test_captions_reach_other_formats(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{format}"
    path.write_bytes(again(jpeg(captions_segment()), format))
    seen = exiftool(path)
    assert (seen["Caption-Abstract"], seen["Keywords"]) == ("A boat at sea", "boat")


def test_several_comments_come_back_in_their_order() -> None:
    texts = [b"first", b"second \xe4"]
    source = photo.read(jpeg(*(segment(0xFE, text) for text in texts)))
    result = photo.read(photo.write(source))
    assert [block.data for block in result.blocks] == texts


def test_exif_over_several_segments_comes_back() -> None:
    block = exif_block(thumbnail=False) + bytes(range(256)) * 300
    pieces = [exif_segment(block[at : at + 65_527]) for at in range(0, len(block), 65_527)]
    result = photo.read(again(jpeg(*pieces)))
    assert result.exif == block


@pytest.mark.parametrize(("size", "kept"), [(65_527, True), (65_528, False)])
def test_exif_may_fill_a_jpeg_segment(size: int, kept: bool) -> None:
    block = exif_block(thumbnail=False).ljust(size, b"\0")
    source = photo.Photo(pixels(), exif=block)
    assert (photo.read(photo.write(source, "JPEG")).exif == block) == kept
    assert bool(photo.losses(source, "JPEG")) != kept


def test_xmp_too_long_for_a_segment_becomes_an_extension(tmp_path: Path) -> None:
    text = b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>' + b"x" * 70_000
    packet = carried.RDF % (text + b"</dc:format>")
    (tmp_path / "x.jpg").write_bytes(photo.write(photo.Photo(pixels(), xmp=packet), "JPEG"))
    assert exiftool(tmp_path / "x.jpg")["Format"] == "x" * 70_000


def test_a_gain_map_is_carried_to_its_true_place(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(again(ultra_hdr()))
    seen = exiftool(path)
    at, length = int(str(seen["MPImageStart"])), int(str(seen["MPImageLength"]))
    gain = path.read_bytes()[at : at + length]
    assert gain == ultra_hdr()[-length:]
    assert seen["DirectoryItemLength"] == length


@pytest.mark.parametrize(("orientation", "format"), [(6, "JPEG"), (1, "PNG"), (1, "WEBP")])
def test_a_gain_map_that_cannot_stay_goes_with_what_announces_it(
    orientation: int, format: str
) -> None:
    source = photo.read(ultra_hdr(orientation))
    result = photo.write(source, format)
    assert b"hdrgm" not in result
    assert b"GainMap" not in result
    assert any("gain map" in note for note in photo.remarks(source, format))


def test_a_motion_photo_keeps_its_video_at_the_end() -> None:
    result = again(jpeg(xmp_segment(carried.MOTION), behind=VIDEO))
    assert result.endswith(VIDEO)
    assert b'MicroVideoOffset="%d"' % len(VIDEO) in result


def test_a_video_that_is_left_behind_is_not_announced() -> None:
    source = photo.read(jpeg(xmp_segment(carried.MOTION), behind=VIDEO))
    assert b"MicroVideo" not in photo.write(source, "WEBP")
    assert any("video" in sentence for sentence in photo.losses(source, "WEBP"))


def test_content_credentials_go_with_a_note() -> None:
    source = photo.read(jpeg(segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + bytes(30))))
    assert not source.blocks
    assert any("credentials" in note for note in source.notes)


def test_a_broken_tag_goes_alone_and_the_picture_is_turned() -> None:
    block = bytearray(exif_block(6, thumbnail=False))
    at = block.index(struct.pack("<HHI", 0x0110, 2, 8))
    struct.pack_into("<I", block, at + 8, 99_999)
    source = photo.read(jpeg(exif_segment(bytes(block))))
    assert (source.width, source.height) == (37, 53)
    loaded = Image.Exif()
    loaded.load(source.exif or b"")
    assert loaded[0x010F] == "Maker"
    assert 0x0110 not in loaded
    assert any("0x0110" in note for note in source.notes)
    assert source.exif is not None
    assert source.exif.index(b"secret of") == exif_block(6, thumbnail=False).index(b"secret of")


def test_orientation_that_only_xmp_states_is_applied() -> None:
    packet = carried.RDF % b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6">'
    source = photo.read(jpeg(xmp_segment(packet)))
    assert (source.width, source.height) == (37, 53)
    assert b'Orientation="1"' in (source.xmp or b"")


@pytest.mark.parametrize(
    ("orientation", "middle"),
    [(1, (0.2, 0.25)), (3, (0.8, 0.75)), (6, (0.75, 0.2)), (8, (0.25, 0.8)), (5, (0.25, 0.2))],
)
def test_regions_turn_with_the_picture(
    orientation: int, middle: tuple[float, float], tmp_path: Path
) -> None:
    exif = exif_segment(exif_block(orientation, thumbnail=False))
    path = tmp_path / "x.jpg"
    path.write_bytes(again(jpeg(exif, xmp_segment(carried.REGION))))
    seen = exiftool(path)
    assert (seen["RegionAreaX"], seen["RegionAreaY"]) == pytest.approx(middle)
    swapped = orientation >= 5
    assert seen["RegionAreaW"] == (0.3 if swapped else 0.2)
    assert seen["RegionAppliedToDimensionsW"] == (37 if swapped else 53)


def test_a_microsoft_region_turns_by_its_corner() -> None:
    exif = exif_segment(exif_block(6, thumbnail=False))
    packet = photo.read(jpeg(exif, xmp_segment(carried.REGION))).xmp or b""
    assert b'Rectangle="0.600000, 0.100000, 0.300000, 0.200000"' in packet


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_point_turns_as_the_pixels_do(orientation: int) -> None:
    array = np.zeros((4, 6), np.uint8)
    array[1, 4] = 1
    turned = upright(array, orientation)
    x, y = Turn(orientation, (6, 4)).point(4.5, 1.5, (6, 4))
    assert turned[int(y), int(x)] == 1


def test_png_texts_come_back_compressed_or_not() -> None:
    chunks = [
        chunk(b"tEXt", b"parameters\0a red sun"),
        chunk(b"iTXt", "Title\0\0\0de\0Titel\0Möwe".encode()),
        chunk(b"prVt", b"carried"),
        chunk(b"sBIT", b"\5\6\5"),
    ]
    result = again(png(pixels(), *chunks))
    assert all(one in result for one in chunks)


def test_a_chunk_that_belongs_to_the_old_pixels_goes_with_a_note() -> None:
    source = photo.read(png(pixels(), chunk(b"prVT", b"about the pixels")))
    assert not source.blocks
    assert any("prVT" in note for note in source.notes)


@pytest.mark.parametrize("kind", [b"exif", b"APP1"])
def test_exif_as_text_turns_the_picture(kind: bytes) -> None:
    exif = b"Exif\0\0" + exif_block(6, thumbnail=False)
    source = photo.read(png(pixels(), raw_profile(kind, exif)))
    assert (source.width, source.height) == (37, 53)
    assert b"eXIf" in photo.write(source)


def test_a_proper_chunk_counts_before_the_same_as_text() -> None:
    old = raw_profile(b"exif", b"Exif\0\0" + exif_block(6, thumbnail=False))
    source = photo.read(png(pixels(), old, chunk(b"eXIf", exif_block(1, thumbnail=False))))
    assert source.width == 53
    assert photo.write(source).count(b"eXIf") == 1


def test_the_description_of_a_stack_promises_no_planes() -> None:
    text = "ImageJ=1.53\nimages=3\nslices=3\nunit=um\n"
    stack = [Image.fromarray(pixels(channels=1)) for _ in range(3)]
    tags = {270: text}
    source = photo.read(
        saved(stack[0], "TIFF", save_all=True, append_images=stack[1:], tiffinfo=tags)
    )
    result = Image.open(io.BytesIO(photo.write(source)))
    assert result.getexif()[270].strip() == "ImageJ=1.53\nunit=um"
    assert any("description" in note for note in source.notes)


def test_the_full_picture_behind_a_thumbnail_is_taken() -> None:
    sink = io.BytesIO()
    with tifffile.TiffWriter(sink) as file:
        file.write(pixels()[:8, :9], photometric="rgb", subfiletype=1)
        file.write(pixels(), photometric="rgb")
    source = photo.read(sink.getvalue())
    assert np.array_equal(source.pixels, pixels())
    assert source.frames == 1


def test_a_grey_picture_stored_as_rgb_stays_grey() -> None:
    grey = np.repeat(pixels(channels=1)[..., None], 3, axis=2)
    source = photo.read(png(grey))
    tinted = replace(source, pixels=source.pixels ^ np.array([0, 1, 2], np.uint8))
    result = photo.read(photo.write(tinted)).pixels
    assert (result == result[..., :1]).all()


def test_one_tinted_pixel_makes_a_picture_coloured() -> None:
    array = np.repeat(pixels(channels=1)[..., None], 3, axis=2)
    array[20, 30, 1] ^= 1
    assert np.array_equal(photo.read(again(png(array))).pixels, array)


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_lossless_stays_lossless(format: str) -> None:
    source = photo.Photo(pixels(), format=format, lossless=True)
    result = photo.read(photo.write(source))
    assert result.lossless
    assert np.array_equal(result.pixels, source.pixels)


def test_a_mistake_in_a_reader_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise TypeError("planted")

    monkeypatch.setattr(png_format.parts, "take", broken)
    with caplog.at_level(logging.ERROR, "photo"), pytest.raises(photo.PhotoError):
        photo.read(png(pixels()))
    assert "planted" in caplog.text


def test_damage_that_a_decoder_meets_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    data = saved(pixels(), "WEBP")
    with pytest.raises(photo.PhotoError):
        photo.read(data[: len(data) // 2])
    assert not caplog.records
