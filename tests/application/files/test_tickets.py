"""Tickets for files: good once, for their owner, one way, and for five minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.files.files import PATH
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.attachment import TicketInvalid
from yanbao.domain.refusals import Forbidden

from ...support.accounts import an_account
from ...support.world import (
    AUDIT_ADMIN,
    COUNTY_DUTY,
    HEAD,
    MANAGER,
    PROVINCE_DUTY,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    Stage,
    a_stage,
)
from .filing import FELLOW, INSPECTOR, token_of, upload


@pytest.fixture
def stage() -> Stage:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_stage().settle(INSPECTOR, FELLOW, *accounts)


def a_token(stage: Stage, way: str) -> str:
    if way == "in":
        return token_of(stage, HEAD)
    file = upload(stage)
    issued = stage.world.app.files.request_download(stage.actor(HEAD), file.id, thumbnail=False)
    return issued.path.removeprefix(PATH)


def use(stage: Stage, way: str, token: str, by: Person = HEAD) -> None:
    files, actor = stage.world.app.files, stage.actor(by)
    if way == "in":
        files.begin_upload(actor, token)
    else:
        files.fetch(actor, token).file.close()


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_used_once(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    use(stage, way, token)
    with pytest.raises(TicketInvalid):
        use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_of_no_use_to_another_and_stays_good_for_its_owner(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    for somebody_else in (MANAGER, COUNTY_DUTY, PROVINCE_DUTY):
        with pytest.raises(TicketInvalid):
            use(stage, way, token, by=somebody_else)
    use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_does_not_work_the_other_way_round(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    with pytest.raises(TicketInvalid):
        use(stage, {"in": "out", "out": "in"}[way], token)


@pytest.mark.parametrize("way", ["in", "out"])
@pytest.mark.parametrize("token", ["", "x", "图", "\0", "a" * 10_000])
def test_what_is_no_ticket_is_refused(stage: Stage, way: str, token: str) -> None:
    with pytest.raises(TicketInvalid):
        use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_lasts_five_minutes_and_not_a_microsecond_longer(stage: Stage, way: str) -> None:
    first, second = a_token(stage, way), a_token(stage, way)
    stage.after(timedelta(minutes=5) - timedelta(microseconds=1))
    use(stage, way, first)
    stage.after(timedelta(microseconds=1))
    with pytest.raises(TicketInvalid):
        use(stage, way, second)


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN], ids=lambda p: p.role.value)
def test_administrators_have_nothing_to_do_with_files(stage: Stage, by: Person) -> None:
    file, files, actor = upload(stage), stage.world.app.files, stage.actor(by)
    with pytest.raises(Forbidden):
        files.request_upload(actor, name="a.png", size=10)
    with pytest.raises(Forbidden):
        files.begin_upload(actor, "token")
    with pytest.raises(Forbidden):
        files.request_download(actor, file.id, thumbnail=False)
    with pytest.raises(Forbidden):
        files.fetch(actor, "token")
    with pytest.raises(Forbidden):
        files.attachments(actor, [file.id])
