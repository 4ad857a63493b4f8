// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// How it is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopGrade {
    /// Not at all: go on.
    None,
    /// [`Stop::request`](crate::Stop::request) was called.
    Requested,
    /// [`Stop::cancel`](crate::Stop::cancel) was called.
    Cancelled,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl StopGrade {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_STOP_NONE => Self::None,
            sys::RADDLE_STOP_REQUESTED => Self::Requested,
            sys::RADDLE_STOP_CANCELLED => Self::Cancelled,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::None => sys::RADDLE_STOP_NONE,
            Self::Requested => sys::RADDLE_STOP_REQUESTED,
            Self::Cancelled => sys::RADDLE_STOP_CANCELLED,
            Self::Unknown(other) => other,
        }
    }
}
