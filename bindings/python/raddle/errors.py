# SPDX-License-Identifier: Apache-2.0
"""An exception for each code of an error: what to do next.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ._error import RaddleError
from ._values import Code


class InvalidArgumentError(RaddleError, ValueError):
    """Fix the call or the configuration."""
    code = Code.INVALID_ARGUMENT


class NotFoundError(RaddleError, LookupError):
    """Name something that exists."""
    code = Code.NOT_FOUND


class AlreadyExistsError(RaddleError):
    """Name something else, or resume."""
    code = Code.ALREADY_EXISTS


class FailedPreconditionError(RaddleError):
    """Do something else first; do not retry."""
    code = Code.FAILED_PRECONDITION


class OutOfRangeError(RaddleError, IndexError):
    """Past the end of the data."""
    code = Code.OUT_OF_RANGE


class ResourceExhaustedError(RaddleError):
    """Memory or disk is short; the message says by how much."""
    code = Code.RESOURCE_EXHAUSTED


class UnavailableError(RaddleError):
    """A device, library or peer is missing; may be retried."""
    code = Code.UNAVAILABLE


class DataLossError(RaddleError):
    """A file or message is damaged."""
    code = Code.DATA_LOSS


class UnimplementedError(RaddleError, NotImplementedError):
    """The feature does not exist; use what the message names."""
    code = Code.UNIMPLEMENTED


class CancelledError(RaddleError):
    """Stopped on request."""
    code = Code.CANCELLED


class AbortedError(RaddleError):
    """Restart the step."""
    code = Code.ABORTED


class NumericError(RaddleError, ArithmeticError):
    """The run diverged."""
    code = Code.NUMERIC


class IoError(RaddleError, OSError):
    """The operating system refused an operation."""
    code = Code.IO


class InternalError(RaddleError):
    """A bug in Raddle."""
    code = Code.INTERNAL


__all__ = ["RaddleError", "InvalidArgumentError", "NotFoundError", "AlreadyExistsError",
           "FailedPreconditionError", "OutOfRangeError", "ResourceExhaustedError",
           "UnavailableError", "DataLossError", "UnimplementedError", "CancelledError",
           "AbortedError", "NumericError", "IoError", "InternalError"]
