"""Places in the picture that its XMP states: they turn with the pixels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from photo_carried import RDF, exif_segment, exiftool, jpeg, xmp_segment
from photo_cases import exif_block

import photo
from photo.metadata.turn import Turn
from photo.metadata.xmp import upright_xmp
from photo.pixels import upright

CRS = b'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"'
CROP = RDF % (
    CRS + b' crs:HasCrop="True" crs:CropTop="0.1" crs:CropLeft="0.25" crs:CropBottom="0.5" '
    b'crs:CropRight="0.875" crs:CropAngle="%s" crs:Exposure2012="+0.50">'
)
CROP_ELEMENTS = RDF % (
    CRS + b"><crs:CropTop>0.1</crs:CropTop><crs:CropLeft>0.25</crs:CropLeft>"
    b"<crs:CropBottom>0.5</crs:CropBottom><crs:CropRight>0.875</crs:CropRight>"
)
REGION = RDF % (
    b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><Iptc4xmpExt:ImageRegion>'
    b'<rdf:Bag><rdf:li rdf:parseType="Resource">'
    b'<Iptc4xmpExt:RegionBoundary rdf:parseType="Resource">%s</Iptc4xmpExt:RegionBoundary>'
    b"</rdf:li></rdf:Bag></Iptc4xmpExt:ImageRegion>"
)
STORED = (8, 4)  # width and height of the picture in which the places lie


def boundary(unit: str, *properties: tuple[str, float]) -> bytes:
    """A packet with one of IPTC's regions."""
    parts = [("Unit", unit), *properties]
    return (
        REGION
        % "".join(
            f"<Iptc4xmpExt:rb{name}>{value}</Iptc4xmpExt:rb{name}>" for name, value in parts
        ).encode()
    )


def number(packet: bytes, name: str) -> float:
    """The value of a property."""
    (found,) = re.findall(name.encode() + rb"(?:=\"|>)([^\"<]+)", packet)
    return float(found)


def turned(left: float, top: float, right: float, bottom: float, orientation: int) -> list[float]:
    """Where a rectangle of whole pixels lies once they are turned."""
    array = np.zeros(STORED[::-1], np.uint8)
    array[int(top) : int(bottom), int(left) : int(right)] = 1
    rows, columns = np.nonzero(upright(array, orientation))
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("unit", ["relative", "pixel"])
def test_a_rectangle_of_iptc_turns_as_the_pixels_do(unit: str, orientation: int) -> None:
    sides = (1, 1) if unit == "pixel" else STORED
    values = (1 / sides[0], 0, 3 / sides[0], 2 / sides[1])
    packet = boundary(unit, *zip("XYWH", values, strict=True))
    result = upright_xmp(packet, Turn(orientation, STORED))
    left, top, right, bottom = turned(1, 0, 4, 2, orientation)
    across, down = sides[::-1] if orientation > 4 else sides
    wanted = [left / across, top / down, (right - left) / across, (bottom - top) / down]
    assert [number(result, f"rb{name}") for name in "XYWH"] == pytest.approx(wanted)


def test_a_circle_of_iptc_turns_by_its_middle_and_keeps_its_size() -> None:
    packet = boundary("relative", ("X", 0.25), ("Y", 0.5), ("Rx", 0.125))
    result = upright_xmp(packet, Turn(6, STORED))
    assert [number(result, f"rb{name}") for name in ("X", "Y", "Rx")] == [0.5, 0.25, 0.25]


def test_a_polygon_of_iptc_turns_point_by_point() -> None:
    points = [(0.1, 0.2), (0.3, 0.2), (0.3, 0.9)]
    packet = boundary("relative", *((n, v) for p in points for n, v in zip("XY", p, strict=True)))
    result = upright_xmp(packet, Turn(3, STORED))
    xs = re.findall(rb"rbX>([\d.]+)", result)
    ys = re.findall(rb"rbY>([\d.]+)", result)
    assert list(zip(xs, ys, strict=True)) == [(b"0.9", b"0.8"), (b"0.7", b"0.8"), (b"0.7", b"0.1")]


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("packet", [CROP % b"0", CROP_ELEMENTS], ids=["attributes", "elements"])
def test_camera_raw_s_crop_turns_with_the_picture(packet: bytes, orientation: int) -> None:
    result = upright_xmp(packet, Turn(orientation, STORED))
    turn = Turn(orientation, STORED)
    corners = np.array([turn.point(0.25, 0.1), turn.point(0.875, 0.5)])
    wanted = [*corners.min(axis=0), *corners.max(axis=0)]
    sides = ("Left", "Top", "Right", "Bottom")
    assert [number(result, f"Crop{side}") for side in sides] == wanted


def test_places_are_left_alone_where_the_picture_lies_upright() -> None:
    for packet in (CROP % b"2.5", boundary("relative", ("X", 0.5), ("Y", 0.1))):
        assert upright_xmp(packet, Turn(1, STORED)) == packet


def test_a_slanted_crop_goes_with_a_note_where_the_picture_is_turned() -> None:
    exif = exif_segment(exif_block(6, thumbnail=False))
    source = photo.read(jpeg(exif, xmp_segment(CROP % b"-2.5")))
    assert b"Crop" not in (source.xmp or b"")
    assert b'crs:Exposure2012="+0.50"' in (source.xmp or b"")
    assert any("crop" in note for note in source.notes)


def test_other_programs_see_the_turned_places(tmp_path: Path) -> None:
    exif = exif_segment(exif_block(6, thumbnail=False))
    region = boundary("relative", *zip("XYWH", (0.1, 0.2, 0.3, 0.4), strict=True))
    more = region.replace(
        b'rdf:about="" ',
        b'rdf:about="" ' + CRS + b' crs:CropTop="0.1" '
        b'crs:CropLeft="0" crs:CropBottom="0.5" crs:CropRight="0.9" ',
    )
    source = photo.read(jpeg(exif, xmp_segment(more)))
    (tmp_path / "x.jpg").write_bytes(photo.write(source))
    seen = exiftool(tmp_path / "x.jpg")
    assert not any("crop" in note for note in source.notes)
    sides = [seen[f"Crop{side}"] for side in ("Left", "Top", "Right", "Bottom")]
    assert sides == pytest.approx([0.5, 0, 0.9, 0.9])
    values = [seen[f"ImageRegionBoundary{name}"] for name in ("X", "Y", "W", "H")]
    assert values == pytest.approx([0.4, 0.1, 0.4, 0.3])


FACE = RDF % b'a:a="1"><mwg-rs:Area stArea:x="0.5" stArea:y="0.1" stArea:w="0.2" stArea:h="0.2"/>'
RECTANGLE = RDF % b'MPReg:Rectangle="0.5, 0.1, 0.2, 0.2">'


@pytest.mark.parametrize("value", [b"1e", b"-", b"1e999", b"-1e999", b"1.7e308"])
@pytest.mark.parametrize(
    ("packet", "kept"),
    [
        (CROP % b"0", b"Exposure2012"),
        (boundary("relative", *zip("XYWH", (0.5, 0.1, 0.2, 0.2), strict=True)), b"rbX"),
        (FACE, b"stArea:x"),
        (RECTANGLE, b"MPReg:Rectangle"),
    ],
    ids=["crop", "IPTC", "MWG", "Microsoft"],
)
def test_places_that_make_no_sense_do_no_harm(packet: bytes, kept: bytes, value: bytes) -> None:
    packet = re.sub(rb"\b0\.[12]\b", value, packet)
    result = upright_xmp(packet, Turn(6, STORED))
    assert kept in result
    assert b"inf" not in result
    assert b"nan" not in result


def test_the_crop_s_width_and_height_change_places() -> None:
    packet = (CROP % b"0").replace(b"crs:Exp", b'crs:CropWidth="4" crs:CropHeight="2" crs:Exp')
    result = upright_xmp(packet, Turn(8, STORED))
    assert (number(result, "CropWidth"), number(result, "CropHeight")) == (2, 4)
