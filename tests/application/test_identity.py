"""Logging in and out, the lock after five failures, passwords, sessions, and who administers accounts."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest

from yanbao.application.access import Actor
from yanbao.application.identity import LoggedInSession, LogIn
from yanbao.application.ports.reading import Page
from yanbao.domain.account import AccountLocked, WeakPassword
from yanbao.domain.events import Client
from yanbao.domain.organisation import Person, Role
from yanbao.domain.refusals import (
    Conflict,
    Forbidden,
    InvalidValue,
    NotFound,
    Refused,
    TooManyAttempts,
    Unauthenticated,
)
from yanbao.domain.values import AccountId

from ..support.builders import a_person, an_account
from ..support.system import PASSWORD
from .stage import (
    AUDIT_ADMIN,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    LINTONG,
    PROVINCE_HEAD,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    Stage,
    a_stage,
)

NEW = "Another-horse-8-staple"
ACCOUNT = an_account(HEAD).id


@pytest.fixture
def stage() -> Stage:
    return a_stage(opened=False)


def log_in(
    stage: Stage, password: str = PASSWORD, username: str = "lihong", client: Client = Client.WEB
) -> LoggedInSession:
    return stage.world.app.identity.log_in(LogIn(username, password, client))


def fail(stage: Stage, times: int) -> list[str]:
    """Log in with a wrong password so often; the sentences that come back."""
    sentences = []
    for _ in range(times):
        with pytest.raises(Refused) as refusal:
            log_in(stage, "wrong-Password-1")
        sentences.append(refusal.value.sentence)
    return sentences


def change(stage: Stage, actor: Actor, new: str, old: str = PASSWORD) -> None:
    stage.world.app.identity.change_password(actor, old, new)


# ---------------------------------------------------------------- logging in


def test_who_logs_in_is_who_they_are(stage: Stage) -> None:
    session = log_in(stage, client=Client.APP)
    assert (session.actor.name, session.actor.role, session.actor.enterprise_id) == (
        HEAD.name,
        Role.ENTERPRISE_HEAD,
        DONGFENG.id,
    )
    again = stage.world.app.identity.authenticate(session.token)
    assert again == session.actor and again.client is Client.APP


@pytest.mark.parametrize("typed", ["lihong", "LiHong", "  LIHONG "])
def test_case_and_spaces_around_a_user_name_do_not_matter(stage: Stage, typed: str) -> None:
    assert log_in(stage, username=typed).actor.person_id == HEAD.id


def test_a_log_in_is_kept_as_a_business_event(stage: Stage) -> None:
    log_in(stage, username="lintong", client=Client.APP)
    (event,) = stage.state.log_ins.values()
    assert (event.person_id, event.department_id, event.client) == (COUNTY_DUTY.id, LINTONG.id, Client.APP)


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(stage: Stage) -> None:
    answers = []
    for username, password in (("nobody", PASSWORD), ("lihong", "wrong-Password-1"), ("lihong", "")):
        with pytest.raises(Unauthenticated) as refusal:
            log_in(stage, password, username)
        answers.append((refusal.value.code, refusal.value.sentence, refusal.value.field))
    assert set(answers) == {("UNAUTHENTICATED", "用户名或密码不正确。", None)}


def test_an_unknown_user_costs_as_much_hashing_as_a_known_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    hasher = stage.world.app.identity.hasher
    monkeypatch.setattr(hasher, "matches", lambda password, digest: asked.append(digest) or False)
    for username in ("nobody", "lihong"):
        with pytest.raises(Unauthenticated):
            log_in(stage, username=username)
    assert len(asked) == 2 and asked[0] is None and asked[1] is not None


@pytest.mark.parametrize(
    ("username", "password"), [("x" * 65, PASSWORD), ("lihong", "x" * 257), ("li\x00hong", PASSWORD)]
)
def test_what_no_user_name_or_password_can_be_is_not_even_hashed(
    stage: Stage, username: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.world.app.identity.hasher, "matches", lambda *_: pytest.fail("was hashed"))
    with pytest.raises(Unauthenticated, match="用户名或密码不正确"):
        log_in(stage, password, username)


def test_no_token_and_no_password_is_stored(stage: Stage) -> None:
    token = log_in(stage).token
    assert token not in repr(dict(stage.state.sessions))
    assert PASSWORD not in repr(dict(stage.state.sessions)) + repr(dict(stage.state.audit))


# ---------------------------------------------------------------- the lock


def test_five_wrong_passwords_lock_the_account_for_half_an_hour(stage: Stage) -> None:
    assert set(fail(stage, 5)) == {"用户名或密码不正确。"}
    with pytest.raises(AccountLocked, match="锁定至09:00"):
        log_in(stage)
    stage.after(timedelta(minutes=30) - timedelta(microseconds=1))
    with pytest.raises(AccountLocked):
        log_in(stage)
    stage.after(timedelta(microseconds=1))
    assert log_in(stage).actor.person_id == HEAD.id


def test_four_wrong_passwords_do_not_and_a_right_one_starts_the_count_again(stage: Stage) -> None:
    for _ in range(3):
        fail(stage, 4)
        log_in(stage)


def test_after_the_lock_has_ended_there_are_five_new_attempts(stage: Stage) -> None:
    fail(stage, 5)
    stage.after(timedelta(minutes=30))
    fail(stage, 4)
    assert log_in(stage).actor.person_id == HEAD.id


def test_knocking_on_a_locked_account_does_not_make_the_lock_longer(stage: Stage) -> None:
    fail(stage, 5)
    stage.after(timedelta(minutes=20))
    fail(stage, 10)
    stage.after(timedelta(minutes=10))
    assert log_in(stage).actor.person_id == HEAD.id


def test_a_lock_concerns_one_account_and_leaves_its_sessions_alone(stage: Stage) -> None:
    open_session = log_in(stage)
    fail(stage, 5)
    assert log_in(stage, username="lintong").actor.person_id == COUNTY_DUTY.id
    assert stage.world.app.identity.authenticate(open_session.token).person_id == HEAD.id


def test_the_security_administrator_unlocks(stage: Stage) -> None:
    fail(stage, 5)
    stage.world.app.identity.unlock(stage.actor(SECURITY_ADMIN), ACCOUNT)
    assert log_in(stage).actor.person_id == HEAD.id


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, AUDIT_ADMIN, PROVINCE_HEAD, HEAD], ids=lambda p: p.role.value)
def test_nobody_else_unlocks(stage: Stage, by: Person) -> None:
    fail(stage, 5)
    with pytest.raises(Forbidden):
        stage.world.app.identity.unlock(stage.actor(by), ACCOUNT)
    with pytest.raises(AccountLocked):
        log_in(stage)


def test_of_many_attempts_at_the_same_moment_only_five_hear_of_the_password(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Barrier(8, timeout=10)
    monkeypatch.setattr(stage.world.app.identity.hasher, "matches", lambda *_: here.wait() < 0)

    def attempt(_: int) -> str:
        with pytest.raises(Refused) as refusal:
            log_in(stage, "wrong-Password-1")
        return refusal.value.code

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(attempt, range(8)))
    assert codes == {"UNAUTHENTICATED": 5, "ACCOUNT_LOCKED": 3}
    assert stage.state.accounts[ACCOUNT].failures == 5


# ---------------------------------------------------------------- the address


HERE, ELSEWHERE = "10.61.1.7", "10.61.1.8"


def knock(stage: Stage, times: int = 1, address: str | None = HERE, username: str = "nobody") -> list[str]:
    """Fail to log in from an address so often; the codes that come back."""
    codes = []
    for _ in range(times):
        with pytest.raises(Refused) as refusal:
            stage.world.app.identity.log_in(LogIn(username, "wrong-Password-1", Client.WEB, address))
        codes.append(refusal.value.code)
    return codes


def come_in(stage: Stage, address: str | None) -> Actor:
    return stage.world.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, address)).actor


def test_twenty_failures_from_one_address_shut_it_out_for_a_quarter_of_an_hour(stage: Stage) -> None:
    names = ("nobody", "lintong", "security", "x" * 100)
    for number in range(19):
        knock(stage, username=names[number % 4])
        stage.after(timedelta(seconds=30))
    assert come_in(stage, HERE).person_id == HEAD.id
    assert knock(stage, 3) == ["UNAUTHENTICATED", "RATE_LIMITED", "RATE_LIMITED"]
    with pytest.raises(TooManyAttempts, match="请在08:54后再试"):
        come_in(stage, HERE)
    assert come_in(stage, ELSEWHERE).person_id == come_in(stage, None).person_id == HEAD.id
    stage.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert knock(stage) == ["RATE_LIMITED"], "knocking makes it no longer"
    stage.after(timedelta(microseconds=1))
    assert come_in(stage, HERE).person_id == HEAD.id


def test_failures_in_a_long_day_shut_nobody_out(stage: Stage) -> None:
    for _ in range(60):
        assert knock(stage) == ["UNAUTHENTICATED"]
        stage.after(timedelta(seconds=48))


def test_where_the_address_is_not_known_only_accounts_are_locked(stage: Stage) -> None:
    assert set(knock(stage, 50, None)) == {"UNAUTHENTICATED"}
    assert len(stage.state.failed_log_ins) == 0


def test_a_locked_account_counts_against_the_address_like_any_failure(stage: Stage) -> None:
    codes = knock(stage, 21, username="lihong")
    assert codes == ["UNAUTHENTICATED"] * 5 + ["ACCOUNT_LOCKED"] * 15 + ["RATE_LIMITED"]


# ---------------------------------------------------------------- passwords


def test_a_new_password_is_good_from_then_on_and_the_old_one_is_not(stage: Stage) -> None:
    change(stage, log_in(stage).actor, NEW)
    with pytest.raises(Unauthenticated):
        log_in(stage)
    assert log_in(stage, NEW).actor.person_id == HEAD.id


def test_changing_the_password_ends_every_other_session(stage: Stage) -> None:
    elsewhere, here = log_in(stage, client=Client.APP), log_in(stage)
    change(stage, here.actor, NEW)
    assert stage.world.app.identity.authenticate(here.token).person_id == HEAD.id
    with pytest.raises(Unauthenticated):
        stage.world.app.identity.authenticate(elsewhere.token)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Short-7aB", "10至128个字符，现为9个"),
        ("L" * 60 + "o" * 60 + "ng-7-horse", "10至128个字符，现为130个"),
        ("alllowercase", "至少三类"),
        ("lowercase7777", "至少三类"),
        ("UPPERCASE7777", "至少三类"),
        ("安全承诺安全承诺安全承诺", "至少三类"),
        ("My-LiHong-77", "不得包含用户名"),
    ],
)
def test_weak_passwords_are_refused_and_the_old_one_stays(stage: Stage, new: str, sentence: str) -> None:
    session = log_in(stage)
    with pytest.raises(WeakPassword, match=sentence) as refusal:
        change(stage, session.actor, new)
    assert refusal.value.field == "newPassword"
    assert log_in(stage).actor.person_id == HEAD.id


def test_none_of_the_last_five_passwords_can_come_back(stage: Stage) -> None:
    used = [PASSWORD, *(f"Right-horse-{number}-staple" for number in range(1, 6))]
    actor = log_in(stage).actor
    for old, new in pairwise(used):
        change(stage, actor, new, old)
    for former in used[1:]:
        with pytest.raises(WeakPassword, match="最近5次"):
            change(stage, actor, former, used[-1])
    change(stage, actor, used[0], used[-1])


def test_a_wrong_old_password_is_refused_and_counts_towards_the_lock(stage: Stage) -> None:
    actor = log_in(stage).actor
    for _ in range(5):
        with pytest.raises(InvalidValue, match="原密码不正确") as refusal:
            change(stage, actor, NEW, "wrong-Password-1")
        assert refusal.value.field == "oldPassword"
    with pytest.raises(AccountLocked):
        change(stage, actor, NEW)
    with pytest.raises(AccountLocked):
        log_in(stage)


def test_a_first_password_must_be_changed_before_anything_else(stage: Stage) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    stage.world.app.identity.save_account(
        stage.actor(SYSTEM_ADMIN), username="newcomer", person_id=newcomer.id, password=PASSWORD
    )
    actor = log_in(stage, username="newcomer").actor
    assert actor.must_change_password
    with pytest.raises(Forbidden, match="请先修改密码"):
        stage.world.app.browsing.enterprises(actor, [DONGFENG.id])
    assert stage.world.app.notices.unread(actor) == 0, "one's own things may be looked at"
    change(stage, actor, NEW)
    fresh = log_in(stage, NEW, "newcomer").actor
    assert not fresh.must_change_password
    assert DONGFENG.id in stage.world.app.browsing.enterprises(fresh, [DONGFENG.id])


def test_after_ninety_days_a_password_must_be_changed(stage: Stage) -> None:
    change(stage, log_in(stage).actor, NEW)
    stage.after(timedelta(days=90) - timedelta(microseconds=1))
    assert not log_in(stage, NEW).actor.must_change_password
    stage.after(timedelta(microseconds=1))
    late = log_in(stage, NEW)
    assert late.actor.must_change_password
    assert stage.world.app.identity.authenticate(late.token).must_change_password


# ---------------------------------------------------------------- sessions


def alive(stage: Stage, token: str) -> bool:
    try:
        stage.world.app.identity.authenticate(token)
    except Unauthenticated:
        return False
    return True


def test_an_idle_session_ends_after_half_an_hour(stage: Stage) -> None:
    token = log_in(stage).token
    stage.after(timedelta(minutes=30) - timedelta(microseconds=1))
    assert alive(stage, token)
    stage.after(timedelta(minutes=30))
    assert not alive(stage, token)


def test_a_session_in_use_ends_after_twelve_hours(stage: Stage) -> None:
    token = log_in(stage).token
    for _ in range(47):
        stage.after(timedelta(minutes=15))
        assert alive(stage, token)
    stage.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert alive(stage, token)
    stage.after(timedelta(microseconds=1))
    assert not alive(stage, token)


def test_an_ended_session_does_not_come_back_by_knocking(stage: Stage) -> None:
    token = log_in(stage).token
    stage.after(timedelta(minutes=31))
    assert [alive(stage, token) for _ in range(3)] == [False] * 3


def test_logging_out_ends_this_session_and_no_other(stage: Stage) -> None:
    here, elsewhere = log_in(stage), log_in(stage)
    stage.world.app.identity.log_out(here.actor)
    assert not alive(stage, here.token) and alive(stage, elsewhere.token)


def test_the_security_administrator_ends_all_sessions_of_an_account(stage: Stage) -> None:
    tokens = [log_in(stage).token, log_in(stage).token]
    other = log_in(stage, username="lintong").token
    assert stage.world.app.identity.revoke_sessions(stage.actor(SECURITY_ADMIN), ACCOUNT) == 2
    assert not any(alive(stage, token) for token in tokens) and alive(stage, other)


@pytest.mark.parametrize("token", ["", "unknown", "x" * 100_000, "\x00", "中文"])
def test_an_unknown_token_is_nobody(stage: Stage, token: str) -> None:
    assert not alive(stage, token)


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(stage: Stage) -> None:
    token = log_in(stage).token
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, True)
    assert not alive(stage, token)
    with pytest.raises(Forbidden, match="账号已停用"):
        log_in(stage)
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, False)
    assert not alive(stage, token), "the old session stays ended"
    assert log_in(stage).actor.person_id == HEAD.id


def test_that_an_account_is_disabled_is_said_only_to_who_knows_the_password(stage: Stage) -> None:
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, True)
    with pytest.raises(Unauthenticated, match="用户名或密码不正确"):
        log_in(stage, "wrong-Password-1")


def test_nobody_disables_the_own_account(stage: Stage) -> None:
    me = log_in(stage, username="security").actor
    assert me.account_id is not None
    with pytest.raises(InvalidValue, match="自己的账号"):
        stage.world.app.identity.disable(me, me.account_id, True)


def test_who_has_left_is_out_at_once(stage: Stage) -> None:
    token = log_in(stage).token
    stage.settle(replace(HEAD, active=False))
    assert not alive(stage, token)
    with pytest.raises(Forbidden):
        log_in(stage)


# ---------------------------------------------------------------- accounts


def test_a_person_has_one_account(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match="已有账号") as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="second", person_id=HEAD.id, password=PASSWORD
        )
    assert refusal.value.field == "personId"


@pytest.mark.parametrize("username", ["lihong", "LIHONG"])
def test_a_user_name_is_given_once(stage: Stage, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(Conflict, match="用户名“lihong”已被使用"):
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert log_in(stage).actor.person_id == HEAD.id


def test_two_people_do_not_get_the_same_user_name_one_after_the_other(stage: Stage) -> None:
    newcomers = [a_person(name, Role.SAFETY_MANAGER, of=DONGFENG) for name in ("许新来", "何新来")]
    stage.settle(*newcomers)
    save, by = stage.world.app.identity.save_account, stage.actor(SYSTEM_ADMIN)
    save(by, username="newcomer", person_id=newcomers[0].id, password=PASSWORD)
    with pytest.raises(Conflict, match="用户名“newcomer”已被使用") as refusal:
        save(by, username="Newcomer", person_id=newcomers[1].id, password=PASSWORD)
    assert refusal.value.field == "username"
    assert log_in(stage, username="newcomer").actor.person_id == newcomers[0].id


def test_a_weak_first_password_is_refused_at_its_own_input(stage: Stage) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(WeakPassword) as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="newcomer", person_id=newcomer.id, password="weak"
        )
    assert refusal.value.field == "password"


@pytest.mark.parametrize("username", ["", "ab", "x" * 33, "zu\x00ck"])
def test_odd_user_names_are_refused(stage: Stage, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(InvalidValue, match="用户名") as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert refusal.value.field == "username"


def test_an_unknown_person_gets_no_account(stage: Stage) -> None:
    stranger = a_person("陌生人", Role.SAFETY_MANAGER, of=DONGFENG)
    with pytest.raises(NotFound):
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="stranger", person_id=stranger.id, password=PASSWORD
        )


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN], ids=lambda p: p.role.value)
def test_accounts_are_listed_for_two_administrators(stage: Stage, by: Person) -> None:
    page = stage.world.app.identity.accounts(stage.actor(by), Page(5), text="LIH")
    assert [row.username for row in page.rows] == ["lihong"]


@pytest.mark.parametrize("by", [AUDIT_ADMIN, PROVINCE_HEAD, COUNTY_HEAD, HEAD], ids=lambda p: p.role.value)
def test_and_for_nobody_else(stage: Stage, by: Person) -> None:
    with pytest.raises(Forbidden):
        stage.world.app.identity.accounts(stage.actor(by), Page(5))


@pytest.mark.parametrize("unknown", [AccountId(HEAD.id)])
def test_what_is_no_account_cannot_be_administered(stage: Stage, unknown: AccountId) -> None:
    security = stage.actor(SECURITY_ADMIN)
    for act in (
        lambda: stage.world.app.identity.unlock(security, unknown),
        lambda: stage.world.app.identity.disable(security, unknown, True),
        lambda: stage.world.app.identity.revoke_sessions(security, unknown),
    ):
        with pytest.raises(NotFound):
            act()
