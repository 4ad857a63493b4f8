# SPDX-License-Identifier: Apache-2.0
"""A tensor of a session's state, in place, for NumPy, PyTorch and everything that takes buffers."""
import ctypes
import math
import weakref
from typing import Any, Callable, Dict, Optional, Tuple

from . import _raw
from ._buffers import shaped
from ._values import DlDevice

_CPU = (int(DlDevice.CPU), 0)
# A consumer renames the capsule that it takes; one that still has its name was taken by nobody.
_NAMES = (b"dltensor", b"dltensor_versioned")


class _Managed(ctypes.Structure):
    """DLPack's DLManagedTensor, with the deleter as an address."""
    _fields_ = [("dl_tensor", _raw.raddle_dl_tensor_t), ("manager_ctx", ctypes.c_void_p),
                ("deleter", ctypes.c_void_p)]


class _Versioned(ctypes.Structure):
    """DLPack 1.0's DLManagedTensorVersioned: NumPy takes the other kind as read-only."""
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32),
                ("manager_ctx", ctypes.c_void_p), ("deleter", ctypes.c_void_p),
                ("flags", ctypes.c_uint64), ("dl_tensor", _raw.raddle_dl_tensor_t)]


def _api(name: str, returns: Any, *takes: Any) -> Any:
    return ctypes.PYFUNCTYPE(returns, *takes)((name, ctypes.pythonapi))


_capsule = _api("PyCapsule_New", ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p,
                ctypes.c_void_p)
# What consumers have, by address, until they delete it.
_handed_out: Dict[int, Any] = {}


def _endings(handed_out: Dict[int, Any], names: Tuple[bytes, ...], is_valid: Callable[..., int],
             get: Callable[..., int]) -> Tuple[Any, Any]:
    """The functions that end a managed tensor and a capsule that nobody took. Consumers call them
    when they like, while Python ends too: they are never freed and need none of its modules."""
    def delete(address: int) -> None:
        handed_out.pop(address, None)

    def end(capsule: int) -> None:
        for name in names:
            if is_valid(capsule, name):
                handed_out.pop(get(capsule, name), None)

    functions = (ctypes.CFUNCTYPE(None, ctypes.c_void_p)(delete),
                 ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(end))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(functions))
    return functions


_deleter, _capsule_end = (ctypes.cast(function, ctypes.c_void_p) for function in _endings(
    _handed_out, _NAMES, _api("PyCapsule_IsValid", ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    _api("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)))


def _release(managed: Any) -> None:
    managed.contents.deleter(managed)


class Tensor:
    """The memory of a tensor itself: float32, row-major, writable, of `shape`.

    numpy.asarray(tensor), numpy.from_dlpack(tensor), torch.from_dlpack(tensor),
    tensor.memoryview() and, from Python 3.12 on, memoryview(tensor) share it: no copy. It outlives
    its session. What is written counts from the session's next call on; while a call runs it must
    be left alone.
    """

    def __init__(self, name: str, managed: Any) -> None:
        self.name = name
        self._inner = managed.contents.dl_tensor
        self.shape: Tuple[int, ...] = tuple(self._inner.shape[:self._inner.ndim])
        # Not at exit: arrays over it may be used until the very end.
        weakref.finalize(self, _release, managed).atexit = False

    def __repr__(self) -> str:
        return f"<raddle.Tensor {self.name} {list(self.shape)}>"

    @property
    def _address(self) -> int:
        return int(self._inner.data) + int(self._inner.byte_offset)

    def memoryview(self) -> Any:
        """A memoryview of format "f" and of the tensor's shape."""
        memory = (ctypes.c_float * math.prod(self.shape)).from_address(self._address)
        memory._tensor = self  # type: ignore[attr-defined]  # lives as long as the view
        return shaped(memory, self.shape)

    def __buffer__(self, flags: int) -> Any:
        return self.memoryview()

    @property
    def __array_interface__(self) -> Dict[str, Any]:
        return {"version": 3, "shape": self.shape, "typestr": "<f4",
                "data": (self._address, False)}

    def __dlpack_device__(self) -> Tuple[int, int]:
        return _CPU

    def __dlpack__(self, *, stream: Any = None, max_version: Optional[Tuple[int, int]] = None,
                   dl_device: Optional[Tuple[int, int]] = None,
                   copy: Optional[bool] = None) -> Any:
        """A DLPack capsule over the memory."""
        if copy or dl_device not in (None, _CPU):
            raise BufferError("a Tensor lies in the CPU's memory and is shared; copy what it gives")
        inner = _raw.raddle_dl_tensor_t.from_buffer_copy(self._inner)
        strides = [math.prod(self.shape[axis + 1:]) for axis in range(len(self.shape))]
        inner.strides = (ctypes.c_int64 * len(strides))(*strides)
        versioned = max_version is not None and max_version[0] >= 1
        managed = _Versioned(1, 0, None, _deleter, 0, inner) if versioned else \
            _Managed(inner, None, _deleter)
        address = ctypes.addressof(managed)
        _handed_out[address] = (managed, inner, self)
        return _capsule(address, _NAMES[versioned], _capsule_end)
