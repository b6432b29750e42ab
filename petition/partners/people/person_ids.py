"""How an organization names a person, a consent or its base, and where a page of people ends.

- None tells how many of them there are, and another organization's name of the same has
  nothing in common with it. The numbers of rows would: those between two are of others.
"""

import re
from dataclasses import dataclass

from petition.core.errors import SealBroken
from petition.core.sealing import NAME_BYTES, get_sealer, read_text, write_text

PERSON = "api person"
CONSENT = "consent for an organization"
BASE = "base for an organization"
CURSOR = "api page of people"
HEAD = "hundredth"
# Of a person or a base by the API, or of a consent by the stream and the files of exports.
IDENTIFIER = rf"^{HEAD}:([0-9a-f]{{{2 * NAME_BYTES}}})$"
NOBODY = 0  # no row has this id


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """The row that an identifier names, the other NOBODY; both NOBODY for no one."""

    signature_id: int = NOBODY
    consent_id: int = NOBODY


def name_person(organization_id: int, signature_id: int) -> str:
    """Return the identifier of a person for one organization: ``hundredth:`` and 48 hex digits."""
    return _name(PERSON, organization_id, signature_id)


def read_person(identifier: str, organization_id: int) -> NamedPerson:
    """Return whom an identifier names that this organization was given; for any other nobody."""
    name = _find_name(identifier)
    if name is None:
        return NamedPerson()
    # Both are always tried, so that the time is the same for each kind, and for nobody.
    return NamedPerson(
        signature_id=_read(PERSON, organization_id, name),
        consent_id=_read(CONSENT, organization_id, name),
    )


def name_consent(organization_id: int, consent_id: int) -> str:
    """Return the identifier of a consent for its organization: ``hundredth:`` and 48 hex digits."""
    return _name(CONSENT, organization_id, consent_id)


def name_base(organization_id: int, base_id: int) -> str:
    """Return the identifier of a base for its organization: ``hundredth:`` and 48 hex digits."""
    return _name(BASE, organization_id, base_id)


def read_base(identifier: str, organization_id: int) -> int:
    """Return the id of the base that an identifier names; NOBODY for none of this organization."""
    name = _find_name(identifier)
    return NOBODY if name is None else _read(BASE, organization_id, name)


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


def _find_name(identifier: str) -> bytes | None:
    found = re.fullmatch(IDENTIFIER, identifier, re.ASCII)
    return None if found is None else bytes.fromhex(found[1])


def _name(kind: str, organization_id: int, row_id: int) -> str:
    name = get_sealer().name(row_id, f"{kind} of {organization_id}")
    return f"{HEAD}:{name.hex()}"


def _read(kind: str, organization_id: int, name: bytes) -> int:
    try:
        return get_sealer().read_name(name, f"{kind} of {organization_id}")
    except SealBroken:
        return NOBODY
