// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;
use crate::ffi::{owned_path, owned_text};
use std::path::PathBuf;

/// Everything in it is valid during the callback.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CheckpointInfo {
    /// Path.
    pub path: PathBuf,
    /// Step.
    pub step: i64,
    /// Bytes.
    pub bytes: i64,
    /// True: manifest and file sizes are right (checksums:
    /// [`Context::checkpoint_verify`](crate::Context::checkpoint_verify)).
    pub good: bool,
    /// What is wrong with one that is not good, else "".
    pub problem: String,
    /// Of the run that trained it; "" where `directory` is no run directory.
    pub branch: String,
    /// False: it belongs to a branch that was set aside.
    pub in_force: bool,
    /// True: it is being written, or never was finished; then it is not good.
    pub half_written: bool,
}

impl CheckpointInfo {
    /// # Safety
    /// The texts of `raw` are there.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_checkpoint_info_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                path: owned_path(raw.path),
                step: raw.step,
                bytes: raw.bytes,
                good: raw.good != 0,
                problem: owned_text(raw.problem),
                branch: owned_text(raw.branch),
                in_force: raw.in_force != 0,
                half_written: raw.half_written != 0,
            }
        }
    }
}
