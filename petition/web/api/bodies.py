"""Reads the bodies and queries of requests: strict JSON, and no field that is not known."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs import missing
from webargs.flaskparser import FlaskParser

from petition.web.api.problems import ApiRefusal, FieldError

MOST_ERRORS = 20
LONGEST_NAME = 60  # characters of a field's name that are repeated
WHOLE = "_schema"


class StrictShape(Schema):
    """A shape that refuses fields that it does not have, and says so in the document."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE


class WholeNumber(fields.Integer):
    """An integer of JSON, which ``7.0`` is too (JSON Schema); no text, and nothing is rounded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole:
            raise self.make_error("invalid", input=value)
        return int(value)


class YesNo(fields.Boolean):
    """``true`` or ``false``, and no word or number in place of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class StrictParser(FlaskParser):
    """webargs' parser, with our refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the value of a body, ``missing`` for none; raises ApiRefusal if it is no JSON."""
        body = req.get_data()
        return read_json(body) if body.strip() else missing

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **_: Any
    ) -> NoReturn:
        """Raise the refusal with each fault: 400 for an address, 422 for a body."""
        found = list(_list_faults(error.messages))[:MOST_ERRORS]
        in_body = any(fault.pointer for fault in found)
        raise ApiRefusal(422 if in_body else 400, "invalid-input", errors=found) from None


def read_json(body: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259); raises ApiRefusal 400.

    - Refused too: names twice, NaN, numbers of thousands of digits, lone surrogates, and what is
      nested too deeply to be read.
    """
    try:
        found = json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_read_pairs)
        json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"It is not valid JSON, at line {error.lineno}, column {error.colno}."
        raise _refuse_body(where) from None
    except (ValueError, RecursionError):
        raise _refuse_body("It is not valid JSON in UTF-8.") from None
    return found


def _refuse_body(detail: str) -> ApiRefusal:
    return ApiRefusal(400, "malformed-json", detail, [FieldError(detail, pointer="#")])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _list_faults(messages: Any) -> Iterator[FieldError]:
    """Yield the faults in marshmallow's messages, which are by location, then by field."""
    for location, faults in messages.items():
        for path, words in _walk(faults, ()):
            if location == "json":
                yield FieldError(words, pointer=write_pointer(path))
            else:
                yield FieldError(words, parameter=str(path[0])[:LONGEST_NAME] if path else "")


def _walk(faults: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(faults, Mapping):
        for name, below in faults.items():
            yield from _walk(below, path if name == WHOLE else (*path, name))
    else:
        for words in faults if isinstance(faults, list) else [faults]:
            yield path, str(words)


def write_pointer(path: tuple[str | int, ...]) -> str:
    """Return the JSON pointer of a path, with ``#`` in front: ``#/person/email_addresses/0``."""
    names = (str(name)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1") for name in path)
    return "".join(["#", *(f"/{name}" for name in names)])
