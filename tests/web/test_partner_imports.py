"""The portal's pages of uploaded lists: who reaches them, what they import, what they refuse."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from petition.accounts.role_grants import take_role
from petition.bulk.uploads.upload_file import LARGEST_LIST
from petition.bulk.uploads.upload_run import run_uploads
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.error_messages.description import describe_row
from petition.models import (
    AccountSession,
    Consent,
    ImportBatch,
    ImportProof,
    ImportUpload,
    RoleName,
    Signature,
    SignatureState,
    UploadPiece,
)
from petition.partners.organizations import join_campaign
from tests.accounts.world import list_actions, make_group
from tests.bulk.files import HEADINGS, SLUG, make_row
from tests.factories import make_campaign
from tests.web.account_world import find_user_id
from tests.web.staff_world import BASE, find_token, get, post
from tests.web.test_portals import EMAIL, add_second_owner, enter_partner, make_member

PAGE = "/partner/riders/imports"
COLUMNS = {
    "column_given_name": "0",
    "column_family_name": "1",
    "column_email": "2",
    "column_postal_code": "3",
}
PROOF = {"source": "Sheets at the market", "agreed": "On May 2, on paper", "promise": "yes"}


def write_list(
    rows: list[tuple[str, ...]], headings: tuple[str, ...] = HEADINGS, encoding: str = "utf-8"
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def open_portal(app: Flask, role: RoleName = RoleName.ORGANIZER) -> FlaskClient:
    make_member(app, role)
    with app.app_context():
        with transaction() as session:
            make_campaign(session, slug=SLUG, confirm_email=True)
        join_campaign("riders", SLUG, {"updates": "E-mail me."}, actor="test")
    return enter_partner(app)


def send(browser: FlaskClient, path: str, token: str, **fields: object) -> TestResponse:
    return browser.post(
        path,
        data={"csrf_token": token, **fields},
        base_url=BASE,
        headers={"Origin": BASE},
        content_type="multipart/form-data",
    )


def upload(browser: FlaskClient, content: bytes, name: str = "list.csv") -> TestResponse:
    return send_list(browser, content, SLUG, name)


def send_list(
    browser: FlaskClient, content: bytes, campaign: str, name: str = "list.csv"
) -> TestResponse:
    token = find_token(get(browser, "/partner/account"))
    file = (io.BytesIO(content), name)
    return send(browser, PAGE, token, campaign=campaign, file=file)


def begin(browser: FlaskClient, page: str, **fields: object) -> TestResponse:
    token = find_token(get(browser, "/partner/account"))
    return send(browser, f"{page}/start", token, **(COLUMNS | PROOF | fields))


def import_list(browser: FlaskClient, content: bytes, **fields: object) -> str:
    answer = upload(browser, content)
    assert answer.status_code == 303, answer.text
    page = str(answer.headers["Location"])
    answer = begin(browser, page, **fields)
    assert answer.status_code == 303, answer.text
    return page


def run(app: Flask) -> None:
    with app.app_context():
        while run_uploads(describe_row, lambda: False):
            pass


def count_states(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
        return {state: number for state, number in rows}


def test_from_the_file_to_people_who_are_asked(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser = open_portal(app)
    rows = [make_row(number) for number in range(12)] + [make_row(13, ZIP="99999")]
    answer = upload(browser, write_list(rows))
    page = str(answer.headers["Location"])
    columns = get(browser, page).text
    assert "Check the columns" in columns and "ada0@people.example" in columns
    assert re.search(r'<option value="2" selected>Email: ada0', columns)
    proof = (io.BytesIO(b"%PDF-1.7 sheets"), "Jane Doe.pdf")

    assert begin(browser, page, proof=proof).status_code == 303
    assert "waits for its turn" in get(browser, page).text
    run(app)

    assert get(browser, f"{page}/progress").json["state"] == "running"
    make_later(timedelta(minutes=2))
    done = get(browser, page).text
    assert "10 or a few more rows accepted" in done
    refused = list(csv.reader(io.StringIO(get(browser, f"{page}/refused.csv").text)))
    assert [line[0] for line in refused] == ["\ufeffline", "14"]
    assert count_states(app) == {SignatureState.PENDING: 12}
    with app.app_context():
        batch = db.session.scalars(select(ImportBatch)).one()
        assert (batch.source, batch.vouched, batch.uploaded) == (PROOF["source"], False, True)
        assert {*db.session.scalars(select(Signature.batch))} == {batch.name}
        proof_file = db.session.scalars(select(ImportProof.file)).one()
        assert proof_file.name == "proof.pdf"
        kinds = db.session.scalars(select(UploadPiece.kind)).all()
        assert kinds == ["refused"]
    assert ("import.started", f"partner:{_find_member(app)}") in list_actions(app)


def _find_member(app: Flask) -> int:
    with app.app_context():
        return find_user_id(EMAIL)


def test_a_list_taken_back_leaves_nobody(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser = open_portal(app)
    page = import_list(browser, write_list([make_row(number) for number in range(12)]))
    run(app)
    token = find_token(get(browser, page))

    assert post(browser, f"{page}/undo", token).status_code == 303
    assert "was taken back" in get(browser, page).text
    run(app)

    assert count_states(app) == {SignatureState.ERASED: 12}
    with app.app_context():
        assert db.session.scalars(select(UploadPiece.kind)).all() == []
    assert post(browser, f"{page}/undo", token).status_code == 303
    assert get(browser, f"{page}/refused.csv").status_code == 404


def test_it_can_no_longer_be_taken_back_after_a_week(app: Flask) -> None:
    browser = open_portal(app)
    page = import_list(browser, write_list([make_row(1)]))
    run(app)
    with app.app_context(), transaction() as session:
        session.execute(
            update(ImportBatch).values(started_at=utcnow() - timedelta(days=7, minutes=1))
        )
    token = find_token(get(browser, "/partner/account"))

    assert post(browser, f"{page}/undo", token).status_code == 409
    assert "Take it back" not in get(browser, page).text
    assert count_states(app) == {SignatureState.PENDING: 1}


def test_a_form_sent_twice_imports_once_and_the_same_file_again_is_refused(app: Flask) -> None:
    browser = open_portal(app)
    content = write_list([make_row(number) for number in range(3)])
    page = import_list(browser, content)
    assert begin(browser, page).status_code == 303
    run(app)
    again = str(upload(browser, content).headers["Location"])

    answer = begin(browser, again)

    assert answer.status_code == 409 and "this very file" in answer.text
    assert count_states(app) == {SignatureState.PENDING: 3}


@pytest.mark.parametrize("path", ["", "/1", "/1/progress", "/1/refused.csv"])
def test_another_organization_is_answered_as_one_that_does_not_exist(app: Flask, path: str) -> None:
    browser = open_portal(app)
    import_list(browser, write_list([make_row(1)]))
    make_group(app, "walkers")

    for slug in ("walkers", "nobody"):
        assert get(browser, f"/partner/{slug}/imports{path}").status_code == 404


def test_the_list_of_another_organization_is_none(app: Flask) -> None:
    browser = open_portal(app)
    page = import_list(browser, write_list([make_row(1)]))
    other = make_group(app, "walkers")
    with app.app_context(), transaction() as session:
        session.execute(update(ImportUpload).values(organization_id=other))
    token = find_token(get(browser, "/partner/account"))

    for path in ("", "/progress", "/refused.csv"):
        assert get(browser, f"{page}{path}").status_code == 404
    for action in ("start", "undo", "discard"):
        assert post(browser, f"{page}/{action}", token).status_code == 404


def test_a_viewer_may_not_bring_a_list(app: Flask) -> None:
    browser = open_portal(app, RoleName.VIEWER)

    assert get(browser, PAGE).status_code == 403


def test_who_left_the_organization_reaches_nothing_and_the_list_goes_on(app: Flask) -> None:
    browser = open_portal(app, RoleName.OWNER)
    page = import_list(browser, write_list([make_row(1)]))
    add_second_owner(app)
    with app.app_context(), transaction() as session:
        take_role(session, find_user_id(EMAIL), RoleName.OWNER, actor="cli", organization_id=1)
    run(app)

    assert get(browser, page).status_code in (302, 404)
    assert count_states(app) == {SignatureState.PENDING: 1}


def test_it_asks_for_a_recent_proof(app: Flask) -> None:
    browser = open_portal(app)
    with app.app_context(), transaction() as session:
        session.execute(update(AccountSession).values(proved_at=utcnow() - timedelta(hours=1)))

    assert "/partner/prove" in get(browser, PAGE).headers["Location"]
    assert "/partner/prove" in upload(browser, write_list([make_row(1)])).headers["Location"]


def test_a_campaign_without_the_organization_is_refused(app: Flask) -> None:
    browser = open_portal(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="of-others")
    token = find_token(get(browser, PAGE))
    file = (io.BytesIO(write_list([make_row(1)])), "list.csv")

    answer = send(browser, PAGE, token, campaign="of-others", file=file)

    assert answer.status_code == 422 and "Choose a campaign" in answer.text


def test_a_list_of_200_mb_is_refused_unread(app: Flask) -> None:
    browser = open_portal(app)
    token = find_token(get(browser, PAGE))

    answer = browser.post(
        PAGE,
        data=b"--x\r\n",
        base_url=BASE,
        headers={"Origin": BASE, "X-CSRFToken": token},
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "200000000"},
    )

    assert answer.status_code == 413 and "smaller file" in answer.text


def test_a_list_beyond_the_limit_is_refused_and_nothing_stored(app: Flask) -> None:
    browser = open_portal(app)

    answer = upload(browser, b"Email,ZIP\n" + b"x" * LARGEST_LIST)

    assert answer.status_code == 422 and "more than 25 MB" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count(ImportUpload.id))) == 0


def test_a_stranger_may_not_send_a_large_body(app: Flask) -> None:
    browser = app.test_client()
    token = find_token(get(browser, "/partner/login"))

    answer = upload_by(browser, token, b"x" * 100_000)

    assert answer.status_code == 413


def upload_by(browser: FlaskClient, token: str, content: bytes) -> TestResponse:
    return send(browser, PAGE, token, campaign=SLUG, file=(io.BytesIO(content), "list.csv"))


ODD = {
    "empty": (b"", "empty"),
    "workbook": (b"PK\x03\x04" + bytes(100), "not a CSV"),
    "old-workbook": (b"\xd0\xcf\x11\xe0" + bytes(100), "not a CSV"),
    "binary": (bytes(range(256)) * 40, "not a CSV"),
    "nul": (b"Email,ZIP\0\nx,y\n", "not a CSV"),
    "blank": (b"\n\n\n", "first line"),
    "columns": (b",".join(b"c%d" % n for n in range(1000)) + b"\n1\n", "first line"),
    "long-heading": (b"x" * 1_000_000 + b"\n1\n", ""),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_refused_with_a_reason_or_shown(app: Flask, name: str) -> None:
    browser = open_portal(app)
    content, words = ODD[name]

    answer = upload(browser, content)

    if words:
        assert answer.status_code == 422 and words in answer.text
    else:
        assert answer.status_code in (303, 422)
        if answer.status_code == 303:
            page = str(answer.headers["Location"])
            assert get(browser, page).status_code == 200
            assert begin(browser, page).status_code == 422


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_and_its_own_headings(app: Flask, encoding: str) -> None:
    browser = open_portal(app)
    headings = ("Vorname", "Größe", "Kontakt", "Ort")
    content = write_list([make_row(1, **{"First name": "Zoë"})], headings, encoding)

    import_list(browser, content)
    run(app)

    with app.app_context():
        assert db.session.scalars(select(Signature.person)).one().given_name == "Zoë"


def test_odd_rows_are_refused_for_their_form(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser = open_portal(app)
    formula = ("=1+1", "x", "no address", "02139")
    long = make_row(2, **{"Last name": "x" * 1_000_000})
    page = import_list(browser, write_list([make_row(1), formula, long, ("only one",)]))
    run(app)
    make_later(timedelta(minutes=2))

    refused = list(csv.reader(io.StringIO(get(browser, f"{page}/refused.csv").text)))

    assert count_states(app) == {SignatureState.PENDING: 1}
    assert len(refused) >= 4 and any("'=1+1" in line for line in refused)
    assert "fewer than 10 rows accepted" in get(browser, page).text.lower()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"column_email": ""}, "every signature needs one"),
        ({"column_email": "3"}, "read from this column already"),
        ({"column_email": "4"}, "Choose a column of the file"),
        ({"column_email": "-1"}, "Choose a column of the file"),
        ({"column_email": "²"}, "Choose a column of the file"),
        ({"column_given_name": "", "column_family_name": ""}, "has the names"),
        ({"source": " "}, "where the list comes from"),
        ({"agreed": ""}, "when and how"),
        ({"promise": ""}, "Confirm that everyone"),
        ({"proof": (io.BytesIO(b"MZ program"), "x.pdf")}, "must be a PDF"),
    ],
)
def test_a_choice_that_cannot_be_is_told_by_its_field(
    app: Flask, changed: dict[str, object], words: str
) -> None:
    browser = open_portal(app)
    page = str(upload(browser, write_list([make_row(1)])).headers["Location"])

    answer = begin(browser, page, **changed)

    assert answer.status_code == 422 and words in answer.text
    assert count_states(app) == {}


def test_only_headings_import_nobody(app: Flask, make_later: Callable[[timedelta], None]) -> None:
    browser = open_portal(app)
    page = import_list(browser, write_list([]))
    run(app)
    make_later(timedelta(minutes=2))

    assert "Fewer than 10 rows accepted" in get(browser, page).text
    assert count_states(app) == {}


def test_a_list_gives_consents_to_its_own_organization_only(app: Flask) -> None:
    browser = open_portal(app)
    make_group(app, "walkers")
    with app.app_context():
        join_campaign("walkers", SLUG, {"updates": "E-mail me."}, actor="test")
    boxes = tuple(f"consent_updates_{slug}" for slug in ("riders", "walkers"))
    content = write_list([(*make_row(1), "yes", "yes")], (*HEADINGS, *boxes))
    page = str(upload(browser, content).headers["Location"])
    assert "walkers" not in re.findall(r'name="(column_[^"]+)"', get(browser, page).text)

    begin(
        browser,
        page,
        column_consent_updates_riders="4",
        column_consent_updates_walkers="5",
    )
    run(app)

    with app.app_context():
        rows = db.session.execute(select(Consent.organization_id, Consent.source)).all()
    assert [tuple(row) for row in rows] == [(1, "import:1")]


def test_a_list_that_is_discarded_is_deleted(app: Flask) -> None:
    browser = open_portal(app)
    page = str(upload(browser, write_list([make_row(1)])).headers["Location"])
    token = find_token(get(browser, page))

    assert post(browser, f"{page}/discard", token).status_code == 303
    assert get(browser, page).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UploadPiece)) == 0
