"""A read-only spell of the database: whoever is logged in goes on reading, and is not logged out by it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from yanbao.application.ports.unavailable import Unavailable, WritesRefused
from yanbao.application.postponed import PostponedTouches, PostponedViews
from yanbao.domain.directory.events import EnterpriseViewed
from yanbao.domain.identity.account import IDLE
from yanbao.domain.refusals import Unauthenticated
from yanbao.domain.values import Client

from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, World, a_world
from ..identity.logging_in import log_in

TWENTY = timedelta(minutes=20)


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def refuse_writes(world: World, yes: bool = True) -> None:
    world.system.storage.refuses_writes = yes  # type: ignore[attr-defined]


def test_who_is_logged_in_goes_on_reading_for_hours_without_a_new_log_in(world: World) -> None:
    identity, token = world.system.app.identity, log_in(world).token
    refuse_writes(world)
    for _ in range(8):
        world.after(TWENTY)
        actor = identity.authenticate(token)
        assert world.system.app.notices.unread(actor) == 0
    refuse_writes(world, False)
    world.after(TWENTY)
    identity.authenticate(token)
    (session,) = world.state.sessions.values()
    assert session.last_seen_at == world.system.clock.now(), "what was postponed is not stored"


def test_a_session_that_nobody_uses_in_the_spell_ends_as_ever(world: World) -> None:
    identity, token = world.system.app.identity, log_in(world).token
    refuse_writes(world)
    world.after(TWENTY)
    identity.authenticate(token)
    world.after(IDLE)
    with pytest.raises(Unauthenticated):
        identity.authenticate(token)


def test_a_log_in_in_the_spell_is_asked_to_come_again(world: World) -> None:
    refuse_writes(world)
    with pytest.raises(WritesRefused) as raised:
        log_in(world)
    assert (raised.value.code, isinstance(raised.value, Unavailable)) == ("TRY_AGAIN", True)
    assert "不能保存" in raised.value.sentence


def test_a_page_that_is_looked_at_in_the_spell_is_shown_and_the_look_is_stored_later(world: World) -> None:
    view = world.system.app.directory.view_enterprise
    refuse_writes(world)
    moments = []
    for minutes in (1, 2):
        world.after(timedelta(minutes=minutes))
        moments.append(world.system.clock.now())
        assert view(world.actor(COUNTY_DUTY), DONGFENG.id).id == DONGFENG.id
    assert len(world.state.views) == 0
    refuse_writes(world, False)
    world.after(timedelta(minutes=3))
    view(world.actor(COUNTY_DUTY), DONGFENG.id)
    moments.append(world.system.clock.now())
    assert [seen.at for seen in world.state.views.values()] == moments


def test_a_phone_number_is_not_shown_while_nobody_can_write_down_who_saw_it(world: World) -> None:
    show = world.system.app.contacts.phone_numbers
    refuse_writes(world)
    with pytest.raises(WritesRefused):
        show(world.actor(COUNTY_DUTY), [HEAD.id])
    refuse_writes(world, False)
    assert show(world.actor(COUNTY_DUTY), [HEAD.id]) == {HEAD.id: HEAD.phone.text}


def a_view(world: World) -> EnterpriseViewed:
    return EnterpriseViewed(
        account_id=uuid4(),  # type: ignore[arg-type]
        person_id=HEAD.id,
        department_id=uuid4(),  # type: ignore[arg-type]
        enterprise_id=DONGFENG.id,
        client=Client.WEB,
        at=world.system.clock.now(),
    )


@pytest.mark.parametrize("number", [2, 3, 5])
def test_what_is_postponed_never_fills_the_memory(world: World, number: int) -> None:
    now, touches, views = world.system.clock.now(), PostponedTouches(most=2), PostponedViews(most=2)
    ids = [uuid4() for _ in range(number)]
    for turn, id in enumerate(ids):
        touches.keep(id, now + timedelta(seconds=turn + 1))
        views.keep([a_view(world)])
    kept = [touches.last_seen(id, now) != now for id in ids]
    assert kept == [False] * (number - 2) + [True] * 2
    assert (len(views.take()), len(views.take())) == (2, 0)
