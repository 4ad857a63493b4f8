// SPDX-License-Identifier: Apache-2.0
//! What described/ is built on: owned handles, texts both ways, and what surrounds every call.
use crate::error::{Code, Error, Result};
use crate::{log, sys, version};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::os::raw::c_char;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

/// # Safety
/// `destroy` frees what the library gave as a `Self`.
pub(crate) unsafe trait Destroy: Sized + 'static {
    /// # Safety
    /// `handle` points to a handle that the caller owns, and is not used afterwards.
    unsafe fn destroy(handle: *mut *mut Self);
}

/// A handle that is destroyed with its owner.
pub(crate) struct Handle<T: Destroy>(NonNull<T>);

// SAFETY: base.h, Threads: "A handle may move between threads."
unsafe impl<T: Destroy> Send for Handle<T> {}

impl<T: Destroy> Handle<T> {
    /// # Safety
    /// The library has just given `raw` away.
    pub(crate) unsafe fn new(raw: *mut T) -> Self {
        Self(NonNull::new(raw).expect("the library gives an object when it succeeds"))
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Destroy> Drop for Handle<T> {
    fn drop(&mut self) {
        let owned = std::mem::ManuallyDrop::new(Handle(self.0));
        log::outside(move || {
            let mut raw = owned.as_ptr();
            // SAFETY: this was the only owner.
            unsafe { T::destroy(&mut raw) }
        });
    }
}

impl<T: Destroy> fmt::Debug for Handle<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Before a call: the library fits, and this is no place that must not call it.
pub(crate) fn enter(function: &str) -> Result<()> {
    log::check(function)?;
    version::check()
}

/// After a call: its error, or the panic of a log closure that ran meanwhile.
pub(crate) fn finish(status: sys::raddle_status_t) -> Result<()> {
    // SAFETY: the library has just given it.
    let result = if status.is_null() { Ok(()) } else { Err(unsafe { Error::take(status) }) };
    log::rethrow();
    result
}

/// A text without a zero byte inside, as C takes it.
pub(crate) fn c_text(name: &str, text: impl AsRef<OsStr>) -> Result<CString> {
    CString::new(text.as_ref().as_bytes()).map_err(|nul| {
        Error::new(
            Code::InvalidArgument,
            format!(
                "argument '{name}' has a zero byte at {}, where the library would end it; it is {}",
                nul.nul_position(),
                String::from_utf8_lossy(text.as_ref().as_bytes()).escape_debug()
            ),
        )
    })
}

pub(crate) fn path_text(name: &str, path: &Path) -> Result<CString> {
    c_text(name, path)
}

/// What arrays of one length have: (name, elements, how many more than the length). Those that are
/// not given fit; if none is, the length is 0.
pub(crate) fn same_length(arrays: &[(&str, Option<usize>, usize)]) -> Result<usize> {
    let mut first: Option<(&str, usize)> = None;
    for &(name, count, more) in arrays {
        let count = match count {
            Some(count) => count,
            None => continue,
        };
        let wrong = |expected: String| {
            let text = format!("argument '{name}' has {count} elements, expected {expected}");
            Err(Error::new(Code::InvalidArgument, text))
        };
        match (count.checked_sub(more), first) {
            (None, _) => return wrong(format!("at least {more}")),
            (Some(length), None) => first = Some((name, length)),
            (Some(length), Some((_, known))) if length == known => {}
            (_, Some((other, known))) => {
                return wrong(format!("{}, as '{other}' asks for", known + more))
            }
        }
    }
    Ok(first.map_or(0, |(_, length)| length))
}

/// # Safety
/// `text` is there for as long as `'a`, UTF-8 and zero-terminated, or NULL.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> &'a str {
    if text.is_null() {
        return "";
    }
    // SAFETY: the caller says so.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("(not UTF-8)")
}

/// # Safety
/// `text` is zero-terminated, or NULL.
pub(crate) unsafe fn owned_os(text: *const c_char) -> OsString {
    let bytes = if text.is_null() {
        Vec::new()
    } else {
        // SAFETY: the caller says so.
        unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
    };
    OsString::from_vec(bytes)
}

/// # Safety
/// As of [`owned_os`].
pub(crate) unsafe fn owned_path(text: *const c_char) -> PathBuf {
    // SAFETY: the caller says so.
    PathBuf::from(unsafe { owned_os(text) })
}

/// A text for people: names of files in it may be no UTF-8, and are shown as well as they can be.
///
/// # Safety
/// As of [`owned_os`].
pub(crate) unsafe fn owned_text(text: *const c_char) -> String {
    // SAFETY: the caller says so.
    unsafe { owned_os(text) }.to_string_lossy().into_owned()
}

/// # Safety
/// `start` has `count` elements, or is NULL and has none.
pub(crate) unsafe fn owned_array<T: Copy, U>(
    start: *const T,
    count: i64,
    wrap: impl Fn(T) -> U,
) -> Vec<U> {
    if start.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller says so.
    unsafe { std::slice::from_raw_parts(start, count as usize) }.iter().copied().map(wrap).collect()
}

/// # Safety
/// The library has just given away `text`, which has `count` bytes.
pub(crate) unsafe fn given_bytes(mut text: *mut c_char, count: usize) -> Vec<u8> {
    // SAFETY: the caller says so; the text is not used after it is destroyed.
    unsafe {
        let bytes = std::slice::from_raw_parts(text.cast(), count).to_vec();
        sys::raddle_text_destroy(&mut text);
        bytes
    }
}

/// # Safety
/// The library has just given away `text`.
pub(crate) unsafe fn given_path(text: *mut c_char) -> PathBuf {
    // SAFETY: the caller says so, and it ends with a zero byte.
    unsafe {
        let count = CStr::from_ptr(text).to_bytes().len();
        PathBuf::from(OsString::from_vec(given_bytes(text, count)))
    }
}

/// # Safety
/// The library has just given away `text`.
pub(crate) unsafe fn given_text(text: *mut c_char) -> String {
    // SAFETY: the caller says so.
    unsafe { given_path(text) }.to_string_lossy().into_owned()
}
