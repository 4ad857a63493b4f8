// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;
use crate::ffi::text;

/// One kind of op. All texts are static.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OpInfo {
    /// "linear".
    pub name: &'static str,
    /// Names of the inputs, in order: "x weight bias?" (? may be left out).
    pub inputs: &'static str,
    /// "y".
    pub outputs: &'static str,
    /// "key=default,..."; a key without default must be given.
    pub attributes: &'static str,
    /// Shapes and arithmetic, a sentence or two.
    pub help: &'static str,
    /// Input count min.
    pub input_count_min: i64,
    /// Input count max.
    pub input_count_max: i64,
    /// Output count.
    pub output_count: i64,
}

impl OpInfo {
    /// # Safety
    /// The texts of `raw` are there, for as long as the library is.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_op_info_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                name: text(raw.name),
                inputs: text(raw.inputs),
                outputs: text(raw.outputs),
                attributes: text(raw.attributes),
                help: text(raw.help),
                input_count_min: raw.input_count_min,
                input_count_max: raw.input_count_max,
                output_count: raw.output_count,
            }
        }
    }
}
