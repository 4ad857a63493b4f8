// SPDX-License-Identifier: Apache-2.0
// Streams and events of the stand-in: a stream is a thread that does what was queued, in order.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace raddle::standin {

// How often an event was recorded, and the last recording that the stream has come to.
class Point {
 public:
  int64_t record();
  int64_t recorded() const;
  void reached(int64_t number);
  bool is_over() const;
  void wait(int64_t number) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int64_t recorded_ = 0, reached_ = 0;
};

class Queue {
 public:
  Queue();
  ~Queue();  // when all is done
  void add(std::function<void()> task);
  bool is_idle();

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool busy_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace raddle::standin

struct CUgraph_st {
  std::vector<std::function<void()>> tasks;
};
struct CUgraphExec_st {
  std::vector<std::function<void()>> tasks;
};
struct CUstream_st {
  raddle::standin::Queue queue;
  std::unique_ptr<CUgraph_st> capture;  // what is queued goes there instead
  bool is_spoilt = false;               // by a call that a capture does not allow
  void add(std::function<void()> task) {
    if (capture != nullptr) {
      capture->tasks.push_back(std::move(task));
    } else {
      queue.add(std::move(task));
    }
  }
};
namespace raddle::standin {
// Queues work that touches device memory; none is done after an error.
void run_on_device(CUstream_st* stream, std::function<void()> work);
// Whether the calling thread has a context.
bool has_context();
}  // namespace raddle::standin

struct CUevent_st {
  std::shared_ptr<raddle::standin::Point> point = std::make_shared<raddle::standin::Point>();
};
