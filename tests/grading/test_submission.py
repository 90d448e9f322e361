"""Reading what was handed in: whatever it is, a notebook or a sentence for its author."""

import json
import os

import nbformat
import pytest

from autograder.grading import submission
from autograder.grading.submission import Unreadable, find_notebook, read_notebook

NAME = "03_regularization"
MARKS = ["dropout-vanilla", "dropout-inverted", "written-gap"]


def notebook(*marks, **more) -> str:
    cells = [
        nbformat.v4.new_code_cell("x = 1", metadata={"nbgrader": {"grade_id": m}}) for m in marks
    ]
    return json.dumps({**nbformat.v4.new_notebook(cells=cells), **more})


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def answers(path):
    """How many answers a notebook holds, by the grade_ids in it."""
    try:
        return len(read_notebook(path, []).cells)
    except Unreadable:
        return -1


class TestFinding:
    def test_takes_the_expected_name_where_no_other_holds_more(self, tmp_path):
        write(tmp_path / f"{NAME}.ipynb", notebook("dropout-vanilla"))
        write(tmp_path / "00 other.ipynb", notebook("written-gap"))
        notes = []
        assert find_notebook(tmp_path, NAME, answers, notes) == tmp_path / f"{NAME}.ipynb"
        assert f"Of 2 notebooks {NAME}.ipynb was graded" in notes[0]

    @pytest.mark.parametrize("expected", ["broken", notebook()])
    def test_takes_another_name_where_the_work_is(self, tmp_path, expected):
        write(tmp_path / f"{NAME}.ipynb", expected)
        write(tmp_path / "solved.ipynb", notebook(*MARKS))
        notes = []
        assert find_notebook(tmp_path, NAME, answers, notes).name == "solved.ipynb"
        assert "Of 2 notebooks solved.ipynb was graded" in notes[0]

    def test_takes_a_renamed_notebook(self, tmp_path):
        write(tmp_path / "My homework (final).ipynb", notebook("dropout-vanilla"))
        write(tmp_path / "notes.txt", "hello")
        notes = []
        found = find_notebook(tmp_path, NAME, answers, notes)
        assert found.name == "My homework (final).ipynb" and notes == []

    def test_takes_the_one_with_most_of_the_assignment_in_it(self, tmp_path):
        write(tmp_path / "a.ipynb", notebook())
        write(tmp_path / "b.ipynb", notebook("dropout-vanilla"))
        write(tmp_path / "c.ipynb", notebook("dropout-vanilla", "written-gap"))
        write(tmp_path / "d.ipynb", b"\xff\xfe broken")
        (tmp_path / "e.ipynb").mkdir()
        assert find_notebook(tmp_path, NAME, answers, []).name == "c.ipynb"

    def test_finds_none_where_there_is_none(self, tmp_path):
        write(tmp_path / "report.pdf", b"%PDF")
        assert find_notebook(tmp_path, NAME, answers, []) is None


class TestReading:
    def test_a_notebook(self, tmp_path):
        read = read_notebook(write(tmp_path / "a.ipynb", notebook("one", "two")), [])
        assert [cell.metadata.nbgrader.grade_id for cell in read.cells] == ["one", "two"]

    def test_an_older_notebook(self, tmp_path):
        old = nbformat.v3.new_notebook(
            worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("x = 1")])]
        )
        read = read_notebook(write(tmp_path / "a.ipynb", json.dumps(old)), [])
        assert [cell.source for cell in read.cells] == ["x = 1"]

    def test_cells_without_ids_and_sources_as_lines(self, tmp_path):
        cell = {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {}, "outputs": []}
        content = notebook(cells=[cell | {"execution_count": None}], nbformat_minor=4)
        assert (
            read_notebook(write(tmp_path / "a.ipynb", content), []).cells[0].source
            == "x = 1\ny = 2"
        )

    def test_half_a_surrogate_pair_so_that_it_can_be_written_again(self, tmp_path):
        cell = nbformat.v4.new_code_cell("SOURCE")
        content = notebook(cells=[cell]).replace("SOURCE", "x = '\\ud800'")
        read = read_notebook(write(tmp_path / "a.ipynb", content), [])
        assert read.cells[0].source == "x = '?'"
        nbformat.write(read, tmp_path / "b.ipynb")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"  \n",
            b"not json",
            b"{",
            b"\xff\xfe\x00bad",
            b"null",
            b"[]",
            b"3",
            b"{}",
            b'{"nbformat": "four", "cells": []}',
            b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
            b"[" * 100_000,
            b"\x00" * 100,
        ],
        ids=lambda content: repr(content[:20]),
    )
    def test_what_is_no_notebook_is_told(self, tmp_path, content):
        with pytest.raises(Unreadable, match=r"a\.ipynb is damaged"):
            read_notebook(write(tmp_path / "a.ipynb", content), [])

    @pytest.mark.parametrize(
        "change",
        [
            {"cell_type": "spell"},
            {"source": None},
            {"source": {"a": 1}},
            {"metadata": {"nbgrader": "x"}},
            {"metadata": {"nbgrader": {"grade_id": ["a"]}}},
            {"metadata": {"nbgrader": {"grade_id": {}}}},
        ],
        ids=str,
    )
    def test_cells_that_are_none_are_told(self, tmp_path, change):
        cell = {
            "cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "execution_count": None, "id": "a",
        }  # fmt: skip
        with pytest.raises(Unreadable, match="damaged"):
            read_notebook(write(tmp_path / "a.ipynb", notebook(cells=[cell | change])), [])
        for cells in ({}, "cells", [3], [None]):
            with pytest.raises(Unreadable, match="damaged"):
                read_notebook(write(tmp_path / "a.ipynb", notebook(cells=cells)), [])

    @pytest.mark.parametrize(
        "change",
        [
            {"metadata": []},
            {"metadata": None},
            {"id": ["a"]},
            {"id": {}},
            {"outputs": {"a": 1}},
            {
                "outputs": [
                    3,
                    {},
                    {"output_type": ["stream"]},
                    {"output_type": "stream", "text": [3]},
                ]
            },
            {"outputs": [{"output_type": "display_data", "data": None}]},
            {"execution_count": "x"},
            {"source": ["x", ""]},
            {"source": "x\r"},
        ],
        ids=str,
    )
    def test_cells_with_an_odd_or_missing_part_are_mended(self, tmp_path, change):
        cell = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "id": "a"}
        notes = []
        read = read_notebook(write(tmp_path / "a.ipynb", notebook(cells=[cell | change])), notes)
        assert [cell.source.strip() for cell in read.cells] == ["x"] and notes == []
        assert nbformat.v4.new_notebook(cells=read.cells).cells[0].metadata == {}

    def test_cells_that_are_none_beside_others_are_left_out_with_a_note(self, tmp_path):
        cell = nbformat.v4.new_code_cell("x")
        notes = []
        content = notebook(cells=[3, cell, None, cell | {"source": {}}])
        read = read_notebook(write(tmp_path / "a.ipynb", content), notes)
        assert [cell.source for cell in read.cells] == ["x"]
        assert notes == ["Of the cells of a.ipynb 3 could not be read and were left out."]

    def test_bytes_that_are_no_text_are_replaced_with_a_note(self, tmp_path):
        content = notebook(cells=[nbformat.v4.new_code_cell("x = 'SOURCE'")])
        path = write(tmp_path / "a.ipynb", content.encode().replace(b"SOURCE", b"caf\xe9"))
        notes = []
        assert read_notebook(path, notes).cells[0].source == "x = 'caf\ufffd'"
        assert notes == [
            "The file a.ipynb holds bytes that are no text; each was replaced by a mark."
        ]

    def test_a_file_that_is_too_large_is_not_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(submission, "MAX_BYTES", 2**20)
        path = write(tmp_path / "a.ipynb", notebook(metadata={"x": "y" * 2**20}))
        with pytest.raises(Unreadable, match="larger than 1 MB"):
            read_notebook(path, [])

    def test_what_cannot_be_opened_is_told(self, tmp_path):
        with pytest.raises(Unreadable, match="cannot be opened"):
            read_notebook(tmp_path / "missing.ipynb", [])
        with pytest.raises(Unreadable, match="cannot be opened"):
            read_notebook(tmp_path, [])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_is_told(self, tmp_path):
        path = write(tmp_path / "a.ipynb", notebook())
        path.chmod(0)
        with pytest.raises(Unreadable, match="cannot be opened: Permission denied"):
            read_notebook(path, [])
