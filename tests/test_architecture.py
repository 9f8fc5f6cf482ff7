"""Data flows one way through the modules, and what is installed or listed agrees with them."""

import sys
import tomllib
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
MODULES = ("main", "cli", "cli_arguments", "cli_ray", "files", "helper")
PACKAGES = ("ui", "evaluation", "model", "photo", "benchmarks", "deploy")
LAYERS = (  # from the top; modules of one layer do not import each other
    {"main", "benchmarks"},
    {"deploy"},
    {"ui", "cli"},
    {"evaluation", "cli_arguments", "cli_ray"},
    {"files"},
    {"helper"},
    {"model", "photo"},
)
MODEL_LAYERS = (
    {"model.train", "model.release"},
    {"model.training"},
    {"model.recipe"},
    {"model.synthesis"},
    {"model.inference"},
    {"model.weights"},
    {"model.networks"},
    {"model.shuffle_unet"},
    {"model.unet"},
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> grimp.ImportGraph:
    """Every import of the project. Grimp reads packages only, so each module is made one."""
    root = tmp_path_factory.mktemp("packages")
    for name in MODULES:
        (root / name).mkdir()
        (root / name / "__init__.py").symlink_to(ROOT / f"{name}.py")
    for name in PACKAGES:
        for file in (ROOT / name).rglob("*.py"):
            copy = root / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            (copy.parent / "__init__.py").touch()
            copy.write_bytes(file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        for name in (*MODULES, *PACKAGES):  # that another test has imported
            patch.delitem(sys.modules, name, raising=False)
        return grimp.build_graph(*MODULES, *PACKAGES, cache_dir=None)


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert sum(map(len, imports.values())) > 100
    TopologicalSorter(imports).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize("layers", [LAYERS, MODEL_LAYERS])
def test_no_module_imports_upward(graph: grimp.ImportGraph, layers: tuple[set[str], ...]) -> None:
    wrong = graph.find_illegal_dependencies_for_layers(layers)
    assert [(each.importer, each.imported) for each in wrong] == []


def test_all_that_the_command_imports_is_installed_with_it(graph: grimp.ImportGraph) -> None:
    settings = PROJECT["tool"]["setuptools"]
    installed = [*settings["py-modules"], *settings["packages"]["find"]["include"]]
    needed = {name.partition(".")[0] for name in graph.find_upstream_modules("cli")}
    assert {"files", "helper", "model", "photo"} <= needed
    assert [name for name in needed if not any(fnmatch(name, rule) for rule in installed)] == []


def test_requirements_txt_lists_the_projects_dependencies() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert listed == PROJECT["project"]["dependencies"]
