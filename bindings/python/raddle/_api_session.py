# SPDX-License-Identifier: Apache-2.0
"""The methods of Session.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Optional, TYPE_CHECKING, Type, TypeVar

from . import _raw
from ._api_stop import Stop
from ._buffers import (Array, BatchArray, TensorViewArray, array_of_batch, array_of_tensor_view,
                       check_length, in_place, length_of, optional_in_place)
from ._calls import spare_stop
from ._context import Context, context_of
from ._handles import Handle, Path, encoded, given_text, optional_path, path_bytes
from ._library import lib
from ._values import Evaluation, Metrics, SessionInfo, TensorInfo, optional_text

if TYPE_CHECKING:
    from ._api_world import World
    from ._objects import Config, Graph


_Self = TypeVar("_Self", bound="Session")


class Session(Handle):
    """A model's state and the programs that were planned for it."""
    _kind = _raw.raddle_session_t
    _destroy = lib.raddle_session_destroy

    def __init__(self, config: "Config", *, run_directory: Optional[Path] = None,
                 resume: Optional[Path] = None, trace_path: Optional[Path] = None,
                 stop: Optional[Stop] = None, context: Optional[Context] = None) -> None:
        """A session that trains the ready-made model of model.* on the data of data.*. The run
        directory is made or changed when training or saving begins, not before; then, if
        `resume` names a checkpoint that is not the run's newest, what came after it is set
        aside (checkpoint.h). Plans the training step and allocates what it needs; draws the
        weights, or reads them (model.init_from, resume).

        config: copied
        run_directory: gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at
            a time: the lock ends with the session or its process; None: the session writes no file
        resume: "auto": from the run directory's newest good checkpoint, afresh if no run is there
            or it never saved; else a checkpoint or run directory, which must be good; None: start
            afresh
        trace_path: where train() writes a Chrome trace. An earlier trace of Raddle's is replaced,
            nothing else is; None: none
        Raises InvalidArgumentError: the config does not validate, or lacks a key that must be
            given; NotFoundError: data, tokenizer, weights or checkpoint are not there;
            AlreadyExistsError: the run directory holds a run, and `resume` is None; or it holds
            files that no run wrote, under names that a run would write over;
            FailedPreconditionError: the checkpoint is of another model or other data; says which;
            DataLossError: the checkpoint is damaged; names file and tensor. With "auto": so is
            every one of the run, or they are gone; IoError: with "auto": no checkpoint of the run
            can be read now; ResourceExhaustedError: the plan does not fit; says by how many bytes;
            UnavailableError: a library or kernel that the config demands is missing, or another
            session writes to the run directory; says which; CancelledError: `stop` was set
        """
        super().__init__()
        shared = context_of(context)
        options = _raw.raddle_session_options_t(run_directory=optional_path(run_directory),
                                                resume=optional_path(resume),
                                                trace_path=optional_path(trace_path))
        token = stop or spare_stop()
        self._kept = shared
        self._call(lib.raddle_session_create, (shared._pointer, config._pointer, options,
                                               token._pointer, self._own_pointer), token,
                                               lasts=True)

    @classmethod
    def create_from_graph(cls: Type["_Self"], config: "Config", graph: "Graph", *,
                          run_directory: Optional[Path] = None, resume: Optional[Path] = None,
                          trace_path: Optional[Path] = None, stop: Optional[Stop] = None,
                          context: Optional[Context] = None) -> "_Self":
        """A session for a model of the caller's own. The caller brings the batches
        (step_inputs()); model.* and data.* are not looked at.

        config: copied
        graph: finished; copied
        run_directory: gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at
            a time: the lock ends with the session or its process; None: the session writes no file
        resume: "auto": from the run directory's newest good checkpoint, afresh if no run is there
            or it never saved; else a checkpoint or run directory, which must be good; None: start
            afresh
        trace_path: where train() writes a Chrome trace. An earlier trace of Raddle's is replaced,
            nothing else is; None: none
        Raises FailedPreconditionError: the graph is not finished or has no loss; what Session()
            raises
        """
        made = cls._empty()
        shared = context_of(context)
        options = _raw.raddle_session_options_t(run_directory=optional_path(run_directory),
                                                resume=optional_path(resume),
                                                trace_path=optional_path(trace_path))
        token = stop or spare_stop()
        made._kept = shared
        made._call(lib.raddle_session_create_from_graph, (shared._pointer, config._pointer,
                                                          graph._pointer, options, token._pointer,
                                                          made._own_pointer), token, lasts=True)
        return made

    @classmethod
    def create_in_world(cls: Type["_Self"], world: "World", config: "Config",
                        graph: Optional["Graph"] = None, *, run_directory: Optional[Path] = None,
                        resume: Optional[Path] = None, trace_path: Optional[Path] = None,
                        stop: Optional[Stop] = None, context: Optional[Context] = None) -> "_Self":
        """A session that trains together with the same session of every other rank. All ranks
        make it, with the same config and graph, and call what trains, evaluates and saves in
        the same order; one at a time in a world. The session keeps the world. In a world of
        one it is as the two above make it.

        config: copied
        graph: finished; copied; None: the ready-made model of model.* on the data of data.*
        run_directory: gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at
            a time: the lock ends with the session or its process; None: the session writes no file
        resume: "auto": from the run directory's newest good checkpoint, afresh if no run is there
            or it never saved; else a checkpoint or run directory, which must be good; None: start
            afresh
        trace_path: where train() writes a Chrome trace. An earlier trace of Raddle's is replaced,
            nothing else is; None: none
        Raises FailedPreconditionError: this rank has left the world; UnavailableError: another rank
            is lost; says which and why; what Session() raises; what create_from_graph() raises
        """
        made = cls._empty()
        shared = context_of(context)
        options = _raw.raddle_session_options_t(run_directory=optional_path(run_directory),
                                                resume=optional_path(resume),
                                                trace_path=optional_path(trace_path))
        token = stop or spare_stop()
        made._kept = shared
        made._call(lib.raddle_session_create_in_world, (shared._pointer, world._pointer,
                                                        config._pointer, graph and graph._pointer,
                                                        options, token._pointer, made._own_pointer),
                                                        token, lasts=True)
        return made

    @classmethod
    def open(cls: Type["_Self"], path: Path, config: Optional["Config"] = None, *,
             stop: Optional[Stop] = None, context: Optional[Context] = None) -> "_Self":
        """A session over a trained model, to evaluate and generate; it has no optimizer and does
        not train.

        path: a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face
            directory
        config: what the caller sets overrides what the run was trained with (runtime.threads,
            data.validation_path, generate.*); a key of model.* that contradicts the weights is an
            error. A data.validation_path set here is scored in sequences as long as the model's
            context, however it was trained; None: nothing to override
        Raises NotFoundError: `path` is none of the three; says what was looked for; what Session()
            raises
        """
        made = cls._empty()
        shared = context_of(context)
        token = stop or spare_stop()
        made._kept = shared
        made._call(lib.raddle_session_open, (shared._pointer, path_bytes(path),
                                             config and config._pointer, token._pointer,
                                             made._own_pointer), token, lasts=True)
        return made

    @property
    def info(self) -> SessionInfo:
        """What the session trains, how far it is, and what it takes."""
        out_info = _raw.raddle_session_info_t()
        self._call(lib.raddle_session_get_info, (self._pointer, out_info))
        return SessionInfo.of(out_info)

    def step(self, batches: BatchArray, *, stop: Optional[Stop] = None) -> Metrics:
        """One optimizer step on the caller's micro-batches.

        batches: micro-batches, from 1 to train.micro_batches
        Raises InvalidArgumentError: a token or target outside the vocabulary, cu_seqlens that do
            not go from 0 to token_count without falling, a sequence or batch that is too long; the
            state is unchanged; FailedPreconditionError: the session does not train, or was made
            from a graph; NumericError: as train.non_finite and train.non_finite_limit say;
            CancelledError: `stop` was cancelled; the state is unchanged
        """
        batches_array = array_of_batch(batches)
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_step, (self._pointer, batches_array, len(batches_array),
                                             token._pointer, out_metrics), token, lasts=True)
        return Metrics.of(out_metrics)

    def step_on_data(self, *, stop: Optional[Stop] = None) -> Metrics:
        """One optimizer step on the next micro-batches of the data of data.*.

        Raises FailedPreconditionError: the session does not train, or no data is configured; what
            step() raises
        """
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_step_on_data, (self._pointer, token._pointer, out_metrics),
                                                     token, lasts=True)
        return Metrics.of(out_metrics)

    def step_inputs(self, inputs: TensorViewArray, *, stop: Optional[Stop] = None) -> Metrics:
        """One optimizer step of a caller's graph, on the inputs of one micro-batch.

        inputs: one view per input of the graph, in any order, of its type and shape; only read.
            What an input may hold follows from the ops that it reaches: ids lie inside their table,
            targets of a weight other than 0 inside the classes, cache_rows leaves room for the
            rows, cu_seqlens rises from 0 to at most the rows; F32 values are finite
        Raises InvalidArgumentError: names an input that is missing, unknown, given twice or
            misshapen, or the element that is out of bounds and the node that it would reach; the
            state is unchanged; what step() raises
        """
        inputs_array = array_of_tensor_view(inputs)
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_step_inputs, (self._pointer, inputs_array, len(inputs_array),
                                                    token._pointer, out_metrics), token, lasts=True)
        return Metrics.of(out_metrics)

    def evaluate(self, *, stop: Optional[Stop] = None) -> Evaluation:
        """Evaluates on data.validation_path, or on the part of the training data kept for it; as
        much of it as train.eval_batches says. Changes nothing.

        Raises FailedPreconditionError: there is no validation data, or the session was made from a
            graph; NumericError: the loss is not finite; CancelledError: `stop` was set: a part is
            no result
        """
        token = stop or spare_stop()
        out_evaluation = _raw.raddle_evaluation_t()
        self._call(lib.raddle_session_evaluate, (self._pointer, token._pointer, out_evaluation),
                                                 token, lasts=True)
        return Evaluation.of(out_evaluation)

    def write_logits(self, tokens: Array, path: Path, *, stop: Optional[Stop] = None) -> None:
        """The same, written as a safetensors file with the F32 tensor `logits` (token_count,
        vocab_size).

        path: a file that is not there yet
        Raises AlreadyExistsError: there is something at `path`; it is kept; IoError;
            ResourceExhaustedError; what logits() raises
        """
        tokens_array = in_place(tokens, "i")
        token = stop or spare_stop()
        self._call(lib.raddle_session_write_logits, (self._pointer, tokens_array, len(tokens_array),
                                                     path_bytes(path), token._pointer), token,
                                                     lasts=True)

    @property
    def tensor_count(self) -> int:
        """How many tensors of state there are: every parameter NAME, and in a session that
        trains also gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
        A state that holds its parameters in BF16 too, for computing, has compute/NAME of
        each."""
        found = self._call(lib.raddle_session_tensor_count, (self._pointer,))
        return int(found)

    def tensor_name(self, index: int) -> Optional[str]:
        """The name of tensor `index`, parameters first."""
        found = self._call(lib.raddle_session_tensor_name, (self._pointer, index))
        return optional_text(found)

    def tensor_info(self, index: int) -> TensorInfo:
        """Describes tensor `index`, in the order of tensor_name().

        Raises OutOfRangeError: there is no such tensor
        """
        out_info = _raw.raddle_tensor_info_t()
        self._call(lib.raddle_session_get_tensor_info, (self._pointer, index, out_info))
        return TensorInfo.of(out_info)

    def backward(self, batches: BatchArray, *, weight_sum: float = 0, accumulate: bool = False,
                 stop: Optional[Stop] = None) -> Metrics:
        """Forward and backward on the caller's micro-batches: gradients and their loss, no
        update. Gradients are there (as tensors gradient/NAME) until apply() uses them up or a
        step begins anew. A call that is refused leaves those that are there; one that ends on
        its way leaves none.

        batches: micro-batches, from 1 to train.micro_batches
        weight_sum: what the sum over weighted tokens is divided by: the weights of the whole step
            where its batches come in several calls, which are all told the same; 0: those of this
            call
        accumulate: 1: add to the gradients that are there, as a further part of the same step; 0:
            begin a step
        Raises what step() raises
        """
        batches_array = array_of_batch(batches)
        options = _raw.raddle_backward_options_t(weight_sum=weight_sum, accumulate=accumulate)
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_backward, (self._pointer, batches_array, len(batches_array),
                                                 options, token._pointer, out_metrics), token,
                                                 lasts=True)
        return Metrics.of(out_metrics)

    def backward_inputs(self, inputs: TensorViewArray, *, weight_sum: float = 0,
                        accumulate: bool = False, stop: Optional[Stop] = None) -> Metrics:
        """The same for a caller's graph, on the inputs of one micro-batch.

        inputs: as for step_inputs()
        weight_sum: what the sum over weighted tokens is divided by: the weights of the whole step
            where its batches come in several calls, which are all told the same; 0: those of this
            call
        accumulate: 1: add to the gradients that are there, as a further part of the same step; 0:
            begin a step
        Raises what step_inputs() raises
        """
        inputs_array = array_of_tensor_view(inputs)
        options = _raw.raddle_backward_options_t(weight_sum=weight_sum, accumulate=accumulate)
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_backward_inputs, (self._pointer, inputs_array,
                                                        len(inputs_array), options, token._pointer,
                                                        out_metrics), token, lasts=True)
        return Metrics.of(out_metrics)

    def apply(self, *, learning_rate: float = 0, own_learning_rate: bool = False) -> Metrics:
        """The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are
        there. It counts as a step of the run.

        learning_rate: of this step, if `own_learning_rate` is 1
        own_learning_rate: 0: the rate of optimizer.learning_rate and schedule.* at this step; 1:
            `learning_rate`, which may be 0
        Raises FailedPreconditionError: the session does not train, or there are no gradients;
            InvalidArgumentError: a learning rate that is not 0 to 3e38; NumericError: as
            train.non_finite and train.non_finite_limit say
        """
        options = _raw.raddle_apply_options_t(learning_rate=learning_rate,
                                              own_learning_rate=own_learning_rate)
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_apply, (self._pointer, options, out_metrics), None,
                                              lasts=True)
        return Metrics.of(out_metrics)

    def step_tokens(self, tokens: Array, targets: Optional[Array] = None,
                    weights: Optional[Array] = None, positions: Optional[Array] = None,
                    cu_seqlens: Optional[Array] = None, *, stop: Optional[Stop] = None) -> Metrics:
        """step() on one micro-batch whose arrays are given one by one, for languages that must
        not pass pointers inside structs.

        targets: None: the next token of the same sequence
        weights: None: as in Batch
        positions: None: 0, 1, ... in each sequence
        cu_seqlens: None: one sequence
        Raises what step() raises
        """
        tokens_array = in_place(tokens, "i")
        targets_array = optional_in_place(targets, "i")
        check_length("targets", targets_array, tokens_array)
        weights_array = optional_in_place(weights, "f")
        check_length("weights", weights_array, tokens_array)
        positions_array = optional_in_place(positions, "i")
        check_length("positions", positions_array, tokens_array)
        cu_seqlens_array = optional_in_place(cu_seqlens, "i")
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_step_tokens, (self._pointer, tokens_array, len(tokens_array),
                                                    targets_array, weights_array, positions_array,
                                                    cu_seqlens_array,
                                                    length_of(cu_seqlens_array, 1), token._pointer,
                                                    out_metrics), token, lasts=True)
        return Metrics.of(out_metrics)

    def evaluate_batches(self, batches: BatchArray, *, stop: Optional[Stop] = None) -> Evaluation:
        """Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.

        Raises InvalidArgumentError: a batch that step() would refuse; FailedPreconditionError: the
            session was made from a graph, or no token has a weight above 0; NumericError: the loss
            is not finite; CancelledError: `stop` was set: a part is no result
        """
        batches_array = array_of_batch(batches)
        token = stop or spare_stop()
        out_evaluation = _raw.raddle_evaluation_t()
        self._call(lib.raddle_session_evaluate_batches, (self._pointer, batches_array,
                                                         len(batches_array), token._pointer,
                                                         out_evaluation), token, lasts=True)
        return Evaluation.of(out_evaluation)

    def forward_inputs(self, inputs: TensorViewArray, *, stop: Optional[Stop] = None) -> Metrics:
        """Runs a caller's graph without its gradients: losses and outputs of one micro-batch.
        Changes nothing.

        inputs: as for step_inputs()
        Raises ResourceExhaustedError: no memory for a program without gradients; made at the first
            call; what step_inputs() raises
        """
        inputs_array = array_of_tensor_view(inputs)
        token = stop or spare_stop()
        out_metrics = _raw.raddle_metrics_t()
        self._call(lib.raddle_session_forward_inputs, (self._pointer, inputs_array,
                                                       len(inputs_array), token._pointer,
                                                       out_metrics), token, lasts=True)
        return Metrics.of(out_metrics)

    def write_tensor(self, name: str, values: Array) -> None:
        """Copies values into a tensor of the state, wherever it lies. They count from the next
        call on. compute/NAME follows its parameter and is refused.

        Raises what read_tensor() raises
        """
        values_array = in_place(values, "f")
        self._call(lib.raddle_session_write_tensor, (self._pointer, encoded(name), values_array,
                                                     len(values_array)))

    @property
    def config(self) -> "Config":
        """The config that the session runs with: what was given, what a resumed run kept, what
        was chosen."""
        from ._objects import Config
        out_config = Config._empty()
        self._call(lib.raddle_session_get_config, (self._pointer, out_config._own_pointer))
        return out_config

    def save(self, path: Optional[Path] = None, *, stop: Optional[Stop] = None) -> str:
        """Saves the session's whole state: weights, optimizer, counters, data cursor.

        path: the checkpoint's directory, which must not exist; None: a new one among the run
            directory's, which are then thinned out as checkpoint.keep_* say
        Raises FailedPreconditionError: the session does not train; path is None and it has no run
            directory; AlreadyExistsError: there is something at `path`; ResourceExhaustedError: the
            disk is full; earlier checkpoints are untouched; NumericError: a weight or moment is not
            finite; nothing is written; IoError; CancelledError: `stop` was cancelled; nothing is
            written
        """
        token = stop or spare_stop()
        out_path = c_char_p()
        self._call(lib.raddle_session_save, (self._pointer, optional_path(path), token._pointer,
                                             out_path), token, lasts=True)
        return given_text(out_path)

    def restore(self, path: Path, *, stop: Optional[Stop] = None) -> None:
        """Puts the session back into a saved state. Bit for bit: training goes on as if it had
        not stopped.

        Raises NotFoundError: there is no checkpoint at `path`; DataLossError: the checkpoint is
            damaged; names file and tensor; FailedPreconditionError: the checkpoint is of another
            model or other data, or the session does not train; CancelledError: `stop` was set
            before the state changed
        """
        token = stop or spare_stop()
        self._call(lib.raddle_session_restore, (self._pointer, path_bytes(path), token._pointer),
                                                token, lasts=True)
