// SPDX-License-Identifier: Apache-2.0
// Work that was captured once and is launched as one piece: a CUDA graph.
#include "runtime/device/cuda/cuda_stream.h"

namespace raddle::device {
namespace {

class CudaGraph final : public Work {
 public:
  explicit CudaGraph(std::shared_ptr<CudaContext> context) : context_(std::move(context)) {}
  ~CudaGraph() override {
    const CudaContext::Scope scope(*context_);
    if (!scope.status().is_ok()) return;
    if (executable_ != nullptr) context_->driver().cuGraphExecDestroy(executable_);
    if (graph_ != nullptr) context_->driver().cuGraphDestroy(graph_);
  }
  Status capture(CudaStream& stream, std::span<const Work* const> work);
  Status run(Stream& stream) const override {
    return context_->run("launching a graph", [&](const CudaDriver& driver) {
      return driver.cuGraphLaunch(executable_, static_cast<CudaStream&>(stream).native());
    });
  }
  std::span<const Range> ranges() const override { return {}; }

 private:
  const std::shared_ptr<CudaContext> context_;
  CUgraph graph_ = nullptr;
  CUgraphExec executable_ = nullptr;
};

Status CudaGraph::capture(CudaStream& stream, std::span<const Work* const> work) {
  // Other threads of the process may go on calling the driver.
  RADDLE_RETURN_IF_ERROR(context_->run("beginning a capture", [&](const CudaDriver& driver) {
    return driver.cuStreamBeginCapture(stream.native(), CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  }));
  Status queued;
  for (const Work* one : work) {
    queued = one->run(stream);
    if (!queued.is_ok()) break;
  }
  // The capture has to end in any case; the first error is the one to tell.
  const Status ended = context_->run("ending a capture", [&](const CudaDriver& driver) {
    return driver.cuStreamEndCapture(stream.native(), &graph_);
  });
  RADDLE_RETURN_IF_ERROR(Status(queued));
  RADDLE_RETURN_IF_ERROR(Status(ended));
  return context_->run("making a graph", [&](const CudaDriver& driver) {
    return driver.cuGraphInstantiate(&executable_, graph_, 0);
  });
}

}  // namespace

StatusOr<std::unique_ptr<Work>> CudaStream::capture(std::span<const Work* const> work) {
  auto graph = std::make_unique<CudaGraph>(modules_->context);
  RADDLE_RETURN_IF_ERROR(graph->capture(*this, work));
  return std::unique_ptr<Work>(std::move(graph));
}

}  // namespace raddle::device
