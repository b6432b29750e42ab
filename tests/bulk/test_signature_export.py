"""The signatures of a campaign as a file."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.bulk import signature_export
from petition.bulk.signature_export import COLUMNS, Exported, export_csv, export_json_lines
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import Event
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.signers.consents import PRIVATE, write_consent
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.factories import make_campaign, make_person, make_signature

SLUG = "exported"
Writer = Callable[..., Exported]


@pytest.fixture
def signed(context: AppContext) -> list[int]:
    with transaction() as session:
        campaign = make_campaign(session, slug=SLUG)
        people = [
            make_person(given_name="Ada", comment='=HYPERLINK("https://bad.example")'),
            make_person(given_name="Zoë", comment="two\nlines"),
            make_person(given_name="Withdrawn"),
            make_person(given_name="Erased"),
        ]
        ids = [make_signature(session, campaign, person=person).id for person in people]
        make_signature(session, make_campaign(session), person=make_person(given_name="Other"))
    withdraw_signature(ids[2])
    erase_signature(ids[3])
    return ids


def write(export: Writer, slug: str = SLUG) -> str:
    out = io.StringIO()
    export(slug, out, actor="cli", tell=lambda done, total: None)
    return out.getvalue()


def test_live_signatures_of_the_campaign_are_written(signed: list[int]) -> None:
    rows = list(csv.DictReader(io.StringIO(write(export_csv))))

    assert [row["given_name"] for row in rows] == ["Ada", "Zoë"]
    assert tuple(rows[0]) == COLUMNS
    assert rows[1]["comments"] == "two\nlines"


def test_no_cell_is_a_formula(signed: list[int]) -> None:
    rows = list(csv.DictReader(io.StringIO(write(export_csv))))

    assert rows[0]["comments"].startswith("'=")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_each_line_is_one_json_object_with_what_is_allowed_now(signed: list[int]) -> None:
    save_organization(OrganizationForm("main-street", "Main Street"))
    join_campaign("main-street", SLUG, {"updates": "May write.", "contact": "May call."})
    with transaction() as session:
        write_consent(session, signed[0], 1, PRIVATE)

    first, second = map(json.loads, write(export_json_lines).splitlines())

    assert first["consents"] == ["updates:main-street"]
    assert first["identifier"] == f"hundredth:{signed[0]}"
    assert second["consents"] == []


def test_that_names_left_is_recorded(signed: list[int]) -> None:
    write(export_csv)

    event = db.session.scalars(select(Event).where(Event.action == "signatures.exported")).one()
    assert (event.subject, event.detail, event.actor) == ("campaign", {"signatures": 2}, "cli")


def test_pages_of_any_size_have_everybody_once(
    signed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature_export, "PAGE", 1)

    assert len(write(export_json_lines).splitlines()) == 2


def test_what_does_not_open_is_counted_and_left_out(signed: list[int]) -> None:
    with transaction() as session:
        session.connection().exec_driver_sql(
            f"UPDATE signatures SET link_secret = person WHERE id = {signed[0]}"
            if session.get_bind().dialect.name == "sqlite"
            else f"UPDATE signatures SET link_secret = substr(person, 1, 16) WHERE id = {signed[0]}"
        )

    out = io.StringIO()
    done = export_csv(SLUG, out, actor="cli", tell=lambda done, total: None)

    assert done == Exported(1, 1)


def test_an_unknown_campaign_is_said(context: AppContext) -> None:
    with pytest.raises(NotFound):
        write(export_csv, "nowhere")
