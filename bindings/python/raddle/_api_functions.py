# SPDX-License-Identifier: Apache-2.0
"""Functions of no object.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Any, Dict, Optional, TYPE_CHECKING

from . import _raw
from ._api_stop import Stop
from ._buffers import Array, in_place
from ._calls import call, spare_stop
from ._context import Context, context_of
from ._handles import Path, encoded, given_json, optional_path, path_bytes
from ._library import lib
from ._values import Code, MachinePeaks, OpInfo, OptionInfo, Scope, StepBench, TokenizeResult, text

if TYPE_CHECKING:
    from ._objects import Config


def version() -> int:
    """The version of the library that is loaded, to be compared with RADDLE_VERSION."""
    found = call(lib.raddle_version, ())
    return int(found)


def version_string() -> str:
    """The same as text, "0.1.0"."""
    found = call(lib.raddle_version_string, ())
    return text(found)


def build_info() -> str:
    """How the library was built: lines of "key: value" (version, compiler, build type,
    sanitizers)."""
    found = call(lib.raddle_build_info, ())
    return text(found)


def code_name(code: Code) -> str:
    """\"INVALID_ARGUMENT"; "UNKNOWN" for a code that this library does not know."""
    found = call(lib.raddle_code_name, (code,))
    return text(found)


def scope_name(scope: Scope) -> str:
    """\"call"; "unknown" for a scope that this library does not know."""
    found = call(lib.raddle_scope_name, (scope,))
    return text(found)


def option_count() -> int:
    """How many options there are."""
    found = call(lib.raddle_option_count, ())
    return int(found)


def option_info(index: int) -> OptionInfo:
    """Option `index`, in order of key.

    Raises OutOfRangeError: index is not in [0, count)
    """
    out_info = _raw.raddle_option_info_t()
    call(lib.raddle_option_get_info, (index, out_info))
    return OptionInfo.of(out_info)


def op_count() -> int:
    """How many kinds of op can be added to a graph."""
    found = call(lib.raddle_op_count, ())
    return int(found)


def op_info(index: int) -> OpInfo:
    """Kind `index`.

    Raises OutOfRangeError: index is not in [0, count)
    """
    out_info = _raw.raddle_op_info_t()
    call(lib.raddle_op_get_info, (index, out_info))
    return OpInfo.of(out_info)


def mesh_plan(lengths: Array, ranks: int, capacity: int, with_plan: int,
              cost_path: Optional[Path] = None, *, context: Optional[Context] = None) -> Dict[str,
              Any]:
    """Plans one step of hybrid data parallelism: a sequence that is longer than `capacity` is
    cut over as many ranks as hold it, or more where the step is done earlier then; shorter
    ones are packed. The result is a JSON object; keys may be added. `makespan` is when the
    last rank is done, in ms of one layer's forward pass; `lower_bound`: no plan is faster, by
    the same cost model; `planning_ms`: what planning took. `kv_bytes` are keys and values
    sent in one layer's forward pass, `kv_bytes_static` the same on a mesh of equal groups
    that hold the longest sequence, and `static_degree` the ranks of such a group, a divisor
    of `ranks`. `ranks`, `capacity`, `sequences`, `tokens`, `micro_batches` and `groups`
    (sequences that are cut) are counts; `hash` has 16 digits, the same for the same plan;
    `cost` is the cost model, as a cost file has it. With `with_plan`, `plan` has `ranks`, for
    each its micro-batches, for each of these its pieces: `sequence` (from 0 on), `degree`
    (ranks it is cut over) and, where that is over 1, `part` and `group`; and `groups`, for
    each its ranks in the order of parts.

    lengths: tokens of each sequence
    capacity: tokens that a rank holds in a micro-batch
    cost_path: a JSON file; what it leaves out keeps its default; None: the default cost model
    Raises InvalidArgumentError: a length, `ranks`, `capacity` or a coefficient is out of range; a
        sequence does not fit; ResourceExhaustedError: the capacity is over the cost model's limit
        of activations; NotFoundError: there is no file at `cost_path`
    """
    shared = context_of(context)
    lengths_array = in_place(lengths, "q")
    out_json = c_char_p()
    call(lib.raddle_mesh_plan, (shared._pointer, lengths_array, len(lengths_array), ranks, capacity,
                                optional_path(cost_path), with_plan, out_json), None, lasts=True)
    return given_json(out_json)


def mesh_plan_groups(lengths: Array, ranks: int, capacity: int, any_size: int, cost_path: Path,
                     with_plan: int, *, context: Optional[Context] = None) -> Dict[str, Any]:
    """Plans one step for attention that exchanges heads for tokens: each micro-batch divides the
    ranks into groups anew, small ones for short sequences (FlexSP). The cost model must have
    `all_to_all`. The result is a JSON object; keys may be added. `time_ms` is what all micro-
    batches take after each other, by the cost model; `equal_groups_ms` the same for the best
    plan that the planner finds with groups of one size, 0 where none fits, and never less;
    `planning_ms`: what planning took. `shapes` has for each micro-batch the ranks of its
    groups, largest first; ranks that are left have nothing to do. `ranks`, `capacity`,
    `sequences`, `tokens`, `micro_batches` and `groups` are counts; `hash` has 16 digits, the
    same for the same plan; `cost` is the cost model, as a cost file has it. With `with_plan`,
    `plan` has for each micro-batch its groups: `first_rank`, `degree` (its ranks, which
    follow each other), `time_ms` and `sequences` (from 0 on).

    lengths: tokens of each sequence
    capacity: tokens that a rank holds in a micro-batch
    any_size: groups of any number of ranks; else of powers of two
    cost_path: a JSON file
    Raises InvalidArgumentError: a length, `ranks`, `capacity` or a coefficient is out of range; a
        sequence does not fit; the cost model has no `all_to_all`; ResourceExhaustedError: the
        capacity is over the cost model's limit of activations; NotFoundError: there is no file at
        `cost_path`
    """
    shared = context_of(context)
    lengths_array = in_place(lengths, "q")
    out_json = c_char_p()
    call(lib.raddle_mesh_plan_groups, (shared._pointer, lengths_array, len(lengths_array), ranks,
                                       capacity, any_size, path_bytes(cost_path), with_plan,
                                       out_json), None, lasts=True)
    return given_json(out_json)


def mesh_simulate(lengths: Array, ranks: int, capacity: int, longest: int = 0,
                  profile: Optional[Path] = None, *, context: Optional[Context] = None) -> Dict[str,
                  Any]:
    """Computes what a step on so many ranks would take, for each way to place its sequences:
    `static`, on a mesh of equal groups that is made once for sequences of `longest` tokens;
    and for rings `naive` (ByteScale's first algorithm) and `balanced` (the plan of
    mesh_plan()). Nothing is run or measured; ratios of two policies say something, seconds do
    not. The result is a JSON object; keys may be added. `profile` is what costs are from, as
    a profile file has it, with its sources; `ranks`, `capacity`, `longest`, `sequences`,
    `tokens` and `static_degree` (ranks of a group of the static mesh) are counts. `policies`
    has for each, `static` first, `policy`, `step_ms`, `speedup` (of static), `gradient_ms`
    (of the step, at its end), `busy_ms` (computing and transfers that nothing hides: `least`,
    `mean`, `most` and `deviation` by rank), shares of all ranks' time `exposed_share` (those
    transfers), `waiting_share` and `transfer_bound_share` (attention whose transfers take
    longer than what they overlap), and the counts `micro_batches` and `kv_bytes` (keys and
    values sent in one layer's forward pass). `not_predicted` lists, in sentences, what the
    result says nothing about.

    lengths: tokens of each sequence
    capacity: tokens that a rank holds in a micro-batch
    longest: tokens that the static mesh is made for; 0: the longest of these sequences
    profile: the name of a built-in profile, or a JSON file; None: bytescale-7b
    Raises InvalidArgumentError: a length, `ranks`, `capacity`, `longest` or the profile is out of
        range; a sequence does not fit; ResourceExhaustedError: the capacity is over the profile's
        limit of activations; NotFoundError: `profile` is no built-in's name, and no file either
    """
    shared = context_of(context)
    lengths_array = in_place(lengths, "q")
    out_json = c_char_p()
    call(lib.raddle_mesh_simulate, (shared._pointer, lengths_array, len(lengths_array), ranks,
                                    capacity, longest, optional_path(profile), out_json), None,
                                    lasts=True)
    return given_json(out_json)


def mesh_draw_lengths(set: str, tokens: int, seed: int, *,
                      context: Optional[Context] = None) -> Dict[str, Any]:
    """Draws lengths of sequences like those of a published data set, until they have `tokens`
    tokens together; the last is cut to that. The same arguments give the same lengths. The
    result is a JSON object; keys may be added: `set`, `longest` (tokens; longer ones are cut
    to it), `tokens`, `seed`, and `lengths`, a list.

    set: byted, github, wikipedia or commoncrawl, and the longest sequence: byted-2m, github-256k
    Raises InvalidArgumentError: there is no such set; `tokens` or `seed` is out of range
    """
    shared = context_of(context)
    out_json = c_char_p()
    call(lib.raddle_mesh_draw_lengths, (shared._pointer, encoded(set), tokens, seed, out_json),
                                        None, lasts=True)
    return given_json(out_json)


def data_tokenize(config: "Config", path: Path, *, stop: Optional[Stop] = None,
                  context: Optional[Context] = None) -> TokenizeResult:
    """Writes the texts of data.path as a token file that data.path can name in place of them, in
    the tokenizer of data.tokenizer. Atomic.

    path: a file that is not there yet
    Raises NotFoundError: a file of data.path, or the tokenizer; AlreadyExistsError: there is
        something at `path`; it is kept; DataLossError: JSON that is broken or lacks the field,
        compressed data that is damaged or cut off; names the place; InvalidArgumentError: files
        without any text; UnimplementedError: a file that is no text: UTF-16, Parquet, zip and so
        on; names it; IoError; ResourceExhaustedError; CancelledError: `stop` was set; nothing is
        written
    """
    shared = context_of(context)
    token = stop or spare_stop()
    out_result = _raw.raddle_tokenize_result_t()
    call(lib.raddle_data_tokenize, (shared._pointer, config._pointer, path_bytes(path),
                                    token._pointer, out_result), token, lasts=True)
    return TokenizeResult.of(out_result)


def data_inspect(config: "Config", path: Path, *, stop: Optional[Stop] = None,
                 context: Optional[Context] = None) -> Dict[str, Any]:
    """What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
    quantiles, the vocabulary, and the first texts as the model will see them.

    Raises NotFoundError: no such file; DataLossError: a damaged token file; CancelledError: `stop`
        was set
    """
    shared = context_of(context)
    token = stop or spare_stop()
    out_json = c_char_p()
    call(lib.raddle_data_inspect, (shared._pointer, config._pointer, path_bytes(path),
                                   token._pointer, out_json), token, lasts=True)
    return given_json(out_json)


def checkpoint_verify(path: Path, *, stop: Optional[Stop] = None,
                      context: Optional[Context] = None) -> Dict[str, Any]:
    """Reads every byte of a checkpoint and compares the checksums.

    Raises NotFoundError: there is none; DataLossError: names the file and the tensor;
        CancelledError: `stop` was set
    """
    shared = context_of(context)
    token = stop or spare_stop()
    out_json = c_char_p()
    call(lib.raddle_checkpoint_verify, (shared._pointer, path_bytes(path), token._pointer,
                                        out_json), token, lasts=True)
    return given_json(out_json)


def checkpoint_export(from_: Path, format: str, to: Path, *, stop: Optional[Stop] = None,
                      context: Optional[Context] = None) -> None:
    """Writes a model for other tools. Session.open() and model.init_from read it back.

    from_: a checkpoint or run directory
    format: "hf": config.json, generation_config.json, model.safetensors, tokenizer.json, as Hugging
        Face's libraries name and shape them
    to: a directory; made if it is not there. One that is empty or holds an earlier export of
        Raddle's is replaced, anything else is AlreadyExistsError
    Raises NotFoundError; DataLossError; AlreadyExistsError; IoError; ResourceExhaustedError;
        NumericError: a weight is not finite; InvalidArgumentError: no such format; CancelledError:
        `stop` was set; nothing is written
    """
    shared = context_of(context)
    token = stop or spare_stop()
    call(lib.raddle_checkpoint_export, (shared._pointer, path_bytes(from_), encoded(format),
                                        path_bytes(to), token._pointer), token, lasts=True)


def bench_machine(threads: int = 0, with_memory: int = 0, *,
                  context: Optional[Context] = None) -> MachinePeaks:
    """Measures the machine's peaks.

    threads: 0: all cores
    with_memory: 0: arithmetic only, in a tenth of a second; else memory too, in a second or two and
        384 MiB
    Raises ResourceExhaustedError; InvalidArgumentError: threads is not from 0 to 1024
    """
    shared = context_of(context)
    out_peaks = _raw.raddle_machine_peaks_t()
    call(lib.raddle_bench_machine, (shared._pointer, threads, with_memory, out_peaks), None,
                                    lasts=True)
    return MachinePeaks.of(out_peaks)


def bench_step(config: "Config", batch: int, sequence: int, warmup: int = 0, steps: int = 0, *,
               stop: Optional[Stop] = None, context: Optional[Context] = None) -> StepBench:
    """Times training steps (forward, backward, clipping, AdamW) of the config's model on random
    tokens.

    batch: sequences per micro-batch
    sequence: their length
    warmup: steps that are not measured; 0: 2
    steps: steps that are measured; 0: 10
    Raises what Session() raises
    """
    shared = context_of(context)
    token = stop or spare_stop()
    out_bench = _raw.raddle_step_bench_t()
    call(lib.raddle_bench_step, (shared._pointer, config._pointer, batch, sequence, warmup, steps,
                                 token._pointer, out_bench), token, lasts=True)
    return StepBench.of(out_bench)
