"""Takes orders to push, from the control interface and from the page's forms, and shows what has become of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ....domain.exchange.inbound import InboundKind
from .composing import Composer
from .courier import Courier
from .faults import BadOrder
from .orders import read_order
from .sending_page import SHOWN, rendered
from .store import Store

_MOST_ITEMS: Final = 20_000
_MOST_TOLD: Final = 300
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class Pushing:
    """The endpoints of what the simulator states."""

    store: Store
    composer: Composer
    courier: Courier

    def routes(self) -> list[Route]:
        return [
            Route("/items", self.page, methods=["GET"]),
            Route("/items", self.form, methods=["POST"]),
            Route("/_control/push", self.push, methods=["POST"]),
            Route("/_control/province", self.found, methods=["POST"]),
            Route("/_control/items", self.described, methods=["GET"]),
        ]

    async def push(self, request: Request) -> Response:
        """POST an order (see `orders.read_order`); answers when every message was sent.

        `{"items": external ids, "messages": how many, "statuses": {"200": n, "none": n, …}}`.
        """
        try:
            order = json.loads(await request.body())
            if not isinstance(order, dict):
                raise BadOrder("an order is a JSON object")
            return JSONResponse(await self._carry_out(order))
        except RecursionError:
            return JSONResponse({"error": "the order is nested too deep"}, 400)
        except ValueError as no:
            # BadOrder and broken JSON are both ValueErrors, and both are the caller's mistake.
            return JSONResponse({"error": str(no)}, 400)

    async def found(self, request: Request) -> Response:
        """POST `{"url": "http://…"}`: where the province is from now on."""
        try:
            url = json.loads(await request.body())["url"]
            if not isinstance(url, str) or not re.fullmatch("https?://[^/]+", url):
                raise ValueError("url must be http(s)://host[:port]")
        except (ValueError, KeyError, TypeError, RecursionError) as no:
            return JSONResponse({"error": str(no) or "url is missing"}, 400)
        self.courier.province = url
        return JSONResponse({"url": url})

    async def described(self, request: Request) -> Response:
        """The items with both directions, the newest first: `?limit=`, or `?id=` as often as wanted."""
        limit = request.query_params.get("limit", str(_MOST_ITEMS))
        if not (limit.isascii() and limit.isdigit()):
            return JSONResponse({"error": "limit must be a whole number"}, 400)
        wanted = request.query_params.getlist("id") or None
        found = self.store.items.described(min(int(limit), _MOST_ITEMS), wanted)
        return JSONResponse({"items": found, "strays": self.store.items.strays(_MOST_ITEMS)})

    async def page(self, request: Request) -> Response:
        """The page in Chinese, rendered from the store; it does not reload itself, so that forms keep their input."""
        shown = self.store.items.described(SHOWN)
        page = rendered(
            shown,
            self.store.items.strays(SHOWN),
            zone=self.composer.profile.timezone,
            told=request.query_params.get("told", "")[:_MOST_TOLD],
            total=len(self.store.items.known()),
            can_push=self.courier.province is not None,
        )
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def form(self, request: Request) -> Response:
        """Carry out a form of the page, then show the page again."""
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            return JSONResponse({"error": "the form is of another site"}, 403)
        try:
            done = await self._carry_out(self._order_of(parse_qs((await request.body()).decode())))
            told = "，".join(
                f"{_STATUS_WORDS.get(status, f'应答{status}')}{times}次"
                for status, times in done["statuses"].items()
            )
            told = f"已下发{len(done['items'])}项、{done['messages']}份报文：{told or '已放入待取信箱'}。"
        except (BadOrder, UnicodeDecodeError) as no:
            # The page shows what was wrong with the form.
            told = f"没有下发：{no}"
        return RedirectResponse(f"/items?told={quote(told)}", 303)

    async def _carry_out(self, given: Mapping[str, Any]) -> dict[str, Any]:
        companies, areas = self.store.reporting()
        # Without targets, the items are about those that have reported a commitment.
        given = {
            **given,
            "companies": given.get("companies") or companies,
            "areas": given.get("areas") or areas,
        }
        order = read_order(given, batch_size=self.composer.profile.inbound.batch)
        if self.courier.province is None and not order.mailbox:
            raise BadOrder("the province's address is not known: start the simulator with --province")
        versions, consignments = self.composer.compose(order)
        self.store.items.state(versions, self.courier.wall_clock())
        statuses: Mapping[str, int] = {}
        if order.mailbox:
            self.courier.lay(consignments)
        else:
            statuses = await self.courier.send(
                consignments, attempts=order.attempts, in_order=not order.shuffled
            )
        ids = dict.fromkeys(one.stated.external_id for each in consignments for one in each.versions)
        return {"items": list(ids), "messages": len(consignments), "statuses": dict(sorted(statuses.items()))}

    def _order_of(self, fields: Mapping[str, list[str]]) -> dict[str, Any]:
        """The order of a form."""

        def one(name: str, default: str) -> str:
            return fields.get(name, [default])[0]

        def whole(name: str, default: int) -> int:
            text = one(name, str(default))
            if not (text.isascii() and text.isdigit() and len(text) < 7):
                raise BadOrder(f"{name} must be a whole number")
            return int(text)

        order: dict[str, Any] = {
            "kinds": {kind.value: whole(kind.value, 0) for kind in InboundKind},
            "companies": one("companies", "").split(),
            "areas": one("areas", "").split(),
            "items": one("items", "").split(),
            "repeat": whole("repeat", 1),
            "together": whole("together", 1),
        }
        for name, default in (
            ("order", "in_order"),
            ("change", "none"),
            ("tampering", "none"),
            ("by", "push"),
        ):
            order[name] = one(name, default)
        return order


_STATUS_WORDS: Final = {"none": "无应答"}
