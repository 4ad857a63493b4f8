# SPDX-License-Identifier: Apache-2.0
"""Raddle's types as C sees them.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import (Array, CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_float, c_int32,
                    c_int64, c_size_t, c_uint16, c_uint32, c_uint64, c_uint8, c_void_p, sizeof)
from typing import Any, Dict

# The version of these headers.
RADDLE_VERSION_MAJOR = 0
RADDLE_VERSION_MINOR = 1
RADDLE_VERSION_PATCH = 0
# Stands for an input that an op may do without; comes back for an output that it then lacks.
RADDLE_NO_TENSOR = -1
RADDLE_RANK_MAX = 4
# DLPACK_FLAG_BITMASK_READ_ONLY.
RADDLE_DL_READ_ONLY = 1


_SIGNED = (c_int32, c_int64)
_UNSIGNED = (c_uint8, c_uint16, c_uint32, c_uint64, c_size_t)


def check_size(name: str, value: int, bits: int, signed: bool = True) -> None:
    """C would take what is left of it."""
    least, end = (-1 << bits - 1, 1 << bits - 1) if signed else (0, 1 << bits)
    if not least <= value < end:
        raise OverflowError(f"{name} is {value}, which does not fit into {bits} bits"
                            f"{'' if signed else ' without a sign'}")


def check_value(name: str, value: Any, kind: Any) -> None:
    """That a whole number fits into a field, or each into those of an array."""
    if isinstance(value, int) and kind in _SIGNED + _UNSIGNED:
        check_size(name, value, 8 * sizeof(kind), kind in _SIGNED)
    elif isinstance(value, (tuple, list)) and hasattr(kind, "_length_"):
        for i, element in enumerate(value):
            check_value(f"{name}[{i}]", element, kind._type_)


def array_of(kind: Any, length: int) -> Any:
    """A C array of numbers in a struct."""
    plain: Any = kind * length

    def set_item(self: Any, index: Any, value: Any) -> None:
        check_value(f"element {index}", value, kind if isinstance(index, int) else plain)
        plain.__setitem__(self, index, value)

    return type(plain.__name__, (plain,), {"__setitem__": set_item})


class Checked(Structure):
    """A struct that takes no number that is too large for its field."""

    def __setattr__(self, name: str, value: Any) -> None:
        for field in self._fields_:
            if field[0] == name:
                check_value(name, value, field[1])
                if isinstance(value, Array) and hasattr(field[1], "_length_"):
                    value = tuple(value)  # ctypes refuses the plain array
        super().__setattr__(name, value)


class Sized(Checked):
    """A struct that may grow: made with its size and with the defaults of its _INIT macro."""
    _defaults_: Dict[str, Any] = {}

    def __init__(self, **fields: Any) -> None:
        super().__init__(struct_size=sizeof(self), **{**self._defaults_, **fields})


class raddle_status_t(c_void_p):
    """None: success. Else an error that the receiver destroys. Immutable."""


class raddle_context_t(Structure):
    """The process's Raddle: where the log goes."""


# Receives one message, without a newline. Must not call into Raddle.
raddle_log_callback_t = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)


class raddle_context_options_t(Sized):
    """What a context is made with."""
    _fields_ = [("struct_size", c_size_t), ("log_level", c_int32), ("reserved", c_int32),
                ("log_callback", raddle_log_callback_t), ("log_user_data", c_void_p)]


class raddle_stop_t(Structure):
    """A request to stop, made now or later. What it is given to holds it until it returns."""


class raddle_config_t(Structure):
    """The options of a run."""


class raddle_option_info_t(Sized):
    """One row of the table of options. All texts are static."""
    _fields_ = [("struct_size", c_size_t), ("key", c_char_p), ("type", c_char_p),
                ("default_value", c_char_p), ("unit", c_char_p), ("scope", c_char_p),
                ("accepts", c_char_p), ("help", c_char_p), ("environment", c_char_p),
                ("change", c_char_p)]


class raddle_world_t(Structure):
    """This process as one of the ranks of a job."""


class raddle_world_options_t(Sized):
    """Where this process stands, as far as the environment does not say it or says it wrong."""
    _fields_ = [("struct_size", c_size_t), ("rank", c_int64), ("size", c_int64),
                ("coordinator", c_char_p), ("secret", c_char_p)]
    _defaults_ = {"rank": -1}


class raddle_graph_t(Structure):
    """A model."""


class raddle_op_info_t(Sized):
    """One kind of op. All texts are static."""
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("inputs", c_char_p),
                ("outputs", c_char_p), ("attributes", c_char_p), ("help", c_char_p),
                ("input_count_min", c_int64), ("input_count_max", c_int64),
                ("output_count", c_int64)]


class raddle_graph_tensor_t(Sized):
    """One tensor of a graph."""
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("kind", c_int32),
                ("dtype", c_int32), ("rank", c_int32), ("node", c_int32),
                ("dims", array_of(c_int64, 4)), ("loss_coefficient", c_double),
                ("is_output", c_int32), ("reserved", c_int32)]


class raddle_graph_node_t(Sized):
    """One operation of a graph."""
    _fields_ = [("struct_size", c_size_t), ("op", c_char_p), ("block", c_int32),
                ("reserved", c_int32), ("inputs", POINTER(c_int32)), ("input_count", c_int64),
                ("outputs", POINTER(c_int32)), ("output_count", c_int64),
                ("attributes", POINTER(c_double)), ("attribute_count", c_int64)]


class raddle_plan_t(Structure):
    """The plan of a training step."""


class raddle_memory_table_t(Sized):
    """Bytes that training books."""
    _fields_ = [("struct_size", c_size_t), ("parameter_bytes", c_int64),
                ("gradient_bytes", c_int64), ("optimizer_bytes", c_int64),
                ("activation_bytes", c_int64), ("scratch_bytes", c_int64), ("other_bytes", c_int64),
                ("total_bytes", c_int64), ("limit_bytes", c_int64), ("missing_bytes", c_int64)]


class raddle_tokenizer_t(Structure):
    """Turns text into tokens and back. Immutable: any number of threads may use one."""


class raddle_tokenize_result_t(Sized):
    """What a token file was made of."""
    _fields_ = [("struct_size", c_size_t), ("documents", c_int64), ("tokens", c_int64),
                ("bytes", c_int64), ("replaced", c_int64)]


class raddle_session_t(Structure):
    """A model's state and the programs that were planned for it."""


class raddle_session_options_t(Sized):
    """Where a session reads from and writes to."""
    _fields_ = [("struct_size", c_size_t), ("run_directory", c_char_p), ("resume", c_char_p),
                ("trace_path", c_char_p)]


class raddle_session_info_t(Sized):
    """What a session is and how far it is."""
    _fields_ = [("struct_size", c_size_t), ("parameter_elements", c_int64), ("vocab_size", c_int64),
                ("context_tokens", c_int64), ("micro_batch_tokens", c_int64),
                ("micro_batches", c_int64), ("steps_done", c_int64), ("steps_total", c_int64),
                ("tokens_done", c_int64), ("flops_per_token", c_int64), ("memory_bytes", c_int64),
                ("threads", c_int32), ("reserved", c_int32)]


class raddle_metrics_t(Sized):
    """What a step did."""
    _fields_ = [("struct_size", c_size_t), ("step", c_int64), ("loss", c_double),
                ("total_loss", c_double), ("grad_norm", c_double), ("learning_rate", c_double),
                ("step_tokens", c_int64), ("tokens", c_int64), ("step_ms", c_double),
                ("tokens_per_second", c_double), ("flops_per_second", c_double),
                ("skipped_total", c_int64), ("skipped", c_int32), ("reserved", c_int32)]


class raddle_batch_t(Sized):
    """One micro-batch of packed sequences for a ready-made model."""
    _fields_ = [("struct_size", c_size_t), ("token_count", c_int64), ("tokens", POINTER(c_int32)),
                ("targets", POINTER(c_int32)), ("weights", POINTER(c_float)),
                ("positions", POINTER(c_int32)), ("cu_seqlens", POINTER(c_int32)),
                ("sequence_count", c_int64)]


class raddle_tensor_view_t(Sized):
    """A tensor in memory: contiguous, row-major, innermost dimension last."""
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("data", c_void_p),
                ("dtype", c_int32), ("rank", c_int32), ("dims", array_of(c_int64, 4))]


class raddle_evaluation_t(Sized):
    """What an evaluation found."""
    _fields_ = [("struct_size", c_size_t), ("step", c_int64), ("loss", c_double),
                ("perplexity", c_double), ("bits_per_byte", c_double), ("tokens", c_int64),
                ("bytes", c_int64), ("seconds", c_double)]


class raddle_event_t(Sized):
    """Everything in it is valid during the callback."""
    _fields_ = [("struct_size", c_size_t), ("kind", c_int32), ("reserved", c_int32),
                ("step", c_int64), ("steps_total", c_int64), ("metrics", POINTER(raddle_metrics_t)),
                ("evaluation", POINTER(raddle_evaluation_t)), ("path", c_char_p),
                ("message", c_char_p), ("text", c_void_p), ("text_bytes", c_size_t),
                ("token", c_int32), ("reserved2", c_int32)]


# Receives what happens in a training loop.
raddle_event_callback_t = CFUNCTYPE(c_int32, c_void_p, POINTER(raddle_event_t))


class raddle_train_result_t(Sized):
    """How a training loop ended."""
    _fields_ = [("struct_size", c_size_t), ("steps_done", c_int64), ("stopped", c_int32),
                ("saved", c_int32), ("seconds", c_double)]


class raddle_generate_options_t(Sized):
    """How text is generated."""
    _fields_ = [("struct_size", c_size_t), ("max_tokens", c_int64), ("temperature", c_double),
                ("top_k", c_int64), ("seed", c_int64), ("greedy", c_int32), ("ignore_end", c_int32)]
    _defaults_ = {"temperature": -1, "top_k": -1, "seed": -1}


class raddle_generate_result_t(Sized):
    """How a generation went."""
    _fields_ = [("struct_size", c_size_t), ("token_count", c_int64), ("prompt_ms", c_double),
                ("tokens_per_second", c_double), ("ended", c_int32), ("reserved", c_int32)]


# Receives each token as it is drawn.
raddle_token_callback_t = CFUNCTYPE(c_int32, c_void_p, c_int32, c_void_p, c_size_t)


class raddle_tensor_info_t(Sized):
    """A tensor of state, wherever it lies."""
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("parameter", c_char_p),
                ("role", c_int32), ("dtype", c_int32), ("rank", c_int32), ("trained", c_int32),
                ("dims", array_of(c_int64, 4)), ("element_begin", c_int64),
                ("element_end", c_int64), ("on_host", c_int32), ("foreign", c_int32)]


class raddle_dl_tensor_t(Checked):
    """DLTensor; its parts `device` and `dtype` are written out."""
    _fields_ = [("data", c_void_p), ("device_type", c_int32), ("device_id", c_int32),
                ("ndim", c_int32), ("dtype_code", c_uint8), ("dtype_bits", c_uint8),
                ("dtype_lanes", c_uint16), ("shape", POINTER(c_int64)),
                ("strides", POINTER(c_int64)), ("byte_offset", c_uint64)]


class raddle_dl_versioned_t(Checked):
    """DLManagedTensorVersioned of DLPack 1."""


raddle_dl_versioned_t._fields_ = [("version_major", c_uint32), ("version_minor", c_uint32),
                                  ("manager_ctx", c_void_p),
                                  ("deleter", CFUNCTYPE(None, POINTER(raddle_dl_versioned_t))),
                                  ("flags", c_uint64), ("dl_tensor", raddle_dl_tensor_t)]


class raddle_dl_managed_t(Checked):
    """DLManagedTensor, as DLPack had it before 1."""


raddle_dl_managed_t._fields_ = [("dl_tensor", raddle_dl_tensor_t), ("manager_ctx", c_void_p),
                                ("deleter", CFUNCTYPE(None, POINTER(raddle_dl_managed_t)))]


class raddle_backward_options_t(Sized):
    """How gradients are made."""
    _fields_ = [("struct_size", c_size_t), ("weight_sum", c_double), ("accumulate", c_int32),
                ("reserved", c_int32)]


class raddle_apply_options_t(Sized):
    """How gradients are applied."""
    _fields_ = [("struct_size", c_size_t), ("learning_rate", c_double),
                ("own_learning_rate", c_int32), ("reserved", c_int32)]


# Makes a micro-batch: number `micro_batch` (from 0) of the step after `step` done ones. A run that
# is resumed asks from the step on at which it goes on.
raddle_batch_source_t = CFUNCTYPE(c_int32, c_void_p, c_int64, c_int64, POINTER(raddle_batch_t))


class raddle_operation_t(Structure):
    """A training loop or a generation that was started."""


class raddle_checkpoint_info_t(Sized):
    """Everything in it is valid during the callback."""
    _fields_ = [("struct_size", c_size_t), ("path", c_char_p), ("step", c_int64),
                ("bytes", c_int64), ("good", c_int32), ("reserved", c_int32), ("problem", c_char_p),
                ("branch", c_char_p), ("in_force", c_int32), ("half_written", c_int32)]


# Receives one checkpoint of a list.
raddle_checkpoint_callback_t = CFUNCTYPE(c_int32, c_void_p, POINTER(raddle_checkpoint_info_t))


class raddle_machine_peaks_t(Sized):
    """What the machine can do."""
    _fields_ = [("struct_size", c_size_t), ("threads", c_int32), ("reserved", c_int32),
                ("fma_gflops", c_double), ("triad_gb_per_second", c_double)]


class raddle_step_bench_t(Sized):
    """What a training step took."""
    _fields_ = [("struct_size", c_size_t), ("steps", c_int64), ("tokens_per_step", c_int64),
                ("parameter_elements", c_int64), ("flops_per_step", c_int64),
                ("peak_rss_bytes", c_int64), ("step_ms_median", c_double),
                ("step_ms_min", c_double), ("step_ms_max", c_double), ("first_step_ms", c_double),
                ("plan_ms", c_double), ("create_ms", c_double), ("tokens_per_second", c_double)]
