"""Many settings in a row: their order, their caps, their budget, and going on after a stop."""

import json
import logging
import sys
from pathlib import Path

import pytest
import yaml

from macros.errors import CannotRun
from macros.load import load
from macros.measure import campaign

from .standins import Driver

PLAN = Path(__file__).parent.parent / "campaigns"
# Takes 1000 MiB for each step. Tells its process id as views, so that tests see which did what.
SERVER = """
import json, os, sys, time
sys.path.insert(0, {here})
from macros.measure.channel import send
for line in sys.stdin:
    arguments = json.loads(line)
    given = dict(zip(arguments[1::2], arguments[2::2]))
    steps = int(given['--steps'])
    send(begin=arguments)
    send(model=arguments[0], settings={{'steps': steps, 'views': os.getpid()}}, python='3.12.3')
    with open({seen}, 'w') as file:
        file.write(f'{{os.getpid()}} {{1000 * steps + 300}}')
    time.sleep(0.1)
    peaks = {{'allocated': 1000 * steps, 'reserved': 1000 * steps}}
    if steps == 13:
        print('RuntimeError: broken', flush=True)
        os._exit(1)
    if steps == 14:
        print('CUDA out of memory', flush=True)
        os._exit(1)
    if steps == 15:
        time.sleep(60)
    if float(given.get('--cap-mib', 1e9)) < 1000 * steps + float(given.get('--gaps', 0)):
        send(outcome='oom', peak_mib=peaks, cap_mib=float(given['--cap-mib']))
    else:
        send(outcome='measured', times_s={{'generation': 0.5}}, peak_mib=peaks)
    send(end=arguments)
"""


@pytest.fixture
def place(tmp_path):
    source = Path(__file__).parent / "data/gpus"
    (tmp_path / "data/gpus").mkdir(parents=True)
    for path in source.glob("*.yml"):
        (tmp_path / "data/gpus" / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def go(place, caplog):
    """Run a plan of these stages; returns what was left out and the records, by their names."""
    caplog.set_level(logging.INFO)

    def run(*stages, budget=60.0, only=(), name="NVIDIA Lumen Ember-32"):
        server = place / "server.py"
        here, seen = json.dumps(str(Path.cwd())), json.dumps(str(place / "seen"))
        server.write_text(SERVER.format(here=here, seen=seen))
        plan = {"capacities_mib": {"2gb": 2048, "4gb": 4096}, "stages": list(stages)}
        made = campaign.Campaign(
            plan,
            place / "data",
            Driver(place / "seen", name),
            budget,
            [sys.executable, str(server)],
        )
        left_out = made.go(list(only))
        files = sorted((place / "data/runs").glob("*.yml"))
        return left_out, {path.stem: yaml.safe_load(path.read_text()) for path in files}

    return run


def stage(name="first", seconds=1, **options):
    return {"name": name, "models": ["aria-small"], "options": options, "seconds": seconds}


def test_every_combination_becomes_a_run_of_the_same_process(go, place):
    left_out, runs = go(stage(steps=[1, 2], **{"text-encoder-precision": ["float32", "bfloat16"]}))
    assert left_out == 0
    labels = ("bf16", "bf16-2-steps", "fp32", "fp32-2-steps")
    assert set(runs) == {f"ember-32-aria-small-{label}" for label in labels}
    run = runs["ember-32-aria-small-fp32-2-steps"]
    assert run["peak_mib"] == {
        "allocated": 2000, "reserved": 2000, "process": 2300, "device": 2340, "device_idle": 40
    }  # fmt: skip
    assert run["shared_process"] is True
    assert run["command"] == (
        "python -m macros measure --warmups 0 --repeats 1 -- python -m macros.measure.pipeline "
        "aria-small --steps 2 --text-encoder-precision float32"
    )
    assert len({one["workload"]["views"] for one in runs.values()}) == 1
    for path in (place / "data/gpus").iterdir():
        path.unlink()
    assert len(load(place / "data").runs) == 4


def test_what_is_done_is_not_done_again(go, caplog):
    go(stage(steps=1))
    caplog.clear()
    left_out, runs = go(stage(steps=[1, 2]))
    assert (left_out, len(runs)) == (0, 2)
    assert len(caplog.messages) == 1


def test_again_supersedes_the_one_run_there_is_and_no_more(go):
    go(stage(steps=[1, 13], seconds=5))
    for _ in range(2):
        _, runs = go({**stage(steps=[1, 13], seconds=5), "again": True})
    label = "ember-32-aria-small"
    assert set(runs) >= {label, f"{label}-2", f"{label}-13-steps-2"}
    assert f"{label}-3" not in runs
    assert runs[f"{label}-2"]["supersedes"] == label
    assert "supersedes" not in runs[f"{label}-13-steps-2"]  # it failed


def test_caps_repeat_the_same_card_and_follow_the_newer_peak(go, place):
    caps = {"name": "caps", "caps_of": ["first"], "sides": ["below"]}
    go(stage(steps=2), caps)
    old = place / "data/runs/ember-32-aria-small-2-steps-in-2gb.yml"
    old.write_text(old.read_text().replace("1748", "1744"))  # another context, the same card
    _, runs = go(stage(steps=2), {**caps, "again": True})
    assert runs[f"{old.stem}-2"]["supersedes"] == old.stem
    assert runs[f"{old.stem}-2"]["cap_mib"] == 1748


def test_a_process_goes_on_after_a_cap_unless_the_same_shapes_come(go):
    _, runs = go(
        stage(steps=2, size=["8x8", "16x16"]),
        {"name": "caps", "caps_of": ["first"], "sides": ["above"]},
        stage("last", steps=3, size=["24x24", "16x16"]),
    )
    process = {name: run["workload"]["views"] for name, run in runs.items()}
    base = "ember-32-aria-small"
    assert process[f"{base}-8x8-2-steps-in-4gb"] == process[f"{base}-16x16-2-steps-in-4gb"]
    assert process[f"{base}-24x24-3-steps"] == process[f"{base}-8x8-2-steps"]
    assert process[f"{base}-16x16-3-steps"] != process[f"{base}-16x16-2-steps-in-4gb"]


def test_caps_stand_on_either_side_of_the_peak_and_the_context_comes_off(go):
    _, runs = go(
        stage(steps=2),
        {"name": "caps", "caps_of": ["first"], "sides": ["below", "above"]},
        {"name": "again", "caps_of": ["first"], "sides": ["above"]},
    )
    below = runs["ember-32-aria-small-2-steps-in-2gb"]
    above = runs["ember-32-aria-small-2-steps-in-4gb"]
    assert (below["outcome"], below["cap_mib"]) == ("oom", 1748)
    assert above["outcome"] == "measured"
    assert "--cap-mib 3796" in above["command"]


def test_caps_go_on_where_the_next_card_is_too_small_as_well(go):
    caps = {"name": "caps", "caps_of": ["first"], "sides": ["above", "below"]}
    _, runs = go(stage(steps=1, gaps=1500), caps)
    outcomes = {name.rpartition("-")[2]: run["outcome"] for name, run in runs.items()}
    assert outcomes == {"small": "measured", "2gb": "oom", "4gb": "measured"}


def test_no_cap_is_tried_beyond_one_that_there_was_no_time_for(go):
    caps = {"name": "caps", "caps_of": ["first"], "sides": ["above"]}
    go(stage(steps=1, gaps=1500))
    left_out, runs = go(stage(steps=1, gaps=1500, seconds=100), caps, budget=50)
    assert (left_out, len(runs)) == (1, 1)


def test_a_process_is_new_after_a_refusal_and_after_a_death(go):
    _, runs = go(stage(steps=[1, 14, 2, 13, 3], seconds=5))
    outcomes = {name.rpartition("small-")[2]: run["outcome"] for name, run in runs.items()}
    assert outcomes == {
        "ember-32-aria-small": "measured", "14-steps": "oom", "2-steps": "measured",
        "13-steps": "failed", "3-steps": "measured",
    }  # fmt: skip
    assert "broken" in runs["ember-32-aria-small-13-steps"]["last_lines"][-1]
    before, after = (runs[f"ember-32-aria-small{end}"] for end in ("", "-2-steps"))
    assert before["workload"]["views"] != after["workload"]["views"]


def test_settings_that_hang_are_stopped(go, monkeypatch):
    monkeypatch.setattr(campaign, "PATIENCE", (0, 1.5))
    _, runs = go(stage(steps=15))
    assert runs["ember-32-aria-small-15-steps"]["outcome"] == "timeout"


def test_what_does_not_fit_into_the_time_is_passed_over(go):
    left_out, runs = go(stage(steps=[1, 2], seconds=100), stage("short", steps=3), budget=50)
    assert left_out == 2
    assert list(runs) == ["ember-32-aria-small-3-steps"]


def test_stages_can_be_named(go):
    _, runs = go(stage(steps=1), stage("second", steps=2), only=["second"])
    assert list(runs) == ["ember-32-aria-small-2-steps"]


def test_labels_tell_the_options_in_short():
    job = campaign.Job("x", ("m", "--size", "8x8", "--vae-precision", "bfloat16", "--offload",
        "text-encoder", "--attention", "_native_flash", "--vae-tiling", "--allocator",
        "expandable"), 1, "16gb")  # fmt: skip
    assert job.label == "8x8-vae-bf16-encoder-flash-tiled-grow-in-16gb"
    true, false = (next(campaign.jobs(stage(tiling=flag))).arguments for flag in (True, False))
    assert (true, false) == (("aria-small", "--tiling"), ("aria-small",))


def test_a_card_that_the_guide_does_not_know_stops_it(go):
    with pytest.raises(CannotRun, match="no GPU in"):
        go(stage(steps=1), name="NVIDIA Nova 9")


def test_the_program_ends_with_the_status_of_the_commands(place, monkeypatch, caplog):
    plan = place / "plan.yml"
    plan.write_text(yaml.safe_dump({"stages": [stage(steps=1, seconds=100)]}))
    words = [str(plan), "--data", str(place / "data"), "--budget"]
    monkeypatch.setattr(campaign, "Nvml", lambda: Driver(place / "seen"))
    assert campaign.main([*words, "1"]) == 1
    assert campaign.main([*words, "1000", "--only", "none"]) == 0
    monkeypatch.setattr(campaign, "Nvml", lambda: Driver(place / "seen", name="NVIDIA Nova 9"))
    assert campaign.main([*words, "1"]) == 2
    assert "no GPU in" in caplog.text


@pytest.mark.parametrize("path", sorted(PLAN.glob("*.yml")), ids=lambda path: path.stem)
def test_the_plans_that_were_run_are_whole(path):
    plan = yaml.safe_load(path.read_text())
    names = [one["name"] for one in plan["stages"]]
    assert len(set(names)) == len(names)
    for one in plan["stages"]:
        if "caps_of" in one:
            assert set(one["caps_of"]) <= set(names)
        else:
            assert list(campaign.jobs(one))
