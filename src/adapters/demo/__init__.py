"""The demo province: made-up departments, people and enterprises of Shaanxi, the same for the same seed."""

from .province import DEFAULT_SEED, PlannedAccount, Province, ShowAccount, build_province
from .seeding import seed

__all__ = ["DEFAULT_SEED", "PlannedAccount", "Province", "ShowAccount", "build_province", "seed"]
