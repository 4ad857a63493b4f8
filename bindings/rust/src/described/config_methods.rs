// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::config_calls;
use crate::Config;
use crate::error::Result;
use std::path::Path;

impl Config {
    /// Every option at its default.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn new() -> Result<Self> {
        config_calls::config_create().map(Self::from_handle)
    }

    /// Reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.
    ///
    /// # Errors
    ///
    /// - `NotFound`: no such file
    /// - `InvalidArgument`: names file, line and column
    pub fn load_file(&mut self, path: impl AsRef<Path>) -> Result<()> {
        config_calls::config_load_file(self.handle(), path.as_ref())
    }

    /// Takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_ variable
    /// that is none and that Raddle does not know otherwise is warned of in the log. No library
    /// function does this by itself.
    ///
    /// Threads: not while another thread changes the environment.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: names the variable
    pub fn load_environment(&mut self) -> Result<()> {
        config_calls::config_load_environment(self.handle())
    }

    /// Checks what no single value shows wrong. Creating a session or a plan does it too.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`.
    pub fn validate(&self) -> Result<()> {
        config_calls::config_validate(self.handle())
    }

    /// Sets the keys model.* that no source set to those of the model that model.hf_config or
    /// model.init_from names, to look at; where neither is set nothing changes. Creating a session
    /// or a plan needs no such call.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a key that was set disagrees with the model's file
    /// - `Unimplemented`: a model that Raddle does not have
    /// - `NotFound`: there is no such file
    pub fn fill_model(&mut self) -> Result<()> {
        config_calls::config_fill_model(self.handle())
    }

    /// Every option as TOML, sorted by key; [`Config::load_text`](crate::Config::load_text) reads
    /// it back.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn to_toml(&self) -> Result<String> {
        config_calls::config_to_toml(self.handle())
    }

    /// A hash of the options of scope "cluster": equal hashes mean the same run. Stable between
    /// machines within a version.
    #[must_use]
    pub fn hash(&self) -> u64 {
        config_calls::config_hash(self.handle())
    }
}
