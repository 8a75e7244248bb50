"""Logging in: who is who, what is refused in which words, and what is kept of it."""

from __future__ import annotations

import pytest

from yanbao.domain.directory.organisation import Role
from yanbao.domain.identity.account import LogInRefused
from yanbao.domain.refusals import Refused
from yanbao.domain.values import Client

from ...support.system import PASSWORD
from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, LINTONG, World, a_world
from .logging_in import ACCOUNT, fail, log_in


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


Answer = tuple[type[Refused], str, str, str | None]


def refusal(world: World, username: str, password: str = "wrong-Password-1") -> Answer:
    """Everything that the answer to a failed log-in says."""
    with pytest.raises(Refused) as refused:
        log_in(world, password, username)
    return type(refused.value), refused.value.code, refused.value.sentence, refused.value.field


def test_a_known_user_name_cannot_be_told_from_an_unknown_one_by_the_answer_locked_or_not(
    world: World,
) -> None:
    answers = [refusal(world, "nobody") for _ in range(8)]
    answers += [refusal(world, "lihong") for _ in range(8)]
    answers += [refusal(world, username, PASSWORD) for username in ("nobody", "lihong")]
    answers.append(refusal(world, "lintong", ""))
    assert world.state.accounts[ACCOUNT].locked_until is not None
    assert set(answers) == {(LogInRefused, "LOG_IN_REFUSED", LogInRefused().sentence, None)}


def test_a_password_guessed_during_the_lock_is_not_said_to_be_right(world: World) -> None:
    fail(world, 5)
    assert refusal(world, "lihong", PASSWORD) == refusal(world, "lihong", "wrong-Password-1")


@pytest.mark.parametrize("password", [PASSWORD, "wrong-Password-1", ""])
def test_every_attempt_costs_one_password_hash_and_two_transactions_whoever_it_names(
    world: World, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[str] = []
    hasher, storage = world.system.app.identity.hasher, world.system.storage
    matches, work = hasher.matches, storage.work
    monkeypatch.setattr(hasher, "matches", lambda *given: spent.append("hash") or matches(*given))
    monkeypatch.setattr(storage, "work", lambda by: spent.append("transaction") or work(by))

    def cost(username: str) -> list[str]:
        spent.clear()
        refusal(world, username, password)
        return list(spent)

    unknown = cost("nobody")
    assert unknown == ["transaction", "hash", "transaction"]
    if password != PASSWORD:
        assert [cost("lihong") for _ in range(5)] == [unknown] * 5
    else:
        for _ in range(5):
            refusal(world, "lihong")
    assert world.state.accounts[ACCOUNT].locked_until is not None
    assert cost("lihong") == unknown, "a locked account does not answer sooner"


@pytest.mark.parametrize(
    ("username", "password"), [("x" * 65, PASSWORD), ("lihong", "x" * 257), ("li\x00hong", PASSWORD)]
)
def test_what_no_user_name_or_password_can_be_is_not_even_hashed(
    world: World, username: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.system.app.identity.hasher, "matches", lambda *_: pytest.fail("was hashed"))
    with pytest.raises(LogInRefused, match="用户名或密码不正确"):
        log_in(world, password, username)


def test_no_token_and_no_password_is_stored(world: World) -> None:
    token = log_in(world).token
    assert token not in repr(dict(world.state.sessions))
    assert PASSWORD not in repr(dict(world.state.sessions)) + repr(dict(world.state.audit))
