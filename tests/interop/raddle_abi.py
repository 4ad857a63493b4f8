# SPDX-License-Identifier: Apache-2.0
"""The parts of Raddle's C ABI that the judges need, over ctypes: steps on given tokens, logits,
greedy generation, tokenizers and the state's tensors."""
import ctypes
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p

import numpy as np

TOKEN_CALLBACK = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int32, c_void_p, c_size_t)


class SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("run_directory", c_char_p), ("resume", c_char_p),
                ("trace_path", c_char_p)]


class Metrics(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("step", c_int64), ("loss", c_double),
                ("total_loss", c_double), ("grad_norm", c_double), ("learning_rate", c_double),
                ("step_tokens", c_int64), ("tokens", c_int64), ("step_ms", c_double),
                ("tokens_per_second", c_double), ("flops_per_second", c_double),
                ("skipped_total", c_int64), ("skipped", c_int32), ("reserved", c_int32)]


class Batch(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("token_count", c_int64), ("tokens", POINTER(c_int32)),
                ("targets", POINTER(c_int32)), ("weights", POINTER(c_float)),
                ("positions", POINTER(c_int32)), ("cu_seqlens", POINTER(c_int32)),
                ("sequence_count", c_int64)]


class TensorView(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("data", c_void_p),
                ("dtype", c_int32), ("rank", c_int32), ("dims", c_int64 * 4)]


class GenerateOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("max_tokens", c_int64), ("temperature", c_double),
                ("top_k", c_int64), ("seed", c_int64), ("greedy", c_int32),
                ("ignore_end", c_int32)]


def sized(struct, **values):
    return struct(struct_size=ctypes.sizeof(struct), **values)


def int32_pointer(values):
    return (c_int32 * len(values))(*values)


class RaddleError(Exception):
    pass


class Raddle:
    """The library and one context."""

    def __init__(self, library_path):
        self.lib = ctypes.CDLL(library_path)
        self.lib.raddle_status_message.restype = c_char_p
        self.lib.raddle_tokenizer_vocab_size.restype = c_int64
        self.lib.raddle_session_tensor_count.restype = c_int64
        self.lib.raddle_session_tensor_name.restype = c_char_p
        self.context = c_void_p()
        self.call("context_create", None, byref(self.context))

    def call(self, name, *arguments):
        """Calls raddle_NAME, which returns a status."""
        function = getattr(self.lib, "raddle_" + name)
        function.restype = c_void_p
        status = c_void_p(function(*arguments))
        if status.value is None:
            return
        message = self.lib.raddle_status_message(status).decode()
        self.lib.raddle_status_destroy(byref(status))
        raise RaddleError(f"raddle_{name}: {message}")

    def config(self, settings):
        config = c_void_p()
        self.call("config_create", byref(config))
        for key, value in settings.items():
            self.call("config_set", config, key.encode(), str(value).encode())
        return config

    def train_session(self, settings):
        config, session = self.config(settings), c_void_p()
        options = sized(SessionOptions)
        self.call("session_create", self.context, config, byref(options), None, byref(session))
        self.lib.raddle_config_destroy(byref(config))
        return Session(self, session)

    def open_session(self, path):
        session = c_void_p()
        self.call("session_open", self.context, str(path).encode(), None, None, byref(session))
        return Session(self, session)

    def encode(self, tokenizer_path, text):
        tokenizer, count = c_void_p(), c_int64()
        self.call("tokenizer_open", self.context, str(tokenizer_path).encode(), byref(tokenizer))
        data = text.encode()
        size = c_size_t(len(data))
        self.call("tokenizer_encode", tokenizer, data, size, None, c_int64(0), byref(count))
        tokens = (c_int32 * max(count.value, 1))()
        self.call("tokenizer_encode", tokenizer, data, size, tokens, count, byref(count))
        self.lib.raddle_tokenizer_destroy(byref(tokenizer))
        return list(tokens[:count.value])


class Session:
    def __init__(self, raddle, handle):
        self.raddle = raddle
        self.handle = handle

    def close(self):
        self.raddle.lib.raddle_session_destroy(byref(self.handle))

    def step(self, micro_batches):
        """One step on micro-batches, each a list of sequences of tokens."""
        batches = (Batch * len(micro_batches))()
        for batch, sequences in zip(batches, micro_batches):
            tokens = [token for sequence in sequences for token in sequence]
            starts = np.cumsum([0] + [len(s) for s in sequences]).tolist()
            batch.struct_size = ctypes.sizeof(Batch)
            batch.token_count = len(tokens)
            batch.tokens = int32_pointer(tokens)
            batch.cu_seqlens = int32_pointer(starts)
            batch.sequence_count = len(sequences)
        metrics = sized(Metrics)
        self.raddle.call("session_step", self.handle, batches, c_int64(len(batches)), None,
                         byref(metrics))
        return metrics

    def logits(self, tokens, vocab_size):
        out = np.empty((len(tokens), vocab_size), np.float32)
        self.raddle.call("session_logits", self.handle, int32_pointer(tokens),
                         c_int64(len(tokens)), None,
                         out.ctypes.data_as(POINTER(c_float)), c_int64(out.size))
        return out

    def generate(self, prompt, count):
        """The `count` likeliest tokens after the prompt, one after the other."""
        found = []

        def on_token(_, token, __, ___):
            found.append(token)
            return 0

        options = sized(GenerateOptions, max_tokens=count, greedy=1, ignore_end=1)
        self.raddle.call("session_generate", self.handle, int32_pointer(prompt),
                         c_int64(len(prompt)), byref(options), None, None,
                         TOKEN_CALLBACK(on_token), None)
        return found

    def tensors(self):
        """Every parameter by name: views of the session's own memory."""
        found = {}
        for index in range(self.raddle.lib.raddle_session_tensor_count(self.handle)):
            name = self.raddle.lib.raddle_session_tensor_name(self.handle, c_int64(index))
            if b"/" in name:
                continue  # gradient/..., m/..., v/...
            view = sized(TensorView)
            self.raddle.call("session_get_tensor", self.handle, name, byref(view))
            shape = tuple(view.dims[:view.rank])
            memory = ctypes.cast(view.data, POINTER(c_float))
            found[name.decode()] = np.ctypeslib.as_array(memory, shape)
        return found
