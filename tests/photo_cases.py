"""Small picture files of every kind, made here: what the file tests and the fuzzer feed on."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms

HEIGHT, WIDTH = 37, 53
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6" by="me"/></x:xmpmeta>'


def pixels(dtype: str = "u1", channels: int = 3, *, smooth: bool = False) -> np.ndarray:
    """A picture (H x W x channels, or H x W for one) over the whole range of its type."""
    if smooth:
        down, across = np.mgrid[:HEIGHT, :WIDTH]
        steps = [(across * (2 + k) + down * (3 - k)) / 300 for k in range(channels)]
        values = np.clip(np.stack(steps, axis=-1), 0, 1)
    else:
        values = np.random.default_rng(channels).random((HEIGHT, WIDTH, channels))
    top = 1 if dtype[0] == "f" else np.iinfo(dtype).max
    array = (values * top).astype(dtype)
    return array[..., 0] if channels == 1 else array


def srgb_profile() -> bytes:
    """An RGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def made_profile(space: bytes) -> bytes:
    """A profile of another colour space: grey with gamma 2.2, or CMYK of ink that only darkens."""
    if space == b"GRAY":
        return _profile(space, {b"wtpt": _xyz(), b"kTRC": b"curv" + struct.pack(">IIH", 0, 1, 563)})
    return _profile(space, {b"wtpt": _xyz(), b"A2B0": _ink_table()}, b"prtr", b"Lab ")


def _xyz() -> bytes:
    return b"XYZ " + struct.pack(">Iiii", 0, 63190, 65536, 54061)


def _ink_table() -> bytes:
    """A CMYK -> Lab table of two points a side: lightness falls with the ink, no hue at all."""
    corners = np.array(np.meshgrid(*[[0, 1]] * 4, indexing="ij")).reshape(4, -1).sum(axis=0)
    lab = np.stack([255 - corners * 60, np.full(16, 128), np.full(16, 128)], axis=1)
    identity = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = b"mft1" + struct.pack(">IBBBB", 0, 4, 3, 2, 0) + matrix
    return head + identity * 4 + lab.astype(np.uint8).tobytes() + identity * 3


def _profile(
    space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", connection: bytes = b"XYZ "
) -> bytes:
    tags = {b"desc": b"desc" + struct.pack(">II", 0, 5) + b"made\0" + bytes(80), **tags}
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), bytes(4), 0x02400000, kind, space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def exif_block(orientation: int = 1, *, thumbnail: bool = True, order: str = "<") -> bytes:
    """An EXIF block with camera, date, GPS, a maker note with an offset in it, and a thumbnail."""
    names = {0x010F: b"Maker\0", 0x0110: b"Model 5\0", 0x0132: b"2024:05:06 07:08:09\0"}
    main: list[tuple[int, int, int, bytes]] = [
        (tag, 2, len(text), text) for tag, text in names.items()
    ]
    main.append((0x0112, 3, 1, struct.pack(f"{order}H", orientation)))
    note = b"NOTE" + struct.pack(f"{order}I", 1234) + b"secret of the maker"
    inner = [
        (0x9003, 2, 20, b"2024:05:06 07:08:09\0"),
        (0x927C, 7, len(note), note),
        (0xA002, 4, 1, struct.pack(f"{order}I", WIDTH)),
        (0xA003, 4, 1, struct.pack(f"{order}I", HEIGHT)),
    ]
    place = [(1, 2, 2, b"N\0"), (2, 5, 3, struct.pack(f"{order}6I", 48, 1, 8, 1, 30, 1))]
    first = 8 + 2 + 12 * 6 + 4 + sum(len(raw) + len(raw) % 2 for *_, raw in main if len(raw) > 4)
    inner_bytes = _directory(inner, first, order)
    gps_bytes = _directory(place, first + len(inner_bytes), order)
    small = b"\xff\xd8\xff\xe0THUMBNAIL" * 20
    after = first + len(inner_bytes) + len(gps_bytes)
    second = [
        (0x0201, 4, 1, struct.pack(f"{order}I", after + 30)),
        (0x0202, 4, 1, struct.pack(f"{order}I", len(small))),
    ]
    main += [
        (0x8769, 4, 1, struct.pack(f"{order}I", first)),
        (0x8825, 4, 1, struct.pack(f"{order}I", first + len(inner_bytes))),
    ]
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    block = head + _directory(main, 8, order, after if thumbnail else 0) + inner_bytes + gps_bytes
    return block + (_directory(second, after, order) + small if thumbnail else b"")


def _directory(
    tags: list[tuple[int, int, int, bytes]], at: int, order: str, following: int = 0
) -> bytes:
    records, values = struct.pack(f"{order}H", len(tags)), b""
    place = at + 2 + 12 * len(tags) + 4
    for tag, kind, count, raw in sorted(tags):
        inline = raw.ljust(4, b"\0")
        if len(raw) > 4:
            inline = struct.pack(f"{order}I", place + len(values))
            values += raw + bytes(len(raw) % 2)
        records += struct.pack(f"{order}HHI", tag, kind, count) + inline
    return records + struct.pack(f"{order}I", following) + values


def saved(image: Image.Image | np.ndarray, format: str, **options: Any) -> bytes:
    """A Pillow image (or an 8-bit array) as a file."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    sink = io.BytesIO()
    image.save(sink, format, **options)
    return sink.getvalue()


def tiff(array: np.ndarray, **options: Any) -> bytes:
    """An array as a TIFF by tifffile, which shares no code with the reader under test."""
    if "photometric" not in options:
        options["photometric"] = "rgb" if array.ndim == 3 and array.shape[2] > 2 else "minisblack"
    if array.ndim == 3 and array.shape[2] in (2, 4):
        options.setdefault("extrasamples", ["unassalpha"])
    if options.get("planarconfig") == "separate":
        array = np.moveaxis(array, -1, 0)
    sink = io.BytesIO()
    tifffile.imwrite(sink, array, **options)
    return sink.getvalue()


def set_tag(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another number (short or long) in a tag."""
    at = min(p for k in (3, 4) if (p := data.find(struct.pack("<HHI", tag, k, 1))) >= 0)
    code = "<H" if data[at + 2] == 3 else "<I"
    return data[: at + 8] + struct.pack(code, value).ljust(4, b"\0") + data[at + 12 :]


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(array: np.ndarray, *extra: bytes, bits: int | None = None, rows: bytes = b"") -> bytes:
    """An array as the plainest PNG, with more chunks before the pixels; or rows given packed."""
    channels = 1 if array.ndim == 2 else array.shape[2]
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    depth = bits or array.dtype.itemsize * 8
    head = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], depth, colour, 0, 0, 0)
    big = array.astype(array.dtype.newbyteorder(">"))
    rows = rows or b"".join(b"\0" + row.tobytes() for row in big)
    parts = chunk(b"IHDR", head), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jp2(array: np.ndarray) -> bytes:
    """An RGB or grey array as lossless JPEG 2000 by OpenCV."""
    array = array if array.ndim == 2 else array[..., [2, 1, 0, 3][: array.shape[2]]]
    setting = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]
    return cv2.imencode(".jp2", np.ascontiguousarray(array), setting)[1].tobytes()


def heic(array: np.ndarray, mode: str, quality: int = 90, **options: Any) -> bytes:
    """An array as HEIC."""
    sink = io.BytesIO()
    file = pillow_heif.from_bytes(mode, (array.shape[1], array.shape[0]), array.tobytes())
    file.save(sink, quality=quality, **options)
    return sink.getvalue()


def frames(format: str, **options: Any) -> bytes:
    """Three different pictures in one file."""
    shades = [Image.fromarray(pixels() // 4 + 60 * k) for k in range(3)]
    return saved(shades[0], format, save_all=True, append_images=shades[1:], **options)


def samples() -> dict[str, bytes]:
    """A file of every kind that is read, by name."""
    rgb, rgba, icc, exif = pixels(), pixels(channels=4), srgb_profile(), exif_block(6)
    more: dict[str, Any] = {"icc_profile": icc, "exif": b"Exif\0\0" + exif}
    grey, cmyk = pixels(channels=1), Image.fromarray(rgb).convert("CMYK")
    palette = Image.fromarray(rgb).quantize(16)
    return {
        "jpeg": saved(rgb, "JPEG", dpi=(300, 300), xmp=XMP, **more),
        "jpeg progressive": saved(rgb, "JPEG", progressive=True, **more),
        "jpeg grey": saved(grey, "JPEG"),
        "jpeg cmyk": saved(cmyk, "JPEG", icc_profile=made_profile(b"CMYK")),
        "mpo": frames("MPO"),
        "png": saved(rgb, "PNG", dpi=(300, 300), **more),
        "png alpha": saved(rgba, "PNG"),
        "png grey alpha": saved(pixels(channels=2), "PNG"),
        "png palette": saved(palette, "PNG", transparency=3),
        "png one bit": saved(Image.fromarray(grey).convert("1"), "PNG"),
        "png 16": png(pixels("u2"), chunk(b"eXIf", exif)),
        "png 16 grey": png(pixels("u2", 1), chunk(b"tRNS", b"\0\7")),
        "png 16 alpha": png(pixels("u2", 4)),
        "apng": frames("PNG"),
        "webp": saved(rgba, "WEBP", **more),
        "webp lossless": saved(rgb, "WEBP", lossless=True),
        "webp animated": frames("WEBP"),
        "tiff": saved(rgb, "TIFF", compression="tiff_lzw", dpi=(300, 300), icc_profile=icc),
        "tiff jpeg": saved(rgb, "TIFF", compression="jpeg"),
        "tiff cmyk": saved(cmyk, "TIFF", icc_profile=made_profile(b"CMYK")),
        "tiff lab": saved(Image.new("LAB", (WIDTH, HEIGHT), (150, 20, 250)), "TIFF"),
        "tiff 16": tiff(pixels("u2"), compression="zlib", predictor=True),
        "tiff 16 grey": tiff(pixels("u2", 1), tile=(16, 16)),
        "tiff 16 alpha": tiff(pixels("u2", 4), byteorder=">"),
        "tiff 16 grey alpha": tiff(pixels("u2", 2), compression="zlib", predictor=True),
        "tiff 16 planes": tiff(pixels("u2"), planarconfig="separate"),
        "tiff big": tiff(pixels("u2"), bigtiff=True),
        "tiff float": tiff(pixels("f4")),
        "tiff pages": frames("TIFF"),
        "heic": heic(rgb, "RGB", exif=exif),
        "heic 10": heic(pixels("u2", smooth=True), "RGB;16"),
        "avif": saved(rgb, "AVIF", **more),
        "avif alpha": saved(rgba, "AVIF"),
        "bmp": saved(rgb, "BMP"),
        "bmp palette": saved(palette, "BMP"),
        "gif": saved(palette, "GIF", transparency=3),
        "gif animated": frames("GIF"),
        "jp2": saved(rgba, "JPEG2000"),
        "jp2 grey": saved(grey, "JPEG2000"),
        "jp2 16": jp2(pixels("u2")),
    }
