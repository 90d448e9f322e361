"""Assignment 6: what every assignment is held to, and its solutions against the libraries'."""

from tests.assignments.suite import Suite

ASSIGNMENT = "06_hyperparameters"


class TestAssignment(Suite):
    right_too = {}
