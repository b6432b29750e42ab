"""The fields of the editor in their order: the kinds of a definition, with labels and hints."""

from collections.abc import Mapping
from dataclasses import dataclass

from petition.campaigns.ask import ContactTable, Day, Sentence
from petition.campaigns.bills import BillList
from petition.campaigns.contrast import Colour
from petition.campaigns.definition import FIELDS
from petition.campaigns.embed_origins import Origins
from petition.campaigns.field_formats import LanguageTag, MailAddress, Moment, WebAddress
from petition.campaigns.field_kinds import ChoiceField, Flag, Kind, Number
from petition.campaigns.field_lists import ChoicesByKey, ChoicesField, Lines
from petition.campaigns.organization_names import OrganizationNames
from petition.campaigns.screening_settings import GuardTable

WIDGETS: Mapping[type, str] = {
    BillList: "bills",
    ChoiceField: "choice",
    ChoicesByKey: "recipients",
    ChoicesField: "layers",
    Colour: "text",
    ContactTable: "contact",
    Day: "date",
    Flag: "flag",
    GuardTable: "guards",
    LanguageTag: "language",
    Lines: "lines",
    MailAddress: "email",
    Moment: "moment",
    Number: "number",
    OrganizationNames: "lines",
    Origins: "lines",
    Sentence: "text",
    WebAddress: "url",
}
# Fields that hold the name of something that exists.
CHOSEN = {"logo": "logo", "successor": "successor"}


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form: its label, its hint, and what its kind says of it."""

    name: str
    label: str
    hint: str = ""

    @property
    def kind(self) -> Kind:
        """The kind that a definition has for it."""
        return FIELDS[self.name].kind

    @property
    def required(self) -> bool:
        """Whether every campaign needs it."""
        return FIELDS[self.name].required

    @property
    def signed(self) -> bool:
        """Whether people sign it."""
        return FIELDS[self.name].signed

    @property
    def longest(self) -> int | None:
        """The most characters that a text may have."""
        found = getattr(self.kind, "longest", None)
        return found if isinstance(found, int) and self.widget not in ("lines",) else None

    @property
    def widget(self) -> str:
        """How it is typed: the name of a macro in templates/staff/campaigns/_fields.html."""
        if self.name in CHOSEN:
            return CHOSEN[self.name]
        if getattr(self.kind, "lines", False):
            return "area"
        return WIDGETS.get(type(self.kind), "text")


@dataclass(frozen=True, slots=True)
class Fieldset:
    """Fields that are shown together."""

    title: str
    fields: tuple[FormField, ...]


FIELDSETS = (
    Fieldset(
        "What it asks",
        (
            FormField("title", "Title", "Of the page and of the letter."),
            FormField(
                "slug",
                "Name in addresses",
                "Lowercase letters, digits and hyphens, as in library-hours. It does not change"
                " later.",
            ),
            FormField(
                "ask",
                "The ask, in one sentence",
                "What the lawmaker should do. The first page and the e-mail begin with it; it is"
                " needed to open the campaign.",
            ),
            FormField("position", "Position on the bill"),
            FormField(
                "letter",
                "The letter",
                "Markdown. Fields such as {{ district.name }} are filled in for each letter.",
            ),
            FormField(
                "opening",
                "Opening of the first page",
                "Under the ask, above the figures. Leave empty for our own sentence.",
            ),
            FormField("closing", "Closing", 'Above the names. Leave empty for "Respectfully,".'),
            FormField("topic", "Re: line", "What the letter is about. Leave empty for the title."),
            FormField(
                "deadline",
                "Asked for by",
                "Such as the day of a vote. Letters dated later leave it out.",
            ),
            FormField("language", "Language of the letter"),
        ),
    ),
    Fieldset(
        "The bill",
        (
            FormField("bill_number", "Number of the bill", "As in S.1234."),
            FormField("bill_title", "Title of the bill"),
            FormField("bill_url", "Where the bill can be read", "An address with https://."),
            FormField(
                "bill_jurisdiction",
                "Legislature",
                "As in ocd-jurisdiction/country:us/state:ma/government.",
            ),
            FormField("bill_session", "Session", "As in 2027-2028."),
            FormField("bills", "Related bills", "Each with a number or a title."),
        ),
    ),
    Fieldset(
        "Who receives it",
        (
            FormField("layers", "Districts that signatures are counted in"),
            FormField(
                "recipients",
                "Posts that receive the letter",
                "No box checked in a layer: every post of the district.",
            ),
            FormField(
                "step", "Signatures that send a letter", "In one district. Leave empty for 100."
            ),
        ),
    ),
    Fieldset(
        "Who asks for it",
        (
            FormField("organization", "Who sends the letter", "One name on each line, up to five."),
            FormField(
                "organization_email",
                "E-mail address for replies",
                "Where offices and signers write to.",
            ),
            FormField("organization_address", "Postal address", "The lines of the letterhead."),
            FormField("contact", "Person whom an office may call"),
            FormField(
                "logo",
                "Logo",
                "Of an organization that has one; in the letterhead and above the title.",
            ),
        ),
    ),
    Fieldset(
        "When",
        (
            FormField("opens_at", "Signing begins", "Leave empty for as soon as it is opened."),
            FormField("closes_at", "Signing ends", "Leave empty for no date: until it is closed."),
            FormField(
                "confirm_after_close",
                "A signature from before the close counts if it is confirmed later",
            ),
            FormField(
                "successor", "The campaign that follows", "Its page is linked once this one closes."
            ),
        ),
    ),
    Fieldset(
        "Signing and consent",
        (
            FormField(
                "confirm_email",
                "A signature counts only after the signer opens the link sent by e-mail",
            ),
            FormField(
                "message",
                "A draft for a signer's own comment",
                "The form asks signers to use their own words. Leave empty to ask for no comment.",
            ),
            FormField("comments", "Comments that letters print"),
            FormField(
                "comment_wait",
                "Hours that a letter waits for its comments to be read",
                "From 0 (it does not wait) to 72.",
            ),
            FormField("sharing", "Organizations that ask for consent"),
            FormField(
                "recent_shown",
                "Recent signers named on the page",
                "Leave empty for 10; 0 names no one.",
            ),
        ),
    ),
    Fieldset(
        "Protection against robots",
        (FormField("guards", "Guards", "Leave empty to use the service's setting."),),
    ),
    Fieldset(
        "How its page looks",
        (
            FormField("summary", "A sentence under the title"),
            FormField(
                "issues",
                "Sections under the letter",
                "Markdown whose headings are the sections; on the page only.",
            ),
            FormField(
                "accent",
                "Color of buttons and links",
                "As in #0b5a78. One with too little contrast is refused.",
            ),
            FormField("video_url", "Address of a video"),
            FormField("video_title", "Text of the link to the video"),
            FormField(
                "embed_origins",
                "Websites that may embed the form",
                "One on each line, as in https://group.example.",
            ),
        ),
    ),
)
BY_NAME = {field.name: field for group in FIELDSETS for field in group.fields}
WORDS: Mapping[str, Mapping[str, str]] = {
    "position": {
        "ask": "Asks for something else",
        "support": "Supports it",
        "oppose": "Opposes it",
    },
    "comments": {
        "reviewed": "Those that staff have allowed",
        "all": "Also those that screening finds harmless",
        "none": "None; no page asks for any",
    },
    "sharing": {
        "chosen": "Every supporter, of every signer",
        "own-link": "Only the one whose link the signer used",
    },
    "relation": {
        "companion": "the same bill in the other chamber",
        "prior": "the same bill in an earlier session",
        "replaces": "the bill that it replaces",
    },
    "proof_of_work": {
        "off": "never",
        "when busy": "only from busy networks",
        "always": "always (keeps out people without JavaScript)",
    },
    "language": {"en": "English", "es": "Spanish"},
}
BILL_LABELS = {
    "relation": "Relation",
    "number": "Number",
    "title": "Title",
    "url": "Address",
    "jurisdiction": "Legislature",
    "session": "Session",
}
GUARD_LABELS = {
    "sign_limit": "How often one network may sign, as in 20 per minute; 100 per hour",
    "honeypot": "A field that people do not see",
    "minimum_seconds": "Seconds before the form may be sent",
    "proof_of_work": "A calculation in the browser",
    "disposable_domains": "Refuse disposable e-mail addresses",
}
CONTACT_LABELS = {"person": "Name", "telephone": "Telephone"}
LABELS = {name: field.label for name, field in BY_NAME.items()}
# The roles that the posts of a layer have (docs/campaigns.md).
ROLES: Mapping[str, Mapping[str, str]] = {
    "county": {"board": "county board"},
    "place": {"mayor": "mayor", "council": "city council"},
    "cousub": {"mayor": "mayor", "council": "town council"},
    "sldu": {"upper": "state senator", "legislature": "member of the only chamber"},
    "sldl": {"lower": "state representative"},
    "cd": {"rep": "U.S. representative"},
    "state": {"sen": "U.S. senators", "governor": "governor"},
}
