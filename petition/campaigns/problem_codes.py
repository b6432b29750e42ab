"""The problems of a campaign's definition, each with its field and code.

Their texts are made when they are shown (petition/error_messages/definition_messages.py).
"""

from collections.abc import Sequence

from petition.core.errors import PetitionError, Problem, ProblemCode


class DefinitionProblem(ProblemCode):
    """The reasons to refuse a field, each with a comment that lists its parameters."""

    NOT_TOML = "not-toml"  # detail
    UNKNOWN_KEY = "unknown-key"  # near: the key with the most similar spelling, or ""
    REQUIRED = "required"
    WRONG_TYPE = "wrong-type"  # expected, found: names of types, as in VALUE_TYPES
    EMPTY = "empty"
    CONTROL_CHARACTER = "control-character"  # found: "U+0000"
    LINE_BREAK = "line-break"
    TOO_LONG = "too-long"  # found, most: characters
    TOO_MANY = "too-many"  # found, most: items
    OUT_OF_RANGE = "out-of-range"  # least, most
    NOT_ONE_OF = "not-one-of"  # found, allowed
    REPEATED = "repeated"  # found
    NO_LETTER = "no-letter"
    NOT_SLUG = "not-slug"
    NOT_URL = "not-url"
    NOT_EMAIL = "not-email"
    NOT_ORIGIN = "not-origin"  # found
    INSECURE_ORIGIN = "insecure-origin"  # found
    NOT_COLOUR = "not-colour"  # found
    LOW_CONTRAST = "low-contrast"  # found, ground, contrast, needed
    NOT_RATE = "not-rate"
    MERGE_FIELD_UNKNOWN = "merge-field-unknown"  # found, allowed
    MERGE_FIELD_NOT_TAKEN = "merge-field-not-taken"
    MERGE_FIELD_MISPLACED = "merge-field-misplaced"
    MERGE_FIELD_OPEN = "merge-field-open"  # near: the text around it
    NOT_COUNTED = "not-counted"  # layers
    NOT_AFTER = "not-after"  # other: the field that it must be later than
    UNKNOWN_ORGANIZATION = "unknown-organization"  # found
    UNKNOWN_CAMPAIGN = "unknown-campaign"  # found
    OWN_SUCCESSOR = "own-successor"
    SENTENCES = "sentences"
    NOT_TELEPHONE = "not-telephone"
    NEEDS_BILL = "needs-bill"
    TAKEN = "taken"  # found
    SIGNED = "signed"


class DefinitionRefused(PetitionError):
    """A definition was refused as a whole; ``problems`` has all, for ``web`` and ``cli``."""

    code = "definition-refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = tuple(problems)
