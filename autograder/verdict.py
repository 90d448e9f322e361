"""A verdict: what the judge says of one exercise, as plain data, text and HTML."""

from dataclasses import asdict, dataclass, field
from html import escape

RIGHT, PARTLY, WRONG, NOT_ATTEMPTED = "right", "partly right", "wrong", "not attempted"


@dataclass
class PartVerdict:
    """One part: its points, and where it is wrong the known mistake, what was measured and where to read on."""

    name: str
    points: float
    earned: float
    mistake: str = ""
    diagnosis: str = ""
    detail: str = ""
    lecture: str = ""


@dataclass
class Verdict:
    """The judge's word on one exercise. `status` is one of the four constants above."""

    exercise: str
    title: str
    status: str
    parts: list[PartVerdict] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def points(self) -> float:
        return sum(part.earned for part in self.parts)

    @property
    def max_points(self) -> float:
        return sum(part.points for part in self.parts)

    @property
    def mistakes(self) -> list[str]:
        """The ids of the known mistakes found, each once, in the order of the parts."""
        return list(dict.fromkeys(part.mistake for part in self.parts if part.mistake))

    def to_plain(self) -> dict:
        return asdict(self)

    @classmethod
    def from_plain(cls, data: dict) -> "Verdict":
        parts = [PartVerdict(**part) for part in data["parts"]]
        return cls(**{**data, "parts": parts})

    def headline(self) -> str:
        return f"{self.title}: {self.status}, {self.points:g} of {self.max_points:g} points"

    def as_text(self) -> str:
        """Several lines for a terminal."""
        lines = [self.headline()]
        if self.status != NOT_ATTEMPTED:
            for part in self.parts:
                mark = "right" if part.earned == part.points else "wrong"
                lines.append(f"  [{mark}] {part.name} ({part.earned:g} of {part.points:g})")
                lines += [f"          {line}" for line in self._explanation(part)]
        return "\n".join([*lines, *(f"  {remark}" for remark in self.remarks)])

    def as_html(self) -> str:
        """A card for a notebook. Every text in it is escaped."""
        colour = {RIGHT: "#009E73", NOT_ATTEMPTED: "#777777"}.get(self.status, "#D55E00")
        rows = [] if self.status == NOT_ATTEMPTED else [self._row(part) for part in self.parts]
        remarks = [f"<p>{escape(remark)}</p>" for remark in self.remarks]
        return (
            f'<div style="border-left: 4px solid {colour}; padding: 2px 12px">'
            f"<p><strong>{escape(self.headline())}</strong></p>"
            + (f"<ul>{''.join(rows)}</ul>" if rows else "")
            + "".join(remarks)
            + "</div>"
        )

    def _row(self, part):
        mark = "right" if part.earned == part.points else "wrong"
        head = f"{escape(part.name)}: {mark} ({part.earned:g} of {part.points:g})"
        return f"<li>{'<br>'.join([head, *map(escape, self._explanation(part))])}</li>"

    def _explanation(self, part):
        lines = [line for line in (part.diagnosis, part.detail) if line]
        if part.earned < part.points and part.lecture:
            lines.append(f"Read again: {part.lecture}.")
        return lines
