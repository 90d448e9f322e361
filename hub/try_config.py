"""The same hub for trying it on one's own machine: no accounts are needed, and nothing is protected.

Every server is a process of yours, so every "student" could read the kit and everybody's work. One password for all.
"""

from pathlib import Path

here = Path(__file__).resolve().parent

c = get_config()
load_subconfig(str(here / "jupyterhub_config.py"))
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = "try-the-hub"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(here / "state" / "homes" / "{username}")
