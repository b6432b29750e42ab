"""Bases: owners ask, staff approve each, and nobody is looked up from any other point."""

import threading

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import Organization, StaffDecision
from petition.models.organizations.organization_base import MOST_BASES
from petition.partners.applications.application_decisions import approve
from petition.partners.bases.base_changes import ask_base, decide_base, end_base
from petition.partners.bases.base_list import list_bases, list_waiting_bases
from petition.partners.lookups.origins import find_origin
from petition.partners.partner_list import read_group
from petition.partners.profile.organization_record import list_record
from tests.accounts.world import make_group
from tests.factories import make_base
from tests.partners.applications.world import send_proved

OWNER, STAFF = "partner:1", "staff:1"
YES, NO = StaffDecision.APPROVED, StaffDecision.REFUSED


@pytest.fixture
def group(app: Flask) -> int:
    return make_group(app)


def ask(group: int, code: str = "02139") -> int:
    ask_base(group, code, actor=OWNER)
    return max(one.id for one in list_bases(group))


def test_a_base_is_looked_from_once_staff_approved_it_and_no_longer_than_it_is_kept(
    group: int, context: AppContext
) -> None:
    number = ask(group)
    assert [one.id for one in list_waiting_bases()] == [number]
    assert find_origin(group) is None and read_group("riders").bases == []

    decide_base(number, YES, actor=STAFF, because="")
    found = find_origin(group)
    assert found is not None and found.base_id == number and found.name == "Cambridge"
    assert read_group("riders").bases == ["Cambridge"] and not list_waiting_bases()

    end_base(number, actor=OWNER, organization_id=group)
    assert find_origin(group) is None and read_group("riders").bases == []
    assert [one.what for one in list_record(group)] == [
        "A base was removed",
        "A base was approved",
        "A base was sent to the service's staff",
    ]


def test_a_refusal_has_a_reason_and_is_made_once(group: int, context: AppContext) -> None:
    number = ask(group)

    with pytest.raises(InvalidInput):
        decide_base(number, NO, actor=STAFF, because=" ")
    decide_base(number, NO, actor=STAFF, because="Too far from the group.")

    for decision in (YES, NO):
        with pytest.raises(NotFound):
            decide_base(number, decision, actor=STAFF, because="Later.")
    assert list_bases(group) == [] and find_origin(group) is None
    assert ask(group) > number


def test_several_bases_are_chosen_among_and_another_organizations_is_none(
    app: Flask, group: int, context: AppContext
) -> None:
    first, second = ask(group), ask(group, "01608")
    other = make_group(app, "walkers")
    theirs = ask(other)
    for number in (first, second, theirs):
        decide_base(number, YES, actor=STAFF, because="")

    origin = find_origin(group, base_id=second)
    assert origin is not None and origin.name == "Worcester"
    assert find_origin(group, base_id=theirs) is None
    with pytest.raises(NotFound):
        end_base(theirs, actor=OWNER, organization_id=group)
    assert read_group("riders").bases == ["Cambridge", "Worcester"]


@pytest.mark.parametrize("typed", ["", "9", "99999", "09001"])
def test_what_is_no_place_is_refused(group: int, context: AppContext, typed: str) -> None:
    with pytest.raises(InvalidInput):
        ask_base(group, typed, actor=OWNER)


def test_a_point_is_asked_for_once_and_ten_at_most(group: int, context: AppContext) -> None:
    ask(group)
    with pytest.raises(InvalidInput):
        ask(group)
    with transaction() as session:
        for number in range(1, MOST_BASES):
            make_base(session, group, (40 + number, -71))
    with pytest.raises(InvalidInput):
        ask(group, "01608")
    with pytest.raises(DBAPIError, match="ten bases at most"), transaction() as session:
        make_base(session, group, (60, -71))


def test_two_at_once_do_not_exceed_ten(app: Flask, group: int) -> None:
    with app.app_context(), transaction() as session:
        for number in range(MOST_BASES - 1):
            make_base(session, group, (40 + number, -71))
    both, ended = threading.Barrier(2), []

    def run(code: str) -> None:
        with app.app_context():
            both.wait()
            try:
                ended.append(ask_base(group, code, actor=OWNER))
            except InvalidInput:
                ended.append("")

    threads = [threading.Thread(target=run, args=(code,)) for code in ("02139", "01608")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(bool, ended)) == [False, True]
    with app.app_context():
        assert len(list_bases(group)) == MOST_BASES


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE organization_bases SET latitude = latitude + 0.01",
        "UPDATE organization_bases SET organization_id = organization_id + 1",
        "UPDATE organization_bases SET decision = NULL, decided_at = NULL, decided_by = NULL",
        "UPDATE organization_bases SET decided_by = 'partner:1'",
        "UPDATE organization_bases SET decision = 'refused', because = 'x'",
        "DELETE FROM organization_bases",
    ],
)
def test_the_database_keeps_what_was_approved(group: int, context: AppContext, attack: str) -> None:
    decide_base(ask(group), YES, actor=STAFF, because="")

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(attack))

    origin = find_origin(group)
    assert origin is not None and origin.name == "Cambridge"


def test_a_base_that_was_given_up_does_not_come_back(group: int, context: AppContext) -> None:
    number = ask(group)
    decide_base(number, YES, actor=STAFF, because="")
    end_base(number, actor=OWNER, organization_id=group)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE organization_bases SET ended_at = NULL"))
    with pytest.raises(NotFound):
        end_base(number, actor=OWNER, organization_id=group)


def test_the_base_of_an_application_is_approved_with_it(app: Flask) -> None:
    number = send_proved(app)
    with app.app_context():
        assert list_waiting_bases() == []
        slug = approve(number, actor=STAFF, because="We know them.")
        found = db.session.query(Organization).filter_by(slug=slug).one()
        origin = find_origin(found.id)
        assert origin is not None and origin.name == "Cambridge"
