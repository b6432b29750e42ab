"""The limits are whole days; what contradicts itself is refused, what takes too much is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from petition.core.errors import ConfigurationError
from petition.core.extensions import db
from petition.core.settings import read_settings
from petition.health.findings import Fault
from petition.health.retention_check import check_keeping
from tests.conftest import ENVIRONMENT
from tests.retention.world import LIMITS, add_ask


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("EXPIRED", "0", "from 1 to 36500, or off"),
        ("EXPIRED", "-3", "from 1 to 36500, or off"),
        ("EXPIRED", "2.5", "a whole number from 1 to 36500, or off"),
        ("WITHDRAWN", "a year", "or off"),
        ("MAILS", "30", "from 31 to 36500"),
        ("INCOMING", "7", "from 31 to 36500"),
        ("CLOSED", "29", "from 30 to 36500"),
        ("REVIEW", "13", "from 14 to 36500"),
        ("JOURNALS", "400", "PETITION_KEEP_BACKUPS_DAYS, which must be set"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as refused:
        read_settings(ENVIRONMENT | {f"PETITION_KEEP_{name}_DAYS": value})

    assert refused.value.setting == f"PETITION_KEEP_{name}_DAYS"


@pytest.mark.parametrize(("journals", "fits"), [("90", False), ("89", False), ("91", True)])
def test_journals_outlive_the_oldest_backup(journals: str, fits: bool) -> None:
    environment = ENVIRONMENT | {
        "PETITION_KEEP_BACKUPS_DAYS": "90",
        "PETITION_KEEP_JOURNALS_DAYS": journals,
    }
    if fits:
        assert read_settings(environment).keep.journals == 91
    else:
        with pytest.raises(ConfigurationError, match="must be more than"):
            read_settings(environment)


def test_off_and_empty_keep_for_ever_or_for_as_long_as_is_usual() -> None:
    usual = read_settings(ENVIRONMENT | {"PETITION_KEEP_EXPIRED_DAYS": ""}).keep
    off = read_settings(ENVIRONMENT | {"PETITION_KEEP_EXPIRED_DAYS": "off"}).keep

    assert (usual.expired, usual.withdrawn, usual.closed) == (30, None, None)
    assert off.expired is None


@pytest.mark.parametrize(
    ("name", "days", "why"),
    [
        ("WITHDRAWN", "89", "recognized for 90 days"),
        ("REJECTED", "29", "put back for 30 days"),
        ("ERASED", "90", "private page"),
        ("MAIL_FILES", "13", "works for 14 days"),
        ("EXPIRED", "3", "14 days"),
    ],
)
def test_the_doctor_tells_what_takes_what_another_needs(
    make_app: Callable[..., Flask], name: str, days: str, why: str
) -> None:
    with make_app(**{f"PETITION_KEEP_{name}_DAYS": days}).app_context():
        with pytest.raises(Fault, match=f"PETITION_KEEP_{name}_DAYS is {days}, .*{why}"):
            check_keeping()
        db.session.remove()


def test_the_doctor_finds_the_usual_times_well(
    limited: Flask, make_app: Callable[..., Flask]
) -> None:
    assert check_keeping() == "nothing is past its limit; 19 of 19 kinds have a limit"
    assert len(LIMITS) == 19
    with make_app().app_context():
        assert "12 of 19 kinds have a limit" in check_keeping()
        db.session.remove()


def test_the_doctor_tells_what_nobody_erases(limited: Flask) -> None:
    add_ask(timedelta(days=8))
    assert check_keeping()
    add_ask(timedelta(days=10))

    with pytest.raises(Fault, match="2 requests for a lost link") as fault:
        check_keeping()

    assert "petition retention run" in fault.value.remedy
