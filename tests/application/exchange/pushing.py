"""Reports that are due at the ministry, and what becomes of them."""

from __future__ import annotations

from uuid import UUID

from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.ports.exchange import Attempt
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.exchange.duty import Duty, DutyState, Topic

from ...support.builders import a_person, an_enterprise
from ...support.world import DONGFENG, HONGXING, HONGXING_HEAD, PROVINCE_DUTY, Stage, a_stage


def reported(*, at: str = "12:00") -> Stage:
    """Two enterprises have reported, and the first push of the day is due."""
    stage = a_stage(enterprises=[DONGFENG, HONGXING])
    stage.submit()
    stage.submit(HONGXING_HEAD, HONGXING)
    return stage.at(at)


def crowd(number: int, *, batch_size: int = 20) -> Stage:
    """So many enterprises have reported."""
    firms = [an_enterprise(f"第{n}厂") for n in range(number)]
    heads = {of.id: a_person(f"厂长{n}", Role.ENTERPRISE_HEAD, of=of) for n, of in enumerate(firms)}
    stage = a_stage(enterprises=firms).settle(*heads.values())
    for of in firms:
        stage.submit(heads[of.id], of)
    stage.world.ministry.batch_size = batch_size
    return stage.at("12:00")


def push(stage: Stage) -> int:
    return stage.world.app.pushes.push_due()


def pushed(stage: Stage) -> list[tuple[UUID, ...]]:
    return [ids for _, ids in stage.world.ministry.pushes]


def states(stage: Stage) -> list[DutyState]:
    return [duty.state for duty in stage.duties()]


def attempts(stage: Stage) -> list[Attempt]:
    """Oldest first."""
    found = stage.world.app.exchange.attempts(
        stage.actor(PROVINCE_DUTY), Topic.MINISTRY_COMMITMENT, Page(100)
    )
    return list(reversed(found.rows))


def corrected() -> Stage:
    """Dongfeng has reported and corrected: two revisions are due."""
    stage = a_stage(enterprises=[DONGFENG])
    stage.submit()
    stage.correct(top_temperature=35)
    return stage.at("12:00")


def resend(stage: Stage, by: Person, duties: list[Duty], *, key: str | None = None) -> int:
    command = ResendDeadLetters(tuple(duty.id for duty in duties))
    return stage.world.app.exchange.resend(stage.actor(by), command, key=key)
