"""How long does each part of a generation take, without making the GPU wait?

Needs PyTorch; ``pipeline_run`` imports this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


class Clock:
    """Times a generation, and the calls of each part in it; all calls of a part are added up."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._spans: dict[str, list[tuple[Any, Any]]] = {}

    def whole(self, work: Callable[[], Any]) -> tuple[float, Any]:
        """Return the seconds that ``work`` took until the GPU was done too, and its result."""
        self._spans.clear()
        self._synchronize()
        began = time.perf_counter()
        result = work()
        self._synchronize()
        return time.perf_counter() - began, result

    def parts(self) -> dict[str, float]:
        """Return the seconds by part: the text encoder, the transformer, the autoencoder's ways."""
        return {
            scope: sum(self._seconds(begin, end) for begin, end in spans)
            for scope, spans in self._spans.items()
        }

    @contextmanager
    def watching(self, pipe: Any) -> Iterator[None]:
        """Look at the parts of a pipeline meanwhile."""
        hooks = []
        for scope in ("text_encoder", "transformer"):
            if (part := getattr(pipe, scope, None)) is not None:
                hooks.append(
                    part.register_forward_pre_hook(lambda *_, scope=scope: self._begin(scope))
                )
                hooks.append(part.register_forward_hook(lambda *_, scope=scope: self._end(scope)))
        vae = getattr(pipe, "vae", None)
        ways = ("encode", "decode") if vae is not None else ()
        for way in ways:
            setattr(vae, way, self._timed(getattr(vae, way), f"vae_{way}"))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
            for way in ways:
                delattr(vae, way)

    def _timed(self, call: Callable[..., Any], scope: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **keywords: Any) -> Any:
            self._begin(scope)
            result = call(*arguments, **keywords)
            self._end(scope)
            return result

        return timed

    def _begin(self, scope: str) -> None:
        self._spans.setdefault(scope, []).append((self._now(), None))

    def _end(self, scope: str) -> None:
        begin, _ = self._spans[scope][-1]
        self._spans[scope][-1] = (begin, self._now())

    def _now(self) -> Any:
        if self.device.type != "cuda":
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)  # no waiting, so that the GPU stays busy
        event.record()
        return event

    def _seconds(self, begin: Any, end: Any) -> float:
        return float(begin.elapsed_time(end) / 1000 if self.device.type == "cuda" else end - begin)

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
