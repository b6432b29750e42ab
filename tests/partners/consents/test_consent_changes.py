"""Each change of whom an organization may see is a line of its stream, by the database alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentChange, ConsentOffer, Signature
from petition.notifications.unreachable_addresses import mark_reachable, mark_unreachable
from petition.signers.amend import amend
from petition.signers.mailbox_proof import prove_mailbox
from petition.signers.preferences import give_consent, withdraw_consent
from petition.signers.withdraw import erase_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.transitions.signature_changes import change_signatures
from tests.factories import make_campaign, make_consent, make_offer, make_signature
from tests.partners.consents.conftest import Signed

GIVEN = [("riders", "given"), ("walkers", "given")]


def bounce(signed: Signed) -> None:
    with transaction() as session:
        mark_unreachable(session, signed.signature_id, "550 at rcpt")
    with transaction() as session:
        mark_unreachable(session, signed.signature_id, "550 at rcpt")


def reach(signed: Signed) -> None:
    mark_reachable(make_token(signed.signature_id, LinkPurpose.STATUS))


def rename(signed: Signed) -> None:
    amend(make_token(signed.signature_id, LinkPurpose.STATUS), {"given_name": "Grace"})


def reject(signed: Signed) -> None:
    with transaction() as session:
        change_signatures(
            session,
            "rejected",  # type: ignore[arg-type]
            ("confirmed",),  # type: ignore[arg-type]
            Signature.id == signed.signature_id,
            now=utcnow(),
            reject_reason="forged",
        )


def put_back(signed: Signed) -> None:
    with transaction() as session:
        change_signatures(
            session,
            "confirmed",  # type: ignore[arg-type]
            ("rejected",),  # type: ignore[arg-type]
            Signature.id == signed.signature_id,
            now=utcnow(),
        )


CHANGES: list[tuple[Callable[[Signed], Any], str]] = [
    (lambda signed: withdraw_signature(signed.signature_id), "withdrawn"),
    (lambda signed: erase_signature(signed.signature_id), "erased"),
    (bounce, "bounced"),
    (rename, "corrected"),
    (reject, "withdrawn"),
]


@pytest.mark.parametrize(("change", "kind"), CHANGES)
def test_each_change_is_one_line_for_each_consent_in_force(
    signed: Signed, change: Callable[[Signed], Any], kind: str
) -> None:
    assert signed.list_changes() == GIVEN

    change(signed)

    assert signed.list_changes() == [*GIVEN, ("riders", kind), ("walkers", kind)]


def test_a_consent_that_is_withdrawn_and_given_again_is_told_to_its_organization_alone(
    signed: Signed,
) -> None:
    token = make_token(signed.signature_id, LinkPurpose.STATUS)

    withdraw_consent(token, signed.offers["riders"])
    withdraw_consent(token, signed.offers["riders"])
    give_consent(token, signed.offers["riders"])
    give_consent(token, signed.offers["riders"])

    assert signed.list_changes() == [*GIVEN, ("riders", "withdrawn"), ("riders", "given")]


def test_after_a_withdrawal_only_the_others_hear_more(signed: Signed) -> None:
    withdraw_consent(make_token(signed.signature_id, LinkPurpose.STATUS), signed.offers["riders"])

    rename(signed)
    bounce(signed)
    reach(signed)

    told = signed.list_changes()[len(GIVEN) + 1 :]
    assert told == [("walkers", "corrected"), ("walkers", "bounced"), ("walkers", "corrected")]


def test_all_who_were_ever_told_of_a_signer_are_told_to_erase_them(signed: Signed) -> None:
    withdraw_consent(make_token(signed.signature_id, LinkPurpose.STATUS), signed.offers["riders"])
    withdraw_signature(signed.signature_id)

    erase_signature(signed.signature_id)
    erase_signature(signed.signature_id)

    assert signed.list_changes()[2:] == [
        ("riders", "withdrawn"),
        ("walkers", "withdrawn"),
        ("riders", "erased"),
        ("walkers", "erased"),
    ]


def test_whom_staff_put_back_is_given_again(signed: Signed) -> None:
    reject(signed)
    put_back(signed)

    assert signed.list_changes()[-2:] == GIVEN


def add_unproved(session: Session, signed: Signed, **values: Any) -> Signature:
    campaign = session.get_one(Campaign, signed.campaign_id)
    signature = make_signature(session, campaign, **values)
    offer = session.get_one(ConsentOffer, signed.offers["riders"])
    make_consent(session, signature.id, offer)
    return signature


def test_nobody_is_told_of_a_mailbox_that_is_not_proved(signed: Signed) -> None:
    with transaction() as session:
        add_unproved(session, signed, state="pending", confirmed_at=None)
        later = add_unproved(session, signed, proved_at=None).id
    assert signed.list_changes() == GIVEN

    prove_mailbox(make_token(later, LinkPurpose.STATUS))

    assert signed.list_changes() == [*GIVEN, ("riders", "given")]


def test_whom_nobody_was_told_of_leaves_without_a_line(signed: Signed) -> None:
    with transaction() as session:
        later = add_unproved(session, signed, proved_at=None).id

    erase_signature(later)

    assert signed.list_changes() == GIVEN


def test_another_key_or_a_count_is_no_change_of_a_person(signed: Signed) -> None:
    with transaction() as session:
        session.execute(update(Signature).values(state="located", precision="postal", due_at=None))
        session.execute(update(Signature).values(state="counted", touched_at=utcnow()))

    assert signed.list_changes() == GIVEN


def test_a_change_names_nobody(signed: Signed) -> None:
    columns = set(ConsentChange.__table__.columns.keys())

    assert columns == {
        "id",
        "organization_id",
        "consent_id",
        "kind",
        "at",
        "number",
    }
    assert db.session.scalar(select(func.count(Consent.id))) == 2


def test_its_moment_is_that_of_the_database(signed: Signed) -> None:
    moments = db.session.scalars(select(ConsentChange.at)).all()

    assert all(abs((utcnow() - at).total_seconds()) < 60 for at in moments)


def test_another_campaign_is_no_part_of_it(signed: Signed) -> None:
    with transaction() as session:
        other = make_campaign(session)
        make_offer(session, other, slug="riders")
        make_signature(session, other)

    assert signed.list_changes() == GIVEN
