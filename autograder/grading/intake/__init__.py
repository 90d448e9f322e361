"""Taking in what students handed in, in the form that a learning management system hands it out."""

from autograder.grading.intake.take import Arrival, arrived, take_in

__all__ = ["Arrival", "arrived", "take_in"]
