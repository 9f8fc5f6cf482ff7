"""Makes a run's weights the released ones: half precision, at the place where `helper` looks."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from model import weights
from model.inference.engine import read_model

DEFAULT = Path(__file__).parents[1] / "weights" / "denoiser.npz"


def main(argv: Sequence[str] | None = None) -> int:
    """Copies the weights as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m model.release", description=__doc__)
    parser.add_argument("source", type=Path, metavar="RUN.npz", help="a run's last.npz or best.npz")
    parser.add_argument("target", type=Path, nargs="?", default=DEFAULT, help=f"({DEFAULT.name})")
    args = parser.parse_args(argv)
    source, target = args.source, args.target
    try:
        weights.save(read_model(source), target, "float16", weights.read_crops(source))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
