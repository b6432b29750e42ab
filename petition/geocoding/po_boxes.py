"""Distinguish post office boxes and carrier routes from streets, in all their spellings.

Sources: USPS Publication 28, sections 24 to 28 and 295 (Puerto Rico); Pub 28's older forms, which
are still in use: RFD, star route, drawer, bin, lock box, caller, Apartado.

- A box, drawer or general delivery is a mailing address only, and so is a route without a house.
- A line that names a house as well keeps the house and its street. "3400 RR 2222" is a house on a
  ranch road, and "5 Star Rd", "12 Box Elder Rd" and "12 Drawer Ln" are streets.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from petition.geocoding.street_words import HOUSE_AND_STREET, PLAIN_KINDS


class MailOnly(StrEnum):
    """The kinds of address that only receive mail and locate no house."""

    BOX = "box"
    ROUTE = "route"
    FORCES = "forces"


class SplitLine(NamedTuple):
    """A line's street, without its box; ``wait``: its mail-only kind, None for a street."""

    street: str
    wait: MailOnly | None


_GAP = r"[\s,;:/\\-]*"
_MARK = r"[\s,;:#-]*(?:(?:NO|NUM|NUMBER|NRO)\b[\s#:]*)?"
_NO_KIND = rf"(?!(?:{'|'.join(sorted(kind for kind in PLAIN_KINDS if len(kind) == 2))}|RD|LP)\b)"
_ID = rf"{_MARK}(?:[A-Z]{{0,2}}-?\d[\w-]*+|{_NO_KIND}[A-Z]{{1,2}}\b(?=\s*(?:$|[,;\d])))"
_ID_OR_END = rf"(?:{_ID}|(?=\s*(?:$|[,;])))"
_BOX = r"(?:BOX(?:ES)?|BX|BIN|DRAWER|DRAWR|DRWR|DRAW|DRW|DWR)(?![A-Z])"
_KINDS = "|".join(
    sorted((*PLAIN_KINDS, "RD", "ROAD", "TRAIL", "TRL", "LOOP"), key=len, reverse=True)
)
_NO_STREET = rf"(?!\s+(?:{_KINDS})(?:\s+[NSEW]{{1,2}})?\s*(?:$|[,;]))"
_DELIVERY = r"DEL(?:IVERY|IVRY|IV|VERY|VRY|VY|Y)?"
# Boxes wherever they occur in the line.
_CERTAIN = re.compile(
    rf"(?<![A-Z0-9])(?:"
    rf"P{_GAP}[O0]{_GAP}(?:{_BOX}|B(?![A-Z])|CALLER(?:\s+(?:BOX|SERVICE))?){_ID_OR_END}"
    rf"|P\s*{_BOX}{_ID}"
    rf"|POST(?:AL)?[\s-]*(?:OFFICE|OFFIC|OFICE|OFC|OFF)?[\s-]*(?:{_BOX}|B(?![A-Z])){_ID_OR_END}"
    rf"|LOCK(?:ED)?[\s-]*(?:{_BOX}|BAG){_ID_OR_END}|PRIVATE\s+(?:MAIL\s*)?BAG{_ID}"
    rf"|(?:FIRM\s+)?CALLER(?:\s+(?:BOX|SERVICE|SVC))?{_ID}|CALLER\s+(?:BOX|SERVICE|SVC)(?=\s*(?:$|[,;]))"
    rf"|(?:APARTADO|APDO|APTDO|APDDO|APRTDO)(?:\s+(?:POSTAL|DE\s+CORREOS?))?{_ID_OR_END}"
    rf"|(?:APART|APT|AP)\s+POSTAL{_ID_OR_END}|CASILLA(?:\s+(?:POSTAL|DE\s+CORREOS?))?{_ID}"
    rf"|GENERAL\s+{_DELIVERY}(?![A-Z]){_NO_STREET}"
    rf"|GEN'?L?\s+{_DELIVERY}(?=\s*(?:$|[,;]))"
    rf"|ENTREGA\s+GENERAL|LISTA\s+DE\s+CORREOS?|POSTE\s+RESTANTE"
    rf")"
)
# Boxes if no house comes before them, nor after them with its street.
_BARE = re.compile(
    rf"(?<![A-Z])(?:{_BOX}|(?:MAIL|POST)\s*BOX|BOX\s*HOLDER|(?:BUZ[O\u00d3]N|BZN|BUZ|PMB)(?![A-Z])){_ID}{_NO_STREET}"
    rf"|^(?:BOX\s*HOLDER|POD\s*\d+|P\s?O[\s#:-]*\d[\w-]*|G\s*D|GEN(?:ERAL|'?L)?\s+DEL\b.*)$"
)
_ROUTE_NUMBER = r"(?![A-Z])[\s,;:#-]*(?:(?:NO|NUM|NUMBER)\b[\s#:]*)?\d[\w-]*+"
_ROUTE_KIND = r"(?:ROUTE|ROUT|RTE|RT|R)(?![A-Z])"
# Routes that have no other meaning; a number may be missing.
_NAMED_ROUTE = (
    rf"(?:R\s*F\s*D(?![A-Z])|RURAL\s+(?:FREE\s+)?DEL(?:IVERY|IV)?(?:\s+{_ROUTE_KIND})?|RURAL\s*{_ROUTE_KIND}"
    rf"|(?:HIGHWAY|HIWAY|HWY)\s+CONT(?:RACT|R)?(?:\s+{_ROUTE_KIND})?"
    rf"|STAR\s*{_ROUTE_KIND}|(?:STAR|RUTA)\s+RURAL|RUTA\s+ESTRELLA)"
    rf"(?:{_ROUTE_NUMBER})?{_NO_STREET}"
)
_NUMBERED_ROUTE = (
    rf"(?:(?:R\s*R|H\s*C)(?:\s+{_ROUTE_KIND})?|H\s*C\s*R|RURAL\s+(?:RD|ROAD)"
    rf"|CONTRACT\s+{_ROUTE_KIND}){_ROUTE_NUMBER}"
)
_ROUTE = re.compile(rf"(?<![A-Z0-9])(?:{_NAMED_ROUTE}|{_NUMBERED_ROUTE})")
# Without a house these are rural delivery; "Rt 9" and "SR 2" only with a box.
_FIRST_ROUTE = re.compile(rf"(?:{_NAMED_ROUTE}|{_NUMBERED_ROUTE}|R\s*D{_ROUTE_NUMBER})")
_BOXED_ROUTE = re.compile(
    rf"(?:{_ROUTE_KIND}|RUTA|S\s*R|MAIL\s+{_ROUTE_KIND}){_ROUTE_NUMBER}|(?:S\s*R|{_ROUTE_KIND})$"
)
_FORCES = re.compile(
    rf"(?:{_BARE.pattern.split('|^')[0]}[\s,]*)?"
    r"(?:(?:PSC|CMR|OMC|UMR|MCM)[\s#:-]*\d|(?:USS|USNS|USCGC)\s+[A-Z]"
    rf"|UNIT[\s#:-]*\d+[\s,;]+(?:{_BOX})|UNIT[\s#:-]*\d{{4,6}}$)"
    r"|.*\b(?:APO|FPO|DPO)[\s,]+A\s?[AEP]\b"
)
_RFD = re.compile(rf"[\s,;]+(?:{_NAMED_ROUTE}|(?:R\s*R|H\s*C){_ROUTE_NUMBER})$")
_LONE_RFD = re.compile(r"\d+[\s,]+R\s*F\s*D\b.*")
_TRAILING_BOXED_ROUTE = re.compile(rf"{_RFD.pattern}|[\s,;]+{_ROUTE_KIND}{_ROUTE_NUMBER}$")
# Puerto Rico writes the house after the street, or along the road.
_TRAILING_HOUSE = re.compile(r"(?:CALLE|AVENIDA|AVE|CALLEJON)\b.*#\s*\w*\d|.*\bKM\s*\d")


def part_box(line: str) -> SplitLine:
    """Return a tidied line's street without its box, or its mail-only kind if it has no house."""
    if _FORCES.match(line):
        return SplitLine("", MailOnly.FORCES)
    unboxed = _BARE.sub(" , ", _CERTAIN.sub(" , ", line))
    boxed = unboxed != line
    segments = [part for part in (_strip(part) for part in re.split(r"[,;]", unboxed)) if part]
    kept = _keep_houses(segments, boxed=boxed)
    if kept:
        return SplitLine(kept, None)
    if any(_LONE_RFD.fullmatch(part) for part in segments):
        return SplitLine("", MailOnly.ROUTE)
    if _names_route(segments, boxed=boxed):
        return SplitLine("", MailOnly.ROUTE)
    return SplitLine("", MailOnly.BOX) if boxed else SplitLine(line, None)


def _keep_houses(segments: list[str], *, boxed: bool) -> str:
    """Return the line from its house on, without routes; empty where it names no house."""
    kept = []
    housed = False
    for segment in segments:
        rest = _strip(_FIRST_ROUTE.sub("", segment, count=1)) if _opens_route(segment) else segment
        rest = _drop_trailing_route(rest, _TRAILING_BOXED_ROUTE if boxed else _RFD)
        if rest and not (boxed and _BOXED_ROUTE.fullmatch(rest)):
            kept.append(rest)
        housed = housed or _names_house(rest)
    return ", ".join(kept) if housed else ""


def _opens_route(segment: str) -> bool:
    return _FIRST_ROUTE.match(segment) is not None


def _drop_trailing_route(segment: str, routes: re.Pattern[str]) -> str:
    """Remove a route after a house and its whole street: "12 Main St RR 2"."""
    found = routes.search(segment)
    before = HOUSE_AND_STREET.fullmatch(segment[: found.start()]) if found else None
    if found is None or before is None:
        return segment
    whole = before["street"].split()
    return segment[: found.start()] if len(whole) > 1 and whole[-1] in _WHOLE else segment


def _names_house(segment: str) -> bool:
    if _TRAILING_HOUSE.match(segment):
        return True
    found = HOUSE_AND_STREET.fullmatch(segment)
    return found is not None and not _LONE_RFD.fullmatch(segment)


def _names_route(segments: list[str], *, boxed: bool) -> bool:
    return any(
        _opens_route(segment)
        or _ROUTE.search(segment)
        or (boxed and _BOXED_ROUTE.fullmatch(segment))
        for segment in segments
        if not _names_house(segment)
    )


def _strip(text: str) -> str:
    return text.strip(" ,;:/\\-&+").rstrip("# ")


_WHOLE = PLAIN_KINDS | {"RD", "ROAD", "HWY", "HIGHWAY", "TRAIL", "TRL", "LOOP"}
