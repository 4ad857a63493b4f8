// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::TokenizeResult;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish, given_bytes, given_text, path_text, same_length};
use std::path::Path;
use std::ptr;

// SAFETY: the function that the description names for raddle_tokenizer_t.
unsafe impl Destroy for sys::raddle_tokenizer_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_tokenizer_destroy(handle) }
    }
}

pub(crate) fn tokenizer_open(
    context: &Handle<sys::raddle_context_t>,
    name: &Path,
) -> Result<Handle<sys::raddle_tokenizer_t>> {
    enter("raddle_tokenizer_open")?;
    let name = path_text("name", name)?;
    let mut out_tokenizer = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_tokenizer_open(
            context.as_ptr(),
            name.as_ptr(),
            &mut out_tokenizer,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_tokenizer) })
}

pub(crate) fn tokenizer_train(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_tokenizer_t>> {
    enter("raddle_tokenizer_train")?;
    let mut out_tokenizer = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_tokenizer_train(
            context.as_ptr(),
            config.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_tokenizer,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_tokenizer) })
}

pub(crate) fn tokenizer_save(
    tokenizer: &Handle<sys::raddle_tokenizer_t>,
    path: &Path,
) -> Result<()> {
    enter("raddle_tokenizer_save")?;
    let path = path_text("path", path)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_tokenizer_save(tokenizer.as_ptr(), path.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn tokenizer_vocab_size(tokenizer: &Handle<sys::raddle_tokenizer_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_tokenizer_vocab_size(tokenizer.as_ptr()) }
}

pub(crate) fn tokenizer_end_token(tokenizer: &Handle<sys::raddle_tokenizer_t>) -> i32 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_tokenizer_end_token(tokenizer.as_ptr()) }
}

pub(crate) fn tokenizer_encode(
    tokenizer: &Handle<sys::raddle_tokenizer_t>,
    text: &[u8],
    mut out_tokens: Option<&mut [i32]>,
) -> Result<i64> {
    enter("raddle_tokenizer_encode")?;
    let mut out_count: i64 = 0;
    let capacity_length: i64 = same_length(&[
        ("out_tokens", out_tokens.as_ref().map(|it| it.len()), 0),
    ])? as i64;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_tokenizer_encode(
            tokenizer.as_ptr(),
            text.as_ptr().cast(),
            text.len(),
            out_tokens.as_mut().map_or(ptr::null_mut(), |it| it.as_mut_ptr()),
            capacity_length,
            &mut out_count,
        )
    };
    finish(out)?;
    Ok(out_count)
}

pub(crate) fn tokenizer_encode_prompt(
    tokenizer: &Handle<sys::raddle_tokenizer_t>,
    text: &[u8],
    mut out_tokens: Option<&mut [i32]>,
) -> Result<i64> {
    enter("raddle_tokenizer_encode_prompt")?;
    let mut out_count: i64 = 0;
    let capacity_length: i64 = same_length(&[
        ("out_tokens", out_tokens.as_ref().map(|it| it.len()), 0),
    ])? as i64;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_tokenizer_encode_prompt(
            tokenizer.as_ptr(),
            text.as_ptr().cast(),
            text.len(),
            out_tokens.as_mut().map_or(ptr::null_mut(), |it| it.as_mut_ptr()),
            capacity_length,
            &mut out_count,
        )
    };
    finish(out)?;
    Ok(out_count)
}

pub(crate) fn tokenizer_decode(
    tokenizer: &Handle<sys::raddle_tokenizer_t>,
    tokens: &[i32],
) -> Result<Vec<u8>> {
    enter("raddle_tokenizer_decode")?;
    let mut out_text = ptr::null_mut();
    let mut out_bytes: usize = 0;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_tokenizer_decode(
            tokenizer.as_ptr(),
            tokens.as_ptr(),
            tokens.len() as i64,
            &mut out_text,
            &mut out_bytes,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_bytes(out_text, out_bytes) })
}

pub(crate) fn data_tokenize(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    path: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<TokenizeResult> {
    enter("raddle_data_tokenize")?;
    let path = path_text("path", path)?;
    let mut out_result = sys::RADDLE_TOKENIZE_RESULT_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_data_tokenize(
            context.as_ptr(),
            config.as_ptr(),
            path.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_result,
        )
    };
    finish(out)?;
    Ok(TokenizeResult::from_raw(&out_result))
}

pub(crate) fn data_inspect(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    path: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<String> {
    enter("raddle_data_inspect")?;
    let path = path_text("path", path)?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_data_inspect(
            context.as_ptr(),
            config.as_ptr(),
            path.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}
