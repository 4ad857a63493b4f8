// SPDX-License-Identifier: Apache-2.0
// The table of ops, for callers: those that a graph can be built of. The ones that differentiation
// makes are not among them.
#include <deque>
#include <string>
#include <vector>

#include "raddle/graph.h"
#include "runtime/capi/border.h"
#include "runtime/graph/op_table.h"

using raddle::Status;
using raddle::capi::border;
using raddle::graph::AttributeSpec;
using raddle::graph::Operand;
using raddle::graph::OpInfo;

namespace {

struct Rows {
  std::deque<std::string> texts;  // a deque does not move its elements
  std::vector<raddle_op_info_t> infos;
};

std::string names(std::span<const Operand> operands) {
  std::string text;
  for (const Operand& operand : operands) {
    text +=
        fmt::format("{}{}{}", text.empty() ? "" : " ", operand.name, operand.optional ? "?" : "");
  }
  return text;
}

std::string names(std::span<const AttributeSpec> attributes) {
  std::string text;
  for (const AttributeSpec& attribute : attributes) {
    text += fmt::format("{}{}=", text.empty() ? "" : ",", attribute.name);
    if (!attribute.required) text += fmt::format("{}", attribute.otherwise);
  }
  return text;
}

const Rows& rows() {
  static const Rows& kRows = *new Rows([] {
    Rows made;
    for (const OpInfo& op : raddle::graph::all_ops()) {
      if (op.kind >= raddle::graph::OpKind::kEmbeddingGrad) continue;
      const auto keep = [&](std::string text) {
        return made.texts.emplace_back(std::move(text)).c_str();
      };
      int64_t needed = 0;
      for (const Operand& operand : op.inputs) needed += operand.optional ? 0 : 1;
      made.infos.push_back({sizeof(raddle_op_info_t), op.name.data(), keep(names(op.inputs)),
                            keep(names(op.outputs)), keep(names(op.attributes)), op.help.data(),
                            needed, static_cast<int64_t>(op.inputs.size()),
                            static_cast<int64_t>(op.outputs.size())});
    }
    return made;
  }());
  return kRows;
}

}  // namespace

int64_t raddle_op_count(void) {
  return raddle::capi::border_value<int64_t>(
      0, [] { return static_cast<int64_t>(rows().infos.size()); });
}

raddle_status_t raddle_op_get_info(int64_t index, raddle_op_info_t* out_info) {
  return border(__func__, {RADDLE_ARGUMENT(out_info)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_info", out_info));
    if (index < 0 || index >= raddle_op_count()) {
      return raddle::out_of_range("op {} of {}", index, raddle_op_count());
    }
    raddle::capi::write_struct(out_info, rows().infos[static_cast<size_t>(index)]);
    return Status::ok();
  });
}
