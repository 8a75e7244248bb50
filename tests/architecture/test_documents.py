"""The documents tell the truth: what they point at exists, and what is printed from the code is what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from graphql import parse, validate

from yanbao.adapters.demo.province import build_province
from yanbao.adapters.workflow.figures import render_figures
from yanbao.adapters.workflow.page import render
from yanbao.cli.demo.given import HOW_TO_MAKE_A_DATABASE, HOW_TO_START_REDIS

from ..support.dates import TODAY
from .sources import ROOT, committed_schema, named, parsed

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)")
PLACE = re.compile(r"`(src/[\w/]+\.py)::([\w.]+)`")
FILE = re.compile(r"`((?:src|tests|docs|docker)/[\w./-]*|\.importlinter)`")
MAKE = re.compile(r"\bmake ([a-z]+(?:-[a-z]+)*)\b")

SERVERS = ("createdb ", "redis-server ", "export ")
HOW = (HOW_TO_MAKE_A_DATABASE, HOW_TO_START_REDIS)
"""How to make what the demo on PostgreSQL and Redis needs."""

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=named)


def test_the_workflow_page_is_what_the_tables_say() -> None:
    committed = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    assert committed == render(), "make workflow"


def test_the_page_of_figures_is_what_the_catalogue_says() -> None:
    committed = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    assert committed == render_figures(), "make figures"


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if link and not (path.parent / link).exists()] == []


@each_document
def test_files_that_are_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # The folder that the contributors' guide warns of must not exist.
    assert [
        file for file in FILE.findall(text) if file != "tests/graphql/" and not (ROOT / file).exists()
    ] == []


@each_document
def test_places_in_the_code_that_are_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [f"{file}::{name}" for file, name in PLACE.findall(text) if not _defines(ROOT / file, name)] == []


@each_document
def test_commands_that_are_named_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    quoted = re.findall(r"`([^`\n]+)`|^(make .*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    named_here = {target for pair in quoted for part in pair for target in MAKE.findall(part)}
    assert named_here - targets == set()


@each_document
def test_queries_that_are_shown_are_queries_of_the_schema(path: Path) -> None:
    for query in re.findall(
        r"^```graphql\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        assert validate(committed_schema(), parse(query)) == []


def test_the_two_readmes_name_the_same_commands_and_each_other() -> None:
    """Who runs the system in Chinese and who builds it in English are told the same."""
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
    both = {path.name: path.read_text(encoding="utf-8") for path in (english, chinese)}
    commands = {
        name: [
            line.partition("#")[0].strip()
            for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
            for line in block.splitlines()
            if line.startswith(("make ", ".venv/bin/yanbao demo", ".venv/bin/yanbao weekly", *SERVERS))
        ]
        for name, text in both.items()
    }
    assert commands["README.md"] == commands["README.zh-CN.md"] != []
    told = [line.strip() for how in HOW for line in how.splitlines() if line.startswith("  ")]
    assert set(told) <= set(commands["README.md"]), "the demo itself tells the same"
    assert 'make run DEMO_ARGS="--topology full"' in commands["README.md"]
    assert "](README.zh-CN.md)" in both["README.md"] and "](README.md)" in both["README.zh-CN.md"]


def test_the_chinese_readme_names_every_account_of_the_demo() -> None:
    text = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    province = build_province(enterprises=6, today=TODAY)
    accounts = {account.username for account in province.show_accounts}
    assert {name for name in accounts if f"`{name}`" not in text} == set()


def test_the_query_page_begins_with_a_log_in_that_fits_schema_and_demo() -> None:
    script = (ROOT / "src/graphql/transport/static/ide.js").read_text(encoding="utf-8")
    first = script.partition("const FIRST_QUERY = `")[2].partition("`")[0]
    assert "logIn" in first and validate(committed_schema(), parse(first)) == []
    shown = {account.username for account in build_province(enterprises=6, today=TODAY).show_accounts}
    assert set(re.findall(r'username: "([^"]*)"', first)) <= shown


def test_every_decision_is_on_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_every_decision_says_why_and_what_it_costs() -> None:
    for path in (ROOT / "docs" / "decisions").glob("0*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name


def _defines(file: Path, name: str) -> bool:
    """Whether the module has the name: a class, a function, a constant, or a method after a dot."""
    if not file.exists():
        return False
    body: list[ast.stmt] = parsed(file).body
    for part in name.split("."):
        found = next((node for node in body if part in _names(node)), None)
        if found is None:
            return False
        body = found.body if isinstance(found, ast.ClassDef) else []
    return True


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets]
    return []
