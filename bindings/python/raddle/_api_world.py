# SPDX-License-Identifier: Apache-2.0
"""The methods of World.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Any, Dict, Optional, TYPE_CHECKING, Type, TypeVar

from . import _raw
from ._api_stop import Stop
from ._calls import call, spare_stop
from ._context import Context, context_of
from ._handles import Handle, Path, given_json, optional_encoded, optional_path
from ._library import lib
from ._values import Code

if TYPE_CHECKING:
    from ._objects import Config


_Self = TypeVar("_Self", bound="World")


class World(Handle):
    """This process as one of the ranks of a job."""
    _kind = _raw.raddle_world_t
    _destroy = lib.raddle_world_destroy

    @classmethod
    def join(cls: Type["_Self"], config: Optional["Config"] = None, *, rank: int = -1,
             size: int = 0, coordinator: Optional[Path] = None, secret: Optional[Path] = None,
             stop: Optional[Stop] = None, context: Optional[Context] = None) -> "_Self":
        """Joins the others and returns when all are there, or after a minute. A process that
        nobody started as one of several gets a world of one at once. If a rank has another
        build, or in `config` another value of an option that decides what is computed, all
        are told which and what. When a rank dies, is stopped or cut off, whatever waits for
        it in another one returns UnavailableError within a second; the message names the
        rank, its host and process, and why.

        config: None: only the builds are compared
        rank: from 0 on; -1: rank and size from the environment
        size: of the job, if `rank` is given
        coordinator: host:port; rank 0 listens there; None: from the environment
        secret: whoever does not know it cannot join; None: from the environment
        Raises InvalidArgumentError: the environment is no place in a job, or does not say where
            rank 0 is; says which variable; FailedPreconditionError: this rank or another was
            refused: another build or config, another secret; or this process is to start several
            ranks and is none itself; AlreadyExistsError: another process has this rank;
            UnavailableError: not all ranks were there in time, the coordinator's port is taken, or
            two ranks are on different hosts and one of them has no UCX; says which; CancelledError:
            `stop` was set
        """
        made = cls._empty()
        shared = context_of(context)
        options = _raw.raddle_world_options_t(rank=rank, size=size,
                                              coordinator=optional_path(coordinator),
                                              secret=optional_path(secret))
        token = stop or spare_stop()
        made._kept = shared
        made._call(lib.raddle_world_join, (shared._pointer, config and config._pointer, options,
                                           token._pointer, made._own_pointer), token, lasts=True)
        return made

    def leave(self, code: Code, message: Optional[str] = None) -> None:
        """Tells the others how this rank ends, so that they can name the cause: with `code` OK
        in good order, else with an error. Only the first call counts.

        message: None: none
        Raises InvalidArgumentError: `code` is none
        """
        self._call(lib.raddle_world_leave, (self._pointer, code, optional_encoded(message)), None,
                                            lasts=True)

    @property
    def rank(self) -> int:
        """Which one this process is, from 0 on."""
        found = self._call(lib.raddle_world_rank, (self._pointer,))
        return int(found)

    @property
    def size(self) -> int:
        """How many ranks there are."""
        found = self._call(lib.raddle_world_size, (self._pointer,))
        return int(found)

    def place_json(self, *, context: Optional[Context] = None) -> Dict[str, Any]:
        """What the environment says of this process's place, as a JSON object: `source` (whose
        contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set,
        indexed_job, node_ranks, or alone), `rank`, `size`, `local_rank`, `local_size`,
        `node_rank`, `ranks_to_start` (over 1: this process is to start so many ranks and is
        none), `coordinator`, `has_secret`, and `contradictions`, a text for each. Keys may be
        added. Nobody is asked anything.

        Raises InvalidArgumentError: the contract that wins is no place in a job; says which
            variable
        """
        shared = context_of(context)
        out_json = c_char_p()
        call(lib.raddle_world_place_json, (shared._pointer, out_json))
        return given_json(out_json)
