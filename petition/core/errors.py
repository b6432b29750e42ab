"""The one tree of domain errors.

Two questions are asked of an error, and the tree answers both:

- *Is it worth trying again?* Only a ``Retryable`` is.
- *May a person read it?* Only a ``UserError``, which carries a code and parameters; the words for
  them are in petition/error_messages. ``str(error)`` is for the log of an operator and never
  reaches a page.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum


class PetitionError(Exception):
    """Anything that Hundredth raises on purpose."""

    code = "error"


class ProblemCode(StrEnum):
    """What is wrong, for a program; each package defines its own codes in a subclass.

    - Two codes of different packages never share a value: both are keys of one table of words.
    """


Param = str | int | float | date | Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a code, and the parameters that its words name.

    - ``field``: of several fields, the one that it is wrong with, with a dot before a key inside it
      (``guards.honeypot``); empty where it is the whole, or what holds the problem names it.
    """

    code: ProblemCode
    params: Mapping[str, Param] = dataclasses.field(default_factory=dict)
    field: str = ""


class UserError(PetitionError):
    """The visitor can do something about it; petition/error_messages has the words.

    - ``code``, of the class, is the kind of refusal that an API answers with; ``problem.code`` says
      which. ``str(error)`` is that code: the parameters may hold what somebody typed.
    """

    code = "bad-request"
    status = 400

    def __init__(self, code: ProblemCode, **params: Param) -> None:
        super().__init__(code)
        self.problem = Problem(code, params)


class InputProblem(ProblemCode):
    """What is wrong with a form as a whole."""

    SOME_ANSWERS = "some-answers"


class InvalidInput(UserError):
    """One or more fields were refused; ``problems`` maps a field's name to what is wrong."""

    code = "invalid-input"
    status = 422

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(InputProblem.SOME_ANSWERS)
        self.problems = dict(problems)


class NotFound(UserError):
    """There is no such thing at this address."""

    code = "not-found"
    status = 404


class CampaignNotOpen(UserError):
    """The campaign takes no signatures now: not yet open, or closed."""

    code = "campaign-not-open"
    status = 403


class TextMended(InvalidInput):
    """What was signed is not what the campaign says now: its signer has not read that."""

    code = "text-mended"
    status = 409


class TokenRefused(UserError):
    """A link's token is forged, damaged or made for something else."""

    code = "token-refused"
    status = 404


class TokenExpired(UserError):
    """A link was good once and is too old now."""

    code = "token-expired"
    status = 410


class OperatorError(PetitionError):
    """Something that an operator must mend; the text says what and how."""

    code = "operator"


class ConfigurationError(OperatorError):
    """A setting is missing, malformed or too weak; ``setting`` names it."""

    code = "configuration"

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


class SealBroken(ConfigurationError):
    """A sealed value does not open: by another key, moved from another row, or damaged."""

    code = "seal-broken"

    def __init__(self) -> None:
        super().__init__(
            "PETITION_DATA_KEY",
            "does not open what is stored: it was sealed with another key, or is damaged",
        )


class KeyMissing(SealBroken):
    """A sealed value needs a data key that is not among those of the settings."""

    code = "key-missing"

    def __init__(self, *key_ids: bytes) -> None:
        names = ", ".join(key_id.hex() for key_id in key_ids)
        ConfigurationError.__init__(
            self,
            "PETITION_DATA_KEYS",
            f"lacks the key {names}, which stored values may need: put it back behind the first",
        )
        self.key_ids = key_ids


class ImportRefused(OperatorError):
    """A file was refused whole; the text gives file, row, what was expected and what to do."""

    code = "import-refused"


class TransitionRefused(PetitionError):
    """A change of state that the transition table does not know."""

    code = "transition-refused"


class ClaimLost(PetitionError):
    """Another worker holds this row now: a fenced write came too late and changed nothing."""

    code = "claim-lost"


class LetterStale(PetitionError):
    """A person named in the letter has left, or the addressee changed, while it was being made."""

    code = "letter-stale"


class Retryable(PetitionError):
    """It may well go through later; the work stays due."""

    code = "retryable"


class Permanent(PetitionError):
    """Trying again gives the same answer; a person must look."""

    code = "permanent"


class DatabaseUnavailable(Retryable):
    """The database is locked, restarting or out of room; nothing was stored."""

    code = "database-unavailable"


class StorageUnavailable(Retryable):
    """A file could not be written: the disk is full or the folder is not there."""

    code = "storage-unavailable"


class ObjectStoreUnavailable(StorageUnavailable):
    """The S3-compatible server is away or refuses: that is about no one letter."""

    code = "object-store-unavailable"


class StorageCorrupt(Permanent):
    """A stored file does not have the hash it is filed under."""

    code = "storage-corrupt"


class BoundariesUnavailable(Retryable):
    """No polygons could be loaded, so nobody can be located now."""

    code = "boundaries-unavailable"


class SourceUnavailable(Retryable):
    """A file could not be fetched now; the text says from where and what to do."""

    code = "source-unavailable"


class GeocoderUnavailable(Retryable):
    """A geocoder timed out, answered 5xx or could not be reached: it is *not* a "not found"."""

    code = "geocoder-unavailable"


class GeocoderRateLimited(GeocoderUnavailable):
    """A geocoder asked us to slow down; ``retry_after`` in seconds, None where it did not say."""

    code = "geocoder-rate-limited"

    def __init__(self, name: str = "", retry_after: float | None = None) -> None:
        super().__init__(name)
        self.retry_after = retry_after


class AddressNotFound(Permanent):
    """Every geocoder that was asked said that there is no such place."""

    code = "address-not-found"


class ChannelUnavailable(Retryable):
    """The channel refused for now (SMTP 4xx, no connection, dropped before the last dot).

    - ``about``: what the refusal is about, as in petition/mail/reports/refusal_kinds.py.
    - ``said``: the server's own words, masked (petition/mail/reply_masking.py); None where it said
      none.
    """

    code = "channel-unavailable"

    def __init__(self, detail: str = "", about: str = "unsure", said: str | None = None) -> None:
        super().__init__(detail)
        self.about = about
        self.said = said


class ChannelRefused(Permanent):
    """The channel refused for good (SMTP 5xx); a retry would be refused again.

    - ``counts``: when it makes the recipient's address unreachable: "now", "second" (after a second
      one), "never".
    - ``about``: what the refusal is about, as in petition/mail/reports/refusal_kinds.py.
    - ``said``: the server's own words, masked (petition/mail/reply_masking.py); None where it said
      none.
    """

    code = "channel-refused"

    def __init__(
        self,
        detail: str = "",
        counts: str = "never",
        about: str = "recipient",
        said: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.counts = counts
        self.about = about
        self.said = said


class OutcomeUnknown(PetitionError):
    """The message was handed over whole and no answer came: it may have arrived, so no resend."""

    code = "outcome-unknown"
