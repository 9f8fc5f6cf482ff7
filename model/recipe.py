"""The recipes of training, and the command line that chooses and changes them."""

import argparse
import math
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TypeVar

from model.networks import Network

Value = TypeVar("Value", int, float, str, bool)


def _setting(default: Value, help: str) -> Value:
    """A field of a recipe, with what `--help` says of it."""
    found: Value = field(default=default, metadata={"help": help})
    return found


@dataclass(frozen=True)
class Recipe:
    """Everything that can be set; each has a flag of the same name."""

    network: str = _setting("second", "which network: see model/networks.py")
    widths: str = _setting("64-96-128", "second network: channels at 1/2, 1/4, 1/8 and so on")
    down: str = _setting("2-2-3", "second network: blocks of each level on the way down")
    up: str = _setting("1-3", "second network: blocks on the way up, the finest level first")
    steps: int = _setting(62_500, "optimiser steps; 0 stands for 20 epochs")
    batch: int = _setting(16, "crops a step")
    side: int = _setting(96, "crop size in pixels, a multiple of 32")
    real: float = _setting(0.12, "share of the crops that are real pairs, with --pairs")
    optimizer: str = _setting("muon", "with adam, a fifth of the rate or less is needed")
    rate: float = _setting(1.5e-3, "peak learning rate; at 3e-3 a long run of Muon diverges")
    decay: float = _setting(0.05, "Muon's weights lose this share, times the rate, a step")
    ends: float = _setting(
        0.03, "Adam's rate at the network's two ends, as a share of Muon's; 0.2 explodes"
    )
    warm_up: int = _setting(100, "steps until the rate's peak")
    cool_down: float = _setting(0.3, "share of the steps over which the rate falls to zero")
    dropout: float = _setting(0.0, "first network: share of the features that are dropped")
    residual: bool = _setting(True, "first network: start as the identity")
    loss: str = _setting("log_mse", "log_mse weighs every noise level alike")
    noise: str = _setting("blind", "which mixture: see model/synthesis/mixture.py")
    average: float = _setting(0.999, "momentum of the averaged weights; 0 turns averaging off")
    whole: bool = _setting(False, "whole pictures shrunk to the side, once an epoch, not crops")
    clip: float = _setting(1.0, "greatest norm of the gradient; 0 turns clipping off")

    @property
    def architecture(self) -> Network:
        """The network that is trained."""
        widths, down, up = (
            tuple(int(number) for number in text.split("-"))
            for text in (self.widths, self.down, self.up)
        )
        return Network(self.network, self.residual, widths, down, up)


RECIPES = {
    "blind": Recipe(),
    "original": Recipe(
        network="first",
        steps=0,  # 20 epochs, see EPOCHS
        batch=16,
        side=512,
        optimizer="adam",
        rate=3e-3,
        warm_up=0,
        cool_down=0.0,
        dropout=0.1,
        residual=False,
        loss="mse",
        noise="original",
        average=0.0,
        whole=True,
        clip=0.0,
    ),
}
EPOCHS = 20  # of the original recipe
CHOICES = {
    "network": ("first", "second"),
    "optimizer": ("muon", "adam"),
    "loss": ("log_mse", "mse"),
    "noise": ("blind", "white", "original"),
}
FIRST_ALONE, SECOND_ALONE = {"dropout", "residual"}, {"widths", "down", "up"}
SIDES = 32  # crops' sides are multiples of this: the networks', and JPEG's at half the resolution


def parse(argv: list[str] | None, description: str | None) -> argparse.Namespace:
    """The arguments; `settings` is the Recipe, changed by `given`, the flags that name a field."""
    parser = _parser(description)
    args = parser.parse_args(argv)
    given = {k: v for k in vars(Recipe()) if (v := getattr(args, k)) is not None}
    args.settings, args.given = replace(RECIPES[args.recipe or "blind"], **given), given
    if args.seed is None:
        args.seed = 1
    else:
        given["seed"] = args.seed
    if args.cool_down_from:
        args.settings = replace(args.settings, warm_up=0, cool_down=1.0)
    _check(parser, args)
    return args


def _parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model.train",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--out", type=Path, default=Path("runs/latest"), help="where results go")
    parser.add_argument("--recipe", choices=RECIPES, help="of a new run (blind)")
    parser.add_argument("--weights", type=Path, help="weights to start from")
    parser.add_argument("--pairs", type=Path, help="folder of real noise: noisy/ and gt/")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument(
        "--cool-down-from",
        type=Path,
        metavar="CHECKPOINT",
        help="go on from a run's resume.npz with its settings, the rate falling to zero over "
        "--steps steps",
    )
    parser.add_argument("--seed", type=int, help="random seed (1)")
    parser.add_argument(
        "--devices",
        type=int,
        help="accelerators that share each batch, with JAX (all)",
    )
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    parser.add_argument("--workers", type=int, default=2, help="threads that decode pictures")
    parser.add_argument("--cache", type=float, default=2.0, help="GiB of decoded pictures to keep")
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    recipe = parser.add_argument_group("the recipe", "in brackets: what --recipe blind has")
    for setting in fields(Recipe):
        name, value = setting.name, setting.default
        flag, help = f"--{name.replace('_', '-')}", f"{setting.metadata['help']} ({value})"
        if isinstance(value, bool):
            recipe.add_argument(flag, action=argparse.BooleanOptionalAction, help=help)
        else:
            recipe.add_argument(flag, type=type(value), choices=CHOICES.get(name), help=help)
    return parser


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends with a sentence and exit code 2 if a number makes no sense."""
    recipe: Recipe = args.settings
    _check_start(parser, args)
    least = {"seed": 0, "every": 1, "workers": 1, "devices": 1, "steps": 0, "batch": 1}
    least |= {"side": SIDES, "warm_up": 0, "cache": 0}
    for name, low in least.items():
        value = (vars(args) | vars(recipe))[name]
        if value is not None and value < low:
            flag = name.replace("_", "-")
            parser.error(f"--{flag} must be at least {low}. Received: {value}")
    if not recipe.rate >= 0:
        parser.error(f"--rate must be at least 0. Received: {recipe.rate}")
    if not 0 <= recipe.cool_down <= 1:
        parser.error(f"--cool-down must be from 0 to 1. Received: {recipe.cool_down}")
    for name, value in {**vars(args), **vars(recipe)}.items():
        if isinstance(value, float) and not math.isfinite(value):
            parser.error(f"--{name.replace('_', '-')} must be finite. Received: {value}")
    for name in ("real", "average", "dropout"):
        if not 0 <= getattr(recipe, name) < 1:
            value = getattr(recipe, name)
            parser.error(f"--{name} must be at least 0 and below 1. Received: {value}")
    # A run that goes on has a recipe of its own: see Checkpoint.take_up.
    if not (args.resume or args.cool_down_from) and (wrong := mistake(recipe, args.given)):
        parser.error(wrong)


def _check_start(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends likewise if a run is to start in two ways at once."""
    if args.cool_down_from and args.resume:
        parser.error("--cool-down-from starts a run: leave out --resume")
    goes_on = "--cool-down-from" if args.cool_down_from else "--resume" if args.resume else ""
    if goes_on and (args.weights or args.recipe):
        parser.error(f"{goes_on} keeps the run's own: leave out --weights and --recipe")
    if args.cool_down_from and {"warm_up", "cool_down"} & set(args.given):
        parser.error("--cool-down-from is a cool-down: leave out --warm-up and --cool-down")
    if args.cool_down_from and "steps" not in args.given:
        parser.error("--cool-down-from needs --steps: over how many the rate falls to zero")


def mistake(recipe: Recipe, given: Collection[str]) -> str:
    """What is wrong with the network and the crops of a recipe, as a sentence; "" if nothing is.

    Args:
        recipe: All that is set.
        given: Which fields of it the command line named.
    """
    for network, flags in (("first", FIRST_ALONE), ("second", SECOND_ALONE)):
        if recipe.network != network and (foreign := flags & set(given)):
            return f"--{min(foreign)} is for --network {network} alone"
    try:
        recipe.architecture.build()
    except ValueError as error:
        return f"--widths, --down and --up do not fit together. {error}"
    sides = max(SIDES, 2 ** len(recipe.architecture.widths))
    if recipe.side % sides:
        return f"--side must be a multiple of {sides}. Received: {recipe.side}"
    return ""
