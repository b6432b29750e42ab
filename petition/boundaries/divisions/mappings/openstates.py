"""OpenStates' mapping of a state: openstates/openstates-geo, configs/jurisdictions/<state>.yml.

- ``id-mappings.custom`` are pairs of ``sld-id`` (``sldu-25D01``) and ``os-id``; they take
  precedence.
- ``id-mappings.<layer>.sld-match`` is a pattern, searched for in ``<layer>-<GEOID>``; the match of
  its one group, without leading zeros and in lower case, ends the id.
- ``os-id-prefix``, of the file or of a layer, begins it: a layer's may already include the type
  (``.../ward:``). ``sld-prefix`` is another type than the layer.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from petition.boundaries.divisions.mappings.mapping import ROOT, read_text
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused

# A pattern comes from a file, so it is limited in length and only searched for in a GEOID.
LONGEST_PATTERN = 100
LONGEST_TEXT = 17


class OpenStatesMapping:
    """The pairs and patterns of one file."""

    def __init__(
        self, pairs: dict[str, str], rules: dict[str, tuple[str, str, re.Pattern[str]]]
    ) -> None:
        self._pairs = pairs
        self._rules = rules

    def find(self, layer: str, geoid: str) -> str | None:
        """Return the division id of the layer's area with this GEOID; None when it has none."""
        kind, prefix, pattern = self._rules.get(layer, (layer, "", None))
        for text in (f"{layer}-{geoid}", f"{kind}-{geoid}"):
            if text in self._pairs:
                return self._pairs[text]
        text = f"{kind}-{geoid}"
        if pattern is None or len(text) > LONGEST_TEXT:
            return None
        match = pattern.search(text)
        number = (match.group(1) or "").lstrip("0").lower() if match else ""
        return f"{prefix}{number}" if number else None


def read_openstates(path: Path) -> OpenStatesMapping:
    """Return the mapping in a YAML of OpenStates.

    - Pairs whose ``expired`` has passed are left out.
    - Raises ImportRefused, with the key, when the file has another structure.
    """
    try:
        content = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError) as error:
        raise ImportRefused(f"{path.name}: not a YAML file ({error})") from error
    mappings = content.get("id-mappings") if isinstance(content, dict) else None
    if not isinstance(mappings, dict):
        raise ImportRefused(
            f"{path.name}: it has no id-mappings; expected OpenStates' file of the state, "
            "configs/jurisdictions/<state>.yml of github.com/openstates/openstates-geo"
        )
    rules = {}
    for layer, rule in mappings.items():
        if layer == "custom" or not isinstance(rule, dict) or "sld-match" not in rule:
            continue
        kind = str(rule.get("sld-prefix") or layer)
        prefix = _find_prefix(path.name, layer, kind, rule, content)
        rules[str(layer)] = (kind, prefix, _compile(path.name, layer, rule["sld-match"]))
    return OpenStatesMapping(_read_pairs(path.name, mappings.get("custom") or []), rules)


def _find_prefix(
    name: str, layer: str, kind: str, rule: dict[str, Any], content: dict[str, Any]
) -> str:
    prefix = rule.get("os-id-prefix") or content.get("os-id-prefix")
    if not isinstance(prefix, str) or not prefix.startswith(ROOT):
        raise ImportRefused(
            f"{name}: id-mappings.{layer} has no os-id-prefix ({prefix!r}); expected one that "
            f"begins with {ROOT}"
        )
    return prefix if prefix.endswith(":") else f"{prefix}/{kind}:"


def _compile(name: str, layer: str, text: Any) -> re.Pattern[str]:
    problem = "a text"
    if isinstance(text, str):
        try:
            pattern = re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            problem = f"a pattern ({error})"
        else:
            if len(text) <= LONGEST_PATTERN and pattern.groups == 1:
                return pattern
            problem = f"a pattern of at most {LONGEST_PATTERN} characters with one group"
    raise ImportRefused(f"{name}: id-mappings.{layer}.sld-match is {text!r}; expected {problem}")


def _read_pairs(name: str, custom: Any) -> dict[str, str]:
    pairs: dict[str, str] = {}
    if not isinstance(custom, list):
        raise ImportRefused(f"{name}: id-mappings.custom is not a list; expected pairs")
    for number, pair in enumerate(custom, start=1):
        if not isinstance(pair, dict) or "sld-id" not in pair or _is_past(pair.get("expired")):
            continue  # OpenStates lists former districts without an sld-id.
        geoid, division = pair["sld-id"], pair.get("os-id")
        where = f"{name}: id-mappings.custom, pair {number}"
        if not isinstance(division, str) or not division.startswith(ROOT):
            raise ImportRefused(f"{where}: os-id is {division!r}; expected {ROOT}/...")
        if pairs.setdefault(str(geoid), division) != division:
            raise ImportRefused(
                f"{where}: {geoid} is {division} here and {pairs[str(geoid)]} above; expected "
                "only one: remove the wrong one"
            )
    return pairs


def _is_past(moment: Any) -> bool:
    return isinstance(moment, date) and moment < utcnow().date()
