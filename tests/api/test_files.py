"""Sending and fetching files over HTTP: what passes, what is refused in which words, and that nothing is left of the latter."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import uvicorn
from PIL import Image
from starlette.requests import ClientDisconnect

from yanbao.adapters.demo.province import build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.files.routes import MEDIA_TYPES
from yanbao.adapters.sql.migrations import upgrade
from yanbao.application.identity import LogIn
from yanbao.application.ports.files import FileMissing, FileStoreFailed
from yanbao.domain.attachment import LARGEST, Attachment, MediaType
from yanbao.domain.deadlines import business_date
from yanbao.domain.events import Client
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..support.samples import a_document, a_pdf, a_photo, a_picture, a_workbook
from ..support.system import PASSWORD, World
from .areas.asking import Scene, Somebody, a_scene
from .areas.issuing import to_the_factory
from .areas.test_problems import step

REQUEST_UPLOAD = "mutation($name: String!, $size: Int!) { requestUpload(name: $name, size: $size) @ }"
REQUEST_DOWNLOAD = (
    "mutation($id: ID!, $thumbnail: Boolean!) { requestDownload(id: $id, thumbnail: $thumbnail) @ }"
)
SAMPLES = {
    MediaType.JPEG: a_picture("JPEG"),
    MediaType.PNG: a_picture("PNG"),
    MediaType.WEBP: a_picture("WEBP"),
    MediaType.PDF: a_pdf(),
    MediaType.DOCX: a_document(),
    MediaType.XLSX: a_workbook(),
}
INVALID = ("TICKET_INVALID", "文件凭证无效：可能已使用、已过期或不属于当前账号，请重新申请。")

Body = bytes | AsyncIterator[bytes]


@pytest.fixture
def scene() -> Scene:
    return a_scene(enterprises=6)


@pytest.fixture
def inspector(scene: Scene) -> Somebody:
    return scene("city-inspector")


def call(who: Somebody, method: str, url: str, body: Body | None = None, **headers: str) -> httpx.Response:
    """One request to the whole application, with the person's token unless another one is given."""
    if who.token is not None:
        headers.setdefault("authorization", f"Bearer {who.token}")

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=who.world.asgi())
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", cookies=who.cookies
        ) as http:
            return await http.request(method, url, content=body, headers=headers)

    return asyncio.run(send())


def ticket(who: Somebody, name: str = "图.png", size: int = 1000) -> tuple[str, str]:
    """(address, global id of the attachment)"""
    ready = who.change(
        REQUEST_UPLOAD, "... on UploadReady { url attachmentId expiresAt }", name=name, size=size
    )
    return ready["url"], ready["attachmentId"]


def upload(who: Somebody, content: bytes = SAMPLES[MediaType.PNG], name: str = "图.png") -> str:
    """The global id of what has been uploaded."""
    url, id = ticket(who, name, len(content))
    answer = call(who, "PUT", url, content)
    assert answer.status_code == 201, answer.text
    return id


def address_of(who: Somebody, id: str, *, thumbnail: bool = False) -> str:
    ready = who.change(REQUEST_DOWNLOAD, "... on DownloadReady { url expiresAt }", id=id, thumbnail=thumbnail)
    return str(ready["url"])


def download(who: Somebody, id: str, *, thumbnail: bool = False) -> httpx.Response:
    return call(who, "GET", address_of(who, id, thumbnail=thumbnail))


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """(status, code, sentence); a refusal is JSON with these two and nothing else."""
    body = answer.json()
    assert set(body) == {"code", "message"} and answer.headers["cache-control"] == "private, no-store"
    return answer.status_code, body["code"], body["message"]


def kept(world: World) -> tuple[list[Attachment], frozenset[str]]:
    return list(world.storage.landed.attachments.values()), world.files.keys  # type: ignore[attr-defined]


NOTHING: tuple[list[Attachment], frozenset[str]] = ([], frozenset())


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


def test_the_largest_file_that_is_allowed_passes_in_pieces(inspector: Somebody) -> None:
    content = a_pdf()[:-6] + b"\n" * (LARGEST - len(a_pdf())) + a_pdf()[-6:]
    assert len(content) == LARGEST

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, LARGEST, 65_536):
            yield content[start : start + 65_536]

    url, id = ticket(inspector, "大.pdf", LARGEST)
    assert call(inspector, "PUT", url, pieces()).status_code == 201
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


def test_a_thumbnail_is_shown_and_the_picture_itself_is_saved(inspector: Somebody) -> None:
    id = upload(inspector, a_photo(), name="现场.jpg")
    small = download(inspector, id, thumbnail=True)
    assert small.headers["content-disposition"] == "inline"
    assert small.headers["content-type"] == "image/jpeg"
    assert small.headers["x-content-type-options"] == "nosniff"
    with Image.open(BytesIO(small.content)) as picture:
        assert picture.size == (300, 480) and not picture.getexif()
    assert download(inspector, id).content == a_photo()


def test_a_browser_s_cookie_does_as_well_as_a_token(scene: Scene, inspector: Somebody) -> None:
    browser = Somebody(scene.world, None, cookies={"yanbao_session": inspector.token or ""})
    id = upload(browser)
    assert download(browser, id).content == SAMPLES[MediaType.PNG]


# ---------------------------------------------------------------- what is refused


def test_a_file_of_21_megabytes_in_pieces_is_refused_and_nothing_is_left(
    scene: Scene, inspector: Somebody
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
    assert kept(scene.world) == NOTHING
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)


def test_a_file_that_says_it_is_too_large_is_not_even_read(scene: Scene, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    answer = call(inspector, "PUT", url, b"", **{"content-length": str(LARGEST + 1)})
    assert refusal(answer)[:2] == (413, "FILE_TOO_LARGE")
    assert kept(scene.world) == NOTHING


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
        ("方案.docx", a_document()[:-40], 422, "DOCUMENT_UNREADABLE"),
        ("空.png", b"", 415, "FILE_TYPE_NOT_ALLOWED"),
    ],
)
def test_what_is_not_what_it_must_be_is_refused_and_nothing_is_left(
    scene: Scene, inspector: Somebody, name: str, content: bytes, status: int, code: str
) -> None:
    url, id = ticket(inspector, name)
    assert refusal(call(inspector, "PUT", url, content))[:2] == (status, code)
    assert kept(scene.world) == NOTHING
    assert inspector.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_a_body_that_breaks_off_leaves_nothing_and_its_ticket_is_used(
    scene: Scene, inspector: Somebody
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
    asyncio.run(scene.world.asgi()(scope, receive, send))
    assert answered[0]["status"] == 400
    assert kept(scene.world) == NOTHING
    assert refusal(call(inspector, "PUT", url, content)) == (403, *INVALID)


# ---------------------------------------------------------------- tickets


def test_a_ticket_is_used_once(scene: Scene, inspector: Somebody) -> None:
    url, id = ticket(inspector)
    assert call(inspector, "PUT", url, SAMPLES[MediaType.PNG]).status_code == 201
    before = kept(scene.world)
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.JPEG])) == (403, *INVALID)
    assert kept(scene.world) == before
    out = address_of(inspector, id)
    assert call(inspector, "GET", out).status_code == 200
    assert refusal(call(inspector, "GET", out)) == (403, *INVALID)


def test_a_ticket_is_of_no_use_to_another(scene: Scene, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    for username in ("county-head", "province-head", "enterprise-head"):
        assert refusal(call(scene(username), "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)
    assert kept(scene.world) == NOTHING
    assert call(inspector, "PUT", url, SAMPLES[MediaType.PNG]).status_code == 201


def test_without_a_session_a_ticket_is_nothing(scene: Scene, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    for method in ("PUT", "GET"):
        assert refusal(call(scene.nobody, method, url, b"x")) == (401, "UNAUTHENTICATED", "请先登录。")
    assert refusal(call(Somebody(scene.world, "no-such-token"), "PUT", url, b"x"))[1] == "UNAUTHENTICATED"
    inspector.change("mutation { logOut @ }")
    assert refusal(call(inspector, "PUT", url, b"x"))[:2] == (401, "UNAUTHENTICATED")
    assert kept(scene.world) == NOTHING


def test_a_ticket_expires(scene: Scene, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    scene.world.clock.moment += timedelta(minutes=5)
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)


def test_a_ticket_is_one_way(scene: Scene, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    assert refusal(call(inspector, "GET", url)) == (403, *INVALID)
    out = address_of(inspector, upload(inspector))
    before = kept(scene.world)
    assert refusal(call(inspector, "PUT", out, SAMPLES[MediaType.JPEG])) == (403, *INVALID)
    assert kept(scene.world) == before


def test_looking_at_the_head_does_not_use_a_ticket_up(inspector: Somebody) -> None:
    out = address_of(inspector, upload(inspector))
    assert call(inspector, "HEAD", out).status_code == 405
    assert call(inspector, "POST", out).status_code == 405
    assert call(inspector, "GET", out).status_code == 200


@pytest.mark.parametrize("path", ["/files/", "/files/x/y", "/files"])
def test_beside_a_ticket_there_is_nothing(inspector: Somebody, path: str) -> None:
    assert call(inspector, "GET", path).status_code == 404


# ---------------------------------------------------------------- who may


def test_a_loose_file_is_its_uploaders_alone(scene: Scene, inspector: Somebody) -> None:
    id = upload(inspector)
    for username in ("city-head", "province-head", "county-head", "enterprise-head"):
        other = scene(username)
        assert other.refusal(REQUEST_DOWNLOAD, id=id, thumbnail=False) == (
            "NOT_FOUND",
            "没有找到附件，或您无权查看。",
            "id",
        )
        assert other.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_administrators_have_nothing_to_do_with_files(scene: Scene, username: str) -> None:
    assert scene(username).refusal(REQUEST_UPLOAD, name="a.png", size=1)[0] == "FORBIDDEN"


def test_the_files_of_a_feedback_are_fetched_by_whoever_sees_its_problem(scene: Scene) -> None:
    problem, head = to_the_factory(scene), scene("enterprise-head")
    ids = [upload(head, content) for content in (a_photo(), a_picture("PNG"))]
    form = {"situation": "属实", "measures": "加固", "progress": "过半", "plannedOn": "2026-11-30"}
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    saved = step(head, "reportProblemProgress", problem, 3, feedback=form | {"attachments": ids})
    assert saved["__typename"] == "ProblemSaved", saved
    query = """query($id: ID!) { node(id: $id) { ... on Problem {
        attachments { id } feedbacks { attachments { id name mediaType thumbnail } } } } }"""
    for username in ("enterprise-head", "county-duty", "city-head", "province-head"):
        found = scene(username).ask(query, id=problem)["node"]
        assert found["attachments"] == []
        assert [file["id"] for file in found["feedbacks"][0]["attachments"]] == ids
        assert download(scene(username), ids[0]).content == a_photo()
    for username in ("ent-0002", "ent-0003"):
        assert scene(username).refusal(REQUEST_DOWNLOAD, id=ids[0], thumbnail=True)[0] == "NOT_FOUND"


def test_a_feedback_with_somebody_elses_file_is_refused_and_nothing_of_it_is_kept(scene: Scene) -> None:
    problem, head = to_the_factory(scene), scene("enterprise-head")
    mine, theirs = upload(head), upload(scene("ent-0002"))
    form = {"situation": "属实", "measures": "加固", "outcome": "已整改"}
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    answer = step(head, "feedBackProblem", problem, 3, feedback=form | {"attachments": [mine, theirs]})
    assert (answer["code"], answer["field"]) == ("NOT_FOUND", "attachments")
    assert all(file.loose for file in scene.state.attachments.values())
    state = head.ask("query($id: ID!) { node(id: $id) { ... on Problem { state } } }", id=problem)
    assert state["node"] == {"state": "RECTIFYING"}


def test_a_document_has_no_thumbnail(inspector: Somebody) -> None:
    id = upload(inspector, a_pdf(), name="a.pdf")
    assert inspector.refusal(REQUEST_DOWNLOAD, id=id, thumbnail=True) == (
        "BAD_USER_INPUT",
        "该附件不是图片，没有缩略图。",
        "thumbnail",
    )


# ---------------------------------------------------------------- when the store fails


def test_a_store_that_fails_is_said_to_be_away_and_may_be_tried_again(
    scene: Scene, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = upload(inspector)
    before = kept(scene.world)

    def fail(*_: object) -> None:
        raise FileStoreFailed("full")

    monkeypatch.setattr(scene.world.files, "put", fail)
    monkeypatch.setattr(scene.world.files, "open", fail)
    away = (503, "FILE_STORE_UNAVAILABLE", "附件暂时无法存取，请稍后再试。")
    assert refusal(call(inspector, "PUT", ticket(inspector)[0], SAMPLES[MediaType.PNG])) == away
    assert refusal(download(inspector, id)) == away
    assert kept(scene.world) == before


def test_a_lost_file_is_said_to_be_lost(
    scene: Scene, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = upload(inspector)

    def lost(*_: object) -> None:
        raise FileMissing("gone")

    monkeypatch.setattr(scene.world.files, "open", lost)
    answer = download(inspector, id)
    assert refusal(answer) == (404, "NOT_FOUND", "附件的文件已丢失，请联系系统管理员。")


def test_a_file_is_closed_however_its_download_ends(
    scene: Scene, inspector: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = address_of(inspector, upload(inspector))
    opened: list[BytesIO] = []
    real: Callable[[str], Any] = scene.world.files.open

    def remember(key: str) -> Any:
        opened.append(real(key))
        return opened[-1]

    monkeypatch.setattr(scene.world.files, "open", remember)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise OSError("the line is cut")

    headers = [(b"authorization", f"Bearer {inspector.token}".encode())]
    scope = {"type": "http", "method": "GET", "path": out, "headers": headers, "query_string": b""}
    with pytest.raises(ClientDisconnect):
        asyncio.run(scene.world.asgi()({**scope, "asgi": {"spec_version": "2.4"}}, receive, send))
    (file,) = opened
    assert file.closed


# ---------------------------------------------------------------- the real thing


@pytest.fixture
def server(scene: Scene) -> Iterator[int]:
    """The port of a real server."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(scene.world.asgi(), log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    running.should_exit = True
    thread.join(timeout=10)


@pytest.mark.parametrize("framing", ["content-length: 100000", "transfer-encoding: chunked"])
def test_a_line_that_is_cut_half_way_leaves_nothing(
    scene: Scene, inspector: Somebody, server: int, framing: str
) -> None:
    url, _ = ticket(inspector, size=100_000)
    content = SAMPLES[MediaType.PNG]
    half = content if "length" in framing else b"%x\r\n%s\r\n" % (len(content), content)
    with closing(socket.create_connection(("127.0.0.1", server))) as line:
        head = (
            f"PUT {url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {inspector.token}\r\n{framing}\r\n\r\n"
        )
        line.sendall(head.encode() + half)
        until = time.monotonic() + 5
        while not [t for t in scene.state.file_tickets.values() if t.used_at]:
            assert time.monotonic() < until, "the upload has not begun"
            time.sleep(0.01)
    time.sleep(0.2)
    assert kept(scene.world) == NOTHING


def test_files_go_through_the_whole_system(tmp_path: Path) -> None:
    """SQLite, a folder and the routes of the real application."""
    system = wire(Settings(var=tmp_path, embedded=False))
    upgrade(system.engine)
    now = system.clock.now()
    province = build_province(enterprises=2, today=business_date(now))
    digest = system.app.identity.hasher.hash(PASSWORD)
    seed(system.storage, province, password_digest=digest, at=now)
    token = system.app.identity.log_in(LogIn("city-inspector", PASSWORD, Client.APP)).token
    content = a_photo()

    async def walk() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app=asgi(system))
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:

            async def ask(query: str, **variables: Any) -> Any:
                answer = await http.post("/graphql", json={"query": query, "variables": variables})
                return next(iter(answer.json()["data"].values()))

            into = await ask(
                REQUEST_UPLOAD.replace("@", "{ ... on UploadReady { url attachmentId } }"),
                name="现场.jpg",
                size=len(content),
            )
            put = await http.put(into["url"], content=content)
            out = await ask(
                REQUEST_DOWNLOAD.replace("@", "{ ... on DownloadReady { url } }"),
                id=into["attachmentId"],
                thumbnail=False,
            )
            return put, await http.get(out["url"])

    put, got = asyncio.run(walk())
    assert put.json() == {"code": "OK", "name": "现场.jpg", "mediaType": "JPEG", "size": len(content)}
    assert got.content == content
    stored = sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert len(stored) == 2 and stored[1] == f"{stored[0]}-thumbnail"
    system.close()
