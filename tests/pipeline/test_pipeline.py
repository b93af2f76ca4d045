"""The runner of diffusers pipelines with tiny random models on the CPU; `make test-pipeline`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import T5TokenizerFast

from macros.load import load
from macros.measure import child, pipeline, pipeline_run
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


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_the_message_is_clear(capsys):
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
