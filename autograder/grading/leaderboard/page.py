"""The leaderboard as one HTML page that needs nothing else: no script, no style sheet, no request."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.grading.leaderboard.standings import Board, Standing

TEMPLATES = Path(__file__).parents[1] / "templates"
TEMPLATE = "leaderboard.html.j2"
MARK = '<meta name="generator" content="autograder leaderboard">'
WIDTH, LEFT, RIGHT = 400, 14, 386  # of the plot, in units that the browser scales
TOP, STACK = 40, 110  # above the dots, and the most that they may take
BIN = 0.5  # per cent in one column of dots
RADIUS, LARGE = (
    1.7,
    3.0,
)  # of a dot; a large one, where there are few, may reach into its neighbours
FEW = 30


@dataclass(frozen=True)
class Row:
    """A row of the table: a student's with a rank and a band, or one to compare with."""

    name: str
    percent: float
    standing: Standing | None = None
    interval: tuple[float, float] | None = None
    begins_band: bool = False


def render(board: Board, course: str, title: str, day: date) -> str:
    """The page's text. `course` and `title` are its headings, `day` is what it is as of."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    middle = board.middle
    low, high = board.interval(middle)
    return environment.get_template(TEMPLATE).render(
        board=board,
        course=course,
        title=title,
        day=day,
        mark=MARK,
        rows=rows(board),
        plot=Plot(board) if board.standings else None,
        num_entries=len(board.standings),
        middle=board.percent(middle),
        low=low,
        high=high,
        gap=board.smallest_gap(middle),
    )


def rows(board: Board) -> list[Row]:
    """The table from the top: the students, and between them levels, the course's own solution and guessing."""
    listed = [
        Row(
            standing.name,
            board.percent(standing.right),
            standing,
            board.interval(standing.right),
            begins_band=index > 0 and standing.band > board.standings[index - 1].band,
        )
        for index, standing in enumerate(board.standings)
    ]
    others = [Row(f"Level: {level:g} %", level) for level in board.levels]
    others.append(Row("Guessing", 100 * board.chance))
    solution = Row(
        "The course’s own solution",
        board.percent(board.reference),
        interval=board.interval(board.reference),
    )
    return sorted([*listed, solution, *others], key=lambda row: -row.percent)


class Plot:
    """Where things are in the picture: a dot for each student, in columns, on the shades of the bands."""

    def __init__(self, board: Board):
        self.board = board
        percents = [board.percent(standing.right) for standing in board.standings]
        least = min([*percents, *board.levels, board.percent(board.reference)])
        self.first = 10 * math.floor(least / 10)
        columns = Counter(math.floor(percent / BIN) for percent in percents)
        self.radius = LARGE if len(percents) <= FEW else RADIUS
        self.step = min(2.2 * self.radius, STACK / max(columns.values()))
        self.height = max(columns.values()) * self.step
        self.floor = TOP + max(self.height, 30)
        self.width, self.top = WIDTH, TOP
        self.total = self.floor + 34

    def x(self, percent: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (percent - self.first) / (100 - self.first), 1)

    @property
    def ticks(self) -> list[int]:
        return list(range(self.first, 101, 10))

    @property
    def levels(self) -> list[float]:
        return [level for level in self.board.levels if level >= self.first]

    @property
    def shows_chance(self) -> bool:
        return 100 * self.board.chance >= self.first

    @property
    def own_name(self) -> dict[str, object]:
        """Beside its line, on the side that has room."""
        x = self.x(self.board.percent(self.board.reference))
        if x < WIDTH / 2:
            return {"x": x + 4, "anchor": "start"}
        return {"x": x - 4, "anchor": "end"}

    def dots(self) -> list[tuple[float, float]]:
        """Centres of the dots, from the floor upwards in each column."""
        placed, found = Counter(), []
        for standing in self.board.standings:
            column = math.floor(self.board.percent(standing.right) / BIN)
            y = self.floor - self.radius - 1 - placed[column] * self.step
            found.append((self.x(min((column + 0.5) * BIN, 100)), round(y, 1)))
            placed[column] += 1
        return found

    def bands(self) -> list[tuple[int, float, float]]:
        """Number, left and right end of each band, from its worst column to its best."""
        found = {}
        for standing in self.board.standings:
            column = math.floor(self.board.percent(standing.right) / BIN)
            found.setdefault(standing.band, []).append(column)
        return [
            (band, self.x(min(columns) * BIN), self.x(min((max(columns) + 1) * BIN, 100)))
            for band, columns in found.items()
        ]
