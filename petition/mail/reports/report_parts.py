"""Split a report into its machine-readable part, its text for people, and the returned mail."""

import html
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from petition.mail.reports.limited_mail import parse_text
from petition.mail.reports.status_codes import STATUS

# RFC 3464 and RFC 6533. Their text is parsed as headers here, since some hosts send it encoded.
REPORTS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
# The actions of RFC 3464 other than a failure, each with the class of status that fits it.
ACTIONS = {"delayed": "4", "expanded": "2", "relayed": "2", "delivered": "2"}
RANKED = tuple(ACTIONS)  # what comes later says more
LONGEST_WORDS = 20_000  # characters; the reason is at the top
LONGEST_PART = 100_000  # characters of a text for people that are searched for its words
LONGEST_DIAGNOSIS = 1_000
MOST_RECIPIENTS = 20  # each mail of ours goes to one
MOST_BLOCKS = 2 * MOST_RECIPIENTS
_ID = re.compile(r"^(?:>|[^\S\n])*+message-id:\s*+(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)
# The parts of HTML that nobody sees: how each begins and ends.
_UNSEEN = [
    (re.compile(begins, re.IGNORECASE), re.compile(ends, re.IGNORECASE))
    for begins, ends in (
        (r"<!--", r"-->"),
        (r"<style\b", r"</style>"),
        (r"<script\b", r"</script>"),
        (r"<head\b", r"</head>"),
    )
]
_TAG = re.compile(r"</?[a-z][^<>@]*>", re.IGNORECASE)
# Where the text of a report ends and the returned mail starts: a line that says so, or trace
# headers. What it begins with is taken once, within the line: a stranger's mail may be a MiB of it.
_CUT = re.compile(
    r"^(?:>|[^\S\n])*+(?:"
    r"(?:received|return-path|dkim-signature|x-[a-z-]+|message-id|arc-seal|delivered-to): ?\S"
    r"|(?:[-=]|[^\S\n])*+(?:"
    r"(?:below this line is|enclosed is|this is|included is|here is) (?:a )?(?:the )?copy"
    r"|(?:the )?(?:header|headers|body|start|text) of (?:the |your )?(?:original|returned)"
    r"|(?:your |the )?(?:original|returned|unsent|rejected|undelivered) (?:message"
    r"|mail|text)"
    r"\b(?! (?:was|to|could|has|you|from|id))"
    r"|message (?:headers?|text|body|header) follows?"
    r")|original message headers"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
# What is no word: blanks, rules of dashes, the marks of quoted lines.
_RULED = string.whitespace + "-=>"


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """The fields of a report for one recipient; ``action`` in lower case, empty where missing."""

    action: str
    status: str
    diagnosis: str
    addresses: tuple[str, ...]


def read_recipients(message: Message) -> list[ReportedRecipient]:
    """Return the first MOST_RECIPIENTS in the machine-readable part of a report."""
    found = (
        ReportedRecipient(
            str(block.get("Action", "")).strip().lower().split(" ")[0].rstrip(";"),
            str(block.get("Status", "")),
            " ".join(str(block.get("Diagnostic-Code", "")).split())[:LONGEST_DIAGNOSIS],
            tuple(
                str(block[name]).partition(";")[2].strip()
                for name in ("Original-Recipient", "Final-Recipient")
                if name in block
            ),
        )
        for block in _read_blocks(message)
        if any(name in block for name in ("Action", "Status", "Final-Recipient", "Diagnostic-Code"))
    )
    return list(islice(found, MOST_RECIPIENTS))


def find_action(recipients: list[ReportedRecipient]) -> tuple[str, str | None]:
    """Return what has happened by a report where nothing failed, and its status code.

    - The best of its actions; empty if one failed, or if none is known. An action contrary to its
      status, such as ``delivered`` with 5.1.1, is not known. The code is None without one.
    """
    best: str = ""
    code: str | None = None
    for one in recipients:
        if one.action.startswith(("fail", "err")) or not one.action:
            return "", None
        status = one.status.strip()[:1]
        fits = one.action in ACTIONS and status in ("", ACTIONS[one.action])
        if fits and (not best or RANKED.index(one.action) > RANKED.index(best)):
            found = STATUS.search(one.status)
            best, code = one.action, found[0] if found else None
    return best, code


def read_envelope_ids(message: Message) -> list[str]:
    """Return the envelope ids (RFC 3461) that the machine-readable part of a report repeats."""
    return [
        str(block["Original-Envelope-Id"]).strip()
        for block in _read_blocks(message)
        if "Original-Envelope-Id" in block
    ]


def read_words(message: Message) -> str:
    """Return the text of a report for people, without the returned mail.

    - Plain text where there is any, else HTML without its tags.
    """
    found: dict[str, list[str]] = {"plain": [], "html": []}
    for part in walk_report(message):
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in found:
            found[kind].append(read_text(part)[:LONGEST_PART])
    plain = "\n".join(found["plain"])[:LONGEST_PART]
    if not plain.strip():
        plain = html.unescape(_TAG.sub(" ", _drop_unseen("\n".join(found["html"])[:LONGEST_PART])))
    return cut_returned(plain)[:LONGEST_WORDS]


def walk_report(message: Message) -> Iterator[Message]:
    """Yield the parts of a report other than the returned mail and the machine-readable part."""
    if message.get_content_type() in (*RETURNED, *REPORTS, "message/feedback-report"):
        return
    if not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from walk_report(part)


def cut_returned(text: str) -> str:
    """Return a text up to where the returned mail starts."""
    found = _CUT.search(text)
    # Some reports start with such a header themselves: a cut that leaves nothing is ignored.
    return text[: found.start()] if found and text[: found.start()].strip(_RULED) else text


def _drop_unseen(text: str) -> str:
    """Return HTML without its comments, styles, scripts and head, each of which is closed.

    - Each is looked for from where the last one ended, and not again once one is left open.
    """
    for begins, ends in _UNSEEN:
        kept, at = [], 0
        while (begin := begins.search(text, at)) and (end := ends.search(text, begin.end())):
            kept.append(text[at : begin.start()])
            at = end.end()
        text = " ".join([*kept, text[at:]])
    return text


def find_ids(message: Message) -> Iterator[str]:
    """Yield the Message-IDs of the returned mail: a message, its headers, or quoted in the text."""
    for part in message.walk():
        if part is not message and "Message-ID" in part:
            yield str(part["Message-ID"]).strip()
        if part.get_content_maintype() in ("text", "message") and not part.is_multipart():
            yield from _ID.findall(read_text(part))


def read_text(part: Message) -> str:
    """Return the text of a part; an unknown charset is read as Latin-1."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("latin-1")


def _read_blocks(message: Message) -> Iterator[Message]:
    yield from islice(_walk_blocks(message), MOST_BLOCKS)


def _walk_blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() not in REPORTS:
            continue
        encoded = "Content-Transfer-Encoding" in part
        if part.is_multipart() and part.get_content_type() == REPORTS[0] and not encoded:
            yield from (block for block in part.get_payload() if isinstance(block, Message))
        else:
            yield from map(parse_text, _split_blocks(_read_whole(part)))


def _read_whole(part: Message) -> str:
    """Return the text of a report part, which the parser may already have split into messages."""
    if not part.is_multipart():
        return read_text(part)
    inner = Message()
    if "Content-Transfer-Encoding" in part:
        inner["Content-Transfer-Encoding"] = str(part["Content-Transfer-Encoding"])
    inner["Content-Type"] = "text/plain; charset=utf-8"
    inner.set_payload("\n".join(map(str, islice(part.get_payload(), MOST_BLOCKS))))
    return read_text(inner)


def _split_blocks(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").strip()
    return re.split(r"\n\s*\n", text, maxsplit=MOST_BLOCKS)[:MOST_BLOCKS]
