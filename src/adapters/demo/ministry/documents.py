"""The GraphQL documents of the played exchange: alerts, the ministry's problems, the inbox and the health."""

from __future__ import annotations

from typing import Final

from ..played.documents import REFUSED

WHERE_I_WORK: Final = "query WhereIWork { viewer { department { id name } enterprise { id name creditCode region { id code } } } }"

DEPARTMENTS: Final = """
query Departments($after: String) {
  departments(first: 100, after: $after) {
    nodes { id name jurisdiction { id code } }
    pageInfo { hasNextPage endCursor }
  }
}"""

ENTERPRISES: Final = """
query Enterprises($region: ID!, $after: String) {
  enterprises(where: { regionId: $region }, first: 100, after: $after) {
    nodes { id name kind creditCode region { code } }
    pageInfo { hasNextPage endCursor }
  }
}"""

SAVE_ENTERPRISE: Final = f"""
mutation SaveEnterprise($code: String!, $name: String!, $region: ID!, $key: String!) {{
  saveEnterprise(
    creditCode: $code, name: $name, kind: WHOLESALE, regionId: $region, address: "城关镇工业园1号"
    workshops: [], clientMutationKey: $key
    warehouses: [{{ number: "K1", name: "1号成品仓库", approvedBoxes: 800, approvedKg: 8000, approvedPersons: 4 }}]
  ) {{ __typename {REFUSED} }}
}}"""

SHUT_DOWN: Final = f"""
mutation ShutDown($region: ID!, $first: Date!, $last: Date!, $key: String!) {{
  saveShutdownPeriod(
    target: {{ regionId: $region }}, firstDay: $first, lastDay: $last, reason: RECTIFICATION
    note: "全省统一停产检修", clientMutationKey: $key
  ) {{ __typename {REFUSED} }}
}}"""

# ---------------------------------------------------------------- alerts and problems

ALERTS: Final = """
query Alerts($where: AlertFilterInput!, $after: String) {
  alerts(where: $where, first: 50, after: $after) {
    nodes {
      id ministryNumber revision level levelName state description enterpriseName riskTypeName
      timeline { action state } reported { revision state }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

PROBLEMS: Final = """
query Problems($where: ProblemFilterInput!, $after: String) {
  problems(where: $where, first: 50, after: $after) {
    nodes {
      id ministryNumber revision state severity description addresseeName kind
      timeline { action state } reported { revision state }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

ALERT: Final = "query OneAlert($id: ID!) { node(id: $id) { ... on Alert { id state } } }"


def _step(kind: str, name: str, **more: str) -> str:
    """The mutation for one step of an `alert` or a `problem`; `more` maps further arguments to their types."""
    declared = "".join(f", ${argument}: {of}" for argument, of in more.items())
    passed = "".join(f", {argument}: ${argument}" for argument in more)
    saved = f"... on {kind.capitalize()}Saved {{ {kind} {{ id revision state }} }}"
    return f"""
mutation Step($id: ID!, $revision: Int!, $key: String!{declared}) {{
  {name}(id: $id, revision: $revision, clientMutationKey: $key{passed}) {{ __typename {REFUSED} {saved} }}
}}"""


ALERT_STEPS: Final = {
    "ACKNOWLEDGE": _step("alert", "acknowledgeAlert"),
    "HANDLE": _step("alert", "handleAlert", verification="Verification!", note="String!"),
    "REPORT_PROGRESS": _step("alert", "reportAlertProgress", feedback="FeedbackInput!"),
    "FEED_BACK": _step("alert", "feedBackAlert", feedback="FeedbackInput!"),
    "CLOSE": _step("alert", "closeAlert", note="String!"),
    "RETURN": _step("alert", "returnAlert", reason="String!"),
    "ESCALATE": _step("alert", "escalateAlert", reason="String!"),
}
PROBLEM_STEPS: Final = {
    "ACKNOWLEDGE": _step("problem", "acknowledgeProblem"),
    "RECTIFY": _step("problem", "rectifyProblem"),
    "REPORT_PROGRESS": _step("problem", "reportProblemProgress", feedback="FeedbackInput!"),
    "FEED_BACK": _step("problem", "feedBackProblem", feedback="FeedbackInput!"),
    "CLOSE": _step("problem", "closeProblem", note="String!"),
    "RETURN": _step("problem", "returnProblem", reason="String!"),
    "HAND_OVER": _step("problem", "handOverProblem", departmentId="ID!", instruction="String!"),
}

# ---------------------------------------------------------------- the exchange

INBOX_RECORDS: Final = """
query InboxRecords($where: InboxRecordFilterInput!, $after: String) {
  inboxRecords(where: $where, first: 100, after: $after) {
    nodes { id externalId: ministryNumber version state fault sentence companyCode areaCode }
    pageInfo { hasNextPage endCursor }
  }
}"""

INBOX_MESSAGES: Final = """
query InboxMessages($where: InboxMessageFilterInput!, $after: String) {
  inboxMessages(where: $where, first: 100, after: $after) {
    nodes { id messageNumber outcome }
    pageInfo { hasNextPage endCursor }
  }
}"""

ASSIGN: Final = f"""
mutation Assign($id: ID!, $enterprise: ID!, $key: String!) {{
  assignInboxRecord(id: $id, enterpriseId: $enterprise, clientMutationKey: $key) {{ __typename {REFUSED} }}
}}"""

REPROCESS: Final = f"""
mutation Reprocess($ids: [ID!]!, $key: String!) {{
  reprocessInboxRecords(ids: $ids, clientMutationKey: $key) {{ __typename {REFUSED} }}
}}"""

HEALTH: Final = """
query Health { exchangeHealth { colour sentence inbox { pending quarantined unreadable } } }"""

WAITING: Final = """
query Waiting($first: Date!, $last: Date!) {
  inbound: exchangeOverdue(topic: MINISTRY_INBOUND)
  problems: exchangeCounts(topic: MINISTRY_PROBLEM, firstDay: $first, lastDay: $last) { state count }
  alerts: exchangeCounts(topic: MINISTRY_ALERT, firstDay: $first, lastDay: $last) { state count }
  dueProblems: exchangeOverdue(topic: MINISTRY_PROBLEM)
  dueAlerts: exchangeOverdue(topic: MINISTRY_ALERT)
}"""

# ---------------------------------------------------------------- certificates

CERTIFICATES: Final = """
query Certificates($after: String) {
  certificates(where: {}, first: 100, after: $after) {
    nodes { id kind expiresOn reviewDueOn enterprise { active } }
    pageInfo { hasNextPage endCursor }
  }
}"""

REMINDERS: Final = """
query Reminders($after: String) {
  viewer {
    messages(first: 100, after: $after) {
      nodes { id kind title body subjectId }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""

SETTINGS: Final = "query Settings { settings { key value region { code } } }"
