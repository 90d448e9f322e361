"""Every hostile submission, graded between two honest ones: it earns, leaks, damages and reaches nothing."""

import pytest

from autograder.grading.sandbox import missing
from tests.security.classroom import ABSENT, BY_CHECKS, NAME, Classroom
from tests.security.hostile import EVERY
from tests.security.hostile.kinds import WORKED
from tests.security.world import World

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none"),
    pytest.mark.timeout(1200),  # a class is graded in a fixture
]
PARTS = {quick: [h for h in EVERY if h.quick == quick] for quick in (True, False)}
FULL = pytest.mark.full


@pytest.fixture(scope="module")
def room(course_copy, tmp_path_factory):
    """A classroom whose private folder no other test process writes to, since whatever changes in it is damage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("private")))
        world = World(tmp_path_factory.mktemp("world"), course_copy)
        room = Classroom(course_copy, world)
        room.prepare()
        yield room
        world.close()


@pytest.fixture(scope="module")
def quick(room):
    room.grade(PARTS[True])
    return room


@pytest.fixture(scope="module")
def rest(quick):
    quick.grade(PARTS[False])
    return quick


def _case(hostile):
    marks = () if hostile.quick else (FULL,)
    return pytest.param(
        hostile, id=f"{hostile.group}: {hostile.name}".replace(" ", "-"), marks=marks
    )


CASES = [_case(hostile) for hostile in EVERY]


@pytest.fixture
def graded(request, hostile):
    """The classroom in which this submission was graded."""
    return request.getfixturevalue("quick" if hostile.quick else "rest")


@pytest.mark.parametrize("hostile", CASES)
def test_it_earns_what_it_deserves_and_shows_nothing_that_is_secret(graded, hostile):
    student = graded.student(hostile)
    outcome = graded.outcomes[student]
    assert hostile.problem in outcome.problem and bool(hostile.problem) == bool(outcome.problem)
    least, most = hostile.range
    assert least <= outcome.score <= most, [v.as_text() for v in outcome.verdicts]
    if not hostile.problem:
        assert sum(row[3] for row in graded.rows(student)) == outcome.score
        assert sum(row[4] for row in graded.rows(student)) == 60
    outputs, page = graded.outputs(student), graded.page(student)
    assert [text for text in hostile.shows if text not in outputs] == []
    assert [line for line in outputs.splitlines() if line.startswith(WORKED)] == []
    assert [text for text in hostile.hides if text in page or text in outputs] == []
    assert graded.alive(student) == [] and graded.secrets_in(student) == []


@pytest.mark.parametrize("hostile", CASES)
def test_both_classmates_keep_their_marks(graded, hostile):
    for student in graded.neighbours(graded.student(hostile)):
        outcome = graded.outcomes[student]
        assert (outcome.score, outcome.problem, outcome.notes) == (BY_CHECKS, "", [])
        assert graded.secrets_in(student) == []
        assert graded.words[student] in graded.page(student)


def test_nothing_is_left_changed_or_called_after_a_part_of_the_class(quick):
    assert quick.damage == []


@FULL
def test_nothing_is_left_changed_or_called_after_the_whole_class(rest):
    assert rest.damage == []


def test_what_is_looked_for_would_be_found(room):
    """The measures see what they are to see: a secret, another student's word, a hidden number, living markup."""
    assert len(room.hidden) > 50 and len(room.on_every_page) < 20
    page = room.course.nbgrader_root / "feedback" / "seen" / NAME / f"{NAME}.html"
    page.parent.mkdir(parents=True)
    hidden = sorted(room.hidden - room.on_every_page)
    for word in (*room.world.secret_words(), room.words[ABSENT], hidden[0], hidden[-1]):
        page.write_text(f"x {word}, x")
        assert room.secrets_in("seen") == [word]
    page.write_text("<b class='stolen'>1</b> &lt;b class='stolen'> <script>stolen</script> stolen")
    assert room.alive("seen") == ["b", "script"]


def test_every_group_has_a_part_that_is_always_run():
    assert {h.group for h in EVERY} == {h.group for h in EVERY if h.quick}
    assert len(EVERY) >= 60 and len({h.name for h in EVERY}) == len(EVERY)
