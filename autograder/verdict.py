"""A verdict: what the judge says of one exercise, as plain data, text and HTML."""

from dataclasses import asdict, dataclass, field
from html import escape

RIGHT, PARTLY, WRONG, NOT_ATTEMPTED = "right", "partly right", "wrong", "not attempted"


@dataclass
class PartVerdict:
    """One part: its points, and where it is wrong the known mistake, what was measured in which case, what to read.

    A part that is not `counted` may be right, but earns nothing until another one is.
    """

    name: str
    points: float
    earned: float
    mistake: str = ""
    diagnosis: str = ""
    detail: str = ""
    case: str = ""
    lecture: str = ""
    counted: bool = True

    @property
    def mark(self) -> str:
        right = self.earned == self.points
        return "right" if right else "wrong" if self.counted else "not counted"


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
        if not self.parts:  # a check that could not be made
            return self.title
        return f"{self.title}: {self.status}, {self.points:g} of {self.max_points:g} points"

    def as_text(self) -> str:
        """Several lines for a terminal."""
        lines = [self.headline()]
        for part, sentences in self._rows():
            lines.append(f"  - {part.name}: {part.mark} ({part.earned:g} of {part.points:g})")
            lines += [f"      {sentence}" for sentence in sentences]
        return "\n".join([*lines, *(f"  {sentence}" for sentence in self._below())])

    def as_html(self) -> str:
        """A card for a notebook. Every text in it is escaped."""
        colour = {RIGHT: "#009E73", NOT_ATTEMPTED: "#777777"}.get(self.status, "#D55E00")
        rows = []
        for part, sentences in self._rows():
            mark = part.mark if part.mark == "right" else f"<strong>{part.mark}</strong>"
            head = f"{escape(part.name)}: {mark} ({part.earned:g} of {part.points:g})"
            rows.append(f"<li>{'<br>'.join([head, *map(escape, sentences)])}</li>")
        return (
            f'<div style="border-left: 4px solid {colour}; padding: 2px 12px">'
            f"<p><strong>{escape(self.headline())}</strong></p>"
            + (f"<ul>{''.join(rows)}</ul>" if rows else "")
            + "".join(f"<p>{escape(sentence)}</p>" for sentence in self._below())
            + "</div>"
        )

    def _rows(self):
        """Each part with the sentences on it; one that an earlier part has told already is not told again."""
        told = set()
        for part in self.parts if self.status != NOT_ATTEMPTED else ():
            sentences = [text for text in (part.diagnosis, part.detail) if text]
            new = [text for text in sentences if text not in told]
            told.update(new)
            if part.case and part.detail in new:
                new[-1] += f" Case: {part.case}."
            yield part, new if new or not sentences else ["The reason is the one above."]

    def _below(self):
        """Where to read again, and the remarks."""
        wrong = [p for p in self.parts if p.earned < p.points and self.status != NOT_ATTEMPTED]
        lectures = dict.fromkeys(part.lecture for part in wrong if part.lecture)
        return [*(f"Read again: {lecture}." for lecture in lectures), *self.remarks]
