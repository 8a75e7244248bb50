"""The GraphQL documents that every play needs: log-in, schedule, SMS and messages."""

from __future__ import annotations

from typing import Final

REFUSED: Final = (
    "... on Refusal { code message field } ... on InvalidFormRefusal { items { code message field } }"
)

LOG_IN: Final = f"""
mutation LogIn($username: String!, $password: String!) {{
  logIn(username: $username, password: $password) {{
    __typename {REFUSED}
    ... on LoggedIn {{ token viewer {{ name role level mustChangePassword }} }}
  }}
}}"""

SLOTS: Final = """
query Slots($job: String) {
  scheduleSlots(first: 60, job: $job) { nodes { job slotAt state attempts note } }
}"""

TEXTS_WAITING: Final = """
query TextsWaiting {
  texts: exchangeOverdue(topic: SMS)
  receipts: exchangeOverdue(topic: SMS_RECEIPT)
}"""

TEXTS: Final = """
query Texts($day: Date!, $after: String) {
  smsRecords(first: 100, after: $after, where: { businessDate: $day }) {
    nodes { state phone text stage receiverName note createdAt businessDate }
    pageInfo { hasNextPage endCursor }
  }
}"""

MESSAGES: Final = """
query Messages {
  viewer { unreadCount messages(first: 50, unreadOnly: true) { nodes { id kind title body createdAt } } }
}"""
