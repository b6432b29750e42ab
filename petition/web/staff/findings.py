"""Texts for the evidence about a hundred: one line for each check."""

from dataclasses import dataclass
from typing import Any

from petition.counting.evidence import HeldBecause

# What the signers counted by a check have in common, as the end of "12 of 98 ...".
WORDS = {
    HeldBecause.NETWORK: "came from one network (a /24, or a /48 of IPv6)",
    HeldBecause.DOMAIN: "have mailboxes at the same domain, which is not a large provider",
    HeldBecause.QUICK: "signed within a short time of one another",
    HeldBecause.UNLOADED: "never loaded the form, or sent the same form more than once",
    HeldBecause.MOVED: "were counted in another district before",
    HeldBecause.ALIKE: "have nearly the same name, or wrote nearly the same words, as another",
    HeldBecause.SHARED: "share a mailbox with another signer",
    HeldBecause.BATCH: "came from one file or program",
}
SHORT = {
    HeldBecause.NETWORK: "one network",
    HeldBecause.DOMAIN: "one e-mail domain",
    HeldBecause.QUICK: "in a short time",
    HeldBecause.UNLOADED: "form never loaded",
    HeldBecause.MOVED: "moved here",
    HeldBecause.ALIKE: "nearly the same",
    HeldBecause.SHARED: "shared mailboxes",
    HeldBecause.BATCH: "one import",
    HeldBecause.LETTERS: "letters in a day",
    HeldBecause.EARLIER: "an earlier one is held",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``loud`` if it holds the hundred; ``share`` in percent, None where unknown."""

    look: str
    short: str
    words: str
    share: float | None
    limit: float | None
    loud: bool


def describe_reasons(reasons: list[str]) -> str:
    """Return why a hundred is held, in a few words."""
    return ", ".join(SHORT[HeldBecause(reason)] for reason in reasons)


def describe_findings(evidence: dict[str, Any]) -> list[Finding]:
    """Return the findings, those that hold the hundred first; empty before it was checked."""
    reasons = evidence.get("reasons", [])
    findings = [
        _describe(look, evidence[look.value], look.value in reasons)
        for look in WORDS
        if look.value in evidence
    ]
    return sorted(findings, key=lambda finding: not finding.loud)


def _describe(look: HeldBecause, found: dict[str, Any], loud: bool) -> Finding:
    words = f"{found['count']} of {found['known']} {WORDS[look]}."
    if found["unknown"]:
        words += f" For {found['unknown']} this is not known."
    if found["share"] is None:
        words += " That is too few to conclude anything."
    return Finding(look.value, SHORT[look], words, found["share"], found["limit"], loud)
