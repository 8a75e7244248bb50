"""Files from ticket to clean-up: who may send and fetch what, what is kept of it, and what is removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import pytest

from yanbao.application import files as use_cases
from yanbao.application.access import SYSTEM
from yanbao.application.files import PATH
from yanbao.application.ports.files import FileMissing, FileStoreFailed, StoredFile
from yanbao.application.ports.storage import SlotState
from yanbao.domain.attachment import LARGEST, Attachment, MediaType, TicketInvalid, file_key
from yanbao.domain.inspection import InspectionState
from yanbao.domain.organisation import Person, Role
from yanbao.domain.problem_form import AttachmentId, InspectionId, ProblemId
from yanbao.domain.problem_workflow import ProblemState
from yanbao.domain.refusals import FileTooLarge, Forbidden, InvalidValue, NotFound, Refused

from ..domain.inspections import COLLEAGUE, a_problem_in, an_attachment, an_inspection_in
from ..domain.inspections import INSPECTOR as INSPECTOR_ID
from ..support.builders import DAY, a_person, an_account
from ..support.samples import a_document, a_pdf, a_picture
from .stage import (
    AUDIT_ADMIN,
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    FAR_HEAD,
    HEAD,
    HONGXING_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PUCHENG_DUTY,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    WEINAN_DUTY,
    XIAN,
    Stage,
    a_stage,
)

INSPECTOR = replace(a_person("赵检查", Role.INSPECTOR, of=XIAN), id=INSPECTOR_ID)
FELLOW = replace(a_person("钱同事", Role.INSPECTOR, of=XIAN), id=COLLEAGUE)
SECOND = timedelta(seconds=1)
DAY_LONG = timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_stage().settle(INSPECTOR, FELLOW, *accounts)


def token_of(stage: Stage, by: Person, *, name: str = "图.png", size: int = 1000) -> str:
    ticket = stage.world.app.files.request_upload(stage.actor(by), name=name, size=size)
    return ticket.path.removeprefix(PATH)


def upload(stage: Stage, by: Person = HEAD, content: bytes = b"", name: str = "图.png") -> Attachment:
    content = content or a_picture("PNG")
    files, actor = stage.world.app.files, stage.actor(by)
    ticket = files.begin_upload(actor, token_of(stage, by, name=name, size=len(content)))
    return files.take_in(actor, ticket, BytesIO(content))


def fetch(stage: Stage, by: Person, id: AttachmentId, *, thumbnail: bool = False) -> bytes:
    files, actor = stage.world.app.files, stage.actor(by)
    ticket = files.request_download(actor, id, thumbnail=thumbnail)
    download = files.fetch(actor, ticket.path.removeprefix(PATH))
    try:
        return download.file.read(LARGEST)
    finally:
        download.file.close()


def claim(
    stage: Stage,
    file: Attachment,
    *,
    inspection: InspectionId | None = None,
    problem: ProblemId | None = None,
) -> None:
    with stage.world.storage.work(SYSTEM) as work:
        work.attachments.claim([file.id], file.person_id, inspection_id=inspection, problem_id=problem)
        work.commit()


def an_inspection(stage: Stage, state: InspectionState) -> InspectionId:
    inspection = an_inspection_in(state)
    with stage.world.storage.work(SYSTEM) as work:
        work.inspections.save(inspection)
        work.commit()
    return inspection.id


def a_problem(stage: Stage) -> ProblemId:
    """Addressed to the factory in 临潼, issued by 西安."""
    problem = a_problem_in(ProblemState.ISSUED)
    with stage.world.storage.work(SYSTEM) as work:
        work.problems.save(problem)
        work.commit()
    return problem.id


def actions(stage: Stage) -> list[tuple[str, str]]:
    return [(entry.action, entry.actor_name) for entry in stage.state.audit.values()]


# ---------------------------------------------------------------- in


def test_what_comes_in_is_kept_with_everything_known_of_it(stage: Stage) -> None:
    content = a_picture("PNG")
    file = upload(stage, content=content, name="C:\\照片\\整改后.pdf")
    assert stage.state.attachments[file.id] == file
    assert (file.name, file.media_type, file.size) == ("整改后.pdf.png", MediaType.PNG, len(content))
    assert (file.sha256, file.person_id, file.thumbnail) == (sha256(content).hexdigest(), HEAD.id, True)
    assert file.uploaded_at == stage.world.clock.now() and file.loose
    assert stage.world.files.keys == {file_key(file.id), file_key(file.id, thumbnail=True)}
    assert fetch(stage, HEAD, file.id) == content
    assert ("FileUploaded", HEAD.name) in actions(stage)


def test_the_id_is_settled_when_the_ticket_is_given_out(stage: Stage) -> None:
    files, actor = stage.world.app.files, stage.actor(HEAD)
    issued = files.request_upload(actor, name="a.pdf", size=10)
    ticket = files.begin_upload(actor, issued.path.removeprefix(PATH))
    assert files.take_in(actor, ticket, BytesIO(a_pdf())).id == issued.attachment_id


def test_a_document_has_no_thumbnail(stage: Stage) -> None:
    file = upload(stage, content=a_document(), name="方案.docx")
    assert not file.thumbnail and stage.world.files.keys == {file_key(file.id)}
    with pytest.raises(InvalidValue, match="没有缩略图") as refusal:
        fetch(stage, HEAD, file.id, thumbnail=True)
    assert refusal.value.field == "thumbnail"


@pytest.mark.parametrize(
    ("size", "refusal"),
    [(LARGEST + 1, FileTooLarge), (21 * 2**20, FileTooLarge), (0, InvalidValue), (-1, InvalidValue)],
)
def test_no_ticket_for_what_would_be_refused(stage: Stage, size: int, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as refused:
        token_of(stage, HEAD, size=size)
    assert refused.value.field == "size"
    assert stage.state.file_tickets == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"plain text", "FILE_TYPE_NOT_ALLOWED"),
        (a_picture("PNG")[:-100], "PICTURE_UNREADABLE"),
        (a_document()[:-30], "DOCUMENT_UNREADABLE"),
        (a_picture("PNG") + bytes(LARGEST), "FILE_TOO_LARGE"),
    ],
    ids=["text", "broken picture", "broken document", "too large"],
)
def test_what_is_refused_is_not_kept(stage: Stage, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        upload(stage, content=content[: LARGEST + 1])
    assert refusal.value.code == code
    assert stage.world.files.keys == set() and stage.state.attachments == {}


def test_the_ticket_of_a_refused_file_is_used_up(stage: Stage) -> None:
    files, actor = stage.world.app.files, stage.actor(HEAD)
    token = token_of(stage, HEAD)
    with pytest.raises(Refused):
        files.take_in(actor, files.begin_upload(actor, token), BytesIO(b"text"))
    with pytest.raises(TicketInvalid):
        files.begin_upload(actor, token)


def test_only_the_hash_of_a_ticket_is_kept(stage: Stage) -> None:
    token = token_of(stage, HEAD)
    (kept,) = stage.state.file_tickets.values()
    assert kept.digest == stage.world.app.files._tokens.digest(token)
    assert token not in repr(stage.state)


# ---------------------------------------------------------------- tickets


def a_token(stage: Stage, way: str) -> str:
    if way == "in":
        return token_of(stage, HEAD)
    file = upload(stage)
    issued = stage.world.app.files.request_download(stage.actor(HEAD), file.id, thumbnail=False)
    return issued.path.removeprefix(PATH)


def use(stage: Stage, way: str, token: str, by: Person = HEAD) -> None:
    files, actor = stage.world.app.files, stage.actor(by)
    if way == "in":
        files.begin_upload(actor, token)
    else:
        files.fetch(actor, token).file.close()


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_used_once(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    use(stage, way, token)
    with pytest.raises(TicketInvalid):
        use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_is_of_no_use_to_another_and_stays_good_for_its_owner(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    for somebody_else in (MANAGER, COUNTY_DUTY, PROVINCE_DUTY):
        with pytest.raises(TicketInvalid):
            use(stage, way, token, by=somebody_else)
    use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_does_not_work_the_other_way_round(stage: Stage, way: str) -> None:
    token = a_token(stage, way)
    with pytest.raises(TicketInvalid):
        use(stage, {"in": "out", "out": "in"}[way], token)


@pytest.mark.parametrize("way", ["in", "out"])
@pytest.mark.parametrize("token", ["", "x", "图", "\0", "a" * 10_000])
def test_what_is_no_ticket_is_refused(stage: Stage, way: str, token: str) -> None:
    with pytest.raises(TicketInvalid):
        use(stage, way, token)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_ticket_lasts_five_minutes_and_not_a_microsecond_longer(stage: Stage, way: str) -> None:
    first, second = a_token(stage, way), a_token(stage, way)
    stage.after(timedelta(minutes=5) - timedelta(microseconds=1))
    use(stage, way, first)
    stage.after(timedelta(microseconds=1))
    with pytest.raises(TicketInvalid):
        use(stage, way, second)


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN], ids=lambda p: p.role.value)
def test_administrators_have_nothing_to_do_with_files(stage: Stage, by: Person) -> None:
    file, files, actor = upload(stage), stage.world.app.files, stage.actor(by)
    with pytest.raises(Forbidden):
        files.request_upload(actor, name="a.png", size=10)
    with pytest.raises(Forbidden):
        files.begin_upload(actor, "token")
    with pytest.raises(Forbidden):
        files.request_download(actor, file.id, thumbnail=False)
    with pytest.raises(Forbidden):
        files.fetch(actor, "token")
    with pytest.raises(Forbidden):
        files.attachments(actor, [file.id])


# ---------------------------------------------------------------- out

EVERYBODY = (
    *(INSPECTOR, FELLOW, CITY_DUTY, PROVINCE_DUTY, COUNTY_DUTY, CHANGAN_DUTY, WEINAN_DUTY, PUCHENG_DUTY),
    *(HEAD, MANAGER, HONGXING_HEAD, FAR_HEAD),
)
ABOVE = {INSPECTOR, FELLOW, CITY_DUTY, PROVINCE_DUTY}
CONCERNED = {*ABOVE, COUNTY_DUTY, HEAD, MANAGER}


def who_sees(stage: Stage, file: Attachment) -> set[str]:
    seeing = set()
    for person in EVERYBODY:
        try:
            fetch(stage, person, file.id)
        except NotFound as refusal:
            assert (refusal.field, refusal.sentence) == ("id", "没有找到附件，或您无权查看。")
        else:
            seeing.add(person.name)
        listed = stage.world.app.files.attachments(stage.actor(person), [file.id])
        assert (file.id in listed) is (person.name in seeing)
    return seeing


def names(people: set[Person]) -> set[str]:
    return {person.name for person in people}


@pytest.mark.parametrize("by", [HEAD, INSPECTOR], ids=lambda p: p.name)
def test_a_loose_file_is_its_uploaders_alone(stage: Stage, by: Person) -> None:
    assert who_sees(stage, upload(stage, by)) == {by.name}


def test_the_file_of_a_draft_is_its_inspectors_alone(stage: Stage) -> None:
    file = upload(stage, INSPECTOR)
    claim(stage, file, inspection=an_inspection(stage, InspectionState.DRAFT))
    assert who_sees(stage, file) == {INSPECTOR.name}


def test_the_file_of_a_record_is_for_its_department_and_those_above(stage: Stage) -> None:
    file = upload(stage, INSPECTOR)
    claim(stage, file, inspection=an_inspection(stage, InspectionState.SUBMITTED))
    assert who_sees(stage, file) == names(ABOVE)


def test_the_file_of_a_problem_is_for_its_addressee_too(stage: Stage) -> None:
    file = upload(stage, HEAD)
    claim(stage, file, problem=a_problem(stage))
    assert who_sees(stage, file) == names(CONCERNED)


def test_what_a_draft_and_a_problem_show_is_seen_by_whoever_sees_either(stage: Stage) -> None:
    file = upload(stage, INSPECTOR)
    draft = an_inspection(stage, InspectionState.DRAFT)
    claim(stage, file, inspection=draft, problem=a_problem(stage))
    assert who_sees(stage, file) == names(CONCERNED)


def test_many_are_looked_up_at_once_and_only_what_may_be_seen_comes(stage: Stage) -> None:
    mine, theirs = upload(stage, HEAD), upload(stage, HONGXING_HEAD)
    ids = [theirs.id, mine.id, an_attachment("没有")]
    assert stage.world.app.files.attachments(stage.actor(HEAD), ids) == {mine.id: mine}


def test_whole_files_that_are_fetched_are_in_the_trail_and_thumbnails_are_not(stage: Stage) -> None:
    file = upload(stage)
    assert fetch(stage, HEAD, file.id, thumbnail=True)[:3] == b"\xff\xd8\xff"
    assert ("FileDownloaded", HEAD.name) not in actions(stage)
    fetch(stage, HEAD, file.id)
    assert ("FileDownloaded", HEAD.name) in actions(stage)


def test_a_file_that_the_store_has_lost_is_a_fault_and_no_refusal(stage: Stage) -> None:
    file = upload(stage)
    stage.world.files.delete(file_key(file.id))
    with pytest.raises(FileMissing):
        fetch(stage, HEAD, file.id)


def test_a_file_that_was_removed_since_the_ticket_was_given_is_not_found(stage: Stage) -> None:
    files, actor = stage.world.app.files, stage.actor(HEAD)
    issued = files.request_download(actor, upload(stage).id, thumbnail=False)
    with stage.world.storage.work(SYSTEM) as work:
        work.attachments.remove_loose(stage.world.clock.now() + SECOND, limit=1)
        work.commit()
    with pytest.raises(NotFound):
        files.fetch(actor, issued.path.removeprefix(PATH))


# ---------------------------------------------------------------- a store that fails


class Failing:
    """A store that fails when something with this in its key is put."""

    def __init__(self, stage: Stage, part: str) -> None:
        self._inner, self._part = stage.world.files, part

    def put(self, key: str, body: BinaryIO) -> None:
        if self._part in key:
            raise FileStoreFailed("full")
        self._inner.put(key, body)

    def open(self, key: str) -> StoredFile:
        return self._inner.open(key)

    def delete(self, key: str) -> None:
        self._inner.delete(key)

    def older_than(self, age: timedelta) -> Iterator[str]:
        return self._inner.older_than(age)


def test_without_its_thumbnail_a_picture_is_not_kept_and_what_was_put_is_removed_later(stage: Stage) -> None:
    stage.world.app.files._store = Failing(stage, "thumbnail")
    with pytest.raises(FileStoreFailed):
        upload(stage)
    assert stage.state.attachments == {} and len(stage.world.files.keys) == 1
    stage.after(DAY_LONG)
    assert stage.world.app.files.clean_up() == (0, 1)
    assert stage.world.files.keys == set()


# ---------------------------------------------------------------- clean-up


def test_loose_files_are_removed_after_a_day_with_their_thumbnails(stage: Stage) -> None:
    upload(stage)
    stage.after(DAY_LONG)
    assert stage.world.app.files.clean_up() == (0, 0)
    young = upload(stage)
    stage.after(SECOND)
    assert stage.world.app.files.clean_up() == (1, 0)
    assert set(stage.state.attachments) == {young.id}
    assert stage.world.files.keys == {file_key(young.id), file_key(young.id, thumbnail=True)}
    assert stage.world.app.files.clean_up() == (0, 0)


def test_what_belongs_to_something_stays(stage: Stage) -> None:
    file = upload(stage, INSPECTOR)
    claim(stage, file, inspection=an_inspection(stage, InspectionState.DRAFT))
    stage.after(400 * DAY_LONG)
    assert stage.world.app.files.clean_up() == (0, 0)
    assert fetch(stage, INSPECTOR, file.id)


def test_files_without_a_row_are_removed_once_they_are_a_day_old(stage: Stage) -> None:
    store = stage.world.files
    kept = upload(stage, INSPECTOR)
    claim(stage, kept, inspection=an_inspection(stage, InspectionState.DRAFT))
    orphan = file_key(an_attachment("孤儿"))
    for key in (orphan, f"{orphan}-thumbnail", f"{file_key(kept.id)}-incoming-0a1b2c3d", "not-ours"):
        store.put(key, BytesIO(b"x"))
    stage.after(DAY_LONG - SECOND)
    assert stage.world.app.files.clean_up() == (0, 0)
    stage.after(SECOND)
    assert stage.world.app.files.clean_up() == (0, 3)
    assert store.keys == {file_key(kept.id), file_key(kept.id, thumbnail=True), "not-ours"}


def test_more_than_one_chunk_is_removed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "CHUNK", 2)
    for _ in range(5):
        upload(stage, content=a_pdf(), name="a.pdf")
    for n in range(5):
        stage.world.files.put(file_key(an_attachment(f"孤儿{n}")), BytesIO(b"x"))
    stage.after(DAY_LONG + SECOND)
    assert stage.world.app.files.clean_up() == (5, 5)
    assert stage.world.files.keys == set()


def test_expired_tickets_are_forgotten(stage: Stage) -> None:
    token_of(stage, HEAD)
    stage.after(timedelta(minutes=5))
    stage.world.app.files.clean_up()
    assert stage.state.file_tickets == {}


def test_the_schedule_cleans_up_every_night_and_says_what_it_removed(stage: Stage) -> None:
    upload(stage)
    stage.world.app.schedule.tick()
    stage.at("03:30", DAY + 2 * DAY_LONG).world.app.schedule.tick()
    slots = [kept.slot for kept in stage.state.slots.values() if kept.slot.job == "clean-up-files"]
    assert {slot.state for slot in slots} == {SlotState.DONE}
    assert "清理无主附件1个，无记录的文件0个" in {slot.note for slot in slots}
    assert stage.state.attachments == {}
