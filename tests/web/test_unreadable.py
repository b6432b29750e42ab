"""A signer whose answers do not open is told so on each of their pages, and may begin anew."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature, SignatureState
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_signature
from tests.locating.test_damaged_rows import damage
from tests.web.public_world import make_world, open_page, read_words, sign

STATES: dict[str, dict[str, Any]] = {
    "pending": {"state": SignatureState.PENDING, "confirmed_at": None},
    "confirmed": {"state": SignatureState.CONFIRMED},
    "review": {"state": SignatureState.REVIEW, "review_reason": "several-counties"},
}
SAID = "What you entered was damaged on our side."
OTHER_KEY = "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMTI="


def add_damaged(app: Flask, state: str) -> dict[LinkPurpose, str]:
    """Return the tokens of a signature that does not open, beside one that does."""
    make_world(app)
    assert sign(app).status_code == 303
    with app.app_context():
        with transaction() as session:
            campaign = session.scalars(select(Campaign).limit(1)).one()
            number = make_signature(session, campaign, **STATES[state]).id
        damage(number)
        db.session.commit()
        return {purpose: make_token(number, purpose) for purpose in LinkPurpose}


@pytest.mark.parametrize("state", STATES)
def test_each_page_says_that_it_does_not_open(app: Flask, state: str) -> None:
    tokens = add_damaged(app, state)

    own, confirm = tokens[LinkPurpose.STATUS], tokens[LinkPurpose.CONFIRM]
    pages = [
        open_page(app, f"/signatures/{own}"),
        open_page(app, f"/signatures/{own}/data.json"),
        open_page(app, f"/confirm/{confirm}"),
        app.test_client().post(f"/confirm/{confirm}"),
    ]

    for page in pages:
        assert page.status_code == 500
        assert SAID in read_words(page)
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
    # A link that is for confirming alone is no right to erase.
    assert ['value="erase"' in page.text for page in pages] == [True, True, False, False]
    assert own not in pages[2].text


@pytest.mark.parametrize("state", STATES)
def test_it_can_be_erased_there_and_signed_again(app: Flask, state: str) -> None:
    path = f"/signatures/{add_damaged(app, state)[LinkPurpose.STATUS]}"

    erased = app.test_client().post(path, data={"do": "erase"})
    page = open_page(app, path)

    assert erased.status_code == 303
    assert page.status_code == 200
    assert "We no longer have any data about you for this letter" in read_words(page)
    with app.app_context():
        query = select(func.count()).where(Signature.state == SignatureState.ERASED)
        assert db.session.scalar(query) == 1


def test_mails_can_still_be_stopped(app: Flask) -> None:
    token = add_damaged(app, "confirmed")[LinkPurpose.UNSUBSCRIBE]

    assert app.test_client().post(f"/unsubscribe/{token}").status_code == 200


def test_nobody_is_led_to_erase_where_the_key_is_another_one(
    make_app: Callable[..., Flask],
) -> None:
    token = add_damaged(make_app(), "confirmed")[LinkPurpose.STATUS]

    page = open_page(make_app(PETITION_DATA_KEY=OTHER_KEY), f"/signatures/{token}")

    assert page.status_code == 503
    assert "erase" not in page.text.lower()
