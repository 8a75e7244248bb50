"""Tickets for files: good once, for their owner, one way, and for five minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.files.tickets import PATH
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.ticket import TicketInvalid
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
    World,
    a_world,
)
from .filing import FELLOW, INSPECTOR, token_of, upload


@pytest.fixture
def world() -> World:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_world().settle(INSPECTOR, FELLOW, *accounts)


def a_token(world: World, way: str) -> str:
    if way == "in":
        return token_of(world, HEAD)
    file = upload(world)
    issued = world.system.app.files.request_download(world.actor(HEAD), file.id, thumbnail=False)
    return issued.path.removeprefix(PATH)


def use(world: World, way: str, token: str, by: Person = HEAD) -> None:
    files, actor = world.system.app.files, world.actor(by)
    if way == "in":
        files.begin_upload(actor, token)
    else:
        world.system.app.downloads.fetch(actor, token).file.close()


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_used_once(world: World, way: str) -> None:
    token = a_token(world, way)
    use(world, way, token)
    with pytest.raises(TicketInvalid):
        use(world, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_of_no_use_to_another_and_stays_good_for_its_owner(world: World, way: str) -> None:
    token = a_token(world, way)
    for somebody_else in (MANAGER, COUNTY_DUTY, PROVINCE_DUTY):
        with pytest.raises(TicketInvalid):
            use(world, way, token, by=somebody_else)
    use(world, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_belongs_to_the_session_that_asked(world: World, way: str) -> None:
    token = a_token(world, way)
    files, again = world.system.app.files, replace(world.actor(HEAD), session_id=UUID(int=7))
    for come in (files.begin_upload, files.fetch):
        with pytest.raises(TicketInvalid):
            come(again, token)
    use(world, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_does_not_work_the_other_way_round(world: World, way: str) -> None:
    token = a_token(world, way)
    with pytest.raises(TicketInvalid):
        use(world, {"in": "out", "out": "in"}[way], token)


@pytest.mark.parametrize("way", ["in", "out"])
@pytest.mark.parametrize("token", ["", "x", "图", "\0", "a" * 10_000])
def test_what_is_no_ticket_is_refused(world: World, way: str, token: str) -> None:
    with pytest.raises(TicketInvalid):
        use(world, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_lasts_five_minutes_and_not_a_microsecond_longer(world: World, way: str) -> None:
    first, second = a_token(world, way), a_token(world, way)
    world.after(timedelta(minutes=5) - timedelta(microseconds=1))
    use(world, way, first)
    world.after(timedelta(microseconds=1))
    with pytest.raises(TicketInvalid):
        use(world, way, second)


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN], ids=lambda p: p.role.value)
def test_administrators_have_nothing_to_do_with_files(world: World, by: Person) -> None:
    file, files, actor = upload(world), world.system.app.files, world.actor(by)
    with pytest.raises(Forbidden):
        files.request_upload(actor, name="a.png", size=10)
    with pytest.raises(Forbidden):
        files.begin_upload(actor, "token")
    with pytest.raises(Forbidden):
        files.request_download(actor, file.id, thumbnail=False)
    with pytest.raises(TicketInvalid):
        world.system.app.downloads.fetch(actor, "token")
    with pytest.raises(Forbidden):
        files.attachments(actor, [file.id])
