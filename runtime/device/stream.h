// SPDX-License-Identifier: Apache-2.0
// A stream: the queue that kernels of one device run on. On a CPU a launch is complete when it
// returns, and the stream is the worker pool; on a GPU it will wrap a driver stream.
#pragma once

#include "runtime/base/assert.h"
#include "runtime/device/caps.h"

namespace raddle::device {

class WorkerPool;

class Stream {
 public:
  explicit Stream(WorkerPool& pool) : pool_(&pool) {}
  Kind kind() const { return Kind::kCpu; }
  WorkerPool& pool() const {
    RADDLE_ASSERT(pool_ != nullptr);
    return *pool_;
  }

 private:
  WorkerPool* pool_;  // borrowed
};

}  // namespace raddle::device
