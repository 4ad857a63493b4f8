// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{SessionInfo, SessionOptions, session_calls};
use crate::{Config, Context, Graph, Session, Stop, World};
use crate::error::Result;
use crate::stop::handle_of;
use std::path::Path;

impl Session {
    /// A session that trains the ready-made model of model.* on the data of data.*. The run
    /// directory is made or changed when training or saving begins, not before; then, if `resume`
    /// names a checkpoint that is not the run's newest, what came after it is set aside
    /// (checkpoint.h). Plans the training step and allocates what it needs; draws the weights, or
    /// reads them (model.init_from, resume).
    ///
    /// - `config`: copied
    /// - `options`: copied; None: defaults
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate, or lacks a key that must be given
    /// - `NotFound`: data, tokenizer, weights or checkpoint are not there
    /// - `AlreadyExists`: the run directory holds a run, and `resume` is None; or it holds files
    ///   that no run wrote, under names that a run would write over
    /// - `FailedPrecondition`: the checkpoint is of another model or other data; says which
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor. With "auto": so is every one
    ///   of the run, or they are gone
    /// - `Io`: with "auto": no checkpoint of the run can be read now
    /// - `ResourceExhausted`: the plan does not fit; says by how many bytes
    /// - `Unavailable`: a library or kernel that the config demands is missing, or another session
    ///   writes to the run directory; says which
    /// - `Cancelled`: `stop` was set
    pub fn new<'a>(
        context: &Context,
        config: &Config,
        options: impl Into<Option<&'a SessionOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let options = options.into().map(SessionOptions::raw).transpose()?;
        // SAFETY: what is pointed to is there until the call returns.
        let handle = unsafe { session_calls::session_create(
            context.handle(),
            config.handle(),
            options.as_ref().map(|(raw, _)| raw),
            handle_of(stop),
        ) }?;
        Ok(Self::from_handle(handle, context))
    }

    /// A session for a model of the caller's own. The caller brings the batches
    /// ([`Session::step_inputs`](crate::Session::step_inputs)); model.* and data.* are not looked
    /// at.
    ///
    /// - `config`: copied
    /// - `graph`: finished; copied
    /// - `options`: copied; None: defaults
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate, or lacks a key that must be given
    /// - `NotFound`: data, tokenizer, weights or checkpoint are not there
    /// - `AlreadyExists`: the run directory holds a run, and `resume` is None; or it holds files
    ///   that no run wrote, under names that a run would write over
    /// - `FailedPrecondition`: the graph is not finished or has no loss
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor. With "auto": so is every one
    ///   of the run, or they are gone
    /// - `Io`: with "auto": no checkpoint of the run can be read now
    /// - `ResourceExhausted`: the plan does not fit; says by how many bytes
    /// - `Unavailable`: a library or kernel that the config demands is missing, or another session
    ///   writes to the run directory; says which
    /// - `Cancelled`: `stop` was set
    pub fn from_graph<'a>(
        context: &Context,
        config: &Config,
        graph: &Graph,
        options: impl Into<Option<&'a SessionOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let options = options.into().map(SessionOptions::raw).transpose()?;
        // SAFETY: what is pointed to is there until the call returns.
        let handle = unsafe { session_calls::session_create_from_graph(
            context.handle(),
            config.handle(),
            graph.handle(),
            options.as_ref().map(|(raw, _)| raw),
            handle_of(stop),
        ) }?;
        Ok(Self::from_handle(handle, context))
    }

    /// A session that trains together with the same session of every other rank. All ranks make it,
    /// with the same config and graph, and call what trains, evaluates and saves in the same order;
    /// one at a time in a world. The session keeps the world. In a world of one it is as the two
    /// above make it.
    ///
    /// - `config`: copied
    /// - `graph`: finished; copied; None: the ready-made model of model.* on the data of data.*
    /// - `options`: copied; None: defaults
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate, or lacks a key that must be given
    /// - `NotFound`: data, tokenizer, weights or checkpoint are not there
    /// - `AlreadyExists`: the run directory holds a run, and `resume` is None; or it holds files
    ///   that no run wrote, under names that a run would write over
    /// - `FailedPrecondition`: this rank has left the world
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor. With "auto": so is every one
    ///   of the run, or they are gone
    /// - `Io`: with "auto": no checkpoint of the run can be read now
    /// - `ResourceExhausted`: the plan does not fit; says by how many bytes
    /// - `Unavailable`: another rank is lost; says which and why
    /// - `Cancelled`: `stop` was set
    pub fn in_world<'a>(
        context: &Context,
        world: &World,
        config: &Config,
        graph: impl Into<Option<&'a Graph>>,
        options: impl Into<Option<&'a SessionOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let options = options.into().map(SessionOptions::raw).transpose()?;
        // SAFETY: what is pointed to is there until the call returns.
        let handle = unsafe { session_calls::session_create_in_world(
            context.handle(),
            world.handle(),
            config.handle(),
            graph.into().map(Graph::handle),
            options.as_ref().map(|(raw, _)| raw),
            handle_of(stop),
        ) }?;
        Ok(Self::from_handle(handle, context))
    }

    /// A session over a trained model, to evaluate and generate; it has no optimizer and does not
    /// train.
    ///
    /// - `path`: a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face
    ///   directory
    /// - `config`: what the caller sets overrides what the run was trained with (runtime.threads,
    ///   data.validation_path, generate.*); a key of model.* that contradicts the weights is an
    ///   error. A data.validation_path set here is scored in sequences as long as the model's
    ///   context, however it was trained; None: nothing to override
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate, or lacks a key that must be given
    /// - `NotFound`: `path` is none of the three; says what was looked for
    /// - `AlreadyExists`: the run directory holds a run, and `resume` is None; or it holds files
    ///   that no run wrote, under names that a run would write over
    /// - `FailedPrecondition`: the checkpoint is of another model or other data; says which
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor. With "auto": so is every one
    ///   of the run, or they are gone
    /// - `Io`: with "auto": no checkpoint of the run can be read now
    /// - `ResourceExhausted`: the plan does not fit; says by how many bytes
    /// - `Unavailable`: a library or kernel that the config demands is missing, or another session
    ///   writes to the run directory; says which
    /// - `Cancelled`: `stop` was set
    pub fn open<'a>(
        context: &Context,
        path: impl AsRef<Path>,
        config: impl Into<Option<&'a Config>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let handle = session_calls::session_open(
            context.handle(),
            path.as_ref(),
            config.into().map(Config::handle),
            handle_of(stop),
        )?;
        Ok(Self::from_handle(handle, context))
    }

    /// What the session trains, how far it is, and what it takes.
    ///
    /// Threads: one call at a time, but also in a callback of a call on the session.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn info(&self) -> Result<SessionInfo> {
        session_calls::session_get_info(self.handle())
    }
}
