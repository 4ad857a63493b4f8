# SPDX-License-Identifier: Apache-2.0
"""The methods of Tokenizer.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p, c_size_t
from typing import Optional, TYPE_CHECKING, Type, TypeVar

from . import _raw
from ._api_stop import Stop
from ._buffers import Array, in_place
from ._calls import spare_stop
from ._context import Context, context_of
from ._handles import Handle, Path, given_bytes, path_bytes
from ._library import lib

if TYPE_CHECKING:
    from ._objects import Config


_Self = TypeVar("_Self", bound="Tokenizer")


class Tokenizer(Handle):
    """Turns text into tokens and back. Immutable: any number of threads may use one."""
    _kind = _raw.raddle_tokenizer_t
    _destroy = lib.raddle_tokenizer_destroy

    @classmethod
    def open(cls: Type["_Self"], name: Path, *, context: Optional[Context] = None) -> "_Self":
        """Opens a tokenizer.

        name: "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's format, or
            a directory with one
        Raises NotFoundError: no such file; InvalidArgumentError: not a tokenizer.json;
            UnimplementedError: a model or step of the pipeline that Raddle lacks; names it
        """
        made = cls._empty()
        shared = context_of(context)
        made._kept = shared
        made._call(lib.raddle_tokenizer_open, (shared._pointer, path_bytes(name),
                                               made._own_pointer), None, lasts=True)
        return made

    @classmethod
    def train(cls: Type["_Self"], config: "Config", *, stop: Optional[Stop] = None,
              context: Optional[Context] = None) -> "_Self":
        """Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
        data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if
        the texts have too few pairs. The same texts give the same tokenizer.

        Raises NotFoundError: a file of data.path; InvalidArgumentError: data.path is empty;
            CancelledError: `stop` was set
        """
        made = cls._empty()
        shared = context_of(context)
        token = stop or spare_stop()
        made._kept = shared
        made._call(lib.raddle_tokenizer_train, (shared._pointer, config._pointer, token._pointer,
                                                made._own_pointer), token, lasts=True)
        return made

    def save(self, path: Path) -> None:
        """Writes it as a Hugging Face tokenizer.json, atomically.

        path: a file that is not there yet
        Raises AlreadyExistsError: there is something at `path`; it is kept; IoError;
            ResourceExhaustedError
        """
        self._call(lib.raddle_tokenizer_save, (self._pointer, path_bytes(path)), None, lasts=True)

    @property
    def vocab_size(self) -> int:
        """How many tokens it knows."""
        found = self._call(lib.raddle_tokenizer_vocab_size, (self._pointer,))
        return int(found)

    @property
    def end_token(self) -> int:
        """The token that ends a text; -1 if there is none."""
        found = self._call(lib.raddle_tokenizer_end_token, (self._pointer,))
        return int(found)

    def decode(self, tokens: Array) -> bytes:
        """Tokens to text.

        Raises InvalidArgumentError: a token outside the vocabulary; token_count is negative
        """
        tokens_array = in_place(tokens, "i")
        out_text = c_char_p()
        out_bytes = c_size_t()
        self._call(lib.raddle_tokenizer_decode, (self._pointer, tokens_array, len(tokens_array),
                                                 out_text, out_bytes))
        return given_bytes(out_text, out_bytes)
