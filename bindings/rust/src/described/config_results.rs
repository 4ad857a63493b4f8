// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;
use crate::ffi::text;

/// One row of the table of options. All texts are static.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OptionInfo {
    /// "train.steps".
    pub key: &'static str,
    /// Integer number boolean string choice path list size groups.
    pub r#type: &'static str,
    /// "1000".
    pub default_value: &'static str,
    /// "steps", or "".
    pub unit: &'static str,
    /// Cluster: ranks must agree, part of the result; process: may differ.
    pub scope: &'static str,
    /// An interval "\[0,)", choices "a|b", or "".
    pub accepts: &'static str,
    /// A sentence.
    pub help: &'static str,
    /// "RADDLE_TRAIN_STEPS".
    pub environment: &'static str,
    /// What another value means when a run is resumed. model: part of what was trained, the resume
    /// is refused; run: holds from that step on and is recorded with it; process: never changes a
    /// result and leaves no record.
    pub change: &'static str,
}

impl OptionInfo {
    /// # Safety
    /// The texts of `raw` are there, for as long as the library is.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_option_info_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                key: text(raw.key),
                r#type: text(raw.r#type),
                default_value: text(raw.default_value),
                unit: text(raw.unit),
                scope: text(raw.scope),
                accepts: text(raw.accepts),
                help: text(raw.help),
                environment: text(raw.environment),
                change: text(raw.change),
            }
        }
    }
}
