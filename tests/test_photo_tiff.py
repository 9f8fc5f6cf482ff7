"""Kinds of TIFF that programs for printing and scanning write: inks, Lab, palettes, JPEG in it."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from photo_carried import RDF
from photo_cases import pixels, saved, set_tag, srgb_profile, tiff
from PIL import Image, ImageCms

import photo

SMOOTH = pixels(smooth=True)
ALPHA = pixels(channels=4)[..., 3]


def lab_of(array: np.ndarray) -> np.ndarray:
    """8-bit Lab as TIFF holds it."""
    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    image = ImageCms.profileToProfile(Image.fromarray(array), srgb, lab, outputMode="LAB")
    assert image is not None
    return np.array(image)


def ink_of(array: np.ndarray) -> np.ndarray:
    """8-bit CMYK."""
    return np.array(Image.fromarray(array).convert("CMYK"))


@pytest.mark.parametrize("options", [{}, {"planarconfig": "separate"}, {"tile": (16, 16)}])
def test_8_bit_lab_becomes_srgb(options: dict) -> None:
    result = photo.read(tiff(lab_of(SMOOTH), photometric="cielab", **options))
    assert np.abs(result.pixels.astype(int) - SMOOTH).mean() < 2
    assert result.notes == ["The picture was in Lab and has been converted to sRGB."]


def test_8_bit_lab_with_offsets_becomes_srgb() -> None:
    lab = lab_of(SMOOTH) ^ np.array([0, 128, 128], np.uint8)
    result = photo.read(tiff(lab, photometric="icclab"))
    assert np.abs(result.pixels.astype(int) - SMOOTH).mean() < 2


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["cielab", "separated"])
def test_inks_and_lab_keep_their_alpha(kind: str, planes: str) -> None:
    colours = lab_of(SMOOTH) if kind == "cielab" else ink_of(SMOOTH)
    array = np.dstack([colours, ALPHA])
    data = tiff(array, photometric=kind, planarconfig=planes, extrasamples=["unassalpha"])
    result = photo.read(data)
    assert np.abs(result.pixels.astype(int) - SMOOTH).mean() < 2
    assert result.alpha is not None
    assert np.array_equal(result.alpha, ALPHA)


def test_deep_ink_keeps_its_alpha() -> None:
    array = np.dstack([ink_of(SMOOTH), ALPHA]).astype(np.uint16) * 257
    result = photo.read(tiff(array, photometric="separated", extrasamples=["unassalpha"]))
    assert result.alpha is not None
    assert np.array_equal(result.alpha, ALPHA)


def test_ink_with_premultiplied_alpha_is_divided() -> None:
    array = np.empty((8, 9, 5), np.uint8)
    array[...] = (100, 50, 0, 0, 128)
    result = photo.read(tiff(array, photometric="separated", extrasamples=["assocalpha"]))
    array[...] = (199, 100, 0, 0, 128)
    wanted = photo.read(tiff(array, photometric="separated", extrasamples=["unassalpha"]))
    assert np.array_equal(result.pixels, wanted.pixels)


def test_a_big_endian_bigtiff_of_ink_is_read() -> None:
    data = tiff(ink_of(SMOOTH), photometric="separated", bigtiff=True, byteorder=">")
    assert np.abs(photo.read(data).pixels.astype(int) - SMOOTH).mean() < 2


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_alpha_behind_a_spot_colour_is_found(dtype: str) -> None:
    array = pixels(dtype, 5)
    extra = ["unspecified", "unassalpha"]
    result = photo.read(tiff(array, photometric="rgb", extrasamples=extra))
    assert result.alpha is not None
    assert np.array_equal(result.alpha, array[..., 4])
    assert any("extra channel" in note for note in result.notes)


@pytest.mark.parametrize("factor", [1, 257])
@pytest.mark.parametrize("options", [{}, {"bigtiff": True, "byteorder": ">"}])
def test_a_palette_of_8_or_16_bits_is_looked_up(options: dict, factor: int) -> None:
    image = Image.fromarray(SMOOTH).quantize(200)
    table = np.zeros((256, 3), np.uint16)
    colours = np.array(image.getpalette()).reshape(-1, 3)
    table[: len(colours)] = colours * factor
    data = tiff(np.array(image), photometric="palette", colormap=table.T.copy(), **options)
    result = photo.read(data)
    assert np.array_equal(result.pixels, np.array(image.convert("RGB")))
    assert not result.grey


@pytest.mark.parametrize("bits", [1, 4])
def test_a_palette_of_few_colours_is_looked_up(bits: int) -> None:
    table = np.random.default_rng(1).integers(0, 256, (3, 2**bits)).astype(np.uint16)
    indices = np.random.default_rng(2).integers(0, 2**bits, (37, 53)).astype(np.uint8)
    made = indices.astype(bool) if bits == 1 else indices
    more = [(320, 3, table.size, tuple(map(int, table.ravel())), True)]
    data = set_tag(tiff(made, bitspersample=bits, extratags=more), 262, 3)
    assert np.array_equal(photo.read(data).pixels, table.T[indices])


def test_a_palette_that_is_too_short_is_refused() -> None:
    data = bytearray(saved(Image.fromarray(SMOOTH).quantize(200), "TIFF"))
    at = data.index(struct.pack("<HHI", 320, 3, 768))
    struct.pack_into("<I", data, at + 4, 300)
    with pytest.raises(photo.PhotoError, match="too few colours"):
        photo.read(bytes(data))


def in_jpeg(**options: object) -> bytes:
    """A noisy picture as JPEG in TIFF, with tables that its parts share."""
    noisy = np.kron(pixels(), np.ones((4, 4, 1), np.uint8))
    return saved(noisy, "TIFF", compression="jpeg", quality=90, **options)


def last_part(data: bytes | bytearray) -> tuple[int, int]:
    """Start and end of a TIFF's last strip."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        start = page.dataoffsets[-1]
        return start, start + page.databytecounts[-1]


def test_a_whole_jpeg_in_a_tiff_is_read_without_a_word() -> None:
    assert photo.read(in_jpeg()).notes == []


def test_damage_in_a_jpeg_in_a_tiff_is_told() -> None:
    data = bytearray(in_jpeg())
    start, _ = last_part(data)
    data[start + 200 : start + 240] = bytes(range(1, 41))
    notes = photo.read(bytes(data)).notes
    assert "The TIFF is damaged; parts of the picture may be wrong." in notes


def test_a_jpeg_in_a_tiff_whose_end_is_lost_is_refused() -> None:
    data = bytearray(in_jpeg())
    start, end = last_part(data)
    middle = (start + end) // 2
    data[middle:end] = bytes(end - middle)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(bytes(data))


def test_a_huge_jpeg_in_a_small_tiff_is_refused() -> None:
    data = bytearray(in_jpeg())
    frame = data.rindex(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 60_000, 60_000)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(bytes(data))


def test_what_describes_the_photograph_may_stand_with_the_thumbnail() -> None:
    sink = io.BytesIO()
    packet = RDF % b'xmlns:x="u" x:y="1">'
    more: list = [(315, 2, None, "An Artist", True)]
    more += [(700, 1, None, packet, True)]
    more += [(34675, 7, None, srgb_profile(), True), (274, 3, 1, 6, True)]
    with tifffile.TiffWriter(sink) as file:
        file.write(
            pixels()[:8, :9],
            photometric="rgb",
            subfiletype=1,
            description="A caption",
            extratags=more,
        )
        file.write(pixels(), photometric="rgb", metadata=None)
    result = photo.read(photo.write(photo.read(sink.getvalue())))
    assert np.array_equal(result.pixels, pixels())
    assert (result.xmp, result.icc) == (packet, srgb_profile())
    assert b"An Artist" in (result.exif or b"")
    assert b"A caption" in (result.exif or b"")


def without_length(data: bytes) -> bytes:
    """A TIFF whose tag of its one strip's length has become another."""
    for kind in (3, 4):
        data = data.replace(struct.pack("<HHI", 279, kind, 1), struct.pack("<HHI", 280, 3, 1))
    return data


def ending_in_pixels(array: np.ndarray, rows: int) -> bytes:
    """A TIFF whose pixels stand behind all else."""
    data = tiff(array, rowsperstrip=rows)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        assert sum(page.databytecounts) + page.dataoffsets[0] == len(data)
    return data


@pytest.mark.parametrize("rows", [37, 10])
@pytest.mark.parametrize("more", [1, 500])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_strip_that_is_said_to_be_longer_than_the_file_is_read(
    dtype: str, more: int, rows: int
) -> None:
    array = pixels(dtype)
    data = longer(ending_in_pixels(array, rows), more)
    assert np.array_equal(photo.read(data).pixels, array)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(data[:-1])


def longer(data: bytes, more: int) -> bytes:
    """A TIFF with another length of its last strip."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages.first.tags[279]
        code = {3: "<H", 4: "<I"}[tag.dtype]
        at = tag.valueoffset + (tag.count - 1) * struct.calcsize(code)
    (length,) = struct.unpack_from(code, data, at)
    return data[:at] + struct.pack(code, length + more) + data[at + struct.calcsize(code) :]


@pytest.mark.parametrize("predictor", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_one_strip_of_deflate_may_leave_out_its_length(dtype: str, predictor: bool) -> None:
    array = pixels(dtype)
    data = tiff(array, rowsperstrip=37, compression="zlib", predictor=predictor)
    bare = without_length(data)
    assert np.array_equal(photo.read(bare).pixels, array)
    assert np.array_equal(photo.read(bare + b"behind").pixels, array)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        end = page.dataoffsets[0] + page.databytecounts[0]
    for lost in (1, 5, 300):
        with pytest.raises(photo.PhotoError, match=r"damaged|cut short"):
            photo.read(bare[: end - lost])
