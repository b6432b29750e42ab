"""Finds signatures by an exact e-mail address or name, for staff; each search is an event.

An address is found by its keyed hash. Names are only kept sealed, with no hash that a name could
be looked up by, so a search for one opens the rows of one campaign, ROWS_AT_ONCE at a time.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from petition.audit.trail import Detail, record
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature
from petition.models.signatures.person import skip_broken
from petition.signers.signature_lookup import FoundSignature, find_in, find_these
from petition.signers.signer_problems import LookupProblem
from petition.signers.staff_requests.request_problems import RequestProblem, read_why
from petition.signing.canonical_email import read_email

ROWS_AT_ONCE = 20_000
PAGE = 1_000  # rows in memory


@dataclass(frozen=True, slots=True)
class NameSearch:
    """What a part of a campaign has of a name.

    - ``looked_at``: how many rows were opened; ``following``: the id after which the next part
      begins, None after the last one.
    """

    found: list[FoundSignature]
    looked_at: int
    following: int | None


def list_searchable(campaign_ids: Collection[int] | None) -> list[Campaign]:
    """Return the campaigns that may be searched, the newest first; None: all of them."""
    chosen = select(Campaign).order_by(Campaign.id.desc())
    if campaign_ids is not None:
        chosen = chosen.where(Campaign.id.in_(campaign_ids))
    return list(db.session.scalars(chosen))


def search_email(
    typed: str, campaign_ids: Collection[int], why: str, actor: str
) -> list[FoundSignature]:
    """Return the signatures of an address on these campaigns, the oldest first.

    - Raises InvalidInput for what is no address, and without a reason.
    """
    reason = read_why(why)
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": Problem(LookupProblem.EMAIL_REFUSED)})
    _record(campaign_ids, "email", reason, actor)
    return find_in(campaign_ids, email)


def search_name(typed: str, campaign_id: int, after: int, why: str, actor: str) -> NameSearch:
    """Return the signatures of a campaign whose whole name is this one, after a row's id.

    - Case, accents written in two ways, and spaces do not matter.
    - Raises InvalidInput without a name or a reason.
    """
    reason = read_why(why)
    wanted = fold_name(typed)
    if not wanted:
        raise InvalidInput({"name": Problem(RequestProblem.NAME_MISSING)})
    _record([campaign_id], "name", reason, actor)
    ids: list[int] = []
    looked_at, last = 0, after
    while looked_at < ROWS_AT_ONCE:
        page = db.session.execute(
            select(Signature.id, Signature.person)
            .where(Signature.campaign_id == campaign_id, Signature.id > last)
            .order_by(Signature.id)
            .limit(min(PAGE, ROWS_AT_ONCE - looked_at))
        ).all()
        if not page:
            return NameSearch(find_these(ids), looked_at, None)
        looked_at, last = looked_at + len(page), page[-1].id
        for row in page:
            person = skip_broken(row.person)
            if person is not None and fold_name(person.name) == wanted:
                ids.append(row.id)
    return NameSearch(find_these(ids), looked_at, last)


def fold_name(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _record(campaign_ids: Collection[int], by: str, why: str, actor: str) -> None:
    """Record the search before anything is found: what breaks off was a search too."""
    with transaction() as session:
        for campaign_id in sorted(campaign_ids):
            detail: Detail = {"by": by, "why": why}
            record(
                session, "signatures.searched", "campaign", campaign_id, actor=actor, detail=detail
            )
