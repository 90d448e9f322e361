"""A student's server: the lectures in the own folder, no formgrader, and an end when nobody is there."""

import os
import shutil
from pathlib import Path

c = get_config()
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
}
# A kernel that is idle and that nobody looks at ends after an hour, and the server after another.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
c.ServerApp.shutdown_no_activity_timeout = 3600

# What a student has changed stays. Whoever deletes a lecture has it anew at the next start.
lectures = Path.home() / "lectures"
lectures.mkdir(exist_ok=True)
for lecture in Path(os.environ["COURSE_LECTURES"]).glob("*.ipynb"):
    if not (lectures / lecture.name).exists():
        shutil.copyfile(lecture, lectures / lecture.name)
