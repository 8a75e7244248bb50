"""Names, keys and tickets of files."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.files.attachment import (
    ENDINGS,
    LONGEST_NAME,
    MEDIA_TYPE_NAMES,
    MediaType,
    check_size,
    cleaned_name,
    file_key,
    name_for,
    owner_of,
)
from yanbao.domain.files.ticket import TICKET_LASTS, FileTicket, TicketSubject
from yanbao.domain.refusals import FileTooLarge
from yanbao.domain.values import AccountId, AttachmentId

from ...support.builders import NOW, an_id

ID = AttachmentId(UUID("3f2a0000-1111-4222-8333-444455556666"))
ACCOUNT, SESSION = AccountId(an_id("account", "甲")), an_id("session", "甲")
TICKET = FileTicket(
    digest="d",
    account_id=ACCOUNT,
    session_id=SESSION,
    upload=True,
    subject=TicketSubject.ATTACHMENT,
    subject_id=ID,
    expires_at=NOW + TICKET_LASTS,
    name="图.png",
)


def test_every_media_type_has_its_name_and_ending() -> None:
    assert set(MEDIA_TYPE_NAMES) == set(ENDINGS) == set(MediaType)
    assert {kind for kind in MediaType if kind.is_picture} == {MediaType.JPEG, MediaType.PNG, MediaType.WEBP}


def test_a_file_has_twenty_megabytes_and_not_a_byte_more() -> None:
    check_size(20 * 2**20)
    with pytest.raises(FileTooLarge, match="附件最大20MB，请压缩后再上传。") as refusal:
        check_size(20 * 2**20 + 1, field="size")
    assert refusal.value.field == "size"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("现场照片 1.JPG", "现场照片 1.JPG"),
        ("整改  前\t后.png", "整改 前 后.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\桌面\\验收单.pdf", "验收单.pdf"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("a\x00b\x1b[31m.pdf", "ab[31m.pdf"),
        ('<script>"x"|?*:.png', "_script__x_____.png"),
        (".htaccess", "htaccess"),
        ("名字.", "名字"),
        ("e\u0301.pdf", "é.pdf"),
        ("\ud800.pdf", "pdf"),
        ("", "附件"),
        ("  /  ", "附件"),
        ("...", "附件"),
    ],
)
def test_names_are_cleaned(raw: str, name: str) -> None:
    assert cleaned_name(raw) == name


def test_a_long_name_keeps_its_ending() -> None:
    assert cleaned_name("长" * 300 + ".jpeg") == "长" * (LONGEST_NAME - 5) + ".jpeg"
    assert cleaned_name("长" * 300) == "长" * LONGEST_NAME
    assert cleaned_name("x." + "长" * 300) == "x." + "长" * (LONGEST_NAME - 2)


@given(st.text())
def test_whatever_is_typed_becomes_a_name_that_can_be_shown_and_stored(raw: str) -> None:
    name = cleaned_name(raw)
    assert 1 <= len(name) <= LONGEST_NAME
    assert not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c).startswith("C") for c in name)
    assert name.strip(" ") == name
    name.encode()


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("图.png", MediaType.PNG, "图.png"),
        ("图.PNG", MediaType.PNG, "图.PNG"),
        ("照片.jpeg", MediaType.JPEG, "照片.jpeg"),
        ("图.pdf", MediaType.PNG, "图.pdf.png"),
        ("安装.exe", MediaType.PDF, "安装.exe.pdf"),
        ("台账", MediaType.XLSX, "台账.xlsx"),
    ],
)
def test_the_ending_of_a_name_tells_the_truth(name: str, kind: MediaType, shown: str) -> None:
    assert name_for(name, kind) == shown


def test_keys_speak_of_the_attachment_and_of_nothing_that_was_typed() -> None:
    assert file_key(ID) == "3f2a0000111142228333444455556666"
    assert file_key(ID, thumbnail=True) == "3f2a0000111142228333444455556666-thumbnail"
    assert owner_of(file_key(ID)) == owner_of(file_key(ID, thumbnail=True)) == ID
    assert owner_of(f"{file_key(ID)}-incoming-0a1b") == ID


@pytest.mark.parametrize("key", ["", "readme", "3f2a", "3f2a0000111142228333444455556666ff", "backup-3f2a"])
def test_what_others_have_put_there_is_nobodys(key: str) -> None:
    assert owner_of(key) is None


def test_a_ticket_holds_for_its_account_and_its_way_until_it_expires_or_is_used() -> None:
    assert TICKET.holds(SESSION, upload=True, now=NOW)
    assert TICKET.holds(SESSION, upload=True, now=TICKET.expires_at - timedelta(microseconds=1))
    assert not TICKET.holds(SESSION, upload=True, now=TICKET.expires_at)
    assert not TICKET.holds(SESSION, upload=False, now=NOW)
    assert not TICKET.holds(an_id("session", "乙"), upload=True, now=NOW)
    assert not replace(TICKET, used_at=NOW).holds(SESSION, upload=True, now=NOW)
