// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Metrics {
    /// Steps done, this one included: 1 after the first.
    pub step: i64,
    /// Next-token loss in nats, mean over the step's weighted tokens.
    pub loss: f64,
    /// With the other terms (multi-token prediction).
    pub total_loss: f64,
    /// Global, before clipping.
    pub grad_norm: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Tokens of this step.
    pub step_tokens: i64,
    /// Tokens of the run so far.
    pub tokens: i64,
    /// Step ms.
    pub step_ms: f64,
    /// step_tokens in step_ms.
    pub tokens_per_second: f64,
    /// Model arithmetic, see `SessionInfo`.
    pub flops_per_second: f64,
    /// Steps of the run whose gradients were not finite.
    pub skipped_total: i64,
    /// True: this step was one, and the weights were left alone.
    pub skipped: bool,
}

impl Metrics {
    pub(crate) fn from_raw(raw: &sys::raddle_metrics_t) -> Self {
        Self {
            step: raw.step,
            loss: raw.loss,
            total_loss: raw.total_loss,
            grad_norm: raw.grad_norm,
            learning_rate: raw.learning_rate,
            step_tokens: raw.step_tokens,
            tokens: raw.tokens,
            step_ms: raw.step_ms,
            tokens_per_second: raw.tokens_per_second,
            flops_per_second: raw.flops_per_second,
            skipped_total: raw.skipped_total,
            skipped: raw.skipped != 0,
        }
    }
}

/// What an evaluation found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// Steps done when it ran.
    pub step: i64,
    /// Next-token, in nats, mean over tokens.
    pub loss: f64,
    /// Exp(loss).
    pub perplexity: f64,
    /// Of the text that the tokens stand for; 0 if that is not known.
    pub bits_per_byte: f64,
    /// Tokens.
    pub tokens: i64,
    /// Of text; 0 if that is not known.
    pub bytes: i64,
    /// Seconds.
    pub seconds: f64,
}

impl Evaluation {
    pub(crate) fn from_raw(raw: &sys::raddle_evaluation_t) -> Self {
        Self {
            step: raw.step,
            loss: raw.loss,
            perplexity: raw.perplexity,
            bits_per_byte: raw.bits_per_byte,
            tokens: raw.tokens,
            bytes: raw.bytes,
            seconds: raw.seconds,
        }
    }
}

/// How a training loop ended.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TrainResult {
    /// Of the run, earlier sessions included.
    pub steps_done: i64,
    /// True: on request, before train.steps or the last evaluation.
    pub stopped: bool,
    /// True: a checkpoint of exactly this state is on disk.
    pub saved: bool,
    /// Of this call.
    pub seconds: f64,
}

impl TrainResult {
    pub(crate) fn from_raw(raw: &sys::raddle_train_result_t) -> Self {
        Self {
            steps_done: raw.steps_done,
            stopped: raw.stopped != 0,
            saved: raw.saved != 0,
            seconds: raw.seconds,
        }
    }
}
