"""Texts for the recipients of a campaign's letter by layer, for pages without a district."""

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext

from petition.models import Campaign, Layer, PostRole
from petition.models.campaigns.layers import NAMED
from petition.signers.confirm import Confirmation
from petition.web.formats import show_layer

# The recipients of a layer where the campaign writes to every post of the district. Counties,
# cities and towns have too many kinds of posts for one term.
LAWMAKERS = {
    Layer.SLDU: lazy_gettext("your state senator"),
    Layer.SLDL: lazy_gettext("your state representative"),
    Layer.CD: lazy_gettext("your representative in Congress"),
}
ROLES = {
    PostRole.UPPER: lazy_gettext("your state senator"),
    PostRole.LOWER: lazy_gettext("your state representative"),
    PostRole.LEGISLATURE: lazy_gettext("your state legislator"),
    PostRole.MAYOR: lazy_gettext("your mayor"),
    PostRole.GOVERNOR: lazy_gettext("your governor"),
    PostRole.US_REPRESENTATIVE: lazy_gettext("your representative in Congress"),
    PostRole.US_SENATOR: lazy_gettext("your U.S. senators"),
    PostRole.COUNCIL: lazy_gettext("the council of your %(layer)s"),
    PostRole.BOARD: lazy_gettext("the board of your %(layer)s"),
}


def name_receivers(campaign: Campaign | Confirmation) -> str:
    """Return "your state senator and your state representative", in the order of the layers.

    - A layer without roles in the campaign: every lawmaker of the district.
    - Each text occurs once, though two layers may have the same role.
    """
    words = [
        word
        for layer in campaign.layers
        for word in _name_layer(Layer(layer), campaign.recipients.get(layer))
    ]
    return join_words(list(dict.fromkeys(words)))


def name_districts(layers: Sequence[str]) -> str:
    """Return "county", or "state senate district and state house district"."""
    return join_words([show_layer(layer) for layer in layers])


def needs_street(layers: Sequence[str]) -> bool:
    """Return whether a street may be needed: signers know their county, town and state by name.

    - Source: petition.models.campaigns.layers.NAMED.
    """
    return any(layer not in (*NAMED, Layer.STATE) for layer in layers)


def join_words(words: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + gettext(" and ") + words[-1]


def _name_layer(layer: Layer, roles: Sequence[str] | None) -> list[str]:
    if roles is None:
        own = LAWMAKERS.get(layer)
        return [str(own or gettext("the lawmakers of your %(layer)s", layer=show_layer(layer)))]
    return [str(ROLES[PostRole(role)]) % {"layer": show_layer(layer)} for role in roles]
