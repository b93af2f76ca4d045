"""How does a value read on the screen?

The only place for units, for the words of states and verdicts, and for rounding.
Imports nothing of this package; every other module may import it.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from html import escape
from typing import NamedTuple


class Words(NamedTuple):
    """A state or verdict in words and as a symbol, so that colour is never needed."""

    words: str
    symbol: str

    def html(self) -> str:
        """Return them for a page; who listens to it hears the words alone."""
        return f'<span aria-hidden="true">{of_ascii(self.symbol)}</span> {self.words}'


STATES = {
    "measured": Words("measured", "●"),
    "oom": Words("out of memory", "✕"),
    "oom_predicted": Words("out of memory (predicted)", "⊗"),
    "not_measured": Words("not measured", "—"),
    "unsupported": Words("not supported", "∅"),
}

VERDICTS = {
    "fits": Words("fits", "✓"),
    "tight": Words("tight", "!"),
    "does_not_fit": Words("does not fit", "✕"),
    "unknown": Words("unknown", "?"),
}


REPLICAS = {
    "confirms": Words("confirms", "≈"),
    "differs": Words("differs", "≠"),
    "not_comparable": Words("not comparable", "○"),
}


def verdict(memory: str, architecture: str | None) -> Words:
    """Return the words for a verdict about memory, with what the card's architecture adds.

    Enough memory is no promise on a card that is older than the source recommends, or of which
    nobody says how old it is, so such a card never just fits.
    """
    words, symbol = of_memory(memory, architecture)
    return Words(words + doubt(memory, architecture), symbol)


def of_memory(memory: str, architecture: str | None) -> Words:
    """Return the part of a verdict that is about memory, for a place that tells the doubt once."""
    words, symbol = VERDICTS[memory]
    if not doubt(memory, architecture):
        return Words(words, symbol)
    enough = {"fits": "enough memory", "tight": "just enough memory"}
    return Words(enough.get(memory, words), "!" if architecture != "unknown" else "?")


def doubt(memory: str, architecture: str | None) -> str:
    """Return what the architecture of a card adds to a verdict about memory, or nothing."""
    if architecture == "older_than_recommended" and memory != "does_not_fit":
        return ", but older than the source recommends"
    if architecture == "unknown" and memory in ("fits", "tight"):
        return ", but its architecture is not stated"
    return ""


# The text of every unit that may stand behind a number. The gate refuses a number with one of
# these that has no owner in the data, so a unit that is missing here would go unseen.
UNITS = (
    "s", "sec", "ms", "min", "h", "GB", "GiB", "MB", "MiB", "TB", "TiB", "GB/s", "TB/s",
    "W", "kW", "TFLOP/s", "fps", "images/h", "s/h", "Hz", "MHz", "GHz", "%", "×", "x",
    "second", "seconds", "minute", "minutes", "hour", "hours", "watt", "watts", "percent",
    "per cent", "gigabyte", "gigabytes", "gibibyte", "gibibytes", "megabyte", "megabytes",
    "mebibyte", "mebibytes", "terabyte", "terabytes", "Gb", "GBytes", "gig", "gigs", "G",
    "secs", "millisecond", "milliseconds", "mins", "hr", "hrs", "kB", "KB", "KiB", "TFLOPS",
    "fold", "times faster", "times slower", "times quicker", "times as fast", "times as slow",
    "times as long", "times longer", "times more", "times less", "times as much",
)  # fmt: skip

# Pattern of a unit behind a number, with what may stand between the two: spaces of any width,
# also of none, or a hyphen.
UNIT = (
    r"(?:[ \t\u00a0\u00ad\u2009\u200b\u202f\u2060]*|[-\u2010\u2011])"
    rf"(?:{'|'.join(map(re.escape, sorted(UNITS, reverse=True)))}|X)(?![\w/])"
)

SETTINGS = {
    "not_stated": "not stated",
    "not_applicable": "not applicable",
}
UNSTATED = "settings that nobody stated"

_UNIT_GLUE = {"%": "", "×": "", "x": ""}
# Room for the quotient of any two numbers that a data file may hold, however wrong they are.
_WIDE = Context(prec=60)


def rounded(value: Decimal, digits: int) -> Decimal:
    """Return ``value`` with ``digits`` decimals, halves away from zero: the one rounding rule."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _WIDE)


def number(value: Decimal, approximate: bool = False) -> str:
    """Return a number as its source prints it: 8.5 stays 8.5, 54.0 stays 54.0."""
    return shown(f"{value:f}", approximate)


def shown(text: str, approximate: bool = False) -> str:
    """Return what readers see for the plain text of a number."""
    if text.startswith("-"):
        text = f"\N{MINUS SIGN}{text[1:]}"
    return f"~{text}" if approximate else text


def quantity(value: Decimal, unit: str, approximate: bool = False) -> str:
    """Return a number with its unit, ``32.54 GB`` or ``2.06×``."""
    return f"{number(value, approximate)}{_UNIT_GLUE.get(unit, ' ')}{unit}".rstrip()


def gib(value: Decimal) -> str:
    """Return memory in GiB as the guide shows it, rounded to two decimals."""
    return quantity(rounded(value, 2), "GiB")


def digits(value: Decimal) -> int:
    """Return how many decimals a number is written with."""
    return max(0, -int(value.as_tuple().exponent))


def inert(text: str) -> str:
    """Return ``text`` as one line in which no Markdown, Jinja or HTML is left to act.

    Every ASCII punctuation mark becomes a numeric entity, so the text survives Markdown in
    paragraphs, lists, tabs and admonitions and is shown exactly as it stands in the data.
    """
    return "".join(
        char if char.isalnum() or char == " " or ord(char) > 126 else f"&#{ord(char)};"
        for char in " ".join(text.split())
    )


def of_ascii(html: str) -> str:
    """Return HTML with a reference for each character beyond ASCII.

    Python keeps a text that has one in two or four bytes for each of its characters, so a large
    page without them takes half the memory, and half the time to join and to write.
    """
    return html if html.isascii() else html.encode("ascii", "xmlcharrefreplace").decode()


def html(text: str) -> str:
    """Return ``text`` escaped for HTML text and for quoted attributes."""
    return escape(text, quote=True)
