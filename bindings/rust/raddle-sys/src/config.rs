// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;

/// The options of a run.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_config_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// Where a value came from, lowest rank first.
pub type raddle_origin_t = i32;
/// A value of raddle_origin_t.
pub const RADDLE_ORIGIN_DEFAULT: raddle_origin_t = 0;
/// A value of raddle_origin_t.
pub const RADDLE_ORIGIN_RECIPE: raddle_origin_t = 1;
/// A value of raddle_origin_t.
pub const RADDLE_ORIGIN_ENVIRONMENT: raddle_origin_t = 2;
/// A command line.
pub const RADDLE_ORIGIN_SET: raddle_origin_t = 3;
/// A program, through this ABI.
pub const RADDLE_ORIGIN_CALL: raddle_origin_t = 4;

/// One row of the table of options. All texts are static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_option_info_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// "train.steps".
    pub key: *const c_char,
    /// Integer number boolean string choice path list size groups.
    pub r#type: *const c_char,
    /// "1000".
    pub default_value: *const c_char,
    /// "steps", or "".
    pub unit: *const c_char,
    /// Cluster: ranks must agree, part of the result; process: may differ.
    pub scope: *const c_char,
    /// An interval "\[0,)", choices "a|b", or "".
    pub accepts: *const c_char,
    /// A sentence.
    pub help: *const c_char,
    /// "RADDLE_TRAIN_STEPS".
    pub environment: *const c_char,
    /// What another value means when a run is resumed. model: part of what was trained, the resume
    /// is refused; run: holds from that step on and is recorded with it; process: never changes a
    /// result and leaves no record.
    pub change: *const c_char,
}

/// Every field of a [`raddle_option_info_t`] at its default.
pub const RADDLE_OPTION_INFO_INIT: raddle_option_info_t = raddle_option_info_t {
    struct_size: size_of::<raddle_option_info_t>(),
    key: ptr::null(),
    r#type: ptr::null(),
    default_value: ptr::null(),
    unit: ptr::null(),
    scope: ptr::null(),
    accepts: ptr::null(),
    help: ptr::null(),
    environment: ptr::null(),
    change: ptr::null(),
};

extern "C" {
    /// What RADDLE_OPTION_INFO_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_option_info_init(out_struct: *mut raddle_option_info_t, struct_bytes: usize);

    /// Every option at its default.
    ///
    /// - `out_config`: destroy with raddle_config_destroy()
    /// - Threads: any
    #[must_use]
    pub fn raddle_config_create(out_config: *mut *mut raddle_config_t) -> raddle_status_t;

    /// NULL-safe; nulls it.
    ///
    /// - `config`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_config_destroy(config: *mut *mut raddle_config_t);

    /// Sets one option from this program: the highest rank.
    ///
    /// - `value`: as in a recipe, without quotes: "100", "1e-3", "true", "llama", "a.txt,b.txt",
    ///   "2GiB". A list with names that hold commas is an array: "\[\"a,b.txt\"\]"
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_set(
        config: *mut raddle_config_t,
        key: *const c_char,
        value: *const c_char,
    ) -> raddle_status_t;

    /// The same with another origin, for programs that read command lines or files of their own. A
    /// value from a lower rank than the present one's is checked and then ignored.
    ///
    /// - `origin`: RADDLE_ORIGIN_RECIPE to RADDLE_ORIGIN_CALL. From ENVIRONMENT and SET the value
    ///   is taken as a person types it: \n, \t, \\ and what else TOML allows in a string stand for
    ///   what they mean, and a list's text that holds a comma and is the name of a file is that
    ///   file
    /// - `detail`: shown after the origin ("FILE:LINE" of a recipe); NULL: nothing
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_set_from(
        config: *mut raddle_config_t,
        key: *const c_char,
        value: *const c_char,
        origin: raddle_origin_t,
        detail: *const c_char,
    ) -> raddle_status_t;

    /// Reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.
    ///
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_load_file(
        config: *mut raddle_config_t,
        path: *const c_char,
    ) -> raddle_status_t;

    /// The same from memory.
    ///
    /// - `text`: `text_bytes` bytes; need not end with a zero byte
    /// - `name`: stands for the file in messages and origins; NULL: "text"
    #[must_use]
    pub fn raddle_config_load_text(
        config: *mut raddle_config_t,
        text: *const c_char,
        text_bytes: usize,
        name: *const c_char,
    ) -> raddle_status_t;

    /// Takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_ variable
    /// that is none and that Raddle does not know otherwise is warned of in the log. No library
    /// function does this by itself.
    ///
    /// - Threads: not while another thread changes the environment
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_load_environment(config: *mut raddle_config_t) -> raddle_status_t;

    /// The value as text, in canonical form.
    ///
    /// - `out_value`: borrowed until the config is next changed
    /// - Threads: one call at a time, although config is const
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_get(
        config: *const raddle_config_t,
        key: *const c_char,
        out_value: *mut *const c_char,
    ) -> raddle_status_t;

    /// Where the value came from: "default", "recipe kjv.toml:12", "environment
    /// RADDLE_TRAIN_STEPS", "--set", "call", or what the call named.
    ///
    /// - `out_origin`: borrowed until the config is next changed
    /// - Threads: one call at a time, although config is const
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_get_origin(
        config: *const raddle_config_t,
        key: *const c_char,
        out_origin: *mut *const c_char,
    ) -> raddle_status_t;

    /// Checks what no single value shows wrong. Creating a session or a plan does it too.
    ///
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_config_validate(config: *const raddle_config_t) -> raddle_status_t;

    /// Sets the keys model.* that no source set to those of the model that model.hf_config or
    /// model.init_from names, to look at; where neither is set nothing changes. Creating a session
    /// or a plan needs no such call.
    ///
    /// - Errors: INVALID_ARGUMENT, UNIMPLEMENTED, NOT_FOUND
    #[must_use]
    pub fn raddle_config_fill_model(config: *mut raddle_config_t) -> raddle_status_t;

    /// Every option as TOML, sorted by key; raddle_config_load_text() reads it back.
    ///
    /// - `out_toml`: free with raddle_text_destroy()
    #[must_use]
    pub fn raddle_config_to_toml(
        config: *const raddle_config_t,
        out_toml: *mut *mut c_char,
    ) -> raddle_status_t;

    /// A hash of the options of scope "cluster": equal hashes mean the same run. Stable between
    /// machines within a version.
    ///
    /// - `config`: NULL: the result is 0
    pub fn raddle_config_hash(config: *const raddle_config_t) -> u64;

    /// How many options there are.
    ///
    /// - Threads: any
    pub fn raddle_option_count() -> i64;

    /// Option `index`, in order of key.
    ///
    /// - `out_info`: its texts are static
    /// - Threads: any
    /// - Errors: OUT_OF_RANGE
    #[must_use]
    pub fn raddle_option_get_info(
        index: i64,
        out_info: *mut raddle_option_info_t,
    ) -> raddle_status_t;
}
