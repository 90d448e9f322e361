"""How often classes of independent students are suspected, how often copies are found, and how long 1,000 take.

    python -m tests.bench_alike chance       # pairs reported among independent students
    python -m tests.bench_alike found        # copies reported, by how they were disguised
    python -m tests.bench_alike speed        # 1,000 hand-ins on disk: seconds and memory

Independent students draw from the known answers of an exercise, each with small rewrites of their own. docs/alike.md
says what that can show and what it cannot.
"""

import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import nbformat

from autograder.grading.alike import Written, find_alike, pairs_among, released
from autograder.grading.answers import read_answers
from autograder.grading.course import Assignment, Course, answer_id, grade_id
from autograder.grading.rebuild import stubs
from autograder.grading.sample import _unmarked
from tests.conftest import ROOT, copy_course
from tests.grading.disguises import commented, renamed, reordered, rewritten

COURSE = Course(ROOT)
ASSIGNMENTS = COURSE.assignments()[:9]  # the capstone has one exercise, with three right answers
SIZES = (5, 10, 20, 100, 300)
WRONG, PARTIAL = 0.25, 0.2  # share of wrong answers, and of students who leave answers out


def verbatim(source, rng):
    return source


def lightly(source, rng):
    return commented(reordered(rewritten(renamed(source, rng), rng, 0.2), rng), rng)


def thoroughly(source, rng):
    return commented(reordered(rewritten(renamed(source, rng), rng, 0.4), rng), rng)


DISGUISES = {
    "none": (verbatim, 1),
    "all names changed": (renamed, 1),
    "names and comments changed": (lambda s, r: commented(renamed(s, r), r), 1),
    "and statements reordered": (lambda s, r: commented(reordered(renamed(s, r), r), r), 1),
    "and one place in five rewritten": (lightly, 1),
    "and two places in five rewritten": (thoroughly, 1),
    "one answer in five of one's own, the rest renamed": (renamed, 0.8),
    "one answer in five of one's own, the rest lightly rewritten": (lightly, 0.8),
    "half of the answers copied, renamed": (renamed, 0.5),
    "a third of the answers copied, renamed": (renamed, 1 / 3),
}


class Population:
    """Students of an assignment who know nothing of each other."""

    def __init__(self, assignment: Assignment, seed: int):
        self.rng = random.Random(f"{assignment.name} {seed}")
        solution = {grade_id(c): _unmarked(c.source) for c in assignment.notebook.cells}
        self.right = {name: [solution[answer_id(name)]] for name in assignment.checks}
        self.wrong = {name: [] for name in assignment.checks}
        for answer in read_answers(assignment.course.answers):
            if answer.exercise in self.right:
                kind = self.right if answer.kind == "right" else self.wrong
                kind[answer.exercise].append(answer.source)
        self.favour = {
            name: [self.rng.expovariate(1) + 0.05 for _ in sources]
            for name, sources in self.right.items()
        }

    def student(self) -> dict[str, str]:
        """One student's answers: a known one each, in that student's own manner."""
        rng = self.rng
        manner, diligence = rng.uniform(0.1, 0.5), 1.0
        if rng.random() < PARTIAL:
            diligence = rng.uniform(0.1, 0.9)
        answers = {}
        for name, sources in self.right.items():
            source = rng.choices(sources, self.favour[name])[0]
            if rng.random() < WRONG:
                source = rng.choice(self.wrong[name])
            source = reordered(rewritten(renamed(source, rng), rng, manner), rng)
            if rng.random() < diligence:
                answers[name] = commented(source, rng)
        return answers

    def copier(self, original: dict[str, str], disguise, share: float) -> dict[str, str]:
        """Of the original's answers that share, disguised; the others of one's own."""
        copied = set(self.rng.sample(sorted(original), round(share * len(original))))
        copies = {name: disguise(original[name], self.rng) for name in copied}
        return self.student() | copies


class Remembering:
    """A reader that reads the same source once."""

    def __init__(self, reader):
        self.code, self.words = cache(reader.code), cache(reader.words)


def pairs(students, reader):
    return pairs_among({f"s{i:04}": Written(code=code) for i, code in enumerate(students)}, reader)


def chance(seeds: int) -> None:
    for size in SIZES:
        reported, of, classes = Counter(), 0, 0
        for name in ASSIGNMENTS:
            reader = Remembering(released(COURSE.assignment(name)))
            for seed in range(max(2, seeds * 20 // size) if size > 20 else seeds):
                population = Population(COURSE.assignment(name), seed)
                found = pairs([population.student() for _ in range(size)], reader)
                reported[name] += len(found)
                of, classes = of + size * (size - 1) // 2, classes + 1
        print(
            f"{size} students: {reported.total()} of {of} pairs in {classes} classes",
            dict(reported),
            flush=True,
        )


def found(seeds: int, size: int) -> None:
    hits = defaultdict(list)
    for name in ASSIGNMENTS:
        reader = Remembering(released(COURSE.assignment(name)))
        for seed in range(seeds):
            population = Population(COURSE.assignment(name), seed)
            students = [population.student() for _ in range(size)]
            full = [s for s in students if len(s) == len(population.right)]
            for disguise, (how, share) in DISGUISES.items():
                copied = population.rng.choice(full)
                copy = population.copier(copied, how, share)
                names = {f"s{students.index(copied):04}", f"s{size:04}"}
                reported = [{p.first, p.second} for p in pairs([*students, copy], reader)]
                hits[disguise].append(names in reported)
    for disguise, results in hits.items():
        print(f"{size} students, {disguise}: {sum(results)} of {len(results)}", flush=True)


def speed(size: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        course = copy_course(COURSE, Path(folder) / "course")
        assignment = course.assignment("03_regularization")
        population = Population(assignment, 0)
        for i in range(size):
            notebook = nbformat.v4.new_notebook(cells=stubs(assignment).cells)
            answers = {answer_id(k): v for k, v in population.student().items()}
            for cell in notebook.cells:
                cell.source = answers.get(grade_id(cell), cell.source)
            path = course.nbgrader_root / "submitted" / f"s{i:04}" / assignment.name
            path.mkdir(parents=True)
            nbformat.write(notebook, path / f"{assignment.name}.ipynb")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        reported = find_alike(assignment)
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{size} hand-ins: {seconds:.1f} s, memory {after / 2**10:.0f} MB ({before / 2**10:.0f} MB before), "
            f"{len(reported)} pairs reported"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["chance", *seeds]:
            chance(int(seeds[0]) if seeds else 10)
        case ["found", *rest]:
            for size in (10, 20, 100):
                found(int(rest[0]) if rest else 4, size)
        case ["speed"]:
            speed()
        case _:
            print(__doc__)
