"""The rows of an export: which people, and which of their data, for each purpose.

- What each purpose shows is what its wording says (petition/partners/default_wordings.py): for
  ``updates`` name, town and e-mail address; for ``contact`` first name, last initial and town. No
  postal code, street or comment is in either.
- ``identifier`` is of the consent, as in the stream of changes; no organization can compare it
  with another's.
- Names of columns are OSDI's, flattened: https://opensupporter.github.io/osdi-docs/people.html
"""

import csv
import io
import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from petition.core.extensions import db
from petition.models import AccessPerson, Campaign, Consent, ConsentPurpose, ExportFormat, Signature
from petition.models.signatures.person import Person, skip_broken
from petition.partners.consents.visible import select_reachable, select_visible
from petition.partners.people.person_ids import name_consent
from petition.validation.spreadsheet_cells import protect_cell

PAGE = 1_000
_FIRST = ("identifier", "given_name")
_LAST = ("locality", "region", "campaign", "consent_date")
COLUMNS: dict[ConsentPurpose, tuple[str, ...]] = {
    ConsentPurpose.UPDATES: (*_FIRST, "family_name", "email_address", *_LAST),
    ConsentPurpose.CONTACT: (*_FIRST, "family_name_initial", *_LAST),
}
CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/jsonl; charset=utf-8",
}


def select_exportable(
    organization_id: int,
    purpose: ConsentPurpose,
    campaign_id: int | None = None,
    since: datetime | None = None,
) -> Select[int, int]:
    """Return a SELECT of (Consent.id, Signature.id) of those who can be exported now.

    - For ``updates``, which gives an address, only those whose address can be written to.
    """
    select_people = select_reachable if purpose is ConsentPurpose.UPDATES else select_visible
    found = select_people(organization_id, purpose)
    if campaign_id is not None:
        found = found.where(Consent.campaign_id == campaign_id)
    if since is not None:
        found = found.where(Consent.given_at >= since)
    return found


def list_exportable(
    organization_id: int, purpose: ConsentPurpose, consent_ids: Collection[int]
) -> list[int]:
    """Return those of these consents that can be exported now, sorted."""
    ids = sorted(consent_ids)
    found: list[int] = []
    for start in range(0, len(ids), PAGE):
        here = Consent.id.in_(ids[start : start + PAGE])
        found += db.session.scalars(select_exportable(organization_id, purpose).where(here))
    return sorted(found)


def write_pages(
    organization_id: int, purpose: ConsentPurpose, form: ExportFormat, access_id: int
) -> Iterator[tuple[int, bytes]]:
    """Yield (people, bytes) of the people of an access who can be seen as their page is read.

    - The first is the headings of a CSV file, of nobody. One page of rows is in memory at a time,
      and no transaction is open while one is sent.
    """
    columns = COLUMNS[purpose]
    if form is ExportFormat.CSV:
        yield 0, _write_csv(columns, [dict(zip(columns, columns, strict=True))])
    for page in _read_pages(organization_id, purpose, access_id):
        rows = [
            _describe(organization_id, purpose, row)
            for row in page
            if skip_broken(row.person) is not None
        ]
        if form is ExportFormat.CSV:
            yield len(rows), _write_csv(columns, rows)
        else:
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            yield len(rows), "".join(lines).encode()


def _read_pages(
    organization_id: int, purpose: ConsentPurpose, access_id: int
) -> Iterator[list[Row[Any]]]:
    after = 0
    while True:
        # The ids of the page first: a page of people who all withdrew must not end the file.
        ids = db.session.scalars(
            select(AccessPerson.consent_id)
            .where(AccessPerson.access_id == access_id, AccessPerson.consent_id > after)
            .order_by(AccessPerson.consent_id)
            .limit(PAGE)
        ).all()
        if not ids:
            db.session.rollback()
            return
        after = ids[-1]
        query = (
            select_exportable(organization_id, purpose)
            .add_columns(Signature.person, Consent.given_at, Campaign.slug.label("campaign"))
            .join(Campaign, Campaign.id == Consent.campaign_id)
            .where(Consent.id.in_(ids))
            .order_by(Consent.id)
        )
        page = list(db.session.execute(query))
        db.session.rollback()
        yield page


def _describe(organization_id: int, purpose: ConsentPurpose, row: Row[Any]) -> dict[str, str]:
    person: Person = row.person
    values = {
        "identifier": name_consent(organization_id, row.consent_id),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "family_name_initial": person.family_name[:1],
        "email_address": person.email,
        "locality": person.locality,
        "region": person.region,
        "campaign": row.campaign,
        "consent_date": row.given_at.date().isoformat(),
    }
    if purpose is ConsentPurpose.CONTACT and not person.given_name:
        # Some people have one name only: their initial then.
        values["given_name"], values["family_name_initial"] = person.family_name[:1], ""
    return {name: values[name] for name in COLUMNS[purpose]}


def _write_csv(columns: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([protect_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue().encode()
