"""Records and frozen weeks that the release before has stored are migrated, read and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import downgrade, upgrade
from yanbao.adapters.sql.reading.inspections import SqlInspectionReader
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.domain.inspection.form import Conclusion

from ...contracts.inspection.recorded import AUTOMATIC, CHECK, OF_THE_PROVINCE, PATROL, keep_every_kind
from ...contracts.inspection.weekly import WEEK
from ...support.builders import NOW, XIAN, a_department_tree, a_region_tree
from ...support.databases import migrated_postgres, migrated_sqlite
from ...support.inspections import a_weekly_row
from ...support.settling import settle_in
from .conftest import storage_on

BEFORE = "0009-1"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated_sqlite(tmp_path) if request.param == "sqlite" else migrated_postgres() as url:
        made = make_engine(url)
        yield made
        made.dispose()


def filled(engine: Engine) -> SqlStorage:
    storage = storage_on(engine)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    keep_every_kind(storage)
    return storage


def as_the_release_before(engine: Engine) -> None:
    """What is stored loses everything that the release before did not know, and gets its free text."""
    downgrade(engine, BEFORE)
    form = json.dumps(
        {"duty_check": None, "findings": [], "observations": "", "conclusion": "总体良好。", "problems": []}
    )
    with engine.begin() as connection:
        connection.execute(text("UPDATE inspection SET conclusion = '总体良好。' WHERE origin = 'MANUAL'"))
        connection.execute(text("UPDATE inspection_content SET form = :form"), {"form": form})
        words = connection.execute(text("SELECT DISTINCT conclusion FROM inspection WHERE origin = 'AUTO'"))
        assert words.scalars().all() == ["未发现问题"]


def test_records_with_a_conclusion_in_free_text_are_shown_as_they_were_written(engine: Engine) -> None:
    storage = filled(engine)
    as_the_release_before(engine)
    upgrade(engine)
    reader = SqlInspectionReader(engine)
    ids = [record.id for record in (PATROL[0], CHECK[0], OF_THE_PROVINCE[0], AUTOMATIC)]
    rows = reader.inspections(ids, EVERYTHING, person_id=None)
    shown = [(rows[id].conclusion, rows[id].conclusion_text, rows[id].target_is_area) for id in ids]
    assert shown == [
        (None, "总体良好。", True),
        (None, "总体良好。", True),
        (None, "总体良好。", False),
        (Conclusion.NOT_VERIFIED, "系统根据查看情况自动生成，未经人工核查。", True),
    ]
    with storage.work(SYSTEM) as work:
        record = work.inspections.find(CHECK[0].id)
    assert record is not None and record.conclusion_text == "总体良好。"


def test_a_week_frozen_by_the_release_before_stays_as_it_was(engine: Engine) -> None:
    storage = filled(engine)
    row = a_weekly_row(XIAN, PATROL[0].kind, inspected=3, issued=2)
    with storage.work(SYSTEM) as work:
        assert work.weekly_rows.freeze(WEEK, [row], at=NOW)
        work.commit()
    as_the_release_before(engine)
    upgrade(engine)
    with storage.work(SYSTEM) as work:
        (found,) = work.weekly_rows.of(WEEK)
    assert (found.inspected, found.issued) == (3, 2)
    assert (found.automatic, found.rectified_on_site, found.withdrawn) == (None, None, None)
    assert not found.counted_apart
