"""Check for signatures whose county was determined by a point, as earlier versions did."""

from sqlalchemy.exc import DBAPIError

from petition.core.errors import Retryable
from petition.core.extensions import db
from petition.health.findings import Fault
from petition.locating.point_placements import count_by_point

# Each must be decrypted to read its ZIP code; where there are many, a sample of thousands suffices.
LONGEST_SECONDS = 5.0


def check_counties() -> str:
    """Nobody who can still be asked is counted in a county that a point determined."""
    try:
        again, is_all = count_by_point(LONGEST_SECONDS)
    except (DBAPIError, Retryable):  # other checks report these
        db.session.rollback()
        return "not known while the database or the boundaries are not as they should be"
    if again:
        number = f"{again:,}" if is_all else f"at least {again:,}"
        raise Fault(
            f"{number} {'signature' if again == 1 else 'signatures'} in hundreds that have not "
            f"gone {'was' if again == 1 else 'were'} placed by a point, where the ZIP code lies in "
            "several counties or in another",
            "Run `petition districts recheck`: they are located once more, or asked by mail.",
        )
    return "none was told by a point" if is_all else "none of those looked at was told by a point"
