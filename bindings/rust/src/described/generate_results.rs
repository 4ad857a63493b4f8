// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// How a generation went.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GenerateResult {
    /// Generated.
    pub token_count: i64,
    /// Until the first token.
    pub prompt_ms: f64,
    /// After the first.
    pub tokens_per_second: f64,
    /// True: by an end-of-text token.
    pub ended: bool,
}

impl GenerateResult {
    pub(crate) fn from_raw(raw: &sys::raddle_generate_result_t) -> Self {
        Self {
            token_count: raw.token_count,
            prompt_ms: raw.prompt_ms,
            tokens_per_second: raw.tokens_per_second,
            ended: raw.ended != 0,
        }
    }
}
