// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// Where a tensor of a graph comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorKind {
    /// The caller gives it with every micro-batch.
    Input,
    /// Part of the state.
    Parameter,
    /// Kept from one run to the next.
    Cache,
    /// A node makes it.
    Activation,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl TensorKind {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_TENSOR_INPUT => Self::Input,
            sys::RADDLE_TENSOR_PARAMETER => Self::Parameter,
            sys::RADDLE_TENSOR_CACHE => Self::Cache,
            sys::RADDLE_TENSOR_ACTIVATION => Self::Activation,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Input => sys::RADDLE_TENSOR_INPUT,
            Self::Parameter => sys::RADDLE_TENSOR_PARAMETER,
            Self::Cache => sys::RADDLE_TENSOR_CACHE,
            Self::Activation => sys::RADDLE_TENSOR_ACTIVATION,
            Self::Unknown(other) => other,
        }
    }
}
