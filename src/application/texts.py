"""Sending SMS: claimed duties are checked again, sent with no transaction open, and what came of it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ..domain.deadlines import business_date, day_start, sms_allowed_from
from ..domain.duty import Duty, DutyState, Topic, backoff
from ..domain.notice import SMS_TRANSITIONS, Sms, SmsState
from ..domain.organisation import Region
from ..domain.policy import Policy
from ..domain.values import EnterpriseId, fact_id
from .access import SYSTEM
from .policies import PolicyBook
from .ports.outside import (
    Clock,
    SmsAccepted,
    SmsEnquiry,
    SmsGateway,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)
from .ports.storage import Claim, Outcome, Storage
