"""Every screen's document, as written, is answered by the product for a fitting account of the demo."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from graphql import print_ast
from rich.console import Console
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from yanbao.adapters.clock import MovableClock
from yanbao.cli.collection import ClientDocument, read_documents
from yanbao.cli.demo.filling import fill
from yanbao.domain.deadlines import business_date
from yanbao.graphql.parts.ids import global_id
from yanbao.graphql.transport.http import GraphQLEndpoint
from yanbao.main import create_app
from yanbao.settings import DocumentPolicy, Settings

from ..architecture.sources import ROOT
from ..support.dates import USUAL, instant_of, on_or_before, start_clock

NOW: Final = instant_of(USUAL)
"""The same in every run: on some other days the demo has nothing to show to one of these people."""
TODAY: Final = business_date(NOW)
FOLDER: Final = ROOT / "docs" / "clients"
SCREENS: Final = [
    document
    for document in read_documents(FOLDER)
    if document.folder in ("regulator-web", "app", "enterprise-web")
]
LOG_IN: Final = next(one for one in read_documents(FOLDER) if one.name == "log-in")
PASSWORD: Final = "Yanbao-demo-2026"
SHOWN: Final = "红光"
"""The name of the enterprise whose people have the shown accounts."""
USUAL: Final = {
    "regulator-web": "province-head",
    "app": "county-head",
    "enterprise-web": "enterprise-head",
}
OTHERS: Final = {
    "regulator-web/accounts": "system-admin",
    "regulator-web/schedule": "system-admin",
    "regulator-web/audit": "audit-admin",
    "regulator-web/problems-to-me": "county-head",
    "app/patrol-targets": "city-inspector",
}
MAY_BE_EMPTY: Final = {
    "allowedActions": "the viewer may do nothing to this one now",
    "node.feedbacks": "the newest has not been fed back yet",
    "node.reported": "nothing of it has gone up to the ministry yet",
    "node.extensions": "nobody has asked for more time",
    "node.attachments": "the demo's problems have no pictures",
    "form.attachments": "nor have its inspections",
    "findings.attachments": "nor have their findings",
    "form.findings": "an automatic record has none",
    "form.problems": "nor has it problems",
    "node.problems": "nor has it problems",
    "sheet.visits": "nobody looked at an enterprise that day",
    "sheet.permits": "an area has no permits",
    "sheet.anomalies": "the figures of that day are in order",
    "report.excesses": "as many people and as much powder as are approved",
    "production.powderProcesses": "the enterprise stood still when it reported last",
    "enterprise.warehouses": "the shown enterprise is a factory",
    "limits.required": "only some settings must have certain values",
    "smsRecords.nodes.alerts": "an SMS is about one kind of thing",
    "smsRecords.nodes.enterprises": "an SMS is about one kind of thing",
    "smsRecords.nodes.problems": "an SMS is about one kind of thing",
    "patrolTargets.drafts": "nobody is writing a patrol now",
    "patrolTargets.patrols": "nobody has made one today",
    "commitmentOverview.parts": "a county has no parts",
}
"""Lists that one object of the demo may lack, by the end of their path, and why. A screen's own lists are below."""
NOTHING_YET: Final = {
    "regulator-web/inspection-drafts": "inspectionDrafts.nodes",
    "app/inspection-drafts": "inspectionDrafts.nodes",
    "regulator-web/schedule": "scheduleSlots.nodes",
    "regulator-web/settings": "settingChanges.nodes",
    "enterprise-web/shutdown-periods": "shutdownPeriods.nodes",
}
"""What is empty when the demo begins: no draft, no run of a job, no change of a setting, and of the shown
enterprise no stop. People make these in its first day."""


@dataclass
class Demo:
    """The product over a filled demo, and the sessions of its people."""

    served: Starlette
    stock: Starlette
    """The same, executed by strawberry's own executor alone."""
    tokens: dict[str, str] = field(default_factory=dict)

    def send(
        self, body: dict[str, Any], username: str = "", *, of: Starlette | None = None
    ) -> dict[str, Any]:
        async def call() -> dict[str, Any]:
            transport = httpx.ASGITransport(app=of or self.served)
            async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
                headers = {"authorization": f"Bearer {self.token(username)}"} if username else {}
                answer: dict[str, Any] = (await client.post("/graphql", json=body, headers=headers)).json()
                return answer

        return asyncio.run(call())

    def token(self, username: str) -> str:
        return self.tokens[username]

    def ask(self, text: str, username: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors; the person logs in first, by the clients' own document."""
        if username not in self.tokens:
            who = {"username": username, "password": PASSWORD}
            answer = self.send({"query": LOG_IN.text, "variables": who})
            self.tokens[username] = answer["data"]["logIn"]["token"]
        answer = self.send({"query": text, "variables": variables}, username)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with some days of history; only the documents of the clients are answered."""
    var: Path = tmp_path_factory.mktemp("clients")
    start_clock(var, NOW)
    settings = Settings(
        var=var,
        embedded=False,
        documents=DocumentPolicy.KNOWN_ONLY,
        documents_manifest=FOLDER / "persisted-documents.json",
    )
    fill(
        *(settings, Console(file=io.StringIO())),
        enterprises=40,
        seed_number=2026,
        password=PASSWORD,
        check=lambda: None,
        history_days=9,
    )
    yield Demo(
        create_app(settings),
        _by_the_stock_executor(create_app(settings)),
    )


def _by_the_stock_executor(app: Starlette) -> Starlette:
    (endpoint,) = (
        route.endpoint for route in app.routes if isinstance(route, Route) and route.path == "/graphql"
    )
    assert isinstance(endpoint, GraphQLEndpoint)
    endpoint.schema.execution_context_class = StrawberryGraphQLCoreExecutionContext
    return app


def account_of(document: ClientDocument) -> str:
    return OTHERS.get(f"{document.folder}/{document.name}", USUAL[document.folder])


OVER_DAYS: Final = ("commitments", "inspections", "problem-statistics", "alert-statistics")
"""The screens whose filter must name its days."""
LISTS: Final = {
    "Commitment": ("commitments", lambda data: data["commitments"]["nodes"]),
    "Inspection": ("inspections", lambda data: data["inspections"]["nodes"]),
    "Problem": ("problems", lambda data: (data.get("problems") or data["problemsToMe"])["nodes"]),
    "Alert": ("alerts", lambda data: data["alerts"]["nodes"]),
    "Enterprise": ("enterprises", lambda data: data["enterprises"]["nodes"]),
}
"""Where the id of a detail page comes from: the list screen of the same client."""


def variables_of(document: ClientDocument, demo: Demo) -> dict[str, Any]:
    """What a front end would fill in."""
    week = {"firstDay": f"{TODAY - timedelta(days=9)}", "lastDay": f"{TODAY - timedelta(days=1)}"}
    known: dict[str, Any] = {
        "regionId": global_id("Region", "610526" if document.folder == "app" else "610000"),
        **week,
        "day": f"{TODAY}",
        "weekEnding": f"{on_or_before(5, TODAY - timedelta(days=1))}",
        "kind": "PRODUCTION",
        "where": week if document.name in OVER_DAYS else {},
    }
    if document.name == "commitment-figure":
        known["lastDay"] = f"{TODAY}"  # In the morning nobody has reported yet.
    if document.name == "enterprises":
        known |= {"where": {"text": SHOWN}, "text": SHOWN}
    needed = {
        one.variable.name.value: print_ast(one.type)
        for one in document.operation.variable_definitions or ()
        if one.default_value is None
    }
    if {"id", "enterpriseId"} & set(needed):
        known |= dict.fromkeys(("id", "enterpriseId"), object_of(document, demo))
    return {
        name: known[name]
        for name, type_ in needed.items()
        if name in known and (type_.endswith("!") or name in ("where", "text"))
    }


def object_of(document: ClientDocument, demo: Demo) -> str:
    """The id of an object that the list screen of the same client shows."""
    if document.folder == "enterprise-web" and document.name == "commitment-form":
        home = next(one for one in SCREENS if one.folder == "enterprise-web" and one.name == "home")
        found: str = demo.ask(home.text, account_of(home))["viewer"]["enterprise"]["id"]
        return found
    type_ = next((name for name in LISTS if f"... on {name} " in document.text), "Enterprise")
    name, nodes = LISTS[type_]
    listing = next(one for one in SCREENS if one.folder == document.folder and one.name == name)
    data = demo.ask(listing.text, account_of(listing), **variables_of(listing, demo))
    id: str = nodes(data)[0]["id"]
    return id


def empty_lists(data: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of all lists that have nothing in them."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from empty_lists(value, (*path, name))
    elif isinstance(data, list):
        if not data:
            yield ".".join(path)
        for value in data:
            yield from empty_lists(value, path)


def may_be_empty(path: str) -> bool:
    return any(f".{path}".endswith(f".{end}") for end in MAY_BE_EMPTY)


@pytest.mark.parametrize("document", SCREENS, ids=lambda one: f"{one.folder}/{one.name}")
def test_a_screen_is_answered_in_one_query_and_shows_something(document: ClientDocument, demo: Demo) -> None:
    data = demo.ask(document.text, account_of(document), **variables_of(document, demo))
    assert all(value is not None for value in data.values())
    nothing_yet = NOTHING_YET.get(f"{document.folder}/{document.name}")
    empty = {path for path in empty_lists(data) if not may_be_empty(path)}
    assert empty - {nothing_yet} == set()


@pytest.mark.parametrize("document", SCREENS, ids=lambda one: f"{one.folder}/{one.name}")
def test_the_stock_executor_answers_a_screen_alike(
    document: ClientDocument, demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many figures say as of when they are.
    monkeypatch.setattr(MovableClock, "now", lambda clock: NOW + timedelta(minutes=5))
    who, variables = account_of(document), variables_of(document, demo)
    ours = demo.ask(document.text, who, **variables)
    stock = demo.send({"query": document.text, "variables": variables}, who, of=demo.stock)
    assert stock == {"data": ours}
    assert json.dumps(stock) == json.dumps({"data": ours}), "in the same order, too"
    for _ in range(2):  # The second time it is kept, the third time it is a repeat.
        assert json.dumps(demo.ask(document.text, who, **variables)) == json.dumps(ours)


def test_a_document_is_answered_by_its_hash_and_a_strange_one_is_not(demo: Demo) -> None:
    home = next(one for one in SCREENS if one.folder == "app" and one.name == "home")
    by_text = demo.ask(home.text, "county-head")["viewer"]["name"]
    digest = next(key for key, text in _manifest().items() if text == home.text)
    assert demo.send({"documentId": digest}, "county-head")["data"]["viewer"]["name"] == by_text
    strange = demo.send({"query": "{ viewer { name } }"}, "county-head")
    assert strange["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_KNOWN"


def _manifest() -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / "persisted-documents.json").read_text(encoding="utf-8"))
    return found
