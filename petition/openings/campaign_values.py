"""The values of a stored campaign by the fields of its definition, for previews and checks."""

from typing import Any

from petition.campaigns.definition import ATTRIBUTES
from petition.models import Campaign


def read_values(campaign: Campaign) -> dict[str, Any]:
    """Return the fields that have a value, as ``read_definition`` returns them."""
    values = {name: getattr(campaign, attribute) for name, attribute in ATTRIBUTES.items()}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
