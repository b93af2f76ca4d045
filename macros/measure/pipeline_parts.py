"""How are the parts of a diffusers pipeline built from a model's record, in seconds?

Needs PyTorch, diffusers and transformers; ``pipeline_run`` imports this module.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

import diffusers
import torch
import transformers

from ..catalog import Model
from ..errors import CannotRun
from ..load import Dataset

MIB = 2**20
LIBRARIES = {"diffusers": diffusers, "transformers": transformers}
PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
# What the sizes in a model's record are called by diffusers.
ARGUMENTS = {
    "layers": "num_layers",
    "heads": "num_attention_heads",
    "head_dim": "attention_head_dim",
    "in_channels": "in_channels",
    "out_channels": "out_channels",
    "rope_scale": "rope_scale",
}
MOVED = ("models", "sequential")  # ways to offload that begin with every part on the CPU


class Recipe(NamedTuple):
    """What a part is built from."""

    class_name: str
    arguments: dict[str, Any]
    precision: str


class Workshop:
    """Builds the parts of pipelines, and keeps those that the next settings can use again."""

    def __init__(self, dataset: Dataset, device: str) -> None:
        self.dataset = dataset
        self.device = torch.device(device)
        self._kept: dict[str, Any] = {}

    def keep(self, wanted: Collection[str] = ()) -> None:
        """Keep only these parts, and give the memory of the others back."""
        self._kept = {key: part for key, part in self._kept.items() if key in wanted}
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def tidy(self, options: argparse.Namespace) -> None:
        """Make the process as if it were new, but for the parts that these settings can use."""
        model = self.dataset.models[options.model]
        # The text encoder leaves before the others come; and under a cap all must be built anew.
        fresh = options.offload == "text-encoder" or options.cap_mib
        roles = () if fresh else self._roles(model)
        self.keep({self._key(model, role, options) for role in roles})
        self._limit(None)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()

    def pipe(self, options: argparse.Namespace, without: tuple[str, ...] = ()) -> Any:
        """Return the pipeline on the CPU or the GPU, as built; some parts may be left out."""
        model = self.dataset.models[options.model]
        if model.pipeline is None:
            raise CannotRun(f"models/{options.model}.yml has no pipeline")
        kind = _class(model.pipeline.class_name)
        left_out = dict.fromkeys(without)
        if "safety_checker" in inspect.signature(kind).parameters:
            left_out["safety_checker"] = PassThrough()
        if options.checkpoint:
            dtypes = self._dtypes(model, options)
            return kind.from_pretrained(options.checkpoint, torch_dtype=dtypes, **left_out)
        parts = {
            role: None if role in without else self._part(model, role, options)
            for role in self._roles(model)
        }
        if "tokenizer" in inspect.signature(kind).parameters:
            parts["tokenizer"] = Words(model.pipeline.prompt_tokens)
        return kind(**parts | left_out)

    def limit(self, options: argparse.Namespace) -> None:
        """Count peaks from here, and let the allocator reserve no more than the cap from here."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            gc.collect()
            torch.cuda.empty_cache()
            _expand(options.allocator == "expandable")
            torch.cuda.reset_peak_memory_stats()
            self._limit(options.cap_mib)

    def _limit(self, cap_mib: float | None) -> None:
        if self.device.type == "cuda":
            total = torch.cuda.get_device_properties(self.device).total_memory
            share = min(1.0, cap_mib * MIB / total) if cap_mib else 1.0
            torch.cuda.set_per_process_memory_fraction(share)

    def _roles(self, model: Model) -> list[str]:
        return ["transformer", *(model.pipeline.components if model.pipeline else ())]

    def recipe(self, model: Model, role: str, options: argparse.Namespace) -> Recipe:
        """Return how a part is built, and in which precision."""
        if role == "transformer":
            return Recipe(*_transformer(model), options.precision)
        assert model.pipeline is not None  # noqa: S101 (roles come from it)
        component = self.dataset.components[model.pipeline.components[role]]
        given = getattr(options, f"{role}_precision", None)
        precision = given or component.precision or "float32"
        return Recipe(component.class_name, component.arguments, precision)

    def _key(self, model: Model, role: str, options: argparse.Namespace) -> str:
        """Return what must be the same for a part to be used again; one that was moved is not."""
        return json.dumps([role, options.offload in MOVED, *self.recipe(model, role, options)])

    def _dtypes(self, model: Model, options: argparse.Namespace) -> dict[str, torch.dtype]:
        return {
            role: PRECISIONS[self.recipe(model, role, options).precision]
            for role in self._roles(model)
        }

    def build(self, recipe: Recipe) -> Any:
        """Return a new part with random weights on the device."""
        kind = _class(recipe.class_name)
        with self.device, _default_dtype(PRECISIONS[recipe.precision]):
            if issubclass(kind, transformers.PreTrainedModel):
                return kind(kind.config_class(**recipe.arguments))
            return kind(**recipe.arguments)

    def _part(self, model: Model, role: str, options: argparse.Namespace) -> Any:
        """Return a part, the kept one if there is one; it is built where it shall work."""
        key = self._key(model, role, options)
        if key not in self._kept:
            part = self.build(self.recipe(model, role, options))
            if isinstance(part, torch.nn.Module):
                part = part.eval().requires_grad_(False)
                if options.offload in MOVED:
                    part = part.to("cpu")
            self._kept[key] = part
        return self._kept[key]


def _expand(wanted: bool) -> None:
    """Let the allocator reserve expandable segments, or fixed ones as it does by itself."""
    torch._C._accelerator_setAllocatorSettings(f"expandable_segments:{wanted}")


def _class(name: str) -> Any:
    library, _, kind = name.partition(".")
    return getattr(LIBRARIES[library], kind)


def _transformer(model: Model) -> tuple[str, dict[str, Any]]:
    """Return class and arguments of the transformer; its sizes stand in words of the guide's."""
    if model.pipeline is None or model.transformer is None:
        raise CannotRun(f"{model.name} has no pipeline, or no sizes of its transformer")
    named = {name: getattr(model.transformer, name) for name in ARGUMENTS}
    sizes = {
        ARGUMENTS[name]: [float(item) for item in value] if isinstance(value, list) else value
        for name, value in named.items()
        if value
    }
    part = model.pipeline.transformer
    return part.class_name, sizes | part.arguments


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Words:
    """Stands for a tokenizer: a word is a token, and which one it is does not matter."""

    def __init__(self, length: int) -> None:
        self.model_max_length = length

    def __call__(
        self,
        prompt: str | list[str],
        padding: str = "longest",
        max_length: int | None = None,
        **_: object,
    ) -> SimpleNamespace:
        """Return ids and mask of the prompts, padded as asked."""
        prompts = [prompt] if isinstance(prompt, str) else prompt
        counts = [min(len(text.split()), self.model_max_length) for text in prompts]
        length = (max_length or self.model_max_length) if padding == "max_length" else max(counts)
        mask = torch.tensor([[int(i < count) for i in range(length)] for count in counts])
        return SimpleNamespace(input_ids=mask * 3, attention_mask=mask)


class PassThrough:
    """Stands for a safety checker, which is another model with needs of its own."""

    def to(self, *_: object) -> PassThrough:
        """Stay where it is: it has no weights."""
        return self

    def check_text_safety(self, _: str) -> bool:
        """Let every prompt pass."""
        return True

    def check_video_safety(self, video: Any) -> Any:
        """Let every video pass."""
        return video
