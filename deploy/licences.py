"""The licences of everything that requirements.txt installs, as a Markdown table.

    python -m deploy.licences > docs/LICENCES.md

Read from the installed packages' own metadata, so run it where requirements.txt is installed.
"""

import re
from collections import deque
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 60  # characters; a whole licence text in this field is named by its first line
HEAD = """# Licences of what is installed

Made by `python -m deploy.licences > docs/LICENCES.md` from the packages' own metadata: those of
`requirements.txt`, and what comes along with them. Wheels also hold libraries under licences of
their own, named in each package's licence files: FFmpeg (LGPL) in OpenCV; libheif and libde265
(LGPL) and x265 (GPL) in pillow-heif. The licences of this project and of its weights are in
`LICENSE` and `weights/MODEL_CARD.md`.

| package | versions | asked for by | licence |
|---|---|---|---|"""


def main() -> None:
    """Prints the table."""
    print(HEAD)
    for name, (needed, parent) in sorted(everything().items()):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # of the other engine, or of another system
        print(f"| {name} | {needed.specifier or 'any'} | {parent} | {licence(found)} |")


def everything() -> dict[str, tuple[Requirement, str]]:
    """Each package that requirements.txt brings here -> how it is asked for, and by whom first."""
    result: dict[str, tuple[Requirement, str]] = {}
    waiting = deque((needed, "this project") for needed in asked())
    while waiting:
        needed, parent = waiting.popleft()
        name = canonicalize_name(needed.name)
        if name in result or (needed.marker and not needed.marker.evaluate({"extra": ""})):
            continue
        result[name] = (needed, parent)
        try:
            waiting.extend((Requirement(line), name) for line in distribution(name).requires or ())
        except PackageNotFoundError:
            continue
    return result


def asked() -> list[Requirement]:
    """The lines of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    bare = (line.split("#")[0].strip() for line in lines)
    return [Requirement(line) for line in bare if line]


def licence(package: Distribution) -> str:
    """What a package says of itself: the SPDX expression, the old field, or its classifiers."""
    told = package.metadata
    classes = [
        value.rsplit("License :: ", 1)[-1].removeprefix("OSI Approved :: ")
        for value in told.get_all("Classifier") or ()
        if value.startswith("License ::") and not value.endswith(":: OSI Approved")
    ]
    lines = ("".join(told.get_all("License") or ())).strip().splitlines()
    old = lines[0].strip() if lines else ""
    if len(old) > LONGEST or old.startswith("Copyright") or old.upper() == "UNKNOWN":
        old = ""
    words = (
        "".join(told.get_all("License-Expression") or ())
        or old
        or ", ".join(classes)
        or "see its licence file"
    )
    return re.sub(r"\s+", " ", words).replace("|", "/")


if __name__ == "__main__":
    main()
