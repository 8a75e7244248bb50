"""The ministry's own interface: it takes pushes, answers enquiries, and plays the ordered faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from ....application.ports.exchange import RecordKind
from ....application.ports.inbound import UnreadableMessage
from ....domain.exchange.inbound import InboundKind
from ..messages import digest
from ..profile import Profile
from ..shipped import DEFAULT_PROFILE
from ..signing import NotBelieved, SignatureFault
from ..wire import Wire
from .faults import Mode, Troubles
from .lines import Lines, until_gone
from .mailbox import BadQuestion, Mailbox
from .store import Arrival, Store, Taken
from .wording import Wording

BODY_LIMIT: Final = 4 * 1024 * 1024
DRIP_SECONDS: Final = 1.0
_PAGE_LIMIT: Final = 1_000
_STATUS_FAULTS: Final = {Mode.HTTP_500: 500, Mode.HTTP_503: 503, Mode.HTTP_429: 429}


class _Refused(Exception):
    """The whole message is refused, with this HTTP status, code and Chinese sentence."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(code)
        self.status, self.code, self.sentence = status, code, sentence


@dataclass
class Platform:
    """The endpoints and the objects that they need; `wall_clock` gives Unix time."""

    store: Store
    troubles: Troubles
    lines: Lines
    profile: Profile
    wire: Wire
    wall_clock: Callable[[], float]

    def __post_init__(self) -> None:
        self.wording = Wording(self.profile)
        self.mailbox = Mailbox(self.store.items, self.profile, self.wall_clock)

    def push(self, kind: RecordKind) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint for one kind: each record is stored or refused alone, and stored before the answer."""

        async def endpoint(request: Request) -> Response:
            mode = self.troubles.next_mode(pushing=True)
            return await self._serve(request, mode, partial(self.take, kind))

        return endpoint

    async def receipts(self, request: Request) -> Response:
        """Answer one page of the receipts of a kind and day."""
        mode = self.troubles.next_mode(pushing=False)
        return await self._serve(request, mode, self._enquire)

    def poll(self, kind: InboundKind) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint at which the province confirms and asks for messages of one kind."""

        def work(message: Mapping[str, Any], mode: Mode) -> _Done:
            try:
                return _Done(self.mailbox.asked(kind, message), [], RecordKind.COMMITMENT)
            except BadQuestion as no:
                raise _Refused(400, "A403", str(no)) from no

        async def endpoint(request: Request) -> Response:
            return await self._serve(request, self.troubles.next_mode(pushing=False), work)

        return endpoint

    async def _serve(
        self, request: Request, mode: Mode, work: Callable[[Mapping[str, Any], Mode], _Done]
    ) -> Response:
        if mode is Mode.DROP_BEFORE:
            await self.lines.cut(request)
            return Response(status_code=500)
        try:
            body = await _body(request)
        except (_Refused, ClientDisconnect) as no:
            # Too long, or the client left before the end: nothing goes into the ledger.
            return self._no(no if isinstance(no, _Refused) else _Refused(400, "A400", "报文不完整"))
        before = self._fault_before(mode)
        if before is not None:
            status = None if mode is Mode.TIMEOUT else before.status_code
            self._note(request, body, f"fault:{mode.value}", status, None)
            if mode is Mode.TIMEOUT:
                await until_gone(request)
            return before
        try:
            message = self._believe(request, body)
            done = work(message, mode)
        except _Refused as no:
            # The refusal is the answer; the ledger keeps the refused message.
            self._note(request, body, f"refused:{no.code}", no.status, no.sentence)
            return self._no(no)
        answer = {"code": "0", "msg": "成功", "data": done.data}
        outcome = "ok" if mode is Mode.OK else f"fault:{mode.value}"
        text = json.dumps(answer, ensure_ascii=False)
        said = self.wire.answer(self.wording.answer("0", "成功", done.data))
        status = None if mode is Mode.DROP_ANSWER else 200
        msg_id = message.get(self.profile.envelope.message_id)
        self.store.keep(
            done.records,
            Arrival(
                self.wall_clock(),
                request.url.path,
                None if msg_id is None else str(msg_id),
                body,
                outcome,
                status,
                text,
            ),
            done.kind,
        )
        if mode is Mode.DROP_ANSWER:
            await self.lines.cut(request)
        if mode is Mode.DRIP:
            return StreamingResponse(_drip(said), media_type="application/json")
        return Response(said, media_type="application/json")

    def _fault_before(self, mode: Mode) -> Response | None:
        """The answer of a fault that happens before the message is read; None for other modes."""
        if mode in _STATUS_FAULTS:
            wish = self.troubles.retry_after
            headers = {} if wish is None else {"Retry-After": wish}
            return Response("upstream error", _STATUS_FAULTS[mode], headers, media_type="text/plain")
        if mode is Mode.TIMEOUT:
            return Response(status_code=504)
        if mode is Mode.HTML:
            return HTMLResponse("<html><body><h1>系统维护中</h1></body></html>")
        if mode is Mode.ENDLESS:
            return StreamingResponse(_endless(), media_type="application/json")
        if mode is Mode.BUSINESS_ERROR:
            return JSONResponse(self.wording.answer("B900", "系统内部错误", None))
        return None

    def _believe(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Verify, decrypt and parse the message of a request. Raises _Refused."""
        query = f"?{request.url.query}" if request.url.query else ""
        path = request.url.path + query
        try:
            nonce = self.wire.believe(request.headers, method=request.method, path=path, body=body)
        except NotBelieved as no:
            raise _Refused(401, "A401", f"签名校验失败：{no.fault.value}") from no
        if nonce is not None and not self.store.remember(nonce, self.wall_clock()):
            raise _Refused(401, "A401", f"签名校验失败：{SignatureFault.REPLAYED.value}")
        try:
            return self.wire.opened(body)
        except UnreadableMessage as no:
            if "encrypted" in no.reason:
                raise _Refused(400, "A402", "报文未按约定加密") from no
            if "decrypted" in no.reason:
                raise _Refused(400, "A402", "报文解密失败") from no
            raise _Refused(400, "A400", "报文不是有效的JSON") from no

    def take(self, kind: RecordKind, message: Mapping[str, Any], mode: Mode = Mode.OK) -> _Done:
        """Judge each record of a message; the caller keeps what is to be stored."""
        keys, rules, most = self.profile.envelope, self.wording.rules(kind), self.profile.outbound.batch_size
        if self._kind(message) is not kind:
            raise _Refused(400, "A404", "报文类型与路径不符")
        records = message.get(keys.data)
        if not isinstance(records, list) or not 1 <= len(records) <= most:
            raise _Refused(400, "A403", f"每批应为1至{most}条记录")
        kept: list[Taken] = []
        fail: list[dict[str, Any]] = []
        for sent in records:
            if not isinstance(sent, dict):
                raise _Refused(400, "A403", "记录不是对象")
            record = self.wording.record(kind, sent)
            no = rules.verdict(record) or self.troubles.next_refusal(record[rules.key])
            if no is not None:
                fail.append({"id": record.get("id"), "code": no.code, "msg": no.sentence})
            elif mode is Mode.ALTER:
                spoilt = rules.spoilt(record)
                kept.append(Taken(spoilt, digest(spoilt)))
            else:
                kept.append(Taken(record, digest(sent)))
        mine = DEFAULT_PROFILE.envelope
        data = {mine.success: [one.record["id"] for one in kept], mine.fail: fail}
        return _Done(data, [] if mode is Mode.LOSE else kept, kind)

    def _enquire(self, message: Mapping[str, Any], mode: Mode) -> _Done:
        keys, kind = self.profile.envelope, self._kind(message)
        day, page, size = message.get(keys.date), message.get(keys.page), message.get(keys.page_size)
        if not isinstance(day, str) or not isinstance(page, int) or not isinstance(size, int):
            raise _Refused(400, "A403", "查询条件不完整")
        if page < 1 or not 1 <= size <= _PAGE_LIMIT:
            raise _Refused(400, "A403", f"页码从1起，每页1至{_PAGE_LIMIT}条")
        held_day = self.wording.day(day)
        if held_day is None:
            raise _Refused(400, "A403", "查询日期格式错误")
        total, rows = self.store.receipts(kind, held_day, page, size)
        mine = DEFAULT_PROFILE.envelope
        return _Done({mine.total: total, mine.receipts: rows}, [], kind)

    def _kind(self, message: Mapping[str, Any]) -> RecordKind:
        given = message.get(self.profile.envelope.message_type)
        for kind in RecordKind:
            if given == self.profile.message_type(kind):
                return kind
        raise _Refused(400, "A404", "报文类型未知")

    def _note(
        self, request: Request, body: bytes, outcome: str, status: int | None, answer: str | None
    ) -> None:
        self.store.keep([], Arrival(self.wall_clock(), request.url.path, None, body, outcome, status, answer))

    def _no(self, no: _Refused) -> Response:
        return JSONResponse(self.wording.answer(no.code, no.sentence, None), no.status)


@dataclass(frozen=True, slots=True)
class _Done:
    """The `data` of the answer, and the records to store, all of one kind."""

    data: Mapping[str, Any]
    records: list[Taken]
    kind: RecordKind


async def _body(request: Request) -> bytes:
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > BODY_LIMIT:
            raise _Refused(413, "A413", "报文过大")
        chunks.append(chunk)
    return b"".join(chunks)


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    for one in body:
        yield bytes([one])
        await asyncio.sleep(DRIP_SECONDS)


async def _endless() -> AsyncIterator[bytes]:
    yield b'{"code": "0", "msg": "'
    while True:
        yield b"." * 65_536
        await asyncio.sleep(0)
