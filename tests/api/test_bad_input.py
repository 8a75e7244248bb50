"""Whatever a form says that it must not, the answer has a code and a sentence, nothing breaks inside, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..support.asking import TODAY, form_for, stopped_form
from .refusing import QUICK, RED, SELLER, TOO_MUCH, WHOLESALER, nothing_stored, put, refused, submit

JOBS = (
    *("hotWorkSpecial", "hotWorkFirst", "hotWorkSecond", "temporaryElectricity", "workAtHeight"),
    *("confinedSpace", "maintenance", "powderDisposal", "contractorWork"),
)
COUNTS = {
    "production.workshopsInUse": len(RED.workshops),
    "production.powderWorkshopsInUse": RED.powder_workshops,
    "production.presentPersons": 5_000,
    "riskGrade": 4,
    "topTemperature": 60,
    **{f"hazardousWork.{job}": 999 for job in JOBS},
}
STOCK = {
    "wholesale.warehousesInUse": len(WHOLESALER.warehouses),
    "wholesale.presentPersons": 5_000,
}
AMOUNTS = ("wholesale.stockBoxes", "wholesale.stockKg", "wholesale.boxesIn", "wholesale.boxesOut")
TEXTS = {"dutyLeader": 30, "explanation": 500, "supplement": 500, "substitute.reason": 200}
BAD_AMOUNTS = (
    "-0.001",
    "-1",
    "1.2345",
    "10000000.001",
    "1e20",
    "1e999999999",
    "NaN",
    "-Infinity",
    "abc",
    "",
    "1,5",
    True,
    [],
    {"a": 1},
    1e308,
)


@pytest.mark.parametrize("path", COUNTS)
@given(data=st.data())
@QUICK
def test_a_count_outside_its_limits_is_refused(path: str, data: st.DataObject) -> None:
    most = COUNTS[path]
    least = {"riskGrade": 1, "topTemperature": -50}.get(path, 0)
    outside = st.integers(-TOO_MUCH, least - 1) | st.integers(most + 1, TOO_MUCH)
    with nothing_stored():
        assert set(refused(submit(put(form_for(RED), path, data.draw(outside))))) <= {
            "BAD_USER_INPUT",
            "INVALID_FORM",
            "EXCESS_UNEXPLAINED",
        }


@pytest.mark.parametrize("path", STOCK)
@given(data=st.data())
@QUICK
def test_a_count_of_a_wholesaler_outside_its_limits_is_refused(path: str, data: st.DataObject) -> None:
    outside = st.integers(-TOO_MUCH, -1) | st.integers(STOCK[path] + 1, TOO_MUCH)
    with nothing_stored():
        refused(submit(put(form_for(WHOLESALER), path, data.draw(outside)), WHOLESALER, SELLER))


@pytest.mark.parametrize("value", [2_147_483_648, 10**30, 1.5, "3", True, None, [], {}, [1]], ids=repr)
@pytest.mark.parametrize("path", ["production.presentPersons", "riskGrade", "hazardousWork.workAtHeight"])
def test_what_is_no_whole_number_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        assert refused(submit(put(form_for(RED), path, value))) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("value", BAD_AMOUNTS, ids=repr)
@pytest.mark.parametrize("path", AMOUNTS)
def test_an_amount_that_is_none_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        codes = refused(submit(put(form_for(WHOLESALER), path, value), WHOLESALER, SELLER))
    assert set(codes) <= {"BAD_USER_INPUT", "INVALID_FORM", "EXCESS_UNEXPLAINED"}


@pytest.mark.parametrize("value", [*BAD_AMOUNTS, "100000.001"], ids=repr)
def test_an_amount_of_powder_that_is_none_is_refused(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "production.presentPowderKg", value)))


@given(value=st.decimals(allow_nan=False).filter(lambda amount: not 0 <= amount <= 100_000))
@QUICK
def test_no_decimal_outside_its_limits_passes(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "production.presentPowderKg", str(value))))


@pytest.mark.parametrize("path", TEXTS)
@given(data=st.data())
@QUICK
def test_a_text_that_is_too_long_or_has_control_characters_is_refused(path: str, data: st.DataObject) -> None:
    too_long = st.integers(TEXTS[path] + 1, TEXTS[path] * 3).map(lambda length: "字" * length)
    control = st.sampled_from("\x00\x01\x07\x08\x0b\x1b\x7f\x85").map(lambda c: f"今天各项措施{c}落实到位")
    with nothing_stored():
        refused(submit(put(form_for(RED), path, data.draw(too_long | control))))


@pytest.mark.parametrize("value", ["", "   ", "\n\n", 5, True, None, [], {}], ids=repr)
@pytest.mark.parametrize("path", ["dutyLeader", "substitute.reason", "substitute.personId"])
def test_a_text_that_is_empty_or_no_text_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), path, value)))


@given(value=st.text(max_size=30).filter(lambda t: not t.strip().startswith(("1", "+", "8", "１", "＋"))))
@QUICK
def test_what_is_no_phone_number_is_refused(value: str) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "dutyPhone", value)))


@pytest.mark.parametrize(
    "value", ["12345678901", "1390000000", "139000000012", "139-0000-000x", "", None, 13900000001]
)
def test_what_looks_like_a_phone_number_and_is_none_is_refused(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "dutyPhone", value)))


@pytest.mark.parametrize("path", ["stormWarning", "majorHazard"])
@pytest.mark.parametrize("value", [None, 0, 1, "true", "是", [], {}], ids=repr)
def test_what_is_neither_yes_nor_no_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        assert refused(submit(put(form_for(RED), path, value))) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "在产"),
        ("status", "in_production"),
        ("status", ""),
        ("status", 1),
        ("status", None),
        ("status", ["STOPPED"]),
        ("production.powderProcesses", ["MIXING", "MIXING"]),
        ("production.powderProcesses", ["COOKING"]),
        ("production.powderProcesses", [None]),
        ("production.powderProcesses", "COOKING"),
        ("production.powderProcesses", None),
        ("stoppage", {"reason": "BORED"}),
        ("stoppage", {"reason": None}),
        ("stoppage", {}),
        ("stoppage", {"reason": "HOLIDAY"}),
        ("stoppage", "HOLIDAY"),
        ("production", None),
        ("production", {}),
        ("production", []),
        ("wholesale", {"warehousesInUse": 1}),
        ("wholesale", form_for(WHOLESALER)["wholesale"]),
        ("hazardousWork", None),
        ("hazardousWork", {"juggling": 1}),
        ("unknownField", 1),
    ],
    ids=str,
)
def test_unknown_words_and_missing_or_surplus_parts_are_refused(path: str, value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), path, value)))


@pytest.mark.parametrize("name", sorted(form_for(RED)))
def test_every_field_that_must_be_there_must_be_there(name: str) -> None:
    form = form_for(RED)
    del form[name]
    with nothing_stored():
        refused(submit(form))


@pytest.mark.parametrize(
    "stoppage",
    [
        None,
        {"reason": "OTHER", "note": "短"},
        {"reason": "OTHER"},
        {"reason": "HOLIDAY", "note": "注" * 201},
        {"reason": "HOLIDAY", "expectedResumption": f"{TODAY}"},
        {"reason": "HOLIDAY", "expectedResumption": "2020-01-01"},
        {"reason": "HOLIDAY", "expectedResumption": "0001-01-01"},
        {"reason": "HOLIDAY", "expectedResumption": "2026-13-01"},
        {"reason": "HOLIDAY", "expectedResumption": 20261201},
    ],
    ids=str,
)
def test_a_stoppage_that_makes_no_sense_is_refused(stoppage: Any) -> None:
    with nothing_stored():
        refused(submit(stopped_form(stoppage=stoppage)))


@pytest.mark.parametrize("form", [None, [], "form", 7, {}, [form_for(RED)], {"status": "STOPPED"}], ids=repr)
def test_what_is_no_form_is_refused(form: Any) -> None:
    with nothing_stored():
        refused(submit(form))
