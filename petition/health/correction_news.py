"""Whether rosters have news of what was corrected by hand."""

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.health.findings import Fault, leave_to_others
from petition.officials.corrections.roster_comparison import Agreement, compare_corrections


@leave_to_others
def check_corrections() -> str:
    """No roster says something new of what was corrected."""
    found = compare_corrections(db.session(), utcnow().date())
    changed = [one for one in found if one.agreement is Agreement.CHANGED]
    if changed:
        first = changed[0]
        number = f"{len(changed):,} {'correction' if len(changed) == 1 else 'corrections'}"
        raise Fault(
            f"the rosters say something new of {number} by hand, the first of {first.post}",
            "Look at `petition officials corrections`, and correct each anew or withdraw it.",
        )
    return f"{len(found):,} by hand, none with news" if found else "none"
