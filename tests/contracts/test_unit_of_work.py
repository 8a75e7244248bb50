"""The unit of work: all or nothing, events before the commit, nobody's half-done work visible to others."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from threading import local
from time import sleep

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.work import Storage, UnitOfWork
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.events import CommitmentReported
from yanbao.domain.directory.events import DirectoryChanged, EnterpriseViewed
from yanbao.domain.directory.organisation import Region
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.exchange.events import DeadLetterResent
from yanbao.domain.refusals import Conflict, Refused
from yanbao.domain.values import AccountId

from ..support.accounts import an_account
from ..support.builders import (
    DAY,
    DUE,
    NOW,
    PROVINCE,
    a_department,
    a_duty,
    a_form_for,
    a_person,
    an_enterprise,
    an_id,
)
from ..support.commitments import facts, owed, reported, signed
from ..support.settling import settle_in
from .conftest import World

NOTED = DirectoryChanged(what="Region", subject="610000", summary="改名", at=NOW)


def rename(work: UnitOfWork, name: str) -> None:
    region = work.regions.find(PROVINCE)
    assert region is not None
    work.regions.save(Region(region.id, name, region.level, region.parent_id, region.local, region.gb_code))


def name_of_the_province(storage: Storage) -> str:
    with storage.work(SYSTEM) as work:
        region = work.regions.find(PROVINCE)
    assert region is not None
    return region.name


def a_stored_duty(storage: Storage) -> Commitment:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, owed(enterprise))
    return owed(enterprise)


def submit(commitment: Commitment) -> None:
    enterprise = an_enterprise()
    commitment.submit(a_form_for(enterprise), facts=facts(enterprise), by=signed())


def test_what_is_committed_is_there_for_everybody_else(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        rename(work, "三秦")
        work.commit()
    assert name_of_the_province(storage) == "三秦"


def test_leaving_without_a_commit_rolls_everything_back(world: World) -> None:
    with world.storage.work(SYSTEM) as work:
        rename(work, "三秦")
        work.outbox.add([a_duty()])
        work.note(NOTED)
    assert name_of_the_province(world.storage) == "陕西省"
    assert world.readers.exchange.overdue(Topic.MINISTRY_COMMITMENT, NOW) == 0
    assert world.reacting.seen == [] and world.listening.told == []


def test_an_error_inside_rolls_everything_back_and_is_passed_on(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError), storage.work(SYSTEM) as work:
        rename(work, "三秦")
        raise ZeroDivisionError
    assert name_of_the_province(storage) == "陕西省"


def test_what_has_taken_too_long_changes_nothing_and_can_be_repeated(world: World) -> None:
    def rename_it(within: timedelta) -> None:
        with world.storage.work(SYSTEM) as work:
            rename(work, "三秦")
            work.note(NOTED)
            work.commit(within=within)

    with pytest.raises(Conflict, match="用时过长"):
        rename_it(timedelta(0))
    assert name_of_the_province(world.storage) == "陕西省" and world.listening.told == []
    rename_it(timedelta(minutes=1))
    assert name_of_the_province(world.storage) == "三秦"


def test_the_time_that_reactions_take_is_counted(world: World) -> None:
    world.reacting.do = lambda work, events: sleep(0.3)
    with world.storage.work(SYSTEM) as work:
        rename(work, "三秦")
        work.note(NOTED)
        with pytest.raises(Conflict, match="用时过长"):
            work.commit(within=timedelta(seconds=0.3))
    assert name_of_the_province(world.storage) == "陕西省"


def test_an_error_in_a_reaction_rolls_back_what_it_reacted_to(world: World) -> None:
    def fail(work: UnitOfWork, events: object) -> None:
        work.outbox.add([a_duty()])
        raise ZeroDivisionError

    world.reacting.do = fail
    with pytest.raises(ZeroDivisionError), world.storage.work(SYSTEM) as work:
        rename(work, "三秦")
        work.note(NOTED)
        work.commit()
    assert name_of_the_province(world.storage) == "陕西省"
    assert world.readers.exchange.overdue(Topic.MINISTRY_COMMITMENT, NOW) == 0
    assert world.listening.told == []


def test_a_unit_of_work_sees_its_own_changes_and_readers_do_not_before_the_commit(world: World) -> None:
    enterprise = an_enterprise()
    with world.storage.work(SYSTEM) as work:
        work.enterprises.save(enterprise, at=NOW)
        assert work.enterprises.get(enterprise.id, within=EVERYTHING) == enterprise
        assert world.readers.directory.enterprises([enterprise.id], EVERYTHING) == {}
        work.commit()
    assert enterprise.id in world.readers.directory.enterprises([enterprise.id], EVERYTHING)


def test_a_change_that_is_not_saved_changes_nothing(storage: Storage) -> None:
    commitment_id = a_stored_duty(storage).id
    with storage.work(SYSTEM) as work:
        submit(work.commitments.get(commitment_id, within=EVERYTHING))
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.commitments.get(commitment_id, within=EVERYTHING).unreported


def test_what_is_changed_after_it_was_saved_changes_nothing(storage: Storage) -> None:
    commitment_id = a_stored_duty(storage).id
    with storage.work(SYSTEM) as work:
        commitment = work.commitments.get(commitment_id, within=EVERYTHING)
        work.commitments.save(commitment)
        work.commit()
    submit(commitment)
    with storage.work(SYSTEM) as work:
        assert work.commitments.get(commitment_id, within=EVERYTHING).unreported


def test_the_commit_hands_the_events_of_saved_aggregates_and_noted_ones_to_the_reactions(
    world: World,
) -> None:
    commitment_id = a_stored_duty(world.storage).id
    world.listening.told.clear()
    world.reacting.topics = [Topic.SMS]
    with world.storage.work(SYSTEM) as work:
        commitment = work.commitments.get(commitment_id, within=EVERYTHING)
        submit(commitment)
        work.commitments.save(commitment)
        work.note(NOTED)
        work.commit()
    (events,) = world.reacting.seen
    assert [type(event) for event in events if event != NOTED] == [CommitmentReported]
    assert NOTED in events
    assert commitment.events == []
    ((topics, told),) = world.listening.told
    assert topics == {Topic.SMS} and told == events


def test_events_that_arise_in_reactions_are_reacted_to_as_well(world: World) -> None:
    following = DeadLetterResent(outbox_id="1", at=NOW)

    def follow(work: UnitOfWork, events: object) -> None:
        if len(world.reacting.seen) == 1:
            work.note(following)

    world.reacting.do = follow
    with world.storage.work(SYSTEM) as work:
        work.note(NOTED)
        work.commit()
    assert world.reacting.seen == [[NOTED], [following]]
    assert [event for _, told in world.listening.told for event in told] == [NOTED, following]


def test_what_a_reaction_writes_lands_with_what_it_reacted_to(world: World) -> None:
    world.reacting.do = lambda work, events: work.outbox.add([a_duty()])
    with world.storage.work(SYSTEM) as work:
        work.note(NOTED)
        work.commit()
    assert world.readers.exchange.overdue(Topic.MINISTRY_COMMITMENT, NOW) == 1


def test_listeners_are_told_only_after_it_has_landed(world: World) -> None:
    seen: list[str] = []

    world.reacting.do = lambda work, events: rename(work, "三秦")
    world.listening.do = lambda: seen.append(name_of_the_province(world.storage))
    with world.storage.work(SYSTEM) as work:
        work.note(NOTED)
        work.commit()
    assert seen == ["三秦"]


def test_two_who_change_the_same_commitment_do_not_overwrite_each_other(storage: Storage) -> None:
    commitment_id = a_stored_duty(storage).id
    with storage.work(SYSTEM) as first:
        mine = first.commitments.get(commitment_id, within=EVERYTHING)
    with storage.work(SYSTEM) as second:
        theirs = second.commitments.get(commitment_id, within=EVERYTHING)
        submit(theirs)
        second.commitments.save(theirs)
        second.commit()
    submit(mine)
    with pytest.raises(Conflict), storage.work(SYSTEM) as first:
        first.commitments.save(mine)
        first.commit()
    with storage.work(SYSTEM) as work:
        assert work.commitments.get(commitment_id, within=EVERYTHING).revision == 1


def while_open(
    storage: Storage, first: Callable[[UnitOfWork], None], act: Callable[[UnitOfWork], None]
) -> list[str]:
    """Two units of work do the same: the first reads, and is still open while the second tries to do it all.

    A database with one writer lets the second wait until the first is through; the others let it pass. Gives what came
    of both: "landed" or the code of the refusal.
    """

    def outcome(prepare: Callable[[UnitOfWork], None]) -> str:
        try:
            with storage.work(SYSTEM) as work:
                prepare(work)
                act(work)
                work.commit()
        except Refused as refusal:
            # One of the two is expected to be refused: that is what is looked at.
            return refusal.code
        return "landed"

    with ThreadPoolExecutor(1) as pool:
        started: list[Future[str]] = []

        def let_the_second_try(work: UnitOfWork) -> None:
            first(work)
            started.append(pool.submit(outcome, first))
            wait(started, timeout=0.3)

        return [outcome(let_the_second_try), started[0].result()]


def test_of_two_open_units_that_change_the_same_commitment_one_lands(world: World) -> None:
    duty = a_stored_duty(world.storage)
    read = local()

    def first(work: UnitOfWork) -> None:
        read.commitment = work.commitments.get(duty.id, within=EVERYTHING)

    def act(work: UnitOfWork) -> None:
        submit(read.commitment)
        work.commitments.save(read.commitment)

    outcomes = while_open(world.storage, first, act)
    assert outcomes.count("landed") == 1
    assert len(world.readers.commitments.versions(duty.id)) == 1
    tally = world.readers.commitments.tallies([PROVINCE], DAY, DAY, EVERYTHING)[PROVINCE]
    assert (tally.expected, tally.reported) == (1, 1)


def test_of_two_open_units_that_open_the_same_report_again_one_lands(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, reported(enterprise))
    read = local()

    def first(work: UnitOfWork) -> None:
        read.commitment = work.commitments.get(owed(enterprise).id, within=EVERYTHING)

    def act(work: UnitOfWork) -> None:
        read.commitment.reopen("填报人数有误", by=signed(DUE))
        work.commitments.save(read.commitment)

    assert while_open(storage, first, act).count("landed") == 1


def test_of_two_open_units_that_change_the_same_account_no_change_is_lost(storage: Storage) -> None:
    person = a_person("李红", of=a_department())
    settle_in(storage, SYSTEM, person, an_account(person))
    read = local()

    def first(work: UnitOfWork) -> None:
        read.account = work.accounts.get(an_account(person).id, within=EVERYTHING)

    def act(work: UnitOfWork) -> None:
        read.account.log_in_failed(NOW)
        work.accounts.save(read.account)

    outcomes = while_open(storage, first, act)
    with storage.work(SYSTEM) as work:
        failures = work.accounts.get(an_account(person).id, within=EVERYTHING).failures
    assert failures == outcomes.count("landed") >= 1
    assert set(outcomes) <= {"landed", "CONFLICT"}


def test_one_who_saves_the_same_commitment_twice_is_in_nobodys_way(storage: Storage) -> None:
    commitment_id = a_stored_duty(storage).id
    with storage.work(SYSTEM) as work:
        commitment = work.commitments.get(commitment_id, within=EVERYTHING)
        submit(commitment)
        work.commitments.save(commitment)
        commitment.correct(
            a_form_for(an_enterprise(), risk_grade=2),
            facts=facts(),
            by=signed(NOW + timedelta(minutes=1)),
        )
        work.commitments.save(commitment)
        work.commit()
    with storage.work(SYSTEM) as work:
        stored = work.commitments.get(commitment_id, within=EVERYTHING)
    assert stored.revision == 2 and stored.version == commitment.version


def test_two_who_change_the_same_account_do_not_overwrite_each_other(storage: Storage) -> None:
    person = a_person("李红", of=a_department())
    settle_in(storage, SYSTEM, person, an_account(person))
    copies = []
    for _ in range(2):
        with storage.work(SYSTEM) as work:
            copies.append(work.accounts.get(AccountId(an_id("account", person.id)), within=EVERYTHING))
    for account in copies:
        account.log_in_failed(NOW)
    with storage.work(SYSTEM) as work:
        work.accounts.save(copies[0])
        work.commit()
    with pytest.raises(Conflict), storage.work(SYSTEM) as work:
        work.accounts.save(copies[1])
        work.commit()


def test_a_unit_of_work_is_of_no_use_outside_its_with_statement(storage: Storage) -> None:
    unopened = storage.work(SYSTEM)
    with pytest.raises(RuntimeError):
        unopened.regions.find(PROVINCE)
    with pytest.raises(RuntimeError):
        unopened.commit()
    with storage.work(SYSTEM) as work:
        pass
    with pytest.raises(RuntimeError):
        work.regions.find(PROVINCE)


def test_a_unit_of_work_is_of_no_use_after_its_commit(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        work.commit()
        with pytest.raises(RuntimeError):
            work.regions.find(PROVINCE)
        with pytest.raises(RuntimeError):
            work.note(NOTED)
        with pytest.raises(RuntimeError):
            work.commit()


def test_a_unit_of_work_knows_on_whose_behalf_it_is(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.actor is SYSTEM


def test_events_of_views_can_be_noted_without_any_change(world: World) -> None:
    viewed = EnterpriseViewed(
        account_id=AccountId(an_id("account")),
        person_id=a_person("李红", of=a_department()).id,
        department_id=a_department().id,
        enterprise_id=an_enterprise().id,
        client=SYSTEM.client,
        at=NOW,
    )
    with world.storage.work(SYSTEM) as work:
        work.note(viewed)
        work.commit()
    assert world.reacting.seen == [[viewed]]
