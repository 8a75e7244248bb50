"""The GraphQL documents of the played day: for enterprises, departments and administrators."""

from __future__ import annotations

from typing import Final

from ..played.documents import REFUSED

ACCOUNTS: Final = """
query Accounts($after: String) {
  accounts(first: 100, after: $after) {
    nodes { username personName role disabled mustChangePassword }
    pageInfo { hasNextPage endCursor }
  }
}"""

# ---------------------------------------------------------------- enterprises

MY_ENTERPRISE: Final = """
query MyEnterprise {
  viewer { enterprise { id creditCode name kind } commitmentToday { id state revision late } }
}"""

PREFILL: Final = """
query Prefill($enterprise: ID!) {
  commitmentPrefill(enterpriseId: $enterprise) {
    form { dutyLeader }
    promiser
    figures { key value }
    suggestedGrade
  }
}"""

_SAVED: Final = f"""__typename {REFUSED}
  ... on CommitmentSaved {{ commitment {{ id state revision late report {{ text promiser {{ name }} }} }} }}"""

SUBMIT: Final = f"""
mutation Submit($enterprise: ID!, $day: Date!, $form: CommitmentFormInput!, $key: String!) {{
  submitCommitment(enterpriseId: $enterprise, businessDate: $day, form: $form, clientMutationKey: $key) {{ {_SAVED} }}
}}"""

CORRECT: Final = f"""
mutation Correct($id: ID!, $revision: Int!, $form: CommitmentFormInput!, $key: String!) {{
  correctCommitment(id: $id, revision: $revision, form: $form, clientMutationKey: $key) {{ {_SAVED} }}
}}"""

READ: Final = f"""
mutation Read($ids: [ID!]!) {{ markMessagesRead(ids: $ids) {{ __typename {REFUSED} ... on MessagesRead {{ count }} }} }}"""

# ---------------------------------------------------------------- departments

_TALLY: Final = (
    "tally { expected reported inProduction stopped unreported onTime late automatic rate onTimeRate }"
)

OVERVIEW: Final = f"""
query Overview($day: Date!) {{
  commitmentOverview(firstDay: $day, lastDay: $day) {{
    whole {{ region {{ name }} {_TALLY} }}
    parts {{ region {{ name }} {_TALLY} }}
  }}
}}"""

GROUP: Final = """
query Group($day: Date!, $group: TallyGroup!, $after: String) {
  commitmentOverview(firstDay: $day, lastDay: $day) {
    whole {
      commitments(group: $group, first: 100, after: $after) {
        nodes { id }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }
  }
}"""

COMMITMENTS: Final = """
query Commitments($day: Date!, $reported: Boolean, $after: String) {
  commitments(where: { firstDay: $day, lastDay: $day, reported: $reported }, first: 100, after: $after) {
    nodes {
      id state revision status origin late enterpriseName
      enterprise { creditCode }
      region { code level parent { code } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

VERSIONS: Final = """
query Versions($id: ID!) { node(id: $id) { ... on Commitment { versions { revision origin } } } }"""

REOPEN: Final = f"""
mutation Reopen($id: ID!, $reason: String!, $key: String!) {{
  reopenCommitment(id: $id, reason: $reason, clientMutationKey: $key) {{ {_SAVED} }}
}}"""

# ---------------------------------------------------------------- exchange

PUSHES_WAITING: Final = "query PushesWaiting { pushes: exchangeOverdue(topic: MINISTRY_COMMITMENT) }"

COUNTS: Final = """
query Counts($day: Date!) {
  pushes: exchangeCounts(topic: MINISTRY_COMMITMENT, firstDay: $day, lastDay: $day) { state count }
  texts: smsCounts(businessDate: $day) { state count }
}"""

DEAD_LETTERS: Final = """
query DeadLetters($day: Date!, $after: String) {
  exchangeEntries(
    where: { topic: MINISTRY_COMMITMENT, states: [REFUSED, PARKED], businessDate: $day }, first: 100, after: $after
  ) {
    nodes { id enterpriseName creditCode revision state attempts answerCode answer }
    pageInfo { hasNextPage endCursor }
  }
}"""

ATTEMPTS: Final = """
query Attempts {
  exchangeAttempts(first: 8, topic: MINISTRY_COMMITMENT) {
    nodes { at tookMs httpStatus code sentence sent accepted refused messageId }
  }
}"""

RESEND: Final = f"""
mutation Resend($ids: [ID!]!, $key: String!) {{
  resendDeadLetters(ids: $ids, clientMutationKey: $key) {{ __typename {REFUSED} ... on Resent {{ count }} }}
}}"""

# ---------------------------------------------------------------- administrators

AUDIT: Final = """
query Audit { auditEntries(first: 3) { nodes { at actorName action subject } } }"""
