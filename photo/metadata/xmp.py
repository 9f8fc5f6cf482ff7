"""XMP packets, edited as text: their bytes stay as they are but for what is no longer true.

Not parsed as XML: packets in real files are often not quite XML, and parsing would rewrite all.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from photo.metadata.turn import Turn

LONGEST_PACKET = 65_502  # bytes of a packet in a JPEG segment, by the XMP specification
# What stands before a value, be it an attribute (name="1") or an element (<name>1</name>).
_BEFORE = rb"(?:\s*=\s*[\"']|>)\s*"
_SIDES = (
    (rb"tiff:ImageWidth", rb"tiff:ImageLength"),
    (rb"exif:PixelXDimension", rb"exif:PixelYDimension"),
)
_REGION, _SIZE = rb"mwg-rs:Area", rb"mwg-rs:AppliedToDimensions"
_RECTANGLE = re.compile(rb"(MPReg:Rectangle" + _BEFORE + rb")([-+0-9.eE,\s]+)")
_BOUNDARY, _IPTC = rb"Iptc4xmpExt:RegionBoundary", rb"Iptc4xmpExt:rb"
CROP, _CROPS = rb"crs:Crop", rb"crs:(?:HasCrop|Crop\w+)"
_DIRECTORY, _ITEM = rb"G?Container:Directory", rb"rdf:li"
# What announces maps and a video beside the picture. GDepth's map is in the packet itself.
MAP_ITEMS = (b"GainMap", b"Depth", b"RecoveryMap")
_VIDEO_ITEMS = (b"MotionPhoto",)
_ANNOUNCING = rb"(?:hdrgm:\w+|HDRGainMap:\w+|GCamera:(?:MicroVideo|MotionPhoto)\w*)"
_PREFIXES = (
    b"hdrgm",
    b"HDRGainMap",
    b"GDepth",
    b"GImage",
    b"GCamera",
    b"Container",
    b"Item",
    b"xmpGImg",
    b"xapGImg",
)
_FARTHEST = 1e9  # no place in a picture has a larger number, be it in pixels
_GUID = re.compile(rb"xmpNote:HasExtendedXMP" + _BEFORE + rb"([0-9A-Fa-f]{32})")


def orientation_of(xmp: bytes) -> int:
    """What a packet says about how the picture lies (1-8), 0 if nothing."""
    found = re.search(rb"tiff:Orientation" + _BEFORE + rb"([1-8])\s*[\"'<]", xmp)
    return int(found.group(1)) if found else 0


def upright_xmp(xmp: bytes, turn: Turn) -> bytes:
    """The packet true of the upright picture: orientation 1, its sizes, its regions, its crop.

    A slanted crop of Camera Raw, whose corners are not those of its frame, is left out.
    """
    xmp = re.sub(rb"(tiff:Orientation" + _BEFORE + rb")[2-8]", rb"\g<1>1", xmp)
    for names in _SIDES:
        for name, side in zip(names, turn.upright, strict=True):
            xmp = re.sub(rb"(" + name + _BEFORE + rb")\d+", rb"\g<1>%d" % side, xmp)
    if turn.orientation == 1:
        return xmp
    xmp = _edited(xmp, _REGION, lambda area: _turn_region(area, turn))
    xmp = _edited(xmp, _BOUNDARY, lambda boundary: _turn_boundary(boundary, turn))
    xmp = _turn_crops(xmp, turn)
    if turn.swaps:
        xmp = _edited(xmp, _SIZE, _swap)
    return _RECTANGLE.sub(lambda found: found.group(1) + _turn_rectangle(found.group(2), turn), xmp)


def _elements(xmp: bytes, names: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each element whose name matches this pattern, but none inside another.

    A pattern for the whole element would look through all the rest of a hostile packet for each
    start without an end; here the ends are sought once.
    """
    ends: dict[bytes, list[int]] = {}
    for found in re.finditer(rb"</(" + names + rb")>", xmp):
        ends.setdefault(found.group(1), []).append(found.end())
    at = close = 0
    for found in re.finditer(rb"<(" + names + rb")\b", xmp):
        if found.start() < at:
            continue
        if close < found.end():
            close = xmp.find(b">", found.end())
        if close < 0:
            return
        end = close + 1
        if xmp[close - 1 : close] != b"/":
            known = ends.get(found.group(1), [])
            place = bisect_left(known, end + len(found.group(1)) + 3)
            if place == len(known):
                continue
            end = known[place]
        yield found.start(), end
        at = end


def _edited(xmp: bytes, names: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The packet with each of these elements changed."""
    parts, at = [], 0
    for start, end in _elements(xmp, names):
        parts += [xmp[at:start], change(xmp[start:end])]
        at = end
    return b"".join((*parts, xmp[at:]))


def _number(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(:" + name + _BEFORE + rb")([-+0-9.eE]+)")


_X, _Y, _W, _H = (_number(name) for name in (b"x", b"y", b"w", b"h"))


def _sane(number: bytes) -> float:
    """A number that can be one of a place; ValueError for others, which could become inf or nan."""
    value = float(number)
    if not abs(value) < _FARTHEST:
        raise ValueError
    return value


def _turn_region(area: bytes, turn: Turn) -> bytes:
    """Its middle, width and height are shares of the picture's sides."""
    x, y = _X.search(area), _Y.search(area)
    if x is None or y is None:
        return area
    try:
        middle = turn.point(_sane(x.group(2)), _sane(y.group(2)))
    except ValueError:
        return area
    for name, value in zip((_X, _Y), middle, strict=True):
        area = name.sub(rb"\g<1>%s" % f"{value:.6g}".encode(), area)
    return _swap(area) if turn.swaps else area


def _swap(area: bytes) -> bytes:
    """Width and height change places."""
    w, h = _W.search(area), _H.search(area)
    if w is None or h is None:
        return area
    width, height = w.group(2), h.group(2)
    return _H.sub(rb"\g<1>%s" % width, _W.sub(rb"\g<1>%s" % height, area))


def _turn_rectangle(text: bytes, turn: Turn) -> bytes:
    """Microsoft's region: left, top, width and height as shares of the picture's sides."""
    try:
        left, top, width, height = (_sane(part) for part in text.split(b","))
    except ValueError:
        return text
    x, y, across, down = _corners(turn, left, top, left + width, top + height)
    return ", ".join(f"{value:.6f}" for value in (x, y, across - x, down - y)).encode()


def _corners(
    turn: Turn, x: float, y: float, across: float, down: float, size: tuple[int, int] = (1, 1)
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a rectangle that has these in the stored picture."""
    (x, y), (across, down) = turn.point(x, y, size), turn.point(across, down, size)
    return min(x, across), min(y, down), max(x, across), max(y, down)


def _found(xmp: bytes, name: bytes) -> list[re.Match[bytes]]:
    """Each value, a number, of this property."""
    return [*re.finditer(name + _BEFORE + rb"([-+0-9.eE]+)", xmp)]


def _floats(found: Iterable[re.Match[bytes]]) -> list[float]:
    return [_sane(one.group(1)) for one in found]


def _with_numbers(xmp: bytes, changed: list[tuple[re.Match[bytes], float]]) -> bytes:
    """The packet with other numbers in these places."""
    parts, at = [], 0
    for found, value in sorted(changed, key=lambda change: change[0].start(1)):
        parts += [xmp[at : found.start(1)], f"{round(value, 6):.12g}".encode()]
        at = found.end(1)
    return b"".join((*parts, xmp[at:]))


def _turn_boundary(boundary: bytes, turn: Turn) -> bytes:
    """IPTC's region: a rectangle by its corner, a circle by its middle, or the points of a polygon.

    As shares of the picture's sides (a circle's radius as one of its width), or in pixels.
    """
    xs, ys, widths, heights, radii = (
        _found(boundary, _IPTC + name) for name in (b"X", b"Y", b"W", b"H", b"Rx")
    )
    pixels = re.search(_IPTC + rb"Unit" + _BEFORE + rb"pixel", boundary)
    size = turn.stored if pixels else (1, 1)
    changed: list[tuple[re.Match[bytes], float]] = []
    try:
        for place in zip(xs, ys, widths, heights, strict=False):
            x, y, width, height = _floats(place)
            x, y, right, bottom = _corners(turn, x, y, x + width, y + height, size)
            changed += zip(place, (x, y, right - x, bottom - y), strict=True)
        for point in zip(xs, ys, strict=False) if not widths else ():
            x, y = _floats(point)
            changed += zip(point, turn.point(x, y, size), strict=True)
        if turn.swaps and not pixels:
            share = turn.stored[0] / turn.stored[1]
            changed += [
                (found, value * share) for found, value in zip(radii, _floats(radii), strict=True)
            ]
    except ValueError:
        return boundary
    return _with_numbers(boundary, changed)


def _turn_crops(xmp: bytes, turn: Turn) -> bytes:
    """Camera Raw's crop: its frame's sides, as shares of those of the picture as it was stored."""
    sides = [_found(xmp, CROP + side) for side in (b"Left", b"Top", b"Right", b"Bottom")]
    if not any(sides):
        return xmp
    changed: list[tuple[re.Match[bytes], float]] = []
    try:
        if any(_floats(_found(xmp, CROP + b"Angle"))):
            return without_names(xmp, _CROPS)
        for frame in zip(*sides, strict=True):
            left, top, right, bottom = _floats(frame)
            changed += zip(frame, _corners(turn, left, top, right, bottom), strict=True)
        lengths = (_found(xmp, CROP + side) for side in (b"Width", b"Height"))
        for pair in zip(*lengths, strict=True) if turn.swaps else ():
            changed += zip(pair, _floats(pair)[::-1], strict=True)
    except ValueError:
        return without_names(xmp, _CROPS)
    return _with_numbers(xmp, changed)


def without_names(xmp: bytes, names: bytes) -> bytes:
    """The packet without the properties that this pattern (b"hdrgm:\\w+") matches."""
    parts, at = [], 0
    for start, end in _elements(xmp, names):
        parts.append(xmp[at:start].lstrip() if at else xmp[:start])
        at = end
    parts.append(xmp[at:].lstrip() if at else xmp)
    return _without_unused(_without_attributes(b"".join(parts), names))


def _without_attributes(xmp: bytes, names: bytes) -> bytes:
    """The packet without these attributes, and without the space before each.

    The space is no part of the pattern, which would look at long padding again for each byte of it.
    """
    parts, at = [], 0
    for found in re.finditer(rb"(?<=\s)" + names + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", xmp):
        parts.append(xmp[at : found.start()].rstrip())
        at = found.end()
    return b"".join((*parts, xmp[at:]))


def _without_unused(xmp: bytes) -> bytes:
    """The packet without the name spaces that only what was taken out has used."""
    for prefix in _PREFIXES:
        if prefix + b":" not in xmp:
            xmp = _without_attributes(xmp, b"xmlns:" + prefix)
    return xmp


def without_items(xmp: bytes, kinds: tuple[bytes, ...]) -> bytes:
    """The packet without these entries of its directory of what follows the picture."""

    def kept(item: bytes) -> bytes:
        return b"" if any(kind in item for kind in kinds) else item

    def shorten(directory: bytes) -> bytes:
        if directory.endswith(b"/>"):
            return directory
        left = sum(1 for a, b in _elements(directory, _ITEM) if kept(directory[a:b]))
        # Where only the picture itself is left, there is no need for a directory.
        return _edited(directory, _ITEM, kept) if left > 1 else b""

    return _without_unused(_edited(xmp, _DIRECTORY, shorten))


def unannounced(xmp: bytes) -> bytes:
    """A packet without what announces maps or a video beside the picture."""
    return without_items(without_names(xmp, _ANNOUNCING), (*MAP_ITEMS, *_VIDEO_ITEMS))


def split_long(xmp: bytes) -> tuple[bytes, bytes]:
    """A packet too long for a JPEG segment -> a short one that announces it, and its GUID."""
    guid = hashlib.md5(xmp, usedforsecurity=False).hexdigest().upper().encode()
    short = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
        b'xmpNote:HasExtendedXMP="' + guid + b'"/></rdf:RDF></x:xmpmeta>'
    )
    return short, guid


def extension_of(xmp: bytes) -> bytes:
    """The GUID of the extension that a packet announces, or nothing."""
    found = _GUID.search(xmp)
    return found.group(1) if found else b""


def joined(xmp: bytes, extension: bytes) -> bytes:
    """A packet and its extension as one, for formats whose packets may be long."""
    root = re.search(rb"<rdf:RDF\b", extension)
    start = extension.find(b">", root.end()) + 1 if root else 0
    stop, end = extension.rfind(b"</rdf:RDF>"), xmp.rfind(b"</rdf:RDF>")
    if not start or stop < start or end < 0:
        return xmp
    whole = xmp[:end] + extension[start:stop] + xmp[end:]
    return without_names(whole, rb"xmpNote:HasExtendedXMP")
