// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/hybrid_step.h"

#include <algorithm>

namespace raddle::session {
namespace {

// Packs runs of tokens into a batch, row after row.
class Packer {
 public:
  explicit Packer(data::Batch& batch) : batch_(batch) { batch.clear(); }

  int64_t rows() const { return row_; }
  // Tokens [run.begin, run.end) of the sequence in `whole`, as a sequence of its own.
  void add(const data::Batch& whole, balance::TokenRange run) {
    if (run.count() == 0) return;
    RADDLE_ASSERT(row_ + run.count() <= batch_.capacity() && run.end <= whole.token_count);
    const auto copy = [&](const auto& from, auto& to) {
      std::copy(from.begin() + run.begin, from.begin() + run.end, to.begin() + row_);
    };
    copy(whole.tokens, batch_.tokens);
    copy(whole.targets, batch_.targets);
    copy(whole.weights, batch_.weights);
    copy(whole.positions, batch_.positions);
    for (int64_t t = run.begin; t < run.end; ++t) {
      batch_.weight_sum += whole.weights[static_cast<size_t>(t)];
    }
    row_ += run.count();
    batch_.token_count = row_;
    const auto end = static_cast<int32_t>(row_);
    std::fill(batch_.cu_seqlens.begin() + ++sequences_, batch_.cu_seqlens.end(), end);
  }

 private:
  data::Batch& batch_;
  int64_t row_ = 0, sequences_ = 0;
};

}  // namespace

HybridStep::HybridStep(data::RankPart part, int64_t longest, int64_t capacity)
    : part_(part), capacity_(capacity), whole_(longest) {}

Status HybridStep::fill(const balance::HybridPlan& plan, std::span<const balance::Piece> pieces,
                        const data::Loader& loader, data::Batch& batch, exec::StepMesh& mesh) {
  Packer packer(batch);
  mesh.spread.clear();
  for (const balance::Piece& piece : pieces) {
    const auto at = static_cast<size_t>(piece.sequence);
    RADDLE_RETURN_IF_ERROR(loader.fill(std::span(sequences_).subspan(at, 1), whole_));
    const int64_t tokens = lengths_[at];
    if (piece.group < 0) {
      packer.add(whole_, {0, tokens});
      continue;
    }
    const balance::Group& group = plan.groups[static_cast<size_t>(piece.group)];
    const std::span<const int32_t> ranks = plan.ranks_of(group);
    mesh.spread.push_back({{ranks.begin(), ranks.end()}, piece.part, tokens, packer.rows()});
    for (const balance::TokenRange& run : balance::part_tokens(tokens, group.degree, piece.part)) {
      packer.add(whole_, run);
    }
  }
  // With two, ranks could wait for each other in a ring, layer by layer.
  if (mesh.spread.size() <= 1) return Status::ok();
  return internal_error("a micro-batch of the plan has parts of {} sequences", mesh.spread.size());
}

Status HybridStep::prepare(data::Loader& loader, int64_t micro_batches) {
  count_ = 0;
  loader.lay_out_step(micro_batches, sequences_);
  lengths_.clear();
  for (const data::Sequence& sequence : sequences_) lengths_.push_back(sequence.rows);
  RADDLE_ASSIGN_OR_RETURN(const balance::HybridPlan plan,
                          balance::plan_hybrid(costs_, lengths_, part_.world, capacity_));
  const auto rank = static_cast<size_t>(part_.rank);
  const auto begin = plan.rank_begin[rank], end = plan.rank_begin[rank + 1];
  const auto count = static_cast<size_t>(end - begin);
  while (batches_.size() < count) batches_.emplace_back(capacity_);
  if (meshes_.size() < count) meshes_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const auto pieces = plan.pieces_of(begin + static_cast<int64_t>(i));
    RADDLE_RETURN_IF_ERROR(fill(plan, pieces, loader, batches_[i], meshes_[i]));
  }
  count_ = count;
  return Status::ok();
}

}  // namespace raddle::session
