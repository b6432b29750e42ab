"""The state of a signature, and of a delivery, is written by one module that knows its changes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import petition
import workers


@dataclass(frozen=True)
class Stated:
    """A table whose state one module writes.

    - ``models``: its names in code; ``states``: the enum of its states. ``others``: names that
      variables have for rows of other tables with a state.
    """

    table: str
    models: frozenset[str]
    states: str
    writers: frozenset[str]
    others: frozenset[str]

    def find_writes(self, source: str) -> list[int]:
        """Return the lines that write the state, however they are written.

        - By the attribute, by ``setattr``, by SQL, by a keyword or key ``state`` of an UPDATE of
          the table, or by one whose value is one of its states.
        """
        tree = ast.parse(source)
        has_rows = any(
            alias.name in self.models
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        )
        return sorted({line for node in ast.walk(tree) for line in self._find(node, has_rows)})

    def _find(self, node: ast.AST, has_rows: bool) -> Iterator[int]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if self._sql.search(node.value):
                yield node.lineno
        if isinstance(node, ast.Call) and self._writes_by_call(node, has_rows):
            yield node.lineno
        if has_rows:
            yield from self._find_assigned(node)
        for value in _list_states(node):
            if _mentions(value, self.states):
                yield value.lineno

    @property
    def _sql(self) -> re.Pattern[str]:
        return re.compile(
            rf"\bUPDATE\s+{self.table}\b.*\bSET\b.*\bstate\s*=", re.IGNORECASE | re.DOTALL
        )

    def _find_assigned(self, node: ast.AST) -> Iterator[int]:
        # Whatever is assigned to has the context Store, alone or in a tuple.
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr == "state" and name not in self.others:
                yield node.lineno

    def _writes_by_call(self, call: ast.Call, has_rows: bool) -> bool:
        if isinstance(call.func, ast.Name):
            return call.func.id == "setattr" and has_rows and _is_state(call.args[1])
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "values":
            return False
        return self._updates(call.func) and _names_state(call)

    def _updates(self, node: ast.AST) -> bool:
        return any(
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Name)
            and part.func.id == "update"
            and any(isinstance(given, ast.Name) and given.id in self.models for given in part.args)
            for part in ast.walk(node)
        )


SIGNATURES = Stated(
    "signatures",
    frozenset({"Signature", "SIGNATURES"}),
    "SignatureState",
    frozenset(
        {
            "transitions/signature_changes.py",
            "signing/signature_rows.py",
            "bulk/imported_rows.py",  # inserts new ones in their first state
        }
    ),
    frozenset({"campaign", "delivery", "lane", "message", "milestone", "self", "stored"}),
)
DELIVERIES = Stated(
    "deliveries",
    frozenset({"Delivery"}),
    "DeliveryState",
    # The engine (petition/dispatch) writes it for all kinds, by their own table of transitions.
    frozenset({"transitions/delivery_changes.py"}),
    frozenset({"campaign", "lane", "milestone", "self", "signature", "stored"}),
)


def _is_state(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == "state"


def _list_states(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what is given to a keyword ``state`` of ``values``, or to a key ``state`` of a dict."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and _is_state(key):
                yield value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "values":
            yield from (word.value for word in node.keywords if word.arg == "state")


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _names_state(call: ast.Call) -> bool:
    words = any(word.arg == "state" for word in call.keywords)
    return words or any(
        key is not None and _is_state(key)
        for given in call.args
        for part in ast.walk(given)
        if isinstance(part, ast.Dict)
        for key in part.keys
    )


@pytest.mark.parametrize("stated", [SIGNATURES, DELIVERIES], ids=["signatures", "deliveries"])
def test_no_other_module_writes_the_state(stated: Stated) -> None:
    found = {
        f"{path.relative_to(root)}"
        for root in (Path(petition.__file__).parent, Path(workers.__file__).parent)
        for path in root.rglob("*.py")
        if stated.find_writes(path.read_text("utf-8"))
    }

    assert found == stated.writers


@pytest.mark.parametrize(
    "source",
    [
        "update(Signature).where(a).values(state=new)",
        "update(Signature).values(state=case((counted, new), else_=Signature.state))",
        "update(SIGNATURES).where(a).values({'state': found.c.state, 'b': 1})",
        "values = {'state': SignatureState.ERASED, 'due_at': None}",
        "update(Signature).where(a).values(\n  due_at=now, state=SignatureState.LOCATED\n)",
        "from petition.models import Signature\nsignature.state = new",
        "from petition.models import Signature\nrow.state, row.seat = SignatureState.CONFIRMED, 1",
        "from petition.models import Signature\nsetattr(row, 'state', new)",
        "text('''UPDATE signatures\n  SET due_at = :now, state = 'counted' WHERE id = 1''')",
    ],
)
def test_each_way_to_write_it_is_found(source: str) -> None:
    assert SIGNATURES.find_writes(source)
    for one, other in (
        ("SignatureState", "DeliveryState"),
        ("SIGNATURES", "Delivery"),
        ("Signature", "Delivery"),
        ("signatures", "deliveries"),
        ("signature", "delivery"),
    ):
        source = source.replace(one, other)
    assert DELIVERIES.find_writes(source)


@pytest.mark.parametrize(
    "source",
    [
        "update(Delivery).where(a).values(state=DeliveryState.HELD)",
        "from petition.models import Milestone, Signature\nmilestone.state = new",
        "update(Signature).where(Signature.state == SignatureState.COUNTED).values(due_at=now)",
        "select(Signature.id).where(Signature.state == SignatureState.REVIEW)",
        "text('UPDATE deliveries SET state = 1')",
    ],
)
def test_what_writes_another_or_only_reads_is_not(source: str) -> None:
    assert not SIGNATURES.find_writes(source)
