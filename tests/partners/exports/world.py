"""An organization with a member and people who allowed it something, for the tests of exports."""

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ExportDownload, PartnerExport, Signature, User
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_download import open_download, write_file
from petition.partners.exports.export_requests import ExportWish, ask_for_export, prepare_exports
from petition.signers.preferences import withdraw_consent
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_campaign, make_consent, make_offer, make_person, make_signature


@dataclass
class Coalition:
    """Ids; ``offers``: by purpose, of the organization."""

    campaign_id: int
    slug: str
    organization_id: int
    offers: dict[str, int]
    user_id: int
    other_user_id: int

    @property
    def asker(self) -> ExportAsker:
        """The member who asks."""
        return ExportAsker(user_id=self.user_id)

    def add_person(self, purpose: str = "updates", **person: Any) -> int:
        """Add a signer who allows the organization this; return the consent's id."""
        with transaction() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            signature = make_signature(session, campaign, person=make_person(**person), due_at=None)
            return self._allow(signature.id, purpose)

    def _allow(self, signature_id: int, purpose: str) -> int:
        from petition.models import ConsentOffer

        offer = db.session.get_one(ConsentOffer, self.offers[purpose])
        return make_consent(db.session(), signature_id, offer).id

    def withdraw(self, consent_id: int) -> None:
        """Withdraw a consent by the signer's own page."""
        consent = db.session.get_one(Consent, consent_id)
        signature_id, offer_id = consent.signature_id, consent.offer_id
        db.session.rollback()
        withdraw_consent(make_token(signature_id, LinkPurpose.STATUS), offer_id)

    def ask(self, purpose: str = "updates", form: str = "csv", **wish: str) -> int:
        """Ask for an export."""
        return ask_for_export(self.organization_id, self.asker, ExportWish(purpose, form, **wish))

    def prepare(self, purpose: str = "updates", form: str = "csv", **wish: str) -> int:
        """Ask for an export and prepare it."""
        export_id = self.ask(purpose, form, **wish)
        while prepare_exports():
            pass
        return export_id

    def download(self, export_id: int) -> bytes:
        """Take the whole file."""
        return b"".join(write_file(open_download(self.organization_id, export_id, self.asker)))


def make_coalition() -> Coalition:
    """Make an open campaign in which ``riders`` ask for both purposes."""
    with transaction() as session:
        campaign = make_campaign(session)
        offers = {
            purpose: make_offer(session, campaign, slug="riders", purpose=purpose)
            for purpose in ("updates", "contact")
        }
        users = [
            User(email=f"{name}@riders.example", password="x", fs_uniquifier=name, active=True)
            for name in ("bea", "cal")
        ]
        session.add_all(users)
        session.flush()
        return Coalition(
            campaign.id,
            campaign.slug,
            offers["updates"].organization_id,
            {purpose: offer.id for purpose, offer in offers.items()},
            users[0].id,
            users[1].id,
        )


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def change_export(export_id: int, **values: Any) -> None:
    """Write columns of an export, such as times of the past."""
    with transaction() as session:
        session.execute(update(PartnerExport).where(PartnerExport.id == export_id).values(**values))


def age_download(export_id: int, age: timedelta) -> None:
    """Let the first file of an export have begun so long ago."""
    with transaction() as session:
        session.execute(
            update(ExportDownload)
            .where(ExportDownload.export_id == export_id)
            .values(began_at=utcnow() - age)
        )


def list_hashes(export_id: int) -> list[str | None]:
    """Return the SHA-256 that was stored of each file."""
    found = db.session.scalars(
        select(ExportDownload.sha256)
        .where(ExportDownload.export_id == export_id)
        .order_by(ExportDownload.number)
    ).all()
    db.session.rollback()
    return list(found)


def find_signature(consent_id: int) -> int:
    """Return the signature of a consent."""
    found = db.session.scalars(
        select(Signature.id)
        .join(Consent, Consent.signature_id == Signature.id)
        .where(Consent.id == consent_id)
    ).one()
    db.session.rollback()
    return found
