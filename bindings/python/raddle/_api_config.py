# SPDX-License-Identifier: Apache-2.0
"""The methods of Config.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Optional, Union

from . import _raw
from ._handles import (Handle, Path, as_bytes, encoded, given_text, lent_text, optional_encoded,
                       path_bytes)
from ._library import lib
from ._values import Origin, text


class Config(Handle):
    """The options of a run."""
    _kind = _raw.raddle_config_t
    _destroy = lib.raddle_config_destroy

    def __init__(self) -> None:
        """Every option at its default."""
        super().__init__()
        self._call(lib.raddle_config_create, (self._own_pointer,))

    def set(self, key: str, value: str) -> None:
        """Sets one option from this program: the highest rank.

        value: as in a recipe, without quotes: "100", "1e-3", "true", "llama", "a.txt,b.txt",
            "2GiB". A list with names that hold commas is an array: "[\\"a,b.txt\\"]"
        Raises InvalidArgumentError: no such key (the message names the nearest), or not a value of
            its type and range
        """
        self._call(lib.raddle_config_set, (self._pointer, encoded(key), encoded(value)))

    def set_from(self, key: str, value: str, origin: Origin, detail: Optional[str] = None) -> None:
        """The same with another origin, for programs that read command lines or files of their
        own. A value from a lower rank than the present one's is checked and then ignored.

        origin: Origin.RECIPE to Origin.CALL. From ENVIRONMENT and SET the value is taken as a
            person types it: \\n, \\t, \\\\ and what else TOML allows in a string stand for what
            they mean, and a list's text that holds a comma and is the name of a file is that file
        detail: shown after the origin ("FILE:LINE" of a recipe); None: nothing
        Raises InvalidArgumentError: no such key, not a value of its type and range, or another
            origin
        """
        self._call(lib.raddle_config_set_from, (self._pointer, encoded(key), encoded(value), origin,
                                                optional_encoded(detail)))

    def load_file(self, path: Path) -> None:
        """Reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.

        Raises NotFoundError: no such file; InvalidArgumentError: names file, line and column
        """
        self._call(lib.raddle_config_load_file, (self._pointer, path_bytes(path)), None, lasts=True)

    def load_text(self, text: Union[str, bytes], name: Optional[str] = None) -> None:
        """The same from memory.

        text: bytes; need not end with a zero byte
        name: stands for the file in messages and origins; None: "text"
        """
        text_data = as_bytes(text)
        self._call(lib.raddle_config_load_text, (self._pointer, text_data, len(text_data),
                                                 optional_encoded(name)))

    def load_environment(self) -> None:
        """Takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_
        variable that is none and that Raddle does not know otherwise is warned of in the log.
        No library function does this by itself.

        Raises InvalidArgumentError: names the variable
        """
        self._call(lib.raddle_config_load_environment, (self._pointer,))

    def get(self, key: str) -> str:
        """The value as text, in canonical form.

        Raises InvalidArgumentError: no such key
        """
        out_value = c_char_p()
        self._call(lib.raddle_config_get, (self._pointer, encoded(key), out_value))
        return lent_text(out_value)

    def origin(self, key: str) -> str:
        """Where the value came from: "default", "recipe kjv.toml:12", "environment
        RADDLE_TRAIN_STEPS", "--set", "call", or what the call named.

        Raises InvalidArgumentError: no such key
        """
        out_origin = c_char_p()
        self._call(lib.raddle_config_get_origin, (self._pointer, encoded(key), out_origin))
        return lent_text(out_origin)

    def validate(self) -> None:
        """Checks what no single value shows wrong. Creating a session or a plan does it too.

        Raises InvalidArgumentError
        """
        self._call(lib.raddle_config_validate, (self._pointer,))

    def fill_model(self) -> None:
        """Sets the keys model.* that no source set to those of the model that model.hf_config or
        model.init_from names, to look at; where neither is set nothing changes. Creating a
        session or a plan needs no such call.

        Raises InvalidArgumentError: a key that was set disagrees with the model's file;
            UnimplementedError: a model that Raddle does not have; NotFoundError: there is no such
            file
        """
        self._call(lib.raddle_config_fill_model, (self._pointer,), None, lasts=True)

    def to_toml(self) -> str:
        """Every option as TOML, sorted by key; load_text() reads it back."""
        out_toml = c_char_p()
        self._call(lib.raddle_config_to_toml, (self._pointer, out_toml))
        return given_text(out_toml)

    @property
    def hash(self) -> int:
        """A hash of the options of scope "cluster": equal hashes mean the same run. Stable
        between machines within a version."""
        found = self._call(lib.raddle_config_hash, (self._pointer,))
        return int(found)
