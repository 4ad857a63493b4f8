// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{Code, world_calls};
use crate::{Context, World};
use crate::error::Result;

impl World {
    /// Tells the others how this rank ends, so that they can name the cause: with `code` OK in good
    /// order, else with an error. Only the first call counts.
    ///
    /// Threads: any.
    ///
    /// - `message`: None: none
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: `code` is none
    pub fn leave(&self, code: Code, message: Option<&str>) -> Result<()> {
        world_calls::world_leave(self.handle(), code.to_raw(), message)
    }

    /// Which one this process is, from 0 on.
    ///
    /// Threads: any.
    #[must_use]
    pub fn rank(&self) -> i64 {
        world_calls::world_rank(self.handle())
    }

    /// How many ranks there are.
    ///
    /// Threads: any.
    #[must_use]
    pub fn size(&self) -> i64 {
        world_calls::world_size(self.handle())
    }
}

impl Context {
    /// What the environment says of this process's place, as a JSON object: `source` (whose
    /// contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job,
    /// node_ranks, or alone), `rank`, `size`, `local_rank`, `local_size`, `node_rank`,
    /// `ranks_to_start` (over 1: this process is to start so many ranks and is none),
    /// `coordinator`, `has_secret`, and `contradictions`, a text for each. Keys may be added.
    /// Nobody is asked anything.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the contract that wins is no place in a job; says which variable
    pub fn world_place_json(&self) -> Result<String> {
        world_calls::world_place_json(self.handle())
    }
}
