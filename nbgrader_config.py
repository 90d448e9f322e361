"""nbgrader's configuration of the course; nbgrader reads it from the folder that it is started in."""

from importlib.util import find_spec
from pathlib import Path

root = Path(__file__).resolve().parent
exchange = root / ".exchange"
if not exchange.exists():  # nbgrader expects it to be there, open to all who hand in through it
    exchange.mkdir()
    exchange.chmod(0o777)

c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.root = str(root / "assignments")
c.Exchange.root = str(exchange)

# Student code runs in a process of its own and is judged outside of it: see autograder/grading.
c.GenerateAssignment.pre_convert_hook = "autograder.grading.nbgrader.record_checks"
c.Autograde.pre_convert_hook = "autograder.grading.nbgrader.find_renamed"
c.Autograde.post_convert_hook = "autograder.grading.nbgrader.written"
c.Autograde.exporter_class = "autograder.grading.nbgrader.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.grading.nbgrader.Rebuild",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.nbgrader.RunAndJudge",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.nbgrader.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Feedback and formgrader's pages: nothing of a student's runs there, and nothing is asked from the network.
kit, nbgrader = (Path(find_spec(name).origin).parent for name in ("autograder", "nbgrader"))
c.HTMLExporter.preprocessors = ["autograder.grading.pages.EscapeNames"]
c.HTMLExporter.filters = {"markdown2html": "autograder.grading.pages.markdown2html"}
c.HTMLExporter.extra_template_basedirs = [
    str(kit / "grading" / "templates"),
    str(nbgrader / "server_extensions" / "formgrader" / "templates"),
]
