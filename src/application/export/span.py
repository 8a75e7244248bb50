"""Checks that an export covers five years at most: the days asked for, else from its oldest row to today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ...domain.export.job import ExportSpanTooLong
from ..access import Actor
from ..ports.paging import Page
from ..statistics.periods import MOST_DAYS
from .listing import AnyListing


def check_span(listing: AnyListing, actor: Actor, where: Any, *, today: date) -> None:
    """Raise ExportSpanTooLong for more than MOST_DAYS days. Lists without a range of days are not concerned.

    Without a first day the list itself tells: it is refused if it has rows of more than MOST_DAYS before the
    last day. What is open only is taken at any age: it is what must be done, and old rows are the gravest.
    """
    if not hasattr(where, "first_day"):
        return
    last = where.last_day or today
    if where.first_day is not None:
        days = (last - where.first_day).days + 1
        if days > MOST_DAYS:
            raise ExportSpanTooLong(
                f"一次最多导出5年（{MOST_DAYS}天），现为{days}天，请缩短日期范围。",
                field="firstDay" if where.last_day is None else "lastDay",
            )
    elif not _open_only(listing, where) and last.toordinal() > MOST_DAYS:
        before = last - timedelta(days=MOST_DAYS)
        if listing.page(actor, replace(where, last_day=before), Page(1)).rows:
            only = "，或只导出未办结的" if listing.open_only else ""
            raise ExportSpanTooLong(
                f"未指定开始日期，而{before}及以前还有数据；一次最多导出5年（{MOST_DAYS}天），请指定开始日期{only}。",
                field="firstDay",
            )


def _open_only(listing: AnyListing, where: Any) -> bool:
    return listing.open_only is not None and listing.open_only(where)
