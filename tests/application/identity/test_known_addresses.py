"""A lock is not an oracle and not a weapon: who has logged in from an address before can go on doing so from there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.identity.identity import Identity
from yanbao.application.identity.log_in import LogIn
from yanbao.domain.identity.account import LogInRefused
from yanbao.domain.identity.known_address import MOST_KNOWN
from yanbao.domain.identity.lock import AccountLocked
from yanbao.domain.refusals import InvalidValue, Refused
from yanbao.domain.values import Client

from ...support.system import PASSWORD
from ...support.world import HEAD, SECURITY_ADMIN, World, a_world, entries
from .logging_in import ACCOUNT, NEW

OFFICE, HOME, ATTACKER = "10.61.1.7", "36.40.9.9", "203.0.113.5"
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def come(world: World, address: str | None, password: str = PASSWORD, username: str = "lihong") -> bool:
    """Whether somebody gets in from there."""
    try:
        world.system.app.identity.log_in(LogIn(username, password, Client.WEB, address))
    except LogInRefused:
        return False
    return True


def guess(world: World, address: str | None, times: int = 5, username: str = "lihong") -> None:
    for _ in range(times):
        assert not come(world, address, "wrong-Password-1", username)


# ---------------------------------------------------------------- not a weapon


def test_a_locked_account_still_opens_for_an_address_from_which_it_has_logged_in_before(world: World) -> None:
    assert come(world, OFFICE)
    guess(world, ATTACKER)
    assert not come(world, ATTACKER)
    assert not come(world, HOME), "a new address finds the account locked"
    assert not come(world, None), "and so does an address that nobody knows"
    assert come(world, OFFICE)


def test_who_gets_in_from_a_known_address_does_not_open_the_lock_for_others(world: World) -> None:
    assert come(world, OFFICE)
    guess(world, ATTACKER, 4)
    assert come(world, OFFICE)
    guess(world, ATTACKER, 1)
    assert not come(world, ATTACKER), "the owner's log-in has not given the attacker five new guesses"


def test_from_a_known_address_five_guesses_lock_that_address_and_nothing_else(world: World) -> None:
    assert come(world, OFFICE) and come(world, HOME)
    guess(world, OFFICE)
    assert not come(world, OFFICE), "somebody in the same office can guess five times and no more"
    assert come(world, HOME)
    assert come(world, ATTACKER), "the account itself is not locked by that"
    world.after(timedelta(minutes=30) - MICROSECOND)
    assert not come(world, OFFICE)
    world.after(MICROSECOND)
    assert come(world, OFFICE)


def test_a_right_password_starts_the_count_of_its_address_again(world: World) -> None:
    assert come(world, OFFICE)
    for _ in range(3):
        guess(world, OFFICE, 4)
        assert come(world, OFFICE)


def test_an_address_is_known_by_a_log_in_and_not_by_an_attempt(world: World) -> None:
    guess(world, ATTACKER, 4)
    guess(world, HOME, 1)
    assert not come(world, ATTACKER) and not come(world, HOME)


def test_an_address_is_known_to_one_account_only(world: World) -> None:
    assert come(world, OFFICE, username="lintong")
    guess(world, ATTACKER)
    assert not come(world, OFFICE)


def test_an_address_is_forgotten_ninety_days_after_the_last_log_in_from_there(world: World) -> None:
    assert come(world, OFFICE)
    world.after(timedelta(days=90) - MICROSECOND)
    guess(world, ATTACKER)
    assert come(world, OFFICE)
    world.after(timedelta(days=90))
    guess(world, ATTACKER)
    assert not come(world, OFFICE)
    assert world.system.app.identity.forget_addresses() == 1
    assert len(world.state.known_addresses) == 0


def test_at_most_twenty_addresses_of_an_account_are_remembered(world: World) -> None:
    for number in range(MOST_KNOWN + 1):
        assert come(world, f"10.61.2.{number}")
        world.after(timedelta(minutes=1))
    assert len(world.state.known_addresses) == MOST_KNOWN
    guess(world, ATTACKER)
    assert not come(world, "10.61.2.0"), "the oldest is forgotten"
    assert come(world, "10.61.2.1")


def test_only_a_digest_of_the_address_is_remembered_and_it_differs_from_account_to_account(
    world: World,
) -> None:
    assert come(world, OFFICE) and come(world, OFFICE, username="lintong")
    kept = list(world.state.known_addresses.values())
    assert len({known.digest for known in kept}) == 2
    assert OFFICE not in repr(kept) + repr(list(world.state.sessions.values()))


# ---------------------------------------------------------------- what makes an address unknown again


def known(world: World) -> int:
    return sum(known.account_id == ACCOUNT for known in world.state.known_addresses.values())


def test_a_new_password_makes_all_addresses_unknown_but_ones_own(world: World) -> None:
    assert come(world, HOME)
    here = world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, OFFICE))
    world.system.app.identity.change_password(here.actor, PASSWORD, NEW)
    guess(world, ATTACKER)
    assert come(world, OFFICE, NEW) and not come(world, HOME, NEW)


def test_with_its_sessions_the_known_addresses_of_an_account_go(world: World) -> None:
    security = world.actor(SECURITY_ADMIN)
    assert come(world, OFFICE) and known(world) == 1
    world.system.app.identity.revoke_sessions(security, ACCOUNT)
    assert known(world) == 0
    assert come(world, OFFICE) and known(world) == 1
    world.system.app.identity.disable(security, ACCOUNT, True)
    assert known(world) == 0


def test_the_security_administrator_sees_and_opens_the_lock_of_a_known_address(world: World) -> None:
    security, identity = world.actor(SECURITY_ADMIN), world.system.app.identity
    assert come(world, OFFICE)
    guess(world, OFFICE)
    (row,) = identity.accounts_by_id(security, [ACCOUNT]).values()
    assert row.locked_until == world.system.clock.now() + timedelta(minutes=30)
    identity.unlock(security, ACCOUNT)
    assert come(world, OFFICE)
    locked = [e.detail for e in entries(world) if e.detail.get("what") == "locked"]
    assert [line["summary"] for line in locked] == ["5 failures from a known address"]


# ---------------------------------------------------------------- who is inside


def wrong(identity: Identity, actor: object, old: str) -> type[Refused]:
    with pytest.raises(Refused) as refused:
        identity.change_password(actor, old, NEW)  # type: ignore[arg-type]
    return type(refused.value)


def test_who_is_logged_in_can_change_the_password_while_others_lock_the_account(world: World) -> None:
    here = world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, OFFICE))
    guess(world, ATTACKER)
    world.system.app.identity.change_password(here.actor, PASSWORD, NEW)
    assert come(world, OFFICE, NEW)


def test_a_stolen_session_guesses_the_old_password_five_times(world: World) -> None:
    identity = world.system.app.identity
    here = identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, OFFICE))
    assert [wrong(identity, here.actor, "wrong-Password-1") for _ in range(5)] == [InvalidValue] * 5
    assert wrong(identity, here.actor, PASSWORD) is AccountLocked


# ---------------------------------------------------------------- IPv6


def test_addresses_count_per_64_in_ipv6(world: World) -> None:
    assert come(world, "2001:db8:1:2::7")
    guess(world, ATTACKER)
    assert come(world, "2001:db8:1:2:aaaa:bbbb:cccc:dddd"), "the same network is the same place"
    assert not come(world, "2001:db8:1:3::7")


def test_one_ipv6_network_cannot_guess_more_often_than_one_address(world: World) -> None:
    codes = []
    for number in range(21):
        with pytest.raises(Refused) as refused:
            world.system.app.identity.log_in(
                LogIn("nobody", "wrong-Password-1", Client.WEB, f"2001:db8:1:2::{number:x}")
            )
        codes.append(refused.value.code)
    assert codes == ["LOG_IN_REFUSED"] * 20 + ["RATE_LIMITED"]
    assert come(world, "2001:db8:1:3::1")
    assert HEAD.id in {event.person_id for event in world.state.log_ins.values()}


# ---------------------------------------------------------------- not an oracle


def test_unknown_names_cost_no_row_each(world: World) -> None:
    guess(world, None, 50, "nobody")
    for number in range(50):
        guess(world, None, 1, f"name-{number}")
    assert len(world.state.accounts) == len({a.username for a in world.state.accounts.values()})
    assert sum(row.attempts for row in world.state.stray_attempts.values()) == 100
    assert len(world.state.stray_attempts) <= 51
