"""The course secret: made once, kept private, and what is drawn from it."""

import os

import pytest

from autograder.grading.course import CourseError
from autograder.grading.secret import (
    VARIABLE,
    course_secret,
    fingerprint,
    hidden_seed,
    private_folder,
)


@pytest.fixture(autouse=True)
def data_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(VARIABLE, raising=False)


def test_is_made_at_first_use_for_its_owner_only_and_stays():
    secret = course_secret()
    path = private_folder() / "secret"
    assert len(secret) >= 32 and path.read_bytes() == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert private_folder().stat().st_mode & 0o777 == 0o700
    assert course_secret() == secret


def test_lies_outside_the_course_where_the_user_keeps_data(tmp_path, monkeypatch):
    assert private_folder().parent == tmp_path / "data"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "home" / ".local" / "share" in private_folder().parents


def test_two_courses_have_two(tmp_path, monkeypatch):
    first = course_secret()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))
    assert course_secret() != first


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_is_refused_where_others_can_read_or_write_it(mode):
    secret = course_secret()
    path = private_folder() / "secret"
    path.chmod(mode)
    with pytest.raises(CourseError, match=f"chmod 600 {path}"):
        course_secret()
    path.chmod(0o600)
    assert course_secret() == secret


def test_of_the_environment_wins_and_makes_no_file(monkeypatch):
    monkeypatch.setenv(VARIABLE, "from the environment")
    assert course_secret() == b"from the environment"
    assert not (private_folder() / "secret").exists()
    monkeypatch.setenv(VARIABLE, "")
    assert course_secret() != b""


def test_that_cannot_be_kept_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(CourseError, match="cannot be made"):
        course_secret()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (private_folder() / "secret").mkdir()
    os.chmod(private_folder() / "secret", 0o700)
    with pytest.raises(CourseError, match="cannot be used"):
        course_secret()


def test_hidden_seeds_depend_on_secret_exercise_and_case():
    seeds = {
        hidden_seed(secret, exercise, case)
        for secret in (b"one", b"two")
        for exercise in ("a", "ab")
        for case in ("c", "bc")
    }
    assert len(seeds) == 8  # "a" + "bc" is not "ab" + "c"
    assert hidden_seed(b"one", "a", "c") == hidden_seed(b"one", "a", "c")
    assert all(0 <= seed < 2**128 for seed in seeds)


def test_the_fingerprint_tells_secrets_apart_and_not_what_they_are():
    assert fingerprint(b"one") == fingerprint(b"one") != fingerprint(b"two")
    assert "one" not in fingerprint(b"one")
