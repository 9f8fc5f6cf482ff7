"""Hostile files: a few bytes do not become many, and no work grows with the square of a size."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from photo_carried import GAIN_MAP, exif_segment, jpeg, raw_profile, segment, xmp_segment
from photo_cases import chunk, pixels, png, saved, tiff

import photo
from photo.base import Block
from photo.formats import _boxes as boxes
from photo.formats import _png_texts as texts
from photo.formats import _tiff_checks as checks
from photo.formats._boxes import box
from photo.metadata import xmp as packets
from photo.metadata.exif import upright_exif
from photo.metadata.ifd import EXIF, GPS, INTEROP, Directory, Entry, parse
from photo.metadata.turn import Turn

UPRIGHT = Turn(1, (53, 37))
SECONDS = 6  # many times what is needed, and a small part of what the square would take


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What the work gives, which must not take longer."""
    start = time.perf_counter()
    result = work()
    assert time.perf_counter() - start < seconds
    return result


def peak(work: Callable[[], Any]) -> int:
    """The most bytes that Python holds meanwhile."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def with_tags(data: bytes, tags: list[tuple[int, int, int]], value: bytes) -> bytes:
    """A little-endian TIFF with more tags (number, type, count), all of which name one value."""
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    records = [data[at : at + 12] for at in range(first + 2, first + 2 + 12 * count, 12)]
    place = len(data) + len(data) % 2
    records += [struct.pack("<HHII", *tag, place) for tag in tags]
    records.sort(key=lambda record: record[:2][::-1])
    body = struct.pack("<H", len(records)) + b"".join(records) + bytes(4)
    at = place + len(value)
    return data[:4] + struct.pack("<I", at) + data[8:].ljust(place - 8, b"\0") + value + body


def test_tags_that_all_name_the_same_bytes_are_not_copied_for_each() -> None:
    value = bytes(range(250)) * 3600
    data = with_tags(tiff(pixels()), [(60_000 + k, 7, len(value)) for k in range(60)], value)
    result = photo.read(data)
    assert result.exif is not None
    assert value in result.exif
    assert len(result.exif) < 2 * len(data)
    assert any("metadata were left out (0xEA61" in note for note in result.notes)


def test_tags_that_name_the_same_bytes_thousands_of_times_are_refused() -> None:
    value = bytes(100_000)
    tags = [(60_000 + k, 7, len(value)) for k in range(2000)]
    data = with_tags(saved(pixels(), "TIFF", compression="jpeg"), tags, value)  # as Pillow reads it

    def refused() -> None:
        with pytest.raises(photo.PhotoError, match="damaged"):
            photo.read(data)

    assert peak(refused) < 10_000_000


def looping(records: int) -> bytes:
    """An EXIF block whose pointers to other directories all lead back to its first."""
    tags = [(0x9999 + k, 3, 1, 0) for k in range(records)]
    tags += [(pointer, 4, 1, 8) for pointer in (EXIF, GPS, INTEROP)]
    body = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + bytes(4)


def entries(directory: Directory) -> int:
    return len(directory.entries) + sum(entries(inner) for inner in directory.subs.values())


def test_a_directory_that_leads_back_to_itself_is_read_once() -> None:
    block = looping(400)
    assert entries(parse(block, 8, "<")) == 403
    assert upright_exif(block, UPRIGHT).broken == [EXIF, GPS, INTEROP]


def test_the_first_number_of_a_tag_is_read_without_the_others() -> None:
    many = Directory("<", {1: Entry(3, 4_000_000, memoryview(bytes(8_000_000)))})
    assert peak(lambda: many.integer(1)) < 100_000


def test_pages_that_lie_over_each_other_are_not_all_read() -> None:
    pages, records = 900, 0x1010
    links = b"".join(struct.pack("<I", 20 + 4 * k) for k in range(1, pages))
    data = b"II*\0\x14\0\0\0".ljust(20, b"\0") + b"\x10" * (2 + 12 * records) + links + bytes(4)
    data += b"\x10" * 100
    found = checks.pages(data, parse(data, 20, "<"), big=False)
    assert len(found) <= 100_000 // records + 3


def bomb(megabytes: int) -> bytes:
    """Digits that deflate a thousandfold."""
    packer = zlib.compressobj(9)
    pieces = [packer.compress(b"0" * 1_000_000) for _ in range(megabytes)]
    return b"".join((*pieces, packer.flush()))


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each step has unpacked of a PNG's texts."""
    sizes: list[int] = []

    class Counting:
        def __init__(self) -> None:
            self.inner = zlib.decompressobj()

        def decompress(self, packed: bytes, most: int) -> bytes:
            result = self.inner.decompress(packed, most)
            sizes.append(len(result))
            return result

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    fake = SimpleNamespace(error=zlib.error, decompressobj=Counting)
    monkeypatch.setattr(texts, "zlib", fake)
    return sizes


def test_comments_stay_packed_until_another_format_wants_them(unpacked: list[int]) -> None:
    comments = [chunk(b"zTXt", b"Comment\0\0" + bomb(20))] * 4
    source = photo.read(png(pixels(), *comments, raw_profile(b"iptc", b"\x1c\2\x78\0\1a")))
    assert sum(unpacked) < 1000  # the captions
    assert "PNG cannot hold" not in " ".join(source.notes)
    assert photo.losses(source, "JPEG") == ["JPEG cannot hold a comment."]
    assert sum(unpacked) < 40_000_000


@pytest.mark.parametrize(
    ("kind", "front"),
    [(b"zTXt", b"Raw profile type exif\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")],
)
def test_one_file_s_texts_share_the_room_to_unpack_them(
    kind: bytes, front: bytes, unpacked: list[int]
) -> None:
    source = photo.read(png(pixels(), *[chunk(kind, front + bomb(20))] * 9))
    assert sum(unpacked) <= 32_000_000
    assert any("more than 32 MB" in note for note in source.notes)


def items(extents: list[tuple[int, int]], kind: bytes = b"Exif", count: int = 1) -> bytes:
    """The boxes of a file whose items (of one kind) all consist of these places and lengths."""
    known = b"".join(
        box(b"infe", struct.pack(">IHH4sx", 2 << 24, number + 1, 0, kind))
        for number in range(count)
    )
    places = b"".join(struct.pack(">II", *extent) for extent in extents)
    each = [struct.pack(">HHH", n + 1, 0, len(extents)) + places for n in range(count)]
    body = box(b"iinf", struct.pack(">IH", 0, count) + known)
    body += box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, count) + b"".join(each))
    return box(b"meta", bytes(4) + body) + bytes(100_000)


def test_extents_over_the_same_bytes_do_not_add_up() -> None:
    data = items([(0, 100_000)] * 300)
    assert 90_000 < len(boxes.facts(data).exif or b"") <= len(data)


def test_many_items_over_the_same_bytes_are_not_all_put_together() -> None:
    data = items([(0, 100_000)] * 20, b"mime", count=50)
    assert peak(lambda: boxes.facts(data)) < 1_000_000


def test_only_metadata_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "_joined", lambda *_: pytest.fail("a picture was put together"))
    assert boxes.facts(items([(0, 100_000)], b"hvc1")).exif is None


def test_extents_of_no_bytes_are_not_all_listed() -> None:
    each = b"".join(struct.pack(">HHH", number, 0, 65_535) for number in range(50))
    body = struct.pack(">IBBH", 0, 0, 0, 50) + each
    listed = boxes._places(body, 0, len(body))
    assert sum(len(extents) for extents in listed.values()) <= 100_000


def test_one_long_name_of_many_auxiliary_pictures_is_cut() -> None:
    count = 200
    store = box(b"ipco", box(b"auxC", bytes(4) + b"a" * 100_000))
    owned = b"".join(struct.pack(">HBB", number, 1, 1) for number in range(2, count))
    properties = box(b"iprp", store + box(b"ipma", struct.pack(">II", 0, count - 2) + owned))
    links = [box(b"auxl", struct.pack(">HHH", number, 1, 1)) for number in range(2, count)]
    main = box(b"pitm", struct.pack(">IH", 0, 1)) + box(b"iref", bytes(4) + b"".join(links))
    found = boxes.facts(box(b"meta", bytes(4) + main + properties)).auxiliary
    assert len(found) == count - 2
    assert sum(len(name) for name in found) < 100_000


def test_a_picture_that_the_index_names_often_is_carried_once() -> None:
    gain = jpeg(xmp_segment(GAIN_MAP), channels=1)
    tags = struct.pack("<HHHII", 1, 0xB002, 7, 51 * 16, 26) + bytes(4)
    mark = struct.pack("<IIIHH", 0, len(gain), 0xABCDEF01, 0, 0)
    index = segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + tags + bytes(16) + mark * 50)
    data = jpeg(index)
    offset = struct.pack("<I", len(data) - data.index(b"MPF\0") - 4)
    source = photo.read(data.replace(struct.pack("<I", 0xABCDEF01), offset) + gain)
    assert [block.data for block in source.blocks] == [gain]
    assert source.frames == 1


@pytest.mark.parametrize("names", [rb"hdrgm:\w+", rb"(?:hdrgm:\w+|HDRGainMap:\w+)"])
def test_long_padding_in_a_packet_costs_little(names: bytes) -> None:
    packet = b'<r hdrgm:V="1"\n  xmlns:hdrgm="u"/>' + b" " * 50_000
    assert within(SECONDS, lambda: packets.without_names(packet, names)) == b"<r/>" + b" " * 50_000


@pytest.mark.parametrize("start", [b"<hdrgm:A>", b"<hdrgm:A "])
def test_elements_that_never_end_cost_little(start: bytes) -> None:
    packet = b"</hdrgm:A>" + start * 60_000
    assert within(SECONDS, lambda: packets.without_names(packet, rb"hdrgm:\w+")) == packet


@pytest.mark.parametrize(
    "name", [b"mwg-rs:Area", b"mwg-rs:AppliedToDimensions", b"Iptc4xmpExt:RegionBoundary"]
)
def test_regions_that_never_end_cost_little(name: bytes) -> None:
    packet = b"<%s>" % name * 50_000
    turn = Turn(6, (53, 37))
    assert within(SECONDS, lambda: packets.upright_xmp(packet, turn)) == packet


def test_items_that_are_taken_out_cost_little() -> None:
    item = b'<rdf:li n="%d" Item:Semantic="Depth"/>'
    gone = b"".join(item % number for number in range(60_000))
    packet = b"<Container:Directory>%s</Container:Directory>"
    kept = b"<rdf:li/><rdf:li>second</rdf:li>"
    result = within(SECONDS, lambda: packets.without_items(packet % (gone + kept), (b"Depth",)))
    assert result == packet % kept


def test_an_extension_of_many_starts_costs_little() -> None:
    extension = b"</rdf:RDF>" + b"<rdf:RDF>" * 50_000
    packet = b"<rdf:RDF></rdf:RDF>"
    assert within(SECONDS, lambda: packets.joined(packet, extension)) == packet


def test_a_webp_of_very_many_chunks_is_written_soon() -> None:
    blocks = [Block("WEBP", "prVt", bytes(20), "x")] * 80_000
    source = photo.Photo(pixels(), format="WEBP", blocks=blocks)
    assert within(SECONDS, lambda: photo.write(source)).count(b"prVt") == 80_000


def test_exif_in_very_many_segments_is_joined_soon() -> None:
    piece = exif_segment(b"II*\0\x08\0\0\0") + exif_segment(b"x" * 10) * 400_000
    opened = within(SECONDS, lambda: photo.read(jpeg(piece)))
    assert len(opened.exif or b"") >= 4_000_000


def test_a_png_of_very_many_pieces_and_transparencies_is_read_soon() -> None:
    data = png(pixels())
    at = data.index(b"IEND") - 4
    data = data[:at] + chunk(b"IDAT", b"") * 60_000 + chunk(b"tRNS", bytes(6)) * 60_000 + data[at:]
    assert within(SECONDS, lambda: photo.read(data)).pixels.shape == pixels().shape


def test_the_strips_that_end_too_late_are_not_measured_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = Mock(side_effect=checks.grid)
    monkeypatch.setattr(checks, "grid", grid)
    main = Directory("<")
    for tag, value in ((256, 1), (257, 100_000), (258, 8), (277, 1), (278, 1)):
        main.put(tag, 4, value)
    main.put(273, 4, *[90] * 100_000)
    main.put(279, 4, *[1000] * 100_000)
    assert checks.places(bytes(100), main) == [(90, 10)] * 100_000
    assert grid.call_count < 10


def test_of_very_many_lost_parts_a_few_are_named() -> None:
    letters = [bytes((97 + k // 26, 97 + k % 26)) for k in range(600)]
    source = photo.read(png(pixels(), *(chunk(two + b"Ab", b"private") for two in letters)))
    (sentence,) = photo.losses(source, "JPEG")
    assert sentence.count("a part") == 8
    assert sentence.endswith("and 592 other parts.")


def test_of_very_many_damaged_parts_a_few_are_named() -> None:
    broken = chunk(b"tEXt", b"a\0b")[:-4] + b"oops"
    (note,) = photo.read(png(pixels(), broken * 1000)).notes
    assert note.count("tEXt") == 9


def test_a_format_that_cannot_hold_a_part_says_it_once() -> None:
    source = photo.read(saved(pixels(), "WEBP"))
    source.blocks = [Block("WEBP", "prVt", b"x", "an unknown chunk (prVt)")] * 3
    assert photo.losses(source, "JPEG") == ["JPEG cannot hold an unknown chunk (prVt)."]
