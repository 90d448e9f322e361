"""How often classes of independent students are suspected, how often copies are found, and how long 1,000 take.

    python -m tests.bench_alike chance       # pairs reported among independent students
    python -m tests.bench_alike found        # copies reported, by how they were disguised
    python -m tests.bench_alike speed        # 1,000 hand-ins on disk: seconds and memory

Independent students draw from the known answers of an exercise, each with small rewrites of their own. docs/alike.md
says what that can show and what it cannot.
"""

import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import nbformat

from autograder.grading.alike import Written, find_alike, pairs_among, reader_of
from autograder.grading.course import Assignment, Course, answer_id, grade_id
from autograder.grading.rebuild import stubs
from tests.conftest import ROOT, copy_course
from tests.grading.disguises import Population, commented, renamed, reordered, rewritten

COURSE = Course(ROOT)
ASSIGNMENTS = COURSE.assignments()[:9]  # the capstone has one exercise, with three right answers
SIZES = (5, 10, 20, 100, 300)


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


class Remembering:
    """A reader that reads the same source once."""

    def __init__(self, assignment: Assignment):
        reader = reader_of(assignment, stubs(assignment).cells)
        self.code, self.words = cache(reader.code), cache(reader.words)


def pairs(students, reader):
    return pairs_among({f"s{i:04}": Written(code=code) for i, code in enumerate(students)}, reader)


def chance(seeds: int) -> None:
    for size in SIZES:
        reported, of, classes = Counter(), 0, 0
        for name in ASSIGNMENTS:
            reader = Remembering(COURSE.assignment(name))
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
        reader = Remembering(COURSE.assignment(name))
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
