// SPDX-License-Identifier: Apache-2.0
// Structs that point to what is the caller's. Written by include/interface/generate.py.
use crate::sys;
use crate::error::Result;
use crate::ffi::{path_text, same_length};
use std::borrow::Cow;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::ptr;

/// Where a session reads from and writes to. What is not set is not there.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    run_directory: Option<PathBuf>,
    resume: Option<PathBuf>,
    trace_path: Option<PathBuf>,
}

impl SessionOptions {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at a time: the
    /// lock ends with the session or its process.
    #[must_use]
    pub fn run_directory(mut self, path: impl AsRef<Path>) -> Self {
        self.run_directory = Some(path.as_ref().into());
        self
    }

    /// "auto": from the run directory's newest good checkpoint, afresh if no run is there or it
    /// never saved; else a checkpoint or run directory, which must be good.
    #[must_use]
    pub fn resume(mut self, path: impl AsRef<Path>) -> Self {
        self.resume = Some(path.as_ref().into());
        self
    }

    /// Where [`Session::train`](crate::Session::train) writes a Chrome trace. An earlier trace of
    /// Raddle's is replaced, nothing else is.
    #[must_use]
    pub fn trace_path(mut self, path: impl AsRef<Path>) -> Self {
        self.trace_path = Some(path.as_ref().into());
        self
    }

    /// The C struct, and what it points to.
    pub(crate) fn raw(&self) -> Result<(sys::raddle_session_options_t, Vec<CString>)> {
        let mut raw = sys::RADDLE_SESSION_OPTIONS_INIT;
        let mut texts = Vec::new();
        if let Some(path) = &self.run_directory {
            let text = path_text("run_directory", path)?;
            raw.run_directory = text.as_ptr();
            texts.push(text);
        }
        if let Some(path) = &self.resume {
            let text = path_text("resume", path)?;
            raw.resume = text.as_ptr();
            texts.push(text);
        }
        if let Some(path) = &self.trace_path {
            let text = path_text("trace_path", path)?;
            raw.trace_path = text.as_ptr();
            texts.push(text);
        }
        Ok((raw, texts))
    }
}

/// One micro-batch of packed sequences for a ready-made model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch<'a> {
    tokens: Cow<'a, [i32]>,
    targets: Option<Cow<'a, [i32]>>,
    weights: Option<Cow<'a, [f32]>>,
    positions: Option<Cow<'a, [i32]>>,
    cu_seqlens: Option<Cow<'a, [i32]>>,
}

impl<'a> Batch<'a> {
    /// `tokens`: (token_count).
    #[must_use]
    pub fn new(tokens: impl Into<Cow<'a, [i32]>>) -> Self {
        Self { tokens: tokens.into(), ..Self::default() }
    }

    /// (token_count); not set: the next token of the same sequence.
    #[must_use]
    pub fn targets(mut self, values: impl Into<Cow<'a, [i32]>>) -> Self {
        self.targets = Some(values.into());
        self
    }

    /// (token_count) of each token's loss, finite and not negative; 0 leaves it out, some must be
    /// above 0; not set: 1, but 0 for the last token of a sequence where `targets` is not set.
    #[must_use]
    pub fn weights(mut self, values: impl Into<Cow<'a, [f32]>>) -> Self {
        self.weights = Some(values.into());
        self
    }

    /// (token_count); not set: 0, 1, ... in each sequence.
    #[must_use]
    pub fn positions(mut self, values: impl Into<Cow<'a, [i32]>>) -> Self {
        self.positions = Some(values.into());
        self
    }

    /// (sequence_count + 1) where sequences begin, then token_count; a sequence may be empty; not
    /// set: one sequence.
    #[must_use]
    pub fn cu_seqlens(mut self, values: impl Into<Cow<'a, [i32]>>) -> Self {
        self.cu_seqlens = Some(values.into());
        self
    }

    /// The C struct, which points into this one.
    pub(crate) fn raw(&self) -> Result<sys::raddle_batch_t> {
        let mut raw = sys::RADDLE_BATCH_INIT;
        raw.tokens = self.tokens.as_ptr();
        raw.targets = self.targets.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        raw.weights = self.weights.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        raw.positions = self.positions.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        raw.cu_seqlens = self.cu_seqlens.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        raw.token_count = same_length(&[
            ("tokens", Some(self.tokens.len()), 0),
            ("targets", self.targets.as_ref().map(|it| it.len()), 0),
            ("weights", self.weights.as_ref().map(|it| it.len()), 0),
            ("positions", self.positions.as_ref().map(|it| it.len()), 0),
        ])? as i64;
        raw.sequence_count = same_length(&[
            ("cu_seqlens", self.cu_seqlens.as_ref().map(|it| it.len()), 1),
        ])? as i64;
        Ok(raw)
    }
}
