// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// Element types. Values never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dtype {
    /// F32.
    F32,
    /// F64.
    F64,
    /// Bf16.
    Bf16,
    /// F16.
    F16,
    /// I32.
    I32,
    /// I64.
    I64,
    /// U8.
    U8,
    /// U16.
    U16,
    /// U32.
    U32,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl Dtype {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_F32 => Self::F32,
            sys::RADDLE_F64 => Self::F64,
            sys::RADDLE_BF16 => Self::Bf16,
            sys::RADDLE_F16 => Self::F16,
            sys::RADDLE_I32 => Self::I32,
            sys::RADDLE_I64 => Self::I64,
            sys::RADDLE_U8 => Self::U8,
            sys::RADDLE_U16 => Self::U16,
            sys::RADDLE_U32 => Self::U32,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::F32 => sys::RADDLE_F32,
            Self::F64 => sys::RADDLE_F64,
            Self::Bf16 => sys::RADDLE_BF16,
            Self::F16 => sys::RADDLE_F16,
            Self::I32 => sys::RADDLE_I32,
            Self::I64 => sys::RADDLE_I64,
            Self::U8 => sys::RADDLE_U8,
            Self::U16 => sys::RADDLE_U16,
            Self::U32 => sys::RADDLE_U32,
            Self::Unknown(other) => other,
        }
    }
}
