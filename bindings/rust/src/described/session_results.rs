// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What a session is and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Parameter elements.
    pub parameter_elements: i64,
    /// Vocab size.
    pub vocab_size: i64,
    /// Longest sequence.
    pub context_tokens: i64,
    /// Capacity of one micro-batch.
    pub micro_batch_tokens: i64,
    /// Of one step.
    pub micro_batches: i64,
    /// Steps done.
    pub steps_done: i64,
    /// train.steps.
    pub steps_total: i64,
    /// Tokens done.
    pub tokens_done: i64,
    /// Of a training step: 6 N + 6 L C T, as in bench.h.
    pub flops_per_token: i64,
    /// That the session has allocated.
    pub memory_bytes: i64,
    /// Threads.
    pub threads: i32,
}

impl SessionInfo {
    pub(crate) fn from_raw(raw: &sys::raddle_session_info_t) -> Self {
        Self {
            parameter_elements: raw.parameter_elements,
            vocab_size: raw.vocab_size,
            context_tokens: raw.context_tokens,
            micro_batch_tokens: raw.micro_batch_tokens,
            micro_batches: raw.micro_batches,
            steps_done: raw.steps_done,
            steps_total: raw.steps_total,
            tokens_done: raw.tokens_done,
            flops_per_token: raw.flops_per_token,
            memory_bytes: raw.memory_bytes,
            threads: raw.threads,
        }
    }
}
