"""Operators are reminded once a day of the hundreds that wait for them."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask

from petition.accounts.staff_accounts import set_active
from petition.counting.reminders import remind_of_held
from petition.models import STAFF_ROLES, RoleName
from tests.web.held_world import LOOKS, make_held
from tests.web.staff_world import make_staff


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


def read_mails(app: Flask) -> list[tuple[str, str]]:
    """Return whom the kept mails go to and what they say."""
    folder: Path = app.extensions["hundredth"].data_dir / "mail"
    mails = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted(folder.glob("*/message.eml"))
    ]
    return [(str(mail["To"]), mail.get_content()) for mail in mails]  # type: ignore[attr-defined]


def test_nobody_is_mailed_while_none_is_held(app: Flask) -> None:
    make_staff(app)
    make_held(app, robots=0)

    with app.app_context():
        assert remind_of_held() == 0
    assert read_mails(app) == []


def test_each_reviewer_is_mailed_once_a_day_and_nobody_is_named(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    for role in STAFF_ROLES:
        make_staff(app, role)
    make_staff(app, RoleName.REVIEWER, "gone@staff.example")
    held = make_held(app)
    with app.app_context():
        set_active("gone@staff.example", False, actor="test")

        assert [remind_of_held(), remind_of_held()] == [2, 0]
        make_later(timedelta(days=1, seconds=1))
        assert remind_of_held() == 2

    mails = read_mails(app)
    assert {to for to, _ in mails} == {"reviewer@staff.example", "admin@staff.example"}
    for _, said in mails:
        assert "/staff/milestones" in said and "10 signed" in said
        assert "Ada" not in said and "people.example" not in said
    assert held
