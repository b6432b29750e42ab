"""People of two counties of Virginia whom an earlier version placed by a point."""

from typing import Any

from flask import Flask
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.models import Campaign, District, Mail, MailKind, Placement, Signature
from petition.notifications.batches import send_batch
from tests.factories import make_person, make_post, make_signature
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import Enter, read_mails
from tests.redistricting.world import work
from tests.web.county_world import SEVERAL, lay_counties
from tests.web.street_world import Town

ONE = "20112"  # in Prince William County alone
HOME = {"region": "VA", "locality": "Manassas"}


def lay_world(app: Flask, **changes: Any) -> Town:
    """Put both counties in force, each with a board, and open a campaign."""
    town = lay_counties(app, **changes)
    with app.app_context(), transaction() as session:
        for district in session.scalars(select(District).order_by(District.id)).all():
            make_post(session, district)
    return town


def count_by_point(town: Town, *codes: str, county: str | None = None, **signer: Any) -> list[int]:
    """Have people of these ZIP codes counted as earlier versions did, by a point; return their ids.

    - ``county``: as it is named in a form, else Prince William County.
    """
    with town.app.app_context():
        with transaction() as session:
            campaign = session.get_one(Campaign, town.campaign_id)
            ids = [
                make_signature(
                    session,
                    campaign,
                    person=make_person(**HOME, **_choose(county)),
                    **signer,
                ).id
                for _ in codes
            ]
        work(town.campaign_id)
        with transaction() as session:
            session.execute(
                update(Placement).where(Placement.signature_id.in_(ids)).values(found_by="polygon")
            )
            for signature_id, code in zip(ids, codes, strict=True):
                signature = session.get_one(Signature, signature_id)
                assert signature.person is not None
                signature.person = make_person(
                    postal_code=code, **HOME, email=signature.person.email
                )
        return ids


def _choose(county: str | None) -> dict[str, str]:
    """Return what has today's version count somebody there."""
    return {"postal_code": SEVERAL, "home": county} if county else {"postal_code": ONE}


def read_questions() -> list[Mail]:
    """Return the mails that ask, planned or sent."""
    db.session.rollback()
    query = select(Mail).where(Mail.kind == MailKind.QUESTION).order_by(Mail.signature_id)
    return list(db.session.scalars(query))


def mail_all(enter: Enter) -> list[Any]:
    """Send what is due through a real server; return the mails that it took."""
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        while send_batch():
            pass
    return read_mails(answers.kept)
