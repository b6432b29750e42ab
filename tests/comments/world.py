"""A hundred whose signers wrote words, brought to its letter by the path itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Letter,
    Placement,
    Post,
    Signature,
    SignatureState,
)
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.factories import make_campaign, make_district, make_post, render_milestone
from tests.ground import fill_form
from tests.letter_store import LetterStore
from tests.letters.samples import read_text


@dataclass
class Hundred:
    """Ids of a campaign in one district, and of who signed it."""

    slug: str
    campaign_id: int
    district_id: int
    signature_ids: list[int]

    @property
    def store(self) -> LetterStore:
        return LetterStore(get_settings().letters_dir)

    def count(self) -> int:
        """Count those who have signed; return the milestone of the first hundred."""
        with transaction() as session:
            located = select(Signature).where(Signature.state == SignatureState.CONFIRMED)
            layer = session.get_one(District, self.district_id).layer
            for signature in session.scalars(located):
                signature.state, signature.due_at = SignatureState.LOCATED, None
                session.add(
                    Placement(
                        signature_id=signature.id,
                        layer=layer,
                        district_id=self.district_id,
                        found_by="zip",
                    )
                )
        milestones = count_batch(self.campaign_id).milestones
        return milestones[0]

    def find_delivery(self) -> Delivery:
        db.session.rollback()
        query = select(Delivery).execution_options(populate_existing=True)
        return db.session.scalars(query).one()

    def render(self, milestone_id: int) -> str:
        """Make the letter; return the text of its PDF."""
        assert render_milestone(milestone_id, self.store)
        return self.read()

    def read(self) -> str:
        """Return the text of the letter in force."""
        db.session.rollback()
        digest = db.session.scalars(
            select(Letter.sha256).where(Letter.superseded_at.is_(None))
        ).one()
        return read_text(self.store.read(digest))

    def send(self) -> DeliveryState | None:
        return deliver(self.find_delivery().id, self.store.read)


def sign_words(slug: str, words: Sequence[str], **fields: str) -> None:
    """Sign once for each of ``words``, through the form's own reader; empty ones without any."""
    for number, comment in enumerate(words, 1):
        form = fill_form(number) | {"comment": comment, "publish_comment": "1"} | fields
        sign(slug, form, known_postal_code)


def make_hundred(words: Sequence[str], **campaign: Any) -> Hundred:
    """Have people sign a campaign whose hundred is as many as they are."""
    with transaction() as session:
        values = {"step": len(words), "comments": "all", "created_at": utcnow()} | campaign
        made = make_campaign(session, **values)
        district = make_district(session)
        post: Post = make_post(session, district)
        assert post.id
        slug, campaign_id, district_id = made.slug, made.id, district.id
    sign_words(slug, words)
    ids = list(db.session.scalars(select(Signature.id).order_by(Signature.id)))
    db.session.rollback()
    return Hundred(slug, campaign_id, district_id, ids)


def read_states() -> list[str | None]:
    """Return the state of each signer's words, in the order they signed."""
    db.session.rollback()
    return list(db.session.scalars(select(Signature.comment_state).order_by(Signature.id)))


def change_campaign(**values: Any) -> None:
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        for name, value in values.items():
            setattr(campaign, name, value)
