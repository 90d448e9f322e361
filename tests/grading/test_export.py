"""The files that learning management systems import, field by field as these document them."""

import csv
import io
import json
import os
import shutil
import stat
import subprocess
import zipfile

import pytest

from autograder.grading.course import CourseError
from autograder.grading.export import SYSTEMS, export
from autograder.grading.export.people import keys, match
from autograder.grading.export.sheet import number, parsed, read_sheet
from autograder.grading.handing_back import System
from autograder.grading.intake import Arrival
from autograder.grading.reports import gradescope_results
from tests.grading.gradebooks import (
    arrive,
    course_with_grades,
    enter,
    gradebook_of,
    hand_in_late,
)
from tests.grading.test_reports import CLASS

A, B, C = "01_linear", "02_convolution", "03_regularization"
MARKS = {
    "ada": {A: (8, 2), B: (20, 0), C: (52, 7.255)},
    "bob": {A: (4, 1), C: (26, 4)},
    "lovelaceada_4711": {A: (6, 0), B: (10, 0), C: (0, 0)},
    "zoe": {A: (8, 2)},
    "Björk_Ægir": {B: (5, 0)},
    "=1+1": {C: (52, 8)},
}
PEOPLE = {
    "ada": {"first_name": "Ada", "last_name": "Byron", "email": "Ada@uni.example"},
    "bob": {"lms_user_id": "1002"},
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    course = course_with_grades(tmp_path_factory.mktemp("export"), MARKS, PEOPLE)
    hand_in_late(course, A, "zoe", days=1.5)  # two days begun: 20 % of 10 points
    canvas = {"source": "Canvas", "name": "lovelaceada", "id": "4711"}
    arrive(course, A, [Arrival("lovelaceada_4711", **canvas)])
    moodle = {"source": "Moodle", "name": "Björk Ægir", "id": "880077"}
    arrive(course, B, [Arrival("Björk_Ægir", **moodle)])
    return course


@pytest.fixture
def course(filled, tmp_path):
    """The same for each test, and the test's own."""
    shutil.copytree(filled.root, tmp_path / "course")
    return type(filled)(tmp_path / "course")


def write(course, name, text, encoding="utf-8"):
    path = course.root / name
    path.write_bytes(text.encode(encoding))
    return path


def run(course, system, template=None, assignments=(), **options):
    """Export to a file beside the course; its path and what was said."""
    output = course.root / "out"
    return output, export(course, system, list(assignments), output, template, **options)


def cells(path, delimiter=","):
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def changed(before, after, delimiter=",") -> dict[tuple[str, str], str]:
    """What is new, by the first cell of its row and the title of its column."""
    old, new = cells(before, delimiter), cells(after, delimiter)
    assert [len(row) for row in old] == [len(row) for row in new]
    return {
        (row[0], new[0][j]): cell
        for i, row in enumerate(new)
        for j, cell in enumerate(row)
        if cell != old[i][j]
    }


def test_the_command_offers_every_system():
    assert tuple(System) == SYSTEMS


# https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_exporter.rb: header; "Manual Posting" where
# grades are hidden; "    Points Possible"; students, the test student last.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Linear (901),Regularization (903),02 Convolution (902),Homework Current Score,Homework Final Score,Current Score,Final Score,Override Score
,,,,,,,Manual Posting,,,,,,
    Points Possible,,,,,(read only),10,100,20,(read only),(read only),(read only),(read only),
"Byron, Ada",1001,S-1,ADA,"Monday, 9 am",,3,,,30.00,10.00,30.00,10.00,
"Builder, Bob",1002,S-2,builder,A,"said ""hi"" once",,,N/A,,,,,
"Lovelace, Ada",4711,S-3,alovelace,A,,,EX,,,,,,
"=cmd|' /C calc'!A0, Mallory",1004,S-4,mallory,A,,,,,,,,,
"Zoë, 张",1005,S-5,=1+1,A,,,,,,,,,
"Student, Test",1999,,f00ba1,A,,,,,,,,,
"""  # noqa: E501


class TestCanvas:
    def test_only_the_cells_of_grades_change(self, course):
        template = write(course, "gradebook.csv", CANVAS)
        output, told = run(course, "canvas", template)
        assert changed(template, output) == {
            ("Byron, Ada", "Linear (901)"): "10",
            ("Byron, Ada", "02 Convolution (902)"): "20",
            ("Byron, Ada", "Regularization (903)"): "98.76",  # 59.255 of 60, out of 100
            ("Builder, Bob", "Linear (901)"): "5",
            ("Builder, Bob", "Regularization (903)"): "50",
            ("Lovelace, Ada", "Linear (901)"): "6",
            ("Lovelace, Ada", "02 Convolution (902)"): "10",
            ("Zoë, 张", "Regularization (903)"): "100",
        }
        assert told == [
            "03_regularization has 60 points here and 100 there: its grades were scaled.",
            "02_convolution, not assigned in Canvas, so the cell stays: Builder, Bob.",
            "03_regularization, excused in Canvas, so the cell stays: Lovelace, Ada.",
            "01_linear, handed in nothing, so the cell stays: Zoë, 张.",
            "02_convolution, handed in nothing, so the cell stays: Zoë, 张.",
            "In gradebook.csv, but not in the gradebook: =cmd|' /C calc'!A0, Mallory.",
            "In the gradebook, but not found in gradebook.csv, so not exported: Björk_Ægir, zoe.",
        ]

    def test_the_header_is_what_canvas_reads(self, course):
        """https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb: row_has_student_headers?,
        update_column_count, process_pp."""
        output, _ = run(course, "canvas", write(course, "gradebook.csv", CANVAS))
        header, muted, points, *students = output.read_text().splitlines()
        assert header.startswith("Student,ID,SIS User ID,SIS Login ID,Section,")
        assert muted.startswith(",,,,,,,Manual Posting,")
        assert points.startswith("    Points Possible,,,,,(read only),10,100,20,(read only)")
        assert len(students) == 6 and students[-1].startswith('"Student, Test",1999,')

    def test_the_course_grade_goes_where_it_is_told(self, course):
        template = write(course, "gradebook.csv", CANVAS)
        named = {"total": "Override Score"}
        output, _ = run(course, "canvas", template, columns=named)
        totals = {
            who: value
            for (who, column), value in changed(template, output).items()
            if column == "Override Score"
        }
        # weights 1, 2 and 1, the lowest share dropped; what is excused or not assigned in Canvas is no part of it
        assert totals == {
            "Byron, Ada": "100",
            "Builder, Bob": "50",
            "Lovelace, Ada": "60",
            "Zoë, 张": "50",
        }

    def test_semicolons_decimal_commas_a_byte_order_mark_and_names_in_two_columns(self, course):
        text = (
            "\ufeffLastName;FirstName;ID;SIS Login ID;Section;01_linear (901)\r\n"
            "    Points Possible;;;;;5,00\r\n"
            "Byron;Ada;1001;ada;A;2,50\r\n"
            "Builder;Bob;1002;x;A;\r\n"
        )
        template = write(course, "gradebook.csv", text)
        output, told = run(course, "canvas", template)
        assert output.read_bytes().decode() == text.replace("2,50", "5").replace(
            ";A;\r", ";A;2.5\r"
        )
        assert told[0] == f"Not exported, as there is no column for it: {B}, {C}."

    @pytest.mark.parametrize(
        "options, sentence",
        [
            (
                {"columns": {A: "Nothing"}},
                "no column for 'Nothing'. Name one with --column 01_linear=",
            ),
            ({"columns": {"04": "Linear"}}, "--column names '04'; it can be: 01_linear, 02"),
            ({"columns": {A: "Linear", B: "Linear (901)"}}, "more than one column for 'Linear "),
            ({"columns": {"total": "Final Score"}}, "no column for 'Final Score'"),
        ],
    )
    def test_columns_that_do_not_fit(self, course, options, sentence):
        with pytest.raises(CourseError) as error:
            run(course, "canvas", write(course, "gradebook.csv", CANVAS), **options)
        assert sentence in str(error.value)

    def test_two_columns_of_one_name(self, course):
        twice = CANVAS.replace("Regularization (903)", "01_linear (904)")
        with pytest.raises(
            CourseError, match="more than one column for '01_linear'.*Linear, 01_li"
        ):
            run(course, "canvas", write(course, "gradebook.csv", twice))
        named = {A: "01_linear (904)", C: "Linear (901)"}
        output, _ = run(course, "canvas", course.root / "gradebook.csv", columns=named)
        assert cells(output)[3][6:8] == ["9.88", "100"]

    def test_what_is_no_gradebook(self, course):
        for text in ("name,grade\nada,1\n", "Student,ID\nada,1\n", '"a\n', ""):
            with pytest.raises(CourseError, match="no gradebook of Canvas|no CSV file"):
                run(course, "canvas", write(course, "gradebook.csv", text))
        latin = write(course, "gradebook.csv", "Student,ID,Section\nZoë,1,A\n", "latin-1")
        with pytest.raises(CourseError, match="no CSV file in UTF-8"):
            run(course, "canvas", latin)

    def test_an_assignment_that_was_asked_for_needs_its_column(self, course):
        text = "Student,ID,SIS Login ID,Section,Linear (901)\nAda,1001,ada,A,\n"
        template = write(course, "gradebook.csv", text)
        with pytest.raises(CourseError, match="no column for '02_convolution'"):
            run(course, "canvas", template, [A, B])
        unlike = write(course, "unlike.csv", text.replace("Linear", "Something"))
        with pytest.raises(CourseError, match="no column for 01_linear, 02_convolution, 03_regul"):
            run(course, "canvas", unlike)


# https://docs.moodle.org/en/Offline_marking; the columns of mod/assign/gradingtable.php when it is downloaded, by their
# names in mod/assign/lang/en/assign.php and lang/en
WORKSHEET = """\
Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 880077","Björk Ægir",,b@uni.example,"Submitted for grading - ",,20.00,Yes,"Monday, 21 September 2026, 10:00 PM",-,"<p>so ""so""</p>"
"Participant 880078","Ada Byron",,ada@uni.example,"Submitted for grading - ",3.00,20.00,Yes,"Monday, 21 September 2026, 10:00 PM","Tuesday, 22 September 2026, 1:00 AM",
"Participant 880079","Ada Lovelace",,x@uni.example,"Submitted for grading - ",,20.00,No,-,-,
"Participant 880080","Bob Builder",bob,,"No submission",,20.00,Yes,-,-,
"Participant 880081","=HYPERLINK(""x""), Eve",,,"No submission",,20.00,Yes,-,-,
"""  # noqa: E501
# https://docs.moodle.org/en/Grade_import; the header as in grade/import/csv/tests/load_data_test.php
GRADES = """\
"First name",Surname,"ID number",Institution,Department,"Email address","Assignment: Linear (Real)","Assignment: Linear (Percentage)","Assignment: Regularization (Real)","Course grade (Real)","Course total (Real)","Last downloaded from this course"
Ada,Byron,S-1,"Moodle HQ","Rock on!",ada@uni.example,-,-,56.00,-,78.00,1790000000
Bob,Builder,BOB,,,bob@uni.example,2.00,"20.00 %",-,-,-,1790000000
Björk,Ægir,S-3,,,b@uni.example,-,-,-,-,-,1790000000
Eve,"=1,2",S-4,,,e@uni.example,-,-,-,-,-,1790000000
"""  # noqa: E501


class TestMoodle:
    def test_the_worksheet_changes_in_its_grades_alone(self, course):
        """Read are the columns Identifier, Grade and Last modified (grade), and the comments: importgradeslib.php."""
        text = WORKSHEET.replace("20.00,No", "20.00,Yes")
        arrive(
            course,
            B,
            [
                Arrival("Björk_Ægir", source="Moodle", name="Björk Ægir", id="880077"),
                Arrival("lovelaceada_4711", source="Moodle", name="Ada Lovelace", id="880079"),
            ],
        )
        template = write(course, "worksheet.csv", text)
        output, told = run(course, "moodle", template, [B])
        assert changed(template, output) == {
            ("Participant 880077", "Grade"): "5",
            ("Participant 880078", "Grade"): "20",
            ("Participant 880079", "Grade"): "10",
        }
        assert told == [
            "02_convolution, handed in nothing, so the cell stays: Bob Builder.",
            'In worksheet.csv, but not in the gradebook: =HYPERLINK("x"), Eve.',
        ]

    def test_a_number_of_one_assignment_is_none_of_another(self, course):
        template = write(
            course, "worksheet.csv", WORKSHEET.replace("Björk Ægir", "").replace("b@", "")
        )
        output, told = run(course, "moodle", template, [C])
        assert ("Participant 880077", "Grade") not in changed(template, output)
        assert "In worksheet.csv, but not in the gradebook: 880077" in told[-2]

    def test_a_number_of_canvas_is_none_of_moodle(self, course):
        template = write(
            course, "worksheet.csv", WORKSHEET.replace("880079", "4711").replace(",No", ",Yes")
        )
        output, told = run(course, "moodle", template, [A])
        assert ("Participant 4711", "Grade") not in changed(template, output)
        assert "Ada Lovelace" in told[-2] and "lovelaceada_4711" in told[-1]

    def test_points_above_the_maximum_which_moodle_would_pass_over(self, course):
        with gradebook_of(course) as book:
            enter(book, B, "ada", 23, 0)
        template = write(course, "worksheet.csv", WORKSHEET)
        output, told = run(course, "moodle", template, [B])
        assert changed(template, output)["Participant 880078", "Grade"] == "20"
        assert "02_convolution, more than the maximum, so 20: Ada Byron." in told

    def test_what_is_locked_stays(self, course):
        arrival = Arrival("lovelaceada_4711", source="Moodle", name="Ada Lovelace", id="880079")
        arrive(course, B, [arrival])
        template = write(course, "worksheet.csv", WORKSHEET)
        output, told = run(course, "moodle", template, [B])
        assert ("Participant 880079", "Grade") not in changed(template, output)
        assert (
            "02_convolution, locked in Moodle's gradebook, so the cell stays: Ada Lovelace." in told
        )

    def test_another_maximum_is_scaled_to(self, course):
        template = write(course, "worksheet.csv", WORKSHEET.replace("20.00", '"100,00"'))
        output, told = run(course, "moodle", template, [B])
        assert changed(template, output)["Participant 880078", "Grade"] == "100"
        assert told[0] == "02_convolution has 20 points here and 100 there: its grades were scaled."

    def test_the_courses_grades_change_in_points_alone(self, course):
        """'-' and nothing mean no grade (load_data.php, update_grade_item), so what is there stays."""
        template = write(course, "grades.csv", GRADES)
        output, told = run(course, "moodle", template, columns={"total": "Course grade (Real)"})
        assert changed(template, output) == {
            ("Ada", "Assignment: Linear (Real)"): "10",
            ("Ada", "Assignment: Regularization (Real)"): "59.26",
            ("Ada", "Course grade (Real)"): "100",
            ("Bob", "Assignment: Linear (Real)"): "5",
            ("Bob", "Assignment: Regularization (Real)"): "30",
            ("Bob", "Course grade (Real)"): "50",
            ("Björk", "Course grade (Real)"): "16.67",
        }
        assert f"Not exported, as there is no column for it: {B}." in told
        assert "Its maximum grade in Moodle has to be 60: 03_regularization." in told
        assert "Its maximum grade in Moodle has to be 100: total." in told
        assert "In grades.csv, but not in the gradebook: Eve =1,2." in told

    def test_a_worksheet_is_of_one_assignment(self, course):
        with pytest.raises(
            CourseError, match="of one assignment: name which of 01_linear, 02_conv"
        ):
            run(course, "moodle", write(course, "worksheet.csv", WORKSHEET))

    def test_a_worksheet_has_one_column_of_grades(self, course):
        worksheet = write(course, "worksheet.csv", WORKSHEET)
        with pytest.raises(CourseError, match="whose grades have one column"):
            run(course, "moodle", worksheet, [B], columns={B: "Grade"})
        with pytest.raises(CourseError, match="--column names columns of a file that Canvas or"):
            run(course, "csv", columns={B: "Grade"})

    def test_a_scale_and_another_language(self, course):
        scale = write(course, "worksheet.csv", WORKSHEET.replace("20.00,Yes", "Good,Yes"))
        with pytest.raises(CourseError, match="has a scale in the place of points"):
            run(course, "moodle", scale, [B])
        german = write(course, "german.csv", "ID,Bewertung\nTeilnehmer/in 1,\n")
        with pytest.raises(CourseError, match="download it with English as your language"):
            run(course, "moodle", german, [B])


class TestGradescope:
    # https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format")
    RESULT = {"score", "execution_time", "output", "output_format", "test_output_format"}
    RESULT |= {"test_name_format", "visibility", "stdout_visibility", "extra_data", "tests"}
    RESULT |= {"leaderboard"}
    TEST = {"score", "max_score", "status", "name", "name_format", "number", "output"}
    TEST |= {"output_format", "tags", "visibility", "extra_data"}
    VISIBLE = {"hidden", "after_due_date", "after_published", "visible"}
    FORMATS = {"text", "html", "simple_format", "md", "ansi"}

    def test_results_have_documented_fields_and_values(self):
        for outcome in CLASS:
            result = json.loads(gradescope_results(outcome))
            assert set(result) <= self.RESULT
            assert result["visibility"] in self.VISIBLE
            assert result["stdout_visibility"] in self.VISIBLE
            assert isinstance(result["score"], int | float)
            for test in result["tests"]:
                assert set(test) <= self.TEST and isinstance(test["number"], str)
                assert test["status"] in ("passed", "failed") and test["visibility"] in self.VISIBLE
                assert {result["output_format"], test["output_format"]} <= self.FORMATS

    @pytest.fixture
    def zipped(self, course, tmp_path):
        """The uploaded zip unpacked as Gradescope does, and what it says to one user."""

        def make(assignment=C, template=None):
            output, told = run(course, "gradescope", template, [assignment])
            root = tmp_path / "autograder"
            with zipfile.ZipFile(output) as archive:
                assert set(archive.namelist()) == {"setup.sh", "run_autograder", "results.json"}
                rights = {
                    i.filename: stat.S_IMODE(i.external_attr >> 16) for i in archive.infolist()
                }
                archive.extractall(root / "source")
            assert rights["setup.sh"] == rights["run_autograder"] == 0o755
            shutil.copy(root / "source" / "run_autograder", root)
            (root / "results").mkdir()

            def ask(*users):
                # https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
                metadata = {"id": 1, "users": list(users), "previous_submissions": []}
                (root / "submission_metadata.json").write_text(json.dumps(metadata))
                os.chmod(root / "run_autograder", 0o755)
                subprocess.run(["./run_autograder"], cwd=root, check=True)
                return json.loads((root / "results" / "results.json").read_text())

            return ask, told

        return make

    def test_everybody_gets_the_own_result(self, course, zipped):
        arrivals = [
            Arrival("bob", source="Gradescope", name="Bob  Builder", id="S-2"),
            Arrival("=1+1", source="Gradescope", name="Eve", id="eve@uni.example"),
            Arrival("lovelaceada_4711", source="Gradescope", name="Eve", id="S-9"),
        ]
        arrive(course, C, arrivals)
        ask, told = zipped()
        assert ask({"email": "ADA@uni.example", "id": 1, "name": "x"})["score"] == 59.255
        assert ask({"email": "?", "id": 2, "name": "bob builder"})["score"] == 30
        assert ask({"email": "eve@uni.example", "id": 3, "name": "Eve"})["score"] == 60
        nobody = ask({"email": "?", "id": 4, "name": "Eve"})  # two are called that
        assert nobody["score"] == 0 and nobody["output"].startswith("There is no grade")
        group = ask(
            {"email": "?", "id": 4, "name": "?"}, {"email": "?", "id": 2, "name": "Bob Builder"}
        )
        assert group["score"] == 30
        assert "Of lovelaceada_4711 neither address nor name" in told[-1]

    def test_a_roster_knows_addresses(self, course, zipped):
        """https://guides.gradescope.com/hc/en-us/articles/21926598776333: names in one column or two, Email, SID."""
        roster = "First Name,Last Name,Email,SID,Role\nX,Y,New@uni.example,bob,Student\nE,E,e@x,,Student\n"
        ask, told = zipped(template=write(course, "roster.csv", roster))
        assert ask({"email": "new@uni.example", "id": 1, "name": "?"})["score"] == 30
        assert "In roster.csv, but without a grade here: e@x." in told
        assert "Graded here, but not found in roster.csv: " in told[1] and "ada" in told[1]

    def test_one_assignment_and_a_real_roster(self, course):
        with pytest.raises(CourseError, match="one assignment at a time: name which of 01_linear"):
            run(course, "gradescope")
        with pytest.raises(CourseError, match="has no column Email: in Gradescope, open Roster"):
            run(course, "gradescope", write(course, "r.csv", "Name,SID\nada,1\n"), [C])


class TestTable:
    def test_points_penalties_course_grade_and_no_formula(self, course):
        output, told = run(course, "csv")
        table = {row[0]: row[1:] for row in cells(output)}
        assert told == []
        assert table["student"] == [
            *("name", "email", "01_linear (10)", "02_convolution (20)", "03_regularization (60)"),
            *("course grade (%)", "dropped", "late", "open"),
        ]
        assert table["ada"][:6] == ["Ada Byron", "Ada@uni.example", "10", "20", "59.26", "100"]
        assert table["zoe"] == ["", "", "8", "", "", "40", "02_convolution", "01_linear -2", ""]
        assert table["bob"][2:7] == ["5", "", "30", "50", "02_convolution"]
        assert "'=1+1" in table and "=1+1" not in table and "Björk_Ægir" in table

    def test_needs_no_template_and_spares_it(self, course):
        template = write(course, "out", CANVAS)
        with pytest.raises(CourseError, match="needs no --template"):
            run(course, "csv", template)
        with pytest.raises(CourseError, match="is the template itself: name another"):
            run(course, "canvas", template)
        for system in ("canvas", "moodle"):
            with pytest.raises(
                CourseError, match="export it there, and name the file with --templ"
            ):
                run(course, system)
        assert template.read_text() == CANVAS


class TestOpen:
    def test_what_waits_for_a_person_is_not_exported_unless_told(self, course):
        with gradebook_of(course) as book:
            enter(book, C, "bob", 26, None)
        with pytest.raises(
            CourseError, match="Still to grade by hand: 03_regularization: bob. Grade"
        ):
            run(course, "csv")
        run(course, "csv", assignments=[A, B])
        output, told = run(course, "csv", even_open=True)
        assert told == ["Still to grade by hand: 03_regularization: bob."]
        [bob] = [row for row in cells(output) if row[0] == "bob"]
        assert bob[5] == "26" and bob[-1] == C

    def test_what_was_handed_in_but_never_graded_is_named(self, course):
        (course.nbgrader_root / "submitted" / "quentin" / A).mkdir(parents=True)
        with pytest.raises(CourseError, match="Handed in, but not graded: 01_linear: quentin."):
            run(course, "csv", assignments=[A])
        assert run(course, "csv", assignments=[A], even_open=True)[1] == [
            "Handed in, but not graded: 01_linear: quentin."
        ]

    def test_nothing_graded_and_nothing_released(self, course, tmp_path):
        fresh = course_with_grades(tmp_path / "fresh", {})
        with pytest.raises(CourseError, match="Nothing is graded yet"):
            run(fresh, "csv")
        with pytest.raises(CourseError, match="no assignment '09_none'"):
            run(course, "csv", assignments=["09_none"])

    def test_late_by_the_systems_word_alone(self, course):
        canvas = {"source": "Canvas", "name": "lovelaceada", "id": "4711", "late": True}
        arrive(course, A, [Arrival("lovelaceada_4711", **canvas)])
        [told] = run(course, "csv", assignments=[A])[1]
        assert told.startswith("Late, but the system does not say when, so without a penalty")


class TestMatching:
    def test_the_surest_key_first_and_nobody_where_two_fit(self):
        entries = [
            keys(["1"], ["a@x"], ["Ada Byron"]),
            keys(["2"], ["b@x"], ["Byron, Ada"]),
            keys(["3"], [], ["Zoë Q"]),
            keys([], ["A@X"], []),
        ]
        people = {
            "by id": keys(["2"], [], ["Ada Byron"]),
            "by name": keys([], [], ["q zoe\u0308"]),
            "two of one name": keys([], [], ["Ada Byron"]),
            "two of one address": keys([], ["a@x"], []),
        }
        assert match(entries, people) == {1: "by id", 2: "by name"}

    def test_one_who_could_be_two_entries_is_neither(self):
        entries = [keys([], ["a@x"], []), keys([], ["ada"], [])]
        assert match(entries, {"ada": keys([], ["ada", "a@x"], [])}) == {}

    def test_one_of_two_keys_that_contradict(self):
        entries = [keys(["1"], ["b"], [])]
        assert match(entries, {"a": keys(["1"], [], []), "b": keys([], ["b"], [])}) == {0: "a"}


@pytest.mark.parametrize("value, text", [(10, "10"), (0, "0"), (59.255, "59.26"), (1 / 3, "0.33")])
def test_numbers(value, text):
    assert number(value) == text and parsed(text) == pytest.approx(value, abs=0.006)


@pytest.mark.parametrize("text", ['a,b\n"x\ny",2\n', "a;b\r\n1;2\r\n", "\ufeffa\tb\n1\t\n"])
def test_a_file_that_is_not_filled_in_is_written_as_it_was(tmp_path, text):
    (tmp_path / "file.csv").write_bytes(text.encode())
    assert read_sheet(tmp_path / "file.csv").text() == text
