"""Plays one sample of each kind through a profile, in both directions and without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from ...application.ports.exchange import RecordKind
from ...application.ports.inbound import DeliveryAnswer, RecordAnswer, UnfitRecord, UnreadableMessage
from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    RISK_TYPE_NAMES,
    AlertKind,
    AlertLevel,
    RiskType,
)
from ...domain.exchange.inbound import InboundKind
from ...domain.problem.form import CATEGORY_NAMES, SEVERITY_NAMES, ProblemCategory, Severity
from .answering import Answers
from .encryption import Encryption
from .inbound_profile import Delivery
from .messages import envelope, prepare
from .profile import Profile, UnfitProfile
from .reading import ProfileReader
from .samples import SAMPLE_TIME, sample_problem, sample_record, sample_warning
from .signers import Signing
from .signing import NotBelieved
from .simulator.wording import Wording
from .stating import problem_record, stated_message, warning_record
from .wire import Wire, WireKeys

SAMPLE_KEYS: Final = WireKeys(
    secret=b"sample-secret",
    body_key=bytes(range(16)),
    # The key pair of GB/T 32918.5, appendix A.2: everybody knows it.
    private_key=bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"),
    public_key=bytes.fromhex(
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    ),
)
"""Keys for samples only; with SM2 both sides have the same pair."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One request and its answer. `sealed` is the body as it travels; `taken` is what we read from it.

    `answer_sealed` is None where answers are not encrypted.
    """

    kind: RecordKind | InboundKind
    title: str
    path: str
    polled: bool
    headers: Mapping[str, str]
    clear: Mapping[str, Any]
    sealed: bytes
    answer: Mapping[str, Any]
    answer_sealed: bytes | None
    taken: Mapping[str, Any] | None = None


_NAMES: Final[Mapping[type[Enum], Mapping[Any, str]]] = {
    ProblemCategory: CATEGORY_NAMES,
    Severity: SEVERITY_NAMES,
    AlertKind: ALERT_KIND_NAMES,
    AlertLevel: ALERT_LEVEL_NAMES,
    RiskType: RISK_TYPE_NAMES,
}
OUTBOUND_TITLES: Final = {
    RecordKind.COMMITMENT: "每日承诺",
    RecordKind.PATROL: "每周巡查汇总",
    RecordKind.SPOT_CHECK: "每周抽查汇总",
    RecordKind.PROBLEM: "问题处置情况",
    RecordKind.ALERT: "预警处置情况",
}


class Rehearsal:
    """The samples of one profile. Raises UnfitProfile if no wire can be made of it, or a sample does not fit."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        body_key = SAMPLE_KEYS.body_key if profile.cipher is not Encryption.NONE else None
        keys = WireKeys(
            secret=SAMPLE_KEYS.secret,
            body_key=body_key,
            private_key=SAMPLE_KEYS.private_key,
            public_key=SAMPLE_KEYS.public_key,
        )
        try:
            self._wire = Wire(profile, keys, SAMPLE_TIME.timestamp)
        except ValueError as no:
            place = "signer" if profile.signer is Signing.SM2 else "cipher"
            raise UnfitProfile(profile.id, [f"{place}: {no}"]) from no

    def outbound(self) -> Sequence[Scene]:
        """What would be sent, and the answer of a ministry that takes it."""
        return self._all(list(RecordKind), self._sent)

    def inbound(self) -> Sequence[Scene]:
        """What would be accepted, what we read from it, and our answer."""
        samples: list[tuple[InboundKind, str, Callable[[], Mapping[str, Any]]]] = [
            (InboundKind.PATROL_PROBLEM, "部级巡查问题", lambda: self._problem(InboundKind.PATROL_PROBLEM)),
            (
                InboundKind.SPOT_CHECK_PROBLEM,
                "部级抽查问题",
                lambda: self._problem(InboundKind.SPOT_CHECK_PROBLEM),
            ),
            (InboundKind.WARNING, "部级预警：证书", lambda: self._warning(AlertKind.CERTIFICATE)),
            (InboundKind.WARNING, "部级预警：风险", lambda: self._warning(AlertKind.RISK)),
        ]
        return self._all(samples, lambda sample: self._received(*sample))

    def _all(self, samples: Sequence[Any], play: Callable[[Any], Scene]) -> Sequence[Scene]:
        scenes, errors = [], []
        for sample in samples:
            try:
                scenes.append(play(sample))
            except UnfitProfile as unfit:
                # Go on, so that all mistakes are told at once.
                errors += unfit.errors
        if errors:
            raise UnfitProfile(self._profile.id, errors)
        return scenes

    def _sent(self, kind: RecordKind) -> Scene:
        profile, sample = self._profile, sample_record(kind)
        place = f"outbound.records.{kind.value}"
        batch = prepare(kind, [sample], profile)
        if batch.refused:
            raise UnfitProfile(profile.id, [f"{place}: {batch.refused[0].sentence}"])
        wording = Wording(profile)
        wrong = wording.rules(kind).verdict(wording.record(kind, batch.records[sample.id]))
        if wrong is not None:
            raise UnfitProfile(profile.id, [f"{place}: {wrong.sentence}"])
        message = envelope(kind, batch.message_id, list(batch.records.values()), SAMPLE_TIME, profile)
        body, path = self._wire.sealed(message), profile.path(kind)
        answer = wording.answer("0", "成功", {"success": [str(sample.id)], "fail": []})
        return Scene(
            kind,
            OUTBOUND_TITLES[kind],
            path,
            False,
            self._wire.headers(method="POST", path=path, body=body),
            message,
            body,
            answer,
            self._wire.answer(answer) if profile.envelope.seals_answers else None,
        )

    def _received(self, kind: InboundKind, title: str, state: Callable[[], Mapping[str, Any]]) -> Scene:
        profile, reader = self._profile, ProfileReader(self._profile, self._wire)
        polled = profile.inbound.delivery is Delivery.POLL
        path = profile.inbound.poll_path(kind) if polled else profile.inbound.path(kind)
        try:
            message = stated_message(
                kind, [state()], profile, message_id="BJ-MSG-20261130-0001", sent_at=SAMPLE_TIME
            )
            body = self._wire.sealed(message)
            headers = {} if polled else self._wire.headers(method="POST", path=path, body=body)
            if not polled:
                self._wire.believe(headers, method="POST", path=path, body=body)
            (content,) = reader.message(kind, body).contents
            read = reader.warning(content) if kind is InboundKind.WARNING else reader.problem(kind, content)
        except (ValueError, UnfitRecord, UnreadableMessage, NotBelieved) as no:
            raise UnfitProfile(profile.id, [f"inbound.{kind.value.lower()}: {no}"]) from no
        answer = Answers(profile, self._wire).of(
            DeliveryAnswer("BJ-MSG-20261130-0001", [RecordAnswer(read.external_id, None, "")])
        )
        sealed = profile.envelope.seals_answers
        clear = self._wire.opened(answer.body) if sealed else json.loads(answer.body)
        return Scene(
            kind,
            title,
            path,
            polled,
            headers,
            message,
            body,
            clear,
            answer.body if sealed else None,
            {name: _plain(value, profile) for name, value in asdict(read).items()},
        )

    def _problem(self, kind: InboundKind) -> Mapping[str, Any]:
        return problem_record(kind, sample_problem(kind, self._profile), self._profile)

    def _warning(self, kind: AlertKind) -> Mapping[str, Any]:
        return warning_record(sample_warning(kind, self._profile), self._profile)


def _plain(value: Any, profile: Profile) -> Any:
    if isinstance(value, Enum):
        return f"{_NAMES[type(value)][value]}（{value.value}）"
    if isinstance(value, datetime):
        return value.astimezone(profile.timezone).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value
