"""A backup is restored: the numbers of the rows that it lacks are given out again."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from petition.core.extensions import db, transaction
from petition.models import Campaign, Mail, MailKind, Signature, SignatureState
from petition.signing.link_tokens import LinkPurpose, hide_id, make_serializer, make_token
from petition.signing.location_questions import make_question
from tests.factories import make_person, make_signature
from tests.web.public_world import CAMPAIGN, make_world, open_page, read_words

PATHS = {
    LinkPurpose.CONFIRM: "/confirm/{}",
    LinkPurpose.UNSUBSCRIBE: "/unsubscribe/{}",
    LinkPurpose.STATUS: "/signatures/{}",
}
pytestmark = pytest.mark.own_database


@dataclass(frozen=True)
class Restored:
    """Alice's links of before, which the backup knows nothing of, and Bella who has her number."""

    links: dict[LinkPurpose, str]
    bella: int


@pytest.fixture
def restored(app: Flask) -> Iterator[Restored]:
    make_world(app, confirm_email=True)
    with app.app_context():
        alice = add_signer("Alice")
        links = {
            purpose: path.format(make_token(alice, purpose)) for purpose, path in PATHS.items()
        }
        lose(alice)
        bella = add_signer("Bella")
        db.session.remove()
    assert bella == alice
    yield Restored(links, bella)


def add_signer(name: str) -> int:
    """Return the number of somebody who is about to confirm."""
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        pending = {"state": SignatureState.PENDING, "confirmed_at": None, "seat": None}
        return make_signature(session, campaign, person=make_person(given_name=name), **pending).id


def lose(signature_id: int) -> None:
    """Take a row out as a backup from before it would, its number free again."""
    with transaction() as session:
        if db.engine.dialect.name == "sqlite":
            for trigger in session.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
                {"table": "signatures"},
            ).all():
                session.execute(text(f"DROP TRIGGER {trigger}"))
        else:
            session.execute(text("ALTER TABLE signatures DISABLE TRIGGER USER"))
        session.execute(text("DELETE FROM signatures WHERE id = :id"), {"id": signature_id})
        if db.engine.dialect.name == "postgresql":
            session.execute(
                text("SELECT setval(pg_get_serial_sequence('signatures', 'id'), :id, false)"),
                {"id": signature_id},
            )


def read_row(app: Flask) -> dict[str, object]:
    with app.app_context():
        return dict(db.session.execute(select(*Signature.__table__.columns)).one()._mapping)


@pytest.mark.parametrize("purpose", list(PATHS))
def test_an_old_link_opens_nobody_else(
    app: Flask, restored: Restored, purpose: LinkPurpose
) -> None:
    before = read_row(app)

    page = open_page(app, restored.links[purpose])

    assert page.status_code == 404
    assert "Bella" not in page.text
    assert read_row(app) == before


def test_an_old_link_does_nothing_to_anybody_else(app: Flask, restored: Restored) -> None:
    before = read_row(app)
    client = app.test_client()
    page = restored.links[LinkPurpose.STATUS]
    acts = ["confirm", "withdraw", "erase", "address", "amend", "renew"]
    answers = [client.post(page, data={"do": act}) for act in acts]
    answers.append(client.post(f"{page}/choices", data={"do": "save"}))
    answers.append(client.get(f"{page}/data.json"))
    answers.append(client.post(restored.links[LinkPurpose.CONFIRM]))
    answers.append(client.post(restored.links[LinkPurpose.UNSUBSCRIBE]))

    assert {answer.status_code for answer in answers} == {404}
    assert read_row(app) == before


def test_bellas_own_links_open_hers(app: Flask, restored: Restored) -> None:
    with app.app_context():
        own = PATHS[LinkPurpose.STATUS].format(make_token(restored.bella, LinkPurpose.STATUS))

    assert open_page(app, own).status_code == 200


def test_an_old_question_asks_nobody_else(app: Flask) -> None:
    world = make_world(app, confirm_email=True)
    with app.app_context():
        alice = add_signer("Alice")
        token = make_question(alice, world.campaign_id, "09012")
        lose(alice)
        assert add_signer("Bella") == alice
        db.session.remove()
    before = read_row(app)
    typed = {"street_address": "1 West Street", "postal_code": "02139"}

    answer = app.test_client().post(f"{CAMPAIGN}/address/{token}", data=typed)

    assert answer.status_code == 410
    assert read_row(app) == before


def test_no_link_opens_a_row_without_a_secret(app: Flask) -> None:
    make_world(app, confirm_email=True)
    with app.app_context():
        number = add_signer("Alice")
        with transaction() as session:
            session.execute(text("UPDATE signatures SET link_secret = NULL"))
        made = make_token(number, LinkPurpose.STATUS)
        bare = make_serializer(LinkPurpose.STATUS).dumps(number)
        empty = make_serializer(LinkPurpose.STATUS).dumps([hide_id(number), ""])
        asked = make_question(number, 1, "02139")
        db.session.remove()
    before = read_row(app)
    typed = {"street_address": "1 West Street", "postal_code": "02139"}

    for token in (made, bare, empty):
        assert open_page(app, PATHS[LinkPurpose.STATUS].format(token)).status_code == 404
    answer = app.test_client().post(f"{CAMPAIGN}/address/{asked}", data=typed)

    assert answer.status_code in (404, 410)
    assert read_row(app) == before


def test_a_signer_calls_back_the_links_that_went(app: Flask) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        number = make_signature(session, campaign).id
    with app.app_context():
        links = [path.format(make_token(number, purpose)) for purpose, path in PATHS.items()]
    page = links[2]

    said = app.test_client().post(page, data={"do": "renew"})

    assert said.status_code == 303
    assert "new link" in read_words(open_page(app, said.location))
    assert {open_page(app, link).status_code for link in links} == {404}
    with app.app_context():
        planned = select(func.count()).where(
            Mail.signature_id == number, Mail.kind == MailKind.LINK, Mail.sent_at.is_(None)
        )
        assert db.session.scalar(planned) == 1
        new = PATHS[LinkPurpose.STATUS].format(make_token(number, LinkPurpose.STATUS))
    assert open_page(app, new).status_code == 200


def test_who_cannot_be_mailed_keeps_the_link(app: Flask) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        signature = make_signature(session, campaign)
        signature.unreachable_at = signature.created_at
        number = signature.id
    with app.app_context():
        page = PATHS[LinkPurpose.STATUS].format(make_token(number, LinkPurpose.STATUS))

    assert "new link" not in read_words(open_page(app, page))
    assert app.test_client().post(page, data={"do": "renew"}).status_code == 404
    assert open_page(app, page).status_code == 200
