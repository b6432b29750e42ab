"""Who took whose data and when: written down before it is given out."""

from threading import Event, Thread

from flask import Flask
from sqlalchemy import func, select, text, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, AccessKind, AccessPerson, Consent
from petition.partners.consents.accesses import list_accesses, list_taken, record_access
from petition.signers.export import export_data
from petition.signers.preferences import withdraw_consent
from petition.signers.withdraw import erase_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.partners.consents.conftest import Signed


def take(signed: Signed, *slugs: str, group: str = "riders", purpose: str = "contact") -> list[int]:
    with transaction() as session:
        return record_access(
            session,
            organization_id=signed.groups[group],
            actor="partner:7",
            kind=AccessKind.LOOKUP,
            purpose=purpose,
            filters={"campaign": signed.campaign_id},
            consent_ids=[signed.consents[slug] for slug in slugs],
        )


def test_it_is_written_down_for_the_organization_and_for_the_signer(signed: Signed) -> None:
    assert take(signed, "riders") == [signed.consents["riders"]]

    lines = list_accesses(signed.groups["riders"], 10)
    assert [(line.actor, line.kind, line.people, line.filters) for line in lines] == [
        ("partner:7", "lookup", 1, {"campaign": signed.campaign_id})
    ]
    assert list_accesses(signed.groups["walkers"], 10) == []
    assert list_accesses(signed.groups["riders"], 10, before=lines[0].id) == []
    taken = list_taken(signed.signature_id)
    assert [(line.organization, line.kind, line.purpose) for line in taken] == [
        ("Riders", "lookup", "contact")
    ]


def test_who_could_not_be_seen_is_not_written_down_and_not_given_out(signed: Signed) -> None:
    assert take(signed, "walkers") == []
    assert take(signed, "riders", purpose="updates") == []
    withdraw_consent(make_token(signed.signature_id, LinkPurpose.STATUS), signed.offers["riders"])
    assert take(signed, "riders") == []

    assert [line.people for line in list_accesses(signed.groups["riders"], 10)] == [0, 0, 0]
    assert list_taken(signed.signature_id) == []


def test_its_signer_takes_it_along_and_reads_it(signed: Signed) -> None:
    take(signed, "riders")
    take(signed, "walkers", group="walkers")

    told = export_data(make_token(signed.signature_id, LinkPurpose.STATUS))["accesses"]

    assert [line["organization"] for line in told] == ["Walkers", "Riders"]
    assert all(line["at"] for line in told)


def test_erasing_forgets_whose_data_it_was_and_keeps_that_somebody_looked(signed: Signed) -> None:
    take(signed, "riders")

    erase_signature(signed.signature_id)

    assert db.session.scalar(select(func.count()).select_from(AccessPerson)) == 0
    assert db.session.scalars(select(Access.people)).all() == [1]


def test_a_withdrawal_comes_before_an_access_or_after_it(app: Flask, signed: Signed) -> None:
    """Nobody is written down as taken whose consent had ended when it was committed."""
    reading, done = Event(), Event()

    def withdraw() -> None:
        with app.app_context():
            reading.wait(10)
            token = make_token(signed.signature_id, LinkPurpose.STATUS)
            withdraw_consent(token, signed.offers["riders"])
            done.set()

    other = Thread(target=withdraw)
    other.start()
    with transaction() as session:
        seen = record_access(
            session,
            organization_id=signed.groups["riders"],
            actor="token:1",
            kind=AccessKind.EXPORT,
            purpose="contact",
            filters={},
            consent_ids=[signed.consents["riders"]],
        )
        reading.set()
        # It waits for this transaction, on both databases.
        assert not done.wait(0.3)
    other.join(30)

    assert seen and done.is_set()
    assert take(signed, "riders") == []


def test_a_large_access_is_written_in_slices(signed: Signed) -> None:
    with transaction() as session:
        session.execute(text("SELECT 1"))
        seen = record_access(
            session,
            organization_id=signed.groups["riders"],
            actor="staff:1",
            kind=AccessKind.API,
            purpose="contact",
            filters={},
            consent_ids=range(1, 3_500),
        )
    assert seen == [signed.consents["riders"]]
    with transaction() as session:
        session.execute(update(Consent).values(withdrawn_at=utcnow()))
