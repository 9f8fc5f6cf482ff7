"""Makes a run's weights the released ones: half precision, at the place where `helper` looks.

python -m model.release runs/latest/last.npz [weights/denoiser.npz]
"""

import sys
from pathlib import Path

from model import weights
from model.inference.engine import read_model

DEFAULT = Path(__file__).parents[1] / "weights" / "denoiser.npz"


def main(argv: list[str]) -> int:
    """Copies the weights argv[0] to argv[1]; returns the exit code."""
    if not 1 <= len(argv) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = Path(argv[0]), Path(argv[1]) if len(argv) == 2 else DEFAULT
    try:
        weights.save(read_model(source), target, "float16", weights.read_crops(source))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
