"""Disguised copies are found, and what students share for other reasons is not suspected."""

import os
import random
import shutil
from itertools import combinations

import nbformat
import pytest

from autograder.grading.alike import (
    COMMENTS,
    FEW,
    OWN_CODE,
    OWN_TEXT,
    Compared,
    Written,
    find_alike,
    pairs_among,
    read_written,
    reader_of,
)
from autograder.grading.course import answer_id, grade_id
from autograder.grading.fingerprints import LONGEST, SHORT_CODE, code_tokens, grams, prose, winnow
from autograder.grading.rebuild import stubs
from autograder.grading.sample import WRITTEN
from tests.grading.disguises import Population, commented, renamed, reordered, rewritten

CLASS, SEED = 14, 2
OWN_WORDS = (
    "The first curve ends {} points above the second one, and with half of the units gone only {} remain between them. "
    "Learning by heart {} labels that are wrong takes capacity, which noise denies to the network."
)


@pytest.fixture
def assignment(course_copy):
    """The assignment of the tests' own course, with nothing handed in."""
    shutil.rmtree(course_copy.nbgrader_root / "submitted", ignore_errors=True)
    return course_copy.assignment("03_regularization")


@pytest.fixture(scope="module")
def reader(course_copy):
    assignment = course_copy.assignment("03_regularization")
    return reader_of(assignment, stubs(assignment).cells)


@pytest.fixture
def population(course_copy):
    return Population(course_copy.assignment("03_regularization"), SEED)


def hand_in(assignment, student, answers=(), written="", own=(), name="") -> nbformat.NotebookNode:
    """Hand in answers by exercise, a written one, and cells of one's own at the end."""
    notebook = nbformat.v4.new_notebook(cells=stubs(assignment).cells)
    by_id = {answer_id(exercise): source for exercise, source in dict(answers).items()}
    by_id |= {"written-gap": written} if written else {}
    for cell in notebook.cells:
        cell.source = by_id.get(grade_id(cell), cell.source)
    notebook.cells += own
    path = folder(assignment, student) / (name or f"{assignment.name}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return notebook


def folder(assignment, student):
    return assignment.course.nbgrader_root / "submitted" / student / assignment.name


def full(population) -> dict[str, str]:
    """A student who answers everything."""
    while len(answers := population.student()) < len(population.right):
        pass
    return answers


def independent(population, size=CLASS) -> dict[str, dict[str, str]]:
    """The answers of students who know nothing of each other; the first four answer everything."""
    students = {f"s{i:02}": population.student() for i in range(size)}
    return students | {f"s{i:02}": full(population) for i in range(4)}


def hand_in_class(assignment, population) -> dict[str, dict[str, str]]:
    """Have independent students hand in; their answers."""
    students = independent(population)
    for student, answers in students.items():
        numbers = random.Random(student).sample(range(3, 90), 3)
        hand_in(assignment, student, answers, OWN_WORDS.format(*numbers))
    return students


def found(assignment) -> set[tuple[str, str]]:
    return {(pair.first, pair.second) for pair in find_alike(assignment)}


def among(students, reader) -> set[tuple[str, str]]:
    pairs = pairs_among({name: Written(code) for name, code in students.items()}, reader)
    return {(pair.first, pair.second) for pair in pairs}


def disguised(answers, disguise, seed) -> dict[str, str]:
    rng = random.Random(seed)
    return {name: disguise(source, rng) for name, source in answers.items()}


DISGUISES = {
    "none": lambda source, rng: source,
    "names": renamed,
    "comments": lambda source, rng: commented(renamed(source, rng), rng),
    "order": lambda source, rng: commented(reordered(renamed(source, rng), rng), rng),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_copy_is_found_and_nobody_else_suspected(population, reader, disguise):
    students = independent(population)
    students["copier"] = disguised(students["s01"], DISGUISES[disguise], 1)
    assert among(students, reader) == {("copier", "s01")}


def test_a_copy_in_a_notebook_is_shown_as_it_was_handed_in(assignment, population):
    students = hand_in_class(assignment, population)
    copy = disguised(students["s01"], DISGUISES["order"], 1)
    hand_in(assignment, "copier", copy)
    (pair,) = find_alike(assignment)
    assert (pair.first, pair.second) == ("copier", "s01")
    assert 0.8 <= pair.similarity <= 1
    shown = {answer.exercise: answer for answer in pair.answers}
    assert {"dropout.module", "schedules.warmup_cosine"} <= shown.keys()
    for exercise in shown.keys() & copy.keys():
        assert shown[exercise].first_source == copy[exercise]
        assert shown[exercise].second_source == students["s01"][exercise]


def test_comments_and_messages_of_all_answers_are_read_as_words(assignment):
    hand_in(
        assignment, "ann", {"dropout.inverted": "x = 1  # one\n", "dropout.module": "y = 'two'\n"}
    )
    written = read_written(assignment, "ann", stubs(assignment).cells)
    assert written.words == {COMMENTS: "# one\n\n'two'"}
    assert written.code.keys() == {"dropout.inverted", "dropout.module"}


def test_the_layout_names_and_quotes_of_a_copy_change_nothing(reader):
    source = """
def f(x, keep_prob):  # a comment
    mask = torch.rand_like(x, dtype=x.dtype, device="cpu") > keep_prob
    mask *= 2
    return {'out': x * mask}
"""
    other = '''
def f(values: "Tensor", share) -> dict:
    """What it does."""
    m = (
        share < torch.rand_like(values, device='cpu',
                                dtype=values.dtype)
    )
    m = m * 2

    return {"result": values * m}
'''
    given = frozenset({"torch"})
    assert code_tokens(source, given) == code_tokens(other, given)
    assert code_tokens(source, given) != code_tokens(
        source.replace("rand_like", "randn_like"), given
    )


def test_code_that_does_not_parse_is_read_without_its_comments_and_names():
    given = frozenset({"torch"})
    one = "def f(x)\n    # as it should be\n    y = torch.exp(x) / 'abc"
    other = "def g(value)\n    out = torch.exp(value)   /  'abd"
    assert code_tokens(one, given) == code_tokens(other, given)


def test_names_on_self_are_the_students_own_and_others_after_a_dot_are_not():
    given = frozenset({"torch"})
    one, other, third = "self.keep = x.mean()", "self.rate = y.mean()", "self.keep = x.sum()"
    assert code_tokens(one, given) == code_tokens(other, given) != code_tokens(third, given)


@pytest.mark.parametrize("seed", [3, 6, 8])
def test_independent_students_are_not_suspected(course_copy, reader, seed):
    population = Population(course_copy.assignment("03_regularization"), seed)
    assert among(independent(population), reader) == set()


def test_a_group_of_three_is_three_pairs(population, reader):
    students = independent(population)
    students["ann"] = disguised(students["s02"], renamed, 1)
    students["bob"] = disguised(students["s02"], DISGUISES["order"], 2)
    assert among(students, reader) == set(combinations(["ann", "bob", "s02"], 2))


def test_the_most_alike_come_first(population, reader):
    students = independent(population)
    students["exact"] = dict(students["s03"])
    students["nearly"] = disguised(students["s01"], lambda s, rng: rewritten(s, rng, 0.1), 1)
    pairs = pairs_among({name: Written(code) for name, code in students.items()}, reader)
    assert [(p.first, p.second) for p in pairs] == [("exact", "s03"), ("nearly", "s01")]
    assert pairs[0].similarity == 1 > pairs[1].similarity
    telling = [answer.exercise for answer in pairs[0].answers]
    assert telling.index("schedules.warmup_cosine") < telling.index("dropout.vanilla")


def test_what_everybody_writes_is_no_sign(population, reader):
    answers = full(population)
    assert among({f"s{i:02}": answers for i in range(CLASS)}, reader) == set()


def test_few_answers_in_common_need_more_likeness(population, reader):
    students = independent(population)
    students["few"] = {"dropout.module": students["s00"]["dropout.module"]}
    prints = [{e: reader.code(s) for e, s in answers.items()} for answers in students.values()]
    compared = Compared(prints)
    few = list(students).index("few")
    assert compared.thresholds()[0, few] > compared.thresholds()[0, 1] + 0.1
    assert compared.similarity[0, few] == pytest.approx(1)


def test_stubs_and_empty_notebooks_are_not_alike(assignment, population):
    for student in ("left1", "left2"):
        hand_in(assignment, student)
    for student in ("empty1", "empty2"):
        path = folder(assignment, student) / f"{assignment.name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(), path)
    assert find_alike(assignment) == []


def test_nobody_and_one_student_are_no_pair(assignment, population):
    assert find_alike(assignment) == []
    hand_in(assignment, "alone", full(population))
    assert find_alike(assignment) == []


def test_of_a_few_students_only_very_like_ones_are_suspected(population, reader):
    students = independent(population, FEW - 2)
    assert among(students, reader) == set()
    students["copier"] = disguised(students["s00"], renamed, 3)
    assert among(students, reader) == {("copier", "s00")}
    two = {name: students[name] for name in ("copier", "s00")}
    assert among(two, reader) == {("copier", "s00")}


def test_code_that_students_were_given_does_not_count(assignment, population):
    given = [cell.source for cell in stubs(assignment).cells if cell.cell_type == "code"]
    lectures = sorted((assignment.course.root / "lectures").glob("*.ipynb"))
    taught = [
        c.source for c in nbformat.read(lectures[2], as_version=4).cells if c.cell_type == "code"
    ]
    for student in ("ann", "bob"):
        rng = random.Random(student)
        sources = [renamed(source, rng) for source in given + taught if "def " in source]
        assert sum(map(len, sources)) > 2000
        hand_in(assignment, student, own=[nbformat.v4.new_code_cell(s) for s in sources])
    assert find_alike(assignment) == []


def test_short_answers_are_left_out(reader):
    line = "y = torch.where(keep, x, torch.zeros_like(x))"
    assert len(code_tokens(line, reader.given)) < SHORT_CODE
    assert reader.code(line) == set() != reader.code(line + "\n" + line.replace("where", "lerp"))
    assert reader.words("The gap shrinks by 14 points, since noise helps.") == set()
    # What was given does not make an answer longer.
    assert reader.code("def inverted_dropout(x, keep_prob, training):\n    pass\n" + line) == set()


def test_of_an_endless_answer_the_beginning_is_read(reader):
    lines = [f"y{i} = torch.exp(x * {i}).sum(dim={i % 3}) / {i + 2}\n" for i in range(3000)]
    code = "".join(lines)
    assert len(code) > 2 * LONGEST
    assert reader.code(code) == reader.code(code[:LONGEST])
    assert reader.words(code) == reader.words(code[:LONGEST])


def test_answers_that_do_not_parse_are_compared_all_the_same(population, reader):
    students = independent(population)
    copy = disguised(students["s01"], lambda s, rng: renamed(s, rng).replace("):", ")", 1), 4)
    for source in copy.values():
        with pytest.raises(SyntaxError):
            compile(source, "", "exec")
    assert among(students | {"copier": copy}, reader) == {("copier", "s01")}


def test_a_copied_text_is_found_where_the_code_is_not(assignment, population):
    hand_in_class(assignment, population)
    for student in ("ann", "bob"):
        hand_in(assignment, student, full(population), WRITTEN)
    (pair,) = find_alike(assignment)
    assert (pair.first, pair.second) == ("ann", "bob")
    assert "written-gap" in {answer.exercise for answer in pair.answers}


def test_copied_cells_and_comments_of_ones_own_are_found(assignment, population):
    hand_in_class(assignment, population)
    code = (
        "# a quick look at how the spread of the outputs behaves over many repetitions, before I trust the mean of it\n"
        "spread = {}\n"
        "for share in np.geomspace(0.05, 0.95, 13):\n"
        "    draws = torch.stack([vanilla_dropout(torch.full((7, 3), 2.5), share, True)[0] for _ in range(400)])\n"
        "    low, high = torch.quantile(draws.mean(dim=(1, 2)), torch.tensor([0.025, 0.975]))\n"
        "    spread[round(float(share), 3)] = (high - low).item() / max(abs(float(draws.median())), 1e-6)\n"
        "    # wider than I had thought when the share is small, which is what the variance formula says as well\n"
        "for share, width in sorted(spread.items(), key=lambda item: -item[1]):\n"
        "    print(f'{share:6.3f}', '#' * int(20 * width), sep=' | ')\n"
    )
    for student in ("ann", "bob"):
        text = nbformat.v4.new_markdown_cell(WRITTEN)
        own = [nbformat.v4.new_code_cell(code), text]
        hand_in(assignment, student, full(population), own=own)
    (pair,) = find_alike(assignment)
    assert (pair.first, pair.second) == ("ann", "bob")
    assert {OWN_CODE, OWN_TEXT} <= {answer.exercise for answer in pair.answers}
    shown = next(answer for answer in pair.answers if answer.exercise == OWN_CODE)
    assert shown.first_source == shown.second_source == code


def test_equal_comments_are_found_whatever_the_code(reader):
    comment = (
        "# here I first thought that the mask has to be kept for the second call too, but then the mean of many calls\n"
        "# came out wrong, so now it is drawn every time and only remembered for the way back through the layer;\n"
        "# my neighbour says that this costs memory, which I have not measured so far on anything but the digits\n"
    )
    other = "# nothing that anybody else would say here in so many words, at this very place of an answer\n"
    students = {
        name: Written({"e": f"x.{name}()"}, {COMMENTS: "\n".join(prose(text + f"x.{name}()"))})
        for name, text in (("a", comment), ("b", comment), ("c", other))
    }
    (pair,) = pairs_among(students, reader)
    assert (pair.first, pair.second) == ("a", "b")
    assert [answer.exercise for answer in pair.answers] == [COMMENTS]


def test_one_equal_sentence_is_not_enough(population, reader):
    students = {name: Written(code) for name, code in independent(population).items()}
    said = (
        "Half of the units are silent, so the others cannot lean on them and have to learn it all."
    )
    assert reader.words(said)
    for name in ("s04", "s05"):
        students[name].words["written-gap"] = said
    assert pairs_among(students, reader) == []
    # Nor does it raise the similarity of two whose code is alike.
    students["s05"].code.update(
        disguised(students["s04"].code, lambda s, rng: rewritten(s, rng, 0.1), 1)
    )
    (pair,) = pairs_among(students, reader)
    assert 0.6 < pair.similarity < 0.99


def test_the_notebook_that_is_graded_is_compared(assignment, population):
    students = hand_in_class(assignment, population)
    copied = dict(list(students["s01"].items())[:4])
    again = f"{assignment.name} (1).ipynb"
    hand_in(assignment, "twice", copied)
    hand_in(assignment, "twice", full(population), WRITTEN, name=again)
    (folder(assignment, "twice") / "timestamp.txt").write_text("2026-05-01 10:00:00 UTC")
    assert found(assignment) == set()
    (folder(assignment, "twice") / again).unlink()
    hand_in(assignment, "twice", students["s01"], name=again)
    assert found(assignment) == {("s01", "twice")}


def test_answers_are_matched_wherever_they_stand_and_without_their_marks(assignment, population):
    students = hand_in_class(assignment, population)
    notebook = hand_in(assignment, "copier", students["s01"])
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("My notes"))
    nbformat.write(notebook, folder(assignment, "copier") / f"{assignment.name}.ipynb")
    (pair,) = find_alike(assignment)
    assert (pair.first, pair.second, pair.similarity) == ("copier", "s01", 1)
    assert "dropout.module" in {answer.exercise for answer in pair.answers}


def test_submissions_that_cannot_be_read_are_left_out_and_said(assignment, population):
    students = hand_in_class(assignment, population)
    hand_in(assignment, "copier", students["s01"])
    path = folder(assignment, "corrupt") / f"{assignment.name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": [')
    folder(assignment, "nothing").mkdir(parents=True)
    folder(assignment, "linked").parent.mkdir()
    folder(assignment, "linked").symlink_to(folder(assignment, "s02"))
    notes = []
    (pair,) = find_alike(assignment, notes)
    assert (pair.first, pair.second) == ("copier", "s01")
    assert [note.split()[0] for note in notes] == ["corrupt", "linked", "nothing"]
    assert all(" was left out: " in note and note.endswith(".") for note in notes)


def test_the_order_of_students_changes_nothing(population, reader):
    answers = independent(population)
    answers["copier"] = disguised(answers["s02"], renamed, 5)
    students = {name: Written(code) for name, code in answers.items()}
    pairs = pairs_among(students, reader)
    assert [(pair.first, pair.second) for pair in pairs] == [("copier", "s02")]
    rng = random.Random(6)
    for _ in range(3):
        shuffled = list(students.items())
        rng.shuffle(shuffled)
        assert pairs_among(dict(shuffled), reader) == pairs


def test_what_is_written_is_only_read(assignment, population, tmp_path):
    students = hand_in_class(assignment, population)
    trace = tmp_path / "trace"
    hostile = (
        f"open({os.fspath(trace)!r}, 'w').write('ran')\n"
        "'''</textarea><script>alert(1)</script>\\ud800 {{ 7 * 7 }} %s \x00 \u202e'''\n"
        + "__import__('os').system('touch ' + __file__)\n"
    )
    copy = {e: hostile + s for e, s in students["s01"].items()}
    copy["dropout.vanilla_backward"] = "(" * 100_000
    copy["dropout.inverted_backward"] = "'" + "\\'" * 200_000
    hand_in(assignment, "evil", copy)
    hand_in(assignment, "twin", copy)
    pairs = find_alike(assignment)
    assert ("evil", "twin") == (pairs[0].first, pairs[0].second)
    shown = {answer.exercise: answer for answer in pairs[0].answers}
    assert shown["dropout.module"].first_source == copy["dropout.module"]
    assert not trace.exists()


def test_texts_that_share_a_long_run_share_a_fingerprint():
    """The guarantee of section 3 of the paper: of window + length - 1 tokens."""
    rng = random.Random(6)
    for _ in range(200):
        shared = [str(rng.randrange(9)) for _ in range(11)]
        texts = [
            [f"{side}{i}" for i in range(rng.randrange(20))]
            + shared
            + [f"{side}{i}" for i in range(rng.randrange(20))]
            for side in "ab"
        ]
        first, second = (winnow(grams(text, 8), 4) for text in texts)
        assert first & second
    assert not winnow(grams(shared[:7] + ["a"] * 9, 8), 4) & winnow(
        grams(shared[:7] + ["b"] * 9, 8), 4
    )


def test_winnowing_keeps_a_part():
    hashes = grams([str(i) for i in range(2000)], 8)
    kept = winnow(hashes, 4)
    assert 0.3 < len(kept) / len(hashes) < 0.5  # 2 / (window + 1) is expected, section 3.1


def test_fingerprints_are_the_same_in_every_process():
    assert grams("a b c d e f g h".split(), 8) == [9344508829032771929]
