"""Passwords, locks and sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.domain.identity.account import (
    ABSOLUTE,
    ADDRESS_LOCK,
    ADDRESS_WINDOW,
    IDLE,
    PASSWORD_LASTS,
    Account,
    WeakPassword,
    check_address,
    check_password,
    could_be_password,
)
from yanbao.domain.identity.events import AccessChanged, LoggedIn
from yanbao.domain.identity.lock import LOCK, MOST_FAILURES, AccountLocked
from yanbao.domain.refusals import TooManyAttempts
from yanbao.domain.values import SHANGHAI, Client

from ...support.accounts import a_session, an_account
from ...support.builders import NOW, a_department, a_person

MICROSECOND = timedelta(microseconds=1)
PERSON = a_person("李红", of=a_department())


def account() -> Account:
    return an_account(PERSON)


def what_happened(of: Account) -> list[str]:
    return [event.what for event in of.events if isinstance(event, AccessChanged)]


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "password",
    ["Abcdefgh12", "abcdefg-12", "ABCDEFG-12", "密码Abcdef12", "Correct horse battery", "Ab1" + "-" * 125],
)
def test_a_password_of_three_classes_and_ten_characters_is_accepted(password: str) -> None:
    check_password(password, username="lihong")
    assert 10 <= len(password) <= 128


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Abcdefg12", "密码应为10至128个字符，现为9个。"),
        ("Ab1" + "-" * 126, "密码应为10至128个字符，现为129个。"),
        ("abcdefgh12", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        ("密码密码密码密码密码Ab", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        ("abcdefgh12 ", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        (" abcdefgh12", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        ("abcdefg   h12", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        ("abcdefgh12\u3000\u200b\t", "密码应包含大写字母、小写字母、数字、符号中的至少三类，现有2类。"),
        ("Abc-1       ", "密码应为10至128个字符，现为5个（首尾和连续的空格不计）。"),
        ("Abc-1      x", "密码应为10至128个字符，现为6个（首尾和连续的空格不计）。"),
        ("xLiHong-1234", "密码不得包含用户名。"),
        (
            "lihong",
            "密码应为10至128个字符，现为6个。密码应包含大写字母、小写字母、数字、符号中的至少三类，现有1类。密码不得包含用户名。",
        ),
    ],
)
def test_a_weak_password_is_refused_with_what_is_missing(password: str, sentence: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, username="lihong")
    assert (refused.value.sentence, refused.value.field) == (sentence, "newPassword")


def test_a_new_password_is_due_at_first_and_after_ninety_days() -> None:
    new = account()
    assert new.password_is_due(new.password_set_at)
    new.set_password("digest", NOW)
    assert not new.password_is_due(NOW + PASSWORD_LASTS - MICROSECOND)
    assert new.password_is_due(NOW + PASSWORD_LASTS)
    assert what_happened(new) == ["password changed"]


def test_the_last_five_passwords_are_remembered_newest_first() -> None:
    of = account()
    first = of.password_digest
    for n in range(4):
        of.set_password(f"d{n}", NOW)
    assert list(of.former) == ["d2", "d1", "d0", first]
    of.set_password("d4", NOW)
    of.set_password("d5", NOW)
    assert list(of.former) == ["d4", "d3", "d2", "d1", "d0"]


# ---------------------------------------------------------------- locks


def test_the_fifth_wrong_password_in_a_row_locks_for_half_an_hour() -> None:
    of = account()
    for _ in range(MOST_FAILURES - 1):
        of.log_in_failed(NOW)
        of.check_lock(NOW)
    assert (of.failures, of.locked_until, of.events) == (4, None, [])
    of.log_in_failed(NOW)
    assert of.locked_until == NOW + LOCK == NOW + timedelta(minutes=30)
    assert what_happened(of) == ["locked"]
    with pytest.raises(AccountLocked) as refused:
        of.check_lock(NOW + LOCK - MICROSECOND)
    assert refused.value.sentence == "登录失败次数过多，账号已锁定至10:00，请稍后再试或联系安全管理员。"
    of.check_lock(NOW + LOCK)


def test_a_log_in_starts_the_count_again() -> None:
    of = account()
    for _ in range(MOST_FAILURES - 1):
        of.log_in_failed(NOW)
    of.logged_in(PERSON, Client.APP, NOW)
    assert (of.failures, of.locked_until) == (0, None)
    (event,) = of.events
    assert event == LoggedIn(
        account_id=of.id,
        person_id=PERSON.id,
        department_id=PERSON.department_id,
        enterprise_id=None,
        client=Client.APP,
        at=NOW,
    )


def test_after_a_lock_the_count_starts_again() -> None:
    of = account()
    for _ in range(MOST_FAILURES):
        of.log_in_failed(NOW)
    of.log_in_failed(NOW + LOCK)
    assert (of.failures, of.locked_until) == (1, None)


def test_an_administrator_can_unlock_disable_and_enable() -> None:
    of = account()
    for _ in range(MOST_FAILURES):
        of.log_in_failed(NOW)
    of.unlock(NOW)
    of.check_lock(NOW)
    disabled = []
    for wish in (True, False):
        of.disable(wish, NOW)
        disabled.append(of.disabled)
    assert disabled == [True, False]
    assert of.failures == 0
    assert what_happened(of) == ["locked", "unlocked", "disabled", "enabled"]


# ---------------------------------------------------------------- sessions


@pytest.mark.parametrize(
    ("offset", "alive"), [(-MICROSECOND, True), (timedelta(0), False), (MICROSECOND, False)]
)
def test_a_session_dies_when_it_has_been_idle_for_half_an_hour(offset: timedelta, alive: bool) -> None:
    assert a_session(account()).alive(NOW + IDLE + offset) is alive


@pytest.mark.parametrize(
    ("offset", "alive"), [(-MICROSECOND, True), (timedelta(0), False), (MICROSECOND, False)]
)
def test_a_session_dies_after_twelve_hours_however_busy_it_is(offset: timedelta, alive: bool) -> None:
    busy = replace(a_session(account()), last_seen_at=NOW + ABSOLUTE - MICROSECOND)
    assert busy.alive(NOW + ABSOLUTE + offset) is alive


def test_a_revoked_session_is_dead_at_once() -> None:
    assert not replace(a_session(account()), revoked_at=NOW).alive(NOW)


# ---------------------------------------------------------------- addresses


def shut_out(*failures: timedelta, at: timedelta = timedelta(0)) -> bool:
    """Whether three failures, so long before now, shut an address out."""
    try:
        check_address([NOW - ago for ago in failures], most=3, now=NOW + at)
    except TooManyAttempts:
        return True
    return False


def test_too_many_failures_close_together_shut_an_address_out_for_a_while() -> None:
    minute = timedelta(minutes=1)
    assert not shut_out() and not shut_out(minute, 2 * minute)
    failures = (minute, 2 * minute, 3 * minute)
    assert shut_out(*failures)
    assert shut_out(*failures, at=ADDRESS_LOCK - minute - MICROSECOND)
    assert not shut_out(*failures, at=ADDRESS_LOCK - minute)


def test_failures_that_lie_further_apart_do_not() -> None:
    assert shut_out(timedelta(0), MICROSECOND, ADDRESS_WINDOW - MICROSECOND)
    assert not shut_out(timedelta(0), MICROSECOND, ADDRESS_WINDOW)


def test_who_is_shut_out_hears_until_when() -> None:
    with pytest.raises(TooManyAttempts) as refusal:
        check_address([NOW] * 3, most=3, now=NOW)
    assert refusal.value.code == "RATE_LIMITED"
    assert f"{(NOW + ADDRESS_LOCK).astimezone(SHANGHAI):%H:%M}" in refusal.value.sentence


@pytest.mark.parametrize(
    ("typed", "could"),
    [("Right-horse-7-staple", True), ("zhangsan", False), ("zhang.san-2026", True), ("13900000001", False)],
)
def test_what_meets_the_rules_of_passwords_could_be_one(typed: str, could: bool) -> None:
    assert could_be_password(typed) is could
