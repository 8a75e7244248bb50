"""What comes down, told once and run with every shipped profile: stated, sealed, believed, read, answered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanbao.adapters.ministry.answering import Answers, Rejection
from yanbao.adapters.ministry.inbound_profile import Version
from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.reading import ProfileReader
from yanbao.adapters.ministry.samples import COMPANY, sample_problem, sample_warning
from yanbao.adapters.ministry.shipped import shipped_names, shipped_profile
from yanbao.adapters.ministry.signing import NotBelieved
from yanbao.adapters.ministry.stating import problem_record, stated_message, warning_record
from yanbao.adapters.ministry.wire import Wire
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

from .support import keys_for

NOW = 1_795_500_000.0
each_profile = pytest.mark.parametrize("name", shipped_names())


def wire(profile: Profile, at: float = NOW) -> Wire:
    return Wire(profile, keys_for(profile), lambda: at)


def reader(profile: Profile) -> ProfileReader:
    return ProfileReader(profile, wire(profile))


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
    stranger = Wire(profile, replace(keys_for(profile), secret=b"another"), lambda: NOW)
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
    assert [(one.status, opened(one.body)[keyed.code]) for one in map(answers.rejected, Rejection)] == [
        (401, codes.not_believed),
        (413, codes.too_large),
        (503, codes.busy),
    ]


@each_profile
@pytest.mark.parametrize("kind", [InboundKind.PATROL_PROBLEM, InboundKind.SPOT_CHECK_PROBLEM])
def test_the_samples_are_read_as_they_were_stated(name: str, kind: InboundKind) -> None:
    profile = shipped_profile(name)
    problem = sample_problem(kind, profile)
    assert (
        reader(profile).problem(kind, sent(kind, problem_record(kind, problem, profile), profile)) == problem
    )
