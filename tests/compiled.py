"""What the apps of one test process compile once: templates, statements and URL rules.

Nearly every test makes an app of its own, with an engine of its own. All have the same templates,
statements and rules; to compile them anew took a third of what a test of a page takes. Nothing
that is kept here knows an app, a database or a value.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from petition.core.database import Base

# More than all the tests of one process execute.
STATEMENTS = 20_000


class CompiledTemplates(BytecodeCache):
    """What Jinja made of the templates."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, where its template was compiled before."""
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key] = bucket.bytecode_to_string()


class CompiledStatements:
    """What SQLAlchemy made of the statements, by the kind of database instead of by the engine.

    - SQLAlchemy's own key names the engine's dialect object. Those of one kind are the same here:
      all tests talk to one SQLite and to one PostgreSQL server.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return what was compiled; None where nothing was."""
        return self._kept.get(_name_dialect(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._kept[_name_dialect(key)] = compiled


def _name_dialect(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect: Dialect = key[0]
    return (dialect.name, *key[1:])


class Compiled:
    """All that the apps of one process share."""

    def __init__(self) -> None:
        self._templates = CompiledTemplates()
        self._statements = CompiledStatements()
        # Inserts, updates and deletes of rows are kept by their mapper, and not by the engine.
        for mapper in Base.registry.mappers:
            mapper._compiled_cache = self._statements
        self._builders: dict[object, Callable[..., tuple[str, str]]] = {}

    def share_with(self, app: Flask, engine: Engine) -> None:
        """Let an app use what others compiled, and leave what it compiles."""
        app.jinja_env.bytecode_cache = self._templates
        engine.update_execution_options(compiled_cache=self._statements)

    @contextmanager
    def keep_rules(self) -> Iterator[None]:
        """Compile each URL rule once, within the ``with``: it is most of what making an app takes.

        - What is kept builds an address from a rule's converters, which it is handed with the rule.
        """
        compile_builder = Rule._compile_builder

        def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
            if rule.defaults:
                return compile_builder(rule, append_unknown)  # their values are compiled in
            key = (tuple(rule._trace), append_unknown)
            if key not in self._builders:
                self._builders[key] = compile_builder(rule, append_unknown)
            return self._builders[key]

        Rule._compile_builder = compile_once  # type: ignore[method-assign]
        try:
            yield
        finally:
            Rule._compile_builder = compile_builder  # type: ignore[method-assign]
