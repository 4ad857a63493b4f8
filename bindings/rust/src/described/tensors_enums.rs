// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What a tensor of state is to its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorRole {
    /// Parameter.
    Parameter,
    /// Gradient.
    Gradient,
    /// AdamW's m.
    Moment1,
    /// AdamW's v.
    Moment2,
    /// The parameter in BF16, which follows it.
    Compute,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl TensorRole {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_ROLE_PARAMETER => Self::Parameter,
            sys::RADDLE_ROLE_GRADIENT => Self::Gradient,
            sys::RADDLE_ROLE_MOMENT1 => Self::Moment1,
            sys::RADDLE_ROLE_MOMENT2 => Self::Moment2,
            sys::RADDLE_ROLE_COMPUTE => Self::Compute,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Parameter => sys::RADDLE_ROLE_PARAMETER,
            Self::Gradient => sys::RADDLE_ROLE_GRADIENT,
            Self::Moment1 => sys::RADDLE_ROLE_MOMENT1,
            Self::Moment2 => sys::RADDLE_ROLE_MOMENT2,
            Self::Compute => sys::RADDLE_ROLE_COMPUTE,
            Self::Unknown(other) => other,
        }
    }
}

/// DLPack's structs under names of our own, laid out as in \<dlpack/dlpack.h\>, which may be
/// included before or after: a pointer to one is cast to the other. This is its DLDeviceType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DlDevice {
    /// Cpu.
    Cpu,
    /// Cuda.
    Cuda,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl DlDevice {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_DL_CPU => Self::Cpu,
            sys::RADDLE_DL_CUDA => Self::Cuda,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Cpu => sys::RADDLE_DL_CPU,
            Self::Cuda => sys::RADDLE_DL_CUDA,
            Self::Unknown(other) => other,
        }
    }
}

/// DLDataTypeCode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DlCode {
    /// Int.
    Int,
    /// Uint.
    Uint,
    /// Float.
    Float,
    /// Bfloat.
    Bfloat,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl DlCode {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_DL_INT => Self::Int,
            sys::RADDLE_DL_UINT => Self::Uint,
            sys::RADDLE_DL_FLOAT => Self::Float,
            sys::RADDLE_DL_BFLOAT => Self::Bfloat,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::Int => sys::RADDLE_DL_INT,
            Self::Uint => sys::RADDLE_DL_UINT,
            Self::Float => sys::RADDLE_DL_FLOAT,
            Self::Bfloat => sys::RADDLE_DL_BFLOAT,
            Self::Unknown(other) => other,
        }
    }
}
