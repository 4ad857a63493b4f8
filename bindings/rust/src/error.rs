// SPDX-License-Identifier: Apache-2.0
//! What goes wrong.
use crate::described::status_calls;
pub use crate::described::{Code, Scope};
use crate::{ffi, sys};
use std::fmt;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: a code for what to do next, a scope for what is broken, a message for people.
///
/// ```
/// use raddle::{Code, Config, Scope};
///
/// let error = Config::new()?.set("train.step", 10).unwrap_err();
/// assert_eq!((error.code(), error.scope()), (Code::InvalidArgument, Scope::Call));
/// assert!(error.message().contains("train.steps")); // the nearest key that there is
/// # Ok::<(), raddle::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    scope: Scope,
    message: String,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, scope: Scope::Call, message: message.into() }
    }

    /// # Safety
    /// The library has just given away `status`, which is an error.
    pub(crate) unsafe fn take(mut status: sys::raddle_status_t) -> Self {
        // SAFETY: the caller says so; nothing of it is used after it is destroyed.
        unsafe {
            let error = Self {
                code: Code::from_raw(sys::raddle_status_code(status)),
                scope: Scope::from_raw(sys::raddle_status_scope(status)),
                message: ffi::owned_text(sys::raddle_status_message(status)),
            };
            sys::raddle_status_destroy(&mut status);
            error
        }
    }

    /// What the caller should do next.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The largest entity that is broken.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What went wrong, with what, expected and actual, what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the call ended because a [`Stop`](crate::Stop) said so.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.code == Code::Cancelled
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Code {
    /// The name in the C ABI, such as `INVALID_ARGUMENT`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(status_calls::code_name(self.to_raw()))
    }
}

impl fmt::Display for Scope {
    /// The name in the C ABI, such as `call`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(status_calls::scope_name(self.to_raw()))
    }
}
