"""The Dockerfile, deploy/ and the settings agree, and the image holds what it needs."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.server import HEALTH
from photo import Limits

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
PAGE, BALANCER = COMPOSE["services"]["page"], COMPOSE["services"]["balancer"]
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
OBJECTS = {
    item["kind"]: item
    for item in yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
}
POD = OBJECTS["Deployment"]["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]
INGRESS = OBJECTS["Ingress"]["metadata"]["annotations"]
NGINX = "nginx.ingress.kubernetes.io/"
ENTRIES = ("main.py", "cli.py", "ui/child.py")


def written(pattern: str, text: str = DOCKERFILE) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, pattern
    return found[1]


def megabytes(size: str) -> float:
    """Kubernetes', Docker's and Caddy's ways to write a size."""
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]+)", size).groups()  # type: ignore[union-attr]
    return int(number) * {"k": 1e-3, "m": 1, "g": 1000}[unit[0].lower()]


def test_one_port_everywhere() -> None:
    port = int(written(r"PORT=(\d+)$"))
    assert int(written(r"^EXPOSE (\d+)$")) == port
    assert PAGE["expose"] == [str(port)]
    assert int(written(r"^\s+port (\d+)$", CADDYFILE)) == port
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": port}]
    assert {"name": "PORT", "value": str(port)} in CONTAINER["env"]
    assert OBJECTS["Service"]["spec"]["ports"][0]["targetPort"] == "http"


def test_one_health_address_everywhere() -> None:
    assert HEALTH in written(r"^HEALTHCHECK[^\n]*\\\n(.*)$")
    probes = [CONTAINER[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
    assert {probe["httpGet"]["path"] for probe in probes} == {HEALTH}
    assert {probe["httpGet"]["port"] for probe in probes} == {"http"}
    assert BALANCER["depends_on"]["page"] == {"condition": "service_healthy"}


def test_one_user_everywhere_and_a_number() -> None:
    user = written(r"^USER (\d+:\d+)$")
    security = POD["securityContext"]
    assert PAGE["user"] == f"{security['runAsUser']}:{security['runAsGroup']}" == user
    assert not user.startswith("0")
    assert security["runAsNonRoot"]


def test_memory_and_processor_are_limited_alike() -> None:
    here, there = PAGE["deploy"]["resources"], CONTAINER["resources"]
    assert here["limits"]["cpus"] == there["limits"]["cpu"]
    assert megabytes(here["limits"]["memory"]) == megabytes(there["limits"]["memory"])
    assert megabytes(there["requests"]["memory"]) <= megabytes(there["limits"]["memory"])


def test_the_largest_upload_is_allowed_on_the_whole_way_and_no_larger_one() -> None:
    limit = SETTINGS["server"]["maxUploadSize"]
    assert limit * 1e6 == Limits().max_bytes
    sizes = (written(r"max_size (\w+)$", CADDYFILE), INGRESS[f"{NGINX}proxy-body-size"])
    assert all(limit < megabytes(size) <= 1.1 * limit for size in sizes)


def test_the_objects_of_kubernetes_name_each_other_rightly() -> None:
    label = OBJECTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert OBJECTS["Deployment"]["spec"]["selector"]["matchLabels"] == label
    assert OBJECTS["Service"]["spec"]["selector"] == label
    assert OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == label
    target = OBJECTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target["name"] == OBJECTS["Deployment"]["metadata"]["name"]
    backend = OBJECTS["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]
    assert backend["service"]["name"] == OBJECTS["Service"]["metadata"]["name"]
    assert "replicas" not in OBJECTS["Deployment"]["spec"]  # the autoscaler's to set


def test_the_version_of_the_image_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert CONTAINER["image"].rsplit(":", 1)[1] == project["version"]


def test_the_images_python_is_one_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lowest, above = re.findall(r"3\.(\d+)", project["requires-python"])
    assert int(lowest) <= int(written(r"^ARG PYTHON=3\.(\d+)$")) < int(above)


def copied(path: str) -> bool:
    """Whether .dockerignore lets this file into the image."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    folders = [str(parent) for parent in Path(path).parents]
    return any(fnmatch(name, rule) for rule in kept for name in (path, *folders))


def imported(path: Path, seen: set[Path]) -> set[Path]:
    """The project's own files that a file imports, and those that these import."""
    if path in seen:
        return seen
    seen.add(path)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            file = ROOT / Path(*name.split(".")).with_suffix(".py")
            if file.is_file():
                imported(file, seen)
    return seen


def test_the_image_holds_every_module_that_serving_imports() -> None:
    seen: set[Path] = set()
    for entry in ENTRIES:
        imported(ROOT / entry, seen)
    names = [str(path.relative_to(ROOT)) for path in seen]
    assert len(names) > 25
    assert [name for name in names if not copied(name)] == []


def test_the_image_holds_the_weights_and_no_tests() -> None:
    assert (
        copied("weights/denoiser.npz")
        and copied("weights/first.npz")
        and copied(".streamlit/config.toml")
    )
    for path in ("tests/test_unet.py", "docs/FILES.md", "benchmarks/memory.py", ".git/config"):
        assert not copied(path)


def test_openvino_reports_no_start() -> None:
    if find_spec("openvino") is None:
        pytest.skip("OpenVINO is not installed")
    code = "import sys, helper, keras; print('openvino_telemetry.main' in sys.modules)"
    environment: dict[str, Any] = {**os.environ, "KERAS_BACKEND": "openvino"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, text=True, stdout=-1
    )
    assert done.stdout.split()[-1] == "False"
