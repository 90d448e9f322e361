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
    """Runs the jobs of a workflow, with `contexts` for its expressions: github, inputs, secrets, vars."""

    def job(self, path: str, contexts: dict) -> str:
        """success, failure or skipped, of the first job; `results` has it of all, by name.

        What was uploaded is in `uploaded`: the folders by the artefacts' names. What Pages shows is `published`.
        """
        self.uploaded, self.published, self.results = {}, None, {}
        self.summary = self.home / "summary.md"
        (self.home / "temp").mkdir()
        workflow = read(self.folder / path)
        contexts = {**contexts, "needs": {}}
        contexts["env"] = filled(workflow.get("env", {}), contexts)
        for name, job in workflow["jobs"].items():
            contexts["steps"] = {}
            self.results[name] = self._job(job, contexts)
            outputs = filled(job.get("outputs", {}), contexts)
            contexts["needs"][name] = {"result": self.results[name], "outputs": outputs}
        return next(iter(self.results.values()))

    def _job(self, job, contexts):
        condition = job.get("if", "true")
        lacks = "needs" in job and self.results[job["needs"]] != "success"
        if not truth(condition, contexts) or (lacks and "cancelled()" not in condition):
            return "skipped"
        github = {
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_SERVER_URL": "https://github.com",
            "RUNNER_TEMP": str(self.home / "temp"),
        }
        failed = False
        for number, step in enumerate(job["steps"]):
            condition = step.get("if", "true")
            if not truth(condition, contexts) or (failed and "cancelled()" not in condition):
                continue
            if "run" in step:
                told = self.home / "temp" / f"output-{number}"
                variables = github | contexts["env"] | {"GITHUB_OUTPUT": str(told)}
                went_well = self.run(step["run"], variables | filled(step.get("env", {}), contexts))
                lines = told.read_text().splitlines() if told.exists() else []
                contexts["steps"][step.get("id")] = {
                    "outcome": "success" if went_well else "failure",
                    "outputs": dict(line.split("=", 1) for line in lines),
                }
                failed |= not went_well and step.get("continue-on-error") != True  # noqa: E712
            elif step["uses"].startswith("actions/upload-artifact@"):
                self.uploaded[step["with"]["name"]] = self.folder / step["with"]["path"]
            elif step["uses"].startswith("actions/upload-pages-artifact@"):
                self.uploaded["github-pages"] = self.folder / step["with"]["path"]
            elif step["uses"].startswith("actions/deploy-pages@"):
                self.published = self.uploaded["github-pages"]
        return "failure" if failed else "success"


class GitLab(Runner):
    """Runs the jobs of a pipeline."""

    def job(self, path: str, contexts: dict[str, str]) -> str:
        """success, failure or skipped, of the first job; `results` has it of all, by name.

        `contexts` are the variables of GitLab's own and of its settings. What Pages shows is `published`.
        """
        pipeline = read(self.folder / path)
        given = pipeline.pop("variables", {})
        variables = {name: entry["value"] for name, entry in given.items()}
        variables |= {"CI_PROJECT_DIR": str(self.folder), "CI_SERVER_URL": "https://gitlab.com"}
        variables |= contexts
        self.results, self.published = {}, None
        for name, job in pipeline.items():
            self.results[name] = self._job(job, variables)
            if name == "pages" and self.results[name] == "success":
                [path] = job["artifacts"]["paths"]
                self.published = self.folder / path
        self.artifacts = next(iter(pipeline.values()))["artifacts"]
        return next(iter(self.results.values()))

    def _job(self, job, variables):
        own = {
            name: re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)
            for name, text in job.get("variables", {}).items()
        }
        when = runs(job["rules"], variables)
        lacks = any(self.results[name] != "success" for name in job.get("needs", []))
        if not when or (lacks and when != "always"):
            return "skipped"
        lines = [*job.get("before_script", []), *job["script"]]
        return "success" if self.run("\n".join(lines), variables | own) else "failure"


def runs(rules: list[dict], variables: dict[str, str]) -> str:
    """When GitLab's rules let a job run: the first that fits decides; empty where none does."""
    for rule in rules:
        python = re.sub(r"\$(\w+)", r"variables.get('\1', '')", rule["if"])
        if eval(_logic(python), {"variables": variables}):
            when = rule.get("when", "on_success")
            return "" if when == "never" else when
    return ""


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
