"""The collector of a form's faults: every refusal once, with its path, and nothing else swallowed."""

from __future__ import annotations

import pytest

from yanbao.domain.faults import Faults
from yanbao.domain.refusals import Conflict, InvalidForm, InvalidValue, Refused


def refused(faults: Faults) -> Refused:
    with pytest.raises(Refused) as raised:
        faults.raise_together()
    return raised.value


def test_one_fault_is_raised_as_it_is_and_none_not_at_all() -> None:
    faults = Faults()
    faults.raise_together()
    with faults:
        raise Conflict("已被使用。", field="name")
    assert isinstance(refused(faults), Conflict) and faults.at("name") and not faults.at("phone")


def test_several_come_together_with_their_paths_those_of_a_part_too() -> None:
    faults = Faults()
    with faults:
        raise InvalidValue("一。", field="name")
    for number in range(2):
        with faults.under(f"parts.{number}"):
            raise InvalidForm([InvalidValue("二。", field="kg"), InvalidValue("三。")])
    with faults:
        raise InvalidValue("四。", field="phone")
    form = refused(faults)
    assert isinstance(form, InvalidForm)
    paths = ["name", "parts.0.kg", "parts.0", "parts.1.kg", "parts.1", "phone"]
    assert [item.field for item in form.items] == paths


def test_what_is_no_refusal_is_not_collected() -> None:
    faults = Faults()
    with pytest.raises(ZeroDivisionError), faults.under("parts.0"):
        _ = 1 // 0
    assert faults.found == []
