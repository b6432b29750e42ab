"""Admins change accounts: never their own, and one admin always stays, whoever tries what."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from petition.accounts.account_changes import (
    AccountKept,
    OwnAccount,
    allow_sign_in,
    give_role,
    invite_another,
    revoke_grant,
    revoke_role,
)
from petition.accounts.account_list import AccountFilter, list_accounts, read_account
from petition.accounts.staff_accounts import create_staff
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import Invitation, Organization, RoleGrant, RoleName, User
from tests.accounts.world import list_actions
from tests.factories import make_campaign

ADA, BEA = "ada@staff.example", "bea@staff.example"


def make(email: str, *roles: RoleName) -> int:
    return create_staff(email, "correct horse battery", roles, actor="test")


def count_admins() -> int:
    query = select(func.count()).select_from(RoleGrant).join(User, User.id == RoleGrant.user_id)
    found = query.where(RoleGrant.role == "admin", RoleGrant.campaign_id.is_(None), User.active)
    return db.session.scalar(found) or 0


def test_the_last_admin_who_can_sign_in_stays(app: Flask) -> None:
    with app.app_context():
        ada, bea = make(ADA, RoleName.ADMIN), make(BEA, RoleName.ADMIN)
        allow_sign_in(BEA, False, actor="cli")

        with pytest.raises(AccountKept):
            revoke_role(ada, RoleName.ADMIN, actor=f"staff:{bea}")
        with pytest.raises(AccountKept):
            allow_sign_in(ADA, False, actor=f"staff:{bea}")
        # A closed account does not count, and may lose the role.
        assert revoke_role(bea, RoleName.ADMIN, actor="cli")
        assert count_admins() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda user_id: delete(RoleGrant).where(RoleGrant.user_id == user_id),
        lambda user_id: update(RoleGrant).where(RoleGrant.user_id == user_id).values(role="reader"),
        lambda user_id: update(User).where(User.id == user_id).values(active=False),
    ],
)
def test_no_statement_takes_the_last_admin(app: Flask, change: Callable[[int], object]) -> None:
    with app.app_context():
        ada = make(ADA, RoleName.ADMIN)
        with transaction() as session:
            make_campaign(session, id=1)
        assert give_role(ada, RoleName.ADMIN, actor="cli", campaign_id=1)

        with pytest.raises(IntegrityError, match="keeps one admin"), transaction() as session:
            session.execute(change(ada))  # type: ignore[call-overload]

        assert count_admins() == 1


@pytest.mark.parametrize("way", ["take", "close", "one of each"])
def test_of_two_admins_who_remove_each_other_at_once_one_stays(app: Flask, way: str) -> None:
    with app.app_context():
        ids = {ADA: make(ADA, RoleName.ADMIN), BEA: make(BEA, RoleName.ADMIN)}
    start, found = threading.Barrier(2), []

    def remove(whom: str, by: str, close: bool) -> None:
        with app.app_context():
            start.wait()
            try:
                if close:
                    allow_sign_in(whom, False, actor=f"staff:{ids[by]}")
                else:
                    revoke_role(ids[whom], RoleName.ADMIN, actor=f"staff:{ids[by]}")
                found.append("removed")
            except AccountKept:
                found.append("kept")

    threads = [
        threading.Thread(target=remove, args=(ADA, BEA, way == "close")),
        threading.Thread(target=remove, args=(BEA, ADA, way != "take")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == ["kept", "removed"]
    with app.app_context():
        assert count_admins() == 1


def test_of_two_who_give_a_role_at_once_one_gives_it(app: Flask) -> None:
    with app.app_context():
        bea = make(BEA)
    start, found = threading.Barrier(4), []

    def give() -> None:
        with app.app_context():
            start.wait()
            found.append(give_role(bea, RoleName.READER, actor="cli"))

    threads = [threading.Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [False, False, False, True]


def test_nobody_changes_their_own_account(app: Flask) -> None:
    with app.app_context():
        ada = make(ADA, RoleName.ADMIN)
        make(BEA, RoleName.ADMIN)
        with transaction() as session:
            session.add(Organization(id=1, slug="riders", name="Riders"))
        own = f"staff:{ada}"

        for change in (
            lambda: give_role(ada, RoleName.OWNER, actor=own, organization_id=1),
            lambda: revoke_role(ada, RoleName.ADMIN, actor=own),
            lambda: revoke_grant(ada, 1, actor=own),
            lambda: allow_sign_in(" Ada@Staff.example", False, actor=own),
            lambda: invite_another(
                " Ada@Staff.example", RoleName.OWNER, actor=own, organization_id=1
            ),
        ):
            with pytest.raises(OwnAccount):
                change()
        assert count_admins() == 2
        assert db.session.scalars(select(Invitation)).all() == []


def test_a_role_is_given_once_for_what_there_is_and_taken_by_its_number(app: Flask) -> None:
    with app.app_context():
        ada, bea = make(ADA, RoleName.ADMIN), make(BEA)
        with transaction() as session:
            make_campaign(session, id=1, slug="rides")
        actor = f"staff:{ada}"

        assert give_role(bea, RoleName.READER, actor=actor, campaign_id=1)
        assert not give_role(bea, RoleName.READER, actor=actor, campaign_id=1)
        for wrong in (
            {"role": RoleName.READER, "campaign_id": 99},
            {"role": RoleName.READER, "organization_id": 1},
            {"role": RoleName.OWNER},
            {"role": RoleName.OWNER, "organization_id": 99},
        ):
            with pytest.raises(InvalidInput):
                give_role(bea, actor=actor, **wrong)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            give_role(99, RoleName.READER, actor=actor)
        grant = read_account(bea).line.grants[0]
        assert (grant.role, grant.scope) == ("reader", "rides")
        with pytest.raises(NotFound):
            revoke_grant(ada, grant.id, actor="cli")  # of another account

        revoke_grant(bea, grant.id, actor=actor)

        assert read_account(bea).line.grants == ()
        with pytest.raises(NotFound):
            revoke_grant(bea, grant.id, actor=actor)
    assert ("role.taken", actor) in list_actions(app)


def test_the_list_has_pages_filters_and_parts_of_addresses(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.accounts.account_list.PAGE", 2)
    with app.app_context():
        make(ADA, RoleName.ADMIN)
        make(BEA, RoleName.READER)
        make("cy_one@staff.example")
        make("cyxone@staff.example")
        allow_sign_in(BEA, False, actor="cli")

        first = list_accounts(None, None)
        rest = list_accounts(None, first.after)

        assert [line.email for line in first.lines] == [ADA, BEA]
        assert [line.email[:6] for line in rest.lines] == ["cy_one", "cyxone"]
        assert rest.after is None and first.after is not None
        assert [line.email for line in list_accounts(None, None, "Y_o").lines] == [
            "cy_one@staff.example"
        ]
        found = {
            which: [line.email[:3] for line in list_accounts(which, None).lines]
            for which in AccountFilter
        }
        assert found == {
            AccountFilter.STAFF: ["ada", "bea"],
            AccountFilter.PARTNERS: [],
            AccountFilter.WITHOUT_FACTOR: ["ada"],
            AccountFilter.WITHOUT_ROLE: ["cy_", "cyx"],
            AccountFilter.CLOSED: ["bea"],
        }
        assert list_accounts(None, 10**9).lines == []
