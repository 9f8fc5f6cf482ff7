"""Long work in a real browser: progress, cancel, many files, many visitors."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from steps import WORKING, download, nearly, noisy, pixels_of, png, result, upload

import helper


def large() -> bytes:
    """A JPEG of six megapixels, so that there is time to cancel."""
    sink = io.BytesIO()
    Image.fromarray(np.tile(noisy(500, 600), (4, 5, 1))).save(sink, "JPEG", quality=90)
    return sink.getvalue()


def test_cancel_stops_within_a_second_and_keeps_the_preview(open_page) -> None:
    page = open_page()
    upload(page, ("large.jpg", large()))
    page.locator(".compare:not(.waiting)").wait_for()
    page.get_by_text("Quick preview", exact=True).wait_for()
    page.get_by_role("button", name="Cancel").click()
    start = time.monotonic()
    page.get_by_text("Cancelled; the quick preview is kept below.").wait_for()
    assert time.monotonic() - start < 3
    assert page.locator(".compare.waiting").count() == 0
    assert page.get_by_role("button", name="Download").is_enabled()


def test_progress_counts_tiles(open_page) -> None:
    page = open_page()
    upload(page, ("large.jpg", large()))
    page.get_by_text("Full resolution: tile").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator(WORKING).wait_for(state="detached")


def test_a_batch_gives_one_zip_of_the_good_files(open_page) -> None:
    page = open_page()
    first, second = noisy(seed=3), noisy(seed=4)
    files = [("a.png", png(first)), ("A.png", png(second)), ("../../bad.png", b"no picture")]
    upload(page, *files)
    page.get_by_role("button", name="Denoise 3 pictures").click()
    name, path = download(page, "Download 2 of 3 as ZIP")
    assert name == "denoised.zip"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        pixels = [np.asarray(Image.open(io.BytesIO(archive.read(one)))) for one in names]
    assert names == ["a-denoised.png", "A-denoised (2).png"]
    assert nearly(pixels[0], helper.denoise(first))
    assert nearly(pixels[1], helper.denoise(second))
    assert page.locator("table.batch tr.failed").inner_text().count("bad.png") == 1


def test_a_folder_is_denoised_whole(open_page, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    for place in ("one.png", "holiday/two.png", ".hidden.png"):
        (tmp_path / place).write_bytes(png(noisy()))
    page = open_page()
    page.get_by_role("button", name="Choose a folder").click()
    page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path)
    page.get_by_role("button", name="Denoise 2 pictures").click()
    _, path = download(page, "Download 2 of 2 as ZIP")
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["one-denoised.png", "two-denoised.png"]


def test_two_visitors_at_once_both_get_their_picture(open_page) -> None:
    one, other = open_page(), open_page()
    upload(one, ("large.jpg", large()))
    one.get_by_text("Full resolution: tile").wait_for()
    upload(other, ("small.png", png(noisy())))
    other.get_by_text("In the queue").wait_for()
    one.get_by_role("button", name="Cancel").click()
    result(other)


def test_three_visitors_at_once_each_get_their_own_picture(open_page) -> None:
    pictures = [noisy(700, 500, seed) for seed in (11, 12, 13)]
    pages = [open_page() for _ in pictures]
    for page, pixels in zip(pages, pictures, strict=True):
        upload(page, ("same name.png", png(pixels)))
    for page, pixels in zip(pages, pictures, strict=True):
        result(page)
        _, path = download(page, "Download")
        assert nearly(pixels_of(path), helper.denoise(pixels))


def test_a_closed_tab_frees_its_work(open_page) -> None:
    one, other = open_page(), open_page()
    upload(one, ("large.jpg", large()))
    one.get_by_text("Full resolution: tile").wait_for()
    one.context.close()
    upload(other, ("small.png", png(noisy())))
    result(other)
