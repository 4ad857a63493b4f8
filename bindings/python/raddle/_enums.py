# SPDX-License-Identifier: Apache-2.0
"""The numbers with names.

Generated from include/interface by emit_python.py: change the description, not this file."""

from enum import IntEnum


class Code(IntEnum):
    """What the caller should do next. Values never change; new ones may appear."""

    OK = 0
    #: fix the call or the configuration
    INVALID_ARGUMENT = 1
    #: name something that exists
    NOT_FOUND = 2
    #: name something else, or resume
    ALREADY_EXISTS = 3
    #: do something else first; do not retry
    FAILED_PRECONDITION = 4
    #: past the end of the data
    OUT_OF_RANGE = 5
    #: memory or disk is short; the message says by how much
    RESOURCE_EXHAUSTED = 6
    #: a device, library or peer is missing; may be retried
    UNAVAILABLE = 7
    #: a file or message is damaged
    DATA_LOSS = 8
    #: the feature does not exist; use what the message names
    UNIMPLEMENTED = 9
    #: stopped on request
    CANCELLED = 10
    #: restart the step
    ABORTED = 11
    #: the run diverged
    NUMERIC = 12
    #: the operating system refused an operation
    IO = 13
    #: a bug in Raddle
    INTERNAL = 14


class Scope(IntEnum):
    """The largest entity that is broken."""

    CALL = 0
    DEVICE = 1
    PEER = 2
    GROUP = 3
    JOB = 4


class LogLevel(IntEnum):
    """How much a message matters."""

    #: of options alone: info
    DEFAULT = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    OFF = 5


class StopGrade(IntEnum):
    """How it is asked to stop."""

    #: not at all: go on
    NONE = 0
    #: raddle_stop_request() was called
    REQUESTED = 1
    #: raddle_stop_cancel() was called
    CANCELLED = 2


class Origin(IntEnum):
    """Where a value came from, lowest rank first."""

    DEFAULT = 0
    RECIPE = 1
    ENVIRONMENT = 2
    #: a command line
    SET = 3
    #: a program, through this ABI
    CALL = 4


class Dtype(IntEnum):
    """Element types. Values never change."""

    F32 = 0
    F64 = 1
    BF16 = 2
    F16 = 3
    I32 = 4
    I64 = 5
    U8 = 6
    U16 = 7
    U32 = 8


class TensorKind(IntEnum):
    """Where a tensor of a graph comes from."""

    #: the caller gives it with every micro-batch
    INPUT = 0
    #: part of the state
    PARAMETER = 1
    #: kept from one run to the next
    CACHE = 2
    #: a node makes it
    ACTIVATION = 3


class EventKind(IntEnum):
    """What happens in a training loop or a generation. New kinds may appear: ignore those that
    you do not know."""

    #: of raddle_operation_poll(): nothing happened
    NONE = 0
    #: metrics
    STEP = 1
    #: evaluation
    EVALUATION = 2
    #: path of a checkpoint that is complete on disk
    CHECKPOINT = 3
    #: message: something failed that need not end the run, such as a checkpoint for which the disk
    #: was full
    WARNING = 4
    #: of raddle_session_generate_start(): token and text; step counts the tokens
    TOKEN = 5
    #: of raddle_operation_poll(): it is over, join it
    END = 6


class TensorRole(IntEnum):
    """What a tensor of state is to its parameter."""

    PARAMETER = 0
    GRADIENT = 1
    #: AdamW's m
    MOMENT1 = 2
    #: AdamW's v
    MOMENT2 = 3
    #: the parameter in BF16, which follows it
    COMPUTE = 4


class DlDevice(IntEnum):
    """DLPack's structs under names of our own, laid out as in <dlpack/dlpack.h>, which may be
    included before or after: a pointer to one is cast to the other. This is its DLDeviceType."""

    CPU = 1
    CUDA = 2


class DlCode(IntEnum):
    """DLDataTypeCode."""

    INT = 0
    UINT = 1
    FLOAT = 2
    BFLOAT = 4
