// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What happens in a training loop or a generation. New kinds may appear: ignore those that you do
/// not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// Of [`Operation::poll`](crate::Operation::poll): nothing happened.
    None,
    /// Metrics.
    Step,
    /// Evaluation.
    Evaluation,
    /// Path of a checkpoint that is complete on disk.
    Checkpoint,
    /// Message: something failed that need not end the run, such as a checkpoint for which the disk
    /// was full.
    Warning,
    /// Of [`Session::generate`](crate::Session::generate): token and text; step counts the tokens.
    Token,
    /// Of [`Operation::poll`](crate::Operation::poll): it is over, join it.
    End,
    /// A value that this version of the crate does not know.
    Unknown(i32),
}

impl EventKind {
    /// What the library means by `raw`.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Self {
        match raw {
            sys::RADDLE_EVENT_NONE => Self::None,
            sys::RADDLE_EVENT_STEP => Self::Step,
            sys::RADDLE_EVENT_EVALUATION => Self::Evaluation,
            sys::RADDLE_EVENT_CHECKPOINT => Self::Checkpoint,
            sys::RADDLE_EVENT_WARNING => Self::Warning,
            sys::RADDLE_EVENT_TOKEN => Self::Token,
            sys::RADDLE_EVENT_END => Self::End,
            other => Self::Unknown(other),
        }
    }

    /// The value that the library knows it by.
    #[must_use]
    pub const fn to_raw(self) -> i32 {
        match self {
            Self::None => sys::RADDLE_EVENT_NONE,
            Self::Step => sys::RADDLE_EVENT_STEP,
            Self::Evaluation => sys::RADDLE_EVENT_EVALUATION,
            Self::Checkpoint => sys::RADDLE_EVENT_CHECKPOINT,
            Self::Warning => sys::RADDLE_EVENT_WARNING,
            Self::Token => sys::RADDLE_EVENT_TOKEN,
            Self::End => sys::RADDLE_EVENT_END,
            Self::Unknown(other) => other,
        }
    }
}
