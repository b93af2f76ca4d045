"""Where does a value stand on an axis?

The arithmetic of charts. Places are rounded to a tenth, far from the digit in which two machines
might differ. Imports nothing of this package; ``drawings`` draws by it, and ``owners`` finds marks
that stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from itertools import count, takewhile
from math import log10
from typing import NamedTuple

_ROOM = 34  # for the label of a tick, in the unit of the drawing
_STEPS = 5  # the most steps of a linear axis


class Scale(NamedTuple):
    """An axis from ``low`` to ``high``, drawn from ``start`` to ``end``.

    On a logarithmic one equal distances are equal ratios, and ``low`` is above zero.
    """

    kind: str
    low: Decimal
    high: Decimal
    start: int
    end: int

    def at(self, value: Decimal) -> str:
        """Return the place of a value, in the unit of the drawing, to a tenth."""
        return f"{self._place(value):.1f}"

    def _place(self, value: Decimal) -> float:
        here, low, high = float(value), float(self.low), float(self.high)
        if self.kind == "log":
            here, low, high = log10(here), log10(low), log10(high)
        return self.start + (here - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[Decimal]:
        """Return round values to label, from the least; their labels do not touch."""
        if self.kind == "linear":
            step = _step(self.high)
            return [step * n for n in range(int(self.high / step) + 1)]
        chosen: list[Decimal] = []
        # Powers of ten first: they are what a reader looks for.
        for one in sorted(_between(self.low, self.high), key=lambda one: (not _is_power(one), one)):
            here = self._place(one)
            if all(abs(here - self._place(other)) >= _ROOM for other in chosen):
                chosen.append(one)
        return sorted(chosen)

    def times(self, factor: Decimal) -> Scale:
        """Return the same axis in a unit that is ``factor`` times smaller."""
        return self._replace(low=self.low * factor, high=self.high * factor)

    def __str__(self) -> str:
        return f"{self.kind} {plain(self.low)} {plain(self.high)} {self.start} {self.end}"


def read(text: str) -> Scale:
    """Return the scale that a drawing states; ValueError or ArithmeticError if it is none."""
    kind, low, high, start, end = text.split()
    return Scale(kind, Decimal(low), Decimal(high), int(start), int(end))


def logarithmic(values: Sequence[Decimal], start: int, end: int) -> Scale:
    """Return the least logarithmic axis with round ends that has room for some values above 0."""
    low = next(one for one in _down(max(values)) if one <= min(values))
    high = next(one for one in _up(low) if one >= max(values) and one > low)
    return Scale("log", low, high, start, end)


def linear(greatest: Decimal, start: int, end: int) -> Scale:
    """Return the least axis from zero to a round end that has room for a value above 0."""
    step = _step(greatest)
    high = (greatest / step).to_integral_value(ROUND_CEILING) * step
    return Scale("linear", Decimal(0), high, start, end)


def plain(value: Decimal) -> str:
    """Return a number without zeros at its end, as an axis has it."""
    return f"{value.normalize():f}"


# ---------------------------------------------------------------- round numbers: 1, 2, 5, 10, 20


def _round(exponent: int) -> list[Decimal]:
    return [Decimal(digit).scaleb(exponent) for digit in (1, 2, 5)]


def _up(low: Decimal) -> Iterator[Decimal]:
    """Yield the round numbers from ``low`` on."""
    for exponent in count(low.adjusted()):
        yield from (one for one in _round(exponent) if one >= low)


def _down(high: Decimal) -> Iterator[Decimal]:
    """Yield the round numbers below ``high`` or equal to it, the greatest first."""
    for exponent in count(high.adjusted(), -1):
        yield from (one for one in reversed(_round(exponent)) if one <= high)


def _between(low: Decimal, high: Decimal) -> Iterator[Decimal]:
    return takewhile(lambda one: one <= high, _up(low))


def _is_power(value: Decimal) -> bool:
    return value == Decimal(1).scaleb(value.adjusted())


def _step(greatest: Decimal) -> Decimal:
    """Return the least round step that leads from zero to a value in few steps."""
    return next(one for one in _up(greatest.scaleb(-2)) if greatest / one <= _STEPS)
