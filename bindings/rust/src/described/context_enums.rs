// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// Of options alone: info.
    Default,
    /// Debug.
    Debug,
    /// Info.
    Info,
    /// Warning.
    Warning,
    /// Error.
    Error,
    /// Off.
    Off,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl LogLevel {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_LOG_DEFAULT => Self::Default,
            sys::RADDLE_LOG_DEBUG => Self::Debug,
            sys::RADDLE_LOG_INFO => Self::Info,
            sys::RADDLE_LOG_WARNING => Self::Warning,
            sys::RADDLE_LOG_ERROR => Self::Error,
            sys::RADDLE_LOG_OFF => Self::Off,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Default => sys::RADDLE_LOG_DEFAULT,
            Self::Debug => sys::RADDLE_LOG_DEBUG,
            Self::Info => sys::RADDLE_LOG_INFO,
            Self::Warning => sys::RADDLE_LOG_WARNING,
            Self::Error => sys::RADDLE_LOG_ERROR,
            Self::Off => sys::RADDLE_LOG_OFF,
            Self::Unknown(other) => other,
        }
    }
}
