"""Files stay small, have names that say something, and all of them are in the package that is installed."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from setuptools import find_packages

from .sources import ROOT, SRC, named, package_files, python_files

MOST_LINES = 400
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|base|managers?|common|misc)($|_)")


def package_of(path: Path) -> str:
    """`src/adapters/sms/mas.py` belongs to `yanbao.adapters.sms`."""
    return ".".join(("yanbao", *path.relative_to(SRC).parts[:-1]))


def files_beside(*folders: str) -> list[Path]:
    """The Python files that are not of the package: `files_beside("tests")`."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def test_no_file_is_longer_than_a_reader_can_hold_in_mind() -> None:
    long = {}
    for path in (*package_files(), *files_beside("tests", "benchmarks")):
        if path.suffix in (".py", ".js", ".css", ".html"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            # A migration is history and is never taken apart again.
            if lines > MOST_LINES and "versions" not in path.parts:
                long[named(path)] = lines
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    silent = [
        named(path)
        for path in (*python_files(), *files_beside("tests"))
        if any(EMPTY_NAMES.search(part) for part in path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert silent == []


def test_every_folder_with_code_is_a_package_that_is_installed() -> None:
    found = {package_of(path) for path in python_files()}
    without_page = {
        package for package in found if not (SRC.joinpath(*package.split(".")[1:]) / "__init__.py").exists()
    }
    assert without_page == set(), "these folders lack an __init__.py"
    assert found == {"yanbao", *(f"yanbao.{name}" for name in find_packages(str(SRC)))}
    assert 'find_packages("src")' in (ROOT / "setup.py").read_text(encoding="utf-8")


def test_every_data_file_is_shipped() -> None:
    shipped = SETUPTOOLS["package-data"]
    left_behind = [
        named(path) for path in package_files() if path.suffix != ".py" and not _is_shipped(path, shipped)
    ]
    assert left_behind == []


def _is_shipped(path: Path, shipped: dict[str, list[str]]) -> bool:
    for package, patterns in shipped.items():
        folder = SRC.joinpath(*package.split(".")[1:])
        if path.is_relative_to(folder) and any(
            fnmatch(path.relative_to(folder).as_posix(), pattern) for pattern in patterns
        ):
            return True
    return False
