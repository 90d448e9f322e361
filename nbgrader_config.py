"""nbgrader's configuration of the course; nbgrader reads it from the folder that it is started in."""

from pathlib import Path

root = Path(__file__).resolve().parent
exchange = root / ".exchange"
if not exchange.exists():  # nbgrader expects it to be there, open to all who hand in through it
    exchange.mkdir()
    exchange.chmod(0o777)

c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.root = str(root / "assignments")
# The gradebook on a PostgreSQL server, instead of a file: docs/postgresql.md.
# c.CourseDirectory.db_url = "postgresql+psycopg://grader@db.example.org/gradebook"
c.Exchange.root = str(exchange)

# Student code runs in a process of its own and is judged outside of it: see autograder/grading.
c.GenerateAssignment.pre_convert_hook = "autograder.grading.nbgrader.record_checks"
c.GenerateAssignment.post_convert_hook = "autograder.grading.late.date_release"
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

# Dates and the rule for late work are those of course.toml, points given by hand among what they count.
c.AssignLatePenalties.plugin_class = "autograder.grading.late.CourseLateRule"
c.GenerateFeedback.pre_convert_hook = "autograder.grading.late.settle_before_feedback"

# Feedback and formgrader's pages: nothing of a student's runs there, and nothing is asked from the network.
# Feedback alone tells a student the name that a leaderboard would show.
c.HTMLExporter.preprocessors = [
    "autograder.grading.pages.Harmless",
    "autograder.grading.leaderboard.pseudonyms.TellPseudonym",
]
