// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// Where a value came from, lowest rank first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Default.
    Default,
    /// Recipe.
    Recipe,
    /// Environment.
    Environment,
    /// A command line.
    Set,
    /// A program, through this ABI.
    Call,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl Origin {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_ORIGIN_DEFAULT => Self::Default,
            sys::RADDLE_ORIGIN_RECIPE => Self::Recipe,
            sys::RADDLE_ORIGIN_ENVIRONMENT => Self::Environment,
            sys::RADDLE_ORIGIN_SET => Self::Set,
            sys::RADDLE_ORIGIN_CALL => Self::Call,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Default => sys::RADDLE_ORIGIN_DEFAULT,
            Self::Recipe => sys::RADDLE_ORIGIN_RECIPE,
            Self::Environment => sys::RADDLE_ORIGIN_ENVIRONMENT,
            Self::Set => sys::RADDLE_ORIGIN_SET,
            Self::Call => sys::RADDLE_ORIGIN_CALL,
            Self::Unknown(other) => other,
        }
    }
}
