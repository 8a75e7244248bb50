"""What a written report is called, by what it is known, and how its percentages are rounded."""

from __future__ import annotations

from datetime import date

import pytest

from yanbao.domain.files.attachment import owner_of
from yanbao.domain.report.figures import percent
from yanbao.domain.report.report import ReportKind, file_name, report_id, report_key, report_title
from yanbao.domain.values import RegionId

DAY = date(2026, 3, 6)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (ReportKind.DAILY, "西安市烟花爆竹安全承诺日报（2026年3月6日）"),
        (ReportKind.WEEKLY, "西安市烟花爆竹巡查抽查周报（2026年3月6日）"),
        (ReportKind.MONTHLY, "西安市烟花爆竹安全生产月报（2026年3月）"),
    ],
)
def test_the_title_says_what_where_and_when(kind: ReportKind, title: str) -> None:
    assert report_title(kind, "西安市", DAY) == title
    assert file_name(title) == f"{title}.docx"


def test_one_kind_period_and_region_is_one_report() -> None:
    ids = {
        report_id(kind, day, RegionId(region))
        for kind in ReportKind
        for day in (DAY, date(2026, 3, 7))
        for region in ("610100", "610500")
    }
    assert len(ids) == 12
    assert report_id(ReportKind.DAILY, DAY, RegionId("610100")) in ids


def test_the_key_in_the_store_is_no_key_of_an_attachment() -> None:
    key = report_key(report_id(ReportKind.DAILY, DAY, RegionId("610100")))
    assert key.startswith("reported-") and owner_of(key) is None


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, None), (0, 7, "0.0"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 2000, "0.1"), (7, 7, "100.0")],
)
def test_percentages_have_one_decimal_and_halves_go_up(part: int, whole: int, text: str | None) -> None:
    assert percent(part, whole) == text
