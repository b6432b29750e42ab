"""The codes of the problems that a form can have."""

from petition.core.errors import ProblemCode


class FormProblem(ProblemCode):
    """A problem of one field, or of the whole form.

    - Parameters: ``NAME_LONG`` and ``TEXT_LONG`` have ``most`` and ``count``, in characters;
      ``OTHER_STATE`` has ``code`` (the ZIP) and ``state`` (all states it lies in);
      ``EMAIL_MISTYPED`` has the domain that was ``typed`` and the one ``meant``;
      ``EMAIL_DISPOSABLE`` has the ``domain``.
    """

    EMAIL_MISSING = "email-missing"
    EMAIL_MALFORMED = "email-malformed"
    EMAIL_MISTYPED = "email-mistyped"
    EMAIL_DISPOSABLE = "email-disposable"
    POSTAL_CODE_MISSING = "postal-code-missing"
    POSTAL_CODE_OF_TOWN_MISSING = "postal-code-of-town-missing"
    POSTAL_CODE_MALFORMED = "postal-code-malformed"
    POSTAL_CODE_UNKNOWN = "postal-code-unknown"
    STREET_MISSING = "street-missing"
    OTHER_STATE = "other-state"
    LOCALITY_NO_NAME = "locality-no-name"
    GIVEN_NAME_EMPTY = "given-name-empty"
    GIVEN_NAME_NO_LETTER = "given-name-no-letter"
    GIVEN_NAME_NUMBER = "given-name-number"
    GIVEN_NAME_ADDRESS = "given-name-address"
    FAMILY_NAME_NO_LETTER = "family-name-no-letter"
    FAMILY_NAME_NUMBER = "family-name-number"
    FAMILY_NAME_ADDRESS = "family-name-address"
    NAME_LONG = "name-long"
    TEXT_LONG = "text-long"
    UNPRINTABLE = "unprintable"
    TEXT_CHANGED = "text-changed"
