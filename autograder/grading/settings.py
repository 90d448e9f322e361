"""How nbgrader is configured in a course: its own files, read as its own commands read them."""

import contextlib
import logging

from nbgrader.apps import NbGrader
from traitlets.config import Config

from autograder.grading.course import Course


def configuration(course: Course) -> Config:
    """What nbgrader_config.py and the user's own nbgrader files say. nbgrader's log is kept off the terminal."""
    with contextlib.chdir(course.root):
        app = NbGrader()
        app.load_config_file()
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    return app.config


def only(config: Config, *names: str) -> Config:
    """Some settings of nbgrader's Autograde, without its hooks and exporter: those import all that runs notebooks."""
    sections = ("BaseConverter", "Autograde")
    kept = {s: {name: config[s][name] for name in names if name in config[s]} for s in sections}
    return Config(kept)
