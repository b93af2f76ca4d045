"""What is known of a source, a GPU and a model?

The records of what the figures are about. The JSON Schemas for editors and the field tables of the
docs are made from these classes, so every field says here what it means.
Imports ``values``; ``schema`` and all that speaks of these records import it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .values import (
    NUMBER,
    Capability,
    Cite,
    Commit,
    Confidence,
    Count,
    Day,
    Id,
    Name,
    Positive,
    Record,
    Text,
)

# ---------------------------------------------------------------- sources

REPOSITORY = r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$"
_STEP = r"\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*"  # never "..", which would lead out of the repository
PATH = rf"^{_STEP}(?:/{_STEP})*$"
URL = r"^https://[A-Za-z0-9.-]+/[!#-;=?-\[\]_a-z~]*$"  # what else may stand there is written %7B
CLASS = r"^(diffusers|transformers)\.[A-Za-z][A-Za-z0-9_]*$"
KEYWORD = r"^[a-z][a-z0-9_]*$"
# What each pattern asks for, in words.
FORMS = {
    REPOSITORY: "a repository as owner/name",
    PATH: "a path inside the repository, such as docs/performance.md",
    CLASS: "a class of diffusers or transformers, such as diffusers.AutoencoderKL",
    KEYWORD: "a keyword in lower case",
    URL: "an address that begins with https:// and has no blanks, quotes or braces",
}


class Source(Record):
    """A pinned document: where the figures were read."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["repository", "commit", "path"]}, {"required": ["url"]}]
        }
    )

    title: Text
    """Title of the document, as the site shows it."""
    repository: Annotated[str, StringConstraints(strict=True, pattern=REPOSITORY)] | None = None
    """Repository on GitHub, as owner/name. Give commit and path too."""
    commit: Commit | None = None
    """Full commit, 40 hexadecimal digits, so that the link never changes."""
    path: Annotated[str, StringConstraints(strict=True, pattern=PATH)] | None = None
    """Path of the file in the repository."""
    url: Annotated[str, StringConstraints(strict=True, pattern=URL)] | None = None
    """Address of a page that has no commit: a thread, a vendor's page. https only."""
    dated: Day | None = None
    """Date of the document itself: of its commit, or printed on it."""
    read_on: Day
    """Date on which the figures were read."""

    @model_validator(mode="after")
    def _one_address(self) -> Source:
        pinned = (self.repository, self.commit, self.path)
        if all(pinned) == bool(self.url) or (any(pinned) and not all(pinned)):
            given = self.model_fields_set & {"repository", "commit", "path", "url"}
            raise PydanticCustomError(
                "address",
                "either repository, commit and path together, or url",
                {"found": ", ".join(sorted(given)) or "no address"},
            )
        return self

    def href(self, lines: str | None = None) -> str:
        """Return the https address, at the first and last of ``lines`` where the host can."""
        if self.url:
            return self.url
        address = f"https://github.com/{self.repository}/blob/{self.commit}/{self.path}"
        if not lines:
            return address
        numbers = re.findall(r"\d+", lines)
        span = f"#L{numbers[0]}" + (f"-L{numbers[-1]}" if len(numbers) > 1 else "")
        return f"{address}?plain=1{span}"


T = TypeVar("T")


class Fact(Record, Generic[T]):
    """A single value with its own source."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:  # noqa: ARG003
        """Return the name that editors show, instead of one that spells out every bound."""
        return "Fact"

    value: T
    """The value, as the source gives it."""
    source: Cite
    """Where the value was read."""
    confidence: Confidence = "high"
    """How far the source can be trusted: high for the vendor's own page."""
    note: Text | None = None
    """What a reader should know about this value."""


# ---------------------------------------------------------------- GPUs and models


class UsableMemory(Record):
    """Memory that one card was seen to have."""

    total_mib: Annotated[Decimal, Field(ge=1024, le=1_000_000), NUMBER]
    """Total memory in MiB."""
    meter: Literal["cuda", "opencl", "driver"]
    """Who reported it: CUDA or OpenCL to a program, or the driver's own total."""
    source: Cite
    """Where the value was read."""
    confidence: Confidence = "high"
    """How far the source can be trusted."""
    note: Text | None = None
    """What a reader should know about this value."""


class Gpu(Record):
    """One GPU product with its form factor, or a published name that fits several products."""

    name: Name
    """Full product name."""
    aliases: list[Name] = []
    """Other spellings that readers search for and that tables print."""
    driver_names: list[Name] = []
    """Names by which the driver reports the card, where they are none of the names above."""
    one_of: Annotated[list[Id], Field(min_length=2)] = []
    """Only for an ambiguous published name: the ids of the products it may mean."""
    architecture: Fact[Name] | None = None
    """Name of the architecture, such as Hopper."""
    compute_capability: Fact[Capability] | None = None
    """CUDA compute capability, in quotes because it is no number: '9.0'."""
    form_factor: Fact[Text] | None = None
    """Form factor, such as SXM or a PCIe card."""
    memory_gb: Fact[Annotated[Decimal, Field(ge=4, le=1024), NUMBER]] | None = None
    """Nominal memory in decimal GB, as the vendor prints it."""
    memory_type: Fact[Name] | None = None
    """Kind of memory, such as HBM3e."""
    memory_bandwidth_gb_s: Fact[Annotated[Decimal, Field(ge=10, le=50_000), NUMBER]] | None = None
    """Peak memory bandwidth in GB/s."""
    bf16_dense_tflop_s: Fact[Annotated[Decimal, Field(ge=1, le=50_000), NUMBER]] | None = None
    """Peak dense BF16 rate in TFLOP/s."""
    tdp_w: Fact[Annotated[Decimal, Field(ge=10, le=5_000), NUMBER]] | None = None
    """Power limit in W."""
    nvlink: Fact[Text] | None = None
    """NVLink generation and bandwidth."""
    release_year: Fact[Annotated[int, Field(strict=True, ge=2000, le=2100)]] | None = None
    """Year of release."""
    usable_memory: list[UsableMemory] = []
    """Memory that cards of this product report to programs or through the driver."""
    note: Text | None = None
    """What a reader should know about this product."""

    @model_validator(mode="after")
    def _group_or_product(self) -> Gpu:
        specs = self.model_fields_set - {"name", "aliases", "one_of", "note"}
        if self.one_of and specs:
            raise PydanticCustomError(
                "group",
                "a group without specs of its own; its members have them",
                {"found": f"one_of beside {', '.join(sorted(specs))}"},
            )
        return self


ClassName = Annotated[str, StringConstraints(strict=True, pattern=CLASS)]
Keyword = Annotated[str, StringConstraints(strict=True, pattern=KEYWORD)]


def _argument(value: object) -> object:
    """Accept plain values and lists of them, and give them the types that the libraries expect."""
    if isinstance(value, list):
        return [_argument(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]+", value):
        return None if value == "none" else value
    if isinstance(value, (bool, int)):
        return value
    raise PydanticCustomError("argument", "a number, true, false, none, a word, or a list of them")


Argument = Annotated[
    Any,
    PlainValidator(_argument),
    WithJsonSchema({"type": ["number", "boolean", "string", "array"]}),
]


class Part(Record):
    """A class of a library, and what it is made with."""

    class_name: ClassName
    """Class that makes the part, with its library: transformers.T5EncoderModel."""
    arguments: dict[Keyword, Argument] = {}
    """Arguments of the class, or of its configuration; none stands for no value."""


class Component(Part):
    """A part of a pipeline that several models share, enough to build it with random weights."""

    precision: Literal["float32", "bfloat16", "float16"] | None = None
    """Number format of the weights, as the library's own script loads them."""
    source: Cite
    """Where all this was read."""
    note: Text | None = None
    """What a reader should know about this part."""


class Pipeline(Record):
    """How the library diffusers runs the model."""

    class_name: ClassName
    """Class of the pipeline, with its library: diffusers.FluxPipeline."""
    transformer: Part
    """Class of the transformer, and its arguments beside the sizes of the model."""
    components: dict[Keyword, Id]
    """The other parts: their names in the pipeline, and their ids in components.yml."""
    prompt_tokens: Count = 512
    """Tokens to which every prompt is padded."""
    source: Cite
    """Where this was read."""


class Transformer(Record):
    """Sizes of the diffusion transformer, enough to build it with random weights."""

    layers: Count
    """Number of transformer blocks."""
    heads: Count
    """Attention heads."""
    head_dim: Count
    """Width of one head."""
    in_channels: Count | None = None
    """Latent channels that go in, without the padding mask."""
    out_channels: Count | None = None
    """Latent channels that come out."""
    rope_scale: list[Positive] = []
    """Scales of the rotary embedding over time, height and width."""
    source: Cite
    """Where the sizes were read."""


class Defaults(Record):
    """What the model's own tool does when no option is given."""

    resolution: Name | None = None
    """Width x height in pixels."""
    frames: Count | None = None
    """Frames of one video; 1 for an image."""
    fps: Count | None = None
    """Frames per second."""
    steps: Count | None = None
    """Denoising steps."""
    guidance: Positive | None = None
    """Guidance scale."""
    source: Cite
    """Where the defaults were read."""


class SparseSupport(Record):
    """Where a sparse attention variant of the model runs."""

    kernel: Name
    """Name of the sparse attention library."""
    compute_capabilities: list[Capability]
    """Compute capabilities it supports, each in quotes."""
    resolutions: list[Name]
    """Resolutions it supports."""
    source: Cite
    """Where this is stated."""


class Model(Record):
    """One checkpoint."""

    name: Name
    """Full name of the checkpoint."""
    aliases: list[Name] = []
    """Other spellings that readers search for and that tables print."""
    family: Name
    """Family of models, such as Cosmos-Predict2."""
    task: Id
    """What the model makes: text2image, video2world."""
    size_class: Name
    """Size as the vendor names it: 2B, 14B. Recommendations are made per size class."""
    parameters: Fact[Count] | None = None
    """Exact number of parameters of the transformer."""
    checkpoint: Fact[Name] | None = None
    """Published checkpoint, as owner/name."""
    released_on: Fact[Day] | None = None
    """Date of release."""
    license: Fact[Name] | None = None
    """Licence of the weights."""
    text_encoder: Fact[Text] | None = None
    """Text encoder."""
    vae: Fact[Text] | None = None
    """Autoencoder between pixels and latents."""
    transformer: Transformer | None = None
    """Sizes of the diffusion transformer."""
    pipeline: Pipeline | None = None
    """How the library diffusers runs the model."""
    defaults: Defaults | None = None
    """Settings that the model's own tool uses when none are given."""
    sparse_attention: SparseSupport | None = None
    """Sparse attention variant, where there is one."""
    note: Text | None = None
    """What a reader should know about this model."""
