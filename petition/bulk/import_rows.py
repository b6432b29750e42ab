"""Turns one record of a file into answers as the form's, or into what is wrong with it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from petition.bulk.column_mapping import SIGNED_AT, ColumnMapping
from petition.bulk.csv_records import Record
from petition.bulk.import_problems import ImportProblem
from petition.campaigns.screening_settings import ScreeningSettings
from petition.core.errors import InvalidInput, Problem
from petition.postal.zip_places import known_postal_code
from petition.signing.form import Answers, read_answers
from petition.signing.screening import refuse_mailbox

# Besides ISO 8601: as spreadsheets in the United States write a day, with and without a time.
_US_FORMATS = ("%m/%d/%Y", "%m/%d/%y", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%m/%d/%Y %I:%M %p")
# A file written in a time zone ahead of ours may be a day ahead.
_AHEAD = timedelta(days=1)
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """The answers of one row; ``signed_at``: as the file says; None where it does not."""

    record: Record
    answers: Answers
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not imported, and why, by field; the field is empty for the whole row."""

    record: Record
    problems: dict[str, Problem]


def read_row(
    record: Record, mapping: ColumnMapping, guards: ScreeningSettings, now: datetime
) -> ImportRow | RefusedRow:
    """Return what a record holds: as strict as the form, with the same problems by field."""
    if record.problem is not None:
        return RefusedRow(record, {"": record.problem})
    values = mapping.read(record.cells)
    problems: dict[str, Problem] = {}
    signed_at = _read_moment(values.get(SIGNED_AT, ""), now, problems)
    try:
        answers = read_answers(values, known_postal_code)
        # An address that looks mistyped is taken: nobody is there to be asked.
        refuse_mailbox(guards, answers.person.email, answers.person.email)
    except InvalidInput as refused:
        problems |= refused.problems
    if problems:
        return RefusedRow(record, problems)
    return ImportRow(record, answers, signed_at)


def _read_moment(typed: str, now: datetime, problems: dict[str, Problem]) -> datetime | None:
    """Return the moment of a signing; a day without a time is its noon in UTC."""
    typed = typed.strip()
    if not typed:
        return None
    moment = _parse(typed)
    if moment is None or moment < _OLDEST:
        problems[SIGNED_AT] = Problem(ImportProblem.DATE_MALFORMED)
        return None
    if moment > now + _AHEAD:
        problems[SIGNED_AT] = Problem(ImportProblem.DATE_AHEAD)
        return None
    return min(moment, now)


def _parse(typed: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return _parse_us(typed)
    if len(typed) <= len("2026-11-30"):
        moment = moment.replace(hour=12)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parse_us(typed: str) -> datetime | None:
    for form in _US_FORMATS:
        try:
            moment = datetime.strptime(typed, form)
        except ValueError:
            continue
        return moment.replace(tzinfo=UTC, hour=moment.hour if ":" in typed else 12)
    return None
