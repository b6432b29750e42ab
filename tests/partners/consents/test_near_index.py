"""A look-up of those in a box reads its index, and not all consents of an organization."""

from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Signature
from petition.partners.consents.visible import list_within, select_visible
from tests.partners.consents.conftest import CELL, Signed

PEOPLE = 3_000
DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


def fill(signed: Signed) -> None:
    """Add people who are spread over a state, past the work of signing."""
    with transaction() as session:
        offer = session.get_one(ConsentOffer, signed.offers["riders"])
        campaign = session.get_one(Campaign, signed.campaign_id)
        now = utcnow()
        person = session.scalars(select(Signature.person).limit(1)).one()
        people = {
            "campaign_id": campaign.id,
            "state": "counted",
            "seat": 1,
            "person": person,
            "created_at": now,
            "confirmed_at": now,
            "proved_at": now,
            "attempt": 0,
            "publish_comment": False,
            "cell": CELL,
        }
        ids = session.scalars(
            insert(Signature).returning(Signature.id), [people for _ in range(PEOPLE)]
        ).all()
        copied = ("campaign_id", "organization_id", "purpose")
        row = {name: getattr(offer, name) for name in copied} | {"offer_id": offer.id}
        session.execute(
            insert(Consent),
            [row | {"signature_id": id, "given_at": now, "source": "form"} for id in ids],
        )
        session.execute(
            text(
                "UPDATE consents SET latitude = 41 + (id % 200) / 100.0,"
                " longitude = -73 + (id % 317) / 100.0, unplaced = false"
            )
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def test_a_box_is_read_by_its_index(app: Flask, signed: Signed) -> None:
    fill(signed)
    query = select_visible(signed.groups["riders"], "contact").where(
        *list_within(42.3, 42.4, -71.2, -71.0)
    )
    name = db.engine.dialect.name
    words = query.compile(dialect=DIALECTS[name](), compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if name == "sqlite" else "EXPLAIN"

    plan = "\n".join(str(row) for row in db.session.execute(text(f"{explain} {words}")))

    assert "ix_consents_near" in plan, plan
    assert "SCAN consents" not in plan and "Seq Scan on consents" not in plan
    found = db.session.execute(query).all()
    assert 0 < len(found) < PEOPLE / 20
