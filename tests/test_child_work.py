"""What the child does with a picture, called in this process."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from here import HereTask, use_small_network
from pictures import eight_bit, photograph

import helper
import photo
from ui import display, keep, work
from ui.memo import Memo
from ui.results import Rect, Settings

DTYPES = ("uint8", "uint16", "float32")


@pytest.fixture
def task() -> Any:
    return HereTask()


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_network(monkeypatch)


@pytest.fixture(scope="module")
def large() -> bytes:
    """A PNG of 2 megapixels, with much detail in one place only."""
    pixels = np.full((1200, 1700, 3), 90, np.uint8)
    pixels[150:400, 1200:1500] = eight_bit(photograph(250, 300, seed=3))
    pixels[160:380:24, 1200:1500] = 250
    return photo.write(photo.Photo(pixels=pixels), "PNG")


def pixels_of(data: bytes) -> np.ndarray:
    return photo.read(data).pixels


def typed(dtype: str, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    values = np.random.default_rng(0).random((*size, 3), dtype="float32")
    return values if dtype == "float32" else (values * np.iinfo(dtype).max).astype(dtype)


def test_opening_says_what_the_page_needs(task: Any, large: bytes) -> None:
    opened = work.open_file(task, large, "a.png", True)
    assert (opened.width, opened.height, opened.size) == (1700, 1200, 2_040_000)
    assert (opened.format, opened.default_format) == ("PNG", "PNG")
    assert set(opened.losses) == set(photo.WRITABLE)
    assert opened.noisy is not None and opened.noisy.mime == "image/jpeg"


def test_a_picture_of_a_batch_is_not_encoded_in_whole(task: Any, large: bytes) -> None:
    assert work.open_file(task, large, "a.png", False).noisy is None
    assert work.full(task, large, "a.png", False).shown is None
    assert not any(task.parts)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize(("height", "width", "by"), [(40, 65_600, 2), (7000, 6000, 2), (8, 8, 1)])
def test_what_is_too_large_to_be_shown_is_made_smaller(
    height: int, width: int, by: int, alpha: bool
) -> None:
    if alpha and height * width > 1e7:
        pytest.skip("takes seconds")
    pixels = np.full((height, width, 3), 90, np.uint8)
    like = photo.Photo(pixels, alpha=pixels[..., 0] if alpha else None)
    shown = photo.read(display.encode(like, pixels).data).pixels
    assert shown.shape == (height // by, width // by, 3)


def test_the_detail_is_where_the_detail_is(task: Any, large: bytes) -> None:
    rect = work.open_file(task, large, "a.png", False).detail_rect
    assert rect.left < 1350 < rect.right and rect.top < 275 < rect.bottom
    assert (rect.width, rect.height) == display.DETAIL


def test_both_details_show_the_same_place(task: Any, large: bytes) -> None:
    before = work.open_file(task, large, "a.png", False)
    after = work.full(task, large, "a.png", False)
    noisy, clean = (pixels_of(each.detail.data) for each in (before, after))
    assert np.array_equal(noisy, clean)  # the network changes nothing
    assert np.abs(noisy - display.cut(pixels_of(large), before.detail_rect).astype(int)).mean() < 3


def test_a_region_is_what_lies_there(task: Any, large: bytes) -> None:
    part = work.region(task, large, "a.png", Rect(1200, 150, 300, 250))
    assert part.rect == Rect(1200, 150, 300, 250)
    there = display.cut(pixels_of(large), part.rect)
    assert np.abs(pixels_of(part.picture.data).astype(int) - there).mean() < 2  # it is a JPEG


@pytest.mark.parametrize(
    "wanted", [Rect(-50, -50, 200, 200), Rect(1650, 1190, 300, 300), Rect(0, 0, 9000, 9000)]
)
def test_a_region_stays_within_the_picture_and_one_tile(
    task: Any, large: bytes, wanted: Rect
) -> None:
    rect = work.region(task, large, "a.png", wanted).rect
    assert Rect(0, 0, 1700, 1200).contains(rect)
    assert rect.width * rect.height <= work.REGION


def test_parts_cover_a_large_picture(task: Any, large: bytes) -> None:
    work.full(task, large, "a.png", True)
    rects = [part.rect for part in task.parts]
    assert len(rects) >= 2
    assert sum(rect.width * rect.height for rect in rects) == 1700 * 1200


def test_a_preview_is_small_and_of_the_same_shape(task: Any, large: bytes) -> None:
    height, width = pixels_of(work.preview(task, large, "a.png").data).shape[:2]
    assert width * height <= work.PREVIEW * 1.01
    assert width / height == pytest.approx(1700 / 1200, rel=0.01)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_kept_comes_back_exactly(dtype: str) -> None:
    pixels = typed(dtype)
    back = keep.unpack(keep.pack(pixels))
    assert back.dtype == pixels.dtype and np.array_equal(back, pixels)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_written_file_holds_the_blend(task: Any, dtype: str) -> None:
    noisy, clean = typed(dtype), typed(dtype)[::-1].copy()
    source = photo.write(photo.Photo(pixels=noisy), "TIFF")
    settings = Settings(0.6, colour=0.9)
    written = work.write(task, source, "a.tif", keep.pack(clean), settings)
    assert written.name == "a-denoised.tif"
    assert np.array_equal(pixels_of(written.data), helper.blend(noisy, clean, 0.6, 0.9))


def test_quality_is_left_out_where_a_format_has_none(task: Any) -> None:
    source = photo.write(photo.Photo(pixels=typed("uint8")), "PNG")
    kept = keep.pack(typed("uint8"))
    assert work.write(task, source, "a.png", kept, Settings(quality=80)).data


def test_transparency_comes_with_every_part(task: Any) -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, 30:] = 255
    source = photo.write(photo.Photo(pixels=typed("uint8"), alpha=alpha), "PNG")
    part = work.region(task, source, "a.png", Rect(20, 0, 20, 40))
    seen = photo.read(part.picture.data).alpha
    assert seen is not None and np.array_equal(seen, alpha[:, 20:40])


def test_a_file_is_decoded_once_for_calls_in_a_row(
    task: Any, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.open_file(task, large, "a.png", False)
    monkeypatch.setattr(photo, "read", forbidden)
    work.full(task, large, "a.png", False)


def test_decoded_pictures_are_held_within_a_bound() -> None:
    memo, read = Memo(limit=2_500), []

    def reader(name: str) -> Callable[[], photo.Photo]:
        def load() -> photo.Photo:
            read.append(name)
            return photo.Photo(pixels=np.zeros((20, 20, 3), np.uint8))  # 1200 bytes

        return load

    for name in ("a", "b", "a", "c", "a", "b"):
        memo.get(name.encode(), reader(name))
    assert read == ["a", "b", "c", "b"]


def test_a_picture_above_the_bound_is_not_held() -> None:
    memo = Memo(limit=100)
    big = photo.Photo(pixels=np.zeros((20, 20, 3), np.uint8))
    assert memo.get(b"a", lambda: big) is big
    again = replace(big)
    assert memo.get(b"a", lambda: again) is again


def forbidden(*args: object) -> None:
    raise AssertionError("it was decoded again")


def test_a_file_without_loss_stays_without_unless_a_format_is_chosen(task: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    source = photo.write(photo.Photo(pixels=pixels, format="WEBP", lossless=True))
    assert work.open_file(task, source, "a.webp", False).lossless
    own, chosen = (
        work.write(task, source, "a.webp", keep.pack(pixels), Settings(format=kind, quality=80))
        for kind in (None, "WEBP")
    )
    assert (photo.read(own.data).pixels == pixels).all()
    assert not photo.read(chosen.data).lossless
