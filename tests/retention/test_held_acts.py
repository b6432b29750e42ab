"""Under a legal hold neither staff nor an organization destroys what a campaign has."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from petition.core.extensions import db, transaction
from petition.models import (
    Campaign,
    Event,
    ImportBatch,
    ImportProof,
    ImportUpload,
    LegalHold,
    RoleName,
    Signature,
    SignatureState,
    UploadPiece,
)
from petition.retention.legal_holds import hold_campaign, release_campaign
from tests.bulk.files import SLUG, make_row
from tests.cli.runner import read_error
from tests.cli.runner import run as run_command
from tests.factories import make_campaign, make_signature
from tests.web.staff_world import enter, find_token, get, post
from tests.web.test_partner_imports import count_states, import_list, open_portal, run, upload
from tests.web.test_partner_imports import write_list as write

WHY = "He asked on the telephone"
HELD = "under a legal hold"


def hold(app: Flask) -> int:
    """Put a hold on the only campaign; return its id."""
    with app.app_context():
        hold_campaign(db.session.scalars(select(Campaign.slug)).one(), "a lawsuit", actor="cli")
        return db.session.scalars(select(LegalHold.id)).one()


def release(app: Flask) -> None:
    with app.app_context():
        release_campaign(db.session.scalars(select(Campaign.slug)).one(), actor="cli")


@pytest.fixture
def signed(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return make_signature(session, make_campaign(session)).id


def is_erased(app: Flask, signature_id: int) -> bool:
    with app.app_context():
        return db.session.get_one(Signature, signature_id).person is None


def read_detail(app: Flask) -> dict[str, object]:
    with app.app_context():
        query = select(Event.detail).where(Event.action == "signature.erased")
        return dict(db.session.scalars(query).one())


def test_staff_erase_nobody_of_a_held_campaign(app: Flask, signed: int) -> None:
    hold(app)
    browser, token = enter(app, RoleName.REVIEWER)
    path = f"/staff/signatures/{signed}/erase"

    refused = post(browser, path, token, why=WHY, sure="1")

    assert refused.status_code == 409 and HELD in refused.text
    assert not is_erased(app, signed)
    release(app)
    assert post(browser, path, token, why=WHY, sure="1").status_code == 303
    assert is_erased(app, signed)
    assert read_detail(app) == {"why": WHY}


def test_who_manages_settings_does_and_the_event_names_the_hold(app: Flask, signed: int) -> None:
    hold_id = hold(app)
    browser, token = enter(app, RoleName.ADMIN)

    path = f"/staff/signatures/{signed}/erase"
    assert post(browser, path, token, why=WHY, sure="1").status_code == 303

    assert is_erased(app, signed)
    assert read_detail(app) == {"why": WHY, "hold": hold_id}


def test_the_command_refuses_without_the_word_for_it(app: Flask, signed: int) -> None:
    hold_id = hold(app)
    command = ("signatures", "erase", "--id", str(signed), "--yes")

    refused = run_command(app, *command)

    assert refused.exit_code == 1 and HELD in read_error(refused)
    assert not is_erased(app, signed)
    assert run_command(app, *command, "--despite-hold").exit_code == 0
    assert is_erased(app, signed)
    assert read_detail(app) == {"hold": hold_id}


def make_due(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(
            update(ImportUpload)
            .where(ImportUpload.due_at.is_not(None))
            .values(due_at=ImportUpload.created_at)
        )


def count_proofs(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ImportProof)) or 0


def test_an_import_of_a_held_campaign_is_stopped_and_undone_after_the_release(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser = open_portal(app)
    rows = [make_row(number) for number in range(3)]
    page = import_list(browser, write(rows), proof=(io.BytesIO(b"%PDF-1.7 x"), "sheets.pdf"))
    run(app)
    hold(app)
    token = find_token(get(browser, page))

    for _ in range(2):
        refused = post(browser, f"{page}/undo", token)
        assert refused.status_code == 409 and HELD in refused.text
        make_due(app)
        run(app)
        assert count_states(app) == {SignatureState.PENDING: 3}
        assert count_proofs(app) == 1
    with app.app_context():
        assert db.session.scalars(select(ImportBatch.undone_at)).one() is not None
    assert "within a few minutes" not in get(browser, page).text

    release(app)
    assert "within a few minutes" in get(browser, page).text
    make_due(app)
    run(app)
    assert count_states(app) == {SignatureState.ERASED: 3}
    assert count_proofs(app) == 0


def test_the_command_undoes_no_import_of_a_held_campaign(app: Flask) -> None:
    browser = open_portal(app)
    proof = (io.BytesIO(b"%PDF-1.7 x"), "sheets.pdf")
    import_list(browser, write([make_row(number) for number in range(3)]), proof=proof)
    run(app)
    hold(app)
    command = ("signatures", "imports", "undo", "1", "--everyone", "--yes")

    refused = run_command(app, *command)

    assert refused.exit_code == 1 and HELD in read_error(refused)
    assert count_states(app) == {SignatureState.PENDING: 3} and count_proofs(app) == 1
    release(app)
    assert run_command(app, *command).exit_code == 0
    assert count_states(app) == {SignatureState.ERASED: 3} and count_proofs(app) == 0


def test_a_list_of_a_held_campaign_is_not_discarded_and_keeps_its_file_when_it_ends(
    app: Flask,
) -> None:
    browser = open_portal(app)
    page = str(upload(browser, write([make_row(1)])).headers["Location"])
    token = find_token(get(browser, page))
    hold(app)

    refused = post(browser, f"{page}/discard", token)

    assert refused.status_code == 409 and HELD in refused.text
    import_list(browser, write([make_row(2)]))
    run(app)
    with app.app_context():
        kinds = db.session.scalars(select(UploadPiece.kind)).all()
        assert sorted(kinds) == ["list", "list"]
        assert SLUG in db.session.scalars(select(Campaign.slug)).all()
