"""What the architecture tests read: the files of the package, parsed once."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from graphql import GraphQLSchema, build_schema

ROOT: Final = Path(__file__).parents[2]
SRC: Final = ROOT / "src"


def package_files() -> list[Path]:
    """Every file of the package that is not a cache."""
    return sorted(path for path in SRC.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def python_files(*rooms: str) -> list[Path]:
    """The Python files of the package, or of some rooms of it: `python_files("domain", "application/ports")`."""
    chosen = [SRC / room for room in rooms] or [SRC]
    return [
        path
        for path in package_files()
        if path.suffix == ".py" and any(path.is_relative_to(room) for room in chosen)
    ]


def named(path: Path) -> str:
    """The path as it is written in messages: `src/domain/commitment/commitment.py`."""
    return path.relative_to(ROOT).as_posix()


@cache
def committed_schema() -> GraphQLSchema:
    """What `schema.graphql` says."""
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


@cache
def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=named(path))


def imported(path: Path) -> ModuleType:
    """The module under the name that the package has: never as `src.…`."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return importlib.import_module(".".join(("yanbao", *parts)).removesuffix(".__init__"))


def classes(*rooms: str) -> Iterator[type]:
    """Every public class that is written down in these rooms."""
    for path in python_files(*rooms):
        module = imported(path)
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield getattr(module, node.name)
