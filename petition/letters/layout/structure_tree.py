"""The structure tree of a letter's PDF, corrected before it is written, for screen readers.

WeasyPrint tags each box by itself: a list in columns is a list of lists, with one on each page.
Sources: PDF 1.7 (ISO 32000-1, 14.7 and 14.8), PDF/UA-1 (ISO 14289-1, 7.1 and 7.6).
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from weasyprint.pdf import pydyf

_HEADINGS = frozenset(f"/H{level}" for level in range(1, 7))
_LIST, _ITEM, _BODY = "/L", "/LI", "/LBody"
_ITEM_PARTS = ("/Lbl", _BODY)
_WHOLE, _SECTION = "/Art", "/Sect"


def correct_structure(document: Any, pdf: Any) -> None:
    """Change the structure tree of ``pdf`` in place; for WeasyPrint's ``finisher``.

    - A list in columns or over several pages is one list; a section over several pages one section.
    - What an item of a list holds beside its label is in its body.
    - No element is empty; what is in the margins of pages is an artifact and not content.
    - A Part is in English: a ``main``, which letters use for English in another language only.
    """
    tree = _Tree(pdf)
    tree.join_fragments()
    tree.join_columns()
    tree.wrap_bodies()
    tree.drop_empty(tree.top)
    tree.hide_margins()
    for element in tree.walk():
        if element["S"] == "/Part":
            element["Lang"] = pydyf.String("en")


class _Tree:
    """The structure elements of a PDF; kids are references, or numbers of marked content."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        found = (one for one in pdf.objects if isinstance(one, pydyf.Dictionary))
        self._objects: dict[bytes, Any] = {one.reference: one for one in found}
        self._root = self._objects[pdf.catalog["StructTreeRoot"]]
        self.top = self._objects[self._root["K"][0]]

    def walk(self, element: Any = None) -> Iterator[Any]:
        """Yield the elements that can be reached, each before its kids."""
        element = self.top if element is None else element
        yield element
        for kid in self._list_kids(element):
            yield from self.walk(kid)

    def join_fragments(self) -> None:
        """Make one of the parts that a section, or the open letter, has on several pages.

        - Each section but the first begins with a heading, so one that does not goes on.
        """
        joined: dict[str, Any] = {}
        for part in self._list_kids(self.top):
            kind = part["S"]
            before = joined.get(kind)
            if kind == _WHOLE or (kind == _SECTION and not self._is_headed(part)):
                if before is not None:
                    self._move_kids(part, before)
                    self._remove(part, self.top)
                    continue
            if kind in (_WHOLE, _SECTION):
                joined[kind] = part

    def join_columns(self) -> None:
        """Make one list of the columns of a list, and of the lists in columns that follow it.

        - A column is a list in a list without items. A list in an item's list has items beside it.
        """
        for element in list(self.walk()):
            before = None
            for kid in self._list_kids(element):
                columns = self._list_kids(kid) if kid["S"] == _LIST else []
                if not columns or any(column["S"] != _LIST for column in columns):
                    before = None
                    continue
                if before is None:
                    before = kid
                    kid["K"] = pydyf.Array()
                else:
                    self._remove(kid, element)
                for column in columns:
                    self._move_kids(column, before)

    def wrap_bodies(self) -> None:
        """Put what an item holds beside its label and its body into a body."""
        for item in list(self.walk()):
            kids = self._list_kids(item) if item["S"] == _ITEM else []
            loose = [kid for kid in kids if kid["S"] not in _ITEM_PARTS]
            if not loose:
                continue
            body = pydyf.Dictionary(
                {"Type": "/StructElem", "S": _BODY, "K": pydyf.Array(), "Pg": item["Pg"]}
            )
            body["P"] = item.reference
            self._pdf.add_object(body)
            self._objects[body.reference] = body
            for kid in loose:
                item["K"].remove(kid.reference)
                self._add(kid, body)
            item["K"].append(body.reference)

    def drop_empty(self, element: Any) -> None:
        """Remove the elements below ``element`` that hold nothing."""
        for kid in self._list_kids(element):
            self.drop_empty(kid)
            if not kid["K"]:
                self._remove(kid, element)

    def hide_margins(self) -> None:
        """Make artifacts of what is in no element that can be reached: the margins of pages."""
        reached = {element.reference for element in self.walk()}
        hidden: dict[bytes, set[int]] = defaultdict(set)
        for reference, element in self._objects.items():
            if element.get("Type") == "/StructElem" and reference not in reached:
                hidden[element["Pg"]] |= {kid for kid in element["K"] if isinstance(kid, int)}
                element.clear()
        parents = self._objects[self._root["ParentTree"]]["Nums"]
        for page_reference, numbers in hidden.items():
            page = self._objects[page_reference]
            owners = parents[2 * page["StructParents"] + 1]
            for number in numbers:
                owners[number] = "null"
            self._hide(page["Contents"], numbers)

    def _hide(self, contents: bytes, numbers: set[int]) -> None:
        """Mark the content of these numbers in a page's stream as an artifact of its pagination."""
        stream = self._pdf.objects[int(contents.split()[0])].stream
        for index, part in enumerate(stream):
            if isinstance(part, pydyf.Dictionary) and part.get("MCID") in numbers:
                stream[index - 1] = "/Artifact"
                stream[index] = pydyf.Dictionary({"Type": "/Pagination"})

    def _list_kids(self, element: Any) -> list[Any]:
        kids = (self._objects[kid] for kid in element["K"] if isinstance(kid, bytes))
        return [kid for kid in kids if kid.get("Type") == "/StructElem"]

    def _is_headed(self, element: Any) -> bool:
        return any(kid["S"] in _HEADINGS for kid in self._list_kids(element)[:1])

    def _add(self, kid: Any, parent: Any) -> None:
        kid["P"] = parent.reference
        parent["K"].append(kid.reference)

    def _move_kids(self, source: Any, target: Any) -> None:
        for kid in self._list_kids(source):
            self._add(kid, target)
        source["K"] = pydyf.Array()

    def _remove(self, kid: Any, parent: Any) -> None:
        parent["K"].remove(kid.reference)
