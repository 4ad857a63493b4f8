// SPDX-License-Identifier: Apache-2.0
//! Train, evaluate and run language models inside a program: the binding of Raddle.
//!
//! ```no_run
//! use raddle::{Config, Context, GenerateOptions, Session, SessionOptions, What};
//!
//! fn main() -> raddle::Result<()> {
//!     let mut config = Config::new()?;
//!     config.set("data.path", "input.txt")?.set("data.tokenizer", "bytes")?.set("train.steps",
//! 200)?;     let options = SessionOptions::new().run_directory("run");
//!     let mut session = Session::new(&Context::new()?, &config, &options, None)?;
//!     for event in session.train_events(None)? {
//!         if let What::Step(step) = event?.what {
//!             println!("step {} loss {:.3}", step.step, step.loss);
//!         }
//!     }
//!     for token in session.generate(b"The ".map(i32::from).as_ref(), &GenerateOptions::new(),
//! None)? {         print!("{}", token?.text);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! **Errors** are [`Error`]s: a code for what to do next, a scope for what is broken, a message.
//!
//! **Stopping.** What lasts takes a [`Stop`] or `None`. A clone of it requests or cancels from any
//! thread, and says how far the call is.
//!
//! **Threads.** Objects are independent, and each may move between threads (`Send`). Those that the
//! library lets calls share are `Sync`: [`Context`], [`Stop`], [`Tokenizer`], [`Graph`], [`Plan`].
//! A [`Session`], a [`Config`] and a [`GraphBuilder`] take one call at a time.
//!
//! **Closures** run on the thread of the call that was given them, but for a log closure. A panic
//! in one stops the call, and goes on when it has returned.
//!
//! Methods that follow from the C ABI alone are generated from its description; their documentation
//! is that of the ABI, where `x.*` are keys of a [`Config`].
#![deny(missing_docs, unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![cfg(unix)]

mod callback;
mod config;
mod context;
mod data;
mod described;
mod error;
mod ffi;
mod graph;
mod log;
mod session;
mod stop;
mod tensor;
mod train;
mod version;
mod world;

pub use config::{Config, Value};
pub use context::Context;
pub use data::Tokenizer;
pub use described::*;
pub use error::{Error, Result};
pub use graph::{ops, Graph, GraphBuilder, Plan, TensorId};
/// The C ABI itself.
pub use raddle_sys as sys;
pub use session::Session;
pub use stop::{Progress, Stop};
pub use tensor::{Element, Input, SharedTensor, Tensor, TensorView, TensorViewMut};
pub use train::{Event, Generation, Operation, Token, Training, What};
pub use version::{build_info, version};
pub use world::{World, WorldOptions};
