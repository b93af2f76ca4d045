"""The runner of diffusers pipelines with tiny random models on the CPU; `make test-pipeline`."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import T5TokenizerFast

from macros.load import load
from macros.measure import child, pipeline, pipeline_parts, pipeline_run
from macros.measure.channel import VARIABLE
from macros.measure.pipeline_clock import Clock
from macros.measure.pipeline_parts import PRECISIONS, Workshop

from ..standins import Driver

DATA = Path(__file__).parent / "data"
GUIDE = Path(__file__).parent.parent.parent / "data"
MODELS = ("tiny-text2image", "tiny-video2world")
pytestmark = pytest.mark.filterwarnings("default")  # what the libraries warn of is their business


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in this process; returns its status and what it sent."""

    def call(*words):
        path = tmp_path / "channel.jsonl"
        path.write_text("")
        monkeypatch.setenv(VARIABLE, str(path))
        status = pipeline.main([*words, "--data", str(DATA), "--device", "cpu"])
        return status, [json.loads(line) for line in path.read_text().splitlines()]

    return call


def times(messages):
    return [message for message in messages if "times_s" in message]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_built_from_its_record_and_generates(run, model):
    status, messages = run(model, "--warmups", "1", "--warmup-steps", "1", "--repeats", "2")
    assert status == 0
    assert messages[-1] == {"outcome": "measured"}
    assert [message["warmup"] for message in times(messages)] == [True, False, False]
    scopes = set(times(messages)[-1]["times_s"])
    both = {"generation", "text_encoder", "transformer", "vae_decode"}
    assert scopes == (both | {"vae_encode"} if "video" in model else both)
    for message in times(messages):
        spent = dict(message["times_s"])
        assert spent.pop("generation") > sum(spent.values()) > 0
    settings = next(message["settings"] for message in messages if "settings" in message)
    assert settings["resolution"] == "32x32"
    assert settings["weights"] == "random"
    assert settings["text_encoder_precision"] == "float32"


@pytest.mark.parametrize(
    "words",
    [
        ("--offload", "text-encoder"),
        ("--text-encoder-precision", "bfloat16", "--vae-precision", "bfloat16"),
        ("--vae-tiling", "--attention", "_native_math"),
        ("--size", "64x32", "--frames", "5", "--fps", "10", "--steps", "1", "--guidance", "1"),
    ],
)
def test_every_option_runs(run, words):
    status, messages = run("tiny-video2world", *words)
    assert status == 0
    assert times(messages)


def test_options_are_told_as_settings(run):
    _, messages = run("tiny-text2image", "--offload", "text-encoder", "--steps", "3",
        "--vae-tiling", "--attention", "_native_math", "--guidance", "2.5",
        "--allocator", "expandable")  # fmt: skip
    assert {"forget_peaks": True} not in messages
    settings = next(message["settings"] for message in messages if "settings" in message)
    told = {"offload": "text_encoder", "steps": 3, "vae_tiling": "yes", "guidance": 2.5,
            "attention_backend": "native_math", "task": "text2image",
            "allocator": "expandable"}  # fmt: skip
    assert told.items() <= settings.items()


def test_weights_that_left_the_gpu_again_do_not_count_for_what_the_driver_saw(run):
    _, messages = run("tiny-text2image", "--offload", "models")
    assert {"forget_peaks": True} in messages
    assert "allocator" not in next(one["settings"] for one in messages if "settings" in one)


def test_a_size_that_the_pipeline_refuses_is_a_failure_and_not_out_of_memory(run, capsys):
    status, messages = run("tiny-text2image", "--size", "33x32")
    assert status == 1
    assert messages[-1] == {"outcome": "failed"}
    assert "divisible by 16" in capsys.readouterr().err


def test_out_of_memory_is_told_in_one_line(run, monkeypatch, capsys):
    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(pipeline_run, "_generate", refuse)
    status, messages = run("tiny-text2image")
    assert (status, messages[-1]) == (1, {"outcome": "oom"})
    assert capsys.readouterr().err == (
        "OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [(("tiny-text2vide",), "no model tiny-text2vide; did you mean"), ((), "no model None")],
)
def test_an_unknown_model_is_refused(run, capsys, words, message):
    assert run(*words)[0] == 2
    assert message in capsys.readouterr().err


def test_the_program_offers_the_precisions_that_its_parts_have():
    assert set(pipeline.PRECISIONS) == set(PRECISIONS)


def test_a_broken_data_folder_is_refused(capsys):
    assert pipeline.main(["x", "--data", "/nowhere", "--device", "cpu"]) == 2
    assert "no such data folder" in capsys.readouterr().err


def test_without_a_gpu_the_message_is_clear(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # also on a machine with one
    assert pipeline.main(["tiny-text2image", "--data", str(DATA)]) == 2
    assert "PyTorch sees no CUDA GPU" in capsys.readouterr().err


@pytest.mark.parametrize("model", MODELS)
def test_a_saved_pipeline_is_used_as_it_is(run, tmp_path, model):
    options = pipeline.parser().parse_args([model])
    pipe = Workshop(load(DATA), "cpu").pipe(options)
    words = Tokenizer(models.Unigram([("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)], 2, False))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = T5TokenizerFast(tokenizer_object=words, extra_ids=0, model_max_length=16)
    pipe.register_modules(tokenizer=tokenizer, safety_checker=None)
    pipe.save_pretrained(tmp_path / "saved")
    for offload in ("none", "text-encoder"):
        status, messages = run(model, "--checkpoint", str(tmp_path / "saved"), "--offload", offload)
        assert status == 0, messages
        settings = next(message["settings"] for message in messages if "settings" in message)
        assert settings["weights"] == "checkpoint"


def test_one_process_runs_many_settings_and_keeps_the_parts_that_they_share(tmp_path):
    program = [sys.executable, "-m", "macros.measure.pipeline", "--serve", "--data", str(DATA)]
    driver = Driver(tmp_path / "seen")
    with child.Child(program, driver, 0.05, lambda _: None, stdin=subprocess.PIPE) as running:
        assert running.process.stdin is not None
        for size in ("32x32", "33x32", "32x32"):
            words = ["tiny-text2image", "--size", size, "--device", "cpu"]
            running.process.stdin.write(json.dumps(words) + "\n")
        running.process.stdin.close()
        messages = []
        while running.running:
            messages += running.tick()
        messages += running.receiver.messages()
    assert [message["outcome"] for message in messages if "outcome" in message] == [
        "measured", "failed", "measured"
    ]  # fmt: skip
    assert sum("begin" in message for message in messages) == 3


def test_parts_are_kept_only_as_long_as_they_are_the_same():
    workshop = Workshop(load(DATA), "cpu")

    def encoder(*words):
        options = pipeline.parser().parse_args(["tiny-text2image", *words])
        workshop.tidy(options)
        return workshop.pipe(options).text_encoder

    first = encoder()
    assert encoder("--steps", "9") is first
    assert encoder("--offload", "models") is not first
    half = encoder("--text-encoder-precision", "bfloat16")
    assert half.dtype == torch.bfloat16
    assert encoder("--text-encoder-precision", "bfloat16", "--cap-mib", "100") is not half


def options_of(*words):
    return pipeline.parser().parse_args(["tiny-video2world", "--device", "cpu", *words])


def test_sequential_offload_leaves_no_weight_of_a_layer_where_it_works():
    workshop, options = Workshop(load(DATA), "cpu"), options_of("--offload", "sequential")
    pipe = workshop.pipe(options)
    pipeline_run._prepare(pipe, workshop, options)
    for part in (pipe.transformer, pipe.text_encoder, pipe.vae):
        assert {weights.device.type for weights in part.parameters()} == {"meta"}
    hooks = [getattr(layer, "_hf_hook", None) for layer in pipe.transformer.modules()]
    assert sum(hook is not None for hook in hooks) > 1


def test_nothing_that_sequential_offload_has_taken_apart_is_used_again(monkeypatch, tmp_path):
    # Between the CPU and itself accelerate cannot move a weight, so nothing is generated here.
    monkeypatch.setattr(pipeline_run, "_generate", lambda *_: None)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "channel.jsonl"))
    workshop = Workshop(load(DATA), "cpu")
    assert pipeline_run.attempt(workshop, options_of("--offload", "sequential"))
    monkeypatch.undo()
    again = options_of("--offload", "models")
    workshop.tidy(again)
    pipe = workshop.pipe(again)
    assert {weights.device.type for weights in pipe.transformer.parameters()} == {"cpu"}
    assert pipeline_run.attempt(workshop, again)
    told = [json.loads(line) for line in (tmp_path / "channel.jsonl").read_text().splitlines()]
    settings = next(one["settings"] for one in told if "settings" in one)
    assert settings["offload"] == "sequential"
    assert {"forget_peaks": True} in told


@pytest.fixture
def card(monkeypatch):
    """What the allocator of a card of 1000 MiB is told: the shares of it that it may reserve."""
    shares = []
    for name in ("synchronize", "empty_cache", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda: None)
    facts = SimpleNamespace(total_memory=1000 * pipeline_parts.MIB)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: facts)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", shares.append)
    monkeypatch.setattr(pipeline_parts, "_expand", lambda _: None)
    return shares


@pytest.mark.parametrize(("words", "share"), [
    (("--cap-mib", "250"), 0.25), (("--cap-mib", "2000"), 1.0), ((), 1.0),
])  # fmt: skip
def test_a_cap_is_the_share_of_the_card_that_may_be_reserved(card, words, share):
    Workshop(load(DATA), "cuda").limit(options_of(*words))
    assert card == [share]


def test_a_cap_does_not_outlive_its_settings(card):
    workshop = Workshop(load(DATA), "cuda")
    workshop.limit(options_of("--cap-mib", "250"))
    workshop.tidy(options_of("--cap-mib", "250"))
    assert card == [0.25, 1.0]


@pytest.mark.parametrize(("offload", "first"), [("none", "limit"), ("models", "build")])
def test_a_cap_holds_while_parts_are_built_on_the_gpu(run, monkeypatch, offload, first):
    calls = []

    def watch(name, whole):
        def watched(*given):
            calls.append(name)
            return whole(*given)

        monkeypatch.setattr(Workshop, name, watched)

    watch("limit", Workshop.limit)
    watch("build", Workshop.build)
    status, messages = run("tiny-text2image", "--offload", offload, "--cap-mib", "100")
    assert (status, calls[0]) == (0, first)
    assert {"cap_mib": 100} in messages


def test_the_models_of_the_guide_have_the_parameters_that_the_guide_states():
    dataset = load(GUIDE)
    workshop = Workshop(dataset, "meta")
    options = pipeline.parser().parse_args(["any"])
    counted = 0
    for model in dataset.models.values():
        if model.pipeline is None:
            continue
        recipe = workshop.recipe(model, "transformer", options)
        assert recipe.precision in PRECISIONS
        part = workshop.build(recipe)
        assert model.parameters is not None
        assert sum(weights.numel() for weights in part.parameters()) == model.parameters.value
        counted += 1
    assert counted >= 4


def test_the_clock_adds_up_the_calls_of_a_part():
    clock = Clock(torch.device("cpu"))
    pipe = type("Pipe", (), {"transformer": torch.nn.Identity()})()
    with clock.watching(pipe):
        seconds, result = clock.whole(lambda: [pipe.transformer(1), pipe.transformer(2)])
    assert result == [1, 2]
    assert 0 < clock.parts()["transformer"] < seconds
    pipe.transformer(3)
    assert set(clock.parts()) == {"transformer"}
