"""What a restore marks, on every storage: all that may have been sent since the backup; and who is logged in."""

from __future__ import annotations

from datetime import timedelta

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import ASK_FIRST, Claim, Outcome
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.notice.notice import SmsState
from yanbao.domain.restore import Restore, Standing

from ...support.accounts import a_session, an_account, an_audit_entry
from ...support.builders import NOW, a_department, a_duty, a_person
from ...support.notices import an_sms
from ...support.settling import settle_in
from ..conftest import World

FIRST = Restore(NOW, "周强", "磁盘损坏", known_until=NOW - timedelta(hours=1))
SECOND = Restore(NOW + timedelta(days=1), "周强", "误删除", known_until=None)
LEASE = timedelta(minutes=2)


def save(storage: Storage, *restores: Restore) -> None:
    with storage.work(SYSTEM) as work:
        for restore in restores:
            work.restores.save(restore)
        work.commit()


def standing(storage: Storage) -> Standing:
    with storage.work(SYSTEM) as work:
        return work.restores.standing()


def test_a_restore_comes_back_as_it_was_and_is_open_until_it_is_finished(storage: Storage) -> None:
    assert standing(storage) == Standing()
    save(storage, SECOND, FIRST)
    assert standing(storage) == Standing((FIRST, SECOND))
    assert standing(storage).open == SECOND and not standing(storage).in_use
    finished = Restore(SECOND.begun_at, "周强", "误删除", None, NOW + timedelta(days=1, minutes=5))
    save(storage, finished)
    assert standing(storage) == Standing((FIRST, finished))
    assert standing(storage).in_use


def test_a_database_that_has_taken_its_home_has_not_moved(storage: Storage) -> None:
    for anew in (False, False, True):
        with storage.work(SYSTEM) as work:
            work.restores.take_home(anew=anew)
            work.commit()
        assert not standing(storage).moved


def test_a_database_knows_until_when_it_knows(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.restores.known_until() is None
        work.outbox.add([a_duty("甲", created=NOW)])
        work.audit.add([an_audit_entry("乙", at=NOW + timedelta(seconds=5))])
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.restores.known_until() == NOW + timedelta(seconds=5)


def add(storage: Storage, *names: str) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add([a_duty(name) for name in names])
        work.commit()


def claim(storage: Storage) -> list[Claim]:
    with storage.work(SYSTEM) as work:
        claims = work.outbox.claim(Topic.MINISTRY_COMMITMENT, now=NOW, limit=9, lease=LEASE)
        work.commit()
    return list(claims)


def settle(storage: Storage, claims: list[Claim], state: DutyState, code: str = "") -> int:
    with storage.work(SYSTEM) as work:
        outcomes = [Outcome(one, state, code, due_at=NOW) for one in claims]
        settled = work.outbox.settle(outcomes, at=NOW)
        work.commit()
    return settled


def doubt(storage: Storage) -> int:
    with storage.work(SYSTEM) as work:
        found = work.outbox.doubt([Topic.MINISTRY_COMMITMENT], answer="先核对")
        work.commit()
    return found[Topic.MINISTRY_COMMITMENT]


def test_unsettled_duties_are_asked_about_first_and_leases_of_before_are_over(storage: Storage) -> None:
    add(storage, "甲", "乙")
    before = claim(storage)
    assert not any(one.duty.ask_first for one in before)
    assert doubt(storage) == 2
    assert settle(storage, before, DutyState.DONE) == 0, "who had claimed it before has no say any more"
    after = claim(storage)
    assert [(one.duty.ask_first, one.duty.crashes, one.duty.attempts) for one in after] == [(True, 0, 1)] * 2
    assert {(one.duty.answer_code, one.duty.answer) for one in after} == {(ASK_FIRST, "先核对")}


def test_a_duty_that_could_not_be_asked_about_is_asked_about_again(storage: Storage) -> None:
    add(storage, "甲")
    doubt(storage)
    settle(storage, claim(storage), DutyState.PENDING)
    assert [one.duty.ask_first for one in claim(storage)] == [True]


def test_a_duty_that_the_receiver_does_not_have_is_sent_like_any_other(storage: Storage) -> None:
    add(storage, "甲")
    doubt(storage)
    (claimed,) = claim(storage)
    with storage.work(SYSTEM) as work:
        work.outbox.asked([claimed.duty.id])
        work.commit()
    settle(storage, [claimed], DutyState.PENDING)
    assert [one.duty.ask_first for one in claim(storage)] == [False]


def test_a_dead_letter_of_before_is_asked_about_when_it_is_revived_a_later_one_is_not(
    storage: Storage,
) -> None:
    add(storage, "甲")
    settle(storage, claim(storage), DutyState.REFUSED)
    assert doubt(storage) == 0
    asked = []
    for _ in range(2):
        with storage.work(SYSTEM) as work:
            assert work.outbox.revive([a_duty("甲").id], due_at=NOW) == 1
            work.commit()
        claims = claim(storage)
        asked += [one.duty.ask_first for one in claims]
        settle(storage, claims, DutyState.REFUSED)
    assert asked == [True, False]


def test_what_is_done_is_not_doubted(storage: Storage) -> None:
    add(storage, "甲")
    settle(storage, claim(storage), DutyState.DONE)
    assert doubt(storage) == 0


def test_another_duty_of_the_object_says_how_it_was_answered(storage: Storage) -> None:
    add(storage, "甲")
    with storage.work(SYSTEM) as work:
        work.outbox.add([a_duty("甲", revision=2), a_duty("乙")])
        work.commit()
    settle(storage, [one for one in claim(storage) if one.duty.id == a_duty("甲").id], DutyState.DONE, "SENT")
    with storage.work(SYSTEM) as work:
        second = a_duty("甲", revision=2)
        assert work.outbox.answered_with(second, "SENT", since=NOW)
        assert not work.outbox.answered_with(second, "SENT", since=NOW + timedelta(microseconds=1))
        assert not work.outbox.answered_with(second, "LOST", since=NOW)
        assert not work.outbox.answered_with(a_duty("甲"), "SENT", since=NOW), "its own answer"
        assert not work.outbox.answered_with(a_duty("乙"), "SENT", since=NOW)


def test_every_queued_sms_is_in_doubt_and_no_other(world: World) -> None:
    person = a_person("甲", of=a_department())
    texts = [an_sms(person, n, state=state) for n, state in enumerate(SmsState)]
    settle_in(world.storage, SYSTEM, person)
    with world.storage.work(SYSTEM) as work:
        work.texts.add(texts)
        assert work.texts.doubt(at=NOW) == 1
        found = work.texts.find_all([one.id for one in texts])
        work.commit()
    for before in texts:
        expected = SmsState.UNKNOWN if before.state is SmsState.QUEUED else before.state
        assert found[before.id].state is expected


def test_everybody_is_logged_out(world: World) -> None:
    people = [a_person(name, of=a_department()) for name in ("甲", "乙")]
    accounts = [an_account(person, f"user{n}") for n, person in enumerate(people)]
    sessions = [a_session(account, f"digest-{n}") for n, account in enumerate(accounts)]
    settle_in(world.storage, SYSTEM, *people, *accounts, *sessions)
    with world.storage.work(SYSTEM) as work:
        assert work.sessions.revoke_everybodys(at=NOW) == 2
        work.commit()
    for session in sessions:
        found = world.readers.access.session(session.token_digest)
        assert found is not None and found.revoked_at == NOW
    with world.storage.work(SYSTEM) as work:
        assert work.sessions.revoke_everybodys(at=NOW) == 0
