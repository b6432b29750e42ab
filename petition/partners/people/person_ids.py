"""How an organization names a person or a consent, and where a page of people ends.

- None tells how many people or consents there are, and another organization's name of the same has
  nothing in common with it. The numbers of rows would: those between two are of others.
"""

from petition.core.errors import SealBroken
from petition.core.sealing import get_sealer, read_text, write_text

PURPOSE = "api person"
CONSENT = "consent for an organization"
CURSOR = "api page of people"
ID_BYTES = 10
HEAD = "hundredth"


def name_person(organization_id: int, signature_id: int) -> str:
    """Return the identifier of a person for one organization: ``hundredth:`` and 20 hex digits."""
    digest = get_sealer().digest(f"{organization_id}:{signature_id}", PURPOSE)
    return f"{HEAD}:{digest[:ID_BYTES].hex()}"


def name_consent(organization_id: int, consent_id: int) -> str:
    """Return the identifier of a consent for its organization: ``hundredth:`` and 20 hex digits."""
    digest = get_sealer().digest(f"{organization_id}:{consent_id}", CONSENT)
    return f"{HEAD}:{digest[:ID_BYTES].hex()}"


def write_cursor(organization_id: int, purpose: str, consent_id: int) -> str:
    """Return the cursor after a consent, sealed: it is good for this list alone."""
    plain = f"{organization_id}:{purpose}:{consent_id}"
    return write_text(get_sealer().seal(plain.encode(), CURSOR))


def read_cursor(text: str, organization_id: int, purpose: str) -> int | None:
    """Return the consent of a cursor; None if it was not given for this list."""
    try:
        plain = get_sealer().open(read_text(text), CURSOR).decode()
    except (SealBroken, ValueError):
        return None
    head, _, number = plain.rpartition(":")
    return int(number) if head == f"{organization_id}:{purpose}" else None
