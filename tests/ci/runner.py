"""A stand-in for the machines that GitHub and GitLab lend: it runs the commands of a workflow as they stand.

What needs the hosted machine is recorded and not done: `sudo`, and `pip`, where the environment is prepared already.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

STAND_IN = '#!/bin/sh\necho "{name} $*" >> "{record}"\n'
AUTOGRADER = '#!/bin/sh\nPYTHONPATH="{folder}" exec "{python}" -P -m autograder.cli "$@"\n'


class Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is no truth value."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


@dataclass
class Runner:
    """One machine with a checked-out folder. `log` is all that was printed, `recorded` what stand-ins were told.

    prepared  whether pip and sudo are stand-ins, and autograder is the folder's own package in this environment
    """

    folder: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    prepared: bool = True
    log: str = ""

    def __post_init__(self):
        commands = self.home / "bin"
        commands.mkdir(parents=True)
        if self.prepared:
            texts = {
                name: STAND_IN.format(name=name, record=self.home / "recorded")
                for name in ("sudo", "pip")
            }
            texts["autograder"] = AUTOGRADER.format(folder=self.folder, python=sys.executable)
            for name, text in texts.items():
                (commands / name).write_text(text)
                (commands / name).chmod(0o755)
        self.environment = {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "CI": "true",
            **{name: os.environ[name] for name in ("OMP_NUM_THREADS",) if name in os.environ},
            **self.variables,
        }

    @property
    def recorded(self) -> list[str]:
        path = self.home / "recorded"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def made_a_secret(self) -> bool:
        return (self.home / "data" / "nn-course-kit" / "secret").exists()

    def run(self, script: str, variables: dict[str, str]) -> bool:
        """Run a script as both services do, in a shell that stops at the first error; whether it went well."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log += done.stdout
        return done.returncode == 0


class GitHub(Runner):
    """Runs the one job of a workflow, with `contexts` for its expressions: github, inputs, secrets, vars."""

    def job(self, path: str, contexts: dict) -> str:
        """success, failure or skipped. What was uploaded is in `uploaded`: the folders by the artefacts' names."""
        self.uploaded, self.summary = {}, self.home / "summary.md"
        (self.home / "temp").mkdir()
        github = {
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_SERVER_URL": "https://github.com",
            "RUNNER_TEMP": str(self.home / "temp"),
        }
        workflow = read(self.folder / path)
        [job] = workflow["jobs"].values()
        contexts = {**contexts, "steps": {}}
        if not truth(job.get("if", "true"), contexts):
            return "skipped"
        failed = False
        variables = github | filled(workflow.get("env", {}), contexts)
        for step in job["steps"]:
            condition = step.get("if", "true")
            if not truth(condition, contexts) or (failed and "cancelled()" not in condition):
                continue
            if "run" in step:
                went_well = self.run(step["run"], variables | filled(step.get("env", {}), contexts))
                outcome = {"outcome": "success" if went_well else "failure"}
                contexts["steps"][step.get("id")] = outcome
                failed |= not went_well and step.get("continue-on-error") != True  # noqa: E712
            elif step["uses"].startswith("actions/upload-artifact@"):
                self.uploaded[step["with"]["name"]] = self.folder / step["with"]["path"]
        return "failure" if failed else "success"


class GitLab(Runner):
    """Runs the one job of a pipeline."""

    def job(self, path: str, contexts: dict[str, str]) -> str:
        """success, failure or skipped; `contexts` are the variables of GitLab's own and of its settings."""
        pipeline = read(self.folder / path)
        given = pipeline.pop("variables", {})
        [job] = pipeline.values()
        variables = {name: entry["value"] for name, entry in given.items()}
        variables |= {"CI_PROJECT_DIR": str(self.folder), "CI_SERVER_URL": "https://gitlab.com"}
        variables |= contexts
        for name, text in job.get("variables", {}).items():
            variables[name] = re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)
        if not runs(job["rules"], variables):
            return "skipped"
        self.artifacts = job["artifacts"]
        lines = [*job.get("before_script", []), *job["script"]]
        return "success" if self.run("\n".join(lines), variables) else "failure"


def runs(rules: list[dict], variables: dict[str, str]) -> bool:
    """Whether GitLab's rules let a job run: the first that fits decides."""
    for rule in rules:
        python = re.sub(r"\$(\w+)", r"variables.get('\1', '')", rule["if"])
        if eval(_logic(python), {"variables": variables}):
            return rule.get("when") != "never"
    return False


def truth(expression: str, contexts: dict) -> bool:
    return bool(value(str(expression), contexts))


def value(expression: str, contexts: dict):
    """The value of one of GitHub's expressions, as far as the workflows have them."""

    def look(name):
        found = contexts
        for part in name.split("."):
            found = found.get(part, "") if isinstance(found, dict) else ""
        return found

    inner = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", expression, flags=re.DOTALL)
    python = re.sub(r"\b[a-z]+(?:\.\w+)+", lambda found: f"look({found[0]!r})", inner)
    names = {"look": look, "true": True, "cancelled": lambda: False}
    return eval(_logic(python).strip(), names)


def filled(variables: dict, contexts: dict) -> dict[str, str]:
    return {
        name: re.sub(r"\$\{\{.*?\}\}", lambda f: str(value(f[0], contexts)), str(text))
        for name, text in variables.items()
    }


def _logic(text):
    text = text.replace("&&", " and ").replace("||", " or ")
    return " ".join(re.sub(r"!(?!=)", " not ", text).split())
