"""Every floor has the same wings: a file lies in the folder of its business word, and no folder is in a file's prefix."""

from __future__ import annotations

import configparser
import re

import pytest

from .sources import ROOT, SRC, named, python_files

BUSINESS = {
    "directory",
    "commitment",
    "inspection",
    "problem",
    "alert",
    "handling",
    "identity",
    "notice",
    "exchange",
    "files",
    "report",
    "export",
    "statistics",
}
"""The business words that have a wing."""
WITHOUT = {"domain": {"statistics"}, "application": set[str](), "graphql": {"handling"}}
"""The domain has no figures over many rows, and GraphQL no wing for what only the use cases share."""
BESIDE = {
    "domain": set[str](),
    "application": {"operations", "ports"},
    "graphql": {"transport", "execution", "parts"},
}
"""What a floor has beside the wings."""


def folders(floor: str) -> set[str]:
    return {page.parent.name for page in (SRC / floor).glob("*/__init__.py")}


@pytest.mark.parametrize("floor", BESIDE)
def test_a_floor_has_the_wings_and_what_lies_beside_them(floor: str) -> None:
    found = folders(floor)
    assert found - BUSINESS == BESIDE[floor]
    assert BUSINESS - found <= WITHOUT[floor]


@pytest.mark.parametrize("floor", BESIDE)
def test_no_folder_is_in_the_prefix_of_a_file(floor: str) -> None:
    words = {form for word in BUSINESS for form in (word, f"{word}s", word.removesuffix("s"))}
    prefixed = [
        named(path)
        for path in python_files(floor)
        if path.parent == SRC / floor and (path.stem in words or path.stem.split("_")[0] in words)
    ]
    assert prefixed == []


@pytest.mark.parametrize(
    ("floor", "mirrors"),
    [("domain", "domain"), ("application", "application"), ("contracts", "application"), ("api", "graphql")],
)
def test_tests_lie_in_the_wings_of_what_they_test(floor: str, mirrors: str) -> None:
    found = {page.parent.name for page in (ROOT / "tests" / floor).glob("*/__init__.py")}
    assert found <= folders(mirrors)
    misplaced = [
        named(path)
        for path in (ROOT / "tests" / floor).glob("test_*.py")
        if path.stem.removeprefix("test_").split("_")[0] in BUSINESS
    ]
    assert misplaced == []


def test_every_layer_has_a_contract_against_circles() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    acyclic = {
        ancestor
        for name in parser.sections()
        if parser[name].get("type") == "acyclic_siblings"
        for ancestor in parser[name]["ancestors"].split()
    }
    assert acyclic == {f"yanbao.{floor}" for floor in ("domain", "application", "graphql", "adapters")}
    assert not parser["importlinter"].getboolean("exclude_type_checking_imports")


def test_the_tree_in_the_readme_shows_every_folder() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = text.partition("```text\nsrc/\n")[2].partition("```")[0]
    shown: dict[str, set[str]] = {}
    floor = ""
    for line in tree.splitlines():
        if found := re.match(r"├─ (\w+)/", line):
            floor = found.group(1)
        elif found := re.match(r"│  [├└]─ (\w+)/", line):
            shown.setdefault(floor, set()).add(found.group(1))
    assert shown == {name: folders(name) for name in ("domain", "application", "adapters", "graphql", "cli")}
