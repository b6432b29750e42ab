"""Roles and their scopes: what the database refuses, and what each grant covers."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from petition.accounts.permissions import (
    PERMISSIONS,
    Permission,
    covers,
    list_organizations,
    list_portals,
    may,
    needs_second_factor,
)
from petition.accounts.role_grants import grant_role, take_role
from petition.accounts.staff_accounts import create_staff, set_active
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import GROUP_ROLES, STAFF_ROLES, Organization, RoleGrant, RoleName
from tests.factories import make_campaign

EMAIL = "ada@staff.example"


def make_account(app: Flask, *roles: RoleName) -> int:
    """Make an account, two campaigns and two organizations; return the account's id."""
    with app.app_context():
        user_id = create_staff(EMAIL, "correct horse battery", roles, actor="test")
        with transaction() as session:
            for number in (1, 2):
                make_campaign(session, id=number)
                session.add(Organization(id=number, slug=f"group{number}", name=f"Group {number}"))
    return user_id


def try_grant(app: Flask, user_id: int, **values: Any) -> None:
    """Insert a grant past every function."""
    with app.app_context(), transaction() as session:
        session.add(RoleGrant(user_id=user_id, granted_at=utcnow(), granted_by="test", **values))


def test_a_scope_that_the_role_cannot_have_is_refused_by_the_database(app: Flask) -> None:
    user_id = make_account(app)
    wrong: list[dict[str, Any]] = [{"role": "king"}]
    wrong += [{"role": role, "organization_id": 1} for role in STAFF_ROLES]
    wrong += [{"role": role} for role in GROUP_ROLES]
    wrong += [{"role": role, "campaign_id": 1} for role in GROUP_ROLES]
    wrong += [{"role": role, "campaign_id": 1, "organization_id": 1} for role in RoleName]

    for values in wrong:
        with pytest.raises(IntegrityError, match=r"(?i)check"):
            try_grant(app, user_id, **values)


@pytest.mark.parametrize(
    "scope",
    [
        {"role": "reader"},
        {"role": "reader", "campaign_id": 1},
        {"role": "owner", "organization_id": 1},
    ],
)
def test_a_role_is_granted_once_for_each_scope(app: Flask, scope: dict[str, Any]) -> None:
    user_id = make_account(app)
    try_grant(app, user_id, **scope)
    other = {name: 2 for name in scope if name != "role"}

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        try_grant(app, user_id, **scope)
    if other:
        try_grant(app, user_id, **(scope | other))


def test_a_grant_covers_its_scope_and_nothing_else(app: Flask) -> None:
    user_id = make_account(app)
    read, look_up = Permission.DELIVERIES_READ, Permission.PEOPLE_LOOK_UP
    with app.app_context():
        with transaction() as session:
            grant_role(session, user_id, RoleName.READER, actor="test", campaign_id=1)
            grant_role(session, user_id, RoleName.ORGANIZER, actor="test", organization_id=1)

        assert may(user_id, read, campaign_id=1) and not may(user_id, read, campaign_id=2)
        assert not may(user_id, read) and not may(user_id, read, organization_id=1)
        assert may(user_id, look_up, organization_id=1)
        assert not may(user_id, look_up, organization_id=2) and not may(user_id, look_up)
        assert list_organizations(user_id) == [1]
        set_active(EMAIL, False, actor="test")
        assert not may(user_id, read, campaign_id=1)


def test_a_grant_for_the_service_covers_each_campaign_and_no_organization(app: Flask) -> None:
    user_id = make_account(app, RoleName.ADMIN)
    with app.app_context():
        for permission in Permission:
            held = permission in PERMISSIONS[RoleName.ADMIN]
            assert may(user_id, permission) is held
            assert may(user_id, permission, campaign_id=2) is held
            assert not may(user_id, permission, organization_id=1)


def test_a_role_is_taken_from_one_scope_only(app: Flask) -> None:
    user_id = make_account(app)
    with app.app_context(), transaction() as session:
        for number in (1, 2):
            grant_role(session, user_id, RoleName.ORGANIZER, actor="test", organization_id=number)
        again = grant_role(session, user_id, RoleName.ORGANIZER, actor="test", organization_id=1)

        taken = take_role(session, user_id, RoleName.ORGANIZER, actor="test", organization_id=1)
        twice = take_role(session, user_id, RoleName.ORGANIZER, actor="test", organization_id=1)

        assert (again, taken, twice) == (False, True, False)
        assert list_organizations(user_id) == [2]


def test_only_readers_and_viewers_may_be_without_a_second_factor() -> None:
    assert [role for role in RoleName if not needs_second_factor([role])] == ["reader", "viewer"]
    assert not covers([], Permission.REPORTS_READ)


def test_each_kind_of_role_enters_its_own_portal() -> None:
    assert list_portals(["reader"]) == ["staff"]
    assert list_portals(["viewer"]) == ["partner"]
    assert list_portals(["viewer", "admin"]) == ["staff", "partner"]
    assert list_portals([]) == []
