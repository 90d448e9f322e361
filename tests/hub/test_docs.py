"""What docs/jupyterhub.md shows: the commands for trying the hub, and a sketch for Kubernetes."""

import ast
import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import git
from tests.ci.runner import Runner
from tests.conftest import ROOT
from tests.hub.running import GRADER, running_hub

PAGE = (ROOT / "docs" / "jupyterhub.md").read_text(encoding="utf-8")


def test_the_page_names_what_the_configuration_does():
    plan = tomllib.loads((ROOT / "hub" / "class.toml").read_text())
    assert GRADER == f"grader-{plan['course']}" and f"`{GRADER}`" in PAGE
    assert all(f"`{name}`" in PAGE for name in plan["instructors"] + plan["students"])
    password = re.search(r'user_password = "(.+)"', (ROOT / "hub" / "try_config.py").read_text())
    assert f"`{password[1]}`" in PAGE


def test_the_sketch_for_kubernetes_can_be_read():
    values = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
    config = (ROOT / "hub" / "jupyterhub_config.py").read_text()
    limit = values["singleuser"]["memory"]["limit"]
    assert f'c.Spawner.mem_limit = "{limit}"' in config and limit[:-1] + " GB" in PAGE
    for code in values["hub"]["extraConfig"].values():
        ast.parse(code)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_commands_for_trying(proxy, tmp_path):
    """In a clone whose environment is the one that the tests run in; then somebody works on the hub."""
    section = PAGE.split("## Try it")[1].split("##")[0]
    *lines, start = re.findall(r"^    (.+)$", section, re.MULTILINE)
    assert start == "jupyterhub --config ../class/hub/try_config.py"
    kit = tmp_path / "kit"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(kit))
    (kit / ".venv" / "bin").mkdir(parents=True)
    (kit / ".venv" / "bin" / "activate").touch()
    npm = {k: v for k, v in os.environ.items() if k.upper().startswith(("NODE_", "NPM_"))}
    npm["NPM_CONFIG_USERCONFIG"] = str(
        Path.home() / ".npmrc"
    )  # how this machine reaches npm's registry
    machine = Runner(kit, tmp_path / "home", {"GIT_ALLOW_PROTOCOL": "file", **npm})
    assert machine.run("\n".join(lines), {}), machine.log
    with running_hub(tmp_path / "class") as hub:
        token = hub.log_in("ada")[1]
        assert hub.start("ada", token) == 201
        assert hub.ask("/user/ada/api/status", token)[0] == 200
