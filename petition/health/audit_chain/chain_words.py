"""What a break of the audit chain is called, for the command, the page, and what waits."""

from petition.audit.chain.chain_check import BreakKind, ChainBreak

_WORDS = {
    BreakKind.EVENT_CHANGED: "event {event} is not as it was when it was chained",
    BreakKind.EVENT_MISSING: "event {event} was deleted",
    BreakKind.EVENT_ADDED: "event {event} was added after its place was chained",
    BreakKind.ROW_DIFFERS: "event {event} is archived as it was, and another row has its number",
    BreakKind.HEAD_DIFFERS: "its events are not those that were chained",
    BreakKind.MARKS_CHANGED: "its events are right, but the marks beside them were changed",
    BreakKind.LINK_MISSING: "the link was deleted",
    BreakKind.LINK_CHANGED: "the link was changed, or does not follow the one before",
    BreakKind.KEY_UNTRUSTED: "it is signed by a key that no data key of this host vouches for",
    BreakKind.ARCHIVE_UNREADABLE: "a file of archived events is damaged",
    BreakKind.HEAD_REWRITTEN: "its head is not the one that was written down",
}


def describe_break(breach: ChainBreak) -> str:
    """Return a sentence: which link, which event, and what differs."""
    return f"The chain breaks at link {breach.link}: {_WORDS[breach.kind].format_map(_Of(breach))}."


class _Of(dict[str, object]):
    def __init__(self, breach: ChainBreak) -> None:
        super().__init__(event=breach.event)
