"""Where a typed value is from, and the day on which it was checked, as forms ask for both."""

from datetime import date

from flask import request

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.staff_decisions import clean_why

LONGEST_SOURCE = 150  # characters; the correction keeps 200 with the day


def read_source() -> str:
    """Return the source with its day from the form; raises InvalidInput for what is missing."""
    source = clean_why(request.form.get("source", ""))[:LONGEST_SOURCE]
    if not source:
        raise InvalidInput({"source": Problem(DeliveryProblem.SOURCE_MISSING)})
    return f"{source}, checked on {_read_day().isoformat()}"


def _read_day() -> date:
    try:
        day = date.fromisoformat(request.form.get("checked", ""))
    except ValueError:
        day = date.max
    if day > utcnow().date():
        raise InvalidInput({"checked": Problem(DeliveryProblem.DAY_WRONG)})
    return day
