"""Assignment 4: what every assignment is held to, and its solutions against torchvision's."""

from tests.assignments.suite import Suite

ASSIGNMENT = "04_augmentation"


class TestAssignment(Suite):
    right_too = {}
