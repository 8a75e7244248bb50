"""Imports point inwards, and the contracts that say so leave nothing out."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from .sources import ROOT, named, parsed, python_files


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser


def test_every_contract_is_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_room_must_be_given_a_layer() -> None:
    assert contracts()["importlinter:contract:layers"].getboolean("exhaustive")


@pytest.mark.parametrize("room", ["domain", "application"])
def test_the_core_is_closed_to_every_package_that_we_depend_on(room: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = {_plain(re.split(r"[^\w.-]", requirement)[0]) for requirement in project["dependencies"]}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if not module.startswith("_") and ours & {_plain(name) for name in distributions}
    }
    # Data without code, and the extension modules that come with a package of ours.
    modules -= {"tzdata", "a2wsgi"}
    forbidden = set(contracts()[f"importlinter:contract:{room}"]["forbidden_modules"].split())
    assert modules - forbidden == set(), "add these to .importlinter"


def test_the_package_has_one_name() -> None:
    """Inside, imports are relative; outside they begin with `yanbao`; nowhere with `src`."""
    tests = (path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts)
    strangers = [
        f"{named(path)}: {name}" for path in python_files() for name in _absolute(path, "yanbao", "src")
    ]
    strangers += [f"{named(path)}: {name}" for path in tests for name in _absolute(path, "src")]
    assert strangers == []


def _absolute(path: Path, *roots: str) -> list[str]:
    """The modules below these roots that a file imports by their full names."""
    text = path.read_text(encoding="utf-8")
    if not any(root in text for root in roots):
        return []
    names: list[str] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.append(node.module)
    return [name for name in names if name.split(".")[0] in roots]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
