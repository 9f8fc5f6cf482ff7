"""The command line, called in this process."""

from pathlib import Path

import cli


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])
