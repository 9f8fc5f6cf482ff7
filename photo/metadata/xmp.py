"""XMP packets, edited as text: their bytes stay as they are but for what is no longer true.

Not parsed as XML: packets in real files are often not quite XML, and parsing would rewrite all.
"""

from __future__ import annotations

import hashlib
import re

from photo.metadata.turn import Turn

LONGEST_PACKET = 65_502  # bytes of a packet in a JPEG segment, by the XMP specification
# What stands before a value, be it an attribute (name="1") or an element (<name>1</name>).
_BEFORE = rb"(?:\s*=\s*[\"']|>)\s*"
_SIDES = (
    (rb"tiff:ImageWidth", rb"tiff:ImageLength"),
    (rb"exif:PixelXDimension", rb"exif:PixelYDimension"),
)
_REGION = re.compile(rb"<(mwg-rs:Area)\b[^>]*?(?:/>|>.*?</\1>)", re.DOTALL)
_SIZE = re.compile(rb"<(mwg-rs:AppliedToDimensions)\b[^>]*?(?:/>|>.*?</\1>)", re.DOTALL)
_RECTANGLE = re.compile(rb"(MPReg:Rectangle" + _BEFORE + rb")([-+0-9.eE,\s]+)")
_DIRECTORY = re.compile(rb"<((?:G?Container):Directory)\b[^>]*>.*?</\1>", re.DOTALL)
_ITEM = re.compile(rb"<rdf:li\b[^>]*?(?:/>|>.*?</rdf:li>)", re.DOTALL)
_GUID = re.compile(rb"xmpNote:HasExtendedXMP" + _BEFORE + rb"([0-9A-Fa-f]{32})")


def orientation_of(xmp: bytes) -> int:
    """What a packet says about how the picture lies (1-8), 0 if nothing."""
    found = re.search(rb"tiff:Orientation" + _BEFORE + rb"([1-8])\s*[\"'<]", xmp)
    return int(found.group(1)) if found else 0


def upright_xmp(xmp: bytes, turn: Turn) -> bytes:
    """The packet true of the upright picture: orientation 1, its sizes, its regions."""
    xmp = re.sub(rb"(tiff:Orientation" + _BEFORE + rb")[2-8]", rb"\g<1>1", xmp)
    for names in _SIDES:
        for name, side in zip(names, turn.upright, strict=True):
            xmp = re.sub(rb"(" + name + _BEFORE + rb")\d+", rb"\g<1>%d" % side, xmp)
    if turn.orientation == 1:
        return xmp
    xmp = _REGION.sub(lambda found: _turn_region(found.group(), turn), xmp)
    if turn.swaps:
        xmp = _SIZE.sub(lambda found: _swap(found.group()), xmp)
    return _RECTANGLE.sub(lambda found: found.group(1) + _turn_rectangle(found.group(2), turn), xmp)


def _number(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(:" + name + _BEFORE + rb")([-+0-9.eE]+)")


_X, _Y, _W, _H = (_number(name) for name in (b"x", b"y", b"w", b"h"))


def _turn_region(area: bytes, turn: Turn) -> bytes:
    """Its middle, width and height are shares of the picture's sides."""
    x, y = _X.search(area), _Y.search(area)
    if x is None or y is None:
        return area
    try:
        middle = turn.point(float(x.group(2)), float(y.group(2)))
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
        left, top, width, height = (float(part) for part in text.split(b","))
    except ValueError:
        return text
    ends = turn.point(left, top), turn.point(left + width, top + height)
    (x, across), (y, down) = (sorted(pair) for pair in zip(*ends, strict=True))
    return ", ".join(f"{value:.6f}" for value in (x, y, across - x, down - y)).encode()


def without_names(xmp: bytes, names: bytes) -> bytes:
    """The packet without the properties that this pattern (b"hdrgm:\\w+") matches."""
    xmp = re.sub(rb"<(" + names + rb")\b[^>]*?(?:/>|>.*?</\1>)\s*", b"", xmp, flags=re.DOTALL)
    xmp = re.sub(rb"\s+" + names + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xmp)
    return _without_unused(xmp)


def _without_unused(xmp: bytes) -> bytes:
    """The packet without the name spaces that only what was taken out has used."""
    for prefix in (b"hdrgm", b"HDRGainMap", b"GDepth", b"GCamera", b"Container", b"Item"):
        if prefix + b":" not in xmp:
            xmp = re.sub(rb"\s+xmlns:" + prefix + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xmp)
    return xmp


def without_items(xmp: bytes, kinds: tuple[bytes, ...]) -> bytes:
    """The packet without these entries of its directory of what follows the picture."""

    def shorten(found: re.Match[bytes]) -> bytes:
        items = _ITEM.findall(found.group())
        gone = [item for item in items if any(kind in item for kind in kinds)]
        if len(items) - len(gone) <= 1:  # only the picture itself is left
            return b""
        result = found.group()
        for item in gone:
            result = result.replace(item, b"")
        return result

    return _without_unused(_DIRECTORY.sub(shorten, xmp))


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
    inner = re.search(rb"<rdf:RDF\b[^>]*>(.*)</rdf:RDF>", extension, re.DOTALL)
    end = xmp.rfind(b"</rdf:RDF>")
    if inner is None or end < 0:
        return xmp
    whole = xmp[:end] + inner.group(1) + xmp[end:]
    return without_names(whole, rb"xmpNote:HasExtendedXMP")
