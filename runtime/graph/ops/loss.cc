// SPDX-License-Identifier: Apache-2.0
// Losses.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

constexpr std::array kCrossEntropyIn = {need("x", "rows, in"), need("weight", "vocab, in"),
                                        indexes("targets", "rows", "vocab", "weights"),
                                        exact("weights", "rows"), exact("loss_scale", "1")};
constexpr std::array kLoss = {exact("loss", "1")};
constexpr std::array kCrossEntropyTrainOut = {exact("loss", "1"), need("dx", "rows, in"),
                                              maybe_grad("dweight", "vocab, in")};
constexpr std::array kCoefficient = {real_or("coefficient", 1)};

// The loss is differentiated where it stands (autodiff.cc).
Status cross_entropy(GradientRule& r) {
  return r.refuse("its result may only be a loss, not the input of another node");
}

constexpr std::array kLossOps = std::to_array<OpInfo>({
    {.kind = OpKind::kLinearCrossEntropy,
     .name = "linear_cross_entropy",
     .help = "loss_scale * sum_t weights[t] * cross_entropy(x[t] weight^T, targets[t])",
     .inputs = kCrossEntropyIn,
     .outputs = kLoss,
     .gradient = &cross_entropy},
    {.kind = OpKind::kLinearCrossEntropyTrain,
     .name = "linear_cross_entropy_train",
     .help = "linear_cross_entropy and its gradients times coefficient, in one pass",
     .inputs = kCrossEntropyIn,
     .outputs = kCrossEntropyTrainOut,
     .attributes = kCoefficient},
});

}  // namespace

std::span<const OpInfo> loss_ops() { return kLossOps; }

}  // namespace raddle::graph
