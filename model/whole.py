"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a place beside `path` to write to; what stands there is renamed to `path` at the end.

    After an error the old file is as it was, and nothing is left behind.

    Raises:
        OSError: The disk refuses; it names `path`.
    """
    # A name of its own: another run may be writing the same file.
    beside = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
