"""How long does a diffusers pipeline take with these settings, and how much memory does it need?

A program to be measured: ``python -m macros.measure.pipeline MODEL [options]``. Architecture,
sizes, scheduler and text encoder come from the model's record in ``data/models/``. Without
``--checkpoint`` the weights are random: neither the work nor the memory of dense attention depends
on them. What it measures it tells through ``channel``. Needs requirements-pipeline.txt; nothing
imports it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ALLOCATORS = ("segments", "expandable")
OFFLOADS = ("none", "text-encoder", "models", "sequential")
PRECISIONS = ("float32", "bfloat16", "float16")


def parser() -> argparse.ArgumentParser:
    """Return the options of the program."""
    found = argparse.ArgumentParser(prog="python -m macros.measure.pipeline", description=__doc__)
    add = found.add_argument
    add("model", nargs="?", metavar="MODEL", help="id of the model in data/models")
    add("--size", metavar="WxH", help="width x height in pixels; else the model's default")
    add("--frames", type=int, help="frames of the video; else the model's default")
    add("--fps", type=int, help="frames per second; else the model's default")
    add("--steps", type=int, help="denoising steps; else the model's default")
    add("--guidance", type=float, help="guidance scale; else the model's default")
    add("--precision", choices=PRECISIONS, default="bfloat16", help="of the transformer")
    add("--text-encoder-precision", choices=PRECISIONS, help="else as the model's tool loads it")
    add("--vae-precision", choices=PRECISIONS, help="else as the library's own script loads it")
    add(
        "--offload",
        choices=OFFLOADS,
        default="none",
        help="text-encoder: it encodes the prompt and leaves before the other parts come; "
        "models: one part at a time is on the GPU; sequential: one layer at a time",
    )
    add("--vae-tiling", action="store_true", help="let the autoencoder work tile by tile")
    add("--attention", metavar="BACKEND", default="native", help="kernel, as diffusers names it")
    add("--cap-mib", type=float, help="memory that the allocator may reserve")
    add("--allocator", choices=ALLOCATORS, default="segments",
        help="expandable: reserve memory piece by piece, which leaves fewer gaps")  # fmt: skip
    add("--checkpoint", type=Path, help="folder of a saved pipeline with its real weights")
    add("--warmups", type=int, default=0, help="generations before those that count")
    add("--warmup-steps", type=int, help="steps of a warm-up; else as many as of the others")
    add("--repeats", type=int, default=1, help="generations that count")
    add("--device", choices=("cuda", "cpu"), default="cuda")
    add("--data", type=Path, default=Path("data"), help="folder of the data")
    add("--serve", action="store_true",
        help="read settings from standard input, one JSON list of arguments per line")  # fmt: skip
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the program; 0 if everything was generated, 1 if not, 2 if it cannot run at all."""
    read = parser().parse_args
    options = read(arguments)
    try:
        from .pipeline_run import run  # late: --help needs none of the libraries that it brings
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"{sys.executable}: no module {error.name}\n"
            "expected: a Python with everything in requirements-pipeline.txt\n"
            "hint: make test-pipeline installs it into .venv-pipeline; start the runner with "
            ".venv-pipeline/bin/python\n"
        )
        return 2
    return run(options, read)


if __name__ == "__main__":
    sys.exit(main())
