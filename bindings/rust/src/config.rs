// SPDX-License-Identifier: Apache-2.0
//! Options of a run.
use crate::described::{config_calls, OptionInfo, Origin};
use crate::error::{Code, Error, Result};
use crate::ffi::Handle;
use crate::sys;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Options of a run, by dotted key. Where several sources name an option the one of the highest
/// rank wins, whatever the order: default, recipe, environment, command line, [`set`](Config::set).
///
/// One call at a time, reading included, so it is `Send` and not `Sync`:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<raddle::Config>();
/// ```
///
/// ```
/// let mut config = raddle::Config::new()?;
/// config.load_text("[train]\nsteps = 100\nmicro_batches = 2", "recipe")?;
/// config.set("train.steps", 20)?.set("optimizer.learning_rate", 3e-3)?;
/// assert_eq!(config.get("train.steps")?, "20");
/// assert_eq!(config.origin("train.micro_batches")?, "recipe recipe:3");
/// # Ok::<(), raddle::Error>(())
/// ```
#[derive(Debug)]
pub struct Config {
    handle: Handle<sys::raddle_config_t>,
}

/// What [`Config::set`] takes: texts as in a recipe without quotes (`"2GiB"`, `"a.txt,b.txt"`),
/// numbers, truth values, and paths, whose bytes need not be UTF-8. In a list a comma divides
/// names; one that holds a comma is written as an array: `["a,b.txt"]`.
pub trait Value {
    /// The value as the library reads it.
    fn as_text(&self) -> Cow<'_, OsStr>;
}

macro_rules! value_from_os_str {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn as_text(&self) -> Cow<'_, OsStr> {
                Cow::Borrowed(self.as_ref())
            }
        }
    )*};
}
macro_rules! value_from_display {
    ($($type:ty: $format:literal),*) => {$(
        impl Value for $type {
            fn as_text(&self) -> Cow<'_, OsStr> {
                Cow::Owned(OsString::from(format!($format, self)))
            }
        }
    )*};
}
value_from_os_str!(str, String, OsStr, OsString, Path, PathBuf);
value_from_display!(i32: "{}", i64: "{}", u32: "{}", u64: "{}", usize: "{}", bool: "{}");
value_from_display!(f32: "{:e}", f64: "{:e}");

impl<T: Value + ?Sized> Value for &T {
    fn as_text(&self) -> Cow<'_, OsStr> {
        (**self).as_text()
    }
}

impl Config {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_config_t>) -> Self {
        Self { handle }
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_config_t> {
        &self.handle
    }

    /// Sets one option from this program: the highest rank.
    pub fn set(&mut self, key: &str, value: impl Value) -> Result<&mut Self> {
        config_calls::config_set(&self.handle, key, value.as_text())?;
        Ok(self)
    }

    /// Sets one option as of another origin, with a `detail` for messages ("FILE:LINE"). A value of
    /// a lower rank than the present one's is checked and then ignored.
    pub fn set_from(
        &mut self,
        key: &str,
        value: impl Value,
        origin: Origin,
        detail: Option<&str>,
    ) -> Result<&mut Self> {
        let value = value.as_text();
        config_calls::config_set_from(&self.handle, key, value, origin.to_raw(), detail)?;
        Ok(self)
    }

    /// Reads a recipe from memory; `name` stands for the file in messages.
    pub fn load_text(&mut self, toml: &str, name: &str) -> Result<()> {
        config_calls::config_load_text(&self.handle, toml.as_bytes(), Some(name))
    }

    /// The value as text, in canonical form. A path that is not UTF-8 is an error;
    /// [`get_os`](Config::get_os) gives it.
    pub fn get(&self, key: &str) -> Result<String> {
        self.get_os(key)?.into_string().map_err(|value| {
            let message =
                format!("the value of {key} is {value:?}, which is not UTF-8; use get_os");
            Error::new(Code::InvalidArgument, message)
        })
    }

    /// The value as the bytes that it is.
    pub fn get_os(&self, key: &str) -> Result<OsString> {
        config_calls::config_get(&self.handle, key)
    }

    /// Where the value came from: `"default"`, `"recipe kjv.toml:12"`, `"environment
    /// RADDLE_TRAIN_STEPS"`, `"--set"`, `"call"`.
    pub fn origin(&self, key: &str) -> Result<String> {
        Ok(config_calls::config_get_origin(&self.handle, key)?.to_string_lossy().into_owned())
    }

    /// Every option that there is, in order of key.
    pub fn options() -> Result<Vec<OptionInfo>> {
        (0..config_calls::option_count()).map(config_calls::option_get_info).collect()
    }
}
