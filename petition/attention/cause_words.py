"""What each cause is called, what it touches and what to do about it: one table for all readers.

- The page, the command, the e-mails and docs/attention.md have the same; a test compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CauseWords:
    """The words of a source.

    - ``unit``: what is counted, in the singular; empty where nothing is. ``remedy``: the next step,
      in one or two sentences.
    """

    title: str
    unit: str
    remedy: str


WORDS: Mapping[str, CauseWords] = {
    "lane": CauseWords(
        "The mail server refuses us, and sending is paused",
        "e-mail",
        "Correct what the mail server names, then resume. Until then one e-mail is tried every few "
        "minutes; nothing is marked as failed, and nothing is sent twice.",
    ),
    "paused": CauseWords(
        "Letters are paused by staff",
        "letter",
        "Resume them at `/staff/attention`, or with `petition campaigns resume SLUG` or `petition "
        "resume --all`, once the reason for the pause has ended.",
    ),
    "reconciler": CauseWords(
        "The scheduler does not run",
        "",
        "Start it with `petition up`, or with `petition scheduler` on its own host. Until then "
        "what fails is not tried again.",
    ),
    "queue": CauseWords(
        "Work that is due is not done",
        "row",
        "Start more workers of that stage, or check their log: `petition status` shows which run.",
    ),
    "disk": CauseWords(
        "The disk is full or cannot be written",
        "",
        "Free space on it, move the folder to a larger disk, or let this user write there.",
    ),
    "mailbox": CauseWords(
        "Bounced e-mail is not read",
        "",
        "`petition doctor` says why. Correct PETITION_BOUNCES_URL, or have cron run "
        "`petition bounces read` on the mailbox.",
    ),
    "audit-broken": CauseWords(
        "The audit trail was changed",
        "",
        "Run `petition audit verify`, keep the database as it is, and compare it with a backup. "
        "Whoever can write to the database can have done it.",
    ),
    "audit-late": CauseWords(
        "Events of the audit trail are not chained",
        "event",
        "Check that the scheduler runs, and that no transaction of the database stays open for "
        "hours.",
    ),
    "geocoder": CauseWords(
        "Addresses cannot be looked up",
        "signature",
        "Check the geocoder's host with `petition doctor`. Addresses are tried again automatically "
        "once it answers.",
    ),
    "unknown": CauseWords(
        "Letters that may have arrived",
        "letter",
        "Ask the office, then resolve each as sent or as not sent. They are never sent again "
        "automatically.",
    ),
    "failed": CauseWords(
        "Letters that were refused or given up",
        "letter",
        "Read the server's answer, correct the office's address, then retry them.",
    ),
    "bounced": CauseWords(
        "Letters that bounced",
        "letter",
        "Correct the office's address in the roster, then retry them.",
    ),
    "vacant": CauseWords(
        "Letters to a seat that is vacant",
        "letter",
        "Import the successor with `petition officials import`; the letter is then made for them.",
    ),
    "no-address": CauseWords(
        "Letters to an office without an address",
        "letter",
        "Add an address to the roster and import it; the letter is then sent.",
    ),
    "held": CauseWords(
        "Letters that could not be made",
        "letter",
        "Correct what the delivery's page names, then retry them.",
    ),
    "held-by-staff": CauseWords(
        "Letters that staff have held for over a week",
        "letter",
        "Check why each is held, then release or cancel it.",
    ),
    "unprepared": CauseWords(
        "Letters that the service cannot start to send because of an error of its own",
        "letter",
        "Run `petition doctor` and correct the setting that it names.",
    ),
    "relayed": CauseWords(
        "Messages of organizations that were refused or may have arrived, of this week",
        "message",
        "Nothing is to be decided for one. Many of them point to a fault of the mail server: run "
        "`petition doctor`.",
    ),
    "unprepared-relayed": CauseWords(
        "Messages of organizations that the service cannot start to send",
        "message",
        "Run `petition doctor` and correct the setting that it names.",
    ),
    "unprepared-webhooks": CauseWords(
        "Events that the service cannot start to send to webhooks of organizations",
        "event",
        "Run `petition doctor` and correct the setting that it names.",
    ),
    "answers": CauseWords(
        "Answers of offices that the organization may not have, of this week",
        "answer",
        "Open the delivery of each and pass it on yourself.",
    ),
    "hundreds": CauseWords(
        "Hundreds that are held",
        "hundred",
        "Check the evidence of each, then release or invalidate it.",
    ),
    "review": CauseWords(
        "Signatures whose district is not certain",
        "signature",
        "Open each and choose its district; none is counted before.",
    ),
    "comments": CauseWords(
        "Comments to read",
        "comment",
        "Allow or strike them before their letter is sent.",
    ),
    "applications": CauseWords(
        "Groups that applied",
        "application",
        "Check their website, then approve or refuse each.",
    ),
    "organization-changes": CauseWords(
        "Changes of a group's name or members",
        "change",
        "Approve or refuse each.",
    ),
    "account-mails": CauseWords(
        "E-mails to accounts that could not be sent for an hour",
        "e-mail",
        "See what holds them with `petition mail status`: invitations and links of resets wait.",
    ),
    "bases": CauseWords(
        "Bases of groups, from which they would look people up",
        "base",
        "Approve or refuse each.",
    ),
    "withdrawals": CauseWords(
        "Organizations that have not applied a withdrawal for 72 hours",
        "organization",
        "Write to their owners. Their exports are locked until they confirm it.",
    ),
}

LANES: Mapping[str, CauseWords] = {
    "signers": CauseWords(
        "E-mails to signers are paused: the mail server refuses them", "e-mail", ""
    ),
    "letters": CauseWords("Letters are paused: the mail server refuses them", "letter", ""),
    "relay": CauseWords(
        "Messages of organizations are paused: the mail server refuses them", "message", ""
    ),
}

PAUSED = ("lane", "paused")


def name_cause(name: str, subject: str = "") -> str:
    """Return the title of a cause; of a lane, with what it sends."""
    if name == "lane" and subject in LANES:
        return LANES[subject].title
    return WORDS[name].title


def count_cause(name: str, subject: str, number: int, most: int) -> str:
    """Return how many it touches, as "3 letters" or "more than 1,000 letters"; empty for none.

    - Of what is paused, that they wait: "3 letters wait".
    """
    unit = LANES[subject].unit if name == "lane" and subject in LANES else WORDS[name].unit
    if not unit:
        return ""
    if not number:
        return f"no {unit} waits yet"
    shown = f"more than {most:,}" if number > most else f"{number:,}"
    counted = f"{shown} {unit}" if number == 1 else f"{shown} {unit}s"
    if name not in PAUSED:
        return counted
    return f"{counted} waits" if number == 1 else f"{counted} wait"
