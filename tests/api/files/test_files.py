"""Sending and fetching files over HTTP: what passes, what is refused in which words, and that nothing is left of the latter."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from anyio import to_thread
from PIL import Image
from starlette.requests import ClientDisconnect

from yanbao.adapters.files import routes
from yanbao.adapters.files.contents import CheckedContents
from yanbao.adapters.files.routes import GIVEN_OUT_AT_ONCE, MEDIA_TYPES
from yanbao.application.ports.files import FileMissing, FileStoreFailed
from yanbao.domain.files.attachment import LARGEST, MediaType

from ...support.asking import Somebody, World, a_world
from ...support.patience import FOR_EVER, PATIENCE
from ...support.samples import SAMPLES, WORD_WITH_MACROS, a_document, a_pdf, a_photo, saved, stored
from .filing import (
    INVALID,
    NOTHING,
    REQUEST_UPLOAD,
    address_of,
    call,
    download,
    kept,
    refusal,
    ticket,
    upload,
)


@pytest.fixture
def world() -> World:
    return a_world(enterprises=6)


@pytest.fixture
def inspector(world: World) -> Somebody:
    return world("city-inspector")


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("kind", MediaType)
def test_every_kind_goes_there_and_comes_back(inspector: Somebody, kind: MediaType) -> None:
    content, name = SAMPLES[kind], f"整改 资料.{kind.value.lower()}"
    url, id = ticket(inspector, name, len(content))
    answer = call(inspector, "PUT", url, content)
    assert (answer.status_code, answer.json()["mediaType"]) == (201, kind.value)
    back = download(inspector, id)
    assert (back.status_code, back.content) == (200, content)
    assert back.headers["content-type"] == MEDIA_TYPES[kind]
    assert back.headers["content-length"] == str(len(content))
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["cache-control"] == "private, no-store"
    assert "sandbox" in back.headers["content-security-policy"]
    assert back.headers["content-disposition"].startswith("attachment; ")


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    """Sent without saying how much is to come."""
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


@pytest.mark.parametrize("framed", [bytes, in_pieces], ids=["with its length", "in pieces"])
def test_20_megabytes_pass_and_a_byte_more_does_not(
    world: World, inspector: Somebody, framed: Callable[[bytes], Any]
) -> None:
    content = a_pdf()[:-6] + b"\n" * (LARGEST - len(a_pdf())) + a_pdf()[-6:]
    assert len(content) == LARGEST
    url, _ = ticket(inspector, "大.pdf", LARGEST)
    answer = call(inspector, "PUT", url, framed(content + b"\n"))
    assert refusal(answer)[:2] == (413, "FILE_TOO_LARGE") and kept(world.system) == NOTHING
    url, id = ticket(inspector, "大.pdf", LARGEST)
    assert call(inspector, "PUT", url, framed(content)).status_code == 201
    assert download(inspector, id).content == content


def test_a_png_that_is_called_pdf_is_a_png(inspector: Somebody) -> None:
    id = upload(inspector, name="图纸.pdf")
    found = inspector.ask(
        "query($id: ID!) { node(id: $id) { ... on Attachment { name mediaType size thumbnail } } }", id=id
    )
    size = len(SAMPLES[MediaType.PNG])
    assert found["node"] == {"name": "图纸.pdf.png", "mediaType": "PNG", "size": size, "thumbnail": True}
    assert download(inspector, id).headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ("整改前后对比（一）.png", "整改前后对比（一）.png"),
        ("é ü ñ 100% #1;a=b.png", "é ü ñ 100% #1;a=b.png"),
        ("🎆烟花.png", "🎆烟花.png"),
        ('a"; filename=evil.exe', "a_; filename=evil.exe.png"),
        ("a\r\nset-cookie: x=y.png", "a set-cookie_ x=y.png"),
        ("../../passwd", "passwd.png"),
        ("", "附件.png"),
    ],
)
def test_names_in_every_writing_come_back_and_break_no_header(
    inspector: Somebody, sent: str, named: str
) -> None:
    back = download(inspector, upload(inspector, name=sent))
    disposition = back.headers["content-disposition"]
    assert "set-cookie" not in back.headers and disposition.isascii()
    plain, encoded = disposition.removeprefix('attachment; filename="').split("\"; filename*=UTF-8''")
    assert unquote(encoded) == named
    assert plain == "".join(c if c.isascii() and c != "%" else "_" for c in named)


@pytest.mark.parametrize("hidden", [b"<html><script>alert(1)</script>", a_document()], ids=["page", "zip"])
def test_what_hides_behind_a_picture_is_saved_as_a_picture_and_never_run(
    inspector: Somebody, hidden: bytes
) -> None:
    id = upload(inspector, SAMPLES[MediaType.PNG] + hidden, name="报告.html")
    back, small = download(inspector, id), download(inspector, id, thumbnail=True)
    assert back.headers["content-type"] == "image/png"
    assert back.headers["content-disposition"].startswith('attachment; filename="__.html.png"')
    for answer in (back, small):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert small.content[:3] == b"\xff\xd8\xff" and hidden not in small.content


def test_a_thumbnail_is_shown_and_the_picture_itself_is_saved(inspector: Somebody) -> None:
    id = upload(inspector, a_photo(), name="现场.jpg")
    small = download(inspector, id, thumbnail=True)
    assert small.headers["content-disposition"] == "inline"
    assert small.headers["content-type"] == "image/jpeg"
    assert small.headers["x-content-type-options"] == "nosniff"
    with Image.open(BytesIO(small.content)) as picture:
        assert picture.size == (300, 480) and not picture.getexif()
    with Image.open(BytesIO(a_photo())) as photo:
        assert photo.getexif().get_ifd(0x8825), "the telephone says where it was taken"
    back = download(inspector, id).content
    with Image.open(BytesIO(back)) as picture:
        assert picture.size == (400, 640) and not picture.getexif(), "the stored photo does not"
    assert back == stored(a_photo())


def test_a_browser_s_cookie_does_as_well_as_a_token(world: World, inspector: Somebody) -> None:
    browser = Somebody(world.system, None, cookies={"yanbao_session": inspector.token or ""})
    id = upload(browser)
    assert download(browser, id).content == SAMPLES[MediaType.PNG]


# ---------------------------------------------------------------- what is refused


def test_a_file_of_21_megabytes_in_pieces_is_refused_and_nothing_is_left(
    world: World, inspector: Somebody
) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(21):
            sent += 1
            yield b"\0" * 2**20

    url, _ = ticket(inspector)
    answer = call(inspector, "PUT", url, pieces())
    assert refusal(answer) == (413, "FILE_TOO_LARGE", "附件最大20MB，请压缩后再上传。")
    assert answer.headers["connection"] == "close"
    assert kept(world.system) == NOTHING
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)


def test_a_file_that_says_it_is_too_large_is_not_even_read(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    answer = call(inspector, "PUT", url, b"", **{"content-length": str(LARGEST + 1)})
    assert refusal(answer)[:2] == (413, "FILE_TOO_LARGE")
    assert kept(world.system) == NOTHING


def test_no_ticket_is_given_for_a_file_that_is_too_large(inspector: Somebody) -> None:
    for size in (LARGEST + 1, 21 * 2**20):
        code, sentence, field = inspector.refusal(REQUEST_UPLOAD, name="大.png", size=size)
        assert (code, field) == ("FILE_TOO_LARGE", "size") and "20MB" in sentence


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("照片.png", b"this is no picture", 415, "FILE_TYPE_NOT_ALLOWED"),
        ("照片.png", SAMPLES[MediaType.PNG][:200], 422, "PICTURE_UNREADABLE"),
        ("照片.jpg", b"\xff\xd8\xff" + b"\0" * 500, 422, "PICTURE_UNREADABLE"),
        ("程序.pdf", b"MZ\x90\x00", 415, "FILE_TYPE_NOT_ALLOWED"),
        ("页面.pdf", b"<html><script>alert(1)</script>", 415, "FILE_TYPE_NOT_ALLOWED"),
        ("矢量.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "FILE_TYPE_NOT_ALLOWED"),
        ("大图.png", saved(Image.new("1", (10_000, 8_000)), "PNG"), 422, "PICTURE_UNREADABLE"),
        ("方案.docx", a_document(**{"a.xml": b"\0" * 30 * 2**20}), 422, "DOCUMENT_UNREADABLE"),
        ("方案.docx", a_document()[:-40], 422, "DOCUMENT_UNREADABLE"),
        ("方案.docx", a_document(WORD_WITH_MACROS), 422, "ACTIVE_CONTENT"),
        ("方案.pdf", a_pdf(root=b"/OpenAction << /S /JavaScript /JS (x) >>"), 422, "ACTIVE_CONTENT"),
        ("空.png", b"", 415, "FILE_TYPE_NOT_ALLOWED"),
    ],
)
def test_what_is_not_what_it_must_be_is_refused_and_nothing_is_left(
    world: World, inspector: Somebody, name: str, content: bytes, status: int, code: str
) -> None:
    url, id = ticket(inspector, name)
    assert refusal(call(inspector, "PUT", url, content))[:2] == (status, code)
    assert kept(world.system) == NOTHING
    assert inspector.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_a_body_that_breaks_off_leaves_nothing_and_its_ticket_is_used(
    world: World, inspector: Somebody
) -> None:
    url, _ = ticket(inspector)
    content = SAMPLES[MediaType.PNG]
    messages = iter(
        [
            {"type": "http.request", "body": content[:100], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        answered.append(message)

    headers = [(b"authorization", f"Bearer {inspector.token}".encode())]
    scope = {"type": "http", "method": "PUT", "path": url, "headers": headers, "query_string": b""}
    asyncio.run(world.system.asgi()(scope, receive, send))
    assert answered[0]["status"] == 400
    assert kept(world.system) == NOTHING
    assert refusal(call(inspector, "PUT", url, content)) == (403, *INVALID)


def test_an_upload_that_drips_is_ended_and_leaves_nothing(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "RECEIVING_SECONDS", 0.2)
    url, _ = ticket(inspector)

    async def dripping() -> AsyncIterator[bytes]:
        for byte in SAMPLES[MediaType.PNG]:
            yield bytes([byte])
            await asyncio.sleep(0.05)

    assert refusal(call(inspector, "PUT", url, dripping()))[:2] == (408, "UPLOAD_TOO_SLOW")
    assert kept(world.system) == NOTHING


# ---------------------------------------------------------------- when the store fails


def test_a_store_that_fails_is_said_to_be_away_and_may_be_tried_again(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = upload(inspector)
    before = kept(world.system)

    def fail(*_: object) -> None:
        raise FileStoreFailed("full")

    monkeypatch.setattr(world.system.files, "put", fail)
    monkeypatch.setattr(world.system.files, "open", fail)
    away = (503, "FILE_STORE_UNAVAILABLE", "文件暂时无法存取，请稍后再试。")
    assert refusal(call(inspector, "PUT", ticket(inspector)[0], SAMPLES[MediaType.PNG])) == away
    assert refusal(download(inspector, id)) == away
    assert kept(world.system) == before


def test_a_lost_file_is_said_to_be_lost(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = upload(inspector)

    def lost(*_: object) -> None:
        raise FileMissing("gone")

    monkeypatch.setattr(world.system.files, "open", lost)
    answer = download(inspector, id)
    assert refusal(answer) == (404, "NOT_FOUND", "文件已丢失，请联系系统管理员。")


def test_a_file_is_closed_however_its_download_ends(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = address_of(inspector, upload(inspector))
    opened: list[BytesIO] = []
    real: Callable[[str], Any] = world.system.files.open

    def remember(key: str) -> Any:
        opened.append(real(key))
        return opened[-1]

    monkeypatch.setattr(world.system.files, "open", remember)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise OSError("the line is cut")

    headers = [(b"authorization", f"Bearer {inspector.token}".encode())]
    scope = {"type": "http", "method": "GET", "path": out, "headers": headers, "query_string": b""}
    with pytest.raises(ClientDisconnect):
        asyncio.run(world.system.asgi()({**scope, "asgi": {"spec_version": "2.4"}}, receive, send))
    (file,) = opened
    assert file.closed


def test_a_store_that_does_not_answer_keeps_nobody_else_waiting(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [address_of(inspector, upload(inspector)) for _ in range(6)]
    headers = {"authorization": f"Bearer {inspector.token}"}
    answers, asked = threading.Event(), threading.Semaphore(0)
    real = world.system.files.open

    def slow(key: str) -> Any:
        asked.release()
        answers.wait(FOR_EVER)
        return real(key)

    monkeypatch.setattr(world.system.files, "open", slow)

    async def ask() -> list[httpx.Response]:
        to_thread.current_default_thread_limiter().total_tokens = 2
        transport = httpx.ASGITransport(app=world.system.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            fetching = [asyncio.create_task(http.get(address)) for address in addresses]
            try:
                for _ in range(GIVEN_OUT_AT_ONCE):
                    assert await asyncio.to_thread(asked.acquire, timeout=PATIENCE)
                async with asyncio.timeout(PATIENCE):
                    found = await http.post("/graphql", json={"query": "{ viewer { name } }"})
                assert found.json()["data"]["viewer"]["name"]
                assert not any(each.done() for each in fetching)
            finally:
                answers.set()
            return await asyncio.gather(*fetching)

    assert {answer.status_code for answer in asyncio.run(ask())} == {200}


def test_others_are_served_while_a_large_picture_is_looked_into(
    world: World, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(Image.new("RGB", (8000, 4000), "red"), "WEBP", lossless=True, method=0)
    begun, enough = threading.Event(), threading.Event()
    examine = CheckedContents.examine

    def taking_its_time(contents: CheckedContents, body: Any) -> Any:
        begun.set()
        assert enough.wait(PATIENCE), "nobody else is served"
        return examine(contents, body)

    monkeypatch.setattr(CheckedContents, "examine", taking_its_time)
    url, _ = ticket(inspector, size=len(content))
    headers = {"authorization": f"Bearer {inspector.token}"}

    async def ask() -> int:
        transport = httpx.ASGITransport(app=world.system.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            sending = asyncio.create_task(http.put(url, content=content))
            assert await asyncio.to_thread(begun.wait, PATIENCE)
            for _ in range(5):
                found = await http.post("/graphql", json={"query": "{ viewer { name } }"})
                assert found.json()["data"]["viewer"]["name"]
            enough.set()
            return (await sending).status_code

    assert asyncio.run(ask()) == 201
