"""One word for one thing: the glossary knows every name of the business, and public names say what they are."""

from __future__ import annotations

import ast
import re
from enum import Enum
from pathlib import Path

import pytest

from yanbao.application.access import Permission

from .sources import ROOT, classes, named, parsed, python_files

GLOSSARY = ROOT / "docs" / "glossary.md"
CONTRACTS = ("domain", "application/ports")
TRIVIAL = 3  # A method of so few statements may speak for itself.

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_the_glossary_knows_every_name_of_the_business() -> None:
    known = GLOSSARY.read_text(encoding="utf-8")
    names = {kind.__name__ for kind in classes("domain") if not issubclass(kind, Exception)}
    names |= {kind.__name__ for kind in classes("application") if issubclass(kind, Enum)}
    assert sorted(name for name in names if f"`{name}`" not in known) == []


def test_the_glossary_knows_every_value_that_people_see() -> None:
    known = GLOSSARY.read_text(encoding="utf-8")
    missing = [
        f"{kind.__name__}.{member.name}"
        for kind in classes("domain", "application")
        if issubclass(kind, Enum)
        and kind is not Permission  # docs/workflow.md has the commands, each with who may.
        for member in kind
        if f"`{member.name}`" not in known
    ]
    assert missing == []


@pytest.mark.parametrize("path", python_files(), ids=named)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree) or not tree.body, "the first line says what the module is for"


@pytest.mark.parametrize("path", python_files(*CONTRACTS), ids=named)
def test_public_names_of_domain_and_ports_say_what_they_are(path: Path) -> None:
    silent = []
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                silent.append(node.name)
            silent += [f"{node.name}.{method.name}" for method in _public(node.body) if _needs_words(method)]
    silent += [function.name for function in _public(parsed(path).body) if _needs_words(function)]
    assert silent == []


def test_no_error_is_called_a_problem() -> None:
    # 问题 is one of the four aggregates: the word belongs to it.
    classes = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    errors = {"Exception"}
    while more := {name for name, bases in classes.items() if bases & errors} - errors:
        errors |= more
    assert "Refused" in errors
    assert [name for name in sorted(errors) if re.search(r"(Problem|Problems)$", name)] == []


def test_no_class_has_a_name_with_noise() -> None:
    noisy = [
        f"{named(path)}: {node.name}"
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        and (
            node.name.endswith(("Impl", "Manager", "Helper", "Utils"))
            or node.name.startswith("Abstract")
            or (node.name[:1] == "I" and node.name[1:2].isupper())
        )
    ]
    assert noisy == []


def _public(body: list[ast.stmt]) -> list[Function]:
    return [node for node in body if isinstance(node, Function) and not node.name.startswith("_")]


def _needs_words(function: Function) -> bool:
    return ast.get_docstring(function) is None and len(function.body) > TRIVIAL
