"""What the apps of one test process compile once: templates, statements and URL rules.

Nearly every test makes an app of its own, with an engine of its own. All have the same templates,
statements and rules; to compile them anew took a third of what a test of a page takes. Nothing
that is kept here knows an app, a database or a value.
"""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BaseLoader, Environment, Template
from pytest import MonkeyPatch
from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from petition.core.database import Base

# More than all the tests of one process execute.
STATEMENTS = 20_000
# What a dialect has for its engine alone: who listens to it, and what is below.
OWN = ("dispatch", "initialize")


class CompiledTemplates(BaseLoader):
    """The app's templates, of which each is read and compiled at its first use in the process."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load(
        self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Return a template of an environment, made of what was compiled for all of them."""
        code = self._codes.get(name)
        if code is None:
            loader: BaseLoader = environment.app.create_global_jinja_loader()  # type: ignore[attr-defined]
            source, filename, _ = loader.get_source(environment, name)
            code = self._codes[name] = environment.compile(source, name, filename)
        return environment.template_class.from_code(
            environment, code, {} if globals is None else globals
        )


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
        self._dialects: dict[str, dict[str, Any]] = {}
        self._builders: dict[object, Callable[..., tuple[str, str]]] = {}
        self._rules: dict[object, Any] = {}

    def share_with(self, app: Flask, engine: Engine) -> None:
        """Let an app use what others compiled, and leave what it compiles."""
        app.jinja_env.loader = self._templates
        engine.update_execution_options(compiled_cache=self._statements)
        self._ask_once(engine.dialect)

    def _ask_once(self, dialect: Dialect) -> None:
        """Let the first engine of a kind ask its server what it is; the others are told."""
        ask = dialect.initialize

        def initialize(connection: Connection) -> None:
            if dialect.name not in self._dialects:
                ask(connection)
                found = {name: value for name, value in vars(dialect).items() if name not in OWN}
                self._dialects[dialect.name] = found
            vars(dialect).update(self._dialects[dialect.name])

        dialect.initialize = initialize  # type: ignore[method-assign]

    @contextmanager
    def keep_rules(self) -> Iterator[None]:
        """Parse and compile each URL rule once, within the ``with``: it is most of making an app.

        - What is kept matches and builds addresses by a rule's converters, which all apps have.
        """
        compile_rule, compile_builder = Rule.compile, Rule._compile_builder

        def compile_once(rule: Rule) -> None:
            key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
            if rule.defaults:
                compile_rule(rule)  # their values are compiled in
            elif key not in self._rules:
                compile_rule(rule)
                self._rules[key] = (rule._parts, rule._trace, rule._converters, rule.arguments)
            else:
                rule._parts, rule._trace, rule._converters, arguments = self._rules[key]
                rule.arguments = set(arguments)
                rule._build = rule._compile_builder(False).__get__(rule, None)
                rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

        def compile_builder_once(
            rule: Rule, append_unknown: bool = True
        ) -> Callable[..., tuple[str, str]]:
            if rule.defaults:
                return compile_builder(rule, append_unknown)
            key = (tuple(rule._trace), append_unknown)
            if key not in self._builders:
                self._builders[key] = compile_builder(rule, append_unknown)
            return self._builders[key]

        with MonkeyPatch.context() as patch:
            patch.setattr(Rule, "compile", compile_once)
            patch.setattr(Rule, "_compile_builder", compile_builder_once)
            yield
