"""Renders docs/figures.md: one definition of every figure, from the catalogue that the code itself uses."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from ...application.statistics.catalogue import CATALOGUE
from ...application.statistics.figures import FigureDefinition, FigureSection
from .markdown import cell, section, table

_OPENING: Final = """# 统计指标 · Figures

Printed from the code (`make figures`); do not edit. Every figure has one definition and one name, in the API, in
workbooks and in reports. Each count opens a list of exactly the rows that it counts: the region and the days of the
figure, and the condition in the last column."""


def render_figures() -> str:
    """Return the page as Markdown."""
    return section(_OPENING, *(_section(each) for each in CATALOGUE)) + "\n"


def _section(shown: FigureSection) -> str:
    return section(
        f"## {shown.title}",
        shown.about,
        f"Query: `{shown.query}`, type `{shown.row}`. List: `{shown.rows}`.",
        table(
            ["指标", "Field", "定义", "单位", f"`{shown.rows}(where: …)`"],
            [_row(figure) for figure in shown.figures],
        ),
    )


def _row(figure: FigureDefinition) -> list[str]:
    return [
        figure.name,
        f"`{camel_case(figure.field)}`",
        cell(figure.definition),
        figure.unit,
        "—" if figure.narrows is None else f"`{condition_of(figure.narrows)}`",
    ]


def condition_of(narrows: Mapping[str, Any]) -> str:
    """Return the condition as GraphQL writes it in the list's filter: `{ late: false }`."""
    written = ", ".join(f"{camel_case(name)}: {_literal(value)}" for name, value in narrows.items())
    return f"{{ {written} }}" if written else "{ }"


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(each) for each in value)}]"
    return str(value)
