"""Check whether rosters have changed where an official was corrected by hand."""

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.health.findings import Fault, skip_on_database_error
from petition.officials.corrections.roster_comparison import Agreement, compare_corrections


@skip_on_database_error
def check_corrections() -> str:
    """No roster has changed where a value was corrected by hand."""
    found = compare_corrections(db.session(), utcnow().date())
    changed = [one for one in found if one.agreement is Agreement.CHANGED]
    if changed:
        first = changed[0]
        number = f"{len(changed):,} {'correction' if len(changed) == 1 else 'corrections'}"
        raise Fault(
            f"the rosters have changed for {number} by hand, the first for {first.post}",
            "List them with `petition officials corrections`, and correct each again or withdraw "
            "it.",
        )
    return f"{len(found):,} by hand, none with a changed roster" if found else "none"
