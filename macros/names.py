"""Does each name in the data lead to one thing?

Rules on ids, names and references: none is lost, and none means two things. Imports
``figures`` and ``references``; ``rules`` registers these rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .catalog import Gpu, Model
from .errors import nearest
from .figures import setting, setting_ref, workload
from .load import Dataset
from .references import Finding, claims, references, unresolved


def known_ids(dataset: Dataset) -> Iterator[Finding]:
    """Every id that a record names belongs to a record.

    A mistyped id would be a new, empty record to every table that is made from it.
    """
    lost: set[str] = set()  # kinds of which there is no record at all; told once each
    for ref, name, what, known, at_key in references(dataset):
        if name not in known and what not in lost:
            hint = nearest(name, known) if known else f"the data have no {what} at all"
            hint = hint or _NEW.get(what, "").format(name)
            yield Finding(ref, name, f"the id of a {what}", hint, at_key)
            lost |= set() if known else {what}


_NEW = {
    "GPU": "a new GPU is a file of its own, gpus/{}.yml",
    "model": "a new model is a file of its own, models/{}.yml",
    "source": "a new source is an entry in sources.yml",
}


def known_references(dataset: Dataset) -> Iterator[Finding]:
    """A note or waiver concerns figures that are in the data.

    One that matches nothing would never be shown, and nobody would notice.
    """
    for name, note in dataset.notes.items():
        for i, ref in enumerate(note.concerns):
            yield from unresolved(dataset, ref, f"notes/{name}/concerns/{i}")
    for name, waiver in dataset.waivers.items():
        yield from unresolved(dataset, waiver.record, f"waivers/{name}/record")


def unique_names(dataset: Dataset) -> Iterator[Finding]:
    """A name or alias belongs to one record of its kind, and is no other record's id.

    Readers search for these words and tables print them; one word for two cards misleads both.
    """
    kinds: dict[str, Mapping[str, Gpu | Model]] = {"gpus": dataset.gpus, "models": dataset.models}
    for kind, records in kinds.items():
        owners = {record_id: f"{kind}/{record_id}" for record_id in records}
        for record_id, record in records.items():
            names = {f"{kind}/{record_id}/name": record.name}
            names |= {f"{kind}/{record_id}/aliases/{i}": a for i, a in enumerate(record.aliases)}
            for ref, name in names.items():
                owner = owners.setdefault(" ".join(name.casefold().split()), ref)
                if owner not in (ref, f"{kind}/{record_id}"):
                    yield Finding(ref, name, "a name of its own", f"it stands at {owner} too")


def unique_headings(dataset: Dataset) -> Iterator[Finding]:
    """No two columns of a table have the same heading.

    Otherwise readers could not tell their figures apart.
    """
    for table, benchmark in dataset.benchmarks.items():
        first: dict[str, str] = {}
        for column, about in benchmark.columns.items():
            model = dataset.models.get(about.model)
            heading = about.label or (model.name if model else about.model)
            if (other := first.setdefault(heading, column)) != column:
                key = "label" if about.label else "model"
                hint = f"column {other} has it too; a label tells them apart"
                ref = f"benchmarks/{table}/columns/{column}/{key}"
                yield Finding(ref, heading, "a heading of its own", hint)


def tasks_of_models(dataset: Dataset) -> Iterator[Finding]:
    """A workload that states its task states the task of the model that ran.

    Otherwise the figures belong to another model, or to another column.
    """
    stated = [
        (f"runs/{name}/workload/task", run.model or "", run.workload)
        for name, run in dataset.runs.items()
    ] + [
        (setting_ref(dataset, table, column, "task"), about.model, workload(benchmark, column))
        for table, benchmark in dataset.benchmarks.items()
        for column, about in benchmark.columns.items()
    ]
    for ref, name, given in stated:
        model, task = dataset.models.get(name), setting(given.task)
        if model and task not in (None, "not_stated", model.task):
            yield Finding(ref, str(task), f"{model.task}, the task of {name}")


def groups_of_products(dataset: Dataset) -> Iterator[Finding]:
    """The members of a group are different products, never groups.

    A group says which cards a published name may mean; a group in it would say nothing.
    """
    for gpu, card in dataset.gpus.items():
        for i, member in enumerate(card.one_of):
            ref = f"gpus/{gpu}/one_of/{i}"
            if member in card.one_of[:i]:
                yield Finding(ref, f"{member} again", "each product once")
            if member in dataset.gpus and dataset.gpus[member].one_of:
                yield Finding(ref, f"{member}, a group", "products", "name the members instead")


def one_architecture(dataset: Dataset) -> Iterator[Finding]:
    """Cards of one compute capability have one architecture.

    The maker gives each capability to one architecture, so a second one is a slip of the pen.
    """
    first: dict[str, tuple[str, str]] = {}
    for gpu, card in dataset.gpus.items():
        if card.compute_capability and card.architecture:
            name, capability = card.architecture.value, card.compute_capability.value
            other, known = first.setdefault(capability, (gpu, name))
            if name != known:
                expected = f"{known}, as {other} has with compute capability {capability}"
                yield Finding(f"gpus/{gpu}/architecture/value", name, expected)


def known_words(dataset: Dataset) -> Iterator[Finding]:
    """A claim speaks of an architecture or size class that some record has.

    A claim about nothing would be checked against nothing, and pass.
    """
    words = {
        "architecture": {card.architecture.value for card in dataset.gpus.values()
                         if card.architecture},
        "size_class": {model.size_class for model in dataset.models.values()},
    }  # fmt: skip
    for ref, claim in claims(dataset):
        for key, known in words.items():
            word = getattr(claim, key)
            if word and word not in known:
                what = key.replace("_", " ")
                yield Finding(f"{ref}/{key}", word, f"a known {what}", nearest(word, sorted(known)))


def superseded_by_another(dataset: Dataset) -> Iterator[Finding]:
    """A superseded figure has its successor in another table of times.

    Readers are sent there, so the table must hold a figure for the same GPU and model.
    """
    for table, requirement in dataset.requirements.items():
        for model, cell in requirement.results.items():
            if cell.superseded_by:
                ref = f"requirements/{table}/results/{model}"
                hint = "write the newer need in its place, with its source"
                yield Finding(ref, "a need that is superseded", "a need that holds", hint)
    for table, benchmark in dataset.benchmarks.items():
        for gpu, row in benchmark.results.items():
            for column, cell in row.items():
                if not cell.superseded_by:
                    continue
                successor = dataset.benchmarks.get(cell.superseded_by)
                if not successor or column not in benchmark.columns:
                    continue
                model = benchmark.columns[column].model
                named = [c for c, about in successor.columns.items() if about.model == model]
                if successor is benchmark or not {*named} & {*successor.results.get(gpu, ())}:
                    ref = f"benchmarks/{table}/results/{gpu}/{column}/superseded_by"
                    expected = f"another table with a result for {gpu} and {model}"
                    yield Finding(ref, cell.superseded_by, expected)
