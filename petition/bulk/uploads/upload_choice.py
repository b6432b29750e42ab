"""Reads the form of a list: the column of each field, and the proof that people agreed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from petition.audit.trail import write_line
from petition.bulk.import_batches import LONGEST_SOURCE, ConsentProof
from petition.bulk.uploads.upload_problems import UploadProblem
from petition.core.errors import InvalidInput, Problem
from petition.signing.form import REQUIRED
from petition.validation.whole_numbers import read_whole

COLUMN = "column_"
LONGEST_AGREED = 500
LARGEST_PROOF_BYTES = 5_000_000
# By the first bytes: what the file is called then.
PROOF_TYPES = {b"%PDF-": "proof.pdf", b"\x89PNG\r\n": "proof.png", b"\xff\xd8\xff": "proof.jpg"}


@dataclass(frozen=True, slots=True)
class UploadChoice:
    """What is read from which column, by its number, and why the people may be written to."""

    columns: Mapping[str, int]
    source: str
    agreed: str
    proof: ConsentProof | None


def read_choice(
    form: Mapping[str, str], proof: bytes, headings: Sequence[str], fields: Collection[str]
) -> UploadChoice:
    """Return what a form says; raises InvalidInput with the problem of each of its fields."""
    problems: dict[str, Problem] = {}
    columns = _read_columns(form, len(headings), fields, problems)
    source = write_line(form.get("source", ""))[:LONGEST_SOURCE]
    agreed = write_line(form.get("agreed", ""))[:LONGEST_AGREED]
    if not source:
        problems["source"] = Problem(UploadProblem.SOURCE_MISSING)
    if not agreed:
        problems["agreed"] = Problem(UploadProblem.AGREED_MISSING)
    if form.get("promise") != "yes":
        problems["promise"] = Problem(UploadProblem.PROMISE_MISSING)
    file = _read_proof(proof, problems)
    if problems:
        raise InvalidInput(problems)
    return UploadChoice(columns, source, agreed, file)


def _read_columns(
    form: Mapping[str, str], width: int, fields: Collection[str], problems: dict[str, Problem]
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for field in fields:
        typed = form.get(COLUMN + field, "")
        if not typed:
            continue
        number = read_whole(typed, width - 1)
        if number is None:
            problems[COLUMN + field] = Problem(UploadProblem.COLUMN_UNKNOWN)
        elif number in columns.values():
            problems[COLUMN + field] = Problem(UploadProblem.COLUMN_TWICE)
        else:
            columns[field] = number
    if "given_name" not in columns and "family_name" not in columns:
        problems.setdefault(f"{COLUMN}given_name", Problem(UploadProblem.NAME_MISSING))
    for field in REQUIRED:
        if field not in columns:
            problems.setdefault(COLUMN + field, Problem(UploadProblem.FIELD_MISSING))
    return columns


def _read_proof(content: bytes, problems: dict[str, Problem]) -> ConsentProof | None:
    if not content:
        return None
    if len(content) > LARGEST_PROOF_BYTES:
        most = {"most": LARGEST_PROOF_BYTES // 1_000_000}
        problems["proof"] = Problem(UploadProblem.PROOF_LARGE, most)
        return None
    for head, name in PROOF_TYPES.items():
        if content.startswith(head):
            return ConsentProof(name, content)
    problems["proof"] = Problem(UploadProblem.PROOF_TYPE)
    return None
