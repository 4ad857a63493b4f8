// SPDX-License-Identifier: Apache-2.0
// What follows from the description of the ABI alone. Written by include/interface/generate.py.
#[rustfmt::skip]
pub(crate) mod base_calls;
#[rustfmt::skip]
pub(crate) mod bench_calls;
#[rustfmt::skip]
mod bench_methods;
#[rustfmt::skip]
mod bench_results;
#[rustfmt::skip]
mod borrowed;
#[rustfmt::skip]
pub(crate) mod checkpoint_calls;
#[rustfmt::skip]
mod checkpoint_methods;
#[rustfmt::skip]
mod checkpoint_results;
#[rustfmt::skip]
pub(crate) mod config_calls;
#[rustfmt::skip]
mod config_enums;
#[rustfmt::skip]
mod config_methods;
#[rustfmt::skip]
mod config_results;
#[rustfmt::skip]
pub(crate) mod context_calls;
#[rustfmt::skip]
mod context_enums;
#[rustfmt::skip]
mod context_methods;
#[rustfmt::skip]
pub(crate) mod data_calls;
#[rustfmt::skip]
mod data_methods;
#[rustfmt::skip]
mod data_results;
#[rustfmt::skip]
pub(crate) mod generate_calls;
#[rustfmt::skip]
mod generate_methods;
#[rustfmt::skip]
mod generate_results;
#[rustfmt::skip]
pub(crate) mod graph_calls;
#[rustfmt::skip]
mod graph_enums;
#[rustfmt::skip]
pub(crate) mod graph_look_calls;
#[rustfmt::skip]
mod graph_look_enums;
#[rustfmt::skip]
mod graph_look_methods;
#[rustfmt::skip]
mod graph_look_results;
#[rustfmt::skip]
mod graph_methods;
#[rustfmt::skip]
mod graph_results;
#[rustfmt::skip]
pub(crate) mod mesh_calls;
#[rustfmt::skip]
mod mesh_methods;
#[rustfmt::skip]
pub(crate) mod operation_calls;
#[rustfmt::skip]
mod options;
#[rustfmt::skip]
pub(crate) mod plan_calls;
#[rustfmt::skip]
mod plan_methods;
#[rustfmt::skip]
mod plan_results;
#[rustfmt::skip]
pub(crate) mod session_calls;
#[rustfmt::skip]
mod session_methods;
#[rustfmt::skip]
mod session_results;
#[rustfmt::skip]
pub(crate) mod session_train_calls;
#[rustfmt::skip]
mod session_train_enums;
#[rustfmt::skip]
mod session_train_methods;
#[rustfmt::skip]
mod session_train_results;
#[rustfmt::skip]
pub(crate) mod status_calls;
#[rustfmt::skip]
mod status_enums;
#[rustfmt::skip]
pub(crate) mod steps_calls;
#[rustfmt::skip]
mod steps_methods;
#[rustfmt::skip]
pub(crate) mod stop_calls;
#[rustfmt::skip]
mod stop_enums;
#[rustfmt::skip]
mod stop_methods;
#[rustfmt::skip]
pub(crate) mod tensors_calls;
#[rustfmt::skip]
mod tensors_enums;
#[rustfmt::skip]
mod tensors_methods;
#[rustfmt::skip]
mod tensors_results;
#[rustfmt::skip]
pub(crate) mod world_calls;
#[rustfmt::skip]
mod world_methods;

pub use bench_results::*;
pub use borrowed::*;
pub use checkpoint_results::*;
pub use config_enums::*;
pub use config_results::*;
pub use context_enums::*;
pub use data_results::*;
pub use generate_results::*;
pub use graph_enums::*;
pub use graph_look_enums::*;
pub use graph_look_results::*;
pub use graph_results::*;
pub use options::*;
pub use plan_results::*;
pub use session_results::*;
pub use session_train_enums::*;
pub use session_train_results::*;
pub use status_enums::*;
pub use stop_enums::*;
pub use tensors_enums::*;
pub use tensors_results::*;
