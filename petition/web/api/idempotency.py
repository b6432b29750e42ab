"""``Idempotency-Key``: a write that is sent again is done once, and answered alike."""

from collections.abc import Callable
from typing import Any

from flask import g, request
from sqlalchemy import Connection

from petition.partners.tokens import idempotent_writes
from petition.partners.tokens.idempotent_writes import KeyReused, WriteAnswer, WriteInProgress
from petition.web.api.authorization import get_holder
from petition.web.api.problems import ApiRefusal

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
REPEATED = {"Idempotency-Replayed": "true"}


def do_once(write: Callable[[], WriteAnswer]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Do a write, or answer what it was answered with before; see the module.

    - Raises ApiRefusal: 400 for a key that cannot be one, 409 while the same write is being done,
      422 if the key was used for another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        done = write()
        return done.body, done.status, {}
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise ApiRefusal(400, "key-refused")
    token_id = get_holder().token_id
    try:
        before = idempotent_writes.begin_write(token_id, key, _spell_request())
    except WriteInProgress:
        raise ApiRefusal(409, "write-in-progress", headers={"Retry-After": "1"}) from None
    except KeyReused:
        raise ApiRefusal(422, "key-reused") from None
    if before is not None:
        return before.body, before.status, REPEATED
    try:
        done = write()
    except WriteInProgress:
        raise ApiRefusal(409, "write-in-progress", headers={"Retry-After": "1"}) from None
    except BaseException:
        idempotent_writes.give_up_write(token_id, key)
        raise
    if not g.get("api_write_kept", False):
        idempotent_writes.finish_write(token_id, key, done)
    return done.body, done.status, {}


def keep_beside(answer: WriteAnswer) -> Callable[[Connection], None] | None:
    """Return what keeps a write's answer in the transaction that does it; None without a key.

    - For what must not be done twice after a kill: a write that was done and whose answer was not
      kept is begun anew by its repeat.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    token_id = get_holder().token_id

    def keep(connection: Connection) -> None:
        idempotent_writes.finish_write_in(connection, token_id, key, answer)
        g.api_write_kept = True

    return keep


def _spell_request() -> str:
    return f"{request.method} {request.path}\n{request.get_data(as_text=True)}"
