"""The GraphQL documents that are measured."""

from __future__ import annotations

from typing import Final

_TALLY: Final = "tally { expected reported inProduction stopped unreported onTime late automatic }"

OVERVIEW: Final = f"""
query Overview($day: Date!) {{
  commitmentOverview(firstDay: $day, lastDay: $day) {{
    whole {{ region {{ id name }} {_TALLY} }}
    parts {{ region {{ id name }} {_TALLY} }}
  }}
}}"""

STATISTICS: Final = f"""
query Statistics($first: Date!, $last: Date!, $step: Step!, $level: Level) {{
  commitmentStatistics(firstDay: $first, lastDay: $last, step: $step, regionLevel: $level) {{
    whole {{ {_TALLY} }}
    periods {{ firstDay lastDay {_TALLY} }}
    regions {{ figures {{ region {{ id name }} {_TALLY} }} }}
  }}
}}"""

HISTORY: Final = """
query History($where: CommitmentFilterInput!, $first: Int!, $after: String) {
  commitments(where: $where, first: $first, after: $after) {
    nodes {
      id businessDate dueAt state revision kind status origin late
      reportedAt reportedBy riskGrade excess stopReason
      enterprise { id name creditCode kind address region { id name } }
      region { id name }
    }
    pageInfo { hasNextPage }
  }
}"""

SUBMIT: Final = """
mutation Submit($enterprise: ID!, $day: Date!, $form: CommitmentFormInput!, $key: String!) {
  submitCommitment(enterpriseId: $enterprise, businessDate: $day, form: $form, clientMutationKey: $key) {
    __typename
    ... on CommitmentSaved { commitment { id state revision late } }
    ... on Refusal { code message }
  }
}"""

ALERTS: Final = """
query Alerts($where: AlertFilterInput!, $first: Int!, $order: AlertOrder!) {
  alerts(where: $where, first: $first, orderBy: $order) {
    nodes {
      id kind level state description enterpriseName openedAt acknowledgeDue feedBackDue revision region { id name }
    }
    pageInfo { hasNextPage }
  }
}"""

RECORDS: Final = """
query Records($where: InspectionFilterInput!, $first: Int!) {
  inspections(where: $where, first: $first) {
    nodes {
      id kind origin state businessDate departmentName personName targetName targetRegionName
      openedAt submittedAt conclusion conclusionText rectifiedOnSite replaced revision problemCount
    }
    pageInfo { hasNextPage }
  }
}"""

OPEN_PATROL: Final = """
mutation OpenPatrol($region: ID!, $key: String!) {
  openPatrol(regionId: $region, clientMutationKey: $key) {
    __typename
    ... on InspectionSaved {
      inspection { id sheet { takenAt figures { key label value source asOf } visits { name views lastAt seen } } }
    }
    ... on Refusal { code message }
  }
}"""

_PROBLEM: Final = """
    nodes {
      id origin addresseeName issuerName category severity description rectifyOn issuedAt issuedBy
      acknowledgeDue feedBackDue rectifyDue state acknowledgedAt firstFeedbackAt fedBackAt endedAt extensionUntil revision
      region { id name }
    }
    pageInfo { hasNextPage }
"""

PROBLEMS: Final = f"""
query Problems($where: ProblemFilterInput!, $first: Int!) {{
  problems(where: $where, first: $first) {{ {_PROBLEM} }}
}}"""

_PROBLEM_COUNTS: Final = """counts { issued unfedBack fedBack closed withdrawn overdue meanFeedbackSeconds
    p90FeedbackSeconds }"""

PROBLEM_STATISTICS: Final = f"""
query ProblemStatistics($where: ProblemFilterInput!, $by: ProblemDimension) {{
  problemStatistics(where: $where, by: $by, step: MONTH) {{
    whole {{ {_PROBLEM_COUNTS} }}
    lines {{ key {_PROBLEM_COUNTS} }}
    periods {{ key {_PROBLEM_COUNTS} }}
  }}
}}"""

_ALERT_COUNTS: Final = """counts { opened unfedBack fedBack closed ended overdue meanFeedbackSeconds
    p90FeedbackSeconds }"""

ALERT_STATISTICS: Final = f"""
query AlertStatistics($where: AlertFilterInput!, $by: AlertDimension) {{
  alertStatistics(where: $where, by: $by, step: MONTH) {{
    whole {{ {_ALERT_COUNTS} }}
    lines {{ key {_ALERT_COUNTS} }}
    periods {{ key {_ALERT_COUNTS} }}
  }}
}}"""

PROBLEMS_TO_ME: Final = f"""
query ToMe($first: Int!, $unfedBack: Boolean) {{
  problemsToMe(first: $first, unfedBack: $unfedBack) {{ {_PROBLEM} }}
}}"""

PROBLEMS_BY_ME: Final = f"""
query ByMe($first: Int!, $unfedBack: Boolean) {{
  problemsByMe(first: $first, unfedBack: $unfedBack) {{ {_PROBLEM} }}
}}"""
