// SPDX-License-Identifier: Apache-2.0
//! The ranks that train together.
use crate::described::world_calls;
use crate::error::Result;
use crate::ffi::{c_text, Handle};
use crate::stop::handle_of;
use crate::{sys, Config, Context, Stop};

/// Where this process stands, as far as the environment does not say it or says it wrong.
#[derive(Debug, Clone, Default)]
pub struct WorldOptions {
    place: Option<(i64, i64)>,
    coordinator: Option<String>,
    secret: Option<String>,
}

impl WorldOptions {
    /// Nothing set: all from the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rank, from 0 on, and how many there are.
    #[must_use]
    pub fn place(mut self, rank: i64, size: i64) -> Self {
        self.place = Some((rank, size));
        self
    }

    /// `host:port`; rank 0 listens there.
    #[must_use]
    pub fn coordinator(mut self, coordinator: impl Into<String>) -> Self {
        self.coordinator = Some(coordinator.into());
        self
    }

    /// Whoever does not know it cannot join.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }
}

/// This process as one of the ranks of a job. Dropping it leaves in good order.
#[derive(Debug)]
pub struct World {
    handle: Handle<sys::raddle_world_t>,
    _context: Context,
}

// SAFETY: world.h: its calls are of any thread.
unsafe impl Sync for World {}

impl World {
    /// Joins the others and returns when all are there, or after a minute. A process that nobody
    /// started as one of several gets a world of one at once. If a rank has another build, or in
    /// `config` another value of an option that decides what is computed, all are told which.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the environment is no place in a job, or does not say where rank 0 is
    /// - `FailedPrecondition`: this rank or another was refused; says why
    /// - `AlreadyExists`: another process has this rank
    /// - `Unavailable`: not all ranks were there in time, or the coordinator's port is taken
    /// - `Unimplemented`: the ranks are on several hosts
    /// - `Cancelled`: `stop` was set
    pub fn join<'a>(
        context: &Context,
        config: impl Into<Option<&'a Config>>,
        options: impl Into<Option<&'a WorldOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let mut raw = sys::RADDLE_WORLD_OPTIONS_INIT;
        let given = options.into().cloned().unwrap_or_default();
        if let Some((rank, size)) = given.place {
            raw.rank = rank;
            raw.size = size;
        }
        let coordinator = given.coordinator.map(|it| c_text("coordinator", &it)).transpose()?;
        let secret = given.secret.map(|it| c_text("secret", &it)).transpose()?;
        if let Some(text) = &coordinator {
            raw.coordinator = text.as_ptr();
        }
        if let Some(text) = &secret {
            raw.secret = text.as_ptr();
        }
        // SAFETY: what is pointed to is there until the call returns.
        let handle = unsafe {
            world_calls::world_join(
                context.handle(),
                config.into().map(Config::handle),
                Some(&raw),
                handle_of(stop),
            )
        }?;
        Ok(Self { handle, _context: context.clone() })
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_world_t> {
        &self.handle
    }
}
