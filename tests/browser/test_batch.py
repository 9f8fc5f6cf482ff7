"""Many pictures in a real browser: seen in pairs, opened, adjusted, and all in one ZIP."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route
from steps import batch_done, download, nearly, noisy, pixels_of, png, result, set_strengths, upload

import helper


def unzipped(page: Page, button: str = "Download all") -> dict[str, np.ndarray]:
    name, path = download(page, button)
    assert name == "denoised.zip"
    with zipfile.ZipFile(path) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    return {one: np.asarray(Image.open(io.BytesIO(data))) for one, data in files.items()}


def test_good_files_end_in_one_zip_with_the_strengths_as_they_stand(open_page) -> None:
    page, first, second = open_page(), noisy(seed=3), noisy(seed=4)
    upload(page, ("a.png", png(first)), ("A.png", png(second)), ("../bad.png", b"no picture"))
    batch_done(page)
    set_strengths(page.locator(".grid"), 30, 60)
    files = unzipped(page, "Download 2 of 3")
    assert list(files) == ["a-denoised.png", "A-denoised (2).png"]
    for pixels, picture in zip(files.values(), (first, second), strict=True):
        assert nearly(pixels, helper.denoise(picture, strength=0.3, colour=0.6))
    assert "bad.png" in page.locator(".card.failed").inner_text()
    assert page.get_by_role("button", name="Try again").count() == 1


def test_one_picture_is_opened_gets_its_own_strengths_and_is_saved(open_page) -> None:
    page, first, second = open_page(), noisy(seed=5), noisy(seed=6)
    upload(page, ("first.png", png(first)), ("second.png", png(second)))
    batch_done(page)
    page.get_by_role("button", name="Open second.png").click()
    set_strengths(result(page), 20, 100)
    page.get_by_role("button", name="All photos").click()
    page.locator(
        ".card", has_text="own settings: noise reduction 20 %, colour noise 100 %"
    ).wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download second.png").click()
    assert waiting.value.suggested_filename == "second-denoised.png"
    saved = pixels_of(str(waiting.value.path()))
    assert nearly(saved, helper.denoise(second, strength=0.2, colour=1))
    assert nearly(unzipped(page)["first-denoised.png"], helper.denoise(first))


def test_a_picture_can_be_removed_and_others_added(open_page) -> None:
    page = open_page()
    upload(page, *((f"{name}.png", png(noisy(seed=seed))) for seed, name in enumerate("abc")))
    batch_done(page)
    page.get_by_role("button", name="Remove b.png").click()
    page.get_by_role("heading", name="2 photos").wait_for()
    upload(page, ("d.png", png(noisy(seed=9))))
    page.get_by_role("heading", name="3 photos").wait_for()
    batch_done(page)
    assert sorted(unzipped(page)) == ["a-denoised.png", "c-denoised.png", "d-denoised.png"]


def test_a_folder_is_denoised_whole(open_page, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    for place in ("one.png", "holiday/two.png", ".hidden.png"):
        (tmp_path / place).write_bytes(png(noisy()))
    for place in ("film.mp4", "holiday/notes.txt", "holiday/map.pdf"):
        (tmp_path / place).write_bytes(b"no picture")
    page = open_page()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(tmp_path)
    page.get_by_text("3 of 5 files were left out. 3 files are not pictures.").wait_for()
    batch_done(page)
    assert sorted(unzipped(page)) == ["one-denoised.png", "two-denoised.png"]


def test_a_phone_goes_from_photo_to_photo(open_page) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    upload(page, ("first.png", png(noisy(seed=5))), ("second.png", png(noisy(seed=6))))
    batch_done(page)
    page.get_by_role("button", name="Open first.png").click()
    result(page)
    assert page.get_by_role("button", name="Previous photo").is_disabled()
    page.get_by_role("button", name="Next photo").click()
    page.get_by_role("heading", name="second.png").wait_for()
    heading = page.get_by_role("heading", name="second.png").bounding_box()
    assert heading and heading["width"] > 50  # seen, not only said
    page.get_by_role("button", name="All photos").click()
    page.locator(".card").first.wait_for()


def test_a_damaged_photo_among_others_says_so_and_the_page_rests(open_page) -> None:
    page = open_page()
    upload(page, ("good.png", png(noisy())), ("bad.png", b"\x89PNG\r\n\x1a\n" + bytes(99)))
    batch_done(page)
    page.get_by_role("button", name="Open good.png").click()
    result(page)
    page.get_by_role("button", name="Next photo").click()
    page.locator(".st-key-line .text", has_text="PNG").wait_for()
    page.wait_for_timeout(1000)
    changes = "() => { window.runs = 0; new MutationObserver(() => window.runs++)"
    changes += ".observe(document.querySelector('[data-test-script-state]'), {attributes: true}); }"
    page.evaluate(changes)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.runs") == 0


def test_a_strength_of_one_photo_is_not_everyones_after_a_refresh(open_page) -> None:
    page = open_page()
    upload(page, ("first.png", png(noisy(seed=5))), ("second.png", png(noisy(seed=6))))
    batch_done(page)
    page.get_by_role("button", name="Open second.png").click()
    set_strengths(result(page), 20, 100)
    page.get_by_role("button", name="All photos").click()
    page.locator(".card").first.wait_for()
    page.reload()
    batch_done(page)
    assert page.locator(".grid").get_by_label("Noise reduction").input_value() == "100"
    assert page.locator(".card", has_text="own settings").count() == 1


def test_the_same_strengths_chosen_again_after_those_of_all_are_written(open_page) -> None:
    page, first = open_page(), noisy(seed=7)
    upload(page, ("first.png", png(first)), ("second.png", png(noisy(seed=8))))
    batch_done(page)
    page.get_by_role("button", name="Open first.png").click()
    set_strengths(result(page), 40, 100)
    page.get_by_role("button", name="Use the same settings as the others").click()
    grain = page.locator(".viewer label", has_text="Noise reduction")
    grain.locator("output", has_text="100 %").wait_for()
    set_strengths(result(page), 40, 100)
    _, path = download(page, "Download")
    assert nearly(pixels_of(path), helper.denoise(first, strength=0.4, colour=1))


def test_photos_beyond_the_room_are_never_sent(open_page) -> None:
    page, sent = open_page(), []
    first, second = png(noisy(seed=1)), png(noisy(seed=2))
    page.on(
        "request", lambda request: sent.append(request.method) if request.method == "PUT" else 0
    )
    page.locator(".pick").first.evaluate(
        "(pick, room) => { pick.data.room = room; }", len(first) + len(second) - 1
    )
    upload(page, ("first.png", first), ("second.png", second))
    page.get_by_text("1 of 2 files was left out. The photos on this page may total").wait_for()
    result(page)
    assert sent.count("PUT") == 1


def test_a_photo_whose_upload_fails_is_counted_and_the_others_come(open_page) -> None:
    page, seen = open_page(), []

    def refuse_the_first(route: Route) -> None:
        seen.append(route.request.url)
        route.abort() if len(seen) == 1 else route.continue_()

    page.route("**/_stcore/upload_file/**", refuse_the_first)
    upload(page, *((f"{name}.png", png(noisy(seed=seed))) for seed, name in enumerate("abc")))
    page.get_by_role("heading", name="2 photos").wait_for()
    page.get_by_text("1 of 3 files was left out. The upload failed; please try again.").wait_for()
    batch_done(page)
