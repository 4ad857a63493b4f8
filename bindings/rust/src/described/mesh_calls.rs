// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::error::Result;
use crate::ffi::{Handle, c_text, enter, finish, given_text, path_text};
use std::ffi::OsStr;
use std::path::Path;
use std::ptr;

pub(crate) fn mesh_plan(
    context: &Handle<sys::raddle_context_t>,
    lengths: &[i64],
    ranks: i64,
    capacity: i64,
    cost_path: Option<&Path>,
    with_plan: i32,
) -> Result<String> {
    enter("raddle_mesh_plan")?;
    let cost_path = cost_path.map(|it| path_text("cost_path", it)).transpose()?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_mesh_plan(
            context.as_ptr(),
            lengths.as_ptr(),
            lengths.len() as i64,
            ranks,
            capacity,
            cost_path.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            with_plan,
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}

pub(crate) fn mesh_plan_groups(
    context: &Handle<sys::raddle_context_t>,
    lengths: &[i64],
    ranks: i64,
    capacity: i64,
    any_size: i32,
    cost_path: &Path,
    with_plan: i32,
) -> Result<String> {
    enter("raddle_mesh_plan_groups")?;
    let cost_path = path_text("cost_path", cost_path)?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_mesh_plan_groups(
            context.as_ptr(),
            lengths.as_ptr(),
            lengths.len() as i64,
            ranks,
            capacity,
            any_size,
            cost_path.as_ptr(),
            with_plan,
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}

pub(crate) fn mesh_simulate(
    context: &Handle<sys::raddle_context_t>,
    lengths: &[i64],
    ranks: i64,
    capacity: i64,
    longest: i64,
    profile: Option<&Path>,
) -> Result<String> {
    enter("raddle_mesh_simulate")?;
    let profile = profile.map(|it| path_text("profile", it)).transpose()?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_mesh_simulate(
            context.as_ptr(),
            lengths.as_ptr(),
            lengths.len() as i64,
            ranks,
            capacity,
            longest,
            profile.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}

pub(crate) fn mesh_draw_lengths(
    context: &Handle<sys::raddle_context_t>,
    set: impl AsRef<OsStr>,
    tokens: i64,
    seed: i64,
) -> Result<String> {
    enter("raddle_mesh_draw_lengths")?;
    let set = c_text("set", set)?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_mesh_draw_lengths(
            context.as_ptr(),
            set.as_ptr(),
            tokens,
            seed,
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}
