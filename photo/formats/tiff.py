"""Reading TIFF: its directory checked before any decoder sees it; 8 bits, 16 bits and float."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import TiffImagePlugin

import photo.formats._tiff_tags as tags
from photo.base import MEGAPIXEL, Limits, Photo, PhotoError, bands
from photo.format import Format
from photo.formats._tiff_write import write_tiff
from photo.metadata.exif import directory_dpi
from photo.metadata.ifd import (
    BrokenMetadata,
    Directory,
    file_header,
    parse,
    read_header,
    serialise,
)
from photo.pixels import split, to_rgb, unmultiply, upright

_LARGEST_TAG = MEGAPIXEL
_MAX_PAGES = 1000
_OLD_JPEG, _YCBCR = 6, 6
_CUT = "The TIFF is damaged or cut short; copy or download it again."
_KIND = "The TIFF holds {}, which is not supported; save it as 8-bit or 16-bit RGB or grey."


def _read(data: bytes, limits: Limits) -> Photo:
    """Its pixels are upright already; its EXIF does not say so yet."""
    try:
        order, first, big = read_header(data)
        main = parse(data, first, order, big=big)
    except BrokenMetadata as error:
        raise PhotoError(_CUT) from error
    _refuse(main, limits)
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="TIFF", frames=_pages(data, main, big))
    orientation = main.integer(tags.ORIENTATION, 1)
    for tag, name in ((tags.ICC, "icc"), (tags.XMP, "xmp")):
        if tag in main.entries:
            setattr(photo, name, bytes(main.entries[tag].raw))
    photo.dpi = directory_dpi(main) if 282 in main.entries else None
    if _is_deep(main):
        _decode_deep(photo, data, main)
        if 2 <= orientation <= 8:
            photo.pixels = upright(photo.pixels, orientation)
            if photo.alpha is not None:
                photo.alpha = upright(photo.alpha, orientation)
    else:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
        limits.check_size(*image.size)
        image.load()  # this turns it upright
        photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
        if main.integer(tags.BITS, 1) > 8:
            photo.notes.append("The picture has 16 bits a channel, of which 8 were read.")
        if image.mode == "RGBX":
            photo.notes.append("An extra channel of unknown meaning was left out.")
    photo.exif = _exif(main)
    photo.turned = orientation if 1 <= orientation <= 8 else 1
    return photo


def _refuse(main: Directory, limits: Limits) -> None:
    """Raise PhotoError for what is no picture, too large, or of a kind not supported."""
    width, height = main.integer(tags.WIDTH), main.integer(tags.HEIGHT)
    preview = main.integer(tags.SUBFILE) & 1 and tags.SUB_IFDS in main.entries
    photometric = main.integer(tags.PHOTOMETRIC, 1)
    if tags.DNG in main.entries or preview or photometric in tags.CFA:
        raise PhotoError(
            "The file is a camera raw file; export it from your raw developer as TIFF or JPEG."
        )
    if tags.WIDTH not in main.entries or tags.HEIGHT not in main.entries:
        raise PhotoError(_CUT)
    limits.check_size(width, height)
    _refuse_layout(main, width, height)
    # A tile or strip is decoded whole, so a small picture may not hide a huge one.
    across, down = main.integer(tags.TILE_WIDTH, 1), main.integer(tags.TILE_HEIGHT, 1)
    if across * down > max(16 * width * height, MEGAPIXEL):
        raise PhotoError(_CUT)
    if not 1 <= main.integer(tags.CHANNELS, 1) <= 6:
        raise PhotoError(_KIND.format("an unusual number of channels"))
    bits, kinds = set(main.numbers(tags.BITS)), set(main.numbers(tags.SAMPLE_FORMAT)) - {4}
    if len(bits) > 1 or len(kinds) > 1:
        raise PhotoError(_KIND.format("channels of different depths"))
    depth, kind = int(bits.pop()) if bits else 1, int(kinds.pop()) if kinds else 1
    if kind not in (1, 3) or (kind == 3 and depth not in (32, 64)):
        raise PhotoError(_KIND.format(f"{depth}-bit values with a sign or an unusual float type"))
    if kind == 1 and depth not in (1, 2, 4, 8, 16):
        raise PhotoError(_KIND.format(f"{depth} bits a channel"))


def _refuse_layout(main: Directory, width: int, height: int) -> None:
    """Raise PhotoError if strips or tiles are missing: Pillow leaves such places black."""
    if main.integer(tags.COMPRESSION, 1) == _OLD_JPEG:
        return
    channels, planar = main.integer(tags.CHANNELS, 1), main.integer(tags.PLANAR, 1) == 2
    if tags.TILE_OFFSETS in main.entries:
        across = max(1, main.integer(tags.TILE_WIDTH, 1))
        down = max(1, main.integer(tags.TILE_HEIGHT, 1))
        offsets, counts = main.entries[tags.TILE_OFFSETS], tags.TILE_COUNTS
    elif tags.OFFSETS in main.entries:
        across, down = width, max(1, main.integer(tags.ROWS, height))
        offsets, counts = main.entries[tags.OFFSETS], tags.COUNTS
    else:
        raise PhotoError(_CUT)
    wanted = -(-width // across) * -(-height // down) * (channels if planar else 1)
    if offsets.count < wanted:
        raise PhotoError(_CUT)
    plain = main.integer(tags.COMPRESSION, 1) == 1 and main.integer(tags.PHOTOMETRIC) != _YCBCR
    least = width * height * channels * main.integer(tags.BITS, 1) // 8
    if plain and counts in main.entries and sum(main.numbers(counts)) < least:
        raise PhotoError(_CUT)


def _is_deep(main: Directory) -> bool:
    bits = main.integer(tags.BITS, 1)
    if main.integer(tags.SAMPLE_FORMAT, 1) == 3:
        return True
    return bits == 16 and main.integer(tags.PHOTOMETRIC, 1) in (0, 1, 2)


def _pages(data: bytes, main: Directory, big: bool) -> int:
    """Pages in the file, reduced copies not counted; stops at a loop and at a thousand."""
    count, at, seen = 1, main.next, {0}
    while at not in seen and len(seen) < _MAX_PAGES:
        seen.add(at)
        try:
            page = parse(data, at, main.order, big=big)
        except BrokenMetadata:
            break
        count += not page.integer(tags.SUBFILE) & 1
        at = page.next
    return count


def _exif(main: Directory) -> bytes | None:
    """The tags that describe the photograph, as an EXIF block; None where there are none."""
    kept = Directory(main.order, subs=main.subs)
    for tag, entry in main.entries.items():
        if tag not in tags.STRUCTURE and len(entry.raw) <= _LARGEST_TAG and entry.count:
            kept.entries[tag] = entry
    for inner in kept.subs.values():
        inner.entries = {t: e for t, e in inner.entries.items() if len(e.raw) <= _LARGEST_TAG}
    if not kept.subs and not set(kept.entries) - {tags.ORIENTATION, *tags.RESOLUTION}:
        return None
    return file_header(kept.order, 8) + serialise(kept, 8)


def _decode_deep(photo: Photo, data: bytes, main: Directory) -> None:
    """16-bit and float pixels, through OpenCV's libtiff with a directory that we write.

    OpenCV turns the picture by its orientation, misreads separate planes and two channels, and
    keeps white-is-zero. So it is shown plain pictures of one, three or four channels.
    """
    channels, planar = main.integer(tags.CHANNELS, 1), main.integer(tags.PLANAR, 1) == 2
    colours = 3 if main.integer(tags.PHOTOMETRIC, 1) == 2 else 1
    if channels < colours or channels > 4:
        raise PhotoError(_KIND.format(f"{channels} channels"))
    if planar and channels > 1:
        planes = [_decode(data, main, 1, plane) for plane in range(channels)]
        array = np.dstack(planes)
    elif channels == 2 or (channels in (3, 4) and colours == 1):
        array = _decode_flat(data, main, channels)
    else:
        array = _decode(data, main, channels, None)
    array = array.reshape(*array.shape[:2], channels)
    if array.dtype == np.uint16 and main.integer(tags.PHOTOMETRIC, 1) == 0:
        array[..., 0] = 65535 - array[..., 0]
    photo.grey = colours == 1
    photo.pixels = to_rgb(array[..., 0]) if photo.grey else np.ascontiguousarray(array[..., :3])
    kind = main.integer(tags.EXTRA, 0)
    if channels > colours and kind in (1, 2):
        photo.alpha = np.ascontiguousarray(array[..., colours])
    if channels > colours + (photo.alpha is not None):
        photo.notes.append("An extra channel of unknown meaning was left out.")
    if array.dtype != np.uint16:
        _check_float(photo)
    if photo.alpha is not None and kind == 1:
        unmultiply(photo.pixels, photo.alpha)


def _check_float(photo: Photo) -> None:
    for array in (photo.pixels, photo.alpha):
        if array is None:
            continue
        for rows in bands(photo.height, photo.width):
            if not np.isfinite(array[rows]).all():
                raise PhotoError(
                    "The float TIFF holds values that are no numbers (NaN or infinite); "
                    "repair it, or export it as 16-bit TIFF."
                )
            if array[rows].min() < 0 or array[rows].max() > 1:
                raise PhotoError(
                    "The float TIFF holds values outside 0 to 1; "
                    "scale them to that range, or export it as 16-bit TIFF."
                )
    if photo.pixels.dtype == np.float64:
        photo.notes.append("The picture's 64-bit values were read as 32-bit ones.")
        photo.pixels = photo.pixels.astype(np.float32)
        photo.alpha = None if photo.alpha is None else photo.alpha.astype(np.float32)


def _plain(main: Directory, channels: int, plane: int | None, factor: int = 1) -> Directory:
    """A directory of the same strips or tiles as a plain picture of so many channels."""
    order, bits = main.order, main.integer(tags.BITS, 1)
    plain = Directory(order)
    plain.put(tags.WIDTH, 4, main.integer(tags.WIDTH) * factor)
    plain.put(tags.HEIGHT, 4, main.integer(tags.HEIGHT))
    plain.put(tags.BITS, 3, *[bits] * channels)
    plain.put(tags.COMPRESSION, 3, main.integer(tags.COMPRESSION, 1))
    plain.put(tags.PHOTOMETRIC, 3, 1 if channels == 1 else 2)
    plain.put(tags.FILL_ORDER, 3, main.integer(tags.FILL_ORDER, 1))
    plain.put(tags.CHANNELS, 3, channels)
    plain.put(tags.PLANAR, 3, 1)
    plain.put(tags.PREDICTOR, 3, 1 if factor > 1 else main.integer(tags.PREDICTOR, 1))
    plain.put(tags.SAMPLE_FORMAT, 3, *[main.integer(tags.SAMPLE_FORMAT, 1)] * channels)
    if channels == 4:
        plain.put(tags.EXTRA, 3, 2)
    places = (
        (tags.TILE_OFFSETS, tags.TILE_COUNTS)
        if tags.TILE_OFFSETS in main.entries
        else (tags.OFFSETS, tags.COUNTS)
    )
    if places[0] == tags.TILE_OFFSETS:
        plain.put(tags.TILE_WIDTH, 4, main.integer(tags.TILE_WIDTH) * factor)
        plain.put(tags.TILE_HEIGHT, 4, main.integer(tags.TILE_HEIGHT))
    else:
        plain.put(tags.ROWS, 4, min(main.integer(tags.ROWS, 2**32 - 1), main.integer(tags.HEIGHT)))
    for tag in places:
        values = [int(value) for value in main.numbers(tag)]
        if plane is not None:
            share = len(values) // main.integer(tags.CHANNELS, 1)
            values = values[share * plane : share * (plane + 1)]
        plain.put(tag, 4, *values)
    return plain


def _decode(
    data: bytes, main: Directory, channels: int, plane: int | None, factor: int = 1
) -> np.ndarray:
    """One plain picture (plane: of a file with separate planes) -> H x W [x 3 or 4], RGB order."""
    plain = _plain(main, channels, plane, factor)
    offsets = tags.TILE_OFFSETS if tags.TILE_OFFSETS in plain.entries else tags.OFFSETS
    lengths = tags.TILE_COUNTS if offsets == tags.TILE_OFFSETS else tags.COUNTS
    pairs = list(zip(plain.numbers(offsets), plain.numbers(lengths), strict=False))
    if not pairs or any(start + length > len(data) for start, length in pairs):
        raise PhotoError(_CUT)
    at = len(data) + len(data) % 2
    whole = b"".join(
        (file_header(main.order, at), data[8:], bytes(len(data) % 2), serialise(plain, at))
    )
    array = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_UNCHANGED)
    wanted = np.uint16 if main.integer(tags.BITS) == 16 else (np.float32, np.float64)
    width = main.integer(tags.WIDTH) * factor
    if array is None or array.dtype not in np.atleast_1d(np.array(wanted, dtype=object)):
        raise PhotoError(_CUT)
    if array.shape != (main.integer(tags.HEIGHT), width, *((channels,) if channels > 1 else ())):
        raise PhotoError(_CUT)
    if channels > 1:
        array = array[..., [2, 1, 0, 3][:channels]]
    return array


def _decode_flat(data: bytes, main: Directory, channels: int) -> np.ndarray:
    """Interleaved channels that OpenCV cannot take apart, shown as one wide grey picture.

    The horizontal predictor reaches across channels, so it is undone here, tile by tile.
    """
    if main.integer(tags.PREDICTOR, 1) == 3:
        raise PhotoError(_KIND.format("grey with alpha and a floating-point predictor"))
    array = _decode(data, main, 1, None, channels)
    array = array.reshape(array.shape[0], -1, channels)
    if main.integer(tags.PREDICTOR, 1) == 2:
        step = main.integer(tags.TILE_WIDTH) or array.shape[1]
        for left in range(0, array.shape[1], step):
            part = array[:, left : left + step]
            np.cumsum(part, axis=1, dtype=array.dtype, out=part)
    return array


_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

FORMAT = Format(
    "TIFF",
    "TIFF",
    "image/tiff",
    (".tif", ".tiff"),
    matches=lambda data: data.startswith(_MAGIC) and data[8:10] != b"CR",
    read=_read,
    write=write_tiff,
    place=4,
    depth=32,
)
