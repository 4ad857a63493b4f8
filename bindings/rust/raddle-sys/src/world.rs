// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;

/// This process as one of the ranks of a job.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_world_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// Where this process stands, as far as the environment does not say it or says it wrong.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_world_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// From 0 on; -1: rank and size from the environment.
    pub rank: i64,
    /// Of the job, if `rank` is given.
    pub size: i64,
    /// Host:port; rank 0 listens there; NULL: from the environment.
    pub coordinator: *const c_char,
    /// Whoever does not know it cannot join; NULL: from the environment.
    pub secret: *const c_char,
}

/// Every field of a [`raddle_world_options_t`] at its default.
pub const RADDLE_WORLD_OPTIONS_INIT: raddle_world_options_t = raddle_world_options_t {
    struct_size: size_of::<raddle_world_options_t>(),
    rank: -1,
    size: 0,
    coordinator: ptr::null(),
    secret: ptr::null(),
};

extern "C" {
    /// What RADDLE_WORLD_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_world_options_init(out_struct: *mut raddle_world_options_t, struct_bytes: usize);

    /// Joins the others and returns when all are there, or after a minute. A process that nobody
    /// started as one of several gets a world of one at once. If a rank has another build, or in
    /// `config` another value of an option that decides what is computed, all are told which and
    /// what.
    ///
    /// When a rank dies, is stopped or cut off, whatever waits for it in another one returns
    /// UNAVAILABLE within a second; the message names the rank, its host and process, and why.
    ///
    /// - `config`: NULL: only the builds are compared
    /// - `options`: copied; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_world`: destroy with raddle_world_destroy()
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, ALREADY_EXISTS, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_world_join(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        options: *const raddle_world_options_t,
        stop: *mut raddle_stop_t,
        out_world: *mut *mut raddle_world_t,
    ) -> raddle_status_t;

    /// Leaves in good order if that has not happened yet, and waits until the others know, at most
    /// three seconds. NULL-safe; nulls it. A session that has the world keeps it, but can no longer
    /// train.
    ///
    /// - `world`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_world_destroy(world: *mut *mut raddle_world_t);

    /// Tells the others how this rank ends, so that they can name the cause: with `code` OK in good
    /// order, else with an error. Only the first call counts.
    ///
    /// - `message`: NULL: none
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_world_leave(
        world: *mut raddle_world_t,
        code: raddle_code_t,
        message: *const c_char,
    ) -> raddle_status_t;

    /// Which one this process is, from 0 on.
    ///
    /// - `world`: NULL: the result is 0
    /// - Threads: any
    pub fn raddle_world_rank(world: *const raddle_world_t) -> i64;

    /// How many ranks there are.
    ///
    /// - `world`: NULL: the result is 1
    /// - Threads: any
    pub fn raddle_world_size(world: *const raddle_world_t) -> i64;

    /// What the environment says of this process's place, as a JSON object: `source` (whose
    /// contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job,
    /// node_ranks, or alone), `rank`, `size`, `local_rank`, `local_size`, `node_rank`,
    /// `ranks_to_start` (over 1: this process is to start so many ranks and is none),
    /// `coordinator`, `has_secret`, and `contradictions`, a text for each. Keys may be added.
    /// Nobody is asked anything.
    ///
    /// - `out_json`: free with raddle_text_destroy()
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_world_place_json(
        context: *mut raddle_context_t,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;
}
