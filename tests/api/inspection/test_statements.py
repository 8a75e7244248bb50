"""What a page of inspections costs: as many statements for many rows as for few, with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage

from ...support.asking import TODAY, World, region_id
from ...support.databases import migrated_sqlite, statements
from ...support.system import make_system
from .inspecting import INSPECTION, a_patrol, a_problem, a_spot_check, open_patrol

COUNTIES = ("610523", "610524", "610526", "610528")
ENTERPRISES = (0, 2, 4, 6, 17, 18, 20, 21)
"""In those counties, so that every patrol has something to say of them."""
DAY = f'firstDay: "{TODAY}", lastDay: "{TODAY}"'
LISTS = {
    "patrols": f"inspections(first: $first, where: {{{DAY}, kinds: [PATROL]}})",
    "spot checks": f"inspections(first: $first, where: {{{DAY}, kinds: [SPOT_CHECK]}})",
    "drafts": "inspectionDrafts(first: $first)",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with migrated_sqlite(tmp_path_factory.mktemp("inspections")) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def world(engine: Engine) -> World:
    """Checks of a city's enterprises, then patrols and drafts of its counties, each with its problems."""
    world = World(make_system(lambda react: SqlStorage(engine, reactions=react)).seeded())
    inspector, problems = world("city-inspector"), [a_problem()] * 2
    for number in ENTERPRISES:
        a_spot_check(inspector, world.enterprises[number], key=f"check-{number:03}", problems=problems)
    for number, county in enumerate(COUNTIES * 2):
        a_patrol(inspector, region_id(county), key=f"patrol-{number:03}", problems=problems)
        draft = open_patrol(inspector, region_id(county), key=f"draft-{number:03}")
        assert draft["sheet"]["visits"]
    return world


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_as_many_statements_for_many_rows_as_for_few(
    world: World, engine: Engine, name: str
) -> None:
    query = f"query($first: Int!) {{ list: {LISTS[name]} {{ totalCount nodes {{ {INSPECTION} }} }} }}"
    inspector, costs = world("city-inspector"), {}
    for first in (2, 8):
        with statements(engine) as sent:
            nodes = inspector.ask(query, first=first)["list"]["nodes"]
        assert len(nodes) == first and all(node["sheet"]["figures"] for node in nodes)
        costs[first] = len(sent)
    assert costs[2] == costs[8] <= 12
