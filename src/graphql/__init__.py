"""The GraphQL API: asynchronous; it translates for the application and contains no business rules."""

# Import this first: a domain enumeration needs its schema name before a type uses it.
from .parts import enums as enums
from .parts import orders as orders
