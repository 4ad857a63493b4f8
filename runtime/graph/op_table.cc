// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/op_table.h"

#include <array>
#include <string>

#include "runtime/graph/ops/families.h"

namespace raddle::graph {
namespace {

using Table = std::array<OpInfo, static_cast<size_t>(OpKind::kCount)>;

// By kind. An op that no family has, or two have, is a bug that the first use finds.
Table make_table() {
  Table table{};
  for (const auto family : {linear_ops(), norm_ops(), attention_ops(), elementwise_ops(),
                            layout_ops(), loss_ops(), hyper_connection_ops()}) {
    for (const OpInfo& op : family) {
      OpInfo& entry = table[static_cast<size_t>(op.kind)];
      RADDLE_ASSERT(entry.name.empty());
      entry = op;
    }
  }
  for (const OpInfo& entry : table) RADDLE_ASSERT(!entry.name.empty());
  return table;
}

const Table& table() {
  static const Table kTable = make_table();
  return kTable;
}

}  // namespace

const OpInfo& op_info(OpKind kind) {
  const auto index = static_cast<size_t>(kind);
  RADDLE_ASSERT(index < table().size());
  return table()[index];
}

std::span<const OpInfo> all_ops() { return table(); }

StatusOr<OpKind> find_op(std::string_view name) {
  std::string known;
  for (const OpInfo& op : table()) {
    if (op.name == name) return op.kind;
    known += known.empty() ? "" : ", ";
    known += op.name;
  }
  return not_found("no operation is called \"{}\"; the known ones are {}", name, known);
}

size_t attribute_index(OpKind kind, std::string_view name) {
  const auto attributes = op_info(kind).attributes;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].name == name) return i;
  }
  RADDLE_ASSERT(!"attribute is in the op's table");
  return 0;
}

}  // namespace raddle::graph
