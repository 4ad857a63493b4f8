# SPDX-License-Identifier: Apache-2.0
"""The results that Raddle hands out, and the numbers with names.

Generated from include/interface by emit_python.py: change the description, not this file."""

from dataclasses import dataclass
from typing import Optional, Tuple

from . import _raw
from ._enums import (Code as Code, DlCode as DlCode, DlDevice as DlDevice, Dtype as Dtype,
                     EventKind as EventKind, LogLevel as LogLevel, Origin as Origin, Scope as Scope,
                     StopGrade as StopGrade, TensorKind as TensorKind, TensorRole as TensorRole)


def text(value: bytes) -> str:
    """UTF-8, where any other byte is kept as Python keeps those of paths (PEP 383)."""
    return value.decode("utf-8", "surrogateescape")


def optional_text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else text(value)


@dataclass(frozen=True)
class OptionInfo:
    """One row of the table of options. All texts are static."""

    #: "train.steps"
    key: str
    #: integer number boolean string choice path list size groups
    type: str
    #: "1000"
    default_value: str
    #: "steps", or ""
    unit: str
    #: cluster: ranks must agree, part of the result; process: may differ
    scope: str
    #: an interval "[0,)", choices "a|b", or ""
    accepts: str
    #: a sentence
    help: str
    #: "RADDLE_TRAIN_STEPS"
    environment: str
    #: What another value means when a run is resumed. model: part of what was trained, the resume
    #: is refused; run: holds from that step on and is recorded with it; process: never changes a
    #: result and leaves no record.
    change: str

    @classmethod
    def of(cls, struct: _raw.raddle_option_info_t) -> "OptionInfo":
        """A copy of what the library filled in."""
        return cls(text(struct.key), text(struct.type), text(struct.default_value),
                   text(struct.unit), text(struct.scope), text(struct.accepts), text(struct.help),
                   text(struct.environment), text(struct.change))


@dataclass(frozen=True)
class OpInfo:
    """One kind of op. All texts are static."""

    #: "linear"
    name: str
    #: names of the inputs, in order: "x weight bias?" (? may be left out)
    inputs: str
    #: "y"
    outputs: str
    #: "key=default,..."; a key without default must be given
    attributes: str
    #: shapes and arithmetic, a sentence or two
    help: str
    input_count_min: int
    input_count_max: int
    output_count: int

    @classmethod
    def of(cls, struct: _raw.raddle_op_info_t) -> "OpInfo":
        """A copy of what the library filled in."""
        return cls(text(struct.name), text(struct.inputs), text(struct.outputs),
                   text(struct.attributes), text(struct.help), struct.input_count_min,
                   struct.input_count_max, struct.output_count)


@dataclass(frozen=True)
class GraphTensor:
    """One tensor of a graph."""

    name: str
    kind: TensorKind
    dtype: Dtype
    #: index of the node that makes it; -1: none
    node: int
    #: the first `rank`
    dims: Tuple[int, ...]
    #: 0: it is no loss
    loss_coefficient: float
    #: True: raddle_graph_add_output() was called on it
    is_output: bool

    @classmethod
    def of(cls, struct: _raw.raddle_graph_tensor_t) -> "GraphTensor":
        """A copy of what the library filled in."""
        return cls(text(struct.name), TensorKind(struct.kind), Dtype(struct.dtype), struct.node,
                   tuple(struct.dims[:struct.rank]), struct.loss_coefficient,
                   bool(struct.is_output))


@dataclass(frozen=True)
class GraphNode:
    """One operation of a graph."""

    #: "linear"
    op: str
    #: as raddle_graph_set_block() was told; -1: none
    block: int
    #: one an input of the op, RADDLE_NO_TENSOR for those left out
    inputs: Tuple[int, ...]
    outputs: Tuple[int, ...]
    #: in the order of `attributes` of raddle_op_get_info()
    attributes: Tuple[float, ...]

    @classmethod
    def of(cls, struct: _raw.raddle_graph_node_t) -> "GraphNode":
        """A copy of what the library filled in."""
        return cls(text(struct.op), struct.block, tuple(struct.inputs[:struct.input_count]),
                   tuple(struct.outputs[:struct.output_count]),
                   tuple(struct.attributes[:struct.attribute_count]))


@dataclass(frozen=True)
class MemoryTable:
    """Bytes that training books."""

    parameter_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    #: of one micro-batch, lifetimes overlaid
    activation_bytes: int
    #: of the hungriest kernel
    scratch_bytes: int
    #: inputs, verdicts, staging
    other_bytes: int
    total_bytes: int
    #: runtime.memory_limit, or what the machine and its limits leave
    limit_bytes: int
    #: 0: it fits; else by how much it does not
    missing_bytes: int

    @classmethod
    def of(cls, struct: _raw.raddle_memory_table_t) -> "MemoryTable":
        """A copy of what the library filled in."""
        return cls(struct.parameter_bytes, struct.gradient_bytes, struct.optimizer_bytes,
                   struct.activation_bytes, struct.scratch_bytes, struct.other_bytes,
                   struct.total_bytes, struct.limit_bytes, struct.missing_bytes)


@dataclass(frozen=True)
class TokenizeResult:
    """What a token file was made of."""

    documents: int
    tokens: int
    #: of the files
    bytes: int
    #: halves of surrogate pairs in JSON strings, now U+FFFD
    replaced: int

    @classmethod
    def of(cls, struct: _raw.raddle_tokenize_result_t) -> "TokenizeResult":
        """A copy of what the library filled in."""
        return cls(struct.documents, struct.tokens, struct.bytes, struct.replaced)


@dataclass(frozen=True)
class SessionInfo:
    """What a session is and how far it is."""

    parameter_elements: int
    vocab_size: int
    #: longest sequence
    context_tokens: int
    #: capacity of one micro-batch
    micro_batch_tokens: int
    #: of one step
    micro_batches: int
    steps_done: int
    #: train.steps
    steps_total: int
    tokens_done: int
    #: of a training step: 6 N + 6 L C T, as in bench.h
    flops_per_token: int
    #: that the session has allocated
    memory_bytes: int
    threads: int

    @classmethod
    def of(cls, struct: _raw.raddle_session_info_t) -> "SessionInfo":
        """A copy of what the library filled in."""
        return cls(struct.parameter_elements, struct.vocab_size, struct.context_tokens,
                   struct.micro_batch_tokens, struct.micro_batches, struct.steps_done,
                   struct.steps_total, struct.tokens_done, struct.flops_per_token,
                   struct.memory_bytes, struct.threads)


@dataclass(frozen=True)
class Metrics:
    """What a step did."""

    #: steps done, this one included: 1 after the first
    step: int
    #: next-token loss in nats, mean over the step's weighted tokens
    loss: float
    #: with the other terms (multi-token prediction)
    total_loss: float
    #: global, before clipping
    grad_norm: float
    learning_rate: float
    #: tokens of this step
    step_tokens: int
    #: tokens of the run so far
    tokens: int
    step_ms: float
    #: step_tokens in step_ms
    tokens_per_second: float
    #: model arithmetic, see SessionInfo
    flops_per_second: float
    #: steps of the run whose gradients were not finite
    skipped_total: int
    #: True: this step was one, and the weights were left alone
    skipped: bool

    @classmethod
    def of(cls, struct: _raw.raddle_metrics_t) -> "Metrics":
        """A copy of what the library filled in."""
        return cls(struct.step, struct.loss, struct.total_loss, struct.grad_norm,
                   struct.learning_rate, struct.step_tokens, struct.tokens, struct.step_ms,
                   struct.tokens_per_second, struct.flops_per_second, struct.skipped_total,
                   bool(struct.skipped))


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found."""

    #: steps done when it ran
    step: int
    #: next-token, in nats, mean over tokens
    loss: float
    #: exp(loss)
    perplexity: float
    #: of the text that the tokens stand for; 0 if that is not known
    bits_per_byte: float
    tokens: int
    #: of text; 0 if that is not known
    bytes: int
    seconds: float

    @classmethod
    def of(cls, struct: _raw.raddle_evaluation_t) -> "Evaluation":
        """A copy of what the library filled in."""
        return cls(struct.step, struct.loss, struct.perplexity, struct.bits_per_byte, struct.tokens,
                   struct.bytes, struct.seconds)


@dataclass(frozen=True)
class TrainResult:
    """How a training loop ended."""

    #: of the run, earlier sessions included
    steps_done: int
    #: True: on request, before train.steps or the last evaluation
    stopped: bool
    #: True: a checkpoint of exactly this state is on disk
    saved: bool
    #: of this call
    seconds: float

    @classmethod
    def of(cls, struct: _raw.raddle_train_result_t) -> "TrainResult":
        """A copy of what the library filled in."""
        return cls(struct.steps_done, bool(struct.stopped), bool(struct.saved), struct.seconds)


@dataclass(frozen=True)
class GenerateResult:
    """How a generation went."""

    #: generated
    token_count: int
    #: until the first token
    prompt_ms: float
    #: after the first
    tokens_per_second: float
    #: True: by an end-of-text token
    ended: bool

    @classmethod
    def of(cls, struct: _raw.raddle_generate_result_t) -> "GenerateResult":
        """A copy of what the library filled in."""
        return cls(struct.token_count, struct.prompt_ms, struct.tokens_per_second,
                   bool(struct.ended))


@dataclass(frozen=True)
class TensorInfo:
    """A tensor of state, wherever it lies."""

    #: "gradient/lm_head.weight"
    name: str
    #: "lm_head.weight"
    parameter: str
    role: TensorRole
    dtype: Dtype
    #: True: the parameter has a gradient and moments; 0: it is frozen, or the session does not
    #: train
    trained: bool
    #: the first `rank`, of the whole tensor
    dims: Tuple[int, ...]
    #: of the whole tensor's elements, in row-major order, those from this one on are here
    element_begin: int
    #: and end before this one: all of them, unless several ranks share the state
    element_end: int
    #: True: in memory that raddle_session_get_tensor() gives; 0: in that of a device which the host
    #: cannot follow pointers to
    on_host: bool
    #: True: in memory that another process may own too and that outlives the session
    foreign: bool

    @classmethod
    def of(cls, struct: _raw.raddle_tensor_info_t) -> "TensorInfo":
        """A copy of what the library filled in."""
        return cls(text(struct.name), text(struct.parameter), TensorRole(struct.role),
                   Dtype(struct.dtype), bool(struct.trained), tuple(struct.dims[:struct.rank]),
                   struct.element_begin, struct.element_end, bool(struct.on_host),
                   bool(struct.foreign))


@dataclass(frozen=True)
class CheckpointInfo:
    """What Raddle says of one."""

    path: str
    step: int
    bytes: int
    #: True: manifest and file sizes are right (checksums: raddle_checkpoint_verify)
    good: bool
    #: what is wrong with one that is not good, else ""
    problem: str
    #: of the run that trained it; "" where `directory` is no run directory
    branch: str
    #: False: it belongs to a branch that was set aside
    in_force: bool
    #: True: it is being written, or never was finished; then it is not good
    half_written: bool

    @classmethod
    def of(cls, struct: _raw.raddle_checkpoint_info_t) -> "CheckpointInfo":
        """A copy of what the library filled in."""
        return cls(text(struct.path), struct.step, struct.bytes, bool(struct.good),
                   text(struct.problem), text(struct.branch), bool(struct.in_force),
                   bool(struct.half_written))


@dataclass(frozen=True)
class MachinePeaks:
    """What the machine can do."""

    threads: int
    #: FP32 fused multiply-add from registers, all threads
    fma_gflops: float
    #: a = b + s c in memory, 12 bytes an element, all threads; 0: not measured
    triad_gb_per_second: float

    @classmethod
    def of(cls, struct: _raw.raddle_machine_peaks_t) -> "MachinePeaks":
        """A copy of what the library filled in."""
        return cls(struct.threads, struct.fma_gflops, struct.triad_gb_per_second)


@dataclass(frozen=True)
class StepBench:
    """What a training step took."""

    #: measured
    steps: int
    tokens_per_step: int
    parameter_elements: int
    #: (6 N + 6 L C T) x tokens: N parameters, L layers, C width, T length
    flops_per_step: int
    #: of this process so far
    peak_rss_bytes: int
    step_ms_median: float
    step_ms_min: float
    step_ms_max: float
    #: the first step, its allocations included
    first_step_ms: float
    plan_ms: float
    #: planning, allocating and drawing weights
    create_ms: float
    #: of the median step
    tokens_per_second: float

    @classmethod
    def of(cls, struct: _raw.raddle_step_bench_t) -> "StepBench":
        """A copy of what the library filled in."""
        return cls(struct.steps, struct.tokens_per_step, struct.parameter_elements,
                   struct.flops_per_step, struct.peak_rss_bytes, struct.step_ms_median,
                   struct.step_ms_min, struct.step_ms_max, struct.first_step_ms, struct.plan_ms,
                   struct.create_ms, struct.tokens_per_second)
