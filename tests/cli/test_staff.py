"""``petition staff``: accounts, made and closed by whoever runs the service."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import User
from tests.cli.runner import read_error, run
from tests.factories import make_campaign
from tests.web.account_world import set_up_factor
from tests.web.staff_world import open_browser, sign_in

EMAIL = "clerk@staff.example"
PASSWORD = "a rather long secret"


def test_an_account_is_made_with_a_typed_password(app: Flask) -> None:
    result = run(
        app, "staff", "create", EMAIL, "--role", "reader", typed=f"{PASSWORD}\n{PASSWORD}\n"
    )

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert sign_in(open_browser(app), EMAIL, PASSWORD).status_code == 302
    listed = run(app, "staff", "list").output
    assert EMAIL in listed and "reader" in listed


def test_a_password_may_come_from_a_pipe(app: Flask) -> None:
    result = run(app, "staff", "create", EMAIL, "--password-stdin", typed=f"{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert "reader" in result.output
    assert sign_in(open_browser(app), EMAIL, PASSWORD).status_code == 302


def test_a_generated_password_is_shown_once_and_works(app: Flask) -> None:
    result = run(app, "staff", "create", EMAIL, "--generate")

    password = result.output.split("shown this once: ")[1].strip()
    assert len(password) >= 20
    assert sign_in(open_browser(app), EMAIL, password).status_code == 302


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 12"),
        ("aaaaaaaaaaaaaaaa", "the same few characters"),
        ("clerk and more words", "name in the e-mail"),
        ("x1" * 100, "at most 128"),
        ("passwordpassword", "guess first"),
        ("Staff-Letters-2026", "guess first"),
    ],
)
def test_a_weak_password_is_refused(app: Flask, password: str, words: str) -> None:
    result = run(app, "staff", "create", EMAIL, "--password-stdin", typed=f"{password}\n")

    assert result.exit_code == 1
    assert words in result.output
    assert password not in result.output
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


def test_an_address_has_one_account_however_it_is_spelled(app: Flask) -> None:
    run(app, "staff", "create", EMAIL, "--generate")

    result = run(app, "staff", "create", " CLERK@Staff.Example", "--generate")

    assert result.exit_code == 1
    assert "already has an account" in result.output


@pytest.mark.parametrize("email", ["nobody", "a b@c", "@", "a@", "x\n@y.example", "a" * 260 + "@b"])
def test_what_is_no_address_is_refused(app: Flask, email: str) -> None:
    result = run(app, "staff", "create", email, "--generate")

    assert result.exit_code == 1
    assert "not an e-mail address" in result.output


def test_an_unknown_role_is_refused_by_name(app: Flask) -> None:
    result = run(app, "staff", "create", EMAIL, "--role", "king", "--generate")

    assert result.exit_code == 2
    assert "reader" in result.output and "admin" in result.output


def test_a_disabled_account_signs_in_no_more_until_it_is_enabled(app: Flask) -> None:
    run(app, "staff", "create", EMAIL, "--password-stdin", typed=f"{PASSWORD}\n")

    disabled = run(app, "staff", "disable", EMAIL)
    again = run(app, "staff", "disable", EMAIL)
    refused = sign_in(open_browser(app), EMAIL, PASSWORD)
    run(app, "staff", "enable", EMAIL)

    assert disabled.exit_code == again.exit_code == 0
    assert "already" in again.output
    assert refused.status_code == 200
    assert sign_in(open_browser(app), EMAIL, PASSWORD).status_code == 302


def test_another_password_takes_the_place_of_the_first(app: Flask) -> None:
    run(app, "staff", "create", EMAIL, "--password-stdin", typed=f"{PASSWORD}\n")

    run(app, "staff", "password", EMAIL, "--password-stdin", typed="the second secret\n")

    assert sign_in(open_browser(app), EMAIL, PASSWORD).status_code == 200
    assert sign_in(open_browser(app), EMAIL, "the second secret").status_code == 302


@pytest.mark.parametrize("command", ["disable", "enable"])
def test_an_account_that_is_not_there_cannot_be_changed(app: Flask, command: str) -> None:
    result = run(app, "staff", command, EMAIL)

    assert result.exit_code == 1
    assert "no account" in read_error(result)


def test_somebody_is_invited_listed_and_called_back(app: Flask) -> None:
    invited = run(app, "staff", "invite", EMAIL, "--role", "reviewer")
    listed = run(app, "staff", "invitations").output
    called = run(app, "staff", "call-back", "1")
    again = run(app, "staff", "call-back", "1")

    assert invited.exit_code == called.exit_code == 0, invited.output
    assert EMAIL in listed and "reviewer" in listed and "open" in listed
    assert "called back" in run(app, "staff", "invitations").output
    assert again.exit_code == 1 and "accepted or called back" in read_error(again)


def test_an_invitation_is_for_one_campaign_that_there_is(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="rides")

    found = run(app, "staff", "invite", EMAIL, "--role", "reader", "--campaign", "rides")
    missing = run(app, "staff", "invite", EMAIL, "--role", "reader", "--campaign", "nothing")

    assert found.exit_code == 0 and missing.exit_code == 1
    assert "rides" in run(app, "staff", "invitations").output


def test_somebody_is_invited_to_an_organization(app: Flask) -> None:
    run(app, "partners", "create", "riders", "--name", "Riders Together")

    invited = run(app, "partners", "invite", EMAIL, "riders", "--role", "owner")
    wrong = run(app, "partners", "invite", "nobody", "riders", "--role", "owner")
    missing = run(app, "partners", "invite", EMAIL, "walkers", "--role", "owner")

    assert invited.exit_code == 0, invited.output
    assert "Riders Together" in run(app, "staff", "invitations").output
    assert "not an e-mail address" in wrong.output and "no organization" in missing.output


@pytest.mark.both_databases
def test_a_second_factor_is_removed_and_a_role_taken(app: Flask) -> None:
    run(app, "staff", "create", EMAIL, "--role", "admin", "--generate")
    none = run(app, "staff", "reset-second-factor", EMAIL)
    set_up_factor(app, EMAIL)

    reset = run(app, "staff", "reset-second-factor", EMAIL)
    last = run(app, "staff", "take-role", EMAIL, "--role", "admin")
    closed = run(app, "staff", "disable", EMAIL)
    run(app, "staff", "create", "another@staff.example", "--role", "admin", "--generate")
    taken = run(app, "staff", "take-role", EMAIL, "--role", "admin")
    twice = run(app, "staff", "take-role", EMAIL, "--role", "admin")

    assert none.exit_code == 1 and "no second factor" in read_error(none)
    assert last.exit_code == closed.exit_code == 1
    assert "only admin" in read_error(last) and "only admin" in read_error(closed)
    assert reset.exit_code == taken.exit_code == 0
    assert "no more" in taken.output and "is not admin" in twice.output
