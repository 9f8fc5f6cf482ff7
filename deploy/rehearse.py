"""One visit to the page, played while the image is built:  python -m deploy.rehearse

It leaves the bytecode of every module that serving imports, and none of the others, and it ends
with an error if the page does not start or a picture does not come back.
"""

import io
import os
import time

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

import photo
from deploy.server import ROOT, running, wait_for

PATIENCE_S = 300


def main() -> None:
    """The server, then a visitor's picture, then each kind of file."""
    serve()
    visit()
    for kind in photo.WRITABLE:
        photo.read(photo.write(photo.Photo(noise()), kind))
    print("The page starts, and a picture came back.")


def serve() -> None:
    """Start the server as the container does, and ask it for the page."""
    with running() as (address, _):
        wait_for(address)


def visit() -> None:
    """Upload a picture and wait until its result is on the page."""
    os.chdir(ROOT)
    page = AppTest.from_file(str(ROOT / "main.py"), default_timeout=60).run()
    page.file_uploader[0].set_value([("noisy.png", png(), "image/png")]).run()
    end = time.monotonic() + PATIENCE_S
    while any(button.label == "Cancel" for button in page.button):
        if time.monotonic() > end:
            raise TimeoutError("the picture did not come back")
        time.sleep(0.3)
        page.run()
    if page.exception or page.error:
        raise RuntimeError(f"the page shows an error: {page.exception} {page.error}")
    # The page's own components, which show what went wrong with a picture, are not seen from here.
    (picture,) = page.session_state["desk"].pictures.values()
    if picture.result is None:
        raise RuntimeError(f"no picture came back: {picture.job and picture.job.error}")


def noise() -> np.ndarray:
    """A noisy grey picture, 48 x 64 x 3 uint8."""
    values = np.random.default_rng(0).normal(128, 30, (48, 64, 3))
    return values.clip(0, 255).astype(np.uint8)


def png() -> bytes:
    sink = io.BytesIO()
    Image.fromarray(noise()).save(sink, "PNG")
    return sink.getvalue()


if __name__ == "__main__":
    main()
