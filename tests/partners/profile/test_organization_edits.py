"""An organization's own page: what is shown at once, and what waits for staff."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db
from petition.models import Organization, OrganizationChange, StaffDecision
from petition.partners.applications.application_list import list_changes
from petition.partners.logos import LARGEST
from petition.partners.partner_list import read_group, read_logo
from petition.partners.profile.organization_edits import decide_change, edit_organization
from petition.partners.profile.organization_form import read_edit
from petition.partners.profile.organization_record import list_record
from tests.accounts.world import make_group
from tests.pictures import make_picture

FORM = {
    "name": "Riders",
    "url": "https://riders.example",
    "about": "We ride.",
    "offering": "Rides.\n\nRepairs.",
    "contact_email": "hello@riders.example",
    "contact_phone": "+1 617 555 0100",
    "reach_km": "25",
}
TAKE, LEAVE = StaffDecision.APPROVED, StaffDecision.REFUSED


def save(app: Flask, group: int, logo: bytes = b"", **other: str) -> bool:
    with app.app_context():
        return edit_organization(group, read_edit(FORM | other, logo), actor="partner:1")


def read_change(app: Flask) -> int:
    with app.app_context():
        [change] = list_changes()
        return change.id


def test_texts_contact_reach_and_logo_are_shown_at_once(app: Flask) -> None:
    group = make_group(app)

    assert not save(app, group, make_picture())

    with app.app_context():
        page = read_group("riders")
        assert (page.line.about, page.offering) == ("We ride.", "Rides.\n\nRepairs.")
        assert (page.contact_email, page.reach_km) == ("hello@riders.example", 25)
        assert read_logo("riders")[1] == "image/png"


@pytest.mark.parametrize("other", [{"name": "Walkers"}, {"members": "Local One\nLocal Two"}])
def test_what_signers_consented_to_waits_for_staff(app: Flask, other: dict[str, str]) -> None:
    group = make_group(app)
    before = ("Riders", [])

    def read() -> tuple[str, list[str]]:
        with app.app_context():
            found = db.session.get_one(Organization, group)
            return found.name, found.members

    assert save(app, group, **other) and read() == before
    with app.app_context():
        with pytest.raises(InvalidInput):
            decide_change(read_change(app), LEAVE, actor="staff:1", because="")
        decide_change(read_change(app), LEAVE, actor="staff:1", because="Ask the coalition first.")
    assert read() == before

    assert save(app, group, **other)
    number = read_change(app)
    with app.app_context():
        decide_change(number, TAKE, actor="staff:1", because="")
        with pytest.raises(NotFound):
            decide_change(number, TAKE, actor="staff:2", because="")
    assert read() != before


def test_a_later_change_replaces_the_one_that_waits_and_the_old_value_drops_it(app: Flask) -> None:
    group = make_group(app)

    save(app, group, name="Walkers")
    save(app, group, name="Runners")

    with app.app_context():
        assert [one.after for one in list_changes()] == [{"name": "Runners"}]
    assert not save(app, group)
    with app.app_context():
        assert db.session.scalars(select(OrganizationChange)).all() == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("url", "javascript:alert(1)"),
        ("about", "x" * 301),
        ("offering", "x" * 3_001),
        ("contact_email", "nobody"),
        ("contact_phone", "1" * 41),
        ("reach_km", "0"),
        ("reach_km", "501"),
        ("reach_km", "\u0663"),
        ("reach_divisions", "everywhere"),
        ("reach_divisions", "ocd-division/country:us/state:ma/county:nowhere"),
        ("reach_divisions", "ocd-division/country:us " * 30_000),
        ("members", "x" * 30_000),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_and_nothing_is_stored(
    app: Flask, field: str, typed: str
) -> None:
    group = make_group(app)

    with pytest.raises(InvalidInput) as refused:
        save(app, group, **{"reach_km": "", field: typed})

    assert set(refused.value.problems) == {field}
    with app.app_context():
        assert db.session.get_one(Organization, group).url is None


@pytest.mark.parametrize(
    "logo",
    [b"<svg onload='x'/>", make_picture() + bytes(LARGEST), make_picture()[:-20]],
    ids=["svg", "too large", "cut"],
)
def test_a_logo_that_is_no_small_picture_is_refused(app: Flask, logo: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(app, make_group(app), logo)
    assert set(refused.value.problems) == {"logo"}


def test_the_record_says_what_was_done_and_names_no_staff(app: Flask) -> None:
    group, other = make_group(app), make_group(app, "walkers")
    save(app, group, name="Runners")
    with app.app_context():
        decide_change(read_change(app), LEAVE, actor="staff:1", because="Not yet.")

        entries = list_record(group)

        assert [(one.what, one.actor) for one in entries] == [
            ("A change was refused", "staff"),
            ("A change was sent to the service's staff", "a former member"),
            ("The page was changed", "a former member"),
        ]
        assert entries[0].detail == "name; Not yet."
        assert list_record(other) == []
