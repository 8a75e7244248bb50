"""The clients of a play: GraphQL over HTTP, the demo's clock, and the simulators' control interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any, Final
from uuid import uuid4

import httpx

from .documents import LOG_IN

Row = dict[str, Any]
PATIENCE: Final = httpx.Timeout(60.0, connect=5.0)
LOG_IN_ATTEMPTS: Final = 5


class CannotGoOn(Exception):
    """The play cannot go on; the message says why, in Chinese."""


class Refused(Exception):
    """A mutation was refused: `code` is for the play, `sentence` is what the person would read."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


def new_key() -> str:
    """A new clientMutationKey; a repetition of the same mutation sends the same key."""
    return uuid4().hex


class Wire:
    """An HTTP client of one service, for several threads. Raises CannotGoOn if it does not answer."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)
        # Players send bearer tokens: store no cookies, or one player would use another's session.
        self._http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request; returns the answer, whatever its status."""
        try:
            return self._http.request(method, path, **more)
        except httpx.HTTPError as failure:
            raise CannotGoOn(f"{self.name}（{self.url}）没有应答：{type(failure).__name__}。") from failure

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET. Raises CannotGoOn unless it is answered with 200."""
        return self._good(self.ask("GET", path, params=params), path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON of a POST. Raises CannotGoOn unless it is answered with 200."""
        return self._good(self.ask("POST", path, json=body), path)

    def _good(self, answer: httpx.Response, path: str) -> Any:
        if answer.status_code != 200:
            raise CannotGoOn(f"{self.name}的{path}应答{answer.status_code}：{answer.text[:200]}")
        return answer.json()


class Api(Wire):
    """The demo system: its GraphQL endpoint and its movable clock."""

    def __init__(self, url: str) -> None:
        super().__init__("接口", url)

    def now(self) -> datetime:
        """The demo's current time. Raises CannotGoOn if there is no movable clock."""
        answer = self.ask("GET", "/demo/clock")
        if answer.status_code == 404:
            raise CannotGoOn(f"{self.url} 不是演示系统：没有 /demo/clock，不能在它上面演示一天。")
        return datetime.fromisoformat(self._good(answer, "/demo/clock")["now"])

    def move_to(self, moment: datetime) -> None:
        """Move the clock forward; due jobs run before this returns."""
        self.post("/demo/clock", {"to": moment.isoformat()})

    def execute(self, document: str, variables: Mapping[str, Any], token: str | None) -> Row:
        """The data of an operation. Raises _Ended for an ended session, CannotGoOn for every other error."""
        headers = {"accept": "application/json", "x-yanbao-client": "WEB"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        answer = self.ask(
            "POST", "/graphql", json={"query": document, "variables": dict(variables)}, headers=headers
        )
        try:
            body = answer.json()
        except ValueError:
            raise CannotGoOn(f"接口应答{answer.status_code}，不是JSON：{answer.text[:200]}") from None
        for error in body.get("errors") or ():
            more = error.get("extensions") or {}
            if more.get("code") == "UNAUTHENTICATED":
                raise _Ended(more.get("sentence") or error["message"])
            raise CannotGoOn(
                f"接口报错 {more.get('code')}（{error.get('path')}）：{more.get('sentence') or ''} {error['message']}"
            )
        data = body.get("data")
        if not isinstance(data, dict):
            raise CannotGoOn(f"接口应答{answer.status_code}，没有data：{answer.text[:200]}")
        if "viewer" in data and data["viewer"] is None:
            # Without a session `viewer` is null and not an error, so that a page can ask for it.
            raise _Ended("未登录")
        return data


class _Ended(Exception):
    """There is no session, or it has ended: it ends after 30 idle minutes of the business clock."""


@dataclass(slots=True)
class Player:
    """A person at a client. Logs in when needed, and again after the session has ended."""

    api: Api
    username: str
    password: str = field(repr=False)
    viewer: Row = field(default_factory=dict)
    _token: str | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def log_in(self) -> Row:
        """Open a session; returns the viewer. Raises CannotGoOn, also when the log-in is refused."""
        try:
            answer = self._logged_in()
        except (_Ended, Refused) as no:
            raise CannotGoOn(f"账号{self.username}不能登录：{no}") from None
        self._token, self.viewer = answer["token"], answer["viewer"]
        if self.viewer["mustChangePassword"]:
            raise CannotGoOn(f"账号{self.username}须先修改密码，不能用于演示。")
        return self.viewer

    def _logged_in(self) -> Row:
        """The answer to a log-in; tries again while the database is busy with what has just come due."""
        variables = {"username": self.username, "password": self.password}
        for left in reversed(range(LOG_IN_ATTEMPTS)):
            try:
                return _believed(self.api.execute(LOG_IN, variables, None)["logIn"], "LoggedIn")
            except Refused as no:
                if no.code != "CONFLICT" or not left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def ask(self, document: str, **variables: Any) -> Row:
        """The data of an operation; logs in first if needed."""
        used = self._token
        if used is not None:
            try:
                return self.api.execute(document, variables, used)
            except _Ended:
                pass  # The clock was moved past the session's end: nothing was executed, so log in again.
        with self._lock:
            if self._token == used:
                self.log_in()
        try:
            return self.api.execute(document, variables, self._token)
        except _Ended as no:
            raise CannotGoOn(f"账号{self.username}刚登录的会话即失效：{no}") from None

    def change(self, document: str, **variables: Any) -> Row:
        """The payload of a successful mutation; sends a key with it. Raises Refused for a refusal."""
        variables.setdefault("key", new_key())
        if "$key" not in document:
            del variables["key"]
        (answer,) = self.ask(document, **variables).values()
        return _believed(answer, None)

    def walk(self, document: str, *path: str, **variables: Any) -> Iterator[Row]:
        """Every entry of a list, read page by page; `path` leads to the connection."""
        after: str | None = None
        while True:
            found: Any = self.ask(document, after=after, **variables)
            for step in path:
                found = found[step]
            yield from found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]


def _believed(answer: Row, success: str | None) -> Row:
    kind = answer["__typename"]
    if kind == success or not kind.endswith("Refusal"):
        return answer
    items = "".join(f" {item['message']}" for item in answer.get("items", ()))
    raise Refused(answer["code"], f"{answer['message']}{items}")


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in groups that fit into an address."""
    for start in range(0, len(ids), 100):
        yield list(ids[start : start + 100])


class MinistrySimulator(Wire):
    """A client of the ministry's simulator: orders faults, and reads what it holds."""

    def __init__(self, url: str) -> None:
        super().__init__("部级平台模拟器", url)

    def trouble(self, mode: str, times: int) -> None:
        """Order a fault for the next messages."""
        self.post("/_control/faults", {"mode": mode, "times": times})

    def refuse(self, credit_codes: list[str], *, code: str, sentence: str) -> None:
        """Order the refusal of the next record of each of these enterprises."""
        self.post(
            "/_control/refuse", {"company_codes": credit_codes, "code": code, "msg": sentence, "times": 1}
        )

    def troubles(self) -> Row:
        """The current orders."""
        return dict(self.get("/_control/faults"))

    def current(self, day: date) -> list[Row]:
        """The current record of every enterprise."""
        return list(self.get("/_control/commitments", date=day.isoformat()))

    def count(self, day: date) -> Row:
        """`{records, current, producing, stopped}`; records counts every version held."""
        return dict(self.get("/_control/count", date=day.isoformat()))

    def weekly(self, friday: date) -> list[Row]:
        """The rows held of the weekly push for the week closed on `friday`: `{kind, record, times …}`."""
        return list(self.get("/_control/weekly", date=friday.isoformat()))

    def push(self, order: Row) -> Row:
        """Have it state items and deliver them; answers `{items, messages, statuses}` when all are sent."""
        return dict(self.post("/_control/push", order))

    def items(self, ids: Sequence[str] = ()) -> list[Row]:
        """What it has stated, each with its versions, its sendings and what came back; only these if some are given."""
        path = "/_control/items"
        if ids:
            return [one for part in _parts(ids) for one in self.get(path, id=part)["items"]]
        return list(self.get(path)["items"])

    def messages(self) -> list[Row]:
        """The ledger of messages, newest first."""
        return list(self.get("/_control/messages", limit=100_000))


class SmsSimulator(Wire):
    """A client of the SMS simulator: orders faults, and reads what it received."""

    def __init__(self, url: str) -> None:
        super().__init__("短信平台模拟器", url)

    def trouble(self, mode: str, times: int) -> None:
        """Order a fault for the next texts."""
        self.post("/_control/faults", {"mode": mode, "times": times})

    def newest(self) -> int:
        """The `seq` of the newest text received so far; 0 if there is none."""
        rows = self.received(0)
        return int(rows[-1]["seq"]) if rows else 0

    def received(self, after: int) -> list[Row]:
        """Every text with a `seq` above `after`, with its receipts."""
        found: list[Row] = []
        position = after
        while rows := self.get("/_control/messages", since=str(position), limit=1000)["messages"]:
            found += rows
            position = rows[-1]["seq"]
        return found
