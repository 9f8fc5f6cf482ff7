"""What a training run learns from and is validated with, as its command line says."""

import argparse
from hashlib import sha256

from model.recipe import Recipe
from model.training.data import Crops, Picture
from model.training.pairs import Pairs

VALIDATION_SHARE = 0.1  # of the pictures
HELD_OUT = 32  # at most, unless whole pictures are trained on


def split(pictures: list[Picture], args: argparse.Namespace) -> tuple[list[Picture], list[Picture]]:
    """The pictures to train on, and those to validate with; a lone picture serves for both.

    By hashes of their paths: a folder may grow without many pictures changing sides, and a run
    that goes on with another seed does not validate on what it has learnt.
    """

    def drawn(picture: Picture) -> bytes:
        return sha256(picture.path.relative_to(args.data).as_posix().encode()).digest()

    order = sorted(pictures, key=drawn)
    held = max(round(VALIDATION_SHARE * len(pictures)), 1)
    if not args.settings.whole:
        held = min(held, HELD_OUT)
    return order[held:] or order, order[:held]


def pairs_a_step(args: argparse.Namespace, devices: int) -> int:
    """How many real pairs a batch holds; the devices share them evenly, as they do the rest.

    Raises:
        ValueError: No pairs, or only pairs.
    """
    if not args.pairs:
        return 0
    recipe: Recipe = args.settings
    real = round(recipe.real * recipe.batch / devices) * devices
    if not 0 < real < recipe.batch:
        raise ValueError(
            f"--real {recipe.real} of a --batch of {recipe.batch} on {counted(devices, 'device')} "
            f"comes to {counted(real, 'pair')}. Give another --real or --batch, or leave out "
            "--pairs."
        )
    return real


def crops(train: list[Picture], args: argparse.Namespace, real: int) -> Crops:
    """The clean crops, with `real` pairs in each batch."""
    recipe: Recipe = args.settings
    return Crops(
        train,
        recipe.side,
        recipe.batch - real,
        seed=args.seed,
        whole=recipe.whole,
        cache_bytes=int(args.cache * 2**30),
        workers=args.workers,
        pairs=Pairs(args.pairs, recipe.side, real, args.seed) if real else None,
    )


def counted(count: int, noun: str) -> str:
    """For instance "1 device" or "2 devices"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
