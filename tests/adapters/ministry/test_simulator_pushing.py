"""The stand-in pushes to a province: in order, shuffled, repeated, changed, damaged; and shows what came of each."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from yanbao.adapters.ministry.wire import WireKeys
from yanbao.application.ports.unavailable import Unavailable
from yanbao.settings import DEMO_INBOUND

from ...support.patience import PATIENCE
from .receiving import Reception
from .support import COMPANY, Simulator

pytestmark = pytest.mark.process
TARGETS = {"companies": [COMPANY], "areas": ["610526"]}


class Province(Reception):
    """A reception behind a real server, by the real clock."""

    def __init__(self) -> None:
        super().__init__(keys=WireKeys(secret=DEMO_INBOUND[1]), now=0.0)
        self.profile = self.profile.model_copy(update={"app_id": DEMO_INBOUND[0]})

    def __getattribute__(self, name: str) -> Any:
        return time.time() if name == "now" else super().__getattribute__(name)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(delivery.raw) for delivery in self.received]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for message in self.messages for record in message["data"]]


@pytest.fixture
def province(simulator: Simulator) -> Iterator[Province]:
    found = Province()
    server = uvicorn.Server(uvicorn.Config(found.app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < ends:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    simulator.client.post("/_control/province", json={"url": f"http://127.0.0.1:{port}"}).raise_for_status()
    yield found
    server.should_exit = True
    thread.join(PATIENCE)


def push(simulator: Simulator, **order: Any) -> dict[str, Any]:
    answer = simulator.client.post("/_control/push", json={**TARGETS, **order})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def described(simulator: Simulator, *ids: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.client.get("/_control/items", params={"id": ids}).json()["items"]
    return found


def test_one_of_each_kind_arrives_and_its_answer_is_kept(simulator: Simulator, province: Province) -> None:
    done = push(simulator, kinds={"PATROL_PROBLEM": 1, "SPOT_CHECK_PROBLEM": 1, "WARNING": 1})
    assert (done["messages"], done["statuses"]) == (3, {"200": 3})
    assert [delivery.kind.value for delivery in province.received] == [
        "PATROL_PROBLEM",
        "SPOT_CHECK_PROBLEM",
        "WARNING",
    ]
    assert [record["id"] for record in province.records] == done["items"]
    for item in described(simulator, *done["items"]):
        ((sending),) = item["sendings"]
        assert (sending["status"], sending["how"], sending["by"]) == (200, "none", "push")
        assert json.loads(sending["answer"])["code"] == "0"
        assert [version["times"] for version in item["versions"]] == [1]
        assert item["returned"] == []


def test_several_records_share_a_message(simulator: Simulator, province: Province) -> None:
    done = push(simulator, kinds={"WARNING": 5}, together=2)
    assert done["messages"] == 3
    assert [len(message["data"]) for message in province.messages] == [2, 2, 1]


def test_a_repeated_message_keeps_its_id_and_is_signed_anew(simulator: Simulator, province: Province) -> None:
    push(simulator, kinds={"WARNING": 1}, repeat=3)
    assert len({message["msgId"] for message in province.messages}) == 1
    assert len({delivery.nonce for delivery in province.received}) == 3


def test_a_change_is_the_next_version_in_a_message_of_its_own(
    simulator: Simulator, province: Province
) -> None:
    push(simulator, kinds={"WARNING": 2}, change="ended")
    assert [record["version"] for record in province.records] == [1, 1, 2, 2]
    assert [bool(record["endTime"]) for record in province.records] == [False, False, True, True]
    assert len({message["msgId"] for message in province.messages}) == 4


def test_an_end_may_arrive_before_its_beginning(simulator: Simulator, province: Province) -> None:
    push(simulator, kinds={"SPOT_CHECK_PROBLEM": 1}, change="ended_first")
    assert [(record["version"], record["deleted"]) for record in province.records] == [(2, "1"), (1, "0")]


def test_a_shuffled_order_loses_nothing(simulator: Simulator, province: Province) -> None:
    done = push(simulator, kinds={"WARNING": 20}, change="raised", order="shuffled", repeat=2, seed=3)
    assert (done["messages"], done["statuses"]) == (80, {"200": 80})
    arrived = [(record["id"], record["version"]) for record in province.records]
    assert sorted(set(arrived)) == sorted((id, version) for id in done["items"] for version in (1, 2))
    assert arrived != sorted(arrived)


@pytest.mark.parametrize(
    ("tampering", "statuses"),
    [
        ("flipped_byte", {"401": 1}),
        ("wrong_signature", {"401": 1}),
        ("old_timestamp", {"401": 1}),
        ("cut_json", {"200": 1}),
        ("wrong_code", {"200": 1}),
        ("unknown_enterprise", {"200": 1}),
        ("foreign_area", {"200": 1}),
        ("replayed", {"200": 2}),
        ("replayed_nonce", {"200": 2}),
    ],
)
def test_a_message_is_damaged_as_ordered(
    simulator: Simulator, province: Province, tampering: str, statuses: dict[str, int]
) -> None:
    done = push(simulator, kinds={"WARNING": 1}, tampering=tampering)
    assert done["statuses"] == statuses, "a reception without an inbox takes whatever is authentic"
    assert {one["how"] for item in described(simulator, *done["items"]) for one in item["sendings"]} == {
        tampering
    }
    match tampering:
        case "cut_json":
            with pytest.raises(ValueError):  # the cut may lie inside a character: not even UTF-8
                json.loads(province.received[0].raw)
        case "wrong_code":
            assert province.records[0]["rank"] == "ZZ"
        case "unknown_enterprise":
            assert province.records[0]["companyCode"] != COMPANY
        case "foreign_area":
            assert province.records[0]["areaCode"] == "110105"
        case "replayed":
            first, again = province.received
            assert (first.raw, first.headers) == (again.raw, again.headers)
        case "replayed_nonce":
            first, again = province.received
            assert first.nonce == again.nonce and first.raw != again.raw


def test_an_item_that_exists_is_changed_or_sent_again(simulator: Simulator, province: Province) -> None:
    (item,) = push(simulator, kinds={"WARNING": 1})["items"]
    assert push(simulator, items=[item], change="described")["items"] == [item]
    push(simulator, items=[item])
    assert [record["version"] for record in province.records] == [1, 2, 2]
    (found,) = described(simulator, item)
    assert [(version["version"], version["times"]) for version in found["versions"]] == [(1, 1), (2, 2)]


def test_what_is_not_answered_is_sent_again(simulator: Simulator, province: Province) -> None:
    province.fails_with = Unavailable("the database is away")
    assert push(simulator, kinds={"WARNING": 1}, attempts=2)["statuses"] == {"503": 2}
    province.fails_with = None
    assert push(simulator, kinds={"WARNING": 1}, attempts=2)["statuses"] == {"200": 1}


def test_a_province_that_does_not_listen_is_no_answer(simulator: Simulator, province: Province) -> None:
    simulator.client.post("/_control/province", json={"url": "http://127.0.0.1:9"}).raise_for_status()
    done = push(simulator, kinds={"WARNING": 1}, attempts=1)
    assert done["statuses"] == {"none": 1}
    ((sending),) = described(simulator, *done["items"])[0]["sendings"]
    assert sending["status"] is None and sending["answer"]


@pytest.mark.parametrize(
    "order",
    [
        {},
        [],
        {"kinds": {"WARNING": 0}},
        {"kinds": {"WARNING": -1}},
        {"kinds": {"WARNING": True}},
        {"kinds": {"RISK": 1}},
        {"kinds": {"WARNING": 1}, "companies": ["x"]},
        {"kinds": {"WARNING": 1}, "areas": ["0"]},
        {"kinds": {"WARNING": 1}, "order": "sorted"},
        {"kinds": {"WARNING": 1}, "change": "bigger"},
        {"kinds": {"WARNING": 1}, "tampering": "fire"},
        {"kinds": {"WARNING": 1}, "repeat": 0},
        {"kinds": {"WARNING": 1}, "together": 21},
        {"items": ["YJ-none-000001"], "change": "raised"},
        {"items": ["YJ-none-000001"], "change": "ended_first"},
    ],
)
def test_an_order_that_makes_no_sense_pushes_nothing(
    simulator: Simulator, province: Province, order: Any
) -> None:
    given = {**TARGETS, **order} if isinstance(order, dict) else order
    answer = simulator.client.post("/_control/push", json=given)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert province.received == []
    assert simulator.client.get("/_control/items").json()["items"] == []


def test_an_order_nested_too_deep_is_refused(simulator: Simulator) -> None:
    for path in ("push", "province"):
        assert simulator.client.post(f"/_control/{path}", content=b"[" * 50_000).status_code == 400


def test_the_page_pushes_by_its_forms_and_shows_both_directions(
    simulator: Simulator, province: Province
) -> None:
    assert "还没有下发任何事项" in simulator.client.get("/items").text
    form = {"WARNING": "1", "companies": COMPANY, "areas": "610526", "change": "raised", "repeat": "2"}
    answer = simulator.client.post("/items", data=form)
    assert answer.status_code == 303
    page = simulator.client.get(answer.headers["location"])
    for words in ("已下发1项、4份报文：应答2004次", "第1版已发2次，第2版已发2次", "0 成功", "还没有数据"):
        assert words in page.text
    assert "<script" not in page.text and "http://" not in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert 'href="/items"' in simulator.client.get("/").text
    (item,) = simulator.client.get("/_control/items").json()["items"]
    again = {"items": item["externalId"], "change": "ended"}
    simulator.client.post("/items", data=again)
    assert province.records[-1]["version"] == 3


def test_a_form_of_another_site_or_without_sense_pushes_nothing(
    simulator: Simulator, province: Province
) -> None:
    form = {"WARNING": "1", **{name: found[0] for name, found in TARGETS.items()}}
    foreign = simulator.client.post("/items", data=form, headers={"Origin": "http://elsewhere"})
    assert foreign.status_code == 403
    wrong = simulator.client.post("/items", data={**form, "repeat": "<b>"})
    assert wrong.status_code == 303
    assert "没有下发" in simulator.client.get(wrong.headers["location"]).text
    assert province.received == []
    told = simulator.client.get("/items", params={"told": "<b>x</b>"}).text
    assert "&lt;b&gt;x" in told and "<b>x" not in told
