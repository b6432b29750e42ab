"""Writes the signatures of a campaign to a file, row by row, in OSDI's names.

- A page of rows is read at a time, so a million signatures need no more memory than a thousand.
- Only live signatures: what ended is nobody's business any more.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from sqlalchemy import func, select

from petition.audit.trail import record
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Organization, Signature
from petition.models.signatures.person import skip_broken
from petition.models.slug_problems import SlugProblem
from petition.validation.spreadsheet_cells import protect_cell

PAGE = 1_000
# OSDI's person and signature, flattened: https://opensupporter.github.io/osdi-docs/people.html
COLUMNS = (
    "identifier",
    "created_date",
    "state",
    "given_name",
    "family_name",
    "email_address",
    "address_line",
    "locality",
    "region",
    "postal_code",
    "language",
    "comments",
    "publish_comment",
    "show_name",
    "notify",
    "confirmed_date",
    "proved_date",
    "source",
    "consents",
)
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """How many signatures were written, and how many cannot be read with the keys that are set."""

    written: int
    unreadable: int


def export_csv(slug: str, out: TextIO, *, actor: str, tell: Tell) -> Exported:
    """Write a campaign's live signatures as CSV, with the headings first; raises NotFound.

    - A cell that a spreadsheet would take as a formula begins with an apostrophe.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)

    def write(row: dict[str, Any]) -> None:
        writer.writerow([protect_cell(_write_cell(row[name])) for name in COLUMNS])

    return _export(slug, write, actor, tell)


def export_json_lines(slug: str, out: TextIO, *, actor: str, tell: Tell) -> Exported:
    """Write a campaign's live signatures as one JSON object a line; raises NotFound."""

    def write(row: dict[str, Any]) -> None:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")

    return _export(slug, write, actor, tell)


def _export(slug: str, write: Callable[[dict[str, Any]], None], actor: str, tell: Tell) -> Exported:
    campaign_id = db.session.scalar(select(Campaign.id).where(Campaign.slug == slug))
    if campaign_id is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    whose = (Signature.campaign_id == campaign_id, Signature.ended_at.is_(None))
    total = db.session.scalar(select(func.count()).where(*whose)) or 0
    # Before the first name leaves: an export that breaks off has taken names too.
    with transaction() as session:
        detail = {"signatures": total}
        record(session, "signatures.exported", "campaign", campaign_id, actor=actor, detail=detail)
    written = unreadable = 0
    for page in _read_pages(*whose):
        consents = _read_consents([one.id for one in page])
        for one in page:
            if skip_broken(one.person) is None:
                unreadable += 1
                continue
            write(_describe(one, consents.get(one.id, [])))
            written += 1
        tell(written + unreadable, total)
    return Exported(written, unreadable)


def _read_pages(*whose: Any) -> Iterator[list[Signature]]:
    after = 0
    while True:
        page = list(
            db.session.scalars(
                select(Signature)
                .where(*whose, Signature.id > after)
                .order_by(Signature.id)
                .limit(PAGE)
            )
        )
        db.session.expunge_all()
        db.session.rollback()
        if not page:
            return
        after = page[-1].id
        yield page


def _read_consents(ids: list[int]) -> dict[int, list[str]]:
    """Return what each signature allows now, as ``purpose:group``."""
    rows = db.session.execute(
        select(Consent.signature_id, ConsentOffer.purpose, Organization.slug)
        .join(ConsentOffer, ConsentOffer.id == Consent.offer_id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(Consent.signature_id.in_(ids), Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.signature_id, []).append(f"{row.purpose}:{row.slug}")
    return found


def _describe(one: Signature, consents: list[str]) -> dict[str, Any]:
    person = one.person
    assert person is not None  # noqa: S101 (those that do not open are left out before)
    return {
        "identifier": f"hundredth:{one.id}",
        "created_date": one.created_at.isoformat(),
        "state": one.state,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email_address": person.email,
        "address_line": person.street_address,
        "locality": person.locality,
        "region": person.region,
        "postal_code": person.postal_code,
        "language": one.language,
        "comments": person.comment,
        "publish_comment": one.publish_comment,
        "show_name": one.show_name,
        "notify": one.notify,
        "confirmed_date": one.confirmed_at.isoformat() if one.confirmed_at else None,
        "proved_date": one.proved_at.isoformat() if one.proved_at else None,
        "source": one.batch,
        "consents": consents,
    }


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else str(value)
