// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/hybrid_step.h"

#include <algorithm>
#include <utility>

namespace raddle::session {
namespace {

// Tokens [run.begin, run.end) of the sequence in `whole`, as another sequence of `batch`, behind
// the `sequences` that it has.
void append(const data::Batch& whole, balance::TokenRange run, size_t sequences,
            data::Batch& batch) {
  const int64_t row = batch.token_count;
  RADDLE_ASSERT(row + run.count() <= batch.capacity() && run.end <= whole.token_count);
  const auto copy = [&](const auto& from, auto& to) {
    std::copy(from.begin() + run.begin, from.begin() + run.end, to.begin() + row);
  };
  copy(whole.tokens, batch.tokens);
  copy(whole.targets, batch.targets);
  copy(whole.weights, batch.weights);
  copy(whole.positions, batch.positions);
  for (int64_t t = run.begin; t < run.end; ++t) {
    batch.weight_sum += whole.weights[static_cast<size_t>(t)];
  }
  batch.token_count += run.count();
  std::fill(batch.cu_seqlens.begin() + static_cast<std::ptrdiff_t>(sequences) + 1,
            batch.cu_seqlens.end(), static_cast<int32_t>(batch.token_count));
}

}  // namespace

HybridStep::HybridStep(data::RankPart part, int64_t longest, int64_t capacity,
                       balance::SharedAttention attention)
    : part_(part), capacity_(capacity), attention_(attention), whole_(longest) {}

Status HybridStep::fill(const balance::HybridPlan& plan, std::span<const balance::Piece> pieces,
                        const data::Loader& loader, data::Batch& batch, exec::StepMesh& mesh) {
  uncut_.clear();
  const balance::Piece* cut = nullptr;
  for (const balance::Piece& piece : pieces) {
    if (piece.group < 0) {
      uncut_.push_back(sequences_[static_cast<size_t>(piece.sequence)]);
    } else if (std::exchange(cut, &piece) != nullptr) {
      // With two, ranks could wait for each other in a ring, layer by layer.
      return internal_error("a micro-batch of the plan has parts of several sequences");
    }
  }
  mesh.spread.clear();
  RADDLE_RETURN_IF_ERROR(loader.fill(uncut_, batch));
  if (cut == nullptr) return Status::ok();
  const auto at = static_cast<size_t>(cut->sequence);
  RADDLE_RETURN_IF_ERROR(loader.fill(std::span(sequences_).subspan(at, 1), whole_));
  const balance::Group& group = plan.groups[static_cast<size_t>(cut->group)];
  const std::span<const int32_t> ranks = plan.ranks_of(group);
  mesh.spread.push_back({{ranks.begin(), ranks.end()},
                         cut->part,
                         lengths_[at],
                         batch.token_count,
                         attention_.is_by_heads(costs_, lengths_[at], ranks)});
  size_t sequences = uncut_.size();
  for (const auto& run : balance::part_tokens(lengths_[at], group.degree, cut->part)) {
    if (run.count() > 0) append(whole_, run, sequences++, batch);
  }
  return Status::ok();
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
