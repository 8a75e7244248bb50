"""Logging in: who is who, what is refused in which words, and what is kept of it."""

from __future__ import annotations

import pytest

from yanbao.domain.directory.organisation import Role
from yanbao.domain.refusals import Unauthenticated
from yanbao.domain.values import Client

from ...support.system import PASSWORD
from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, LINTONG, World, a_world
from .logging_in import log_in


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def test_who_logs_in_is_who_they_are(world: World) -> None:
    session = log_in(world, client=Client.APP)
    assert (session.actor.name, session.actor.role, session.actor.enterprise_id) == (
        HEAD.name,
        Role.ENTERPRISE_HEAD,
        DONGFENG.id,
    )
    again = world.system.app.identity.authenticate(session.token)
    assert again == session.actor and again.client is Client.APP


@pytest.mark.parametrize("typed", ["lihong", "LiHong", "  LIHONG "])
def test_case_and_spaces_around_a_user_name_do_not_matter(world: World, typed: str) -> None:
    assert log_in(world, username=typed).actor.person_id == HEAD.id


def test_a_log_in_is_kept_as_a_business_event(world: World) -> None:
    log_in(world, username="lintong", client=Client.APP)
    (event,) = world.state.log_ins.values()
    assert (event.person_id, event.department_id, event.client) == (COUNTY_DUTY.id, LINTONG.id, Client.APP)


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(world: World) -> None:
    answers = []
    for username, password in (("nobody", PASSWORD), ("lihong", "wrong-Password-1"), ("lihong", "")):
        with pytest.raises(Unauthenticated) as refusal:
            log_in(world, password, username)
        answers.append((refusal.value.code, refusal.value.sentence, refusal.value.field))
    assert set(answers) == {("UNAUTHENTICATED", "用户名或密码不正确。", None)}


def test_an_unknown_user_costs_as_much_hashing_as_a_known_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    hasher = world.system.app.identity.hasher
    monkeypatch.setattr(hasher, "matches", lambda password, digest: asked.append(digest) or False)
    for username in ("nobody", "lihong"):
        with pytest.raises(Unauthenticated):
            log_in(world, username=username)
    assert len(asked) == 2 and asked[0] is None and asked[1] is not None


@pytest.mark.parametrize(
    ("username", "password"), [("x" * 65, PASSWORD), ("lihong", "x" * 257), ("li\x00hong", PASSWORD)]
)
def test_what_no_user_name_or_password_can_be_is_not_even_hashed(
    world: World, username: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.system.app.identity.hasher, "matches", lambda *_: pytest.fail("was hashed"))
    with pytest.raises(Unauthenticated, match="用户名或密码不正确"):
        log_in(world, password, username)


def test_no_token_and_no_password_is_stored(world: World) -> None:
    token = log_in(world).token
    assert token not in repr(dict(world.state.sessions))
    assert PASSWORD not in repr(dict(world.state.sessions)) + repr(dict(world.state.audit))
