"""Draws both networks from the real Keras models, and writes down their numbers.

    python -m model.figure ui/                  network.svg and networks.json, for the About page

A stage is drawn as a bar for each of its blocks: as high as the picture is wide there (for a
512 x 512 input, on a square-root scale) and as wide as it has channels (likewise), so the U's shape
is the network's own. Text and lines take the page's text colour; inside another page they follow
its light or dark theme.
"""

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from model.networks import Network

SIDE = 512  # pixels of the input that the sizes are given for
WIDTH, LEFT, TOP, LEVEL = 1120, 52, 96, 58
BAR_GAP = 4
THEMES = (
    "<style>svg { color: #2b3135 } "
    "@media (prefers-color-scheme: dark) { svg { color: #d5d9db } }</style>"
)
DOWN, BOTTOM, UP, ENDS = "#4f8fba", "#8a6fb8", "#d08a4e", "#7d868c"
LEGENDS = {
    "first": (
        (DOWN, "two 3 × 3 convolutions, then halved (max pooling)"),
        (BOTTOM, "the bottom: the whole picture at a glance"),
        (UP, "doubled (pixel shuffle), joined with the skip, two convolutions"),
    ),
    "second": (
        (DOWN, "2 × 2 pixels become channels, then gated blocks of two 3 × 3 convolutions"),
        (BOTTOM, "the bottom, at an eighth of the width and height"),
        (UP, "channels become pixels again (pixel shuffle), the skip is added, gated blocks"),
    ),
}  # fmt: skip
TITLES = {"first": "The first network", "second": "The second network, which cleans your photos"}


@dataclass(frozen=True)
class Stage:
    """What the network has at one place: `blocks` of `channels`, for a picture `side` wide."""

    colour: str
    side: int
    channels: int
    blocks: int = 1
    title: str = ""

    @property
    def level(self) -> int:
        """How often the picture has been halved."""
        return round(math.log2(SIDE / self.side))

    @property
    def size(self) -> tuple[float, float]:
        """Width of all bars together and height, as drawn."""
        return self.blocks * (self.bar + BAR_GAP) - BAR_GAP, 12 + 2.4 * math.sqrt(self.side)

    @property
    def bar(self) -> float:
        """Width of one bar."""
        return 10 + 1.5 * math.sqrt(self.channels)


def numbers(model: keras.Model) -> dict[str, int]:
    """What the About page says of a network.

    Returns:
        parameters; multiplications: for each pixel of the picture; reach: how many pixels away an
        input value can still change an output value.
    """
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    steps = [SIDE // _sizes(model)[layer.name][0] for layer in convolutions]
    work = sum(
        math.prod(layer.kernel.shape) / step**2
        for layer, step in zip(convolutions, steps, strict=True)
    )
    # All convolutions lie on one path, down and up again; the coarsest grid adds its own step.
    reach = sum(
        layer.kernel_size[0] // 2 * step for layer, step in zip(convolutions, steps, strict=True)
    )
    return {
        "parameters": model.count_params(),
        "multiplications": round(work),
        "reach": reach + max(steps) - 1,
    }


def stages(model: keras.Model) -> list[Stage]:
    """The stages in order, with the sizes that a SIDE x SIDE picture has there."""
    sizes = _sizes(model)
    names = list(dict.fromkeys(re.findall(r"\b(?:down\d+|bottom|up\d+)(?=_)", " ".join(sizes))))
    lowest = min(names, key=lambda name: _stage(sizes, name, "").side)
    colours = {name: UP if name.startswith("up") else DOWN for name in names} | {lowest: BOTTOM}
    first, last = (Stage(ENDS, *sizes[end], title=end) for end in ("noisy", "denoised"))
    return [first, *(_stage(sizes, name, colours[name]) for name in names), last]


def _sizes(model: keras.Model) -> dict[str, tuple[int, int]]:
    """Layer name -> (side, channels) for a SIDE x SIDE picture, in the network's order."""
    probe = keras.Model(model.input, [layer.output for layer in model.layers])
    shapes = probe.compute_output_shape((1, SIDE, SIDE, 3))
    return {
        layer.name: (shape[1], shape[3]) for layer, shape in zip(model.layers, shapes, strict=True)
    }


def _stage(sizes: dict[str, tuple[int, int]], name: str, colour: str) -> Stage:
    """The size that the last convolution of this stage gives."""
    here = [layer for layer in sizes if layer.startswith(f"{name}_")]
    last = [layer for layer in here if "_conv" in layer][-1]
    blocks = sum(layer.endswith("_add") for layer in here)
    return Stage(colour, *sizes[last], blocks=max(blocks, 1))


def draw(models: list[keras.Model]) -> str:
    """The figure as SVG text: one network below the other."""
    parts, top = [], 0.0
    for model in models:
        drawn, height = _network(model)
        parts.append(f'<g transform="translate(0 {top:.0f})">\n{drawn}\n</g>')
        top += height
    names = " and ".join(f"the {Network.of(model).name} network" for model in models)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:.0f}" role="img" '
        f'aria-label="Diagram of {names}" font-family="system-ui, sans-serif" font-size="15" '
        f'fill="currentColor">\n{THEMES}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _network(model: keras.Model) -> tuple[str, float]:
    """One network and how high it is drawn."""
    row = stages(model)
    step = (WIDTH - 2 * LEFT) / (len(row) - 1)
    places = [(LEFT + i * step, TOP + 34 + stage.level * LEVEL) for i, stage in enumerate(row)]
    parts = [_heading(model)]
    parts += [_bars(stage, *place) for stage, place in zip(row, places, strict=True)]
    for i in range(1, len(row) // 2):
        parts.append(_skip(row[i], row[-1 - i], places[i], places[-1 - i][0]))
    parts.append(_long_way(places))
    below = max(y + stage.size[1] / 2 for stage, (_, y) in zip(row, places, strict=True)) + 62
    legend = LEGENDS[Network.of(model).name]
    parts += [_legend(below + 22 * i, *line) for i, line in enumerate(legend)]
    return "\n".join(parts), below + 22 * len(legend) + 24


def _heading(model: keras.Model) -> str:
    of = numbers(model)
    return (
        f'<text x="{LEFT - 20}" y="22" font-size="19" font-weight="600">'
        f"{TITLES[Network.of(model).name]}</text>"
        f'<text x="{WIDTH - LEFT + 20}" y="22" text-anchor="end">'
        f"{of['parameters']:,} parameters, {of['multiplications']:,} multiplications a pixel</text>"
    )


def _bars(stage: Stage, x: float, y: float) -> str:
    w, h = stage.size
    rectangles = "".join(
        f'<rect x="{x - w / 2 + i * (stage.bar + BAR_GAP):.1f}" y="{y - h / 2:.1f}" '
        f'width="{stage.bar:.1f}" height="{h:.1f}" rx="4" fill="{stage.colour}"/>'
        for i in range(stage.blocks)
    )
    label = stage.title or f"{stage.channels}"
    return (
        f"{rectangles}"
        f'<text x="{x:.1f}" y="{y + h / 2 + 17:.1f}" text-anchor="middle" font-weight="600">'
        f"{label}</text>"
        f'<text x="{x:.1f}" y="{y + h / 2 + 33:.1f}" text-anchor="middle" font-size="13">'
        f"{stage.side}²</text>"
    )


def _skip(left: Stage, right: Stage, place: tuple[float, float], end: float) -> str:
    """A line from a stage on the way down to its partner on the way up."""
    x0, x1 = place[0] + left.size[0] / 2 + 4, end - right.size[0] / 2 - 4
    return (
        f'<path d="M{x0:.1f} {place[1]:.1f}H{x1:.1f}" stroke="currentColor" fill="none" '
        'stroke-dasharray="5 4" stroke-width="1.4" opacity="0.75"/>'
    )


def _long_way(places: Sequence[tuple[float, float]]) -> str:
    """The residual: the noisy picture is added to what the network says."""
    (x0, y), (x1, _) = places[0], places[-1]
    top = y - 52
    return (
        f'<path d="M{x0:.1f} {y - 36:.1f}V{top:.1f}H{x1:.1f}V{y - 36:.1f}" fill="none" '
        'stroke="currentColor" stroke-width="1.4"/>'
        f'<text x="{WIDTH / 2}" y="{top - 8:.1f}" text-anchor="middle">'
        "the picture itself: the network only predicts what to change</text>"
    )


def _legend(y: float, colour: str, text: str) -> str:
    return (
        f'<rect x="{LEFT - 20}" y="{y - 11:.1f}" width="12" height="12" rx="3" fill="{colour}"/>'
        f'<text x="{LEFT}" y="{y:.1f}">{text}</text>'
    )


def write(folder: Path) -> None:
    """Writes both files."""
    models = {name: Network(name).build() for name in ("second", "first")}
    (folder / "network.svg").write_text(draw(list(models.values())), "utf-8")
    of_all = {name: numbers(model) for name, model in models.items()}
    (folder / "networks.json").write_text(json.dumps(of_all, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
