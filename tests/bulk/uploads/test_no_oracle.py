"""An uploaded list is no test of who has signed: every byte that the organization sees is the same.

Lists of ten people are imported of whom none, one, nine or ten have signed before, or withdrew, or
stand twice in it; what the portal answers from the upload to the undoing is compared.
"""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from petition.bulk.uploads import upload_list, upload_record
from petition.bulk.uploads.upload_list import find_told_end
from petition.bulk.uploads.upload_run import run_uploads
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.error_messages.description import describe_row
from petition.models import (
    Campaign,
    ImportBatch,
    ImportUpload,
    Signature,
    SignatureState,
    UploadPiece,
)
from petition.partners.organizations import join_campaign
from petition.signers.withdraw import withdraw_signature
from tests.bulk.files import make_row
from tests.factories import make_campaign, make_person, make_signature
from tests.web.staff_world import find_token, get, post
from tests.web.test_partner_imports import begin, open_portal, send_list, write_list

PATHS = ("/", "/record", "/imports", "/people")
PEOPLE = 10
# How many have signed before in each world.
SIGNED = {"none": 0, "one": 1, "nine": 9, "all": 10, "withdrew": 3, "twice": 0}


def run(app: Flask) -> None:
    with app.app_context():
        while run_uploads(describe_row, lambda: False):
            pass


def prepare(app: Flask, world: str) -> None:
    """Make a campaign of the organization, and let some sign it."""
    with app.app_context():
        with transaction() as session:
            make_campaign(session, slug=world, title="The letter", confirm_email=True)
        join_campaign("riders", world, {"updates": "E-mail me."}, actor="test")
        for number in range(SIGNED[world]):
            with transaction() as session:
                campaign = session.scalars(select(Campaign).where(Campaign.slug == world)).one()
                person = make_person(email=f"ada{number}@people.example")
                signed = make_signature(
                    session, campaign, person=person, state=SignatureState.CONFIRMED
                ).id
            if world == "withdrew":
                withdraw_signature(signed)


def write_people(world: str) -> bytes:
    """Return the list; of the same length and with the same errors in each world."""
    numbers = [0] * PEOPLE if world == "twice" else range(PEOPLE)
    return write_list([*(make_row(number) for number in numbers), make_row(11, ZIP="99999")])


def read_everything(browser: FlaskClient, page: str, before: int) -> dict[str, str]:
    """Return what every page says; of the record without its ``before`` oldest lines."""
    paths = [f"/partner/riders{path}" for path in PATHS]
    paths += [page, f"{page}/progress", f"{page}/refused.csv"]
    found = {}
    for path in paths:
        answer = get(browser, path)
        text = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text)
        text = re.sub(r'datetime="[^"]+"|\w{3} \d+, \d{4}, \d\d:\d\d UTC', "", text)
        if path.endswith("/record"):
            text = "<tr>".join(text.split("<tr>")[: -before or None])
        found[_plain(path)] = f"{answer.status_code} {_plain(text)}"
    return found


def _plain(text: str) -> str:
    """Return a text without the number of the list, which differs from one to the next."""
    return re.sub(r"imports/\d+", "imports/N", text)


def see(
    app: Flask, browser: FlaskClient, world: str, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, str]]:
    """Import a list and undo it; return what the portal shows at each step."""
    before = get(browser, "/partner/riders/record").text.count("<tr>") - 1
    page = str(send_list(browser, write_people(world), world).headers["Location"])
    seen = [read_everything(browser, page, before)]
    begin(browser, page)
    seen.append(read_everything(browser, page, before))
    run(app)
    with app.app_context(), transaction() as session:
        began = utcnow()
        session.execute(update(ImportUpload).values(began_at=began, ended_at=began))
    for seconds in (0, 3, 6):
        at = began + timedelta(seconds=seconds)
        with monkeypatch.context() as patch:
            for module in (upload_list, upload_record):
                patch.setattr(module, "utcnow", lambda at=at: at)
            seen.append(read_everything(browser, page, before))
    token = find_token(get(browser, "/partner/account"))
    seen.append({"undo": str(post(browser, f"{page}/undo", token).status_code)})
    seen.append(read_everything(browser, page, before))
    run(app)
    seen.append(read_everything(browser, page, before))
    with app.app_context(), transaction() as session:
        session.execute(delete(UploadPiece))
        session.execute(delete(ImportUpload))
    return seen


def test_no_byte_tells_who_has_signed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = open_portal(app)
    for world in SIGNED:
        prepare(app, world)

    seen = {world: see(app, browser, world, monkeypatch) for world in SIGNED}

    with app.app_context():
        rows = db.session.execute(
            select(Campaign.slug, ImportBatch.signed).join(
                ImportBatch, ImportBatch.campaign_id == Campaign.id
            )
        ).all()
    # They do differ, where the organization does not see it.
    assert dict(map(tuple, rows)) == {
        "none": 10, "one": 9, "nine": 1, "all": 0, "withdrew": 7, "twice": 1
    }  # fmt: skip
    assert "10 or a few more rows accepted" in str(seen["none"][4])
    record = [one["/partner/riders/record"] for one in seen["none"] if "undo" not in one]
    told = [upload_record.READ in one for one in record]
    assert told == [False, False, False, False, True, False, False]
    assert "was begun" in record[1] and "was taken back" in record[-1]
    for world in SIGNED:
        # Of a list that names one person ten times the first rows are its own.
        first = 1 if world == "twice" else 0
        assert seen[world][first:] == seen["none"][first:], world


def test_ids_in_the_mails_of_ones_own_addresses_do_not_tell_of_a_row_between(app: Flask) -> None:
    browser = open_portal(app)
    prepare(app, "none")
    page = str(
        send_list(browser, write_list([make_row(n) for n in range(40)]), "none").headers["Location"]
    )
    begin(browser, page)
    run(app)

    with app.app_context():
        rows = db.session.execute(select(Signature.id, Signature.person)).all()
    ids = [id for id, _ in sorted(rows, key=lambda row: int(row[1].email[3:].split("@")[0]))]
    assert ids != sorted(ids) and max(ids) - min(ids) > len(ids)


def test_a_longer_import_ends_in_whole_minutes() -> None:
    began = datetime.fromisoformat("2026-05-01T10:00:00+00:00")
    planned = began + timedelta(seconds=5 + 20)
    rows = 20 * upload_list.ROWS_A_SECOND

    for real in (timedelta(seconds=1), timedelta(seconds=24)):
        assert find_told_end(began, rows, began + real) == planned
    for real in (1, 20, 59):
        late = planned + timedelta(seconds=real)
        assert find_told_end(began, rows, late) == planned + timedelta(minutes=1)
    assert find_told_end(began, rows, None) is None
