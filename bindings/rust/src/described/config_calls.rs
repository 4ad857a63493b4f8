// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::OptionInfo;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, c_text, enter, finish, given_text, owned_os, path_text};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::ptr;

// SAFETY: the function that the description names for raddle_config_t.
unsafe impl Destroy for sys::raddle_config_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_config_destroy(handle) }
    }
}

pub(crate) fn config_create() -> Result<Handle<sys::raddle_config_t>> {
    enter("raddle_config_create")?;
    let mut out_config = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_create(&mut out_config) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_config) })
}

pub(crate) fn config_set(
    config: &Handle<sys::raddle_config_t>,
    key: impl AsRef<OsStr>,
    value: impl AsRef<OsStr>,
) -> Result<()> {
    enter("raddle_config_set")?;
    let key = c_text("key", key)?;
    let value = c_text("value", value)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_set(config.as_ptr(), key.as_ptr(), value.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_set_from(
    config: &Handle<sys::raddle_config_t>,
    key: impl AsRef<OsStr>,
    value: impl AsRef<OsStr>,
    origin: sys::raddle_origin_t,
    detail: Option<&str>,
) -> Result<()> {
    enter("raddle_config_set_from")?;
    let key = c_text("key", key)?;
    let value = c_text("value", value)?;
    let detail = detail.map(|it| c_text("detail", it)).transpose()?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_config_set_from(
            config.as_ptr(),
            key.as_ptr(),
            value.as_ptr(),
            origin,
            detail.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_load_file(config: &Handle<sys::raddle_config_t>, path: &Path) -> Result<()> {
    enter("raddle_config_load_file")?;
    let path = path_text("path", path)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_load_file(config.as_ptr(), path.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_load_text(
    config: &Handle<sys::raddle_config_t>,
    text: &[u8],
    name: Option<&str>,
) -> Result<()> {
    enter("raddle_config_load_text")?;
    let name = name.map(|it| c_text("name", it)).transpose()?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_config_load_text(
            config.as_ptr(),
            text.as_ptr().cast(),
            text.len(),
            name.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_load_environment(config: &Handle<sys::raddle_config_t>) -> Result<()> {
    enter("raddle_config_load_environment")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_load_environment(config.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_get(
    config: &Handle<sys::raddle_config_t>,
    key: impl AsRef<OsStr>,
) -> Result<OsString> {
    enter("raddle_config_get")?;
    let key = c_text("key", key)?;
    let mut out_value = ptr::null();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_get(config.as_ptr(), key.as_ptr(), &mut out_value) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { owned_os(out_value) })
}

pub(crate) fn config_get_origin(
    config: &Handle<sys::raddle_config_t>,
    key: impl AsRef<OsStr>,
) -> Result<OsString> {
    enter("raddle_config_get_origin")?;
    let key = c_text("key", key)?;
    let mut out_origin = ptr::null();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_config_get_origin(
            config.as_ptr(),
            key.as_ptr(),
            &mut out_origin,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { owned_os(out_origin) })
}

pub(crate) fn config_validate(config: &Handle<sys::raddle_config_t>) -> Result<()> {
    enter("raddle_config_validate")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_validate(config.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_fill_model(config: &Handle<sys::raddle_config_t>) -> Result<()> {
    enter("raddle_config_fill_model")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_fill_model(config.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn config_to_toml(config: &Handle<sys::raddle_config_t>) -> Result<String> {
    enter("raddle_config_to_toml")?;
    let mut out_toml = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_config_to_toml(config.as_ptr(), &mut out_toml) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_toml) })
}

pub(crate) fn config_hash(config: &Handle<sys::raddle_config_t>) -> u64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_config_hash(config.as_ptr()) }
}

pub(crate) fn option_count() -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_option_count() }
}

pub(crate) fn option_get_info(index: i64) -> Result<OptionInfo> {
    enter("raddle_option_get_info")?;
    let mut out_info = sys::RADDLE_OPTION_INFO_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_option_get_info(index, &mut out_info) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { OptionInfo::from_raw(&out_info) })
}
