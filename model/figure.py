"""Draws the network from the real Keras model: `python -m model.figure ui/network.svg`.

Each block is as high as its picture is wide (for a 512 x 512 input, on a square-root scale) and as
wide as it has channels (likewise), so the U's shape is the network's own. Text and lines take the
page's text colour; inside another page they follow its light or dark theme.
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import keras

from model.unet import build_unet

SIDE = 512  # pixels of the input that the sizes are given for
WIDTH, HEIGHT = 1120, 470
LEFT, STEP, TOP = 52, 93, 64
THEMES = (
    "<style>svg { color: #2b3135 } "
    "@media (prefers-color-scheme: dark) { svg { color: #d5d9db } }</style>"
)
DOWN, BOTTOM, UP, ENDS = "#4f8fba", "#8a6fb8", "#d08a4e", "#7d868c"


@dataclass(frozen=True)
class Block:
    """What one stage of the network leaves behind."""

    title: str
    colour: str
    side: int
    channels: int
    level: int


def stages(model: keras.Model) -> list[Block]:
    """The convolution blocks in order, with the sizes that a SIDE x SIDE picture has there."""
    sizes = _sizes(model)
    levels = len([name for name in sizes if name.endswith("_pool")])
    down = [_block_of(sizes, f"down{level}", DOWN, level) for level in range(levels)]
    bottom = _block_of(sizes, "bottom", BOTTOM, levels)
    up = [_block_of(sizes, f"up{level}", UP, level) for level in reversed(range(levels))]
    ends = (Block(title, ENDS, *sizes[title], 0) for title in ("noisy", "denoised"))
    return [next(ends), *down, bottom, *up, next(ends)]


def _sizes(model: keras.Model) -> dict[str, tuple[int, int]]:
    """Layer name -> (side, channels) for a SIDE x SIDE picture, in the network's order."""
    probe = keras.Model(model.input, [layer.output for layer in model.layers])
    shapes = probe.compute_output_shape((1, SIDE, SIDE, 3))
    return {
        layer.name: (shape[1], shape[3]) for layer, shape in zip(model.layers, shapes, strict=True)
    }


def _block_of(sizes: dict[str, tuple[int, int]], name: str, colour: str, level: int) -> Block:
    """The size that the last convolution of this stage gives."""
    last = [layer for layer in sizes if layer.startswith(name) and "_conv" in layer][-1]
    return Block("", colour, *sizes[last], level)


def draw(model: keras.Model) -> str:
    """The figure as SVG text."""
    blocks = stages(model)
    middle = len(blocks) // 2
    parts = [_block(block, index) for index, block in enumerate(blocks)]
    for index in range(1, middle):
        parts.append(_skip(blocks[index], index, len(blocks) - 1 - index))
    parts.append(_long_way(len(blocks)))
    parts += _legend()
    title = f"The pixel-shuffle U-Net: {model.count_params():,} parameters"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{title}" font-family="system-ui, sans-serif" font-size="13" '
        f'fill="currentColor">\n{THEMES}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _place(index: int, level: int) -> tuple[float, float]:
    """Centre of a block: left to right in order, a level lower for each halving."""
    return LEFT + index * (WIDTH - 2 * LEFT) / 12, TOP + 34 + level * 58


def _extent(block: Block) -> tuple[float, float]:
    return 10 + 1.5 * math.sqrt(block.channels), 12 + 2.4 * math.sqrt(block.side)


def _block(block: Block, index: int) -> str:
    x, y = _place(index, block.level)
    w, h = _extent(block)
    label = block.title or f"{block.channels}"
    return (
        f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="4" '
        f'fill="{block.colour}"/>'
        f'<text x="{x:.1f}" y="{y + h / 2 + 16:.1f}" text-anchor="middle" font-weight="600">'
        f"{label}</text>"
        f'<text x="{x:.1f}" y="{y + h / 2 + 31:.1f}" text-anchor="middle" font-size="11">'
        f"{block.side}²</text>"
    )


def _skip(block: Block, left: int, right: int) -> str:
    """A line from a block on the way down to its partner on the way up."""
    x0, y = _place(left, block.level)
    x1, _ = _place(right, block.level)
    half = _extent(block)[0] / 2 + 4
    return (
        f'<path d="M{x0 + half:.1f} {y:.1f}H{x1 - half:.1f}" stroke="currentColor" fill="none" '
        'stroke-dasharray="5 4" stroke-width="1.4" opacity="0.75"/>'
    )


def _long_way(count: int) -> str:
    """The residual: the noisy picture is added to what the network says."""
    (x0, y), (x1, _) = _place(0, 0), _place(count - 1, 0)
    top = y - 52
    return (
        f'<path d="M{x0:.1f} {y - 36:.1f}V{top:.1f}H{x1:.1f}V{y - 36:.1f}" fill="none" '
        'stroke="currentColor" stroke-width="1.4"/>'
        f'<text x="{WIDTH / 2}" y="{top - 8:.1f}" text-anchor="middle">'
        "the picture itself: the network only predicts what to change</text>"
    )


def _legend() -> list[str]:
    words = (
        (DOWN, "two 3 × 3 convolutions, then halved (max pooling)"),
        (BOTTOM, "the bottom: the whole picture at a glance"),
        (UP, "doubled (pixel shuffle), joined with the skip, two convolutions"),
    )
    lines = []
    for row, (colour, text) in enumerate(words):
        y = HEIGHT - 62 + row * 22
        lines.append(
            f'<rect x="{LEFT - 20}" y="{y - 10}" width="12" height="12" rx="3" fill="{colour}"/>'
            f'<text x="{LEFT}" y="{y}">{text}</text>'
        )
    return lines


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(build_unet()), "utf-8")
