"""Held letters go on once a correction mends their post; what has gone never goes again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.delivery.held_deliveries import release_held
from petition.models import Delivery, DeliveryState, HoldReason, Layer
from tests.cli.runner import run
from tests.delivery.letter_engine import find_due
from tests.factories import make_campaign
from tests.mail.servers import Answers, polite_server
from tests.officials.test_successor import STEP, send_all, sign_three
from tests.officials.world import FULL, describe, import_files, lay_massachusetts, write_yaml

HAND = "senator@hand.example"
SEAT = "State Senator, First Essex District"
MUTE = (describe(1, email=""), *FULL[1:])


@pytest.fixture
def answers() -> Answers:
    """What the mail server takes."""
    return Answers()


@pytest.fixture
def mailing(make_app: Callable[..., Flask], answers: Answers) -> Iterator[Flask]:
    """The service, whose letters go by e-mail."""
    with polite_server(answers) as address:
        yield make_app(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")


@pytest.fixture
def campaign_id(mailing: Flask, tmp_path: Path) -> int:
    """An open campaign to the senate, of which one senator has no e-mail address."""
    with mailing.app_context():
        lay_massachusetts()
        import_files(write_yaml(tmp_path / "ma.yml", *MUTE))
        with transaction() as session:
            return make_campaign(session, layers=[Layer.SLDU], step=STEP).id


def correct(app: Flask, *options: str) -> str:
    result = run(app, "officials", "correct", SEAT, *options, "--because", "why", "--yes")
    assert result.exit_code == 0, result.output
    return result.output


def test_a_letter_held_for_an_address_goes_once_and_never_again(
    mailing: Flask, campaign_id: int, answers: Answers, tmp_path: Path
) -> None:
    with mailing.app_context():
        sign_three(campaign_id)
        held = db.session.scalars(select(Delivery)).one()
        assert (held.state, held.reason) == (DeliveryState.HELD, HoldReason.NO_ADDRESS)

    assert "Held deliveries released: 1." in correct(mailing, "--email", HAND)

    with mailing.app_context():
        assert send_all() == [DeliveryState.ACCEPTED]
        assert answers.recipients == [HAND]
        import_files(write_yaml(tmp_path / "ma.yml", *MUTE))
    output = correct(mailing, "--withdraw")
    assert "Held deliveries released" not in output
    correct(mailing, "--email", "other@hand.example")
    with mailing.app_context():
        assert (release_held(), find_due(), send_all()) == (0, [], [])
        assert answers.recipients == [HAND]


def test_the_next_letter_never_goes_to_the_address_of_a_former_holder(
    mailing: Flask, campaign_id: int, answers: Answers, tmp_path: Path
) -> None:
    correct(mailing, "--email", HAND)
    with mailing.app_context():
        assert sign_three(campaign_id) == [DeliveryState.ACCEPTED]
        import_files(write_yaml(tmp_path / "new.yml", describe(11, email=""), *FULL[1:]))

        sign_three(campaign_id)

        last = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert last and (last.state, last.reason) == (DeliveryState.HELD, HoldReason.NO_ADDRESS)
        assert answers.recipients == [HAND]


def test_a_letter_waits_while_a_correction_says_that_nobody_is_there(
    mailing: Flask, campaign_id: int, answers: Answers
) -> None:
    correct(mailing, "--email", HAND)
    correct(mailing, "--vacant")
    with mailing.app_context():
        sign_three(campaign_id)
        assert db.session.scalars(select(Delivery)).one().reason == HoldReason.VACANT

    assert "deliveries released: 1." in correct(mailing, "--withdraw", "--only", "holder")

    with mailing.app_context():
        assert send_all() == [DeliveryState.ACCEPTED]
        assert answers.recipients == [HAND]
