"""The exchange in both directions, told once and run with every shipped profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanbao.adapters.ministry.answering import Answers
from yanbao.adapters.ministry.encryption import Encryption
from yanbao.adapters.ministry.inbound_profile import Version
from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.reading import ProfileReader
from yanbao.adapters.ministry.samples import COMPANY, sample_problem, sample_record, sample_warning
from yanbao.adapters.ministry.shipped import shipped_names, shipped_profile
from yanbao.adapters.ministry.signing import NotBelieved
from yanbao.adapters.ministry.stating import problem_record, stated_message, warning_record
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.exchange import MinistryPlatform, PushFailed, RecordKind
from yanbao.application.ports.inbound import (
    DeliveryAnswer,
    MinistryProblem,
    MinistryWarning,
    RecordAnswer,
    UnreadableMessage,
)
from yanbao.domain.alert.form import AlertKind, AlertLevel, RiskType
from yanbao.domain.exchange.inbound import InboundKind, RecordFault
from yanbao.domain.problem.form import ProblemCategory, Severity

from .support import SECRET, Simulator

BODY_KEY = bytes(range(16))
NOW = 1_795_500_000.0
DAYS = {
    RecordKind.COMMITMENT: date(2026, 11, 30),
    RecordKind.PATROL: date(2026, 11, 27),
    RecordKind.SPOT_CHECK: date(2026, 11, 27),
    RecordKind.PROBLEM: date(2026, 11, 30),
    RecordKind.ALERT: date(2026, 11, 30),
}
each_profile = pytest.mark.parametrize("name", shipped_names())
each_kind = pytest.mark.parametrize("kind", list(RecordKind))


def keys(profile: Profile) -> WireKeys:
    encrypted = profile.cipher is not Encryption.NONE
    return WireKeys(secret=SECRET.encode(), body_key=BODY_KEY if encrypted else None)


def wire(profile: Profile, at: float = NOW) -> Wire:
    return Wire(profile, keys(profile), lambda: at)


def reader(profile: Profile) -> ProfileReader:
    return ProfileReader(profile, wire(profile))


# ---------------------------------------------------------------- up


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
    ministry = simulator.ministry(profile=profile, keys=keys(profile))
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


@pytest.mark.process
def test_another_key_is_refused_and_nothing_is_kept(running: tuple[Profile, Simulator]) -> None:
    profile, simulator = running
    simulator.reset()
    stranger = simulator.ministry(profile=profile, keys=replace(keys(profile), secret=b"another"))
    with pytest.raises(PushFailed, match="HTTP 401"):
        stranger.push(RecordKind.PROBLEM, [sample_record(RecordKind.PROBLEM)])
    if profile.cipher is not Encryption.NONE:
        other = simulator.ministry(profile=profile, keys=replace(keys(profile), body_key=bytes(16)))
        with pytest.raises(PushFailed, match="HTTP 400"):
            other.push(RecordKind.PROBLEM, [sample_record(RecordKind.PROBLEM)])
    ours = simulator.ministry(profile=profile, keys=keys(profile))
    assert ours.receipts(RecordKind.PROBLEM, DAYS[RecordKind.PROBLEM]) == []


@pytest.mark.process
def test_nothing_readable_travels_when_the_profile_encrypts(running: tuple[Profile, Simulator]) -> None:
    profile, simulator = running
    simulator.reset()
    ours = simulator.ministry(profile=profile, keys=keys(profile))
    ours.push(RecordKind.COMMITMENT, [sample_record(RecordKind.COMMITMENT)])
    body = json.loads(simulator.messages()[-1]["body"])
    if profile.cipher is Encryption.NONE:
        assert COMPANY in json.dumps(body)
    else:
        assert list(body) == [profile.envelope.sealed]
        assert COMPANY not in json.dumps(body)


# ---------------------------------------------------------------- down


def versions(profile: Profile) -> st.SearchStrategy[int]:
    if profile.inbound.version is Version.NUMBER:
        return st.integers(1, 10**15)
    return moments().map(lambda at: int(at.astimezone(profile.timezone).strftime("%Y%m%d%H%M%S")))


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(946_771_200, 2_145_744_000).map(lambda at: datetime.fromtimestamp(at, UTC))


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(str.strip)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)
# A code that a local region replaces is not among them: it would be read as the local one.
AREAS = st.sampled_from(["610526", "610102", "611100", "616900", "610000"])
DATES = st.dates(date(2000, 1, 2), date(2037, 12, 30))


def problems(kind: InboundKind, profile: Profile) -> st.SearchStrategy[MinistryProblem]:
    fields = profile.inbound.problem_form(kind).fields
    patrol = kind is InboundKind.PATROL_PROBLEM
    return st.builds(
        MinistryProblem,
        external_id=IDS,
        version=versions(profile),
        area_code=AREAS if patrol else st.none() | AREAS,
        company_code=st.just(COMPANY)
        if not patrol
        else (st.none() | st.just(COMPANY) if fields.company_code else st.none()),
        category=st.sampled_from(ProblemCategory),
        severity=st.sampled_from(Severity),
        description=WORDS,
        rectify_on=st.none() | DATES,
        found_at=moments(),
        withdrawn=st.none() | WORDS,
    )


def warnings(profile: Profile) -> st.SearchStrategy[MinistryWarning]:
    def of(kind: AlertKind) -> st.SearchStrategy[MinistryWarning]:
        return st.builds(
            MinistryWarning,
            external_id=IDS,
            version=versions(profile),
            area_code=st.none() | AREAS,
            company_code=st.just(COMPANY),
            kind=st.just(kind),
            level=st.sampled_from(AlertLevel),
            risk_type=st.sampled_from(RiskType) if kind is AlertKind.RISK else st.none(),
            description=WORDS,
            value=st.just("") | WORDS,
            occurred_at=moments(),
            certificate_number=st.none() | WORDS,
            expires_on=st.none() | DATES,
            ended=st.none() | WORDS,
            reason=st.just("") | WORDS,
        )

    return st.sampled_from(AlertKind).flatmap(of)


quickly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@each_profile
@pytest.mark.parametrize("kind", [InboundKind.PATROL_PROBLEM, InboundKind.SPOT_CHECK_PROBLEM])
@given(data=st.data())
@quickly
def test_a_problem_that_is_stated_is_read_as_it_was(
    name: str, kind: InboundKind, data: st.DataObject
) -> None:
    profile = shipped_profile(name)
    problem = data.draw(problems(kind, profile))
    assert (
        reader(profile).problem(kind, sent(kind, problem_record(kind, problem, profile), profile)) == problem
    )


@each_profile
@given(data=st.data())
@quickly
def test_a_warning_that_is_stated_is_read_as_it_was(name: str, data: st.DataObject) -> None:
    profile = shipped_profile(name)
    warning = data.draw(warnings(profile))
    record = sent(InboundKind.WARNING, warning_record(warning, profile), profile)
    assert reader(profile).warning(record) == warning
    assert reader(profile).identity(InboundKind.WARNING, record) == (warning.external_id, warning.version)


def sent(kind: InboundKind, record: dict[str, Any], profile: Profile) -> Any:
    """The record after it has travelled in a sealed message."""
    at = datetime.fromtimestamp(NOW, UTC)
    message = stated_message(kind, [record], profile, message_id="m-1", sent_at=at)
    read = reader(profile).message(kind, wire(profile).sealed(message))
    assert read.message_id == "m-1"
    (content,) = read.contents
    return content


def signed_sample(profile: Profile, at: float = NOW) -> tuple[dict[str, str], bytes, str]:
    path = profile.inbound.path(InboundKind.WARNING)
    record = warning_record(sample_warning(AlertKind.RISK, profile), profile)
    message = stated_message(
        InboundKind.WARNING, [record], profile, message_id="m-1", sent_at=datetime.fromtimestamp(at, UTC)
    )
    body = wire(profile, at).sealed(message)
    return wire(profile, at).headers(method="POST", path=path, body=body), body, path


@each_profile
def test_what_the_ministry_signs_is_believed_and_read(name: str) -> None:
    profile = shipped_profile(name)
    headers, body, path = signed_sample(profile)
    nonce = wire(profile).believe(headers, method="POST", path=path, body=body)
    assert nonce == headers[profile.headers.nonce]
    (content,) = reader(profile).message(InboundKind.WARNING, body).contents
    assert reader(profile).warning(content) == sample_warning(AlertKind.RISK, profile)


@each_profile
def test_flipped_bits_wrong_keys_and_old_or_early_times_are_refused(name: str) -> None:
    profile = shipped_profile(name)
    headers, body, path = signed_sample(profile)
    for position in range(0, len(body) * 8, 7):
        flipped = bytearray(body)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(NotBelieved):
            wire(profile).believe(headers, method="POST", path=path, body=bytes(flipped))
    for seconds in (-301, 301):
        with pytest.raises(NotBelieved):
            wire(profile, NOW + seconds).believe(headers, method="POST", path=path, body=body)
    for seconds in (-300, 300):
        assert wire(profile, NOW + seconds).believe(headers, method="POST", path=path, body=body)
    stranger = Wire(profile, replace(keys(profile), secret=b"another"), lambda: NOW)
    with pytest.raises(NotBelieved):
        stranger.believe(headers, method="POST", path=path, body=body)


@each_profile
def test_a_message_of_another_kind_or_without_id_or_of_too_many_records_is_unreadable(name: str) -> None:
    profile = shipped_profile(name)
    at = datetime.fromtimestamp(NOW, UTC)

    def body(kind: InboundKind, records: Any, message_id: Any = "m-1") -> bytes:
        return wire(profile).sealed(stated_message(kind, records, profile, message_id=message_id, sent_at=at))

    most = profile.inbound.batch
    assert (
        len(reader(profile).message(InboundKind.WARNING, body(InboundKind.WARNING, [{}] * most)).contents)
        == most
    )
    for wrong in (
        body(InboundKind.PATROL_PROBLEM, [{}]),
        body(InboundKind.WARNING, [{}] * (most + 1)),
        body(InboundKind.WARNING, [{}, 7]),
        body(InboundKind.WARNING, [{}], message_id=""),
        body(InboundKind.WARNING, [{}], message_id=7),
        body(InboundKind.WARNING, [{}], message_id="m" * 65),
        b"{}",
        b"[]",
        b"",
    ):
        with pytest.raises(UnreadableMessage):
            reader(profile).message(InboundKind.WARNING, wrong)


@each_profile
def test_the_answer_names_each_record_and_is_sealed_as_agreed(name: str) -> None:
    profile = shipped_profile(name)
    answers, codes = Answers(profile, wire(profile)), profile.inbound.answer_codes
    keyed = profile.envelope

    def opened(body: bytes) -> Any:
        return wire(profile).opened(body) if keyed.seals_answers else json.loads(body)

    done = answers.of(
        DeliveryAnswer(
            "m-1",
            [RecordAnswer("a", None, ""), RecordAnswer("b", RecordFault.MALFORMED, "字段x格式错误")],
        )
    )
    assert done.status == 200
    assert opened(done.body) == {
        keyed.code: codes.accepted,
        keyed.sentence: "成功",
        keyed.data: {
            keyed.success: ["a"],
            keyed.fail: [
                {
                    keyed.record_id: "b",
                    keyed.code: profile.inbound.fault_codes[RecordFault.MALFORMED],
                    keyed.sentence: "字段x格式错误",
                }
            ],
        },
    }
    assert (COMPANY in done.body.decode()) is False
    unreadable = answers.of(DeliveryAnswer(None, unreadable="not JSON"))
    conflict = answers.of(DeliveryAnswer("m-1", conflicting=True))
    again = answers.of(DeliveryAnswer("m-1", repeated=True))
    assert [(one.status, opened(one.body)[keyed.code]) for one in (unreadable, conflict, again)] == [
        (400, codes.unreadable),
        (409, codes.conflicting),
        (200, codes.accepted),
    ]
    refusal = answers.refusal(401, codes.not_believed, "签名校验失败。")
    assert (refusal.status, opened(refusal.body)) == (
        401,
        {keyed.code: codes.not_believed, keyed.sentence: "签名校验失败。", keyed.data: None},
    )


@each_profile
@pytest.mark.parametrize("kind", [InboundKind.PATROL_PROBLEM, InboundKind.SPOT_CHECK_PROBLEM])
def test_the_samples_are_read_as_they_were_stated(name: str, kind: InboundKind) -> None:
    profile = shipped_profile(name)
    problem = sample_problem(kind, profile)
    assert (
        reader(profile).problem(kind, sent(kind, problem_record(kind, problem, profile), profile)) == problem
    )
