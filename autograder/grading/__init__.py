"""The instructor's side: running submissions, judging them with hidden cases, releasing and reporting.

Nothing of this package reaches a student.
"""
