// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};

/// A request to stop, made now or later. What it is given to holds it until it returns.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_stop_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// How it is asked to stop.
pub type raddle_stop_grade_t = i32;
/// Not at all: go on.
pub const RADDLE_STOP_NONE: raddle_stop_grade_t = 0;
/// raddle_stop_request() was called.
pub const RADDLE_STOP_REQUESTED: raddle_stop_grade_t = 1;
/// raddle_stop_cancel() was called.
pub const RADDLE_STOP_CANCELLED: raddle_stop_grade_t = 2;

extern "C" {
    /// One that asks for nothing yet.
    ///
    /// - `out_stop`: destroy with raddle_stop_destroy()
    /// - Threads: any
    #[must_use]
    pub fn raddle_stop_create(out_stop: *mut *mut raddle_stop_t) -> raddle_status_t;

    /// NULL-safe; nulls it. Calls that it was given to go on and are no longer stopped by it; no
    /// call may begin with it.
    ///
    /// - `stop`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_stop_destroy(stop: *mut *mut raddle_stop_t);

    /// Asks to stop in good order. A training loop finishes its step, saves and returns; but a step
    /// on its own data of which more than one micro-batch is still to do is dropped, as it may last
    /// long, and whoever goes on repeats it bit for bit. A generation returns what it has; a single
    /// step and a checkpoint that is being saved are finished. Whatever else, of which a part is no
    /// result, returns CANCELLED soon and leaves nothing half-made.
    ///
    /// - `stop`: NULL: nothing happens
    /// - Threads: any; safe in a signal handler while the stop lives
    pub fn raddle_stop_request(stop: *mut raddle_stop_t);

    /// Makes every call that has it return CANCELLED as soon as possible. The step under way is
    /// dropped, and the state is what it was before; a checkpoint that is not complete is removed.
    ///
    /// - `stop`: NULL: nothing happens
    /// - Threads: any; safe in a signal handler while the stop lives
    pub fn raddle_stop_cancel(stop: *mut raddle_stop_t);

    /// What was asked for so far; it only rises.
    ///
    /// - `stop`: NULL: RADDLE_STOP_NONE
    /// - Threads: any; safe in a signal handler while the stop lives
    pub fn raddle_stop_grade(stop: *const raddle_stop_t) -> raddle_stop_grade_t;

    /// How far the work is that began last with it, in the parts that raddle_stop_total() counts:
    /// steps of a training, tokens of a generation, batches of an evaluation, merges of a
    /// tokenizer, bytes of anything that reads or writes files. To be asked for while the call
    /// runs; a call of several parts counts each anew.
    ///
    /// - `stop`: NULL: the result is 0
    /// - Threads: any
    pub fn raddle_stop_done(stop: *const raddle_stop_t) -> i64;

    /// How many parts that work has.
    ///
    /// - `stop`: NULL: the result is 0
    /// - Returns: 0: nobody knows
    /// - Threads: any
    pub fn raddle_stop_total(stop: *const raddle_stop_t) -> i64;
}
