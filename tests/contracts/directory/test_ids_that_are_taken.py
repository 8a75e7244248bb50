"""Ids are made from what an entry says when it is added; nobody takes the place of an entry that says otherwise now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.directory.directory import SaveEnterprise
from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.run import ImportDirectory
from yanbao.application.directory.imports.tables import ImportResult
from yanbao.application.directory.shutdowns import SaveShutdownPeriod
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind, StopReason, enterprise_id
from yanbao.domain.directory.shutdown import ShutdownCancelled, ShutdownPeriod, shutdown_period_id
from yanbao.domain.values import CreditCode, EnterpriseId, RegionId, ShutdownPeriodId

from ...application.directory.imports.tables import a_table
from ...support.builders import DAY, LINTONG, a_credit_code, a_shutdown, an_enterprise
from ...support.settling import settle_in
from ...support.system import TwinSystem, make_system

LAST = DAY + timedelta(days=6)
PRODUCTION, WHOLESALE = EnterpriseKind.PRODUCTION, EnterpriseKind.WHOLESALE
OLD, NEW = a_credit_code("旧代码"), a_credit_code("新代码")


@pytest.fixture
def system(storage: Storage) -> TwinSystem:
    """The use cases on the storage under test."""
    return make_system(lambda react: storage)


def register(
    system: TwinSystem,
    kind: EnterpriseKind | None = None,
    *,
    of: EnterpriseId | RegionId = LINTONG,
    first: date = DAY,
    id: ShutdownPeriodId | None = None,
) -> ShutdownPeriodId:
    region = of if isinstance(of, str) else None
    enterprise = None if isinstance(of, str) else of
    command = SaveShutdownPeriod(id, enterprise, region, kind, first, LAST, StopReason.HOLIDAY)
    return system.app.shutdowns.save(SYSTEM, command)


def stored(system: TwinSystem, id: ShutdownPeriodId) -> ShutdownPeriod:
    with system.storage.work(SYSTEM) as work:
        return work.shutdown_periods.get(id, within=EVERYTHING)


def imported(system: TwinSystem, *kinds: str) -> ImportResult:
    row = {"区域代码": LINTONG, "开始日期": DAY, "结束日期": LAST, "停产原因": "节假日"}
    rows = [{**row, "适用企业类型": kind} for kind in kinds]
    return ImportDirectory(system.storage, system.clock).run(
        SYSTEM, ImportKind.SHUTDOWN_PERIODS, a_table("停产期", *rows)
    )


# ---------------------------------------------------------------- a period of one kind, and of the other


def test_a_regions_period_for_wholesale_leaves_the_one_for_production_alone(system: TwinSystem) -> None:
    ids = [register(system, kind) for kind in (PRODUCTION, WHOLESALE, None)]
    assert len(set(ids)) == 3
    assert [stored(system, id).kind for id in ids] == [PRODUCTION, WHOLESALE, None]
    assert [register(system, kind) for kind in (PRODUCTION, WHOLESALE, None)] == ids, "found, not doubled"


def test_a_table_may_have_a_period_for_each_kind(system: TwinSystem) -> None:
    assert imported(system, "生产企业", "批发企业").added == 2
    assert imported(system, "生产企业", "批发企业").unchanged == 2
    assert imported(system, "生产企业", "生产企业").refused == 1


def test_periods_that_were_stored_with_an_id_without_the_kind_keep_it(system: TwinSystem) -> None:
    of_before = replace(
        a_shutdown(LINTONG, kind=PRODUCTION, reason=StopReason.HOLIDAY),
        id=shutdown_period_id(LINTONG, DAY, LAST),
        note="",
    )
    settle_in(system.storage, SYSTEM, of_before)
    assert imported(system, "生产企业").unchanged == 1
    assert imported(system, "").unchanged == 1, "an empty cell leaves the kind as it is"
    assert register(system, PRODUCTION) == of_before.id
    for_all = register(system, None)
    assert for_all != of_before.id
    assert (stored(system, of_before.id).kind, stored(system, for_all).kind) == (PRODUCTION, None)


def test_a_period_that_was_moved_to_other_days_keeps_its_id_from_the_next_one(system: TwinSystem) -> None:
    moved = register(system, first=DAY)
    register(system, first=DAY + timedelta(days=2), id=moved)
    anew = register(system, first=DAY)
    assert anew != moved
    assert stored(system, moved).first_day == DAY + timedelta(days=2)


# ---------------------------------------------------------------- a period that was cancelled


def test_a_cancelled_period_does_not_come_back_when_it_is_entered_again(system: TwinSystem) -> None:
    enterprise = an_enterprise()
    settle_in(system.storage, SYSTEM, enterprise)
    id = register(system, of=enterprise.id)
    with system.storage.work(SYSTEM) as work:
        work.shutdown_periods.save(replace(work.shutdown_periods.get(id, within=EVERYTHING), cancelled=True))
        work.commit()
    for again in (None, id):
        with pytest.raises(ShutdownCancelled, match=f"停产期（{DAY}至{LAST}）已被取消，不能恢复"):
            register(system, of=enterprise.id, id=again)
    assert stored(system, id).cancelled


# ---------------------------------------------------------------- a credit code that somebody had before


def enter(system: TwinSystem, name: str, code: str, id: EnterpriseId | None = None) -> EnterpriseId:
    command = SaveEnterprise(id, code, name, PRODUCTION, LINTONG, "临潼区某路1号")
    return system.app.directory.save_enterprise(SYSTEM, command)


def known(system: TwinSystem, id: EnterpriseId) -> Enterprise:
    with system.storage.work(SYSTEM) as work:
        return work.enterprises.get(id, within=EVERYTHING)


def by_hand(system: TwinSystem) -> None:
    enter(system, "后来的厂", OLD)


def by_table(system: TwinSystem) -> None:
    row: dict[str, Any] = {
        "统一社会信用代码": OLD,
        "企业名称": "后来的厂",
        "企业类型": "生产企业",
        "区域代码": LINTONG,
        "地址": "临潼区某路2号",
    }
    result = ImportDirectory(system.storage, system.clock).run(
        SYSTEM, ImportKind.ENTERPRISES, a_table("企业", row)
    )
    assert (result.added, result.errors) == (1, ())


@pytest.mark.parametrize("add", [by_hand, by_table])
def test_a_new_enterprise_with_a_code_that_another_had_before_does_not_replace_it(
    system: TwinSystem, add: Any
) -> None:
    first = enter(system, "先来的厂", OLD)
    assert first == enterprise_id(known(system, first).credit_code), "ids of what is stored stay as they are"
    enter(system, "先来的厂", NEW, first)
    add(system)
    assert (known(system, first).name, known(system, first).credit_code.text) == ("先来的厂", NEW)
    with system.storage.work(SYSTEM) as work:
        second = work.enterprises.by_credit_code(CreditCode.parse(OLD))
    assert second is not None and second.id != first and second.name == "后来的厂"
