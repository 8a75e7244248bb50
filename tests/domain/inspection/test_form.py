"""The pre-filled sheet: figures that say where they come from, ranks, what a refresh changes; and the checklist."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import DepartmentSnapshot, Level
from yanbao.domain.inspection.checklist import CHECKLIST, checklist_for
from yanbao.domain.inspection.form import (
    FIGURES,
    InspectionKind,
    Rank,
    Sheet,
    SheetChange,
    figure,
    rank_of,
    rate,
    sheet_changes,
)

from ...support.builders import NOW, PERMIT_EXPIRES, WEINAN, XIAN, a_department
from ...support.inspections import a_figure, a_permit_fact, a_sheet, a_visit

LATER = NOW + timedelta(minutes=5)


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("key", "value", "rank", "shown"),
    [
        ("commitmentRate", Decimal("87.5"), Rank(3, 107), "87.5%（第3名，共107个）"),
        ("commitmentRate", Decimal("100.0"), None, "100%"),
        ("commitmentsLate", 0, None, "0家"),
        ("commitmentsLate", 20, None, "20家"),
        ("videoOnlineRate", None, None, "未接入"),
        ("commitmentRate", "无", None, "无"),
        ("lastLogIn", "无", None, "无"),
        ("lastLogIn", "11-24 09:12", None, "11-24 09:12"),
    ],
)
def test_a_figure_reads_as_one_says_it(
    key: str, value: int | Decimal | str | None, rank: Rank | None, shown: str
) -> None:
    made = figure(InspectionKind.PATROL, key, value, source="安全承诺", as_of=NOW, rank=rank)
    assert made.shown == shown
    assert (made.source, made.as_of) == ("安全承诺", NOW)


def test_what_is_not_connected_is_not_nothing() -> None:
    off = a_figure("videoOnlineRate", None)
    assert off.value is None
    assert sheet_changes(a_sheet(off), a_sheet(a_figure("videoOnlineRate", 0))) == (
        SheetChange("videoOnlineRate", "视频在线率", "未接入", "0%"),
    )


def test_a_figure_that_the_form_does_not_have_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        figure(InspectionKind.SPOT_CHECK, "videoOnlineRate", 1, source="视频", as_of=NOW)


def test_every_figure_of_both_forms_has_a_label() -> None:
    assert set(FIGURES) == set(InspectionKind)
    for rows in FIGURES.values():
        labels = [label for label, _ in rows.values()]
        assert all(labels) and len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (7, 8, Decimal("87.5")),
        (1, 3, Decimal("33.3")),
        (2, 3, Decimal("66.7")),
        (1, 800, Decimal("0.1")),
        (0, 5, Decimal("0.0")),
        (5, 5, Decimal("100.0")),
        (0, 0, "无"),
    ],
)
def test_a_rate_has_one_decimal_and_there_is_none_of_nothing(
    part: int, whole: int, percent: Decimal | str
) -> None:
    assert rate(part, whole) == percent


def test_equals_share_a_place_and_the_next_ones_are_further_down() -> None:
    rates = tuple(Decimal(number) for number in (100, 90, 90, 50))
    assert [rank_of(mine, rates) for mine in rates] == [Rank(1, 4), Rank(2, 4), Rank(2, 4), Rank(4, 4)]


def test_ties_at_0_percent_are_no_rank_6_of_107() -> None:
    rates = (*(Decimal(number) for number in (100, 90, 80, 70, 60)), *[Decimal("0.0")] * 102)
    assert [rank_of(mine, rates) for mine in rates[4:7]] == [Rank(5, 107), None, None]


@given(st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=20))
def test_a_place_lies_among_all_and_somebody_is_first_unless_all_are_at_0(rates: list[Decimal]) -> None:
    places = [rank for mine in rates if (rank := rank_of(mine, tuple(rates))) is not None]
    assert len(places) == sum(mine > 0 for mine in rates)
    assert all(1 <= rank.place <= rank.among == len(rates) for rank in places)
    assert min((rank.place for rank in places), default=1) == 1


# ---------------------------------------------------------------- refreshing


def test_a_refresh_says_what_reads_otherwise_in_the_order_of_the_form() -> None:
    before = a_sheet(
        a_figure("commitmentsLate", 1),
        a_figure("commitmentRate", "87.5", rank=Rank(3, 107)),
        visits=(a_visit("东风烟花厂"), a_visit("利民烟花公司")),
        permits=(a_permit_fact(),),
    )
    after = a_sheet(
        a_figure("commitmentsLate", 2),
        a_figure("commitmentRate", "87.5", rank=Rank(4, 107)),
        a_figure("inProduction", 5),
        visits=(a_visit("东风烟花厂", views=3, checked=True),),
        permits=(a_permit_fact(valid=False),),
    )
    new, gone = after.visits[0], before.visits[1]
    permit = "permit:安全生产许可证|(陕)YH安许证字〔2025〕000123"
    assert sheet_changes(before, after) == (
        SheetChange("commitmentsLate", "逾期上报", "1家", "2家"),
        SheetChange("commitmentRate", "承诺率", "87.5%（第3名，共107个）", "87.5%（第4名，共107个）"),
        SheetChange("inProduction", "在产", None, "5家"),
        SheetChange(f"visit:{new.enterprise_id}", "东风烟花厂", "查看2次；在产", "查看3次；已抽查；在产"),
        SheetChange(
            permit, "安全生产许可证", f"有效，有效期至{PERMIT_EXPIRES}", f"无效，有效期至{PERMIT_EXPIRES}"
        ),
        SheetChange(f"visit:{gone.enterprise_id}", "利民烟花公司", "查看2次；在产", None),
    )


def test_a_newer_time_or_source_alone_is_no_change() -> None:
    before = a_sheet(a_figure(), visits=(a_visit(),), permits=(a_permit_fact(),))
    after = Sheet(
        LATER,
        (replace(a_figure(as_of=LATER), source="另一来源"),),
        (replace(a_visit(), last_at=LATER),),
        (a_permit_fact(),),
    )
    assert sheet_changes(before, after) == ()


@given(st.lists(st.tuples(st.sampled_from(sorted(FIGURES[InspectionKind.PATROL])), st.integers(0, 3))))
def test_the_changes_lead_from_one_sheet_to_the_other(rows: list[tuple[str, int]]) -> None:
    half = len(rows) // 2
    before, after = (
        Sheet(NOW, tuple(a_figure(key, value) for key, value in dict(part).items()))
        for part in (rows[:half], rows[half:])
    )
    lines = {line.key: line.shown for line in before.figures}
    for change in sheet_changes(before, after):
        assert lines.get(change.key) == change.before != change.after
        if change.after is None:
            del lines[change.key]
        else:
            lines[change.key] = change.after
    assert lines == {line.key: line.shown for line in after.figures}


# ---------------------------------------------------------------- checklist and snapshots


def test_the_checklist_serves_both_kinds_of_enterprise() -> None:
    production, wholesale = (checklist_for(kind) for kind in EnterpriseKind)
    assert len(production) >= 25 and len(wholesale) >= 18
    assert set(production) | set(wholesale) == set(CHECKLIST.values())
    # 三超一改 at producers, and overstock at wholesalers.
    assert {"SCOPE", "PERSONS", "POWDER", "PURPOSE"} <= {item.code for item in production}
    assert {"STOCK", "STACKING"} <= {item.code for item in wholesale}


def test_every_item_has_a_code_a_name_and_a_basis_of_its_own() -> None:
    assert all(
        code == item.code and item.name and item.basis and item.kinds for code, item in CHECKLIST.items()
    )
    assert len({item.name for item in CHECKLIST.values()}) == len(CHECKLIST)


def test_a_snapshot_takes_the_region_that_is_meant() -> None:
    department = a_department(
        "西安市应急管理局", level=Level.CITY, over=[WEINAN, XIAN], parent=a_department()
    )
    assert DepartmentSnapshot.of(department).region_id == XIAN
    assert DepartmentSnapshot.of(department, WEINAN) == DepartmentSnapshot(
        department.id, "西安市应急管理局", Level.CITY, WEINAN
    )
