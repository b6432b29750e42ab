"""Invitations: the link works once, expires, can be called back, and is for one portal."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from petition.accounts import invitations
from petition.accounts.account_links import AccountLink, read_account_token
from petition.accounts.account_problems import AccountProblem
from petition.accounts.invitation_list import (
    InvitationView,
    list_invitations,
    read_invitation,
)
from petition.accounts.invitations import invite
from petition.accounts.staff_accounts import create_staff
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, TokenRefused
from petition.core.extensions import db
from petition.models import AccountMail, PortalName, RoleGrant, RoleName, User
from tests.accounts.world import (
    PASSWORD,
    invite_to,
    list_actions,
    make_group,
    read_link,
    read_text,
    send_mails,
)

EMAIL = "bea@partner.example"
PARTNER, STAFF = PortalName.PARTNER, PortalName.STAFF
THREADS = 8


def get_token(path: str) -> str:
    """Return the token at the end of a link."""
    return path.rpartition("/")[2]


def read(app: Flask, path: str, portal: PortalName = PARTNER) -> InvitationView | None:
    """Return the invitation of a link; None if it is refused."""
    with app.app_context():
        try:
            return read_invitation(get_token(path), portal)
        except TokenRefused:
            return None


def test_an_invitation_is_mailed_and_makes_an_account_with_its_role(app: Flask) -> None:
    group = make_group(app)
    path = invite_to(app, " Bea@Partner.example", RoleName.ORGANIZER, group)
    message = send_mails(app)[-1]

    with app.app_context():
        user_id, is_new = invitations.accept(get_token(path), PARTNER, PASSWORD)
        grants = db.session.scalars(select(RoleGrant)).all()

        assert is_new and db.session.get_one(User, user_id).email == EMAIL
        assert [(one.role, one.organization_id, one.granted_by) for one in grants] == [
            ("organizer", group, "test")
        ]
    assert message["To"] == EMAIL and "Riders" in message["Subject"]
    assert path.startswith("/partner/invitation/")
    assert ("invitation.accepted", f"partner:{user_id}") in list_actions(app)


def test_a_link_works_once(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        invitations.accept(get_token(path), STAFF, PASSWORD)

        with pytest.raises(TokenRefused):
            invitations.accept(get_token(path), STAFF, PASSWORD)
    assert read(app, path, STAFF) is None


def test_a_link_that_was_only_looked_at_still_works(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)

    assert all(read(app, path, STAFF) for _ in range(5))


def test_a_link_expires(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)

    with time_machine.travel(utcnow() + timedelta(days=6, hours=23)):
        assert read(app, path, STAFF)
    with time_machine.travel(utcnow() + timedelta(days=7, seconds=1)):
        assert read(app, path, STAFF) is None


def test_a_link_that_was_called_back_is_void(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        number = list_invitations()[0].id
        invitations.call_back(number, actor="cli")

        assert list_invitations()[0].state == "called back"
        with pytest.raises(NotFound):
            invitations.call_back(number, actor="cli")
        with pytest.raises(NotFound):
            invitations.send_again(number, actor="cli")
    assert read(app, path, STAFF) is None


def test_an_e_mail_that_was_not_sent_yet_is_dropped_with_its_invitation(app: Flask) -> None:
    with app.app_context():
        invitations.call_back(invite(EMAIL, RoleName.READER, actor="cli"), actor="cli")

    assert send_mails(app) == []


def test_sent_again_only_the_newest_link_works(app: Flask) -> None:
    first = invite_to(app, EMAIL, RoleName.READER)
    second = invite_to(app, EMAIL, RoleName.READER)

    assert read(app, first, STAFF) is None and read(app, second, STAFF)
    with app.app_context():
        assert len(list_invitations()) == 1
        invitations.send_again(list_invitations()[0].id, actor="cli")
    assert len(send_mails(app)) == 3
    assert read(app, second, STAFF) is None


def test_a_link_is_for_its_own_portal(app: Flask) -> None:
    group = make_group(app)

    assert read(app, invite_to(app, EMAIL, RoleName.OWNER, group), STAFF) is None
    assert read(app, invite_to(app, EMAIL, RoleName.ADMIN), PARTNER) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_no_method_but_a_form_accepts(app: Flask, method: str) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        create_staff(EMAIL, PASSWORD, [], actor="test")

    app.test_client().open(path, method=method, base_url="https://petition.example")

    assert read(app, path, STAFF)


@pytest.mark.parametrize("token", ["", "x", "e30", "WzEsImFiYyJd.abc", "\u00e9" * 20, "." * 300])
def test_a_made_up_link_is_refused(app: Flask, token: str) -> None:
    with app.app_context():
        assert read_account_token(AccountLink.INVITATION, token) == (0, b"")
        with pytest.raises(TokenRefused):
            read_invitation(token, STAFF)


def test_a_link_of_a_reset_opens_no_invitation(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        assert read_account_token(AccountLink.RESET, get_token(path)) == (0, b"")


def test_an_account_that_exists_gets_the_role_and_keeps_its_password(app: Flask) -> None:
    group = make_group(app)
    with app.app_context():
        user_id = create_staff(EMAIL, PASSWORD, [RoleName.READER], actor="test")
        before = db.session.get_one(User, user_id).password
    path = invite_to(app, EMAIL, RoleName.OWNER, group)

    with app.app_context():
        same, is_new = invitations.accept(get_token(path), PARTNER, "another long secret")

        assert (same, is_new) == (user_id, False)
        assert db.session.get_one(User, user_id).password == before
        with pytest.raises(InvalidInput) as refused:
            invite(EMAIL, RoleName.OWNER, actor="test", organization_id=group)
    assert refused.value.problems["email"].code == AccountProblem.ROLE_HELD


def test_a_weak_password_does_not_use_the_link_up(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        with pytest.raises(InvalidInput):
            invitations.accept(get_token(path), STAFF, "password1234")

        assert invitations.accept(get_token(path), STAFF, PASSWORD)[1]


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (RoleName.OWNER, {}),
        (RoleName.READER, {"organization_id": 1}),
        (RoleName.OWNER, {"organization_id": 1, "campaign_id": 1}),
    ],
)
def test_a_role_is_for_a_scope_of_its_kind(
    app: Flask, role: RoleName, scope: dict[str, int]
) -> None:
    make_group(app)
    with app.app_context(), pytest.raises(InvalidInput) as refused:
        invite(EMAIL, role, actor="test", **scope)

    assert refused.value.problems["role"].code == AccountProblem.ROLE_UNSCOPED


def test_accepted_eight_times_at_once_it_makes_one_account(app: Flask) -> None:
    token = get_token(invite_to(app, EMAIL, RoleName.READER))
    start = threading.Barrier(THREADS)

    def try_once(number: int) -> int:
        with app.app_context():
            start.wait()
            try:
                return invitations.accept(token, STAFF, PASSWORD)[0]
            except TokenRefused:
                return 0
            finally:
                db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        results = sorted(pool.map(try_once, range(THREADS)))

    assert results[:-1] == [0] * (THREADS - 1) and results[-1] > 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1
        assert db.session.scalar(select(func.count()).select_from(RoleGrant)) == 1


def test_the_rows_and_the_trail_name_nobody(app: Flask) -> None:
    path = invite_to(app, EMAIL, RoleName.READER)
    with app.app_context():
        mail = db.session.scalars(select(AccountMail)).one()

        assert mail.sent_at is not None and mail.due_at is None
        assert "@" not in str(list_actions(app))
    assert "bea" not in path and "bea" not in read_text(send_mails(app)[0]).replace(EMAIL, "")
    assert read_link(send_mails(app)[0]) == path
