"""What mail servers report about a letter, as sentences of its timeline."""

from collections.abc import Mapping
from typing import Any

Detail = Mapping[str, Any]
UNPROVED = (
    " The report names the letter by its Message-ID alone, which every reader of the letter knows:"
    " this is not proved."
)
LOUD_REPORTS = {"failed", "complaint"}
REPORTED = {
    "delayed": "a mail server is still trying to deliver it",
    "relayed": (
        "it was passed on to a mail server that sends no reports: whether it arrived is not known"
    ),
    "expanded": "it was sent on to the members of a list: whether it arrived is not known",
    "delivered": "it was reported as delivered",
    "failed": "it was reported as returned",
    "complaint": "its reader reported it as unwanted",
}


def tell_reported(detail: Detail) -> str:
    """Return the sentence about a report that changed nothing."""
    report = str(detail.get("report"))
    words = REPORTED.get(report, report)
    return f"Attempt {detail.get('attempt')}: {words} ({detail.get('code')}).{_doubt(detail)}"


def tell_bounced(detail: Detail) -> str:
    """Return the sentence about a letter that came back."""
    if detail.get("was") == "delivered":
        return f"It bounced ({detail.get('code')}), although it had been reported as delivered."
    return f"It bounced, with {detail.get('code')}.{_doubt(detail)}"


def _doubt(detail: Detail) -> str:
    return UNPROVED if detail.get("by") == "message-id" else ""
