"""Are the workflows safe and well-formed, and do the issue forms fit the links that open them?"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def triggers(path: Path) -> set[str]:
    return set(read(path)[True])  # YAML 1.1 reads the key `on` as true


def fields(form: str) -> list[str]:
    body = read(GITHUB / "ISSUE_TEMPLATE" / form)["body"]
    return [field["id"] for field in body if field["type"] != "markdown"]


def run(*command: str | Path) -> None:
    """Fail with all that the command says, unless it ends well."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflows_and_forms_are_the_known_ones():
    """So no other test here passes because it found no file."""
    assert [path.stem for path in WORKFLOWS] == ["check", "pipeline", "publish", "scheduled"]
    assert [path.stem for path in FORMS] == ["figure", "gpu", "measurement"]


@every_workflow
def test_every_action_is_pinned_by_its_full_commit_and_names_its_version(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r" +(- )?uses: [\w-]+(/[\w-]+)+@[0-9a-f]{40} # v[\d.]+", line), line


def test_an_action_has_the_same_commit_wherever_it_is_used():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins = set(re.findall(r"uses: (\S+)@(\S+ # \S+)", text))
    assert len(pins) == len({action for action, _ in pins})


def test_each_workflow_starts_on_its_own_events_only():
    """None of them hands rights to the code of a pull request, as pull_request_target would."""
    assert {path.stem: triggers(path) for path in WORKFLOWS} == {
        "check": {"pull_request", "merge_group"},
        "pipeline": {"pull_request", "schedule", "workflow_dispatch"},
        "publish": {"push"},
        "scheduled": {"schedule", "workflow_dispatch"},
    }
    assert read(GITHUB / "workflows" / "publish.yml")[True]["push"] == {"branches": ["main"]}


@every_workflow
def test_no_workflow_uses_a_secret_or_the_token(path):
    assert not re.search(r"\bsecrets\b|github\.token|GITHUB_TOKEN", path.read_text("utf-8"))


@every_workflow
def test_no_checkout_leaves_the_token_on_the_disk(path):
    steps = [step for job in jobs(path).values() for step in job["steps"]]
    for step in steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


@every_workflow
def test_rights_are_given_to_single_jobs_and_only_the_deployment_may_write(path):
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        if (path.stem, name) == ("publish", "deploy"):
            assert job["permissions"] == {"pages": "write", "id-token": "write"}
        else:
            assert set(job["permissions"].values()) == {"read"}


def test_the_deployment_runs_no_code_of_ours_and_waits_for_the_tested_build():
    built = jobs(GITHUB / "workflows" / "publish.yml")
    steps = built["build"]["steps"]
    commands = [step.get("run") or step["uses"].partition("@")[0] for step in steps]
    assert commands == [
        "actions/checkout",
        "actions/setup-python",
        "make test",
        "actions/configure-pages",
        "make site",
        "actions/upload-pages-artifact",
    ]
    assert not any("if" in step or "continue-on-error" in step for step in steps)

    deploy = built["deploy"]
    assert deploy["needs"] == "build"
    assert "if" not in deploy
    assert deploy["environment"]["name"] == "github-pages"
    assert [step["uses"].partition("@")[0] for step in deploy["steps"]] == ["actions/deploy-pages"]


@pytest.mark.parametrize("target", ["check", "site"])
def test_a_pull_request_gets_each_problem_as_an_annotation_and_in_the_summary(target):
    """Those of the data, and those of the pages, which only a build can find."""
    steps = [
        step.get("run", "") for step in jobs(GITHUB / "workflows" / "check.yml")["site"]["steps"]
    ]
    annotated = steps.index(f'make {target} ARGS="--format github"')
    assert f"make {target} 2>&1 | head" in steps[annotated + 1]
    assert steps[annotated + 1].rstrip().endswith('>> "$GITHUB_STEP_SUMMARY"')


@pytest.mark.parametrize(
    ("workflow", "job", "commands"),
    [
        ("check", "site", ["actions/upload-artifact@"]),
        ("check", "test", ["make test"]),
        ("check", "workflows", ["/actionlint"]),
        ("scheduled", "due", ['make check ARGS="--due']),
        ("scheduled", "links", ["make site", "lychee "]),
    ],
)
def test_a_job_does_what_it_is_there_for(workflow, job, commands):
    """And fails if that fails: no step of these is let pass."""
    steps = jobs(GITHUB / "workflows" / f"{workflow}.yml")[job]["steps"]
    for command in commands:
        found = [step for step in steps if command in step.get("run", step.get("uses", ""))]
        assert found, command
        assert not any("continue-on-error" in step or "if" in step for step in found)


def test_updates_of_a_kind_come_in_one_pull_request():
    updates = {one["package-ecosystem"]: one for one in read(GITHUB / "dependabot.yml")["updates"]}
    assert updates.keys() == {"github-actions", "pip"}
    for one in updates.values():
        assert [group["patterns"] for group in one["groups"].values()] == [["*"]]


@every_workflow
def test_each_job_has_a_time_limit(path):
    assert all(job["timeout-minutes"] <= 40 for job in jobs(path).values())


@every_workflow
def test_every_make_target_of_a_workflow_exists(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+)", path.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_link_checker_is_pinned_by_hashes():
    text = (GITHUB / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^[\w-]+==\S+ \\$", text, re.MULTILINE)
    assert len(names) == 1
    assert "--hash=sha256:" in text
    assert "index-url" not in text


def test_zizmor_finds_nothing():
    """Pedantic, and with no finding waved through; a file that it cannot read fails too."""
    zizmor = Path(sysconfig.get_path("scripts")) / "zizmor"
    run(zizmor, "--pedantic", "--offline", "--no-ignores", "--strict-collection", GITHUB)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_the_files_keep_the_schema_that_github_publishes(schema, files):
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_comment_on_top_of_a_form_lists_its_fields(path):
    comment = re.search(r"^# Ids: (.+)\.$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert comment
    assert comment[1].split(", ") == fields(path.name)


def test_the_links_of_the_site_fill_in_fields_that_the_form_has():
    sources = sorted((ROOT / "macros").rglob("*.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    links = re.findall(r"issues/new\?template=(\w+\.yml)((?:.|\n){0,200})", text)
    assert "figure.yml" in {form for form, _ in links}
    for form, rest in links:
        given = set(re.findall(r"&(?:amp;)?(\w+)=", rest))
        assert given, f"the link to {form} fills in nothing"
        assert given <= set(fields(form))
