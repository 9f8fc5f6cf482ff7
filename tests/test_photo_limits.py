"""Limits: bombs are refused before a pixel is decoded, and nothing else is touched."""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
import simplejpeg
import tifffile
from photo_cases import chunk, heic, jp2, pixels, png, samples, saved, set_tag, tiff
from PIL import AvifImagePlugin, ImageFile, TiffImagePlugin, WebPImagePlugin

import photo

SMALL = photo.Limits(max_pixels=1000)
# What gives pixels, or reserves memory for them as soon as it opens a file.
DECODERS: list[tuple[Any, str]] = [
    (ImageFile.ImageFile, "load"),
    (AvifImagePlugin, "AvifImageFile"),
    (WebPImagePlugin, "WebPImageFile"),
    (pillow_heif, "open_heif"),
    (simplejpeg, "decode_jpeg"),
    (imagecodecs, "jpeg2k_decode"),
    (tifffile, "TiffFile"),
    (TiffImagePlugin, "TiffImageFile"),
    (cv2, "imdecode"),
]


def test_a_file_too_large_is_refused_unread() -> None:
    with pytest.raises(photo.PhotoError, match="200 MB"):
        photo.read(bytes(200_000_001))


@pytest.mark.parametrize("kind", samples())
def test_a_picture_too_large_is_refused_in_every_format(kind: str) -> None:
    with pytest.raises(photo.PhotoError, match="megapixels"):
        photo.read(samples()[kind], limits=SMALL)


def claiming(kind: str) -> bytes:
    """A small file that claims to hold a picture of about 2,500 megapixels or more."""
    side = 50_000
    if kind == "PNG":
        data = bytearray(png(pixels()))
        struct.pack_into(">II", data, 16, side, side)
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    elif kind == "JPEG":
        data = bytearray(saved(pixels(), "JPEG"))
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, side, side)
    elif kind == "BMP":
        data = bytearray(saved(pixels(), "BMP"))
        struct.pack_into("<II", data, 18, side, side)
    elif kind == "GIF":
        data = bytearray(saved(pixels(), "GIF"))
        struct.pack_into("<HH", data, 6, side, side)
    elif kind == "TIFF":
        data = bytearray(set_tag(set_tag(tiff(pixels("u2")), 256, side), 257, side))
    elif kind == "WEBP":
        data = bytearray(samples()["webp"])
        data[24:30] = (side - 1).to_bytes(3, "little") * 2
    elif kind == "JPEG2000":
        data = bytearray(jp2(pixels("u2")))
        at = data.index(b"\xff\x4f\xff\x51")
        struct.pack_into(">II", data, at + 8, side, side)
    else:
        data = bytearray(saved(pixels(), "AVIF") if kind == "AVIF" else heic(pixels(), "RGB"))
        at = data.index(b"ispe")
        while at >= 0:
            struct.pack_into(">II", data, at + 8, side, side)
            at = data.find(b"ispe", at + 4)
    return bytes(data)


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "JPEG2000", "AVIF", "HEIF"]
)
def test_a_dimension_bomb_is_refused_before_it_is_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(*_: object, **__: object) -> None:
        raise RuntimeError("damaged")

    for owner, name in DECODERS:
        monkeypatch.setattr(owner, name, decoded)
    with pytest.raises(photo.PhotoError, match="megapixels"):
        photo.read(claiming(kind))
    plain = samples()[{"HEIF": "heic", "JPEG2000": "jp2"}.get(kind, kind.lower())]
    with pytest.raises(photo.PhotoError, match="damaged"):  # so its decoder is one of these
        photo.read(plain)


def test_a_huge_tile_in_a_small_tiff_is_refused() -> None:
    data = tiff(pixels("u2"), tile=(16, 16))
    with pytest.raises(photo.PhotoError):
        photo.read(set_tag(set_tag(data, 322, 65520), 323, 65520))


def test_many_wide_tiles_in_a_narrow_tiff_are_refused() -> None:
    wide = np.zeros((320, 62496, 3), "u1")
    narrow = set_tag(tiff(wide, tile=(16, 62496), compression="zlib"), 256, 16)
    with pytest.raises(photo.PhotoError, match="damaged or cut short"):
        photo.read(narrow)


def packed_zeros(size: int) -> bytes:
    """Zeros that deflate a thousandfold, made piece by piece."""
    packer = zlib.compressobj(9)
    pieces = [packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join((*pieces, packer.flush()))


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_compressed_bomb_beside_the_picture_stays_packed(kind: bytes) -> None:
    front = {b"iCCP": b"x\0\0", b"zTXt": b"x\0\0", b"iTXt": b"x\0\1\0\0\0"}[kind]
    array = pixels()
    data = png(array, chunk(kind, front + packed_zeros(200_000_000)))
    tracemalloc.start()
    try:
        result = photo.read(data)
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()
    assert np.array_equal(result.pixels, array)


def test_more_picture_data_than_pixels_is_not_inflated() -> None:
    array = pixels()
    whole = png(array)
    head = whole[: whole.index(b"IDAT") - 4]
    rows = b"".join(b"\0" + row.tobytes() for row in array)
    packer = zlib.compressobj(9)
    body = packer.compress(rows)
    body += b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    data = head + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    tracemalloc.start()
    try:
        result = photo.read(data)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert np.array_equal(result.pixels, array)


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    data = saved(pixels(), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    scan = data[at:-2]
    with pytest.raises(photo.PhotoError):
        photo.read(data[:-2] + scan * 600 + data[-2:])


def test_a_picture_above_pillow_s_own_limit_is_read() -> None:
    wide = np.zeros((9_000, 10_000), bool)  # 90 megapixels
    rows = (b"\0" + bytes(1_250)) * 9_000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = photo.read(png(wide, bits=1, rows=rows))
    assert (result.width, result.height) == (10_000, 9_000)


def test_no_temporary_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(tempfile, "_get_candidate_names", refuse)
    for data in samples().values():
        photo.write(photo.read(data))
    assert list(tmp_path.iterdir()) == []


def test_threads_do_not_disturb_each_other() -> None:
    files = list(samples().values()) * 3
    alone = [photo.write(photo.read(data)) for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: photo.write(photo.read(data)), files))
    assert together == alone


def test_no_warning_reaches_the_log() -> None:
    code = (
        "import sys\n"
        "sys.path.insert(0, 'tests')\n"
        "import photo\n"
        "from photo_cases import samples\n"
        "for data in samples().values():\n"
        "    for one in (data, data[: len(data) // 2], data[:60] + b'1' + data[61:]):\n"
        "        try: photo.read(one)\n"
        "        except photo.PhotoError: pass\n"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Warning: " not in done.stderr


def test_reading_leaves_the_settings_of_warnings_alone() -> None:
    before = list(warnings.filters)
    photo.read(samples()["tiff"])
    assert warnings.filters == before
