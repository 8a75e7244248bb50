"""What a figure of the statistics is: its name, its one definition, and the rows that it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """One figure; the only place that says what it means.

    `field` is its attribute of the row of figures; in camel case it is its field in GraphQL.
    `name`, `definition` (one sentence) and `unit` are Chinese.
    `narrows` is what the filter of the list gets beside region and days: that list has exactly the rows
    that the figure counts. It is None for a figure that counts no rows: a rate or a mean.
    """

    field: str
    name: str
    definition: str
    unit: str
    narrows: Mapping[str, Any] | None = made_by(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureSection:
    """The figures of one query.

    `title` and `about` (what is counted, over which days) are Chinese. `query` and `rows` are fields of the
    GraphQL query: the statistic, and the list that its figures open. `row` is the GraphQL type that has the
    figures as fields.
    """

    title: str
    about: str
    query: str
    row: str
    rows: str
    figures: tuple[FigureDefinition, ...]
