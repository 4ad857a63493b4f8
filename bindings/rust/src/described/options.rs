// SPDX-License-Identifier: Apache-2.0
// Options of functions. Written by include/interface/generate.py.
use crate::sys;

/// How text is generated. What is not set is at its default.
#[derive(Debug, Clone, Copy)]
pub struct GenerateOptions {
    pub(crate) raw: sys::raddle_generate_options_t,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self { raw: sys::RADDLE_GENERATE_OPTIONS_INIT }
    }
}

impl GenerateOptions {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// 0: generate.max_tokens.
    #[must_use]
    pub fn max_tokens(mut self, value: i64) -> Self {
        self.raw.max_tokens = value;
        self
    }

    /// 0: always the likeliest token; below 0: generate.temperature.
    #[must_use]
    pub fn temperature(mut self, value: f64) -> Self {
        self.raw.temperature = value;
        self
    }

    /// 0: all; below 0: generate.top_k.
    #[must_use]
    pub fn top_k(mut self, value: i64) -> Self {
        self.raw.top_k = value;
        self
    }

    /// Below 0: generate.seed.
    #[must_use]
    pub fn seed(mut self, value: i64) -> Self {
        self.raw.seed = value;
        self
    }

    /// True: always the likeliest token.
    #[must_use]
    pub fn greedy(mut self, value: bool) -> Self {
        self.raw.greedy = value.into();
        self
    }

    /// True: go on after an end-of-text token.
    #[must_use]
    pub fn ignore_end(mut self, value: bool) -> Self {
        self.raw.ignore_end = value.into();
        self
    }
}

/// How gradients are made. What is not set is at its default.
#[derive(Debug, Clone, Copy)]
pub struct BackwardOptions {
    pub(crate) raw: sys::raddle_backward_options_t,
}

impl Default for BackwardOptions {
    fn default() -> Self {
        Self { raw: sys::RADDLE_BACKWARD_OPTIONS_INIT }
    }
}

impl BackwardOptions {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the sum over weighted tokens is divided by: the weights of the whole step where its
    /// batches come in several calls, which are all told the same; 0: those of this call.
    #[must_use]
    pub fn weight_sum(mut self, value: f64) -> Self {
        self.raw.weight_sum = value;
        self
    }

    /// True: add to the gradients that are there, as a further part of the same step; false: begin
    /// a step.
    #[must_use]
    pub fn accumulate(mut self, value: bool) -> Self {
        self.raw.accumulate = value.into();
        self
    }
}

/// How gradients are applied. What is not set is at its default.
#[derive(Debug, Clone, Copy)]
pub struct ApplyOptions {
    pub(crate) raw: sys::raddle_apply_options_t,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self { raw: sys::RADDLE_APPLY_OPTIONS_INIT }
    }
}

impl ApplyOptions {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this step, if `own_learning_rate` is 1.
    #[must_use]
    pub fn learning_rate(mut self, value: f64) -> Self {
        self.raw.learning_rate = value;
        self.raw.own_learning_rate = 1;
        self
    }
}
