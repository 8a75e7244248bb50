"""The events of exports, named in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..values import ExportId
from .kind import ExportKind


@dataclass(frozen=True, slots=True)
class ExportRequested:
    """Somebody asked for an export. `rows` is how many there were then; `selection` is the filter as JSON."""

    export_id: ExportId
    kind: ExportKind
    selection: Mapping[str, Any]
    rows: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportAdvanced:
    """An export began, got on or went back into the queue; live clients look again."""

    export_id: ExportId
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportFinished:
    """The file of an export is complete: so many rows and bytes. `sha256` is that of the file."""

    export_id: ExportId
    kind: ExportKind
    rows: int
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportFailed:
    """An export was given up; the Chinese `why` is shown to its owner."""

    export_id: ExportId
    kind: ExportKind
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportCancelled:
    """The owner no longer wants the export."""

    export_id: ExportId
    kind: ExportKind
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportDownloaded:
    """Somebody downloaded the file of an export, with so many rows."""

    export_id: ExportId
    kind: ExportKind
    rows: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportExpired:
    """The file of an export is no longer kept."""

    export_id: ExportId
    kind: ExportKind
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportedByOperator:
    """An operator exported on the command line. `operator` is the user name in the operating system."""

    operator: str
    kind: ExportKind
    selection: Mapping[str, Any]
    rows: int
    size: int
    sha256: str
    at: datetime


ExportJobEvent = (
    ExportRequested
    | ExportAdvanced
    | ExportFinished
    | ExportFailed
    | ExportCancelled
    | ExportDownloaded
    | ExportExpired
)
"""Every event of an export job."""

ExportEvent = ExportJobEvent | ExportedByOperator
"""Every event of this file."""
