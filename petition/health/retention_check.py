"""Check that data past its retention period is erased, and that the periods are consistent."""

from datetime import timedelta

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.core.retention_limits import KeepLimits
from petition.health.findings import Fault, count_words, skip_on_database_error
from petition.retention.run import list_waiting, look

# Kinds whose retention period does not start at the time of their oldest row.
UNDATED = frozenset({"review"})
GRACE = timedelta(days=2)
# (the limit, how many days another function needs the data, what that function is)
NEEDED = (
    (
        "withdrawn",
        90,
        "a person who withdraws and signs again elsewhere must be recognized for 90 days",
    ),
    ("rejected", 30, "signatures of a hundred that was invalidated can be put back for 30 days"),
    ("expired", 14, "staff can look into the last confirmation sent for 14 days"),
    ("mail_files", 14, "the link in a confirmation works for 14 days"),
    ("erased", 91, "their private page says what is stored for 90 days"),
)


@skip_on_database_error
def check_keeping() -> str:
    """Data past its period is erased, and no period is shorter than another function needs."""
    keep = get_settings().keep
    short = list_contradictions(keep)
    if short:
        raise Fault("; ".join(short), "Set more days (docs/settings.md).")
    waiting = list_waiting()
    late = [
        f"{one.past:,} {one.what}"
        for one in look()
        if one.days is not None
        and one.oldest is not None
        and one.kind not in UNDATED
        and utcnow() - one.oldest > timedelta(days=one.days) + GRACE
    ]
    if late:
        raise Fault(
            f"past their limit for days: {', '.join(late)}",
            "Run `petition retention run`, and check that the reconciler runs.",
        )
    if waiting:
        number, first = count_words(len(waiting), "campaign"), ", ".join(waiting[:3])
        raise Fault(
            f"{number} closed long enough ago to erase the signers ({first}), but letters or "
            "signatures are still being processed",
            "See `petition deliveries list --campaign SLUG`; cancel what should not be sent any "
            "more.",
        )
    limited = sum(1 for one in KeepLimits.__dataclass_fields__ if getattr(keep, one) is not None)
    return (
        f"nothing is past its limit; {limited} of {len(KeepLimits.__dataclass_fields__)} kinds "
        "have a limit"
    )


def list_contradictions(keep: KeepLimits) -> list[str]:
    """Return a sentence for each limit that is shorter than another function needs."""
    return [
        f"PETITION_KEEP_{name.upper()}_DAYS is {days}, but {why}"
        for name, needed, why in NEEDED
        if (days := getattr(keep, name)) is not None and days < needed
    ]
