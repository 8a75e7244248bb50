"""Files that come in: what is kept of them, what is refused, and what becomes of one that the store does not take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import pytest

from yanbao.application.files.tickets import PATH
from yanbao.application.ports.files import FileStoreFailed, StoredFile
from yanbao.domain.files.attachment import LARGEST, MediaType, file_key
from yanbao.domain.files.ticket import TicketInvalid
from yanbao.domain.refusals import FileTooLarge, InvalidValue, Refused

from ...support.accounts import an_account
from ...support.samples import a_document, a_pdf, a_picture
from ...support.world import HEAD, World, a_world
from .filing import FELLOW, INSPECTOR, actions, fetch, token_of, upload

DAY_LONG = timedelta(days=1)


@pytest.fixture
def world() -> World:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_world().settle(INSPECTOR, FELLOW, *accounts)


# ---------------------------------------------------------------- in


def test_what_comes_in_is_kept_with_everything_known_of_it(world: World) -> None:
    content = a_picture("PNG")
    file = upload(world, content=content, name="C:\\照片\\整改后.pdf")
    assert world.state.attachments[file.id] == file
    assert (file.name, file.media_type, file.size) == ("整改后.pdf.png", MediaType.PNG, len(content))
    assert (file.sha256, file.person_id, file.thumbnail) == (sha256(content).hexdigest(), HEAD.id, True)
    assert file.uploaded_at == world.system.clock.now() and file.loose
    assert world.system.files.keys == {file_key(file.id), file_key(file.id, thumbnail=True)}
    assert fetch(world, HEAD, file.id) == content
    assert ("FileUploaded", HEAD.name) in actions(world)


def test_the_id_is_settled_when_the_ticket_is_given_out(world: World) -> None:
    files, actor = world.system.app.files, world.actor(HEAD)
    issued = files.request_upload(actor, name="a.pdf", size=10)
    ticket = files.begin_upload(actor, issued.path.removeprefix(PATH))
    assert files.take_in(actor, ticket, BytesIO(a_pdf())).id == issued.subject_id


def test_a_document_has_no_thumbnail(world: World) -> None:
    file = upload(world, content=a_document(), name="方案.docx")
    assert not file.thumbnail and world.system.files.keys == {file_key(file.id)}
    with pytest.raises(InvalidValue, match="没有缩略图") as refusal:
        fetch(world, HEAD, file.id, thumbnail=True)
    assert refusal.value.field == "thumbnail"


@pytest.mark.parametrize(
    ("size", "refusal"),
    [(LARGEST + 1, FileTooLarge), (21 * 2**20, FileTooLarge), (0, InvalidValue), (-1, InvalidValue)],
)
def test_no_ticket_for_what_would_be_refused(world: World, size: int, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as refused:
        token_of(world, HEAD, size=size)
    assert refused.value.field == "size"
    assert world.state.file_tickets == {}


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
def test_what_is_refused_is_not_kept(world: World, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        upload(world, content=content[: LARGEST + 1])
    assert refusal.value.code == code
    assert world.system.files.keys == set() and world.state.attachments == {}


def test_the_ticket_of_a_refused_file_is_used_up(world: World) -> None:
    files, actor = world.system.app.files, world.actor(HEAD)
    token = token_of(world, HEAD)
    with pytest.raises(Refused):
        files.take_in(actor, files.begin_upload(actor, token), BytesIO(b"text"))
    with pytest.raises(TicketInvalid):
        files.begin_upload(actor, token)


def test_only_the_hash_of_a_ticket_is_kept(world: World) -> None:
    token = token_of(world, HEAD)
    (kept,) = world.state.file_tickets.values()
    assert kept.digest == world.system.app.files._tokens.digest(token)
    assert token not in repr(world.state)


# ---------------------------------------------------------------- a store that fails


class Failing:
    """A store that fails when something with this in its key is put."""

    def __init__(self, world: World, part: str) -> None:
        self._inner, self._part = world.system.files, part

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


def test_without_its_thumbnail_a_picture_is_not_kept_and_what_was_put_is_removed_later(world: World) -> None:
    world.system.app.files._store = Failing(world, "thumbnail")
    with pytest.raises(FileStoreFailed):
        upload(world)
    assert world.state.attachments == {} and len(world.system.files.keys) == 1
    world.after(DAY_LONG)
    assert world.system.app.files.clean_up() == (0, 1)
    assert world.system.files.keys == set()
