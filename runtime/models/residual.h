// SPDX-License-Identifier: Apache-2.0
// The residual stream that sublayers read from and write to. Plain: a sublayer reads the state h
// and its output is added to it. With virtual width: each sublayer is a site with coefficients of
// its own; hyper_connection_read makes its input, hyper_connection_write puts its output back. With
// `fused` the write of a site waits for the read of the next and both become one
// hyper_connection_boundary; parameters are the same either way.
#pragma once

#include <string>

#include "runtime/graph/builder.h"
#include "runtime/models/model_config.h"

namespace raddle::models {

class Residual {
 public:
  // `state` is [rows, wide width].
  Residual(graph::Builder& builder, const ModelConfig& model, graph::TensorId state)
      : b_(builder), model_(model), state_(state) {}

  // Opens the site `name` and returns its sublayer's input [rows, width].
  graph::TensorId read(const std::string& name);
  // Closes it with the sublayer's output.
  void write(graph::TensorId z);
  // The state after the last write.
  graph::TensorId finish();

 private:
  struct Site {
    std::string name;
    graph::TensorId c0, s, w, norm_weight, t;
  };
  Site make_site(const std::string& name);
  graph::TensorId apply_write(graph::TensorId z);

  graph::Builder& b_;
  const ModelConfig& model_;
  graph::TensorId state_;
  graph::TensorId pending_;  // fused: the output that is still to be written to site_
  Site site_;
};

}  // namespace raddle::models
