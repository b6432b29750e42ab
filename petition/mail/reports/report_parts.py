"""Take a report apart: what machines wrote, what was written for people, and what is returned."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

# RFC 3464 and RFC 6533. Their text is read as headers by hand: some hosts send it encoded.
REPORTS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
LONGEST_WORDS = 20_000  # characters; a reason stands at the top
_STYLE = re.compile(r"<(style|script|head)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:/?[a-z][^<>@]*|!--.*?--)>", re.IGNORECASE | re.DOTALL)
# Where a report in words ends and what it returns begins: a line that says so, or trace headers.
_CUT = re.compile(
    r"^[>\s]*(?:"
    r"(?:received|return-path|dkim-signature|x-[a-z-]+|message-id|arc-seal|delivered-to): ?\S"
    r"|[-\s=]*(?:below this line is|enclosed is|this is|included is|here is) (?:a )?(?:the )?copy"
    r"|[-\s=]*(?:the )?(?:header|headers|body|start|text) of (?:the |your )?(?:original|returned)"
    r"|[-\s=]*(?:your |the )?(?:original|returned|unsent|rejected|undelivered) (?:message"
    r"|mail|text)"
    r"\b(?! (?:was|to|could|has|you|from|id))"
    r"|[-\s=]*message (?:headers?|text|body|header) follows?"
    r"|original message headers"
    r")",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What a report says of one recipient; ``action`` in small letters, empty where not said."""

    action: str
    status: str
    diagnosis: str
    addresses: tuple[str, ...]


def read_recipients(message: Message) -> list[ReportedRecipient]:
    """Return the recipients that the machine-readable part of a report tells of."""
    return [
        ReportedRecipient(
            str(block.get("Action", "")).strip().lower().split(" ")[0].rstrip(";"),
            str(block.get("Status", "")),
            " ".join(str(block.get("Diagnostic-Code", "")).split()),
            tuple(
                str(block[name]).partition(";")[2].strip()
                for name in ("Original-Recipient", "Final-Recipient")
                if name in block
            ),
        )
        for block in _read_blocks(message)
        if any(name in block for name in ("Action", "Status", "Final-Recipient", "Diagnostic-Code"))
    ]


def read_words(message: Message) -> str:
    """Return what a report says to people, without what it returns.

    - Plain text where there is some, else HTML without its marks.
    """
    found: dict[str, list[str]] = {"plain": [], "html": []}
    for part in walk_report(message):
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in found:
            found[kind].append(read_text(part))
    plain = "\n".join(found["plain"])
    if not plain.strip():
        plain = html.unescape(_TAG.sub(" ", _STYLE.sub(" ", "\n".join(found["html"]))))
    return cut_returned(plain)[:LONGEST_WORDS]


def walk_report(message: Message) -> Iterator[Message]:
    """Yield the parts of a report that are not what it returns."""
    if message.get_content_type() in (*RETURNED, *REPORTS, "message/feedback-report"):
        return
    if not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from walk_report(part)


def cut_returned(text: str) -> str:
    """Return a text up to where the mail that it returns begins."""
    found = _CUT.search(text)
    # Some begin with a header of their own: a cut that leaves nothing is none.
    return text[: found.start()] if found and text[: found.start()].strip() else text


def read_text(part: Message) -> str:
    """Return the text of a part, whatever it is encoded in."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("latin-1")


def _read_blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() not in REPORTS:
            continue
        encoded = "Content-Transfer-Encoding" in part
        if part.is_multipart() and part.get_content_type() == REPORTS[0] and not encoded:
            yield from (block for block in part.get_payload() if isinstance(block, Message))
        else:
            yield from map(message_from_string, _split_blocks(_read_whole(part)))


def _read_whole(part: Message) -> str:
    """The text of a report part, which the parser may have taken for messages already."""
    if not part.is_multipart():
        return read_text(part)
    inner = Message()
    if "Content-Transfer-Encoding" in part:
        inner["Content-Transfer-Encoding"] = str(part["Content-Transfer-Encoding"])
    inner["Content-Type"] = "text/plain; charset=utf-8"
    inner.set_payload("\n".join(str(block) for block in part.get_payload()))
    return read_text(inner)


def _split_blocks(text: str) -> list[str]:
    return re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
