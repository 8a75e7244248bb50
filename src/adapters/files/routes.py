"""HTTP routes of files: `PUT` uploads, `GET` downloads; both need a ticket and the session it belongs to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, TypeVar, cast
from urllib.parse import quote

from anyio import CapacityLimiter, fail_after, move_on_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ...application.access import Actor
from ...application.files.files import Files
from ...application.files.tickets import PATH, Download, Downloads
from ...application.ports.files import FileMissing, FileStoreFailed
from ...application.ports.unavailable import RETRY_AFTER_SECONDS, Unavailable
from ...application.waiting import bounded
from ...domain.files.attachment import LARGEST, MediaType, UploadTooSlow, check_size
from ...domain.refusals import Refused

log = logging.getLogger(__name__)

TAKEN_IN_AT_ONCE: Final = 2
"""Uploads checked at once: each may need half a gigabyte. Own limiter, so the API's threads stay free."""
GIVEN_OUT_AT_ONCE: Final = 4
"""Reads from the store at once. Own limiter, so a store that does not answer blocks no API thread."""
IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 256 * 1024
RECEIVING_SECONDS: Final = 300.0
"""Deadline for a whole upload: the largest file needs 0.56 megabit per second."""
THROWN_AWAY: Final = 2 * LARGEST
"""Bytes of a refused body that are still read: a client cut off while sending never sees the answer."""
THROWN_AWAY_SECONDS: Final = 10.0
THREAD_SECONDS: Final = 5.0
"""How long a request waits for one of the API's threads; all of them may be waiting for the database."""

Result = TypeVar("Result")

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
    "ACTION_NOT_ALLOWED": 410,
    "EXPORT_OUTDATED": 403,
    "FILE_TOO_LARGE": 413,
    "FILE_TYPE_NOT_ALLOWED": 415,
    "PICTURE_UNREADABLE": 422,
    "DOCUMENT_UNREADABLE": 422,
    "ACTIVE_CONTENT": 422,
}
"""HTTP status for the code of a refusal; 400 for all other codes."""
_ALWAYS: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}


def file_routes(
    files: Files, downloads: Downloads, who: Callable[[Request], Awaitable[Actor]]
) -> list[BaseRoute]:
    """Make the routes. `who` returns the actor of a request or raises Unauthenticated."""
    incoming, outgoing = CapacityLimiter(TAKEN_IN_AT_ONCE), CapacityLimiter(GIVEN_OUT_AT_ONCE)

    async def take_in(request: Request) -> Response:
        try:
            actor = await who(request)
            # Refuse a declared size that is too large before the ticket is used up.
            check_size(_declared(request))
            with move_on_after(THREAD_SECONDS) as waiting:
                ticket = await to_thread.run_sync(
                    _in_time, partial(files.begin_upload, actor, request.path_params["ticket"])
                )
            if waiting.cancelled_caught:  # It was never begun: a call that runs is not broken off.
                raise Unavailable("no thread has become free")
        except (Refused, Unavailable):
            await _throw_away(request)
            raise
        with SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                with fail_after(RECEIVING_SECONDS):
                    await _receive(request, body)
            except TimeoutError:
                raise UploadTooSlow from None
            taken = cast(BinaryIO, body)
            kept = await to_thread.run_sync(
                _in_time, partial(files.take_in, actor, ticket, taken), limiter=incoming
            )
        answer = {"code": "OK", "name": kept.name, "mediaType": kept.media_type.value, "size": kept.size}
        return JSONResponse(answer, 201, _ALWAYS)

    async def give_out(request: Request) -> Response:
        actor = await who(request)
        token = request.path_params["ticket"]
        fetch = partial(downloads.fetch, actor, token)
        return _Outgoing(await to_thread.run_sync(_in_time, fetch, limiter=outgoing), outgoing)

    async def serve(request: Request) -> Response:
        try:
            if request.method == "PUT":
                return await take_in(request)
            if request.method == "GET":
                return await give_out(request)
        except Refused as refusal:
            return _no(STATUS.get(refusal.code, 400), refusal.code, refusal.sentence)
        except Unavailable as failure:
            again = str(RETRY_AFTER_SECONDS)
            return _no(503, failure.code, failure.sentence, **{"retry-after": again})
        except FileMissing:
            log.exception("files.missing")
            return _no(404, "NOT_FOUND", "文件已丢失，请联系系统管理员。")
        except FileStoreFailed:
            log.exception("files.store_failed")
            return _no(503, "FILE_STORE_UNAVAILABLE", "文件暂时无法存取，请稍后再试。")
        except ClientDisconnect:
            return Response(status_code=400)  # The client has gone: nobody reads this, nothing is kept.
        # HEAD is refused, too: it would use up the ticket.
        await _throw_away(request)
        return _no(405, "METHOD_NOT_ALLOWED", "只支持 GET 和 PUT 请求。", allow="GET, PUT")

    return [Route(PATH + "{ticket}", _EveryMethod(serve))]


def _in_time(call: Callable[[], Result]) -> Result:
    """Make the call; from its beginning, it waits for the database no longer than a request may."""
    with bounded():
        return call()


def _declared(request: Request) -> int:
    """The declared Content-Length, 0 without one. It is not trusted: `_receive` counts the bytes."""
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
    """Read and drop the body of a refused request, unless the client waits for `100 Continue`."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    left = THROWN_AWAY
    with move_on_after(THROWN_AWAY_SECONDS):
        async for part in request.stream():
            left -= len(part)
            if left < 0:
                return


def _no(status: int, code: str, sentence: str, **headers: str) -> Response:
    """Answer with an error and close the connection, because part of the body may be unread."""
    headers = {**_ALWAYS, "connection": "close", **headers}
    return JSONResponse({"code": code, "message": sentence}, status, headers)


class _EveryMethod:
    """An ASGI app for all methods: for a function, Starlette would refuse other methods in plain text."""

    def __init__(self, serve: Callable[[Request], Awaitable[Response]]) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._serve(Request(scope, receive, send))
        await response(scope, receive, send)


class _Outgoing(StreamingResponse):
    """Sends a file and always closes it. Browsers show only thumbnails inline and save everything else."""

    def __init__(self, download: Download, limiter: CapacityLimiter) -> None:
        self._file = download.file
        self._limiter = limiter
        disposition = "inline" if download.inline else f"attachment; {_file_name(download.name)}"
        super().__init__(
            self._parts(),
            media_type=MEDIA_TYPES[download.media_type],
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
    """Both forms of the file name in RFC 6266: in ASCII for old clients, and in UTF-8."""
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
