"""How an organization's programs name a person, and where a page of people ends.

- Neither tells how many people there are, and another organization's name of the same person has
  nothing in common with it.
"""

import re
from dataclasses import dataclass

from petition.core.errors import SealBroken
from petition.core.sealing import NAME_BYTES, get_sealer, read_text, write_text

PURPOSE = "api person"
CURSOR = "api page of people"
HEAD = "hundredth"
# By the API, or by the files of exports, which name the consent.
IDENTIFIER = rf"^{HEAD}:([0-9a-f]{{{2 * NAME_BYTES}}}|consent-[1-9][0-9]{{0,9}})$"
LARGEST_CONSENT = 2**31 - 1
NOBODY = 0  # no row has this id


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """The row that an identifier names, the other NOBODY; both NOBODY for no one."""

    signature_id: int = NOBODY
    consent_id: int = NOBODY


def name_person(organization_id: int, signature_id: int) -> str:
    """Return the identifier of a person for one organization: ``hundredth:`` and 48 hex digits."""
    name = get_sealer().name(signature_id, _bind(organization_id))
    return f"{HEAD}:{name.hex()}"


def read_person(identifier: str, organization_id: int) -> NamedPerson:
    """Return whom an identifier names that this organization was given; for any other nobody.

    - ``consent_id`` may be of another organization: the caller compares it.
    """
    found = re.fullmatch(IDENTIFIER, identifier, re.ASCII)
    if found is None:
        return NamedPerson()
    _, is_consent, number = found[1].partition("consent-")
    if is_consent:
        consent_id = int(number)
        return NamedPerson(consent_id=consent_id if consent_id <= LARGEST_CONSENT else NOBODY)
    try:
        signature_id = get_sealer().read_name(bytes.fromhex(found[1]), _bind(organization_id))
    except SealBroken:
        return NamedPerson()
    return NamedPerson(signature_id=signature_id)


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


def _bind(organization_id: int) -> str:
    return f"{PURPOSE} of {organization_id}"
