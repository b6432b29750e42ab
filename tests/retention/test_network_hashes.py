"""The networks that signatures came from are kept for seven days."""

from collections.abc import Callable
from datetime import timedelta

from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature
from petition.postal.zip_places import known_postal_code
from petition.retention.network_hashes import forget_networks
from petition.signers.withdraw import erase_signature
from petition.signing.network_origins import Origin
from petition.signing.sign import sign
from tests.factories import make_campaign, make_signature
from tests.ground import SLUG, fill_form

IPV4, IPV6 = ("192.0.2.0/24",), ("2001:db8:7::/48", "2001:db8:7:100::/56")


def read_networks() -> list[bytes | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Signature.networks).order_by(Signature.id)))


def forget_all() -> None:
    while forget_networks(limit=2):
        pass


def test_only_keyed_hashes_are_kept_of_the_24_or_of_the_48_and_the_56(context: AppContext) -> None:
    with transaction() as session:
        make_campaign(session, slug=SLUG)

    for number, networks in enumerate((IPV4, IPV4, IPV6, ()), start=1):
        sign(SLUG, fill_form(number), known_postal_code, origin=Origin(networks))

    first, same, wide, unknown = read_networks()
    assert first == same and first is not None and len(first) == 8
    assert wide is not None and len(wide) == 16
    assert unknown is None
    assert b"192.0.2" not in first


def test_they_are_forgotten_after_seven_days_in_whatever_batches(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        for _ in range(5):
            make_signature(session, campaign, networks=b"12345678")
    forget_all()
    assert None not in read_networks()

    make_later(timedelta(days=7, seconds=1))
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign.id)
        old = utcnow() - timedelta(days=30)
        make_signature(session, campaign, networks=b"12345678", created_at=old)
        make_signature(session, campaign, networks=b"12345678")
    forget_all()

    assert read_networks() == [None] * 6 + [b"12345678"]
    assert forget_networks() == 0


def test_erasing_forgets_where_somebody_came_from(context: AppContext) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        came = {"networks": b"12345678", "form_at": utcnow(), "batch": "names.csv"}
        signature_id = make_signature(session, campaign, **came).id

    erase_signature(signature_id)

    db.session.rollback()
    row = db.session.get_one(Signature, signature_id)
    assert (row.networks, row.form_at, row.batch) == (None, None, None)
