"""A successor: letters that went stay as they went, one that waited goes to the new holder."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    HoldReason,
    Layer,
    Letter,
    Milestone,
)
from tests.cli.runner import run
from tests.factories import make_campaign, make_located
from tests.letter_store import LetterStore
from tests.officials.world import FULL, MA, describe, import_files, lay_massachusetts, write_yaml
from tests.stored_letters import store_milestone

STEP = 3


@pytest.fixture
def campaign_id(app: Flask, tmp_path: Path) -> int:
    """An open campaign to the senate, whose four seats are held."""
    with app.app_context():
        lay_massachusetts()
        import_files(write_yaml(tmp_path / "ma.yml", *FULL))
        with transaction() as session:
            return make_campaign(session, layers=[Layer.SLDU], step=STEP).id


def sign_three(campaign_id: int) -> list[DeliveryState | None]:
    """Have three more people sign in First Essex; take their letter as far as it goes."""
    count_three(campaign_id)
    return send_all()


def count_three(campaign_id: int) -> None:
    with transaction() as session:
        district = session.scalars(
            select(District).where(District.division_id == f"{MA}/sldu:1st_essex")
        ).one()
        make_located(session, session.get_one(Campaign, campaign_id), district, STEP)
    count_batch(campaign_id)
    db.session.remove()


def send_all() -> list[DeliveryState | None]:
    store = LetterStore(get_settings().letters_dir)
    db.session.remove()
    milestones = db.session.scalars(select(Milestone.id).order_by(Milestone.id)).all()
    deliveries = [one for milestone in milestones for one in store_milestone(milestone, store)]
    return [deliver(delivery, store.read) for delivery in deliveries]


def read_addressees() -> list[str]:
    db.session.remove()
    return [
        letter.addressee[0] for letter in db.session.scalars(select(Letter).order_by(Letter.id))
    ]


def read_outbox(number: int) -> dict[str, bytes]:
    folder = get_settings().outbox_dir / str(number)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_held_letter_goes_to_the_successor_once_the_roster_has_one(
    app: Flask, campaign_id: int, tmp_path: Path
) -> None:
    with app.app_context():
        assert sign_three(campaign_id) == [DeliveryState.ACCEPTED]
        first = read_outbox(1)
        import_files(write_yaml(tmp_path / "vacant.yml", *FULL[1:]))
        assert sign_three(campaign_id) == []
        held = db.session.scalars(select(Delivery).where(Delivery.id == 2)).one()
        assert (held.state, held.reason) == (DeliveryState.HELD, HoldReason.VACANT)

    successor = write_yaml(tmp_path / "new.yml", describe(11), *FULL[1:])
    result = run(app, "officials", "import", str(successor))

    assert "Held deliveries released: 1." in result.output
    with app.app_context():
        assert send_all() == [DeliveryState.ACCEPTED]
        assert read_addressees() == ["Ada B. Example1", "Ada B. Example11"]
        assert read_outbox(1) == first
        message = read_outbox(2)["message.eml"]
        assert b"ada-11@senate.example" in message
        assert b"ada-1@senate.example" not in message
        assert send_all() == []


def test_a_letter_that_was_not_yet_sent_is_made_anew_for_the_successor(
    app: Flask, campaign_id: int, tmp_path: Path
) -> None:
    with app.app_context():
        store = LetterStore(get_settings().letters_dir)
        count_three(campaign_id)
        [waiting] = store_milestone(db.session.scalars(select(Milestone.id)).one(), store)

        import_files(write_yaml(tmp_path / "new.yml", describe(11), *FULL[1:]))

        assert deliver(waiting, store.read) is not DeliveryState.ACCEPTED
        assert send_all() == [DeliveryState.ACCEPTED]
        assert read_addressees() == ["Ada B. Example1", "Ada B. Example11"]
        assert b"ada-11@senate.example" in read_outbox(waiting)["message.eml"]
