"""The tree of domain errors.

- Only a ``Retryable`` is tried again.
- Only a ``UserError`` is shown to visitors. It has a code and parameters; the texts are in
  petition/error_messages. ``str(error)`` is for the operator's log and is never put on a page.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum


class PetitionError(Exception):
    """Base class of all errors that Hundredth raises on purpose."""

    code = "error"


class ProblemCode(StrEnum):
    """A machine-readable problem; each package defines its own codes in a subclass.

    - Codes of different packages never share a value: all are keys of one table of texts.
    """


# A timedelta is a time to wait.
Param = str | int | float | date | timedelta | Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One problem: a code, and the parameters of its text.

    - ``field``: the field it applies to, with a dot before a key inside it (``guards.honeypot``);
      empty if it applies to the whole, or if the container of the problem names the field.
    """

    code: ProblemCode
    params: Mapping[str, Param] = dataclasses.field(default_factory=dict)
    field: str = ""


class UserError(PetitionError):
    """An error that the visitor can correct; its texts are in petition/error_messages.

    - ``code``, of the class, is the kind of refusal in an API response; ``problem.code`` is the
      exact one. ``str(error)`` is that exact code: the parameters may contain a visitor's input.
    """

    code = "bad-request"
    status = 400

    def __init__(self, code: ProblemCode, **params: Param) -> None:
        super().__init__(code)
        self.problem = Problem(code, params)


class InputProblem(ProblemCode):
    """Problems of a form as a whole."""

    SOME_ANSWERS = "some-answers"


class InvalidInput(UserError):
    """One or more fields were refused; ``problems`` maps a field's name to its problem."""

    code = "invalid-input"
    status = 422

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(InputProblem.SOME_ANSWERS)
        self.problems = dict(problems)


class NotFound(UserError):
    """Nothing exists at this URL."""

    code = "not-found"
    status = 404


class CampaignNotOpen(UserError):
    """The campaign does not accept signatures: it is not open yet, or closed."""

    code = "campaign-not-open"
    status = 403


class TextMended(InvalidInput):
    """The signed text is not the campaign's current text, which the signer has not read."""

    code = "text-mended"
    status = 409


class TokenRefused(UserError):
    """A link's token is forged, damaged or made for another purpose."""

    code = "token-refused"
    status = 404


class TokenExpired(UserError):
    """A link's token is authentic but has expired."""

    code = "token-expired"
    status = 410


class OperatorError(PetitionError):
    """A fault that an operator must correct; the text describes it and how to correct it."""

    code = "operator"


class ConfigurationError(OperatorError):
    """A setting is missing, malformed or too weak; ``setting`` is its name."""

    code = "configuration"

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


class SealBroken(ConfigurationError):
    """A sealed value does not open: it is of another key or of another row, or is damaged."""

    code = "seal-broken"

    def __init__(self) -> None:
        super().__init__(
            "PETITION_DATA_KEY",
            "does not open what is stored, which was sealed with another key or is damaged",
        )


class KeyMissing(SealBroken):
    """A sealed value needs a data key that is not among those of the settings."""

    code = "key-missing"

    def __init__(self, *key_ids: bytes) -> None:
        names = ", ".join(key_id.hex() for key_id in key_ids)
        ConfigurationError.__init__(
            self,
            "PETITION_DATA_KEYS",
            f"lacks the key {names}, which stored values may need: put it back after the first",
        )
        self.key_ids = key_ids


class ImportRefused(OperatorError):
    """A file was refused as a whole; the text gives file, row, what was expected and what to do."""

    code = "import-refused"


class TransitionRefused(PetitionError):
    """A change of state that is not in the transition table."""

    code = "transition-refused"


class ClaimLost(PetitionError):
    """Another worker has claimed this row: a fenced write was too late and changed nothing."""

    code = "claim-lost"


class LetterStale(PetitionError):
    """While the letter was made, a person named in it left or its addressee changed."""

    code = "letter-stale"


class Retryable(PetitionError):
    """The same work may succeed later; it stays due."""

    code = "retryable"


class Permanent(PetitionError):
    """A retry would fail again; a person must look into it."""

    code = "permanent"


class DatabaseUnavailable(Retryable):
    """The database is locked, restarting or out of space; nothing was stored."""

    code = "database-unavailable"


class MailboxUnavailable(Retryable):
    """The mailbox of incoming mail cannot be read now; the text is a code without addresses."""

    code = "mailbox-unavailable"


class StorageUnavailable(Retryable):
    """A file could not be written: the disk is full or the folder is missing."""

    code = "storage-unavailable"


class ObjectStoreUnavailable(StorageUnavailable):
    """The S3-compatible server is unavailable or refuses; the cause is not a single letter."""

    code = "object-store-unavailable"


class StorageCorrupt(Permanent):
    """The content of a stored file does not match the hash in its name."""

    code = "storage-corrupt"


class BoundariesUnavailable(Retryable):
    """No polygons could be loaded, so no signature can be located now."""

    code = "boundaries-unavailable"


class SourceUnavailable(Retryable):
    """A file could not be fetched now; the text gives its source and what to do."""

    code = "source-unavailable"


class GeocoderUnavailable(Retryable):
    """A geocoder timed out, answered 5xx or could not be reached; this is *not* "not found"."""

    code = "geocoder-unavailable"


class GeocoderRateLimited(GeocoderUnavailable):
    """A geocoder limits our requests; ``retry_after`` in seconds, None if it gave none."""

    code = "geocoder-rate-limited"

    def __init__(self, name: str = "", retry_after: float | None = None) -> None:
        super().__init__(name)
        self.retry_after = retry_after


class AddressNotFound(Permanent):
    """Every geocoder that was asked answered that there is no such place."""

    code = "address-not-found"


class ChannelUnavailable(Retryable):
    """The channel refused temporarily (SMTP 4xx, no connection, dropped before the last dot).

    - ``about``: what the refusal is about, as in petition/mail/reports/refusal_kinds.py.
    - ``said``: the server's reply, masked (petition/mail/reply_masking.py); None if there was none.
    """

    code = "channel-unavailable"

    def __init__(self, detail: str = "", about: str = "unsure", said: str | None = None) -> None:
        super().__init__(detail)
        self.about = about
        self.said = said


class ChannelRefused(Permanent):
    """The channel refused permanently (SMTP 5xx); a retry would be refused again.

    - ``counts``: when it makes the recipient's address unreachable: "now", "second" (after a second
      one), "never".
    - ``about``: what the refusal is about, as in petition/mail/reports/refusal_kinds.py.
    - ``said``: the server's reply, masked (petition/mail/reply_masking.py); None if there was none.
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
    """The whole message was sent but not answered: it may have arrived, so it is not sent again."""

    code = "outcome-unknown"
