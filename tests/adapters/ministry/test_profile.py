"""The profile as a file: what is shipped fits, what does not fit is named by its place."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from yanbao.adapters.ministry.dates import Pattern
from yanbao.adapters.ministry.profile import UnfitProfile, profile_schema, read_profile
from yanbao.adapters.ministry.rehearsal import Rehearsal
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE, find_profile, shipped_names, shipped_profile
from yanbao.application.ports.exchange import RecordKind

from .support import changed

REPOSITORY = Path(__file__).parents[3]
GONE = object()


def content() -> Any:
    return json.loads((files("yanbao.adapters.ministry") / "profiles" / "default.json").read_text("utf-8"))


def errors(**changes: Any) -> list[str]:
    """What is wrong with the default profile after these changes; `__` leads into its parts."""
    whole = content()
    for place, value in changes.items():
        *way, last = place.split("__")
        part = whole
        for step in way:
            part = part[step]
        if value is GONE:
            del part[last]
        else:
            part[last] = value
    with pytest.raises(UnfitProfile) as unfit:
        read_profile(json.dumps(whole).encode(), source="test")
    return unfit.value.errors


def test_two_profiles_are_shipped_and_bear_the_names_of_their_files() -> None:
    assert shipped_names() == ["datas-aes", "default"]
    assert [shipped_profile(name).id for name in shipped_names()] == shipped_names()
    assert find_profile("default") is DEFAULT_PROFILE


def test_the_default_still_has_the_paths_and_types_of_before() -> None:
    assert DEFAULT_PROFILE.path(RecordKind.COMMITMENT) == "/gateway/v1/commitment"
    assert DEFAULT_PROFILE.receipts_path == "/gateway/v1/receipts"
    assert [DEFAULT_PROFILE.message_type(kind) for kind in RecordKind] == [kind.value for kind in RecordKind]


def test_the_committed_schema_is_that_of_the_code() -> None:
    committed = (REPOSITORY / "docs" / "exchange-profile.schema.json").read_text("utf-8")
    assert json.loads(committed) == profile_schema(), "run  make exchange"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"inbound__warning__fields__rank": GONE}, "inbound.warning.fields.rank: is missing"),
        ({"mood": 1}, "mood: is not known"),
        ({"inbound__warning__fields__mood": "x"}, "inbound.warning.fields.mood: is not known"),
        ({"outbound__records__ALERT": GONE}, "outbound.records: missing ['ALERT']"),
        (
            {"outbound__records__COMMITMENT__fields__mood": "x"},
            "outbound.records.COMMITMENT.fields: unknown ['mood']",
        ),
        (
            {"outbound__records__PROBLEM__fields__late": GONE},
            "outbound.records.PROBLEM.fields: missing ['late']",
        ),
        (
            {"outbound__records__PROBLEM__fields__late": "id"},
            "outbound.records.PROBLEM.fields: the fields ['id'] are used for more than one fact",
        ),
        (
            {"inbound__warning__fields__rank": "id"},
            "inbound.warning.fields: ['id'] are used for more than one fact",
        ),
        (
            {"outbound__records__ALERT__fields__at": None},
            "outbound.records.ALERT.fields: ['at'] must be sent",
        ),
        ({"inbound__addresses__WARNING": GONE}, "inbound.addresses: missing ['WARNING']"),
        (
            {"inbound__addresses__WARNING__path": "/patrol-problem"},
            "inbound.addresses: two kinds have the same path",
        ),
        (
            {"outbound__codes__status": {"IN_PRODUCTION": "1", "STOPPED": "1"}},
            "outbound.codes.status: the codes ['1'] stand for more than one value",
        ),
        ({"outbound__codes__status": {"STOPPED": "1"}}, "outbound.codes.status: missing ['IN_PRODUCTION']"),
        (
            {"inbound__codes__level": {"RED": "1", "ORANGE": "1", "YELLOW": "3", "BLUE": "4"}},
            "inbound.codes.level: the codes ['1'] stand for more than one value",
        ),
        ({"inbound__codes__level__RED": GONE}, "inbound.codes.level: missing ['RED']"),
        ({"inbound__fault_codes__MISSING": GONE}, "inbound.fault_codes: missing ['MISSING']"),
        ({"zone": "Mars/Base"}, "zone: 'Mars/Base' is no time zone"),
        (
            {"envelope__data": "msgId"},
            "envelope: two keys of a message have the same name: "
            "message_id, message_type, area_code, sent_at, data",
        ),
        ({"headers__nonce": "x-app-id"}, "headers: two headers have the same name"),
        (
            {"inbound__local_regions": {"610999": "611100"}},
            "inbound.local_regions.610999: outbound.gb_regions has 610403 for 611100",
        ),
        (
            {"outbound__transient_record_codes": ["R101"]},
            "outbound.permanent_record_codes: ['R101'] are transient codes, too",
        ),
    ],
)
def test_a_mistake_is_named_by_its_place(changes: dict[str, Any], expected: str) -> None:
    assert errors(**changes) == [expected]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"outbound__batch_size": 0}, "outbound.batch_size"),
        ({"outbound__batch_size": 501}, "outbound.batch_size"),
        ({"outbound__batch_size": True}, "outbound.batch_size"),
        ({"outbound__receipts_page_size": "500"}, "outbound.receipts_page_size"),
        ({"inbound__poll__seconds": 1}, "inbound.poll.seconds"),
        ({"signer": "MD5"}, "signer"),
        ({"cipher": "DES"}, "cipher"),
        ({"time_format": "yyyyMMdd"}, "time_format"),
        ({"day_format": "%Y%m%d"}, "day_format"),
        ({"area_code": "61"}, "area_code"),
        ({"inbound__base_path": "exchange"}, "inbound.base_path"),
        ({"inbound__codes__category": {"MOOD": "1"}}, "inbound.codes.category.MOOD"),
        ({"outbound__records__ALERT__fields__id": []}, "outbound.records.ALERT.fields"),
        ({"outbound__unstated__risk_grade": "5"}, "outbound.unstated.risk_grade"),
    ],
)
def test_a_value_out_of_bounds_is_named_by_its_place(changes: dict[str, Any], place: str) -> None:
    (line,) = errors(**changes)
    assert line.startswith(f"{place}: ")


def test_all_mistakes_are_told_at_once() -> None:
    assert len(errors(zone="Mars/Base", signer="MD5", outbound__batch_size=0)) == 3


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"id": "a", "id": "b"}', "a key comes twice"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_json_object_is_refused(tmp_path: Path, raw: bytes, why: str) -> None:
    file = tmp_path / "profile.json"
    file.write_bytes(raw)
    with pytest.raises(UnfitProfile) as unfit:
        find_profile(str(file))
    assert why in unfit.value.errors[0]


def test_a_name_that_is_none_tells_which_there_are(tmp_path: Path) -> None:
    for wrong in ("defualt", str(tmp_path)):
        with pytest.raises(UnfitProfile, match="datas-aes, default"):
            find_profile(wrong)


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(changed(id="ours").model_dump_json(by_alias=True), "utf-8")
    assert find_profile(str(file)) == changed(id="ours")


def test_a_sample_that_the_profile_cannot_carry_is_told_by_its_kind() -> None:
    with pytest.raises(UnfitProfile) as unfit:
        Rehearsal(changed(outbound__longest__text=3)).outbound()
    assert [line.split(":")[0] for line in unfit.value.errors] == [
        f"outbound.records.{kind}" for kind in ("COMMITMENT", "PATROL", "SPOT_CHECK")
    ]
    with pytest.raises(UnfitProfile) as unfit:
        Rehearsal(changed(inbound__longest_description=3)).inbound()
    assert len(unfit.value.errors) == 4


@pytest.mark.parametrize("signer", ["NONE", "HMAC_SHA256", "HMAC_SM3", "SM2"])
@pytest.mark.parametrize("cipher", ["NONE", "AES_CBC", "SM4_CBC", "SM4_GCM"])
@pytest.mark.parametrize("seals", ["WHOLE", "DATA"])
def test_every_signer_goes_with_every_cipher_in_both_directions(signer: str, cipher: str, seals: str) -> None:
    profile = changed(
        signer=signer,
        cipher=cipher,
        envelope__seals=seals,
        envelope__sealed="datas",
        envelope__seals_answers=True,
    )
    rehearsal = Rehearsal(profile)
    assert len(rehearsal.outbound()) == 5
    for scene in rehearsal.inbound():
        travelled = json.loads(scene.sealed)
        assert ("datas" in travelled) is (cipher != "NONE")
        assert ("msgId" in travelled) is (cipher == "NONE" or seals == "DATA")


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("yyyyMMddHHmmss", "20261130020304"),
        ("yyyy-MM-dd HH:mm:ss", "2026-11-30 02:03:04"),
        ("yyyy-MM-ddTHH:mm:ss", "2026-11-30T02:03:04"),
        ("dd/MM/yyyy HH.mm.ss", "30/11/2026 02.03.04"),
    ],
)
def test_a_pattern_writes_and_reads_a_time(pattern: str, written: str) -> None:
    one, at = Pattern(pattern, whole_days=False), datetime(2026, 11, 30, 2, 3, 4, tzinfo=UTC)
    assert one.write(at) == written
    assert one.read(written, UTC) == at


@pytest.mark.parametrize(
    "text",
    [
        *("", "20261130", "202611300203045", "2026113002030a", "２０２６1130020304", "20261130020304\n"),
        *("19991231235959", "20380101000000", "19700101000000"),
        *("20260230000000", "20261130240000", "20261330000000", "20261130006000"),
    ],
)
def test_what_is_no_time_between_2000_and_2037_is_not_read(text: str) -> None:
    assert Pattern("yyyyMMddHHmmss", whole_days=False).read(text, UTC) is None


def test_a_day_may_carry_zeros() -> None:
    days = Pattern("yyyyMMdd000000", whole_days=True)
    assert days.write(date(2026, 11, 30)) == "20261130000000"
    assert days.read("20261130000001", UTC) is None


@pytest.mark.parametrize("text", ["", "yyyy", "yyyyMMddHHmmssSSS", "yyyyMMddHHmmssdd", "YYYYMMDD", "%Y"])
def test_a_pattern_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no pattern"):
        Pattern(text, whole_days=False)
