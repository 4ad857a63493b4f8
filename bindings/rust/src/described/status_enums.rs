// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What the caller should do next. Values never change; new ones may appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Ok.
    Ok,
    /// Fix the call or the configuration.
    InvalidArgument,
    /// Name something that exists.
    NotFound,
    /// Name something else, or resume.
    AlreadyExists,
    /// Do something else first; do not retry.
    FailedPrecondition,
    /// Past the end of the data.
    OutOfRange,
    /// Memory or disk is short; the message says by how much.
    ResourceExhausted,
    /// A device, library or peer is missing; may be retried.
    Unavailable,
    /// A file or message is damaged.
    DataLoss,
    /// The feature does not exist; use what the message names.
    Unimplemented,
    /// Stopped on request.
    Cancelled,
    /// Restart the step.
    Aborted,
    /// The run diverged.
    Numeric,
    /// The operating system refused an operation.
    Io,
    /// A bug in Raddle.
    Internal,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl Code {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_OK => Self::Ok,
            sys::RADDLE_INVALID_ARGUMENT => Self::InvalidArgument,
            sys::RADDLE_NOT_FOUND => Self::NotFound,
            sys::RADDLE_ALREADY_EXISTS => Self::AlreadyExists,
            sys::RADDLE_FAILED_PRECONDITION => Self::FailedPrecondition,
            sys::RADDLE_OUT_OF_RANGE => Self::OutOfRange,
            sys::RADDLE_RESOURCE_EXHAUSTED => Self::ResourceExhausted,
            sys::RADDLE_UNAVAILABLE => Self::Unavailable,
            sys::RADDLE_DATA_LOSS => Self::DataLoss,
            sys::RADDLE_UNIMPLEMENTED => Self::Unimplemented,
            sys::RADDLE_CANCELLED => Self::Cancelled,
            sys::RADDLE_ABORTED => Self::Aborted,
            sys::RADDLE_NUMERIC => Self::Numeric,
            sys::RADDLE_IO => Self::Io,
            sys::RADDLE_INTERNAL => Self::Internal,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Ok => sys::RADDLE_OK,
            Self::InvalidArgument => sys::RADDLE_INVALID_ARGUMENT,
            Self::NotFound => sys::RADDLE_NOT_FOUND,
            Self::AlreadyExists => sys::RADDLE_ALREADY_EXISTS,
            Self::FailedPrecondition => sys::RADDLE_FAILED_PRECONDITION,
            Self::OutOfRange => sys::RADDLE_OUT_OF_RANGE,
            Self::ResourceExhausted => sys::RADDLE_RESOURCE_EXHAUSTED,
            Self::Unavailable => sys::RADDLE_UNAVAILABLE,
            Self::DataLoss => sys::RADDLE_DATA_LOSS,
            Self::Unimplemented => sys::RADDLE_UNIMPLEMENTED,
            Self::Cancelled => sys::RADDLE_CANCELLED,
            Self::Aborted => sys::RADDLE_ABORTED,
            Self::Numeric => sys::RADDLE_NUMERIC,
            Self::Io => sys::RADDLE_IO,
            Self::Internal => sys::RADDLE_INTERNAL,
            Self::Unknown(other) => other,
        }
    }
}

/// The largest entity that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Call.
    Call,
    /// Device.
    Device,
    /// Peer.
    Peer,
    /// Group.
    Group,
    /// Job.
    Job,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl Scope {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_SCOPE_CALL => Self::Call,
            sys::RADDLE_SCOPE_DEVICE => Self::Device,
            sys::RADDLE_SCOPE_PEER => Self::Peer,
            sys::RADDLE_SCOPE_GROUP => Self::Group,
            sys::RADDLE_SCOPE_JOB => Self::Job,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Call => sys::RADDLE_SCOPE_CALL,
            Self::Device => sys::RADDLE_SCOPE_DEVICE,
            Self::Peer => sys::RADDLE_SCOPE_PEER,
            Self::Group => sys::RADDLE_SCOPE_GROUP,
            Self::Job => sys::RADDLE_SCOPE_JOB,
            Self::Unknown(other) => other,
        }
    }
}
