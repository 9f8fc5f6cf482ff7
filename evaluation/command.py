"""What the commands of this package share: how they explain themselves, and which network."""

import argparse
from pathlib import Path

from evaluation.methods import NETWORKS, Method, network


def parser(name: str, doc: str | None) -> argparse.ArgumentParser:
    """A parser that shows a module's docstring: its first line, and the rest below the flags."""
    description, _, examples = (doc or "").partition("\n\n")
    return argparse.ArgumentParser(
        f"python -m {name}",
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_network(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that say which network is measured."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--weights", type=Path, metavar="FILE", help="weights of a training run")
    which.add_argument("--model", choices=["first", "second"], help="a released network (second)")
    parser.add_argument(
        "--mode", choices=["full", "best"], default="full", help="best is four times as slow (full)"
    )


def network_of(args: argparse.Namespace) -> Method:
    """The network that those flags name. Raises EvaluationError as `network` does."""
    if args.model == "first":
        return network(NETWORKS["first"], "first", args.mode)
    return network(NETWORKS["ours"], args.weights, args.mode)
