// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What a token file was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TokenizeResult {
    /// Documents.
    pub documents: i64,
    /// Tokens.
    pub tokens: i64,
    /// Of the files.
    pub bytes: i64,
    /// Halves of surrogate pairs in JSON strings, now U+FFFD.
    pub replaced: i64,
}

impl TokenizeResult {
    pub(crate) fn from_raw(raw: &sys::raddle_tokenize_result_t) -> Self {
        Self {
            documents: raw.documents,
            tokens: raw.tokens,
            bytes: raw.bytes,
            replaced: raw.replaced,
        }
    }
}
