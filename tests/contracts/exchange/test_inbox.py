"""The inbox: messages and records are kept for ever, found by their keys, and nobody takes one twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from yanbao.application.access import SYSTEM
from yanbao.application.ports.inbox import KnownVersion, UsedNonce
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage, UnitOfWork
from yanbao.domain.exchange.inbound import (
    InboundKind,
    InboxMessage,
    InboxRecord,
    MessageOutcome,
    RecordFault,
    RecordState,
    inbox_message_id,
    inbox_record_id,
)
from yanbao.domain.refusals import Conflict, NotFound

from ...support.builders import LINTONG, NOW, YANGLING, YANGLING_COUNTY, a_credit_code, an_enterprise, an_id
from ...support.settling import settle_in
from ..conftest import World

WARNING, PATROL = InboundKind.WARNING, InboundKind.PATROL_PROBLEM
FACTORY = an_enterprise("东风烟花厂")


def a_message(name: str = "M-1", nonce: str | None = None, **detail: Any) -> InboxMessage:
    message = InboxMessage(
        id=inbox_message_id(WARNING, name),
        kind=WARNING,
        message_id=name,
        nonce=nonce,
        received_at=NOW,
        headers={"x-nonce": nonce or "", "x-odd": "\x00\ud800"},
        raw=b"\x00\xff" + name.encode(),
        digest="d" * 64,
        content_digest="c" * 64,
        outcome=MessageOutcome.READ,
        answer={"records": [{"id": name, "fault": None, "sentence": ""}]},
    )
    return replace(message, **detail)


def a_record(id: str = "W-1", version: int = 1, **detail: Any) -> InboxRecord:
    record = InboxRecord(
        id=inbox_record_id(WARNING, id, version),
        message_id=inbox_message_id(WARNING, "M-1"),
        kind=WARNING,
        external_id=id,
        version=version,
        digest="e" * 64,
        content={"id": id, "text": "\x00\ud800☃", "deep": [{"a": 1.5}], "big": 2**63},
        received_at=NOW,
        state=RecordState.PENDING,
        company_code=FACTORY.credit_code.text,
        area_code="610115",
    )
    return replace(record, **detail)


def keep(storage: Storage, *things: InboxMessage | InboxRecord) -> None:
    with storage.work(SYSTEM) as work:
        work.inbox.add_messages([one for one in things if isinstance(one, InboxMessage)])
        work.inbox.add_records([one for one in things if isinstance(one, InboxRecord)])
        work.commit()


@contextmanager
def looking(storage: Storage) -> Iterator[UnitOfWork]:
    with storage.work(SYSTEM) as work:
        yield work


def messages(storage: Storage, **wanted: Any) -> set[Any]:
    with looking(storage) as work:
        return {one.id for one in work.inbox.find_messages(**wanted)}


# ------------------------------------------------------------ messages


def test_every_field_of_a_message_comes_back(storage: Storage) -> None:
    whole = a_message(nonce="n-1")
    bare = a_message("M-2", message_id=None, outcome=MessageOutcome.UNREADABLE, answer={"unreadable": "why"})
    keep(storage, whole, bare)
    with looking(storage) as work:
        found = {one.id: one for one in work.inbox.find_messages(ids=[whole.id, bare.id])}
    assert found == {whole.id: whole, bare.id: bare}


def test_messages_are_found_by_id_and_by_the_senders_id(storage: Storage) -> None:
    one, two = a_message("M-1", "n-1"), a_message("M-2", "n-2")
    three = a_message("M-3", id=an_id("patrol"), kind=PATROL, message_id="M-1")
    keep(storage, one, two, three)
    assert messages(storage, ids=[one.id, an_id("nothing")]) == {one.id}
    assert messages(storage, message_ids=[(WARNING, "M-1"), (PATROL, "M-2")]) == {one.id}
    assert messages(storage, message_ids=[(PATROL, "M-1")]) == {three.id}
    assert messages(storage, ids=[one.id], message_ids=[(WARNING, "M-2")]) == {one.id, two.id}
    assert messages(storage) == set()


@pytest.mark.parametrize(
    "second",
    [
        a_message("M-2", "n-2", message_id="M-1"),
        a_message("M-1", "n-2"),
    ],
    ids=["message id", "bytes"],
)
def test_who_comes_second_with_a_number_is_told_so(storage: Storage, second: InboxMessage) -> None:
    keep(storage, a_message("M-1", "n-1"))
    with pytest.raises(Conflict):
        keep(storage, second)
    assert messages(storage, ids=[second.id, a_message().id]) == {a_message().id}


def test_a_conflicting_message_is_stored_once_and_is_no_obstacle(storage: Storage) -> None:
    conflicting = a_message("M-2", "n-1", outcome=MessageOutcome.CONFLICTING, message_id="M-1")
    keep(storage, conflicting)
    keep(storage, a_message("M-1", "n-1"))
    keep(storage, replace(conflicting, received_at=NOW + timedelta(hours=1)))
    with looking(storage) as work:
        assert list(work.inbox.find_messages(ids=[conflicting.id])) == [conflicting]
    assert messages(storage, message_ids=[(WARNING, "M-1")]) == {a_message().id}


def test_an_unreadable_message_becomes_what_it_is_and_no_other_ever_changes(storage: Storage) -> None:
    unreadable = a_message(message_id=None, outcome=MessageOutcome.UNREADABLE, answer={"unreadable": "?"})
    keep(storage, unreadable)
    read = replace(
        unreadable,
        message_id="M-1",
        outcome=MessageOutcome.READ,
        content_digest="f" * 64,
        answer={"records": []},
    )
    with storage.work(SYSTEM) as work:
        work.inbox.save_message(replace(read, raw=b"other", headers={}))
        work.commit()
    with looking(storage) as work:
        assert list(work.inbox.find_messages(ids=[read.id])) == [read]
    with storage.work(SYSTEM) as work, pytest.raises(Conflict):
        work.inbox.save_message(read)
    with storage.work(SYSTEM) as work, pytest.raises(Conflict):
        work.inbox.save_message(a_message("M-9"))


def test_an_unreadable_message_that_turns_out_to_be_a_known_one_is_a_conflict(storage: Storage) -> None:
    unreadable = a_message("M-2", message_id=None, outcome=MessageOutcome.UNREADABLE)
    keep(storage, a_message(), unreadable)
    with storage.work(SYSTEM) as work, pytest.raises(Conflict):
        work.inbox.save_message(replace(unreadable, message_id="M-1", outcome=MessageOutcome.READ))


# ------------------------------------------------------------ nonces


def a_use(nonce: str, of: InboxMessage | None = None, digest: str = "d" * 64) -> UsedNonce:
    return UsedNonce(nonce, digest, (of or a_message()).id)


def use(storage: Storage, *used: UsedNonce) -> None:
    with storage.work(SYSTEM) as work:
        work.inbox.add_nonces(used)
        work.commit()


def test_a_message_may_come_under_many_nonces_and_each_is_found(storage: Storage) -> None:
    other = a_message("M-2", outcome=MessageOutcome.CONFLICTING)
    keep(storage, a_message(), other)
    used = [a_use("n-2"), a_use("n-1", digest="0" * 64), a_use("n-3", other)]
    use(storage, *used)
    use(storage)
    with looking(storage) as work:
        found = work.inbox.find_nonces(["n-1", "n-2", "n-2", "n-3", "n-9"])
        assert sorted(found, key=lambda one: one.nonce) == [used[1], used[0], used[2]]
        assert work.inbox.find_nonces([]) == []


def test_who_comes_second_with_a_nonce_is_told_so(storage: Storage) -> None:
    keep(storage, a_message(), a_message("M-2"))
    use(storage, a_use("n-1"))
    with pytest.raises(Conflict):
        use(storage, a_use("n-0"), a_use("n-1", a_message("M-2")))
    with looking(storage) as work:
        assert work.inbox.find_nonces(["n-0", "n-1"]) == [a_use("n-1")]


def test_a_nonce_needs_its_message(storage: Storage) -> None:
    with pytest.raises(NotFound):
        use(storage, a_use("n-1"))


def test_nonces_are_forgotten_when_they_are_old_by_the_databases_clock(storage: Storage) -> None:
    keep(storage, a_message(received_at=NOW - timedelta(days=900)))
    use(storage, a_use("n-1"), a_use("n-2"))

    def forgotten(older_than: timedelta) -> int:
        with storage.work(SYSTEM) as work:
            count = work.inbox.forget_nonces(older_than=older_than)
            work.commit()
        return count

    assert forgotten(timedelta(minutes=10)) == 0
    assert forgotten(timedelta(minutes=-10)) == 2
    with looking(storage) as work:
        assert work.inbox.find_nonces(["n-1", "n-2"]) == []


# ------------------------------------------------------------ records


def test_every_field_of_a_record_comes_back(storage: Storage) -> None:
    settle_in(storage, SYSTEM, FACTORY)
    bare = a_record("W-2", content={}, company_code="", area_code="")
    whole = a_record(
        state=RecordState.QUARANTINED,
        version=20261124093000,
        fault=RecordFault.UNKNOWN_AREA,
        sentence="区域不在档案中",
        subject="Alert:1",
        enterprise_id=FACTORY.id,
        region_id=LINTONG,
        settled_at=NOW,
    )
    assert all(getattr(whole, entry.name) not in (None, "") for entry in fields(whole))
    keep(storage, a_message(), whole, bare)
    with looking(storage) as work:
        assert work.inbox.find_records([whole.id, bare.id, an_id("nothing")]) == {
            whole.id: whole,
            bare.id: bare,
        }


def test_a_record_needs_its_message(storage: Storage) -> None:
    with pytest.raises(NotFound):
        keep(storage, a_record())


def test_one_version_is_taken_once_and_a_refused_one_leaves_it_free(storage: Storage) -> None:
    refused = a_record(state=RecordState.REFUSED, fault=RecordFault.MALFORMED)
    refused = replace(refused, id=an_id("refused"))
    keep(storage, a_message(), refused)
    keep(storage, replace(refused, sentence="again"), a_record())
    with looking(storage) as work:
        assert work.inbox.find_records([refused.id])[refused.id].sentence == ""
    for second in (a_record(), a_record(state=RecordState.IGNORED)):
        with pytest.raises(Conflict):
            keep(storage, replace(second, id=an_id("other"), digest="0" * 64))


def test_known_versions_are_those_that_were_taken(storage: Storage) -> None:
    settle_in(storage, SYSTEM, FACTORY)
    taken = [
        a_record(version=1, state=RecordState.APPLIED),
        a_record(version=2, state=RecordState.QUARANTINED, enterprise_id=FACTORY.id, digest="2" * 64),
    ]
    refused = replace(a_record(version=3, state=RecordState.REFUSED), id=an_id("refused"))
    keep(storage, a_message(), *taken, refused, a_record("W-2"))
    with looking(storage) as work:
        found = work.inbox.known_versions([(WARNING, "W-1"), (PATROL, "W-2"), (WARNING, "W-9")])
        assert work.inbox.known_versions([]) == []
    assert sorted(found, key=lambda one: one.version) == [
        KnownVersion(WARNING, "W-1", 1, "e" * 64, None, None),
        KnownVersion(WARNING, "W-1", 2, "2" * 64, FACTORY.id, None),
    ]


def test_quarantined_versions_are_found_for_one_object(storage: Storage) -> None:
    waiting = [a_record(version=number, state=RecordState.QUARANTINED) for number in (3, 1)]
    keep(storage, a_message(), *waiting, a_record(version=2), a_record("W-2", state=RecordState.QUARANTINED))
    with looking(storage) as work:
        assert [one.version for one in work.inbox.quarantined_of(WARNING, "W-1")] == [1, 3]
        assert work.inbox.quarantined_of(PATROL, "W-1") == []


def test_quarantined_records_are_found_for_what_they_name(storage: Storage) -> None:
    settle_in(storage, SYSTEM, FACTORY)
    named = a_record("W-1", state=RecordState.QUARANTINED, area_code="")
    of_other = a_record("W-2", state=RecordState.QUARANTINED, company_code=a_credit_code("他"))
    of_gb = a_record("W-3", state=RecordState.QUARANTINED, company_code="", area_code=YANGLING_COUNTY)
    keep(storage, a_message(), named, of_other, of_gb, a_record("W-4"))
    with looking(storage) as work:

        def found(**wanted: Any) -> list[str]:
            return [one.external_id for one in work.inbox.quarantined_for(**wanted)]

        assert found(enterprise_id=FACTORY.id) == ["W-1"]
        assert found(enterprise_id=an_id("nobody")) == []
        assert found(region_id=LINTONG) == ["W-2"]
        assert found(region_id=YANGLING_COUNTY) == found(region_id=YANGLING) == ["W-3"]
        assert found() == []


def test_records_change_only_from_the_state_that_was_seen(storage: Storage) -> None:
    keep(storage, a_message(), a_record(), a_record("W-2"))
    done = a_record(state=RecordState.APPLIED, subject="Alert:1", settled_at=NOW)
    with storage.work(SYSTEM) as work:
        work.inbox.save_records([done, a_record("W-2", state=RecordState.IGNORED)], were=RecordState.PENDING)
        work.inbox.save_records([], were=RecordState.PENDING)
        work.commit()
    with looking(storage) as work:
        assert work.inbox.find_records([done.id]) == {done.id: done}
    with storage.work(SYSTEM) as work, pytest.raises(Conflict):
        work.inbox.save_records([done], were=RecordState.PENDING)
    with storage.work(SYSTEM) as work, pytest.raises(Conflict):
        work.inbox.save_records([a_record("W-9")], were=RecordState.PENDING)


def test_what_is_not_committed_has_not_come(storage: Storage, readers: Readers) -> None:
    with storage.work(SYSTEM) as work:
        work.inbox.add_messages([a_message()])
        work.inbox.add_records([a_record()])
    assert readers.inbox.health().last_received_at is None
    keep(storage, a_message(), a_record())
    with storage.work(SYSTEM) as work:
        work.inbox.save_records([a_record(state=RecordState.APPLIED)], were=RecordState.PENDING)
    assert readers.inbox.health().pending == 1


# ------------------------------------------------------------ the directory's look-ups in batches


def test_enterprises_and_regions_are_looked_up_by_their_codes(storage: Storage) -> None:
    settle_in(storage, SYSTEM, FACTORY)
    code = FACTORY.credit_code.text
    with looking(storage) as work:
        assert work.enterprises.known_codes([code, a_credit_code("他"), "?"]) == {code: FACTORY.id}
        assert work.enterprises.known_codes([]) == {}
        assert work.regions.of_codes(["610115", "610403", "430121"]) == {
            "610115": LINTONG,
            "610403": YANGLING_COUNTY,
        }
        assert work.regions.of_codes([]) == {}


def test_the_gb_code_of_a_local_region_leads_to_it_where_no_region_has_the_code(bare: World) -> None:
    from ...support.builders import a_region_tree

    tree = [region for region in a_region_tree() if region.id != YANGLING_COUNTY]
    settle_in(bare.storage, SYSTEM, *tree)
    with looking(bare.storage) as work:
        assert work.regions.of_codes(["610403", "611100"]) == {"610403": YANGLING, "611100": YANGLING}


# ------------------------------------------------------------ statements


@pytest.mark.parametrize("name", ["sqlite_engine", "postgres_engine"])
def test_fifty_messages_cost_as_many_statements_as_one(name: str, request: pytest.FixtureRequest) -> None:
    from yanbao.application.exchange.reading import read_delivery
    from yanbao.application.exchange.receiving import Reception
    from yanbao.application.policies import PolicyBook

    from ...support.builders import a_department_tree, a_region_tree
    from ...support.inbound import a_delivery, a_warning
    from ...support.plain_reader import PlainReader
    from ..conftest import emptied, sql_world

    engine: Engine = request.getfixturevalue(name)
    storage = sql_world(emptied(engine)).storage
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree(), FACTORY)

    def statements(messages: int, records: int) -> int:
        deliveries = [
            a_delivery(
                *(a_warning(f"W-{messages}-{records}-{m}-{r}", of=FACTORY) for r in range(records)),
                id=f"M-{messages}-{records}-{m}",
                nonce=f"n-{messages}-{records}-{m}",
            )
            for m in range(messages)
        ]
        read = [read_delivery(PlainReader(), one) for one in deliveries]
        ran: list[str] = []

        def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            ran.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            with storage.work(SYSTEM) as work:
                answers = Reception(work, PolicyBook(), NOW).receive(read)
                work.commit()
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert all(one.fault is None for answer in answers for one in answer.records)
        return len(ran)

    assert statements(50, 20) == statements(1, 1) == statements(1, 20)
