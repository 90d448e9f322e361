"""JupyterHub for the class of class.toml: every student has a server, and the instructors share the course's.

The course has an account of its own, grader-COURSE. It alone owns and reads the kit's clone, in which it releases,
collects and grades; its gradebook and its secret are one, whoever of the instructors sits there. It cannot log in:
instructors open its server, as https://jupyterhub.readthedocs.io/en/stable/tutorial/collaboration-users.html has it.
Groups have the names that https://nbgrader.readthedocs.io/en/stable/configuration/jupyterhub_config.html gives them.
"""

import os
import sys
import tomllib
from pathlib import Path

from tornado.web import RedirectHandler

here = Path(__file__).resolve().parent
plan = tomllib.loads((here / "class.toml").read_text(encoding="utf-8"))
course = plan["course"]
grader = f"grader-{course}"
instructors, students = f"formgrade-{course}", f"nbgrader-{course}"
folder = (here / plan["folder"]).resolve()
kit, student_folder = folder / "kit", folder / "student"
commands = Path(sys.executable).parent  # of the environment that the hub itself runs in
nbgrader_config = kit / "nbgrader_config.py"
if not nbgrader_config.is_file():
    sys.exit(
        f"There is no kit in {kit}: clone it there, or change 'folder' in {here / 'class.toml'}."
    )
if f'course_id = "{course}"' not in nbgrader_config.read_text(encoding="utf-8"):
    sys.exit(f"{nbgrader_config} has another course_id than 'course' in {here / 'class.toml'}.")
state = here / "state"
state.mkdir(mode=0o700, exist_ok=True)

c = get_config()
c.JupyterHub.bind_url = plan["url"]
c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.command = str(here / "node_modules" / ".bin" / "configurable-http-proxy")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

# Who may come in: those of class.toml, no longer than they are there. Passwords are the system's (PAM) until another
# authenticator is named here.
c.Authenticator.allowed_users = {*plan["instructors"], *plan["students"]}
c.Authenticator.allow_existing_users = False
c.JupyterHub.load_groups = {
    instructors: {"users": [*plan["instructors"], grader]},
    students: {"users": plan["students"]},
}
# Instructors open the course's server, and see, start and stop the students' servers on the hub's Admin page. They do
# not open those: a page that a student's server sends acts with the rights of whoever looks at it.
c.JupyterHub.load_roles = [
    {
        "name": instructors,
        "groups": [instructors],
        "scopes": [
            f"access:servers!user={grader}",
            "admin-ui",
            *(f"{what}!user={grader}" for what in ("list:users", "servers")),
            *(f"{what}!group={students}" for what in ("list:users", "servers")),
        ],
    }
]


def first_page(handler):
    """After logging in: the course's server for instructors; nothing said, which is the own one, for the others."""
    user = handler.current_user
    return f"/hub/spawn/{grader}" if user and user.name in plan["instructors"] else ""


c.JupyterHub.default_url = first_page
# Formgrader's links to folders and notebooks leave out the address of the server that formgrader is on.
c.JupyterHub.extra_handlers = [
    (r"/(?:tree|notebooks|edit)/(.*)", RedirectHandler, {"url": f"/user/{grader}/lab/tree/{{0}}"})
]

# Servers. Spawners that cannot limit memory and processors (those that start plain processes) pass over the limits.
c.Spawner.cmd = [str(commands / "jupyterhub-singleuser")]
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 2
c.Spawner.default_url = "/lab"
everyone = {
    "PATH": os.pathsep.join([str(commands), os.environ["PATH"]]),  # nbgrader starts alembic by name
    "OMP_NUM_THREADS": "1",  # many kernels share the processors: spinning threads slow each other down
}
c.Spawner.environment = everyone | {
    "PYTHONPATH": str(student_folder),
    "JUPYTER_CONFIG_PATH": str(here / "students"),
    "COURSE": course,
    "COURSE_EXCHANGE": str((kit / ".exchange").resolve()),
    "COURSE_LECTURES": str(student_folder / "lectures"),
}


def serve_the_course(spawner):
    """The course's own server: formgrader and JupyterLab on the kit, with the kit's settings and its package."""
    if spawner.user.name == grader:
        spawner.notebook_dir = str(kit)
        spawner.default_url = "/formgrader"
        spawner.mem_limit = spawner.cpu_limit = None
        spawner.environment = everyone | {
            "PYTHONPATH": str(kit),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(
                map(str, (kit, here / "course", kit / "autograder" / "jupyter"))
            ),
        }


c.Spawner.pre_spawn_hook = serve_the_course
