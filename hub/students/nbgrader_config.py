"""nbgrader on a student's server: which course, where its exchange is, and who hands in."""

import os

c = get_config()
c.CourseDirectory.course_id = os.environ["COURSE"]
c.Exchange.root = os.environ["COURSE_EXCHANGE"]
# nbgrader asks the system for the name, which is the hub's only where every student has an account there.
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
