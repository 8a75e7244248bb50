"""The domain knows no clock, no chance and no outside: time is an argument, and only the standard library is imported."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from .sources import SRC, named, parsed, python_files

DOMAIN = python_files("domain")
CLOCKS = {
    "now",
    "today",
    "utcnow",
    "utcfromtimestamp",
    "fromtimestamp",
    "localtime",
    "gmtime",
    "monotonic",
    "perf_counter",
    "time_ns",
}
CHANCE = {"uuid1", "uuid4", "urandom", "getrandbits", "token_hex", "token_urlsafe"}
OUTSIDE = {"open", "print", "input", "exec", "eval", "__import__"}
PURE = {
    "__future__",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "ipaddress",
    "itertools",
    "re",
    "types",
    "typing",
    "unicodedata",
    "uuid",
    "zoneinfo",
}
"""The modules that the domain may use: none of them asks a clock or the outside by itself."""


def called(node: ast.Call) -> str | None:
    """The last word of what is called: `now` of `datetime.now()`."""
    match node.func:
        case ast.Attribute(attr=word) | ast.Name(id=word):
            return word
    return None


@pytest.mark.parametrize("path", DOMAIN, ids=named)
def test_the_domain_asks_no_clock_no_chance_and_nothing_outside(path: Path) -> None:
    calls = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    impure = [
        f"{named(path)}:{node.lineno} calls {called(node)}"
        for node in calls
        if called(node) in CLOCKS | CHANCE | OUTSIDE
    ]
    assert impure == []


@pytest.mark.parametrize("path", DOMAIN, ids=named)
def test_the_domain_imports_itself_and_a_few_pure_modules_only(path: Path) -> None:
    foreign: list[str] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            foreign += [name.name for name in node.names if name.name.partition(".")[0] not in PURE]
        elif isinstance(node, ast.ImportFrom):
            # One dot is the file's own folder; each more leads one folder up, and never out of the domain.
            inside = 1 <= node.level <= len(path.relative_to(SRC).parts) - 1
            if not inside and (node.level or (node.module or "").partition(".")[0] not in PURE):
                foreign.append(f"{'.' * node.level}{node.module}")
    assert foreign == []


def test_the_pure_modules_are_of_the_standard_library() -> None:
    assert PURE - {"__future__"} <= sys.stdlib_module_names


def test_there_is_a_domain_to_look_at() -> None:
    assert {path.name for path in DOMAIN} >= {"commitment.py", "values.py", "deadlines.py"}
