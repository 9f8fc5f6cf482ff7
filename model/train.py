"""Trains the pixel-shuffle U-Net on a folder of photographs.

    python -m model.train --data ffhq/                        # the better recipe, any photographs
    python -m model.train --data ffhq/ --recipe original      # as the first version was trained
    python -m model.train --data photos/ --weights weights/denoiser.npz   # go on from the released
    python -m model.train --data ffhq/ --out runs/mine --resume           # go on after a stop
    KERAS_BACKEND=jax python -m model.train --data ffhq/      # on JAX, for instance on GPUs
    python -m model.train --data ffhq/ --devices 1            # on one GPU, even if there are more

`--out` (runs/latest) receives best.npz and last.npz (weights), resume.npz, log.csv and curve.png.
Ctrl-C saves before it stops. To use the result: python helper.py --weights runs/latest/best.npz
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Before TensorFlow is loaded. By itself it takes these kernels only on processors with AVX-512;
# with AVX2 alone a step took 1.9 s with them, 3.7 s without.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np

from model import weights
from model.synthesis import mixture
from model.training import devices, step
from model.training.data import Crops, DataError, find_pictures
from model.training.muon import ConvMuon
from model.training.runlog import RunLog
from model.training.validate import Validation
from model.unet import MULTIPLE_OF, build_unet


@dataclass(frozen=True)
class Recipe:
    """Everything that can be set; each has a flag of the same name."""

    steps: int = 100_000  # optimiser steps; a CPU does about 2 a second, an H100 some 40
    batch: int = 32  # crops a step
    side: int = 96  # crop size in pixels, a multiple of 32; finish with 128 or more
    optimizer: str = "muon"  # or "adam", with a fifth of the rate or less
    rate: float = 5e-3  # peak learning rate; at 2e-2 Muon diverges
    warm_up: int = 100  # steps until the peak
    cool_down: float = 0.3  # share of the steps over which the rate falls to zero
    dropout: float = 0.0  # restoration needs every feature; the first version dropped 10 %
    residual: bool = True  # start as the identity
    loss: str = "log_mse"  # every noise level weighs alike
    noise: str = "blind"  # which mixture: see model/synthesis/mixture.py
    average: float = 0.999  # momentum of the averaged weights; 0 turns averaging off
    whole: bool = False  # whole pictures shrunk to the side, once an epoch, instead of crops
    clip: float = 1.0  # greatest norm of the gradient; 0 turns clipping off


RECIPES = {
    "blind": Recipe(),
    "original": Recipe(
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
VALIDATION_SHARE = 0.1
OPTIMIZERS = {"muon": ConvMuon, "adam": keras.optimizers.Adam}
LOSSES = {"log_mse": step.log_mse, "mse": step.mse}
MIXTURES = {"blind": mixture.blind, "original": mixture.original}


def main(argv: list[str] | None = None) -> int:
    """Trains as the command line says; returns the exit code."""
    args = _parse(argv)
    keras.utils.set_random_seed(args.seed)
    precision = args.precision if args.precision != "auto" else devices.best_precision()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        run = Run(args)
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    on = f"{run.devices.count} device{'s'[: run.devices.count - 1]} of {keras.backend.backend()}"
    print(f"{precision} on {on}, {run.recipe}")
    try:
        return run.train()
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # the second Ctrl-C
        print("\nStopped at once; the last checkpoint stands.", file=sys.stderr)
        return 130


class CtrlC:
    """Makes the first Ctrl-C a wish, heard between two steps, where what is saved is whole."""

    def __init__(self) -> None:
        self.pressed = False

    def __enter__(self) -> "CtrlC":
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, *_: object) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True


class Run:
    """A training run: its model, its data, where it stands."""

    def __init__(self, args: argparse.Namespace) -> None:
        recipe: Recipe = args.settings
        pictures, skipped = find_pictures(args.data, 1 if recipe.whole else recipe.side)
        for sentence in skipped:
            print(f"Skipped {sentence}")
        train, held_out = _split(pictures, args.seed)
        if not recipe.steps:
            recipe = replace(recipe, steps=-(-EPOCHS * len(train) // recipe.batch))
        print(f"{len(train)} photographs to train on, {len(held_out)} to validate with")
        self.recipe, self.out, self.every = recipe, args.out, args.every
        self.crops = Crops(
            train,
            recipe.side,
            recipe.batch,
            seed=args.seed,
            whole=recipe.whole,
            cache_bytes=int(args.cache * 2**30),
            workers=args.workers,
        )
        self.devices = devices.choose(args.devices, recipe.batch)
        with self.devices.scope():
            self.net = build_unet(dropout=recipe.dropout, residual=recipe.residual)
        if args.weights:
            weights.load(self.net, args.weights)
        self.model = _training_model(self.net, recipe, args.seed, self.devices)
        # What is validated and saved lives on one device.
        self.copy = self.net
        if self.devices.count > 1:
            self.copy = build_unet(dropout=recipe.dropout, residual=recipe.residual)
        self.average = step.Average(self.net, recipe.average)
        self.validation = Validation(held_out, recipe.side, args.seed, recipe.noise, recipe.whole)
        self.step = self._resume() if args.resume else 0
        self.log = RunLog(self.out, until=self.step)

    def train(self) -> int:
        """Runs to the last step or to Ctrl-C; saves either way.

        Raises:
            DataError: Hardly a picture of the folder can be decoded.
        """
        feed = self.crops.batches(self.step)
        try:
            with CtrlC() as ctrl_c:
                while self.step < self.recipe.steps and not ctrl_c.pressed:
                    self._stretch(feed, ctrl_c)
        finally:
            feed.close()  # type: ignore[attr-defined]
        if not ctrl_c.pressed:
            return 0
        self._save()
        print(f"\nStopped and saved at step {self.step}; go on with --resume.")
        return 130

    def _stretch(self, feed: Iterator[np.ndarray], ctrl_c: CtrlC) -> None:
        """Some hundred steps, then a validation, a line in the log and a checkpoint."""
        # To a multiple of `every`, so that a resumed run validates at the steps of an unbroken one.
        steps = min(self.every - self.step % self.every, self.recipe.steps - self.step)
        bar = keras.utils.Progbar(steps, stateful_metrics=["step"])
        losses, waited, began = [], 0.0, time.perf_counter()
        for i in range(steps):
            if ctrl_c.pressed:
                return
            asked = time.perf_counter()
            crops = next(feed)
            waited += time.perf_counter() - asked
            losses.append(self._one_step(crops))
            bar.update(i + 1, [("step", self.step), ("loss", losses[-1])])
        took = time.perf_counter() - began
        row: dict[str, float] = {"step": self.step, "loss": float(np.mean(losses))}
        row |= {"images_per_s": steps * self.recipe.batch / took, "waiting": waited / took}
        row |= self._validate()
        self.log.add(row)
        print("  ".join(f"{k} {v:.4g}" for k, v in row.items()), flush=True)
        self._save()

    def _one_step(self, crops: np.ndarray) -> float:
        r = self.recipe
        rate = step.learning_rate(self.step, r.steps, r.rate, r.warm_up, r.cool_down)
        self.model.optimizer.learning_rate = rate
        loss = self.devices.train_on_batch(self.model, crops)
        self.step += 1
        self.average.update(self.step)
        return float(np.asarray(loss).reshape(-1)[0])

    def _validate(self) -> dict[str, float]:
        """Validates the averaged weights and keeps them as best.npz if they are."""
        with self._averaged() as net:
            row = self.validation(net)
            if self.log.is_best(row["psnr"]):
                weights.save(net, self.out / "best.npz")
        return row

    @contextmanager
    def _averaged(self) -> Iterator[keras.Model]:
        """The network with its averaged weights, if the recipe averages."""
        own = self.net.get_weights()
        self.copy.set_weights(self.average.values if self.recipe.average else own)
        yield self.copy
        self.net.set_weights(own)

    def _save(self) -> None:
        with self._averaged() as net:
            weights.save(net, self.out / "last.npz")
        state = [*self.net.get_weights(), *self.average.values]
        state += [v.numpy() for v in self._other_state()]
        numbered = {str(i): np.asarray(value) for i, value in enumerate(state)}
        weights.save_arrays(self.out / "resume.npz", {"step": self.step, **numbered})

    def _other_state(self) -> list[Any]:
        """The variables that the next step depends on, besides the weights."""
        dropouts = [x for x in self.net.layers if isinstance(x, keras.layers.Dropout)]
        seeds = [self.model.noise_seed, *(layer.seed_generator for layer in dropouts)]
        return [*self.model.optimizer.variables, *(seed.state for seed in seeds)]

    def _resume(self) -> int:
        path = self.out / "resume.npz"
        if not path.is_file():
            raise ValueError(f"There is nothing to resume in {self.out}: {path.name} is missing.")
        saved = weights.load_arrays(path)
        at = int(saved.pop("step"))
        state = [saved[str(i)] for i in range(len(saved))]
        count, rest = len(self.net.weights), self._other_state()
        shapes = [v.shape for v in (*self.net.weights, *self.net.weights, *rest)]
        if [v.shape for v in state] != [tuple(shape) for shape in shapes]:
            raise ValueError(f"{path} was saved by another recipe; give the same flags again.")
        self.net.set_weights(state[:count])
        self.average.values = state[count : 2 * count]
        for variable, value in zip(rest, state[2 * count :], strict=True):
            variable.assign(value)
        return at


def _training_model(
    net: keras.Model, recipe: Recipe, seed: int, on: devices.OneDevice
) -> step.TrainingModel:
    with on.scope():
        kind = OPTIMIZERS[recipe.optimizer]
        optimizer = kind(recipe.rate, global_clipnorm=recipe.clip or None)
    return on.training_model(net, MIXTURES[recipe.noise], LOSSES[recipe.loss], seed, optimizer)


def _split(pictures: list[Any], seed: int) -> tuple[list[Any], list[Any]]:
    """A shuffled 90/10 split; a lone picture serves for both."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    held = max(round(VALIDATION_SHARE * len(pictures)), 1)
    return [pictures[i] for i in order[held:]] or pictures, [pictures[i] for i in order[:held]]


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--out", type=Path, default=Path("runs/latest"), help="where results go")
    parser.add_argument("--recipe", choices=RECIPES, default="blind")
    parser.add_argument("--weights", type=Path, help="weights to start from")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, help="accelerators to share each batch (all)")
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    parser.add_argument("--workers", type=int, default=2, help="threads that decode pictures")
    parser.add_argument("--cache", type=float, default=2.0, help="GiB of decoded pictures to keep")
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    choices: dict[str, list[str]] = {"loss": [*LOSSES], "noise": [*MIXTURES]}
    choices["optimizer"] = [*OPTIMIZERS]
    for name, value in vars(Recipe()).items():
        flag, help = f"--{name.replace('_', '-')}", "see Recipe"
        if isinstance(value, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=help)
        else:
            parser.add_argument(flag, type=type(value), choices=choices.get(name), help=help)
    args = parser.parse_args(argv)
    given = {k: v for k in vars(Recipe()) if (v := getattr(args, k)) is not None}
    args.settings = replace(RECIPES[args.recipe], **given)
    _check(parser, args)
    return args


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends with a sentence and exit code 2 if a number makes no sense."""
    recipe: Recipe = args.settings
    least = {"seed": 0, "every": 1, "workers": 1, "devices": 1, "steps": 0, "batch": 1}
    least["side"] = MULTIPLE_OF
    for name, low in least.items():
        value = (vars(args) | vars(recipe))[name]
        if value is not None and value < low:
            parser.error(f"--{name} must be at least {low}. Received: {value}")
    if recipe.side % MULTIPLE_OF:
        parser.error(f"--side must be a multiple of {MULTIPLE_OF}. Received: {recipe.side}")


if __name__ == "__main__":
    sys.exit(main())
