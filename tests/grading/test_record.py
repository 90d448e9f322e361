"""Recording: what comes out of the source notebook is what is released, and what is hidden stays private."""

import json

import nbformat
import pytest

from autograder.exercise import exercises
from autograder.features import Share, alike, from_plain
from autograder.grading import record as recording
from autograder.grading.course import CHECKS, Course, CourseError, answer_id, grade_id
from autograder.grading.record import draw_cases, expectations, record
from autograder.grading.secret import private_folder
from autograder.practice import checks_version, public_seed
from autograder.wire import decode

EXERCISE = "schedules.warmup_cosine"


@pytest.fixture(scope="module")
def recorded(assignment):
    return expectations(assignment)


def same(one, other) -> bool:
    """Whether two recordings of a feature agree, the random ones in distribution."""
    if isinstance(one, Share):
        return (one.trials, one.probability) == (other.trials, other.probability) and alike(
            one, other
        )
    return type(one) is type(other) and not one.disagreement(other)


def test_the_released_cases_are_what_recording_gives_now(assignment, recorded):
    stored = decode((assignment.folder / CHECKS).read_bytes())
    assert stored["version"] == checks_version(recorded), (
        "run 'autograder release' or nbgrader's generate"
    )
    assert list(stored["exercises"]) == list(recorded)
    for name, entries in stored["exercises"].items():
        public = [now for now in recorded[name] if now.public]
        assert [entry["case"] for entry in entries] == [now.case for now in public]
        for entry, now in zip(entries, public, strict=True):
            expected = from_plain(entry["expected"])
            assert expected.keys() == now.expected.keys()
            assert all(same(expected[key], now.expected[key]) for key in expected)
            assert entry["mistakes"].keys() == now.mistakes.keys()
            for mistake, features in entry["mistakes"].items():
                assert features.keys() == now.mistakes[mistake].keys(), (name, mistake)


def test_public_and_hidden_cases_are_of_one_kind_and_of_other_values(recorded):
    for name, records in recorded.items():
        public = [record for record in records if record.public]
        hidden = [record for record in records if not record.public]
        assert [r.case["name"] for r in public] == [r.case["name"] for r in hidden]
        for one, other in zip(public, hidden, strict=True):
            assert one.case["seed"] != other.case["seed"]
            assert one.expected.keys() == other.expected.keys()
        assert [r.case for r in public] == draw_cases(exercises()[name], public_seed)


def test_expectations_are_recorded_once_and_lie_with_the_secret(assignment, recorded, monkeypatch):
    files = list((private_folder() / "recorded").glob("*.json"))
    assert files and all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert (private_folder() / "recorded").stat().st_mode & 0o777 == 0o700
    assert not any(assignment.course.root in path.parents for path in files)
    monkeypatch.setattr(recording, "Recorder", None)  # nothing is run again
    again = expectations(assignment)
    assert [r.to_plain() for r in again[EXERCISE]] == [r.to_plain() for r in recorded[EXERCISE]]
    assert [r.public for r in again[EXERCISE]] == [r.public for r in recorded[EXERCISE]]


def test_another_secret_or_torch_has_expectations_of_its_own(assignment, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    seeds = []

    def count(assignment, seed_of, public):
        seeds.append(seed_of(EXERCISE, "usual"))
        return {}

    monkeypatch.setattr(recording, "record", count)
    for secret in ("one", "one", "two"):
        monkeypatch.setenv("AUTOGRADER_SECRET", secret)
        assert expectations(assignment) == {}
    public, hidden, again, other = seeds  # the second time with one secret, nothing is recorded
    assert public == again == public_seed(EXERCISE, "usual") and hidden != other
    monkeypatch.setattr(recording.torch, "__version__", "9.0")
    expectations(assignment)
    assert len(seeds) == 6


class TestCourse:
    """A course of one exercise, changed so that it cannot be recorded."""

    @pytest.fixture
    def mini(self, assignment, tmp_path):
        """Makes the assignment from a change to the source cells of one exercise."""

        def make(change, answer=None):
            source = {grade_id(cell): cell for cell in assignment.notebook.cells}
            names = ("setup", answer_id(EXERCISE), f"check-{answer_id(EXERCISE)}")
            cells = [nbformat.from_dict(json.loads(json.dumps(source[name]))) for name in names]
            change(*cells)
            folder = tmp_path / "assignments" / "source" / "mini"
            folder.mkdir(parents=True)
            (tmp_path / "assignments" / "answers").mkdir()
            if answer:
                (tmp_path / "assignments" / "answers" / "a.py").write_text(answer)
            (tmp_path / "nbgrader_config.py").write_text("")
            nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "mini.ipynb")
            return Course(tmp_path).assignment("mini")

        return make

    def refused(self, assignment):
        with pytest.raises(CourseError) as error:
            record(assignment, public_seed, public=True)
        return str(error.value)

    def test_is_recorded_as_it_is(self, mini):
        recorded = record(mini(lambda *cells: None), public_seed, public=True)
        assert list(recorded) == [EXERCISE] and len(recorded[EXERCISE]) == 3

    def test_whose_cell_stops_is_told_which_and_why(self, mini):
        def change(setup, answer, check):
            setup.source += "\nundefined_name"

        assert "The cell setup stops with NameError" in self.refused(mini(change))

    def test_whose_own_answer_is_wrong_is_told(self, mini):
        def change(setup, answer, check):
            answer.source = answer.source.replace("self.base_lrs]", "self.base_lrs][:1]")

        assert "own answer to schedules.warmup_cosine cannot be measured" in self.refused(
            mini(change)
        )

    def test_whose_known_wrong_answer_does_not_even_run_is_told(self, mini):
        answer = f"# %% {EXERCISE} wrong: no_floor\n1 / 0\n"
        told = self.refused(mini(lambda *cells: None, answer))
        assert "no_floor" in told and "ZeroDivisionError" in told

    def test_whose_points_are_not_those_of_the_parts_is_told(self, mini):
        def change(setup, answer, check):
            check.metadata.nbgrader.points = 11

        told = self.refused(mini(change))
        assert "gives 11 points" in told and "add up to 10" in told

    def test_that_checks_what_no_module_has_is_told(self, mini):
        def change(setup, answer, check):
            check.source = check.source.replace(EXERCISE, "schedules.other")

        assert "'schedules.other'" in self.refused(mini(change))

    def test_that_is_no_notebook_is_told(self, mini):
        assignment = mini(lambda *cells: None)
        assignment.path.write_text("{")
        assert "cannot be read as a notebook" in self.refused(assignment)


def test_a_course_and_its_assignments_are_found_or_told(course_copy, tmp_path):
    assert Course.find(course_copy.nbgrader_root / "source").root == course_copy.root
    with pytest.raises(CourseError, match="There is no course around"):
        Course.find(tmp_path)
    with pytest.raises(CourseError, match="no assignment '04_other'.*03_regularization"):
        course_copy.assignment("04_other")
