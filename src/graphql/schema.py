"""Build the GraphQL schema from the field classes of every wing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import strawberry
from strawberry.schema.config import StrawberryConfig

from .alert.fields import AlertMutation, AlertQuery
from .commitment.fields import CommitmentMutation, CommitmentQuery
from .commitment.figures import FiguresQuery, RegionFigures
from .directory.changes import DirectoryMutation
from .directory.fields import DirectoryQuery
from .directory.policy import PolicyQuery
from .directory.types import Certificate, Enterprise, Person
from .exchange.fields import ExchangeMutation, ExchangeQuery
from .exchange.inbox import InboxMutation, InboxQuery
from .execution.documents import Documents
from .execution.errors import CodedErrors, CodedSchema, Coding
from .execution.executor import QuietExecutor, RowExecutor
from .execution.limits import Limits
from .execution.repeats import Repeats
from .execution.timing import Resolved, timing
from .export.fields import ExportMutation, ExportQuery
from .files.fields import Attachment, FilesMutation
from .identity.fields import IdentityMutation, IdentityQuery, Viewer
from .inspection.fields import InspectionMutation, InspectionQuery
from .inspection.weekly import WeeklyQuery
from .markers import AlertMarker, CommitmentMarker, ProblemMarker
from .notice.fields import NoticesMutation, NoticesQuery
from .parts.arguments import describe_arguments
from .parts.inputs import Names, compile_inputs
from .parts.labels import LabelsQuery
from .parts.scalars import SCALARS
from .problem.fields import ProblemMutation, ProblemQuery
from .report.fields import ReportMutation, ReportQuery
from .statistics.alerts import AlertStatisticsFields, AlertStatisticsLine
from .statistics.commitments import CommitmentStatisticsFields
from .statistics.inspections import InspectionStatisticsFields, InspectionStatisticsLine
from .statistics.problems import ProblemStatisticsFields, ProblemStatisticsLine
from .statistics.wall import WallQuery
from .subscription import Subscription


@strawberry.type(
    description="查询。Everything is answered within the viewer's scope; what lies outside is not found."
)
class Query(
    IdentityQuery,
    CommitmentQuery,
    InspectionQuery,
    ProblemQuery,
    AlertQuery,
    FiguresQuery,
    CommitmentStatisticsFields,
    InspectionStatisticsFields,
    ProblemStatisticsFields,
    AlertStatisticsFields,
    WallQuery,
    WeeklyQuery,
    ReportQuery,
    DirectoryQuery,
    PolicyQuery,
    NoticesQuery,
    ExchangeQuery,
    InboxQuery,
    ExportQuery,
    LabelsQuery,
):
    pass


@strawberry.type(description="操作。One mutation per business action; refusals are data.")
class Mutation(
    IdentityMutation,
    CommitmentMutation,
    InspectionMutation,
    ProblemMutation,
    AlertMutation,
    FilesMutation,
    ReportMutation,
    ExportMutation,
    DirectoryMutation,
    NoticesMutation,
    ExchangeMutation,
    InboxMutation,
):
    pass


describe_arguments(
    [
        *(Query, Mutation, Subscription, Viewer, Enterprise, RegionFigures),
        *(ProblemMarker, AlertMarker, CommitmentMarker),
        *(InspectionStatisticsLine, ProblemStatisticsLine, AlertStatisticsLine),
    ]
)


@dataclass(frozen=True, slots=True)
class SchemaSettings:
    """Schema options that differ between installations; production turns both off."""

    introspection: bool = True
    suggestions: bool = True
    resolved: Resolved | None = None
    """Told of every root field that has been answered."""
    failed: Callable[[str], None] | None = None
    """Told of the code of every error in an answer."""


def make_schema(settings: SchemaSettings | None = None) -> CodedSchema:
    """Build a schema with its own cache of parsed documents."""
    chosen = settings or SchemaSettings()
    documents = Documents(limits=Limits(), introspection=chosen.introspection, suggestions=chosen.suggestions)
    coding = Coding(suggestions=chosen.suggestions, failed=chosen.failed)
    executor = RowExecutor if chosen.suggestions else QuietExecutor
    schema = CodedSchema(
        Query,
        Mutation,
        Subscription,
        types=[Person, Certificate, Attachment],
        extensions=[
            partial(CodedErrors, coding),
            documents.extension,
        ],
        execution_context_class=executor if chosen.resolved is None else timing(executor, chosen.resolved),
        config=StrawberryConfig(
            name_converter=Names(), scalar_map=SCALARS, disable_field_suggestions=not chosen.suggestions
        ),
    )
    compile_inputs(schema)
    schema.repeats = Repeats(schema, documents, coding)
    return schema
