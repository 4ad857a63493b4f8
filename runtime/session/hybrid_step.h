// SPDX-License-Identifier: Apache-2.0
// HybridStep: a step's sequences, placed on ranks by a plan that is made of their lengths
// (balance/hybrid.h): what this rank has of them, as micro-batches and their meshes. Every rank
// makes the same plan by itself.
#pragma once

#include <span>
#include <vector>

#include "runtime/balance/hybrid.h"
#include "runtime/balance/shared_attention.h"
#include "runtime/data/batch.h"
#include "runtime/data/loader.h"
#include "runtime/exec/step_mesh.h"

namespace raddle::session {

class HybridStep {
 public:
  // Sequences have `longest` tokens at most, and a rank's micro-batch `capacity`.
  HybridStep(data::RankPart part, int64_t longest, int64_t capacity,
             balance::SharedAttention attention);

  // Moves the loader's working cursor past the step and fills what follows. INVALID_ARGUMENT: a
  // sequence does not fit on all ranks together.
  Status prepare(data::Loader& loader, int64_t micro_batches);

  // Of the step that was prepared last; none where this rank has nothing to do.
  std::span<const data::Batch> batches() const { return std::span(batches_).first(count_); }
  std::span<const exec::StepMesh> meshes() const { return std::span(meshes_).first(count_); }

 private:
  Status fill(const balance::HybridPlan& plan, std::span<const balance::Piece> pieces,
              const data::Loader& loader, data::Batch& batch, exec::StepMesh& mesh);

  const data::RankPart part_;
  const int64_t capacity_;
  const balance::CostModel costs_;
  const balance::SharedAttention attention_;
  data::Batch whole_;  // one sequence, of which a part is on its way into a batch
  std::vector<data::Sequence> sequences_, uncut_;  // of the step; of a micro-batch
  std::vector<int64_t> lengths_;
  std::vector<data::Batch> batches_;
  std::vector<exec::StepMesh> meshes_;
  size_t count_ = 0;
};

}  // namespace raddle::session
