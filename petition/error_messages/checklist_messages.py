"""What the lines of a checklist say, and what to do about each, in English."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from petition.core.errors import Param
from petition.openings.check_lines import CheckCode, CheckLine


class LineWords(NamedTuple):
    """The name of what was checked, what was found, and the remedy; empty where none is needed."""

    name: str
    found: str
    remedy: str = ""


_FIND = "See them with `petition officials check --campaign %(slug)s`"
WORDS: Mapping[CheckCode, LineWords] = {
    CheckCode.TEXT_OK: LineWords("Text", "It has an ask, and its merge fields exist."),
    CheckCode.NO_ASK: LineWords(
        "Text", "It has no ask.", "Write in one sentence what the lawmaker is to do (`ask`)."
    ),
    CheckCode.MERGE_FIELD: LineWords(
        "Text",
        "A merge field cannot be filled in: %(fields)s.",
        "Correct what is between the double braces; docs/campaigns.md lists the fields.",
    ),
    CheckCode.LETTER_OK: LineWords("Letter", "Its text fits on one page after the cover."),
    CheckCode.LETTER_LONG: LineWords(
        "Letter",
        "Its text is longer than a page: with a single name the letter has %(pages)s pages.",
        "Shorten it, and check the preview.",
    ),
    CheckCode.LETTER_FAILED: LineWords(
        "Letter", "It cannot be laid out.", "Check its preview, and correct the text."
    ),
    CheckCode.LETTER_SKIPPED: LineWords(
        "Letter",
        "It was not laid out: a merge field is wrong, or no district is in force.",
        "Correct that first, then check again.",
    ),
    CheckCode.CLOSES_OK: LineWords("Closing date", "It closes on %(day)s."),
    CheckCode.NO_CLOSE: LineWords(
        "Closing date",
        "It has none, and stays open until someone closes it.",
        "Set `closes_at`, or remember to close it.",
    ),
    CheckCode.CLOSES_PAST: LineWords(
        "Closing date", "It was %(day)s, so no one could sign.", "Set `closes_at` to a later day."
    ),
    CheckCode.DEADLINE_PAST: LineWords(
        "Deadline",
        "It asks for something by %(day)s, which has passed. Letters leave it out.",
        "Set `deadline` to a later day, or remove it.",
    ),
    CheckCode.BOUNDARIES_OK: LineWords("Boundaries", "Each layer has districts in force."),
    CheckCode.NO_BOUNDARIES: LineWords(
        "Boundaries",
        "No district is in force in %(layers)s, so signatures are not counted there.",
        "Import boundaries with `petition districts import`, then activate them.",
    ),
    CheckCode.POSTS_OK: LineWords("Posts", "Each district has one. In all: %(number)s."),
    CheckCode.NO_POSTS: LineWords(
        "Posts",
        "Districts without a post: %(number)s. Their letters wait.",
        f"{_FIND}, and add them with `petition officials import FILE`.",
    ),
    CheckCode.NOBODY_REACHED: LineWords(
        "Posts",
        "No letter of this campaign could reach anyone.",
        "Import posts with their addresses: `petition officials import FILE`.",
    ),
    CheckCode.VACANT: LineWords(
        "Vacant seats",
        "Seats that no one holds: %(number)s (%(named)s). Their letters wait.",
        "Import the successors when they are known.",
    ),
    CheckCode.ENDED: LineWords(
        "Ended terms",
        "Posts whose listed holder's term has ended: %(number)s (%(named)s).",
        "Import a newer roster, or name the holder with `petition officials correct`.",
    ),
    CheckCode.REACH_OK: LineWords("Offices", "Each office can be reached by %(channel)s."),
    CheckCode.UNREACHED: LineWords(
        "Offices",
        "Offices that %(channel)s does not reach: %(number)s (%(named)s). Their letters wait.",
        f"{_FIND}, and enter addresses with `petition officials correct POST --email ADDRESS`.",
    ),
    CheckCode.CHANNEL_OK: LineWords("Sender", "Letters are e-mailed from %(sender)s."),
    CheckCode.CHANNEL_OUTBOX: LineWords(
        "Sender",
        "Letters are stored in the outbox folder and sent to no one.",
        "Set PETITION_CHANNEL=email and PETITION_SMTP_URL to send them.",
    ),
    CheckCode.NO_SMTP: LineWords(
        "E-mail",
        "No mail server is set up: signers get no e-mail.",
        "Set PETITION_SMTP_URL.",
    ),
    CheckCode.REPLY_OK: LineWords("Replies", "They go to %(address)s."),
    CheckCode.NO_REPLY: LineWords(
        "Replies",
        "The organization has no e-mail address: offices and signers reply to the service.",
        "Set `organization_email`.",
    ),
    CheckCode.CONSENTS_OK: LineWords(
        "Consents", "Each organization that asks for consent is approved. In all: %(number)s."
    ),
    CheckCode.NO_CONSENTS: LineWords("Consents", "No organization asks for consent."),
    CheckCode.NOT_APPROVED: LineWords(
        "Consents",
        "Organizations that ask for consent and are not approved: %(named)s. Their boxes are not "
        "shown.",
        "Approve them at /staff/organizations.",
    ),
    CheckCode.LOOK_OK: LineWords("Look", "Its color is readable, and its logo is there."),
    CheckCode.LOW_CONTRAST: LineWords(
        "Look", "The color %(accent)s has too little contrast.", "Choose a darker `accent`."
    ),
    CheckCode.NO_LOGO: LineWords(
        "Look",
        "The organization %(slug)s has no logo.",
        "Add it with `petition partners create %(slug)s --logo FILE`, or remove `logo`.",
    ),
    CheckCode.DOMAIN_RESERVED: LineWords(
        "Sender's domain",
        "%(domain)s is reserved for examples, so nothing was asked about it.",
        "Set PETITION_MAIL_FROM to an address of your own domain.",
    ),
    CheckCode.DOMAIN_UNCHECKED: LineWords(
        "Sender's domain",
        "%(domain)s could not be checked: no name server answered in time.",
        "Check again later, or from a host that reaches the DNS.",
    ),
    CheckCode.DOMAIN_MISSING: LineWords(
        "Sender's domain",
        "%(domain)s does not exist, so mail servers refuse what comes from it.",
        "Register it, or correct PETITION_MAIL_FROM.",
    ),
    CheckCode.SPF_OK: LineWords("SPF", "%(domain)s says which servers may send for it."),
    CheckCode.SPF_MISSING: LineWords(
        "SPF",
        "%(domain)s does not say which servers may send for it.",
        "Publish a text record such as `v=spf1 include:YOUR-MAIL-SERVICE -all`.",
    ),
    CheckCode.SPF_SEVERAL: LineWords(
        "SPF",
        "%(domain)s has %(number)s records, so none of them counts.",
        "Join them into one record.",
    ),
    CheckCode.SPF_OPEN: LineWords(
        "SPF", "%(domain)s lets any server send for it.", "End the record with `-all` or `~all`."
    ),
    CheckCode.DKIM_OK: LineWords("DKIM", "A key is published at %(place)s."),
    CheckCode.DKIM_MISSING: LineWords(
        "DKIM",
        "No key is published at %(place)s.",
        "Publish the key of your mail server, or correct PETITION_DKIM_SELECTOR.",
    ),
    CheckCode.DKIM_REVOKED: LineWords(
        "DKIM",
        "The key at %(place)s is revoked: signed e-mail is refused.",
        "Publish the key with which the mail server signs.",
    ),
    CheckCode.DKIM_UNKNOWN: LineWords(
        "DKIM",
        "Where the key of %(domain)s is published is not known.",
        "Set PETITION_DKIM_SELECTOR to the selector of your mail server.",
    ),
    CheckCode.UNPROVED: LineWords(
        "Sender's domain",
        "%(domain)s has neither SPF nor DKIM, so large providers refuse its e-mail.",
        "Publish at least one of them.",
    ),
    CheckCode.DMARC_OK: LineWords("DMARC", "%(domain)s has a policy (%(policy)s)."),
    CheckCode.DMARC_MISSING: LineWords(
        "DMARC",
        "%(domain)s has no policy.",
        "Publish a text record at _dmarc.%(domain)s; start with `v=DMARC1; p=none`.",
    ),
    CheckCode.DMARC_SEVERAL: LineWords(
        "DMARC", "%(domain)s has %(number)s records, so none of them counts.", "Keep one."
    ),
    CheckCode.DMARC_REFUSES: LineWords(
        "DMARC",
        "%(domain)s has the policy %(policy)s for e-mail without SPF or DKIM, and publishes "
        "neither.",
        "Publish SPF or DKIM first, or relax the policy.",
    ),
}


def describe_line(line: CheckLine) -> LineWords:
    """Return the words of a line."""
    words = WORDS[line.code]
    params = {name: _write(value) for name, value in line.params.items()}
    if not params:
        return words
    return LineWords(words.name, words.found % params, words.remedy % params)


def _write(value: Param) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
