"""Asking the API as people do: over HTTP, logged in as somebody of the demo province, in plain synchronous tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from typing import Any, Final
from uuid import UUID

import httpx

from yanbao.application.identity.log_in import LogIn
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.deadlines import business_date, instant
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind
from yanbao.domain.values import Client
from yanbao.graphql.parts.ids import global_id

from .dates import TODAY
from .system import PASSWORD, TwinSystem, make_system

REFUSAL: Final = "__typename ... on Refusal { code message field }"
"""What to select from every mutation's answer."""


@dataclass
class Somebody:
    """A person with a session, asking the API of one world; `token` None is nobody."""

    system: TwinSystem
    token: str | None
    username: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def post(self, body: Any = None, *, content: bytes | None = None, **headers: str) -> httpx.Response:
        """One HTTP POST with a JSON body, or with whatever bytes."""
        sent = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"

        async def call() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=self.system.asgi()),
                base_url="http://test",
                cookies=self.cookies,
            ) as http:
                if content is not None:
                    return await http.post("/graphql", content=content, headers=sent)
                return await http.post("/graphql", json=body, headers=sent)

        return asyncio.run(call())

    def send(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        answer: dict[str, Any] = self.post({"query": query, "variables": variables}).json()
        return answer

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data; fails on errors."""
        answer = self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def change(self, mutation: str, selection: str = "__typename", **variables: Any) -> dict[str, Any]:
        """Ask for one mutation and give its answer, a success or a refusal; `selection` is of the success."""
        data = self.ask(mutation.replace("@", f"{{ {REFUSAL} {selection} }}"), **variables)
        (answer,) = data.values()
        return dict(answer)

    def refusal(self, mutation: str, **variables: Any) -> tuple[str, str, str | None]:
        """(code, sentence, field) of a mutation that is refused; fails when it is not."""
        answer = self.change(mutation, **variables)
        assert "code" in answer, answer
        return answer["code"], answer["message"], answer["field"]

    def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The extensions of the one error of a query that fails."""
        answer = self.send(query, **variables)
        assert len(answer.get("errors", ())) == 1, answer
        return dict(answer["errors"][0]["extensions"])


@dataclass
class World:
    """A world with the demo province, and everybody who may speak in it."""

    system: TwinSystem
    _known: dict[str, Somebody] = field(default_factory=dict)

    def __call__(self, username: str) -> Somebody:
        """The person with this user name, logged in."""
        known = self._known.get(username)
        if known is None:
            session = self.system.app.identity.log_in(LogIn(username, PASSWORD, Client.APP))
            known = self._known[username] = Somebody(self.system, session.token, username)
        return known

    @property
    def nobody(self) -> Somebody:
        return Somebody(self.system, None)

    def at(self, text: str, day: date = TODAY) -> World:
        """Turn the clock to a time of day in Shanghai; sessions of before may have ended."""
        self.system.clock.moment = instant(day, time.fromisoformat(text))
        self._known.clear()
        return self

    @property
    def now(self) -> datetime:
        return self.system.clock.now()

    @property
    def state(self) -> Any:
        """Everything that is stored, to look at."""
        return self.system.storage.landed

    @property
    def enterprises(self) -> tuple[Enterprise, ...]:
        assert self.system.province is not None
        return self.system.province.enterprises

    @property
    def red(self) -> Enterprise:
        """蒲城县红光, the enterprise of `enterprise-head`."""
        return self.enterprises[0]

    def head_of(self, of: Enterprise) -> Somebody:
        index = self.enterprises.index(of)
        return self("enterprise-head" if index == 0 else f"ent-{index + 1:04d}")

    def submit(self, of: Enterprise, **changes: Any) -> None:
        """Report today for the enterprise, by its head."""
        answer = self.head_of(of).change(
            SUBMIT, id=id_of(of), day=f"{self.today}", form=form_for(of, **changes)
        )
        assert answer["__typename"] == "CommitmentSaved", answer

    @property
    def today(self) -> date:
        return business_date(self.now)


def a_world(enterprises: int = 24, at: str = "08:30") -> World:
    """The demo province on the morning of the day, opened."""
    system, filled = make_system(), _filled(enterprises)
    system.storage.landed, system.province = filled.storage.landed.fork(), filled.province
    return World(system).at(at)


@cache
def _filled(enterprises: int) -> TwinSystem:
    """Filled once; what has landed in the twin is never written again, so that every world starts from it."""
    return make_system().seeded(enterprises)


# ---------------------------------------------------------------- ids, forms and documents


def id_of(thing: Any) -> str:
    """The global id of a domain object."""
    return global_id(type(thing).__name__, thing.id)


def region_id(code: str) -> str:
    return global_id("Region", code)


def commitment_of(of: Enterprise, day: date = TODAY) -> str:
    return global_id("Commitment", commitment_id(of.id, day))


def unknown(type_name: str) -> str:
    """A well-made id of nothing."""
    return global_id(type_name, "610199" if type_name == "Region" else UUID(int=7))


def form_for(of: Enterprise, **changes: Any) -> dict[str, Any]:
    """A form in production that is within everything approved for the enterprise."""
    form: dict[str, Any] = {
        "status": "IN_PRODUCTION",
        "dutyLeader": "王建国",
        "dutyPhone": "13900000001",
        "topTemperature": 28,
        "stormWarning": False,
        "majorHazard": False,
        "riskGrade": 3,
    }
    if of.kind is EnterpriseKind.PRODUCTION:
        form["production"] = {
            "workshopsInUse": 2,
            "powderWorkshopsInUse": 1,
            "powderProcesses": ["MIXING"],
            "presentPersons": 1,
            "presentPowderKg": "0.5",
        }
    else:
        form["wholesale"] = {
            "warehousesInUse": 1,
            "stockBoxes": "10",
            "stockKg": "100.5",
            "boxesIn": "1",
            "boxesOut": "2",
            "presentPersons": 1,
        }
    return form | changes


def stopped_form(**changes: Any) -> dict[str, Any]:
    form = {
        "status": "STOPPED",
        "stoppage": {"reason": "OWN_DECISION", "note": "设备检修"},
        "dutyLeader": "王建国",
        "dutyPhone": "13900000001",
        "topTemperature": 28,
        "stormWarning": False,
        "majorHazard": False,
        "riskGrade": 4,
    }
    return form | changes


SUBMIT: Final = """mutation($id: ID!, $day: Date!, $form: CommitmentFormInput!, $key: String) {
    submitCommitment(enterpriseId: $id, businessDate: $day, form: $form, clientMutationKey: $key) @ }"""
CORRECT: Final = """mutation($id: ID!, $revision: Int!, $form: CommitmentFormInput!, $key: String) {
    correctCommitment(id: $id, revision: $revision, form: $form, clientMutationKey: $key) @ }"""
REOPEN: Final = """mutation($id: ID!, $reason: String!, $key: String) {
    reopenCommitment(id: $id, reason: $reason, clientMutationKey: $key) @ }"""
SAVED: Final = """... on CommitmentSaved { commitment { id state revision late origin status reportedBy
    allowedActions report { text promiser { name standingIn } form { topTemperature } } } }"""


def pages(
    who: Somebody, field_name: str, selection: str, *, first: int, arguments: str = ""
) -> Iterator[Any]:
    """Walk through a connection page by page; yields its nodes."""
    after = None
    for _ in range(1000):
        query = f"""query($after: String) {{ list: {field_name}(first: {first}, after: $after {arguments})
            {{ nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        page = who.ask(query, after=after)["list"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        assert len(page["nodes"]) == first, "only the last page may be short"
        after = page["pageInfo"]["endCursor"]
    raise AssertionError("the list does not end")


def submit(world: World, of: Enterprise, form: dict[str, Any], **more: Any) -> dict[str, Any]:
    return world.head_of(of).change(SUBMIT, SAVED, id=id_of(of), day=f"{TODAY}", form=form, **more)
