"""What goes up, told once and run with every shipped profile on the twin and on the stand-in in its own process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

import pytest

from yanbao.adapters.ministry.encryption import Encryption
from yanbao.adapters.ministry.outbound_profile import NEEDED
from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.samples import COMPANY, sample_record
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE, shipped_names, shipped_profile
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.application.ports.exchange import MinistryPlatform, PushFailed, RecordKind

from .support import BODY_KEY, Simulator, changed, keys_for

DAYS = {
    RecordKind.COMMITMENT: date(2026, 11, 30),
    RecordKind.PATROL: date(2026, 11, 27),
    RecordKind.SPOT_CHECK: date(2026, 11, 27),
    RecordKind.PROBLEM: date(2026, 11, 30),
    RecordKind.ALERT: date(2026, 11, 30),
}
each_kind = pytest.mark.parametrize("kind", list(RecordKind))


class World(Protocol):
    ministry: MinistryPlatform
    profile: Profile

    def refuse(self, key: str, code: str) -> None: ...
    def results(self, of: str) -> list[tuple[int, str]]: ...


@dataclass
class TwinWorld:
    ministry: TwinMinistry
    profile: Profile

    def refuse(self, key: str, code: str) -> None:
        self.ministry.refuse([key], code=code)

    def results(self, of: str) -> list[tuple[int, str]]:
        return [(one["version"], one["state"]) for one in self.ministry.results(of)]


@dataclass
class HttpWorld:
    ministry: MinistryPlatform
    profile: Profile
    simulator: Simulator

    def refuse(self, key: str, code: str) -> None:
        self.simulator.refuse([key], code, "拒收")

    def results(self, of: str) -> list[tuple[int, str]]:
        rows = self.simulator.client.get("/_control/results", params={"object": of}).raise_for_status().json()
        return [(one["record"]["version"], one["record"]["state"]) for one in rows]


@pytest.fixture(scope="module", params=shipped_names())
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    profile = shipped_profile(request.param)
    encrypted = profile.cipher is not Encryption.NONE
    one = Simulator(
        tmp_path_factory.mktemp("exchange") / "store.sqlite",
        *("--profile", request.param),
        env={"MINISTRY_SIMULATOR_BODY_KEY": BODY_KEY.hex() if encrypted else ""},
    )
    yield profile, one
    assert one.end() == (0, "")


@pytest.fixture(params=["twin", "http"])
def world(request: pytest.FixtureRequest, running: tuple[Profile, Simulator]) -> Iterator[World]:
    profile, simulator = running
    if request.param == "twin":
        yield TwinWorld(TwinMinistry(profile), profile)
        return
    simulator.reset()
    ministry = simulator.ministry(profile=profile, keys=keys_for(profile))
    yield HttpWorld(ministry, profile, simulator)
    ministry.close()


@pytest.mark.process
@each_kind
def test_every_kind_is_taken_and_its_receipt_is_that_of_what_was_sent(world: World, kind: RecordKind) -> None:
    sent = sample_record(kind)
    answer = world.ministry.push(kind, [sent])
    assert (answer.accepted, answer.refused) == ({sent.id}, ())
    assert answer.code in world.profile.outbound.success_codes
    (receipt,) = world.ministry.receipts(kind, DAYS[kind])
    assert (receipt.id, receipt.digest) == (sent.id, world.ministry.digest(kind, sent))
    assert world.ministry.receipts(kind, DAYS[kind] - timedelta(days=1)) == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (RecordKind.COMMITMENT, {"credit_code": "91610500MA6Y00000I"}),
        (RecordKind.PATROL, {"overdue": 9}),
        (RecordKind.SPOT_CHECK, {"region_name": ""}),
        (RecordKind.PROBLEM, {"handler": ""}),
        (RecordKind.ALERT, {"credit_code": "short"}),
    ],
)
def test_a_record_that_breaks_their_rules_is_refused_alone_and_for_good(
    world: World, kind: RecordKind, change: dict[str, Any]
) -> None:
    good, bad = sample_record(kind, region_code="610100"), sample_record(kind, **{"revision": 7} | change)
    if "revision" not in good.facts:
        bad = sample_record(kind, **change)
    answer = world.ministry.push(kind, [good, bad])
    assert answer.accepted == {good.id}
    (refusal,) = answer.refused
    assert (refusal.id, refusal.may_succeed_later) == (bad.id, False)
    assert refusal.code in world.profile.outbound.permanent_record_codes


@pytest.mark.process
@pytest.mark.parametrize("kind", [RecordKind.PROBLEM, RecordKind.ALERT])
def test_an_ordered_refusal_passes_and_another_record_is_taken_beside_it(
    world: World, kind: RecordKind
) -> None:
    sent = sample_record(kind)
    key = sent.facts["external_id"] if kind is RecordKind.PROBLEM else sent.facts["local_id"]
    world.refuse(key, "R501")
    (refusal,) = world.ministry.push(kind, [sent]).refused
    assert refusal.may_succeed_later
    assert refusal.code in world.profile.outbound.transient_record_codes


@pytest.mark.process
def test_the_changes_of_one_problem_are_kept_in_the_order_in_which_they_came(world: World) -> None:
    for revision, (action, state) in enumerate(
        (("RECEIVED", "ISSUED"), ("ACKNOWLEDGE", "ACKNOWLEDGED"), ("CLOSE", "CLOSED")), start=1
    ):
        sent = sample_record(RecordKind.PROBLEM, revision=revision, action=action, state=state)
        assert world.ministry.push(RecordKind.PROBLEM, [sent]).accepted == {sent.id}
    world.ministry.push(RecordKind.PROBLEM, [sample_record(RecordKind.PROBLEM, external_id="another")])
    assert world.results("BJ-2026-000001") == [(1, "1"), (2, "2"), (3, "6")]


@pytest.mark.process
def test_an_alert_of_our_own_is_named_by_our_id(world: World) -> None:
    changes = {"external_id": None, "origin": "WATCH", "kind": "CERTIFICATE", "verification": None}
    sent = sample_record(RecordKind.ALERT, **changes, certificate_number="（陕）YH安许证字〔2023〕000123")
    assert world.ministry.push(RecordKind.ALERT, [sent]).accepted == {sent.id}
    assert world.results(sent.facts["local_id"]) == [(5, "4")]


@each_kind
def test_a_profile_may_leave_out_what_the_ministry_does_not_take(kind: RecordKind) -> None:
    fields = DEFAULT_PROFILE.outbound.records[kind].fields
    spare = [fact for fact in fields if fact not in NEEDED[kind]]
    lean = changed(**{f"outbound__records__{kind.value}__fields__{fact}": None for fact in spare})
    ministry, sent = TwinMinistry(lean), sample_record(kind)
    assert ministry.push(kind, [sent]).accepted == {sent.id}
    assert [one.id for one in ministry.receipts(kind, DAYS[kind])] == [sent.id]


@pytest.mark.process
def test_another_key_is_refused_and_nothing_is_kept(running: tuple[Profile, Simulator]) -> None:
    profile, simulator = running
    simulator.reset()
    stranger = simulator.ministry(profile=profile, keys=replace(keys_for(profile), secret=b"another"))
    with pytest.raises(PushFailed, match="HTTP 401"):
        stranger.push(RecordKind.PROBLEM, [sample_record(RecordKind.PROBLEM)])
    if profile.cipher is not Encryption.NONE:
        other = simulator.ministry(profile=profile, keys=replace(keys_for(profile), body_key=bytes(16)))
        with pytest.raises(PushFailed, match="HTTP 400"):
            other.push(RecordKind.PROBLEM, [sample_record(RecordKind.PROBLEM)])
    ours = simulator.ministry(profile=profile, keys=keys_for(profile))
    assert ours.receipts(RecordKind.PROBLEM, DAYS[RecordKind.PROBLEM]) == []


@pytest.mark.process
def test_nothing_readable_travels_when_the_profile_encrypts(running: tuple[Profile, Simulator]) -> None:
    profile, simulator = running
    simulator.reset()
    ours = simulator.ministry(profile=profile, keys=keys_for(profile))
    ours.push(RecordKind.COMMITMENT, [sample_record(RecordKind.COMMITMENT)])
    body = json.loads(simulator.messages()[-1]["body"])
    if profile.cipher is Encryption.NONE:
        assert COMPANY in json.dumps(body)
    else:
        assert list(body) == [profile.envelope.sealed]
        assert COMPANY not in json.dumps(body)
