// SPDX-License-Identifier: Apache-2.0
// What the opaque handles of the ABI hold. A handle is a C++ object and what it lends to callers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "raddle/raddle.h"
#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/graph/builder.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/program.h"
#include "runtime/session/session.h"

struct raddle_context {
  raddle_context_options_t options;
};

struct raddle_config {
  raddle::config::Config config;
  // Texts lent by raddle_config_get() and _get_origin(), by key.
  mutable std::map<std::string, std::string, std::less<>> values, origins;
};

struct raddle_graph {
  raddle::graph::Builder builder;  // until it is finished
  std::optional<raddle::graph::Graph> finished;
};

struct raddle_tokenizer {
  std::shared_ptr<const raddle::data::Tokenizer> tokenizer;
};

struct raddle_plan {
  raddle::plan::Program program;
  int64_t limit_bytes;
  int64_t flops_per_token;  // 0: the graph is the caller's own
};

struct raddle_session {
  std::unique_ptr<raddle::session::Session> session;
  raddle_tokenizer tokenizer;  // lent by raddle_session_get_tokenizer()
};
