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
        return "not known until the database and the boundaries are fixed"
    if again:
        number = f"{again:,}" if is_all else f"at least {again:,}"
        raise Fault(
            f"{number} {'signature' if again == 1 else 'signatures'} in unsent hundreds "
            f"{'was' if again == 1 else 'were'} placed by a point, but the ZIP code is in several "
            "counties or in another one",
            "Run `petition districts recheck`: they are located again, or asked by e-mail.",
        )
    return "none was placed by a point" if is_all else "none of those checked was placed by a point"
