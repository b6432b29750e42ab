"""Members: another role, removed; an organization keeps an owner, whoever tries what at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from petition.accounts.invitation_list import list_invitations
from petition.accounts.invitations import invite
from petition.accounts.role_grants import grant_role
from petition.accounts.staff_accounts import add_user, set_active
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import RoleGrant, RoleName
from petition.partners.profile.group_members import (
    call_back_own,
    change_role,
    list_members,
    remove_member,
)
from tests.accounts.world import make_group

OWNER, VIEWER = RoleName.OWNER, RoleName.VIEWER


def add_member(app: Flask, group: int, name: str, role: RoleName) -> int:
    with app.app_context(), transaction() as session:
        user = add_user(session, f"{name}@partner.example", "!")
        grant_role(session, user.id, role, actor="test", organization_id=group)
        return user.id


def list_roles(app: Flask, group: int) -> list[str]:
    with app.app_context():
        return [member.role for member in list_members(group)]


def test_a_role_replaces_the_one_before(app: Flask) -> None:
    group = make_group(app)
    add_member(app, group, "ada", OWNER)
    bea = add_member(app, group, "bea", VIEWER)

    with app.app_context():
        change_role(group, bea, RoleName.ORGANIZER, actor="partner:1")
        assert [(one.email, one.role) for one in list_members(group)] == [
            ("ada@partner.example", "owner"),
            ("bea@partner.example", "organizer"),
        ]
        remove_member(group, bea, actor="partner:1")
    assert list_roles(app, group) == ["owner"]


def test_the_last_owner_stays(app: Flask) -> None:
    group = make_group(app)
    ada = add_member(app, group, "ada", OWNER)
    add_member(app, group, "bea", VIEWER)

    with app.app_context():
        for leave in (
            lambda: remove_member(group, ada, actor="partner:1"),
            lambda: change_role(group, ada, VIEWER, actor="partner:1"),
        ):
            with pytest.raises(InvalidInput):
                leave()
        for statement in (
            "DELETE FROM role_grants WHERE role = 'owner'",
            "UPDATE role_grants SET role = 'viewer' WHERE role = 'owner'",
        ):
            with pytest.raises(IntegrityError), transaction() as session:
                session.execute(text(statement))
    assert list_roles(app, group) == ["owner", "viewer"]


def test_an_owner_whose_account_is_closed_is_not_the_other_one(app: Flask) -> None:
    group = make_group(app)
    ada = add_member(app, group, "ada", OWNER)
    add_member(app, group, "bea", OWNER)

    with app.app_context():
        set_active("bea@partner.example", False, actor="cli")
        with pytest.raises(InvalidInput):
            remove_member(group, ada, actor="partner:1")


def test_of_two_owners_who_leave_at_once_one_stays(app: Flask) -> None:
    group = make_group(app)
    owners = [add_member(app, group, name, OWNER) for name in ("ada", "bea")]

    def leave(user_id: int) -> bool:
        with app.app_context():
            try:
                remove_member(group, user_id, actor=f"partner:{user_id}")
            except InvalidInput:
                return False
            return True

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            left = list(pool.map(leave, owners))

        assert sorted(left) == [False, True]
        with app.app_context(), transaction() as session:
            for user_id in owners:
                grant_role(session, user_id, OWNER, actor="test", organization_id=group)


def test_members_and_invitations_of_another_organization_are_not_found(app: Flask) -> None:
    mine, other = make_group(app), make_group(app, "walkers")
    stranger = add_member(app, other, "cem", VIEWER)
    with app.app_context():
        number = invite("dan@partner.example", VIEWER, actor="test", organization_id=other)

        for act in (
            lambda: remove_member(mine, stranger, actor="partner:1"),
            lambda: change_role(mine, stranger, OWNER, actor="partner:1"),
            lambda: change_role(mine, 99, OWNER, actor="partner:1"),
            lambda: call_back_own(mine, number, actor="partner:1"),
        ):
            with pytest.raises(NotFound):
                act()
        assert [one.state for one in list_invitations(other)] == ["open"]
        assert db.session.scalars(select(RoleGrant.role)).all() == ["viewer"]
        call_back_own(other, number, actor="partner:1")
        assert [one.state for one in list_invitations(other)] == ["called back"]
