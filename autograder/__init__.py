"""Checks, grading and release of the course's assignments."""
