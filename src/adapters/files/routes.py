"""The HTTP addresses of files: `PUT` takes one in, `GET` gives one out, each for a ticket and the session it belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast
from urllib.parse import quote

import structlog
from anyio import CapacityLimiter, fail_after, move_on_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ...application.access import Actor
from ...application.files.files import PATH, Download, Files
from ...application.ports.files import FileMissing, FileStoreFailed
from ...domain.files.attachment import LARGEST, MediaType, UploadTooSlow, check_size
from ...domain.refusals import Refused

log = structlog.get_logger(__name__)

TAKEN_IN_AT_ONCE: Final = 2
"""Each may take half a gigabyte for a moment, and none may keep the API's own threads waiting."""
GIVEN_OUT_AT_ONCE: Final = 4
"""Only while bytes are fetched from the store: one that does not answer keeps none of the API's threads."""
IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 256 * 1024
RECEIVING_SECONDS: Final = 300.0
"""For a whole upload: the largest takes so long at 0.56 megabit in a second."""
THROWN_AWAY: Final = 2 * LARGEST
"""Bytes of a refused body that are still read: whoever is cut off while sending does not see why."""
THROWN_AWAY_SECONDS: Final = 10.0

MEDIA_TYPES: Final = {
    MediaType.JPEG: "image/jpeg",
    MediaType.PNG: "image/png",
    MediaType.WEBP: "image/webp",
    MediaType.PDF: "application/pdf",
    MediaType.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    MediaType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "TICKET_INVALID": 403,
    "NOT_FOUND": 404,
    "UPLOAD_TOO_SLOW": 408,
    "CONFLICT": 409,
    "FILE_TOO_LARGE": 413,
    "FILE_TYPE_NOT_ALLOWED": 415,
    "PICTURE_UNREADABLE": 422,
    "DOCUMENT_UNREADABLE": 422,
}
"""Of a refusal, by its code; 400 for all others."""
_ALWAYS: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}


def file_routes(files: Files, who: Callable[[Request], Awaitable[Actor]]) -> list[BaseRoute]:
    """`who` says whose request it is and raises Unauthenticated where nobody is logged in."""
    incoming, outgoing = CapacityLimiter(TAKEN_IN_AT_ONCE), CapacityLimiter(GIVEN_OUT_AT_ONCE)

    async def take_in(request: Request) -> Response:
        try:
            actor = await who(request)
            # What is certainly too large costs no ticket.
            check_size(_declared(request))
            ticket = await to_thread.run_sync(files.begin_upload, actor, request.path_params["ticket"])
        except Refused:
            await _throw_away(request)
            raise
        with SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                with fail_after(RECEIVING_SECONDS):
                    await _receive(request, body)
            except TimeoutError:
                raise UploadTooSlow from None
            taken = cast(BinaryIO, body)
            kept = await to_thread.run_sync(files.take_in, actor, ticket, taken, limiter=incoming)
        answer = {"code": "OK", "name": kept.name, "mediaType": kept.media_type.value, "size": kept.size}
        return JSONResponse(answer, 201, _ALWAYS)

    async def give_out(request: Request) -> Response:
        actor = await who(request)
        token = request.path_params["ticket"]
        return _Outgoing(await to_thread.run_sync(files.fetch, actor, token, limiter=outgoing), outgoing)

    async def serve(request: Request) -> Response:
        try:
            if request.method == "PUT":
                return await take_in(request)
            if request.method == "GET":
                return await give_out(request)
        except Refused as refusal:
            return _no(STATUS.get(refusal.code, 400), refusal.code, refusal.sentence)
        except FileMissing:
            log.exception("files.missing")
            return _no(404, "NOT_FOUND", "附件的文件已丢失，请联系系统管理员。")
        except FileStoreFailed:
            log.exception("files.store_failed")
            return _no(503, "FILE_STORE_UNAVAILABLE", "附件暂时无法存取，请稍后再试。")
        except ClientDisconnect:
            return Response(status_code=400)  # Left while sending; nobody reads this, and nothing is kept.
        # A HEAD would use the ticket up for nothing.
        await _throw_away(request)
        return _no(405, "METHOD_NOT_ALLOWED", "只支持 GET 和 PUT 请求。", allow="GET, PUT")

    return [Route(PATH + "{ticket}", _EveryMethod(serve))]


def _declared(request: Request) -> int:
    """What the client says it will send; a promise, and 0 where there is none. What arrives is counted."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


async def _receive(request: Request, body: SpooledTemporaryFile[bytes]) -> None:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST:
            await to_thread.run_sync(body.write, part)
        elif size > LARGEST + THROWN_AWAY:
            break
    check_size(size)


async def _throw_away(request: Request) -> None:
    """The body of a request that is refused already, unless its sender waits for the answer."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    left = THROWN_AWAY
    with move_on_after(THROWN_AWAY_SECONDS):
        async for part in request.stream():
            left -= len(part)
            if left < 0:
                return


def _no(status: int, code: str, sentence: str, **headers: str) -> Response:
    """The connection ends with it, whatever has not been read by now."""
    headers = {**_ALWAYS, "connection": "close", **headers}
    return JSONResponse({"code": code, "message": sentence}, status, headers)


class _EveryMethod:
    """Answers whatever the method is: those that a function does not name, its route refuses by itself, in plain text."""

    def __init__(self, serve: Callable[[Request], Awaitable[Response]]) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._serve(Request(scope, receive, send))
        await response(scope, receive, send)


class _Outgoing(StreamingResponse):
    """A file on its way out, closed however that ends. Only thumbnails are shown by browsers; the rest is saved."""

    def __init__(self, download: Download, limiter: CapacityLimiter) -> None:
        self._file = download.file
        self._limiter = limiter
        attachment, small = download.attachment, download.thumbnail
        disposition = "inline" if small else f"attachment; {_file_name(attachment.name)}"
        super().__init__(
            self._parts(),
            media_type=MEDIA_TYPES[MediaType.JPEG if small else attachment.media_type],
            headers={
                **_ALWAYS,
                "content-length": str(download.file.size),
                "content-disposition": disposition,
                "content-security-policy": "default-src 'none'; sandbox",
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()

    async def _parts(self) -> AsyncIterator[bytes]:
        while part := await to_thread.run_sync(self._file.read, CHUNK, limiter=self._limiter):
            yield part


def _file_name(name: str) -> str:
    """Both forms of RFC 6266: for clients that know only ASCII, and for the others."""
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
