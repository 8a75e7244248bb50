"""Files on a real server and in the whole system: lines that are cut, a database and a folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from yanbao.adapters.demo.province import build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.files.memory import MemoryFile
from yanbao.application.identity.log_in import LogIn
from yanbao.application.ports.files import FileStoreFailed
from yanbao.domain.deadlines import business_date
from yanbao.domain.files.attachment import MediaType
from yanbao.domain.values import Client
from yanbao.main import asgi
from yanbao.settings import FileStoreKind, Settings
from yanbao.wiring import wire

from ...support.asking import Somebody, World, a_world
from ...support.databases import add_tables
from ...support.dates import start_clock
from ...support.patience import PATIENCE, until
from ...support.s3 import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, s3_stand_in
from ...support.samples import SAMPLES, a_pdf, a_photo
from ...support.samples import stored as what_is_kept_of
from ...support.serving import serving
from ...support.system import PASSWORD
from .filing import NOTHING, REQUEST_DOWNLOAD, REQUEST_UPLOAD, address_of, kept, ticket, upload


@pytest.fixture
def world() -> World:
    return a_world(enterprises=6)


@pytest.fixture
def inspector(world: World) -> Somebody:
    return world("city-inspector")


# ---------------------------------------------------------------- the real thing


@pytest.fixture
def server(world: World) -> Iterator[int]:
    """The port of a real server."""
    with serving(world.system) as port:
        yield port


def test_a_file_of_21_megabytes_hears_why_it_is_refused(
    world: World, inspector: Somebody, server: int
) -> None:
    """Also who does not wait for an answer before sending all of it, as browsers do."""
    content = SAMPLES[MediaType.PNG] + bytes(21 * 2**20)
    for framing in (f"content-length: {len(content)}", "transfer-encoding: chunked"):
        url, _ = ticket(inspector)
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content) if "chunked" in framing else content
        with closing(socket.create_connection(("127.0.0.1", server), timeout=PATIENCE)) as line:
            head = f"PUT {url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {inspector.token}\r\n{framing}\r\n\r\n"
            line.sendall(head.encode() + body)
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 413 ") and b"FILE_TOO_LARGE" in answer, framing
        assert kept(world.system) == NOTHING


@pytest.mark.parametrize("framing", ["content-length: 100000", "transfer-encoding: chunked"])
def test_a_line_that_is_cut_half_way_leaves_nothing(world: World, inspector: Somebody, framing: str) -> None:
    url, _ = ticket(inspector, size=100_000)
    content = SAMPLES[MediaType.PNG]
    half = content if "length" in framing else b"%x\r\n%s\r\n" % (len(content), content)
    # When the server has ended, so has all that it was doing.
    with serving(world.system) as port, closing(socket.create_connection(("127.0.0.1", port))) as line:
        head = (
            f"PUT {url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {inspector.token}\r\n{framing}\r\n\r\n"
        )
        line.sendall(head.encode() + half)
        until(lambda: [t for t in world.state.file_tickets.values() if t.used_at], "the upload has not begun")
    assert kept(world.system) == NOTHING


def test_a_store_that_breaks_off_half_way_is_noticed_by_who_is_fetching(
    world: World, inspector: Somebody, server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = address_of(inspector, upload(inspector, a_pdf() + bytes(600_000) + b"%%EOF"))
    real = world.system.files.open

    class BreakingOff(MemoryFile):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise FileStoreFailed("away")
            return super().read(size)

    monkeypatch.setattr(world.system.files, "open", lambda key: BreakingOff(real(key).read()))
    headers = {"authorization": f"Bearer {inspector.token}"}
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{server}{out}", headers=headers, trust_env=False, timeout=PATIENCE)


@pytest.fixture(params=["local", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Settings, Callable[[], set[str]]]]:
    """Settings with this store, and the keys of what lies in it."""
    start_clock(tmp_path)
    settings = Settings(var=tmp_path, embedded=False)
    if request.param == "local":
        folder = tmp_path / "files"
        yield settings, lambda: {path.name for path in folder.rglob("*") if path.is_file()}
        return
    with s3_stand_in() as stand_in:
        known = {
            "file_store": FileStoreKind.S3,
            "s3_url": stand_in.url,
            "s3_bucket": BUCKET,
            "s3_region": REGION,
            "s3_access_key": ACCESS_KEY,
            "s3_secret_key": SecretStr(SECRET_KEY),
        }
        yield settings.model_copy(update=known), lambda: set(stand_in.objects)


def test_files_go_through_the_whole_system(store: tuple[Settings, Callable[[], set[str]]]) -> None:
    """SQLite, a folder or a bucket, and the routes of the real application."""
    settings, stored = store
    system = wire(settings)
    add_tables(system.engine)
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
    assert put.json() == {"code": "OK", "name": "现场.jpg", "mediaType": "JPEG", "size": len(got.content)}
    assert got.content == what_is_kept_of(content)
    attachment_id = next(iter(stored())).removesuffix("-thumbnail")
    assert stored() == {attachment_id, f"{attachment_id}-thumbnail"}
    system.close()
