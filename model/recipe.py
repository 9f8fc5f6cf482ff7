"""The recipes of training, and the command line that chooses and changes them."""

import argparse
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from model.networks import Network


@dataclass(frozen=True)
class Recipe:
    """Everything that can be set; each has a flag of the same name."""

    network: str = "second"  # or "first": see model/networks.py
    widths: str = "64-96-128"  # of the second network: channels at 1/2, 1/4, 1/8
    down: str = "2-2-3"  # its blocks at each level on the way down
    up: str = "1-3"  # and on the way up, the finest level first
    steps: int = 62_500  # optimiser steps: a million crops
    batch: int = 16  # crops a step
    side: int = 96  # crop size in pixels, a multiple of 32
    real: float = 0.12  # share of the crops that are real pairs, if --pairs gives some
    optimizer: str = "muon"  # or "adam", with a fifth of the rate or less
    rate: float = 1.5e-3  # peak learning rate; at 3e-3 a long run diverges
    decay: float = 0.05  # of Muon's weights, times the rate, a step
    ends: float = 0.03  # Adam's rate at the network's two ends, as a share of Muon's; 0.2 explodes
    warm_up: int = 100  # steps until the peak
    cool_down: float = 0.3  # share of the steps over which the rate falls to zero
    dropout: float = 0.0  # restoration needs every feature; the first version dropped 10 %
    residual: bool = True  # start as the identity
    loss: str = "log_mse"  # every noise level weighs alike
    noise: str = "blind"  # which mixture, or "white": see model/synthesis/mixture.py
    average: float = 0.999  # momentum of the averaged weights; 0 turns averaging off
    whole: bool = False  # whole pictures shrunk to the side, once an epoch, instead of crops
    clip: float = 1.0  # greatest norm of the gradient; 0 turns clipping off

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
    parser = argparse.ArgumentParser(
        prog="python -m model.train",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--out", type=Path, default=Path("runs/latest"), help="where results go")
    parser.add_argument("--recipe", choices=RECIPES, default="blind")
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
    for name, value in vars(Recipe()).items():
        flag, help = f"--{name.replace('_', '-')}", "see Recipe in model/recipe.py"
        if isinstance(value, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=help)
        else:
            parser.add_argument(flag, type=type(value), choices=CHOICES.get(name), help=help)
    args = parser.parse_args(argv)
    given = {k: v for k in vars(Recipe()) if (v := getattr(args, k)) is not None}
    args.settings, args.given = replace(RECIPES[args.recipe], **given), given
    if args.seed is None:
        args.seed = 1
    else:
        given["seed"] = args.seed
    if args.cool_down_from:
        args.settings = replace(args.settings, warm_up=0, cool_down=1.0)
    _check(parser, args)
    return args


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends with a sentence and exit code 2 if a number makes no sense."""
    recipe: Recipe = args.settings
    least = {"seed": 0, "every": 1, "workers": 1, "devices": 1, "steps": 0, "batch": 1}
    least["side"] = SIDES
    for name, low in least.items():
        value = (vars(args) | vars(recipe))[name]
        if value is not None and value < low:
            parser.error(f"--{name} must be at least {low}. Received: {value}")
    if not 0 <= recipe.real < 1:
        parser.error(f"--real must be at least 0 and below 1. Received: {recipe.real}")
    if args.cool_down_from and (args.resume or args.weights):
        parser.error("--cool-down-from starts a run: leave out --resume and --weights")
    if args.cool_down_from and {"warm_up", "cool_down"} & set(args.given):
        parser.error("--cool-down-from is a cool-down: leave out --warm-up and --cool-down")
    if args.cool_down_from and "steps" not in args.given:
        parser.error("--cool-down-from needs --steps: over how many the rate falls to zero")
    # A run that goes on has a recipe of its own: see Checkpoint.take_up.
    if not (args.resume or args.cool_down_from) and (wrong := mistake(recipe, args.given)):
        parser.error(wrong)


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
