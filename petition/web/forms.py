"""Reads the forms that are posted: UTF-8, or the Windows-1252 of old pages and programs."""

from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser

_Result = tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]


class FormReader(FormDataParser):
    """werkzeug's, but a form that is no UTF-8 is read as Windows-1252 as a whole.

    - werkzeug's own keeps the bytes that it cannot read as "%E9", and they would be printed so.
    """

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> _Result:
        body = stream.read()
        try:
            items = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            text = body.decode("cp1252", "replace")
            items = parse_qsl(text, keep_blank_values=True, encoding="cp1252", errors="replace")
        return stream, self.cls(items), self.cls()


class FormRequest(Request):
    """A request whose form is read so."""

    form_data_parser_class = FormReader
