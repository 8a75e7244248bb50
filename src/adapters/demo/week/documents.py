"""The GraphQL documents of the played week: for inspectors, inspected parties and reviewers."""

from __future__ import annotations

from typing import Final

from ..played.documents import REFUSED

WHERE_I_WORK: Final = "query WhereIWork { viewer { commands department { id name } enterprise { id name } } }"

_REGION: Final = "{ code level parent { code } }"

DEPARTMENTS: Final = """
query Departments($after: String) {
  departments(first: 100, after: $after) {
    nodes { id name level parent { id } jurisdiction { id code level parent { code } } }
    pageInfo { hasNextPage endCursor }
  }
}"""

ENTERPRISES: Final = f"""
query Enterprises($region: ID!, $after: String) {{
  enterprises(where: {{ regionId: $region }}, first: 100, after: $after) {{
    nodes {{ id name kind region {_REGION} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

LOOK_AT: Final = "query LookAt($id: ID!) { enterprise(id: $id) { name } }"

# ---------------------------------------------------------------- inspections

_DRAFT: Final = f"__typename {REFUSED} ... on InspectionSaved {{ inspection {{ id revision state }} }}"

OPEN_PATROL: Final = f"""
mutation OpenPatrol($region: ID!, $key: String!) {{
  openPatrol(regionId: $region, clientMutationKey: $key) {{ {_DRAFT} }}
}}"""

OPEN_SPOT_CHECK: Final = f"""
mutation OpenSpotCheck($enterprise: ID!, $key: String!) {{
  openSpotCheck(enterpriseId: $enterprise, clientMutationKey: $key) {{ {_DRAFT} }}
}}"""

EDIT: Final = f"""
mutation Edit($id: ID!, $revision: Int!, $form: InspectionFormInput!, $key: String!) {{
  editInspection(id: $id, revision: $revision, form: $form, clientMutationKey: $key) {{ {_DRAFT} }}
}}"""

REFRESH: Final = f"""
mutation Refresh($id: ID!, $revision: Int!, $key: String!) {{
  refreshInspection(id: $id, revision: $revision, clientMutationKey: $key) {{
    __typename {REFUSED}
    ... on InspectionRefreshed {{ inspection {{ id revision state }} changes {{ label before after }} }}
  }}
}}"""

SUBMIT_INSPECTION: Final = f"""
mutation SubmitInspection($id: ID!, $revision: Int!, $key: String!) {{
  submitInspection(id: $id, revision: $revision, clientMutationKey: $key) {{
    __typename {REFUSED}
    ... on InspectionSaved {{
      inspection {{
        id revision state
        problems {{ id revision state description acknowledgeDue feedBackDue rectifyDue }}
      }}
    }}
  }}
}}"""

DISCARD_INSPECTION: Final = f"""
mutation Discard($id: ID!, $revision: Int!, $key: String!) {{
  discardInspection(id: $id, revision: $revision, clientMutationKey: $key) {{ {_DRAFT} }}
}}"""

SHEET: Final = """
query Sheet($id: ID!) {
  node(id: $id) { ... on Inspection { targetName sheet { figures { label shown source } } } }
}"""

CHECKLIST: Final = "query Checklist($kind: EnterpriseKind!) { checklist(kind: $kind) { code name } }"

RECORDS: Final = """
query Records($first: Date!, $last: Date!, $kind: InspectionKind!, $origin: Origin!, $after: String) {
  inspections(
    where: { firstDay: $first, lastDay: $last, kinds: [$kind], origins: [$origin], replaced: true }, first: 100, after: $after
  ) {
    nodes { id businessDate replaced problems { id } department { id } targetDepartment { id } targetEnterprise { id } }
    pageInfo { hasNextPage endCursor }
  }
}"""

EARLIER_RECORDS: Final = f"""
query EarlierRecords($first: Date!, $last: Date!, $after: String) {{
  inspections(where: {{ firstDay: $first, lastDay: $last, replaced: true }}, first: 100, after: $after) {{
    nodes {{
      businessDate submittedAt origin problemCount rectifiedOnSite department {{ id }}
      targetDepartment {{ id name }} targetEnterprise {{ id name }} targetRegion {_REGION}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

# ---------------------------------------------------------------- problems

_STEP: Final = f"__typename {REFUSED} ... on ProblemSaved {{ problem {{ id revision state acknowledgeDue feedBackDue rectifyDue }} }}"


def step(name: str, **more: str) -> str:
    """The mutation for one step of a problem; `more` maps further arguments to their types."""
    declared = "".join(f", ${argument}: {kind}" for argument, kind in more.items())
    passed = "".join(f", {argument}: ${argument}" for argument in more)
    return f"""
mutation Step($id: ID!, $revision: Int!, $key: String!{declared}) {{
  {name}(id: $id, revision: $revision, clientMutationKey: $key{passed}) {{ {_STEP} }}
}}"""


ACKNOWLEDGE: Final = step("acknowledgeProblem")
RECTIFY: Final = step("rectifyProblem")
PROGRESS: Final = step("reportProblemProgress", feedback="FeedbackInput!")
FEED_BACK: Final = step("feedBackProblem", feedback="FeedbackInput!")
CLOSE: Final = step("closeProblem", note="String!")
RETURN: Final = step("returnProblem", reason="String!", rectifyOn="Date")
REQUEST_EXTENSION: Final = step("requestExtension", until="Date!", reason="String!")
GRANT_EXTENSION: Final = step("grantExtension", note="String!")
REFUSE_EXTENSION: Final = step("refuseExtension", reason="String!")
WITHDRAW: Final = step("withdrawProblem", reason="String!")

PROBLEMS: Final = """
query Problems($first: Date!, $last: Date!, $after: String) {
  problems(where: { firstDay: $first, lastDay: $last, origins: [DEPARTMENT] }, first: 100, after: $after) {
    nodes { id state overdue unfedBack timeline { action } feedbacks { final late } extensions { outcome } }
    pageInfo { hasNextPage endCursor }
  }
}"""

EARLIER_PROBLEMS: Final = f"""
query EarlierProblems($last: Date!, $origin: ProblemOrigin!, $after: String) {{
  problems(where: {{ lastDay: $last, origins: [$origin] }}, first: 100, after: $after) {{
    nodes {{
      id revision state description issuedAt acknowledgedAt acknowledgeDue feedBackDue rectifyDue issuer {{ id }}
      department {{ id name }} enterprise {{ id name }} region {_REGION}
      timeline {{ at state }} feedbacks {{ at final }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

UNFED_BACK: Final = """
query UnfedBack {
  unfedBackProblems { patrol spotCheck }
  problemsToMe(first: 1, unfedBack: true) { totalCount }
}"""

# ---------------------------------------------------------------- the week

WEEKLY: Final = """
query Weekly($friday: Date!) {
  weeklyFigures(weekEnding: $friday) {
    frozenAt
    rows { region { code name } kind inspected automatic withProblems rectifiedOnSite issued withdrawn fedBack unfedBack overdue }
  }
}"""

PUSHES_WAITING: Final = """
query PushesWaiting {
  patrols: exchangeOverdue(topic: MINISTRY_PATROL)
  spotChecks: exchangeOverdue(topic: MINISTRY_SPOT_CHECK)
}"""
