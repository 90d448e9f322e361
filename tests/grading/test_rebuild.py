"""Rebuilding: the released notebook with the student's answers, however they came back, and nothing else of theirs."""

import base64
import copy
import io
import json

import nbformat
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from autograder.grading.course import answer_id, check_of, grade_id, is_experiment
from autograder.grading.rebuild import NOTES, rebuild, stubs

ANSWERS = {
    "dropout-vanilla": "def vanilla_dropout(x, keep_prob, training):\n    return 'vanilla'",
    "dropout-inverted": "def inverted_dropout(x, keep_prob, training):\n    return 'inverted'",
    "dropout-module": "class Dropout(nn.Module):\n    'module'",
    "written-gap": "The gap is 23 points.",
}


@pytest.fixture
def handed_in(assignment):
    """A submission with some answers written."""
    notebook = stubs(assignment)
    for cell in notebook.cells:
        if grade_id(cell) in ANSWERS:
            cell.source = ANSWERS[grade_id(cell)]
    return notebook


@pytest.fixture
def rebuilt(assignment):
    return lambda notebook: rebuild(assignment, notebook, [])


def sources(notebook) -> dict[str, str]:
    return {grade_id(cell): cell.source for cell in notebook.cells if grade_id(cell)}


def position(notebook, name) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def notes(notebook) -> str:
    return notebook.cells[0].source if notebook.cells[0].get("id") == NOTES else ""


def assert_answers_found(notebook, names=ANSWERS):
    for name in names:
        assert sources(notebook)[name] == ANSWERS[name]


def assert_released_but_for_answers(notebook, assignment):
    """Every released cell is there once, in order, with its own metadata, and only answers have another source."""
    released = stubs(assignment).cells
    ids = [cell.id for cell in released]
    kept = [cell for cell in notebook.cells if cell.get("id") in ids]
    assert [cell.id for cell in kept] == ids
    for cell, original in zip(kept, released, strict=True):
        assert cell.metadata == original.metadata and cell.cell_type == original.cell_type
        if not cell.metadata.get("nbgrader", {}).get("solution") and not is_experiment(cell):
            assert cell.source == original.source
    assert notebook.metadata == stubs(assignment).metadata


def test_the_released_notebook_holds_stubs_and_no_outputs(assignment):
    released = stubs(assignment)
    for name in assignment.checks:
        assert "NotImplementedError" in sources(released)[answer_id(name)]
        assert "BEGIN SOLUTION" not in sources(released)[answer_id(name)]
    assert all(cell.outputs == [] for cell in released.cells if cell.cell_type == "code")


def test_answers_are_found_by_grade_id(assignment, handed_in, rebuilt):
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert_released_but_for_answers(notebook, assignment)
    assert notes(notebook) == "" and len(notebook.cells) == len(handed_in.cells)
    # What was not answered is the stub.
    assert "NotImplementedError" in sources(notebook)["dropout-inverted_backward"]


def test_answers_are_found_by_grade_id_in_any_order(handed_in, rebuilt):
    handed_in.cells.reverse()
    assert_answers_found(rebuilt(handed_in))


def test_answers_are_found_by_place_where_all_metadata_is_gone(assignment, handed_in, rebuilt):
    for cell in handed_in.cells:
        cell.metadata = nbformat.from_dict({})
        del cell["id"]
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert_released_but_for_answers(notebook, assignment)
    assert "dropout-vanilla had lost its mark" in notes(notebook)
    assert len(notebook.cells) == len(handed_in.cells) + 1  # the notes


def test_answers_are_found_by_what_they_define_where_cells_moved_too(
    assignment, handed_in, rebuilt
):
    for cell in handed_in.cells:
        cell.metadata = nbformat.from_dict({})
    handed_in.cells.insert(2, nbformat.v4.new_markdown_cell("my notes"))
    module = next(c for c in handed_in.cells if c.source == ANSWERS["dropout-module"])
    handed_in.cells.remove(module)
    handed_in.cells.append(module)
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook, ["dropout-vanilla", "dropout-inverted", "dropout-module"])
    assert_released_but_for_answers(notebook, assignment)
    assert any(cell.source == ANSWERS["written-gap"] for cell in notebook.cells)  # to be read
    codes = [cell.source for cell in notebook.cells]
    assert codes.count(ANSWERS["dropout-module"]) == 1


def test_an_answer_split_over_three_cells_is_read_cell_by_cell(handed_in, rebuilt):
    at = position(handed_in, "dropout-vanilla")
    parts = [copy.deepcopy(handed_in.cells[at]) for _ in range(2)]
    for part, source in zip(parts, ("def broken(:", "%time helper = 1"), strict=True):
        part.source, part.id = source, source[:5].strip()
    handed_in.cells[at : at + 1] = [parts[0], handed_in.cells[at], parts[1]]
    notebook = rebuilt(handed_in)
    at = position(notebook, "dropout-vanilla")
    assert [c.source for c in notebook.cells[at - 1 : at + 2]] == [
        "def broken(:", ANSWERS["dropout-vanilla"], "%time helper = 1"
    ]  # fmt: skip
    assert "stood in 3 cells" in notes(notebook)
    assert [grade_id(c) for c in notebook.cells].count("dropout-vanilla") == 1


def test_a_duplicate_that_is_still_a_stub_does_not_count(assignment, handed_in, rebuilt):
    at = position(handed_in, "dropout-vanilla")
    handed_in.cells.insert(at + 1, copy.deepcopy(stubs(assignment).cells[at]))
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert notes(notebook) == ""


def test_an_answer_in_a_new_cell_under_the_stub_stands_where_it_was(assignment, handed_in, rebuilt):
    at = position(handed_in, "dropout-vanilla")
    handed_in.cells[at].source = stubs(assignment).cells[at].source
    handed_in.cells.insert(at + 1, nbformat.v4.new_code_cell(ANSWERS["dropout-vanilla"]))
    codes = [cell.source for cell in rebuilt(handed_in).cells]
    stub, answer = (
        codes.index(text) for text in (handed_in.cells[at].source, ANSWERS["dropout-vanilla"])
    )
    assert answer == stub + 1


def test_an_answer_in_a_new_cell_behind_its_check_is_put_in_the_place_of_the_stub(
    assignment, handed_in, rebuilt
):
    at = position(handed_in, "dropout-vanilla")
    handed_in.cells[at].source = stubs(assignment).cells[at].source
    handed_in.cells.append(nbformat.v4.new_code_cell(ANSWERS["dropout-vanilla"]))
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert "dropout-vanilla had lost its mark" in notes(notebook)


def test_answers_that_all_stand_in_one_cell_are_found_and_no_stub_covers_them(assignment, rebuilt):
    names = [name for name in ANSWERS if name != "written-gap"]
    for kept in (stubs(assignment).cells, stubs(assignment).cells[:2]):
        big = nbformat.v4.new_code_cell("\n".join(ANSWERS[name] for name in names))
        notebook = rebuilt(nbformat.v4.new_notebook(cells=[*kept, big]))
        assert sources(notebook)[names[0]] == big.source
        for name in names[1:]:
            assert sources(notebook)[name].startswith("# This answer stands in a cell")
        assert [cell.source for cell in notebook.cells].count(big.source) == 1


def test_a_copy_of_an_answer_is_read_once(handed_in, rebuilt):
    at = position(handed_in, "dropout-vanilla")
    handed_in.cells.insert(at + 1, copy.deepcopy(handed_in.cells[at]))
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert notes(notebook) == "" and len(notebook.cells) == len(handed_in.cells) - 1


@pytest.mark.parametrize("place", ["below its cell", "below the question", "in the question"])
def test_a_written_answer_beside_its_cell_is_found(assignment, handed_in, rebuilt, place):
    at = position(handed_in, "written-gap")
    handed_in.cells[at].source = stubs(assignment).cells[at].source
    if place == "in the question":
        handed_in.cells[at - 1].source += f"\n\n{ANSWERS['written-gap']}"
    else:
        own = nbformat.v4.new_markdown_cell(ANSWERS["written-gap"])
        handed_in.cells.insert(at + (place == "below its cell"), own)
    notebook = rebuilt(handed_in)
    assert sources(notebook)["written-gap"].strip() == ANSWERS["written-gap"]
    assert "written-gap had lost its mark" in notes(notebook)


def test_a_changed_locked_cell_runs_as_released_and_then_as_changed(assignment, handed_in, rebuilt):
    cell = handed_in.cells[position(handed_in, "setup")]
    cell.source += "\nimport numpy as np"
    notebook = rebuilt(handed_in)
    assert_released_but_for_answers(notebook, assignment)
    at = position(notebook, "setup")
    assert notebook.cells[at + 1].source == cell.source and not grade_id(notebook.cells[at + 1])
    assert "setup was changed" in notes(notebook)


def test_answers_without_marks_are_not_covered_by_what_stands_behind_their_check(
    handed_in, rebuilt
):
    for cell in handed_in.cells:
        cell.metadata = nbformat.from_dict({})
    later = "def vanilla_dropout(x):\n    return 'an experiment with it'"
    handed_in.cells.append(nbformat.v4.new_code_cell(later))
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook)
    assert notebook.cells[-1].source == later


@pytest.mark.parametrize(
    "change",
    [
        {"points": 1000},
        {"grade": False},
        {"locked": False, "solution": True},
        {"schema_version": 1},
        {"grade_id": "check-other"},
    ],
    ids=str,
)
def test_a_check_cell_is_the_released_one_whatever_became_of_it(
    assignment, handed_in, rebuilt, change
):
    cell = handed_in.cells[position(handed_in, "check-dropout-vanilla")]
    cell.source = "10"
    cell.metadata.tags = ["skip-execution", "experiment", "hide"]
    cell.metadata.nbgrader |= change
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "10"})]
    notebook = rebuilt(handed_in)
    assert_released_but_for_answers(notebook, assignment)
    checks = [check_of(c).exercise.name for c in notebook.cells if check_of(c)]
    assert checks == list(assignment.checks)
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_deleted_cells_come_back(assignment, handed_in, rebuilt):
    handed_in.cells = [handed_in.cells[position(handed_in, "dropout-vanilla")]]
    notebook = rebuilt(handed_in)
    assert_answers_found(notebook, ["dropout-vanilla"])
    assert_released_but_for_answers(notebook, assignment)


def test_an_empty_notebook_and_an_unreadable_one_are_the_stub(assignment, rebuilt):
    for handed_in in (nbformat.v4.new_notebook(), None):
        assert_released_but_for_answers(rebuilt(handed_in), assignment)
    notebook = rebuild(assignment, None, ["The file is damaged.", "It was renamed."])
    assert notes(notebook).endswith("- The file is damaged.\n- It was renamed.")


def test_the_kernel_is_the_releaseds(assignment, handed_in, rebuilt):
    handed_in.metadata.kernelspec = {"name": "evil", "display_name": "R", "language": "R"}
    handed_in.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    assert rebuilt(handed_in).metadata == stubs(assignment).metadata


class TestOwnCells:
    def test_stay_where_they_stood(self, handed_in, rebuilt):
        first = nbformat.v4.new_code_cell("first = 1")
        at = position(handed_in, "check-dropout-inverted")
        second = [nbformat.v4.new_code_cell(f"second = {i}") for i in range(2)]
        handed_in.cells = [first, *handed_in.cells[: at + 1], *second, *handed_in.cells[at + 1 :]]
        notebook = rebuilt(handed_in)
        assert notebook.cells[0].source == "first = 1"
        at = position(notebook, "check-dropout-inverted")
        assert [c.source for c in notebook.cells[at + 1 : at + 3]] == ["second = 0", "second = 1"]
        assert len(notebook.cells) == len(handed_in.cells)

    def test_have_neither_metadata_nor_outputs(self, assignment, handed_in, rebuilt):
        nbgrader = {
            "grade": True,
            "points": 99,
            "locked": True,
            "solution": False,
            "schema_version": 3,
        }
        own = [
            nbformat.v4.new_code_cell(
                "own = 1", metadata={"tags": ["experiment"], "deletable": False}
            ),
            nbformat.v4.new_code_cell(
                "own = 2", metadata={"nbgrader": nbgrader | {"grade_id": "bonus"}}
            ),
            nbformat.v4.new_code_cell("own = 3", metadata={"autograder": {"verdict": {}}}),
            nbformat.v4.new_code_cell(
                "own = 4", outputs=[nbformat.v4.new_output("stream", text="9")]
            ),
        ]
        handed_in.cells += own
        notebook = rebuilt(handed_in)
        assert_released_but_for_answers(notebook, assignment)
        mine = [cell for cell in notebook.cells if cell.source.startswith("own")]
        assert [cell.source for cell in mine] == [
            "own = 1",
            "own = 2",
            "own = 3",
            "own = 4",
        ]
        assert all(cell.metadata == {} and cell.outputs == [] for cell in mine)

    def test_hold_no_markup(self, handed_in, rebuilt):
        hostile = "<script>alert(1)</script> &lt;b&gt; **bold** [x](javascript:alert(1))"
        handed_in.cells.append(nbformat.v4.new_markdown_cell(hostile))
        handed_in.cells.append(nbformat.v4.new_raw_cell("<img src=x onerror=alert(1)>"))
        texts = [cell.source for cell in rebuilt(handed_in).cells[-2:]]
        shown = "< script>alert(1)< /script> & lt;b& gt; **bold** [x] (javascript:alert(1))"
        assert texts == [shown, "< img src=x onerror=alert(1)>"]
        assert all(cell.cell_type == "markdown" for cell in rebuilt(handed_in).cells[-2:])

    def test_that_are_empty_or_copies_of_released_text_are_left_out(self, handed_in, rebuilt):
        released = next(cell for cell in handed_in.cells if cell.cell_type == "markdown")
        handed_in.cells += [
            nbformat.v4.new_code_cell("  \n"),
            nbformat.v4.new_markdown_cell(released.source),
        ]
        assert len(rebuilt(handed_in).cells) == len(handed_in.cells) - 2


def png(size=(30, 20), text=None) -> str:
    info = PngInfo()
    if text:
        info.add_text("Comment", text)
    data = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(data, "PNG", pnginfo=info)
    return base64.b64encode(data.getvalue()).decode()


def bomb() -> str:
    data = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


class TestExperiment:
    @pytest.fixture
    def outputs(self, handed_in, rebuilt):
        """The experiment's outputs after rebuilding, from those that were handed in."""

        def rebuilt_outputs(*saved):
            cell = next(cell for cell in handed_in.cells if is_experiment(cell))
            cell.outputs = [nbformat.from_dict(output) for output in saved]
            notebook = rebuilt(handed_in)
            nbformat.validate(notebook)
            return next(cell for cell in notebook.cells if is_experiment(cell)).outputs

        return rebuilt_outputs

    @staticmethod
    def display(**data):
        return {
            "output_type": "display_data",
            "data": {k.replace("_", "/"): v for k, v in data.items()},
            "metadata": {},
        }

    def test_keeps_pictures_and_printed_lines_under_a_label(self, outputs):
        kept = outputs(
            {"output_type": "stream", "name": "stdout", "text": "gap 0.2"},
            self.display(image_png=png(), text_html="<img>", text_plain="Figure"),
        )
        assert [o.output_type for o in kept] == ["stream", "stream", "display_data"]
        assert kept[0].text.startswith("Saved by the student") and kept[1].text == "gap 0.2"
        assert list(kept[2].data) == ["image/png"]
        with Image.open(io.BytesIO(base64.b64decode(kept[2].data["image/png"]))) as image:
            assert image.size == (30, 20) and image.getpixel((5, 5)) == (200, 30, 30)

    def test_keeps_nothing_of_a_picture_but_its_pixels(self, outputs):
        hidden = "<script>alert(1)</script>"
        kept = outputs(self.display(image_png=png(text=hidden)))
        assert hidden.encode() not in base64.b64decode(kept[1].data["image/png"])

    @pytest.mark.parametrize(
        "forged",
        [
            "not base64",
            '"><script>alert(1)</script>',
            base64.b64encode(b"<svg onload=alert(1)>").decode(),
            base64.b64encode(base64.b64decode(png())[:40]).decode(),
            base64.b64encode(b"GIF89a" + b"\x00" * 40).decode(),
            png(size=(3000, 2000)),
            bomb(),
            "A" * (9 * 2**20),
            "",
            5,
            None,
            ["a"],
        ],
        ids=lambda forged: str(forged)[:20],
    )
    def test_drops_a_forged_or_huge_picture(self, outputs, forged):
        assert outputs(self.display(image_png=forged)) == []

    def test_drops_every_other_kind_of_output(self, outputs):
        assert (
            outputs(
                self.display(text_html="<script>1</script>"),
                {
                    "output_type": "display_data",
                    "data": {"image/svg+xml": "<svg/>"},
                    "metadata": {},
                },
                {"output_type": "display_data", "data": "text", "metadata": {}},
                {"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}},
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
                {"output_type": "stream", "name": "stderr", "text": "warning"},
                {"output_type": "update_display_data"},
            )
            == []
        )

    def test_drops_outputs_that_are_none(self, assignment, handed_in, rebuilt):
        cell = next(cell for cell in handed_in.cells if is_experiment(cell))
        cell.outputs = [3, None, "x", {}, {"output_type": ["stream"]}]
        notebook = rebuilt(nbformat.from_dict(json.loads(json.dumps(handed_in))))
        assert next(c for c in notebook.cells if is_experiment(c)).outputs == []

    def test_is_the_students_own_version_also_without_its_tag(self, handed_in, rebuilt):
        cell = next(cell for cell in handed_in.cells if is_experiment(cell))
        cell.source = cell.source.replace("num_epochs", "epochs") + "\n# mine"
        cell.metadata = nbformat.from_dict({})
        cell.outputs = [nbformat.from_dict(self.display(image_png=png()))]
        mine = next(cell for cell in rebuilt(handed_in).cells if is_experiment(cell))
        assert mine.source.endswith("# mine") and len(mine.outputs) == 2


def test_rebuilding_leaves_the_submission_and_the_source_alone(assignment, handed_in):
    before = copy.deepcopy(handed_in), copy.deepcopy(assignment.notebook)
    rebuild(assignment, handed_in, ["A note."])
    assert (handed_in, assignment.notebook) == before
