"""The shapes of people, as OSDI has them, and of what organizations ask signers for."""

from marshmallow import Schema, fields, validate

from petition.core.columns import LARGEST_ID
from petition.signing.form_fields import LONGEST
from petition.web.api.bodies import StrictShape, WholeNumber, YesNo
from petition.web.api.public_shapes import write_next

COUNTRY = "US"
MOST_ADDRESSES = 1
MOST_LINES = 3
MOST_OFFERS = 10
PURPOSE = r"^[a-z]{1,20}$"


def write_text(name: str, required: bool = False) -> fields.String:
    """Return the field of a text of the form, by the form's name for it."""
    return fields.String(required=required, validate=validate.Length(max=2 * LONGEST[name]))


class EmailWrite(StrictShape):
    """An e-mail address."""

    address = write_text("email", required=True)
    primary = YesNo()


class PostalWrite(StrictShape):
    """Where somebody lives, in the United States."""

    address_lines = fields.List(
        write_text("street_address"), validate=validate.Length(max=MOST_LINES)
    )
    locality = write_text("locality")
    region = write_text("region")
    postal_code = write_text("postal_code", required=True)
    country = fields.String(validate=validate.OneOf([COUNTRY]))
    primary = YesNo()


class PersonWrite(StrictShape):
    """Who signs."""

    given_name = write_text("given_name")
    family_name = write_text("family_name")
    email_addresses = fields.List(
        fields.Nested(EmailWrite),
        required=True,
        validate=validate.Length(min=1, max=MOST_ADDRESSES),
    )
    postal_addresses = fields.List(
        fields.Nested(PostalWrite),
        required=True,
        validate=validate.Length(min=1, max=MOST_ADDRESSES),
    )
    languages_spoken = fields.List(
        fields.String(validate=validate.Length(max=20)), validate=validate.Length(max=10)
    )


class ConsentWrite(StrictShape):
    """A consent that the person gave to this organization, to the wording of an offer."""

    purpose = fields.String(required=True, validate=validate.Regexp(PURPOSE))
    offer = WholeNumber(
        required=True,
        validate=validate.Range(1, LARGEST_ID),
        metadata={"description": "The id of the offer whose wording was shown; see organization."},
    )


class SignatureWrite(StrictShape):
    """A signature to record; its signer confirms it by e-mail."""

    person = fields.Nested(PersonWrite, required=True)
    comments = write_text("comment")
    publish_comments = YesNo(load_default=False)
    show_name = YesNo(load_default=False)
    notify = YesNo(load_default=False)
    text_version = WholeNumber(
        validate=validate.Range(1, LARGEST_ID),
        metadata={"description": "Of the text that was shown; the campaign's of now if left out."},
    )
    consents = fields.List(
        fields.Nested(ConsentWrite), load_default=list, validate=validate.Length(max=MOST_OFFERS)
    )


class SignatureShape(Schema):
    """What became of it: the same whether the address has signed before or not."""

    campaign = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["awaits-confirmation"]})


class OfferShape(Schema):
    """What an organization asks the signers of a campaign for, in its wording."""

    id = fields.Integer(required=True)
    campaign = fields.String(required=True)
    purpose = fields.String(required=True)
    wording = fields.String(required=True)


class BaseShape(Schema):
    """A base of an organization, which staff approved."""

    id = fields.String(
        required=True, metadata={"description": "For `base` of the look-ups near it; no number."}
    )
    name = fields.String(required=True, metadata={"description": "Of its place."})


class OwnOrganizationShape(Schema):
    """The token's organization."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    bases = fields.List(
        fields.Nested(BaseShape),
        required=True,
        metadata={"description": "Those in use; look-ups begin at the first unless one is named."},
    )
    offers = fields.List(fields.Nested(OfferShape), required=True)
    scopes = fields.List(fields.String(), required=True)


class EmailShape(Schema):
    """An e-mail address; only where the consent allows it."""

    address = fields.String(required=True)
    primary = fields.Boolean(required=True)


class PostalShape(Schema):
    """The town somebody lives in."""

    locality = fields.String(required=True)
    region = fields.String(required=True)
    country = fields.String(required=True)


class ConsentShape(Schema):
    """A consent in force to this organization."""

    purpose = fields.String(required=True)
    offer = fields.Integer(required=True)
    campaign = fields.String(required=True)
    given_at = fields.AwareDateTime(required=True)


class PersonShape(Schema):
    """A person who consented to this organization."""

    identifiers = fields.List(fields.String(), required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email_addresses = fields.List(fields.Nested(EmailShape), required=True)
    postal_addresses = fields.List(fields.Nested(PostalShape), required=True)
    consents = fields.List(fields.Nested(ConsentShape), required=True)


class PeopleShape(Schema):
    """A page of people."""

    items = fields.List(fields.Nested(PersonShape), required=True)
    next = write_next()
