"""A report comes back from JSON as it was, whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from yanbao.adapters.sql.codec import dump_report, load_report
from yanbao.domain.commitment.form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    ProductionFigures,
    Stoppage,
    Substitute,
    WholesaleFigures,
)
from yanbao.domain.commitment.report import Promiser, Report
from yanbao.domain.directory.certificate import PermitFact
from yanbao.domain.signed import Origin, Signed
from yanbao.domain.values import Phone

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
KG = st.decimals(min_value=0, max_value=10**7, places=3)
COUNT = st.integers(0, 5_000)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
INSTANTS = st.integers(0, 2 * 10**15).map(
    lambda us: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)
)
PHONES = st.builds(Phone, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))

FORMS = st.builds(
    CommitmentForm,
    stoppage=st.none() | st.builds(Stoppage, note=TEXT, expected_resumption=st.none() | DAYS),
    production=st.none()
    | st.builds(
        ProductionFigures,
        workshops_in_use=COUNT,
        powder_workshops_in_use=COUNT,
        present_persons=COUNT,
        present_powder_kg=KG,
    ),
    wholesale=st.none()
    | st.builds(
        WholesaleFigures,
        warehouses_in_use=COUNT,
        stock_boxes=KG,
        stock_kg=KG,
        boxes_in=KG,
        boxes_out=KG,
        present_persons=COUNT,
    ),
    hazardous_work=st.builds(HazardousWork, *[COUNT] * 9),
    duty_leader=TEXT,
    duty_phone=st.none() | PHONES,
    top_temperature=st.none() | st.integers(-60, 60),
    storm_warning=st.none() | st.booleans(),
    major_hazard=st.booleans(),
    risk_grade=st.integers(1, 4),
    explanation=TEXT,
    supplement=TEXT,
    substitute=st.none() | st.builds(Substitute, person_id=st.uuids(), reason=TEXT),
)
FACTS = st.builds(
    Facts,
    workshops_total=COUNT,
    powder_workshops_total=COUNT,
    warehouses_total=COUNT,
    approved_persons=COUNT,
    open_problems=st.none() | COUNT,
    open_alerts=st.none() | COUNT,
    credit_code=TEXT,
    enterprise_name=TEXT,
    region_id=st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    region_name=TEXT,
    business_date=DAYS,
    approved_powder_kg=KG,
    approved_boxes=KG,
    approved_stock_kg=KG,
    permit=st.builds(PermitFact, name=TEXT, number=st.none() | TEXT, expires_on=st.none() | DAYS),
    shutdown_until=st.none() | DAYS,
    directory_as_of=INSTANTS,
    taken_at=INSTANTS,
    head_id=st.none() | st.uuids(),
    head_name=st.none() | TEXT,
)
SIGNATURES = st.builds(Signed, name=TEXT, at=INSTANTS)
PROMISERS = st.builds(Promiser, person_id=st.none() | st.uuids(), name=TEXT, standing_in=TEXT)
REPORTS = st.builds(
    Report,
    revision=st.integers(1, 99),
    signed=SIGNATURES,
    form=FORMS,
    facts=FACTS,
    text=TEXT,
    promiser=PROMISERS,
)


def _possible(report: Report) -> Report:
    """An automatic report states neither work nor risks."""
    if report.origin is Origin.MANUAL:
        return report
    form = replace(report.form, hazardous_work=None, major_hazard=None, risk_grade=None)
    return replace(report, form=form)


@settings(max_examples=150, deadline=None)
@given(report=REPORTS.map(_possible))
def test_every_field_comes_back(report: Report) -> None:
    plain = orjson.loads(orjson.dumps(dump_report(report)))
    assert load_report(plain) == report


@settings(max_examples=30, deadline=None)
@given(report=REPORTS)
def test_decimals_keep_their_digits_and_instants_are_in_utc(report: Report) -> None:
    back = load_report(orjson.loads(orjson.dumps(dump_report(report))))
    assert str(back.facts.approved_powder_kg) == str(report.facts.approved_powder_kg)
    moments = (back.signed.at, back.facts.taken_at, back.facts.directory_as_of)
    assert all(at.tzinfo is UTC and at.utcoffset() == timedelta(0) for at in moments)
