"""What does one set of settings of a diffusers pipeline take, and how is it told?

Needs PyTorch and diffusers; ``pipeline`` imports this module once its options are read.
"""

from __future__ import annotations

import argparse
import inspect
import json
import platform
import sys
import traceback
from collections.abc import Callable
from typing import Any

import diffusers
import torch
from PIL import Image

from ..catalog import Model
from ..errors import CannotRun, DataError, nearest
from ..load import load
from . import environment
from .channel import send
from .child import OOM
from .pipeline_clock import Clock
from .pipeline_parts import MIB, MOVED, PRECISIONS, Workshop

PROMPT = "a robot arm sorts fruit on a moving belt in a bright hall " * 8
Read = Callable[[list[str]], argparse.Namespace]


def run(options: argparse.Namespace, read: Read) -> int:
    """Run what the options say; ``read`` reads those of more settings. Returns the exit status."""
    if options.device == "cuda" and not options.serve and not torch.cuda.is_available():
        return _refuse("PyTorch sees no CUDA GPU; --device cpu runs a small model without one")
    try:
        dataset = load(options.data)
    except (CannotRun, DataError) as error:
        return _refuse(str(error))
    diffusers.utils.logging.set_verbosity_error()
    workshop = Workshop(dataset, options.device)
    send(python=platform.python_version(), libraries=environment.versions() | _runtime())
    if options.serve:
        _serve(workshop, read)
        return 0
    if options.model not in dataset.models:
        return _refuse(f"no model {options.model}; {nearest(options.model, dataset.models)}")
    return 0 if attempt(workshop, options) else 1


def _refuse(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


def _serve(workshop: Workshop, read: Read) -> None:
    """Run one list of arguments after the other in this process, and tell where each begins."""
    for line in sys.stdin:
        arguments = json.loads(line)
        options = read(arguments)
        workshop.device = torch.device(options.device)
        # What the part before left behind must be gone before the peaks of this one are counted.
        workshop.tidy(options)
        send(begin=arguments)
        send(python=platform.python_version(), libraries=environment.versions() | _runtime())
        done = attempt(workshop, options)
        send(end=arguments, done=done)


def attempt(workshop: Workshop, options: argparse.Namespace) -> bool:
    """Run one set of settings, and tell the channel how it went; return whether it went well."""
    send(model=options.model, settings=settings(workshop, options))
    if options.cap_mib:
        send(cap_mib=options.cap_mib)
    try:
        _generations(workshop, options)
    except Exception as error:  # noqa: BLE001 (whatever it was, it is the outcome)
        # Only text is kept: the error itself would hold every tensor of the call in memory.
        out_of_memory = isinstance(error, torch.OutOfMemoryError) or bool(OOM.search(str(error)))
        told = f"{type(error).__name__}: {error}" if out_of_memory else traceback.format_exc()
        sys.stderr.write(f"{told}\n")
        send(outcome="oom" if out_of_memory else "failed")
        workshop.keep()
        return False
    finally:
        _tell_peaks()
    send(outcome="measured")
    return True


def settings(workshop: Workshop, options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of a run as the guide names them."""
    model = workshop.dataset.models[options.model]
    found = {
        "task": model.task,
        "resolution": _size(model, options),
        "frames": _setting(model, options, "frames") or 1,
        "fps": _setting(model, options, "fps"),
        "steps": _setting(model, options, "steps"),
        "guidance": float(_setting(model, options, "guidance")),
        "attention": "dense",
        "precision": options.precision,
        "offload": options.offload.replace("-", "_"),
        "gpu_count": 1,
        "text_encoder_precision": workshop.recipe(model, "text_encoder", options).precision,
        "vae_precision": workshop.recipe(model, "vae", options).precision,
        "attention_backend": options.attention.lstrip("_"),
        "vae_tiling": "yes" if options.vae_tiling else "no",
        "allocator": None if options.allocator == "segments" else options.allocator,
        "weights": "checkpoint" if options.checkpoint else "random",
    }
    return {name: value for name, value in found.items() if value is not None}


def _setting(model: Model, options: argparse.Namespace, name: str) -> Any:
    given = getattr(options, name)
    return getattr(model.defaults, name, None) if given is None else given


def _size(model: Model, options: argparse.Namespace) -> str:
    return str(options.size or getattr(model.defaults, "resolution", None))


def _runtime() -> dict[str, str]:
    """Return the versions that PyTorch brings along."""
    found = {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}
    return {f"torch-{name}": str(version) for name, version in found.items() if version}


def _tell_peaks() -> None:
    if torch.cuda.is_available():
        allocated, reserved = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
        send(peak_mib={"allocated": allocated / MIB, "reserved": reserved / MIB})


def _generations(workshop: Workshop, options: argparse.Namespace) -> None:
    """Generate as often as asked, and tell the times."""
    model = workshop.dataset.models[options.model]
    clock = Clock(workshop.device)
    if options.offload not in MOVED:
        workshop.limit(options)  # the parts are built on the GPU, so the cap holds there too
    embeddings, encoding = None, {}
    if options.offload == "text-encoder":
        pipe = workshop.pipe(options, without=("transformer", "vae")).to(workshop.device)
        workshop.limit(options)
        with clock.watching(pipe):
            seconds, embeddings = clock.whole(lambda: _encode(pipe, model, options))
            encoding = {"generation": seconds, **clock.parts()}
        _tell_peaks()
        del pipe
        workshop.keep()
        pipe = workshop.pipe(options, without=("text_encoder", "tokenizer"))
    else:
        pipe = workshop.pipe(options)
    _prepare(pipe, workshop, options)
    workshop.limit(options)
    if options.offload in MOVED:
        send(forget_peaks=True)  # random weights are made on the GPU, real ones are not
    for number in range(options.warmups + options.repeats):
        with clock.watching(pipe):
            steps = options.warmup_steps if number < options.warmups else None
            seconds, _ = clock.whole(lambda: _generate(pipe, model, options, embeddings, steps))  # noqa: B023
            times = {"generation": seconds, **clock.parts()}
        for scope, spent in encoding.items():
            times[scope] = times.get(scope, 0.0) + spent
        send(times_s=times, warmup=number < options.warmups)
    pipe.remove_all_hooks()
    if options.offload == "sequential":
        workshop.keep()  # its hooks leave the weights on no device


def _prepare(pipe: Any, workshop: Workshop, options: argparse.Namespace) -> None:
    """Put the parts where they shall be, and choose what computes the attention."""
    pipe.set_progress_bar_config(disable=True)
    # Always named: the library keeps what another pipeline of the same process chose.
    pipe.transformer.set_attention_backend(options.attention)
    if options.vae_tiling:
        pipe.vae.enable_tiling()
    else:
        pipe.vae.disable_tiling()
    # Pixels are made of the first frame alone: that work is the CPU's, and no model's.
    whole = pipe.video_processor.postprocess_video
    pipe.video_processor.postprocess_video = lambda video, **how: whole(video[:, :, :1], **how)
    if options.offload == "models":
        pipe.enable_model_cpu_offload(device=workshop.device)
    elif options.offload == "sequential":
        pipe.enable_sequential_cpu_offload(device=workshop.device)
    else:
        pipe.to(workshop.device)


def _encode(pipe: Any, model: Model, options: argparse.Namespace) -> tuple[Any, Any]:
    """Return the embeddings of the prompt and of the negative one, for the transformer."""
    guided = float(_setting(model, options, "guidance")) > 1
    with torch.no_grad():
        prompt, negative = pipe.encode_prompt(
            PROMPT,
            do_classifier_free_guidance=guided,
            device=pipe._execution_device,
            dtype=PRECISIONS[options.precision],
            max_sequence_length=pipe.tokenizer.model_max_length,
        )
    return prompt, negative


def _generate(
    pipe: Any,
    model: Model,
    options: argparse.Namespace,
    embeddings: Any,
    steps: int | None = None,
) -> None:
    """Make one image or video from a fixed seed, in ``steps`` or as many as were asked for."""
    prompt, negative = embeddings or _encode(pipe, model, options)
    width, height = (int(side) for side in _size(model, options).split("x"))
    given = {
        "image": Image.effect_noise((width, height), 80).convert("RGB"),
        "num_frames": _setting(model, options, "frames"),
        "fps": _setting(model, options, "fps"),
    }
    known = inspect.signature(pipe.__call__).parameters
    pipe(
        prompt_embeds=prompt,
        negative_prompt_embeds=negative,
        width=width,
        height=height,
        num_inference_steps=steps or _setting(model, options, "steps"),
        guidance_scale=float(_setting(model, options, "guidance")),
        generator=torch.Generator("cpu").manual_seed(0),
        output_type="np",
        **{name: value for name, value in given.items() if name in known and value},
    )
