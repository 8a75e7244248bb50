"""Sending and fetching files over HTTP as people do: ticket first, then the bytes, in plain synchronous tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx

from yanbao.domain.files.attachment import Attachment, MediaType

from ...support.asking import Somebody
from ...support.samples import SAMPLES
from ...support.system import TwinSystem

REQUEST_UPLOAD = "mutation($name: String!, $size: Int!) { requestUpload(name: $name, size: $size) @ }"
REQUEST_DOWNLOAD = (
    "mutation($id: ID!, $thumbnail: Boolean!) { requestDownload(id: $id, thumbnail: $thumbnail) @ }"
)
INVALID = ("TICKET_INVALID", "文件凭证无效：可能已使用、已过期或不属于当前登录，请重新申请。")

Body = bytes | AsyncIterator[bytes]


def call(who: Somebody, method: str, url: str, body: Body | None = None, **headers: str) -> httpx.Response:
    """One request to the whole application, with the person's token unless another one is given."""
    if who.token is not None:
        headers.setdefault("authorization", f"Bearer {who.token}")

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=who.system.asgi())
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


def kept(system: TwinSystem) -> tuple[list[Attachment], frozenset[str]]:
    return list(system.storage.landed.attachments.values()), system.files.keys  # type: ignore[attr-defined]


NOTHING: tuple[list[Attachment], frozenset[str]] = ([], frozenset())
