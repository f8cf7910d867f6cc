"""What a benchmark found, as a table with its goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table."""

    what: str
    value: float
    unit: str = ""
    reference: float | None = None
    """What it is compared with, in the same unit and from the same rounds."""
    against: str = ""
    """What the reference is."""
    most: float | None = None
    """The goal: the value at most."""
    most_ratio: float | None = None
    """The goal: value by reference at most."""
    least: float | None = None
    """The goal: the value at least."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value by reference."""
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether the goals are reached; `None` where there is none."""
        verdicts: list[bool] = []
        if self.most is not None:
            verdicts.append(self.value <= self.most)
        if self.least is not None:
            verdicts.append(self.value >= self.least)
        if self.most_ratio is not None and self.ratio is not None:
            verdicts.append(self.ratio <= self.most_ratio)
        return all(verdicts) if verdicts else None

    @property
    def goal(self) -> str:
        """The goals in words."""
        parts = []
        if self.most is not None:
            parts.append(f"<= {_number(self.most)} {self.unit}".rstrip())
        if self.least is not None:
            parts.append(f">= {_number(self.least)} {self.unit}".rstrip())
        if self.most_ratio is not None:
            parts.append(f"<= {self.most_ratio:g} x")
        return ", ".join(parts)


_HEADINGS = ("what", "measured", "reference", "ratio", "goal", "")


def table(title: str, figures: Sequence[Figure]) -> str:
    """The figures under a title, in columns."""
    rows = [_HEADINGS, *map(_row, figures)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEADINGS))]
    lines = [f"## {title}", ""]
    for number, row in enumerate(rows):
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    reference = ""
    if figure.reference is not None:
        reference = f"{_number(figure.reference)} {figure.unit} {figure.against}".strip()
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    return (
        figure.what,
        f"{_number(figure.value)} {figure.unit}".strip(),
        reference,
        ratio,
        figure.goal,
        " ".join(part for part in (verdict, figure.note) if part),
    )


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
