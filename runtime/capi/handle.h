// SPDX-License-Identifier: Apache-2.0
// What the opaque handles of the ABI hold. A handle is a C++ object and what it lends to callers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "raddle/raddle.h"
#include "runtime/base/stop_token.h"
#include "runtime/capi/busy.h"
#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/graph/builder.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/program.h"
#include "runtime/session/parameter_groups.h"
#include "runtime/session/session.h"
#include "runtime/world/world.h"

struct raddle_context : raddle::capi::Shareable {
  raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
};

// Never busy: a call holds the token, so the handle may go while it runs.
struct raddle_stop {
  const std::shared_ptr<raddle::StopToken> token = std::make_shared<raddle::StopToken>();
};

struct raddle_config : raddle::capi::Lockable {
  raddle::config::Config config;
  // Texts lent by raddle_config_get() and _get_origin(), by key.
  mutable std::map<std::string, std::string, std::less<>> values, origins;
};

struct raddle_graph : raddle::capi::Lockable {
  raddle::graph::Builder builder;  // until it is finished
  std::optional<raddle::graph::Graph> finished;
};

struct raddle_tokenizer : raddle::capi::Lockable {
  std::shared_ptr<const raddle::data::Tokenizer> tokenizer;
};

struct raddle_plan : raddle::capi::Lockable {
  raddle::plan::Program program;
  raddle::session::GroupedParameters groups;
  int64_t limit_bytes = 0;
  int64_t flops_per_token = 0;  // 0: the graph is the caller's own
};

// Its calls are of any thread. Shared with the sessions that train in it, which may live longer.
struct raddle_world : raddle::capi::Shareable {
  std::shared_ptr<raddle::world::World> world;
  ~raddle_world() override {
    if (world) world->leave(raddle::Status::ok());
  }
};

struct raddle_session : raddle::capi::Lockable {
  std::shared_ptr<raddle::world::World> world;  // null: it trains alone
  std::unique_ptr<raddle::session::Session> session;
  // Lent by raddle_session_get_tokenizer(): an object of its own, which may be in use when the
  // session is destroyed.
  raddle_tokenizer* tokenizer = nullptr;
  // What a call gives to the core; kept for their memory.
  std::vector<raddle::session::CallerBatch> batches;
  std::vector<raddle::session::InputView> inputs;
  raddle::StopToken ending;  // cancelled when it is destroyed

  ~raddle_session() override { raddle::capi::destroy(tokenizer); }

 private:
  void interrupt() override { ending.cancel(); }
};

namespace raddle::capi {

// FAILED_PRECONDITION: it is still being built.
StatusOr<const graph::Graph*> finished_graph(const raddle_graph* graph);

// What stops a call: its `stop`, which may be NULL, and the end of the session that it is on.
struct CallStop {
  explicit CallStop(const raddle_stop* given, StopToken* end = nullptr)
      : kept(given == nullptr ? nullptr : given->token),
        token(StopToken::either(kept.get(), end)) {}

  const std::shared_ptr<StopToken> kept;
  StopToken token;
};

}  // namespace raddle::capi
