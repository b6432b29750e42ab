"""The record of an organization says who took whose data, in numbers."""

import pytest

from petition.core.extensions import transaction
from petition.models import AccessKind
from petition.partners.consents.accesses import record_access
from petition.partners.profile.organization_record import list_record
from tests.partners.consents.conftest import Signed, signed

__all__ = ["signed"]


@pytest.mark.parametrize("kind", list(AccessKind))
def test_each_road_to_people_is_an_entry_with_its_number(signed: Signed, kind: AccessKind) -> None:
    group = signed.groups["riders"]
    with transaction() as session:
        record_access(
            session,
            organization_id=group,
            actor="token:3",
            kind=kind,
            purpose="contact",
            filters={},
            consent_ids=[signed.consents["riders"]],
        )

    (entry,) = [one for one in list_record(group) if one.actor == "API token 3"]

    assert entry.detail == "1 person, for contact"
    assert list_record(signed.groups["walkers"]) == []
