"""The shapes of what everyone may read: campaigns, districts, letters, organizations."""

from marshmallow import Schema, fields

from petition.web.api.paging import PageQuery

NEXT = {"description": "The address of the next page; null on the last."}
COUNT = {
    "description": "Published count: null below a level from 10 up, from one snapshot a minute."
}


def write_next() -> fields.String:
    """Return the field of the next page's address."""
    return fields.String(required=True, allow_none=True, metadata=NEXT)


def write_count() -> fields.Integer:
    """Return the field of a published count."""
    return fields.Integer(required=True, allow_none=True, metadata=COUNT)


class LinkShape(Schema):
    """An address."""

    href = fields.String(required=True)


class RootShape(Schema):
    """Where everything is."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.Nested(LinkShape), required=True)


class CampaignShape(Schema):
    """An open letter."""

    slug = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    phase = fields.String(required=True, metadata={"enum": ["early", "open", "closed"]})
    language = fields.String(required=True)
    organization = fields.String(required=True, metadata={"description": "Who sends the letter."})
    step = fields.Integer(
        required=True, metadata={"description": "Signers of one district that send the letter."}
    )
    layers = fields.List(
        fields.String(), required=True, metadata={"description": "Kinds of its districts."}
    )
    opens_at = fields.AwareDateTime(required=True, allow_none=True)
    closes_at = fields.AwareDateTime(required=True, allow_none=True)
    people = write_count()
    is_exact = fields.Boolean(
        required=True, metadata={"description": "False where people is rounded, or partial."}
    )
    letters = fields.Integer(required=True, metadata={"description": "Letters that were sent."})
    counted_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Null where people is."}
    )
    text_version = fields.Integer(
        required=True, metadata={"description": "Of the text that is signed; see signatures."}
    )
    url = fields.String(required=True)


class CampaignsShape(Schema):
    """A page of campaigns."""

    items = fields.List(fields.Nested(CampaignShape), required=True)
    next = write_next()


class DistrictShape(Schema):
    """A district and its published count in a campaign."""

    division_id = fields.String(required=True, metadata={"description": "Its Open Civic Data id."})
    layer = fields.String(required=True)
    geoid = fields.String(required=True, metadata={"description": "Its Census id."})
    name = fields.String(required=True)
    state = fields.String(required=True)
    people = write_count()
    is_rounded = fields.Boolean(required=True)
    reached = fields.Integer(
        required=True, metadata={"description": "How many times the step was reached."}
    )
    next_at = fields.Integer(required=True, metadata={"description": "Signers of the next letter."})
    counted_at = fields.AwareDateTime(required=True, allow_none=True)
    url = fields.String(required=True)


class DistrictsShape(Schema):
    """A page of districts."""

    items = fields.List(fields.Nested(DistrictShape), required=True)
    next = write_next()


class DistrictsQuery(PageQuery):
    """Which districts of a campaign."""

    layer = fields.String(metadata={"description": "Only of this layer, as in the campaign."})
    state = fields.String(metadata={"description": "Only of this state: two letters."})


class LetterShape(Schema):
    """A letter that was sent."""

    code = fields.String(required=True)
    number = fields.Integer(required=True, metadata={"description": "Of those of its district."})
    total = fields.Integer(required=True, metadata={"description": "Signers it speaks for."})
    reached_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True, attribute="fate")
    layer = fields.String(required=True)
    geoid = fields.String(required=True)
    district = fields.String(required=True)
    state = fields.String(required=True)
    posts = fields.Integer(required=True, metadata={"description": "Offices it was sent to."})
    url = fields.String(required=True)


class LettersShape(Schema):
    """A page of letters, the latest first."""

    items = fields.List(fields.Nested(LetterShape), required=True)
    next = write_next()


class PostedShape(Schema):
    """The PDF of a letter for one post."""

    post = fields.String(required=True)
    outcome = fields.String(required=True, attribute="fate")
    sha256 = fields.String(required=True, allow_none=True)
    pages = fields.Integer(required=True, allow_none=True)
    dated = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)


class OneLetterShape(Schema):
    """A letter by its code, with the hash of each PDF; without names."""

    code = fields.String(required=True)
    campaign = fields.String(required=True, attribute="campaign_slug")
    layer = fields.String(required=True)
    geoid = fields.String(required=True)
    district = fields.String(required=True)
    state = fields.String(required=True)
    number = fields.Integer(required=True)
    total = fields.Integer(required=True)
    reached_at = fields.AwareDateTime(required=True)
    posted = fields.List(fields.Nested(PostedShape), required=True)
    url = fields.String(required=True)


class OrganizationShape(Schema):
    """An organization of the coalition, as it shows itself."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    locality = fields.String(required=True)
    about = fields.String(required=True)


class OrganizationsShape(Schema):
    """The organizations that support a campaign, in the order in which they joined."""

    items = fields.List(fields.Nested(OrganizationShape), required=True)
