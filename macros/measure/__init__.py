"""How does a real run on a real GPU become one file under ``data/runs/``?

``command`` is the whole of ``python -m macros measure``; the other modules each answer one question
of it: ``nvml`` (what does the driver say), ``child`` (what did the command do), ``channel`` (what
does the wrapped program add), ``journal`` (what is already done), ``environment`` (what machine
was it), ``cards`` (which GPU of the guide is it) and ``record`` (how is it written down).
``pipeline`` is a program to be measured, which ``pipeline_run``, ``pipeline_parts`` and
``pipeline_clock`` belong to, and ``campaign`` measures many settings in a row.

The measuring process imports as little as it can: no pandas, no MkDocs, and pydantic only when a
run is written down.
"""
