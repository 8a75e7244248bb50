"""Whether a request asks for a figure that costs more than the others."""

from __future__ import annotations

from typing import Final

from ..context import AppInfo

PERCENTILE: Final = "p90FeedbackSeconds"


def asks_for(info: AppInfo, field: str) -> bool:
    """Whether the document names the field at all; one that is named elsewhere or skipped counts, too."""
    location = info._raw_info.operation.loc
    return location is None or field in location.source.body
