"""Files that carry all kinds of things, made here, and what judges the results: other programs."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from photo_cases import chunk, exif_block, pixels, png, saved, srgb_profile, tiff

RDF = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" %s'
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
REGION = RDF % (
    b'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    b'xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" '
    b'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" '
    b'xmlns:MP="http://ns.microsoft.com/photo/1.2/" '
    b'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">'
    b'<mwg-rs:Regions rdf:parseType="Resource">'
    b'<mwg-rs:AppliedToDimensions stDim:w="53" stDim:h="37" stDim:unit="pixel"/>'
    b'<mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">'
    b'<mwg-rs:Area stArea:x="0.2" stArea:y="0.25" stArea:w="0.2" stArea:h="0.3"/>'
    b"</rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    b'<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>'
    b'<rdf:li MPReg:Rectangle="0.1, 0.1, 0.2, 0.3"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
)
GAIN_MAP = RDF % (
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" '
    b'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    b'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><Container:Directory><rdf:Seq>'
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"/></rdf:li>'
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="1"/>'
    b"</rdf:li></rdf:Seq></Container:Directory>"
)
VIDEO = struct.pack(">I", 24) + b"ftypmp42" + bytes(12) + bytes(range(256)) * 4
MOTION = RDF % (
    b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
    b'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="%d">' % len(VIDEO)
)


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(*segments: bytes, behind: bytes = b"", channels: int = 3) -> bytes:
    """A JPEG with these segments behind its first one."""
    plain = saved(pixels(channels=channels), "JPEG", quality=95)
    at = 4 + int.from_bytes(plain[4:6], "big")
    return plain[:at] + b"".join(segments) + plain[at:] + behind


def exif_segment(block: bytes) -> bytes:
    """The segment of an EXIF block."""
    return segment(0xE1, b"Exif\0\0" + block)


def xmp_segment(packet: bytes) -> bytes:
    """The segment of an XMP packet."""
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def captions(*more: bytes) -> bytes:
    """Photoshop's resources with an IPTC caption and a keyword."""
    records = b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text
        for number, text in ((120, b"A boat at sea"), (25, b"boat"), (116, b"(c) me"))
    )
    return resource(0x0404, records) + b"".join(more)


def resource(number: int, body: bytes) -> bytes:
    """One of Photoshop's resources."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)


def captions_segment(*more: bytes) -> bytes:
    """The JPEG segment of `captions`."""
    return segment(0xED, b"Photoshop 3.0\0" + captions(*more))


def raw_profile(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk as ImageMagick keeps metadata."""
    text = b"\n%s\n%8d\n%s\n" % (kind, len(content), content.hex().encode())
    return chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(text))


def ultra_hdr(orientation: int = 1) -> bytes:
    """A JPEG with a gain map behind it, in an MPF index and in the XMP."""
    gain = jpeg(xmp_segment(GAIN_MAP), channels=1)
    entries = struct.pack("<IIIHH", 0x030000, 1, 0, 0, 0)
    entries += struct.pack("<IIIHH", 0, len(gain), 0, 0, 0)
    tags = struct.pack("<HHHI4sHHII", 3, 0xB000, 7, 4, b"0100", 0xB001, 4, 1, 2)
    tags += struct.pack("<HHIII", 0xB002, 7, 32, 50, 0)
    index = segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + tags + entries)
    exif = exif_segment(exif_block(orientation, thumbnail=False))
    packet = xmp_segment(GAIN_MAP.replace(b'Length="1"', b'Length="%d"' % len(gain)))
    data = jpeg(exif, packet, index)
    place = data.index(b"MPF\0") + 4
    at = data.index(entries)
    entry = struct.pack("<I", len(data) - place)
    return data[: at + 24] + entry + data[at + 28 :] + gain


def samples() -> dict[str, bytes]:
    """Files that carry one thing more than pixels each, by format and thing."""
    comment = b"a comment"
    exif, icc, array = exif_block(thumbnail=False), srgb_profile(), pixels()
    more = {"exif": b"Exif\0\0" + exif, "icc_profile": icc}
    p3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    text = b"parameters\0a red sun"
    return {
        "JPEG: ICC profile": jpeg(segment(0xE2, b"ICC_PROFILE\0\1\1" + icc)),
        "JPEG: EXIF": jpeg(exif_segment(exif)),
        "JPEG: XMP": jpeg(xmp_segment(REGION)),
        "JPEG: captions (IPTC)": jpeg(captions_segment()),
        "JPEG: comment": jpeg(segment(0xFE, comment)),
        "JPEG: private segment": jpeg(segment(0xE7, b"private")),
        "JPEG: gain map": ultra_hdr(),
        "JPEG: motion photo's video": jpeg(xmp_segment(MOTION), behind=VIDEO),
        "PNG: ICC profile": png(array, chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))),
        "PNG: EXIF": png(array, chunk(b"eXIf", exif)),
        "PNG: XMP": png(array, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + REGION)),
        "PNG: captions (IPTC)": png(array, raw_profile(b"iptc", captions())),
        "PNG: comment": png(array, chunk(b"tEXt", b"Comment\0a comment")),
        "PNG: text": png(array, chunk(b"tEXt", text)),
        "PNG: colour (gAMA, cHRM)": png(
            array, chunk(b"gAMA", struct.pack(">I", 55556)), chunk(b"cHRM", p3)
        ),
        "PNG: colour (cICP, P3)": png(array, chunk(b"cICP", bytes((12, 13, 0, 1)))),
        "PNG: HDR (cICP, PQ)": png(pixels("u2"), chunk(b"cICP", bytes((9, 16, 0, 1)))),
        "PNG: private chunk": png(array, chunk(b"prVt", b"private")),
        "WebP: ICC profile, EXIF": saved(array, "WEBP", **more),
        "WebP: private chunk": _webp_with_chunk(),
        "TIFF: ICC profile, EXIF": saved(array, "TIFF", **more),
        "TIFF: captions (IPTC)": tiff(array, extratags=[(34377, 7, None, captions(), True)]),
        "TIFF: document name": tiff(array, extratags=[(269, 2, None, "page nine", True)]),
        "AVIF: ICC profile, EXIF": saved(array, "AVIF", **more),
        "AVIF: private box": saved(array, "AVIF") + struct.pack(">I4s", 15, b"prVt") + b"private",
        "JPEG 2000: captions (IPTC)": saved(array, "JPEG2000") + _iptc_box(),
        "BMP: density": saved(array, "BMP", dpi=(300, 300)),
        "GIF: comment": saved(array, "GIF", comment=comment),
    }


def made_of(name: str) -> list[bytes]:
    """What a sample's file was made of, as it stands in the file and in that of its result."""
    format, _, what = name.partition(": ")
    exact = {
        "JPEG: XMP": REGION,
        "JPEG: gain map": jpeg(xmp_segment(GAIN_MAP), channels=1),
        "JPEG: motion photo's video": VIDEO,
        "PNG: XMP": REGION,
        "PNG: captions (IPTC)": raw_profile(b"iptc", captions()),
        "PNG: text": b"parameters\0a red sun",
        "PNG: colour (gAMA, cHRM)": chunk(b"gAMA", struct.pack(">I", 55556)),
        "PNG: colour (cICP, P3)": chunk(b"cICP", bytes((12, 13, 0, 1))),
        "PNG: HDR (cICP, PQ)": chunk(b"cICP", bytes((9, 16, 0, 1))),
        "TIFF: document name": b"page nine",
        "JPEG 2000: captions (IPTC)": captions()[12:],
    }
    parts = [exact[name]] if name in exact else []
    if "EXIF" in what:  # a TIFF's is put together anew, an AVIF's loses its orientation
        moved = format in ("TIFF", "AVIF")
        parts.append(b"secret of the maker" if moved else exif_block(thumbnail=False))
    words = {"private": b"private", "comment": b"a comment", "captions": captions()}
    parts += [text for word, text in words.items() if word in what and name not in exact]
    return parts


def _webp_with_chunk() -> bytes:
    data = saved(pixels(), "WEBP", exif=b"Exif\0\0" + exif_block(thumbnail=False))
    data += struct.pack("<4sI", b"prVt", 8) + b"private!"
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def _iptc_box() -> bytes:
    body = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38") + captions()[12:]
    return struct.pack(">I4s", len(body) + 8, b"uuid") + body


def exiftool(path: Path, *options: str) -> dict[str, object]:
    """What exiftool sees in a file, by tag; the test is skipped where it is not installed."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    found = subprocess.run(
        ["exiftool", "-json", "-n", "-a", *options, str(path)], capture_output=True, check=True
    )
    return json.loads(found.stdout)[0]


def avif_facts(path: Path) -> dict[str, str]:
    """What avifdec says of an AVIF, by name; the test is skipped where it is not installed."""
    if shutil.which("avifdec") is None:
        pytest.skip("avifdec is not installed")
    found = subprocess.run(
        ["avifdec", "--info", str(path)], capture_output=True, check=True, text=True
    )
    lines = (line.strip(" *").split(":", 1) for line in found.stdout.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in lines}


def decoded(program: str, arguments: list[str], result: Path) -> np.ndarray:
    """What another program decodes to a file; the test is skipped where it is not installed."""
    from PIL import Image

    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    subprocess.run([program, *arguments], capture_output=True, check=True)
    return np.array(Image.open(result))
