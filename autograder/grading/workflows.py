"""What a course needs where nobody sits at the machine: the students' workflows, and what grading there asks for."""

import os
from pathlib import Path

from autograder.grading.plan import Plan
from autograder.grading.sandbox import missing
from autograder.grading.secret import VARIABLE

TEMPLATES = Path(__file__).parent / "templates" / "student"
WORKFLOWS = {".github/workflows/check.yml": "github-check.yml", ".gitlab-ci.yml": "gitlab-ci.yml"}
FAILS_ON = "CI_FAILS_ON"  # in a template, where the plan's choice goes

NO_SECRET = (
    f"{VARIABLE} is not set, and the next run of CI would make another secret on another fresh disk: the hidden cases, "
    "and with them the grades, would differ from run to run. Store the course secret as a protected variable."
)


def student_workflows(plan: Plan) -> dict[str, str]:
    """The workflow files of the student folder by their path in it, failing on what the plan says."""
    return {
        path: (TEMPLATES / name).read_text(encoding="utf-8").replace(FAILS_ON, plan.ci_fails_on)
        for path, name in WORKFLOWS.items()
    }


def unready() -> list[str]:
    """A sentence for each thing that grading needs here and does not have; in CI that is a stored secret too."""
    no_secret = os.environ.get("CI") and not os.environ.get(VARIABLE)
    return [*missing(), *([NO_SECRET] if no_secret else [])]
