"""Grades in the forms that learning management systems import."""

from autograder.grading.export.write import SYSTEMS, export

__all__ = ["SYSTEMS", "export"]
