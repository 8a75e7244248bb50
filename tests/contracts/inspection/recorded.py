"""Seven records of three cities' departments, one of them replaced, and two inspections that are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.inspection.inspection import Inspection

from ...support.builders import CHANGAN, DAY, PUCHENG, a_wholesaler, an_enterprise
from ...support.inspections import COLLEAGUE, a_check_form, a_draft, a_patrol_form, a_statement, by
from ...support.settling import settle_in
from .inspections import (
    LINTONG_BUREAU,
    PROVINCE_BUREAU,
    WEINAN_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    keep_records,
    settle_inspectors,
    the_area_of,
    the_premises_of,
)

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
LAST_WEEK = DAY - timedelta(days=7)
FACTORY, WHOLESALER = an_enterprise(), a_wholesaler("长安批发", region=CHANGAN)
PUCHENG_FACTORY = an_enterprise("蒲城烟花厂", region=PUCHENG)

PATROL = a_record(
    the_area_of(LINTONG_BUREAU), form=a_patrol_form(problems=(a_statement(),), observations="夜间Duty缺人")
)
CHECK = a_record(the_premises_of(FACTORY), day=YESTERDAY, form=a_check_form(observations="50%库房_整洁"))
OF_THE_COUNTY = a_record(
    the_premises_of(FACTORY),
    of=LINTONG_BUREAU,
    person=COLLEAGUE,
    form=a_check_form(problems=(a_statement(), a_statement())),
)
IN_WEINAN = a_record(the_premises_of(PUCHENG_FACTORY), of=WEINAN_BUREAU, day=LAST_WEEK)
OF_THE_PROVINCE = a_record(the_area_of(XIAN_BUREAU), of=PROVINCE_BUREAU, day=LAST_WEEK)
AUTOMATIC = an_automatic_record(the_premises_of(WHOLESALER))
REPLACED = an_automatic_record(the_area_of(LINTONG_BUREAU))


def fresh(record: tuple[Inspection, Any]) -> Any:
    """What is saved remembers its version: every storage gets its own."""
    inspection, problems = record
    return replace(inspection, events=[]), tuple(replace(problem, events=[]) for problem in problems)


def keep_every_kind(storage: Storage) -> None:
    """Seven records of three cities' departments, one of them replaced, and two that are none."""
    settle_inspectors(storage)
    settle_in(storage, SYSTEM, WHOLESALER, PUCHENG_FACTORY)
    keep_records(storage, *map(fresh, (PATROL, CHECK, OF_THE_COUNTY, IN_WEINAN, OF_THE_PROVINCE)))
    automatic = (replace(record, events=[]) for record in (AUTOMATIC, REPLACED))
    settle_in(storage, SYSTEM, *automatic, a_draft(), a_discarded_draft())


def a_discarded_draft() -> Inspection:
    draft = a_draft(key="draft-0008")
    draft.discard(by=by())
    return draft
