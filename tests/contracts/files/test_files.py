"""Rows of files and their tickets: claimed by their uploader, used once, removed when they belong to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.attachment import (
    NO_EVIDENCE,
    Attachment,
    AttachmentInUse,
    Evidence,
    MediaType,
)
from yanbao.domain.files.ticket import FileTicket, TicketSubject
from yanbao.domain.identity.account import Account
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import Conflict, NotFound, Refused
from yanbao.domain.values import AccountId, AttachmentId, InspectionId, PersonId, ProblemId

from ...support.accounts import an_account
from ...support.builders import NOW, a_department_tree, a_person, an_id
from ...support.inspections import a_draft, a_patrol_target, a_problem_in, an_attachment
from ...support.settling import settle_in
from ..conftest import World
from ..problem.problems import keep, settle_parties

HER = a_person("赵上传", of=a_department_tree()[4])
HIM = a_person("钱上传", of=a_department_tree()[4])
HERS = an_account(HER, "zhao")
HIS = an_account(HIM, "qian")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def parties(world: World) -> None:
    settle_parties(world.storage)
    settle_in(world.storage, SYSTEM, HER, HIM, *(replace(account, version=0) for account in (HERS, HIS)))


@pytest.fixture
def inspection(storage: Storage) -> InspectionId:
    return an_inspection(storage, "甲")


@pytest.fixture
def problem(storage: Storage) -> ProblemId:
    issued = a_problem_in(ProblemState.ISSUED)
    keep(storage, issued)
    return issued.id


def an_inspection(storage: Storage, key: str) -> InspectionId:
    draft = a_draft(a_patrol_target(), key=f"草稿{key}-0001")
    with storage.work(SYSTEM) as work:
        work.inspections.save(draft)
        work.commit()
    return draft.id


def a_file(name: str = "图", *, by: Person = HER, at: datetime = NOW) -> Attachment:
    return Attachment(
        id=an_attachment(name),
        name=f"{name}.png",
        media_type=MediaType.PNG,
        size=20 * 2**20,
        sha256="ab" * 32,
        thumbnail=True,
        person_id=by.id,
        uploaded_at=at,
    )


def add(storage: Storage, *files: Attachment) -> None:
    with storage.work(SYSTEM) as work:
        for file in files:
            work.attachments.add(file)
        work.commit()


def claim(
    storage: Storage,
    *names: str,
    by: Person | None = HER,
    inspection: InspectionId | None = None,
    problem: ProblemId | None = None,
) -> None:
    person_id: PersonId | None = None if by is None else by.id
    ids = [an_attachment(name) for name in names]
    with storage.work(SYSTEM) as work:
        work.attachments.claim(
            ids, person_id, inspection_id=inspection, problem_id=problem, field="form.attachments"
        )
        work.commit()


def kept(readers: Readers, *names: str) -> list[Attachment]:
    found = readers.attachments.attachments([an_attachment(name) for name in names])
    return [found[an_attachment(name)] for name in names if an_attachment(name) in found]


# ---------------------------------------------------------------- attachments


@pytest.mark.parametrize("kind", MediaType)
@pytest.mark.parametrize(
    "evidence",
    [
        NO_EVIDENCE,
        Evidence("2026-11-24T09:30:00", NOW, Decimal("34.275000"), Decimal("-108.900001")),
        Evidence("2026-11-24T09:30:00"),
    ],
    ids=["none", "all", "some"],
)
def test_every_field_comes_back(
    storage: Storage, readers: Readers, kind: MediaType, evidence: Evidence
) -> None:
    file = replace(
        a_file(), media_type=kind, thumbnail=kind.is_picture, name="整改前 é.bin", evidence=evidence
    )
    add(storage, file)
    assert kept(readers, "图", "没有") == [file]
    assert readers.attachments.attachments([]) == {}


def test_an_id_is_taken_once_and_its_uploader_must_exist(storage: Storage, readers: Readers) -> None:
    add(storage, a_file())
    with pytest.raises(Conflict):
        add(storage, replace(a_file(), name="别的.png"))
    with pytest.raises(NotFound):
        add(storage, replace(a_file("二"), person_id=PersonId(an_id("nobody"))))
    assert kept(readers, "图", "二") == [a_file()]


def test_a_file_is_claimed_by_its_uploader(
    storage: Storage, readers: Readers, inspection: InspectionId, problem: ProblemId
) -> None:
    add(storage, a_file("一"), a_file("二"), a_file("三"))
    claim(storage, "一", "二", inspection=inspection)
    claim(storage, "二", "三", problem=problem)
    assert [(f.inspection_id, f.problem_id) for f in kept(readers, "一", "二", "三")] == [
        (inspection, None),
        (inspection, problem),
        (None, problem),
    ]


def test_claiming_again_is_harmless_also_by_somebody_else(
    storage: Storage, readers: Readers, problem: ProblemId
) -> None:
    add(storage, a_file())
    claim(storage, "图", "图", problem=problem)
    claim(storage, "图", by=HIM, problem=problem)
    claim(storage, "图", by=None, problem=problem)
    assert kept(readers, "图") == [replace(a_file(), problem_id=problem)]
    claim(storage, problem=problem)


@pytest.mark.parametrize("by", [HIM, None])
def test_nobody_claims_what_somebody_else_has_uploaded(
    storage: Storage, readers: Readers, inspection: InspectionId, by: Person | None
) -> None:
    add(storage, a_file("一"), a_file("二", by=HIM))
    with pytest.raises(NotFound) as refusal:
        claim(storage, "二", "一", by=by, inspection=inspection)
    assert refusal.value.field == "form.attachments"
    assert all(file.loose for file in kept(readers, "一", "二"))


def test_what_does_not_exist_is_not_claimed_and_neither_is_the_rest(
    storage: Storage, readers: Readers, inspection: InspectionId
) -> None:
    add(storage, a_file())
    with pytest.raises(NotFound):
        claim(storage, "图", "没有", inspection=inspection)
    assert kept(readers, "图") == [a_file()]


def test_what_belongs_to_one_inspection_is_not_claimed_for_another(
    storage: Storage, readers: Readers, inspection: InspectionId
) -> None:
    add(storage, a_file())
    claim(storage, "图", inspection=inspection)
    other = an_inspection(storage, "乙")
    with pytest.raises(AttachmentInUse) as in_use:
        claim(storage, "图", inspection=other)
    assert (in_use.value.code, in_use.value.field) == ("ATTACHMENT_IN_USE", "form.attachments")
    assert kept(readers, "图") == [replace(a_file(), inspection_id=inspection)]


def test_that_a_file_is_in_use_is_said_to_its_uploader_and_to_nobody_else(
    storage: Storage, readers: Readers, inspection: InspectionId, problem: ProblemId
) -> None:
    add(storage, a_file("一"), a_file("二"), a_file("三", by=HIM), a_file("四"))
    claim(storage, "一", "四", inspection=inspection)
    claim(storage, "一", problem=problem)
    before = kept(readers, *"一二三四")
    other = an_inspection(storage, "乙")
    for by in (HIM, None):
        with pytest.raises(NotFound):
            claim(storage, "一", by=by, inspection=other)
    for names in (("一", "三"), ("三", "一"), ("一", "没有"), ("没有", "二", "一")):
        with pytest.raises(NotFound):
            claim(storage, *names, inspection=other)
    with pytest.raises(AttachmentInUse):
        claim(storage, "二", "一", "四", "二", inspection=other)
    assert kept(readers, *"一二三四") == before


def test_what_cannot_be_claimed_is_known_before_one_by_one(
    storage: Storage, inspection: InspectionId, problem: ProblemId
) -> None:
    add(storage, a_file("一"), a_file("二"), a_file("三", by=HIM), a_file("四"), a_file("五", by=HIM))
    claim(storage, "一", "四", inspection=inspection)
    claim(storage, "五", by=HIM, inspection=inspection)
    claim(storage, "一", problem=problem)
    other = an_inspection(storage, "乙")
    everything = [an_attachment(name) for name in ("一", "二", "三", "四", "五", "没有", "一")]

    def refused(**owners: Any) -> dict[str, type]:
        with storage.work(SYSTEM) as work:
            found = work.attachments.unclaimable(everything, HER.id, **owners)
        return {
            name: found[id]
            for name in ("一", "二", "三", "四", "五", "没有")
            if (id := an_attachment(name)) in found
        }

    assert refused(inspection_id=other) == {
        "一": AttachmentInUse,
        "三": NotFound,
        "四": AttachmentInUse,
        "五": NotFound,
        "没有": NotFound,
    }
    assert refused(inspection_id=inspection) == {"三": NotFound, "没有": NotFound}
    assert refused(problem_id=problem) == {"三": NotFound, "五": NotFound, "没有": NotFound}
    assert refused() == {}
    with storage.work(SYSTEM) as work:
        assert work.attachments.unclaimable([], HER.id, inspection_id=other) == {}


def test_what_an_inspection_keeps_no_more_is_loose_unless_a_problem_shows_it(
    storage: Storage, readers: Readers, inspection: InspectionId, problem: ProblemId
) -> None:
    other = an_inspection(storage, "乙")
    add(storage, *(a_file(name) for name in "一二三四"))
    claim(storage, "一", "二", "三", inspection=inspection)
    claim(storage, "三", problem=problem)
    claim(storage, "四", inspection=other)
    with storage.work(SYSTEM) as work:
        work.attachments.release(inspection, keep=[an_attachment("一")])
        work.commit()
    owners = [(file.inspection_id, file.problem_id) for file in kept(readers, *"一二三四")]
    assert owners == [(inspection, None), (None, None), (None, problem), (other, None)]
    claim(storage, "二", inspection=other)
    with storage.work(SYSTEM) as work:
        work.attachments.release(other)
        work.attachments.release(InspectionId(an_id("inspection", "没有")))
        work.commit()
    assert [file.loose for file in kept(readers, *"一二三四")] == [False, True, False, True]


def test_nothing_is_claimed_for_what_is_not_there(storage: Storage, readers: Readers) -> None:
    add(storage, a_file())
    with pytest.raises(NotFound) as refusal:
        claim(storage, "图", inspection=InspectionId(an_id("inspection", "没有")))
    assert refusal.value.field == "form.attachments"
    assert kept(readers, "图") == [a_file()]


def test_loose_files_are_removed_the_oldest_first(
    storage: Storage, readers: Readers, inspection: InspectionId, problem: ProblemId
) -> None:
    add(storage, *(a_file(f"{n}", at=NOW + n * SECOND) for n in range(5)))
    claim(storage, "0", inspection=inspection)
    claim(storage, "2", problem=problem)
    removed: list[AttachmentId] = []
    for _ in range(3):
        with storage.work(SYSTEM) as work:
            removed += work.attachments.remove_loose(NOW + 4 * SECOND, limit=1)
            work.commit()
    assert removed == [an_attachment("1"), an_attachment("3")]
    assert [file.name for file in kept(readers, *"01234")] == ["0.png", "2.png", "4.png"]


def test_removal_that_is_not_committed_has_not_happened(storage: Storage, readers: Readers) -> None:
    add(storage, a_file())
    with storage.work(SYSTEM) as work:
        assert work.attachments.remove_loose(NOW + SECOND, limit=9) == [a_file().id]
        assert work.attachments.remove_loose(NOW + SECOND, limit=9) == []
    assert kept(readers, "图") == [a_file()]


# ---------------------------------------------------------------- tickets


def a_ticket(digest: str = "d1", *, of: Account = HERS, upload: bool = True) -> FileTicket:
    return FileTicket(
        digest=digest,
        account_id=of.id,
        session_id=of.id,
        upload=upload,
        subject=TicketSubject.ATTACHMENT,
        subject_id=an_attachment("图"),
        expires_at=NOW + timedelta(minutes=5),
        name="图.png" if upload else "",
        thumbnail=not upload,
    )


def give(storage: Storage, *tickets: FileTicket) -> None:
    with storage.work(SYSTEM) as work:
        for ticket in tickets:
            work.file_tickets.add(ticket)
        work.commit()


def use(
    storage: Storage, digest: str = "d1", *, of: Account = HERS, upload: bool = True, at: datetime = NOW
) -> FileTicket | None:
    with storage.work(SYSTEM) as work:
        found = work.file_tickets.redeem(digest, of.id, upload=upload, now=at)
        work.commit()
    return found


@pytest.mark.parametrize("upload", [True, False])
def test_a_ticket_is_used_once(storage: Storage, upload: bool) -> None:
    ticket = a_ticket(upload=upload)
    give(storage, ticket)
    assert use(storage, upload=upload) == replace(ticket, used_at=NOW)
    assert use(storage, upload=upload) is None


def test_a_ticket_is_for_its_account_its_way_and_its_time(storage: Storage) -> None:
    ticket = a_ticket()
    give(storage, ticket)
    assert use(storage, "d2") is None
    assert use(storage, of=HIS) is None
    assert use(storage, upload=False) is None
    assert use(storage, at=ticket.expires_at) is None
    last = ticket.expires_at - timedelta(microseconds=1)
    assert use(storage, at=last) == replace(ticket, used_at=last), "the tries of others have not used it up"


def test_a_ticket_that_is_used_and_rolled_back_is_not_used(storage: Storage) -> None:
    give(storage, a_ticket())
    with storage.work(SYSTEM) as work:
        assert work.file_tickets.redeem("d1", HERS.id, upload=True, now=NOW) is not None
    assert use(storage) is not None


def test_of_two_who_use_a_ticket_at_once_one_gets_it(storage: Storage) -> None:
    give(storage, a_ticket())
    barrier, got = Barrier(2), []

    def try_it() -> None:
        barrier.wait()
        try:
            got.append(use(storage))
        except Refused:
            got.append(None)  # A database that is busy with the other one may say so.

    threads = [Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ticket is not None for ticket in got) == [False, True]


def test_a_digest_is_given_out_once_and_to_an_account_that_exists(storage: Storage) -> None:
    give(storage, a_ticket())
    with pytest.raises(Conflict):
        give(storage, a_ticket())
    with pytest.raises(NotFound):
        give(storage, replace(a_ticket("d2"), account_id=AccountId(an_id("nobody"))))


def test_expired_tickets_are_forgotten(storage: Storage) -> None:
    ticket = a_ticket()
    give(storage, ticket, a_ticket("d2"), replace(a_ticket("d3"), expires_at=ticket.expires_at + SECOND))
    use(storage, "d2")
    with storage.work(SYSTEM) as work:
        assert work.file_tickets.remove_expired(ticket.expires_at - timedelta(microseconds=1)) == 0
        assert work.file_tickets.remove_expired(ticket.expires_at) == 2
        work.commit()
    assert use(storage, at=ticket.expires_at - SECOND) is None
    assert use(storage, "d3") is not None
