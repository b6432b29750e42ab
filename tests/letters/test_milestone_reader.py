"""What is read for the letters of a milestone, and stored with them."""

from datetime import date
from email import message_from_bytes
from email.policy import SMTP
from io import BytesIO
from pathlib import Path

import pytest
from flask.ctx import AppContext
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery import deliver
from petition.models import (
    Campaign,
    CampaignState,
    Delivery,
    District,
    Letter,
    Milestone,
    Organization,
)
from tests.factories import (
    make_campaign,
    make_district,
    make_located,
    make_post,
    render_milestone,
)
from tests.letter_store import LetterStore
from tests.letters.samples import open_pdf, read_text

ASKED = {
    "ask": "Please keep the buses.",
    "deadline": date(2199, 3, 1),
    "contact": {"person": "Jo Rivera", "telephone": "(617) 555-0100"},
    "logo": "riders",
    "step": 10,
}


@pytest.fixture
def store(tmp_path: Path) -> LetterStore:
    return LetterStore(tmp_path / "letters")


def reach(campaign_id: int, store: LetterStore) -> Letter:
    """Have ten more people sign, and return the letter that names them."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        make_located(session, campaign, session.scalars(select(District)).one(), 10)
    (milestone_id,) = count_batch(campaign_id).milestones
    render_milestone(milestone_id, store)
    return db.session.scalars(select(Letter).where(Letter.milestone_id == milestone_id)).one()


def start(**changes: object) -> int:
    picture = BytesIO()
    Image.new("RGB", (60, 20)).save(picture, "PNG")
    with transaction() as session:
        session.add(
            Organization(
                slug="riders", name="Riders", logo=picture.getvalue(), logo_type="image/png"
            )
        )
        make_post(session, make_district(session))
        return make_campaign(session, **(ASKED | changes)).id


def test_a_letter_has_the_ask_the_contact_and_the_logo_of_its_campaign(
    context: AppContext, store: LetterStore
) -> None:
    letter = reach(start(), store)

    pdf = store.read(letter.sha256)
    text = read_text(pdf)
    assert "Please keep the buses. Please act by March 1, 2199." in text
    assert "Jo Rivera, (617) 555-0100" in text
    assert "Earlier letters" not in text
    assert len(open_pdf(pdf).pages[0].images) == 1


def test_a_later_letter_names_those_that_began_to_go_before_it(
    context: AppContext, store: LetterStore
) -> None:
    campaign_id = start()
    reach(campaign_id, store)
    delivery_id = db.session.scalars(select(Delivery.id)).one()
    db.session.rollback()
    deliver(delivery_id, store.read)

    second = reach(campaign_id, store)

    first = db.session.scalars(select(Milestone).order_by(Milestone.number)).first()
    assert first is not None
    assert first.sealed_at is not None
    assert f"({first.code})" in read_text(store.read(second.sha256)).partition("Earlier letters")[2]


def test_a_letter_that_has_not_gone_is_not_named_by_the_next(
    context: AppContext, store: LetterStore
) -> None:
    campaign_id = start()
    reach(campaign_id, store)

    assert "Earlier letters" not in read_text(store.read(reach(campaign_id, store).sha256))


def test_the_message_that_goes_says_what_was_stored_with_the_letter(
    context: AppContext, store: LetterStore
) -> None:
    letter = reach(start(letter="We ride the **38** every day."), store)
    assert letter.message is not None
    stored = dict(letter.message)
    delivery_id = db.session.scalars(select(Delivery.id)).one()
    db.session.rollback()

    deliver(delivery_id, store.read)

    (path,) = get_settings().outbox_dir.glob("*/message.eml")
    mail = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert mail["Subject"] == stored["subject"]
    assert stored["subject"].startswith("10 residents of ")
    body = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert stored["text"] in body
    assert "We ride the 38 every day." in body
    assert body.index("Please keep the buses.") < body.index("We ride the 38 every day.")


def test_the_database_keeps_the_words_of_a_letters_message(
    context: AppContext, store: LetterStore
) -> None:
    reach(start(), store)

    with pytest.raises(DBAPIError, match="a letter never changes"), transaction() as session:
        session.execute(text("UPDATE letters SET message = '{}'"))


def test_a_spanish_campaign_writes_to_its_board_in_spanish(
    context: AppContext, store: LetterStore
) -> None:
    letter = reach(start(language="es", ask="Conserven los autobuses."), store)

    assert letter.message is not None
    assert letter.message["salutation"] == "Estimados miembros de la Junta:"
    assert "Junta de Comisionados" in read_text(store.read(letter.sha256))
    assert letter.addressee[0].startswith("Board of Commissioners")  # as the roster has it


def test_two_organizations_send_one_letter_with_both_names(
    context: AppContext, store: LetterStore
) -> None:
    campaign_id = start(owner_names=["The Riders", "Open Streets"], state="draft")
    with transaction() as session:
        session.get_one(Campaign, campaign_id).state = CampaignState.OPEN

    letter = reach(campaign_id, store)

    pdf = store.read(letter.sha256)
    assert "The Riders & Open Streets" in read_text(pdf)
    assert (open_pdf(pdf).metadata or {}).get("/Author") == "The Riders & Open Streets"
