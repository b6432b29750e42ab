"""The questions about the district on a signer's private page, and storing the answers."""

from collections.abc import Mapping

from petition.core.errors import InvalidInput
from petition.locating.chosen_district import LEFT_OPEN
from petition.locating.outcomes import ReviewReason
from petition.locating.review_queue import Waiting, find_waiting
from petition.postal.zip_places import known_postal_code
from petition.signers.residence import correct_address, name_home
from petition.signers.status import read_status
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.pages.recipient_names import needs_street
from petition.web.public.sign.next_question import OpenLayer, name_open_layers
from petition.web.public.sign.residence import check_home, refuse_choice


def read_open_layers(waiting: Waiting | None) -> list[OpenLayer]:
    """Return the open layers of a signature in review, with the districts in question."""
    if waiting is None:
        return []
    untold = {
        layer: [choice.district_id for choice in choices]
        for layer, choices in waiting.open_layers.items()
    }
    return name_open_layers(untold, waiting.state)


def find_named(waiting: Waiting | None) -> OpenLayer | None:
    """Return the layer that its signer is asked by name; None where something else settles it.

    - As after signing, the street is asked where another layer needs it anyway.
    """
    open_layers = read_open_layers(waiting)
    if waiting is None or waiting.reason not in LEFT_OPEN:
        return None
    if not open_layers or not all(layer.is_named for layer in open_layers):
        return None
    return open_layers[0]


def is_in_none(waiting: Waiting | None) -> bool:
    """Return whether its signer lives in no district of the letter, by their own answer."""
    if waiting is None or not waiting.outside:
        return False
    return waiting.reason == ReviewReason.NO_DISTRICT and not waiting.open_layers


def name_own_home(token: str, signature_id: int, value: str) -> None:
    """Store which of the districts in question the signer lives in.

    - Raises InvalidInput for any other, or TokenRefused.
    """
    layer = find_named(find_waiting(signature_id))
    choices = layer.answers if layer else []
    chosen = next((choice for choice in choices if choice.value == value), None)
    if chosen is None:
        raise refuse_choice()
    name_home(token, chosen.layer, chosen.geoid, chosen.state)


def correct_own_address(token: str, form: Mapping[str, str]) -> None:
    """Store another address; raises InvalidInput with a message for each field, or TokenRefused.

    - A ZIP code alone is sufficient where the campaign's districts are known by it or by name.
    """
    campaign = find_campaign(read_status(token).campaign_slug)
    problems = check_home(campaign, form, None)
    if problems:
        raise InvalidInput(problems)
    is_enough = bool(form.get("postal_code", "").strip()) or "street_address" not in form
    optional = not needs_street(campaign.layers) and is_enough
    correct_address(token, form, known_postal_code, optional)
