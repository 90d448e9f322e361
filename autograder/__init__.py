"""Checks, grading and release of the course's assignments. In a notebook: `from autograder import check`."""

from autograder.practice import check

__all__ = ["check"]
