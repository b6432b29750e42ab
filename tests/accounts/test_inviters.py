"""An invitation ends when whoever made it may not grant the role any more."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from petition.accounts import invitations
from petition.accounts.account_changes import allow_sign_in, revoke_role
from petition.accounts.invitation_list import list_invitations
from petition.accounts.invitations import invite, send_again
from petition.accounts.role_grants import grant_role
from petition.accounts.staff_accounts import create_staff
from petition.core.errors import TokenRefused
from petition.core.extensions import db, transaction
from petition.models import PortalName, RoleGrant, RoleName, User
from petition.partners.profile.group_members import change_role, remove_member
from tests.accounts.world import PASSWORD, list_actions, make_group, read_link, send_mails

ADA, BEA, CY = "ada@staff.example", "bea@staff.example", "cy@people.example"


def make(app: Flask, email: str, role: RoleName, group: int | None = None) -> int:
    with app.app_context():
        user_id = create_staff(email, PASSWORD, [] if group else [role], actor="test")
        if group:
            with transaction() as session:
                grant_role(session, user_id, role, actor="test", organization_id=group)
        return user_id


def invite_by(app: Flask, actor: str, role: RoleName, group: int | None = None) -> str:
    """Invite Cy, and return the token of the link."""
    with app.app_context():
        invite(CY, role, actor=actor, organization_id=group)
    return read_link(send_mails(app)[-1]).rpartition("/")[2]


def is_accepted(app: Flask, token: str, portal: PortalName = PortalName.STAFF) -> bool:
    with app.app_context():
        try:
            invitations.accept(token, portal, PASSWORD)
        except TokenRefused:
            return False
        return True


def read_state(app: Flask) -> str:
    with app.app_context():
        return list_invitations()[0].state


@pytest.mark.parametrize(
    "change",
    [
        lambda: allow_sign_in(ADA, False, actor="cli"),
        lambda: revoke_role(1, RoleName.ADMIN, actor="staff:2"),
    ],
    ids=["closed", "role taken"],
)
def test_it_ends_with_the_account_or_the_role_of_the_admin_who_made_it(
    app: Flask, change: Callable[[], object]
) -> None:
    ada = make(app, ADA, RoleName.ADMIN)
    make(app, BEA, RoleName.ADMIN)
    assert ada == 1
    token = invite_by(app, f"staff:{ada}", RoleName.ADMIN)

    with app.app_context():
        change()

    assert read_state(app) == "called back"
    assert "invitation.called_back" in [action for action, _ in list_actions(app)]
    assert not is_accepted(app, token)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 2


@pytest.mark.parametrize("change", [remove_member, change_role])
def test_it_ends_with_the_owner_of_an_organization_who_made_it(
    app: Flask, change: Callable[..., None]
) -> None:
    group = make_group(app)
    ada = make(app, ADA, RoleName.OWNER, group)
    make(app, BEA, RoleName.OWNER, group)
    token = invite_by(app, f"partner:{ada}", RoleName.OWNER, group)

    with app.app_context():
        arguments = (RoleName.VIEWER,) if change is change_role else ()
        change(group, ada, *arguments, actor="partner:2")

    assert read_state(app) == "called back"
    assert not is_accepted(app, token, PortalName.PARTNER)


@pytest.mark.parametrize("change", ["account", "grant"])
def test_nobody_accepts_what_could_not_be_granted_whatever_changed_it(
    app: Flask, change: str
) -> None:
    ada = make(app, ADA, RoleName.ADMIN)
    make(app, BEA, RoleName.ADMIN)
    token = invite_by(app, f"staff:{ada}", RoleName.READER)
    with app.app_context(), transaction() as session:
        if change == "account":
            session.execute(update(User).where(User.id == ada).values(active=False))
        else:
            session.execute(delete(RoleGrant).where(RoleGrant.user_id == ada))

    assert read_state(app) == "open"
    assert not is_accepted(app, token)


def test_an_owner_of_one_organization_vouches_for_no_other(app: Flask) -> None:
    riders, walkers = make_group(app), make_group(app, "walkers")
    ada = make(app, ADA, RoleName.OWNER, riders)
    token = invite_by(app, f"partner:{ada}", RoleName.OWNER, walkers)

    assert not is_accepted(app, token, PortalName.PARTNER)


def test_it_stays_when_another_role_is_taken_and_is_of_who_sent_it_last(app: Flask) -> None:
    ada = make(app, ADA, RoleName.ADMIN)
    bea = make(app, BEA, RoleName.ADMIN)
    with app.app_context():
        with transaction() as session:
            grant_role(session, ada, RoleName.READER, actor="test")
    invite_by(app, f"staff:{ada}", RoleName.READER)
    with app.app_context():
        assert revoke_role(ada, RoleName.READER, actor="cli")
    assert read_state(app) == "open"

    with app.app_context():
        send_again(1, actor=f"staff:{bea}")
        assert allow_sign_in(ADA, False, actor="cli")
    token = read_link(send_mails(app)[-1]).rpartition("/")[2]

    assert read_state(app) == "open" and is_accepted(app, token)
    with app.app_context():
        given = select(RoleGrant.granted_by).where(RoleGrant.user_id == 3)
        assert db.session.scalars(given).all() == [f"staff:{bea}"]


def test_what_the_command_line_invited_to_stays(app: Flask) -> None:
    token = invite_by(app, "cli", RoleName.ADMIN)

    assert is_accepted(app, token)
