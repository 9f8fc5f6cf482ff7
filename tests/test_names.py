"""An untrusted file name and metadata are shown letter by letter, and are nobody's path."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from streamlit.testing.v1 import AppTest
from waiting import finished

import photo
from ui import words
from ui.archive import Archive
from ui.results import Written

MAIN = Path(__file__).parents[1] / "main.py"
HTML = "<img src=x onerror=alert(1)><b>b</b>.png"
MARKDOWN = "**bold** [link](http://x.example) ![i](x) `c` # h.png"
STREAMLIT = ":red[red] $x^2$ :material/home: :small[s] ~~s~~.png"
PATH = "../../../etc/passwd.png"
WINDOWS = "..\\..\\C:\\evil.png"
HIDDEN = "photo\u202egnp.\x1b[31m\nexe.png"
NAMES = (HTML, MARKDOWN, STREAMLIT, PATH, WINDOWS, HIDDEN)
# Every sign that begins markup in Markdown, Streamlit's additions to it, or HTML.
SIGNS = re.compile(r"[<>\[\]*_`$~:!\\|#]")


def png(info: PngImagePlugin.PngInfo | None = None, exif: Image.Exif | None = None) -> bytes:
    noise = np.random.default_rng(0).normal(128, 30, (40, 48, 3)).clip(0, 255)
    sink = io.BytesIO()
    Image.fromarray(noise.astype(np.uint8)).save(sink, "PNG", pnginfo=info, exif=exif)
    return sink.getvalue()


def upload(*files: tuple[str, bytes]) -> AppTest:
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    page.file_uploader[0].set_value([(name, data, "") for name, data in files]).run()
    return page


def texts(page: AppTest, *kinds: str) -> Iterator[str]:
    """What is shown by elements of these kinds."""
    for kind in kinds:
        for element in page.get(kind):
            proto: Any = element.proto
            yield proto.body


@pytest.mark.parametrize("name", NAMES)
def test_the_heading_shows_a_name_without_a_live_sign(name: str) -> None:
    page = finished(upload((name, png())))
    (shown,) = texts(page, "header")
    assert not SIGNS.search(re.sub(r"&#\d+;", "", shown))
    assert shown == words.plain(name)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_shows_a_name_without_a_live_sign(name: str) -> None:
    error = finished(upload((name, b"no picture"))).error[0].value
    shown = error.split("**")[1]
    assert shown == words.plain(name)
    assert not SIGNS.search(re.sub(r"&#\d+;", "", shown))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_for_the_download_has_no_folder_and_no_hidden_sign(name: str) -> None:
    given = photo.output_name(name, "PNG", "-denoised")
    for kind in (PurePosixPath, PureWindowsPath):
        assert kind(given).name == given and not kind(given).drive
    assert given.isprintable() and given.endswith("-denoised.png")


def test_the_zip_holds_no_name_that_leaves_its_folder() -> None:
    done = [Written(photo.output_name(name, "PNG", "-denoised"), b"x") for name in (*NAMES, PATH)]
    archive = Archive(limit=10_000)
    assert all(archive.add(each) for each in done)
    with zipfile.ZipFile(io.BytesIO(archive.close())) as file:
        inside = file.namelist()
    assert len(set(inside)) == len(NAMES) + 1
    assert all("/" not in name and "\\" not in name and name != ".." for name in inside)


def test_metadata_is_never_shown() -> None:
    info, exif = PngImagePlugin.PngInfo(), Image.Exif()
    for key in ("Title", "Author", "Comment", "XML:com.adobe.xmp"):
        info.add_text(key, f"MARK {HTML}")
    for tag in (0x010E, 0x010F, 0x0110, 0x013B, 0x8298):  # description, maker, model, artist ...
        exif[tag] = f"MARK {HTML}"
    page = upload(("a.png", png(info, exif)))
    finished(page)
    assert "MARK" not in "".join(str(getattr(item, "proto", "")) for item in page.main)


def test_notes_about_a_file_hold_none_of_its_text() -> None:
    exif = Image.Exif()
    exif[0x010E] = f"MARK {HTML}"
    opened = photo.read(png(exif=exif), f"MARK {HTML}")
    assert "MARK" not in " ".join(opened.notes + photo.losses(opened, "BMP"))


def test_an_error_about_a_file_holds_none_of_its_text() -> None:
    for data in (b"MARK <svg onload=alert(1)>", b"%PDF MARK", png()[:60] + b"MARK"):
        with pytest.raises(photo.PhotoError) as bad:
            photo.read(data, f"MARK {HTML}")
        assert "MARK" not in str(bad.value)
