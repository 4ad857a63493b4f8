// SPDX-License-Identifier: Apache-2.0
// The C ABI of Raddle. Written by include/interface/generate.py.
//! The C ABI of Raddle, as `include/raddle/raddle.h` declares it: types, constants and functions.
//!
//! Use the crate `raddle` instead, which is safe. What each function takes and
//! gives is in `include/REFERENCE.md`.
#![allow(non_camel_case_types, non_upper_case_globals)]
#![deny(missing_docs)]

#[rustfmt::skip]
mod base;
#[rustfmt::skip]
mod bench;
#[rustfmt::skip]
mod checkpoint;
#[rustfmt::skip]
mod config;
#[rustfmt::skip]
mod context;
#[rustfmt::skip]
mod data;
#[rustfmt::skip]
mod generate;
#[rustfmt::skip]
mod graph;
#[rustfmt::skip]
mod graph_look;
#[rustfmt::skip]
mod mesh;
#[rustfmt::skip]
mod operation;
#[rustfmt::skip]
mod plan;
#[rustfmt::skip]
mod session;
#[rustfmt::skip]
mod session_train;
#[rustfmt::skip]
mod status;
#[rustfmt::skip]
mod steps;
#[rustfmt::skip]
mod stop;
#[rustfmt::skip]
mod tensors;
#[rustfmt::skip]
mod world;

pub use base::*;
pub use bench::*;
pub use checkpoint::*;
pub use config::*;
pub use context::*;
pub use data::*;
pub use generate::*;
pub use graph::*;
pub use graph_look::*;
pub use mesh::*;
pub use operation::*;
pub use plan::*;
pub use session::*;
pub use session_train::*;
pub use status::*;
pub use steps::*;
pub use stop::*;
pub use tensors::*;
pub use world::*;
