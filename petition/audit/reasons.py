"""Read the reason that a person types for an act, as the event of the act stores it."""

from petition.audit.trail import write_line
from petition.core.errors import InvalidInput, Problem, ProblemCode

LONGEST_WHY = 500  # characters


def read_reason(
    typed: str,
    missing: ProblemCode | None,
    long: ProblemCode | None,
    *,
    field: str = "why",
    most: int = LONGEST_WHY,
) -> str:
    """Return a reason as one line of at most ``most`` characters.

    - ``missing``: the problem without a reason; None where none is needed: the line may be empty.
      ``long``: the problem of a longer one; None cuts it.
    - Raises InvalidInput with the problem of ``field``.
    """
    line = write_line(typed)
    problem = find_problem(line, missing, long, most)
    if problem is not None:
        raise InvalidInput({field: problem})
    return line[:most]


def find_problem(
    line: str, missing: ProblemCode | None, long: ProblemCode | None, most: int = LONGEST_WHY
) -> Problem | None:
    """Return what is wrong with a line, by the rules of ``read_reason``; None if nothing is."""
    if missing is not None and not line:
        return Problem(missing)
    if long is not None and len(line) > most:
        return Problem(long, {"most": most})
    return None
