// SPDX-License-Identifier: Apache-2.0
// The table of ops against itself: for every op, a node made from its entry is accepted, and every
// departure from the entry is refused.
#include <gtest/gtest.h>

#include "runtime/graph/sizes.h"
#include "runtime/graph/text.h"
#include "tests/support/op_case.h"

namespace raddle::graph {
namespace {

using test::OpCase;

// Every op in each precision, and those of virtual width without their dynamic part too.
std::vector<OpCase> all_cases() {
  std::vector<OpCase> cases;
  for (const OpInfo& op : all_ops()) {
    for (const char* precision : {"F32", "BF16"}) {
      cases.push_back(test::make_op_case(op, true, precision));
      if (cases.back().attributes.contains("dynamic")) {
        cases.push_back(test::make_op_case(op, false, precision));
      }
    }
  }
  return cases;
}

void expect_refused(const OpCase& bad, const std::string& what) {
  const Status status = parse_text(bad.text()).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument) << what << "\n" << bad.text();
  const bool says_where = status.message().find("line ") != std::string::npos ||
                          status.message().find(bad.info().name) != std::string::npos;
  EXPECT_TRUE(says_where) << status.message();
}

// How often a word comes in what decides the op's sizes.
size_t occurrences(const OpInfo& op, std::string_view word) {
  size_t count = 0;
  const auto add = [&](std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      const size_t end = std::min(text.find_first_of("()+-*, ", i), text.size());
      count += text.substr(i, end - i) == word;
      i = std::max(end, i + 1);
    }
  };
  for (const Operand& operand : op.inputs) add(operand.shape);
  for (const Operand& operand : op.outputs) add(operand.gradient ? operand.shape : "");
  for (const Constraint& constraint : op.constraints) {
    if (constraint.relation == Constraint::Relation::kEquals) add(constraint.right);
  }
  for (const AttributeSpec& attribute : op.attributes) add(attribute.name);
  return count;
}

// Whether dimension `dim` of an operand may be anything: one word that comes nowhere else.
bool is_free(const OpInfo& op, const Operand& operand, size_t dim) {
  std::string_view rest = operand.shape;
  if (rest == "*") {
    size_t same = 0;
    for (const Operand& other : op.inputs) same += other.shape == "*";
    return same == 1 && occurrences(op, "elements") == 0;
  }
  for (; dim > 0; --dim) rest.remove_prefix(rest.find(", ") + 2);
  const std::string_view word = rest.substr(0, rest.find(", "));
  return word.find_first_of("()+-* 0123456789") == std::string_view::npos &&
         occurrences(op, word) == 1;
}

TEST(OpRules, WhatTheTableSaysIsAccepted) {
  for (const OpCase& good : all_cases()) {
    const auto graph = parse_text(good.text());
    ASSERT_TRUE(graph.is_ok()) << graph.status().to_string() << "\n" << good.text();
    EXPECT_EQ(to_text(parse_text(to_text(*graph)).value()), to_text(*graph));
  }
}

template <class Change>
void refuse_change(const OpCase& good, bool output, size_t index, const std::string& what,
                   Change&& change) {
  OpCase bad = good;
  change((output ? bad.outputs : bad.inputs)[index]);
  const Operand& operand = (output ? good.info().outputs : good.info().inputs)[index];
  expect_refused(bad, std::string(good.info().name) + ": " + std::string(operand.name) + what);
}

void refuse_shapes(const OpCase& good, bool output, size_t index) {
  const auto& tensor = (output ? good.outputs : good.inputs)[index];
  const Operand& operand = (output ? good.info().outputs : good.info().inputs)[index];
  if (!tensor.present || tensor.empty) return;
  for (size_t dim = 0; dim < tensor.dims.size(); ++dim) {
    refuse_change(good, output, index, " of no elements", [&](auto& t) { t.dims[dim] = 0; });
    refuse_change(good, output, index, " negative", [&](auto& t) { t.dims[dim] = -1; });
    refuse_change(good, output, index, " huge", [&](auto& t) { t.dims[dim] = INT64_MAX; });
    if (is_free(good.info(), operand, dim)) continue;
    refuse_change(good, output, index, " larger", [&](auto& t) { ++t.dims[dim]; });
    if (tensor.dims[dim] == 1) continue;
    refuse_change(good, output, index, " smaller", [&](auto& t) { --t.dims[dim]; });
  }
  size_t same = 0;
  for (const Operand& other : good.info().inputs) same += other.shape == "*";
  if (operand.shape == "*" && same == 1) return;
  refuse_change(good, output, index, " of a higher rank", [](auto& t) { t.dims.push_back(1); });
  refuse_change(good, output, index, " of a lower rank", [](auto& t) { t.dims.pop_back(); });
}

TEST(OpRules, OtherShapesAreRefused) {
  for (const OpCase& good : all_cases()) {
    for (size_t i = 0; i < good.inputs.size(); ++i) refuse_shapes(good, false, i);
    for (size_t i = 0; i < good.outputs.size(); ++i) {
      if (good.info().outputs[i].gradient) refuse_shapes(good, true, i);
    }
  }
}

TEST(OpRules, OtherTypesAndOriginsAreRefused) {
  for (const OpCase& good : all_cases()) {
    for (size_t i = 0; i < good.inputs.size(); ++i) {
      const auto& tensor = good.inputs[i];
      if (!tensor.present || tensor.empty) continue;
      for (const char* dtype : {"F32", "I32", "F64", "I64", "U32"}) {
        if (tensor.dtype == dtype) continue;
        refuse_change(good, false, i, dtype, [&](auto& t) { t.dtype = dtype; });
      }
      const Operand& operand = good.info().inputs[i];
      if (operand.written) {
        for (const char* kind : {"input", "parameter"}) {
          refuse_change(good, false, i, kind, [&](auto& t) { t.declaration = kind; });
        }
      }
      if (!are_indices(operand.values)) continue;
      refuse_change(good, false, i, " cache", [&](auto& t) { t.declaration = "cache"; });
    }
  }
}

TEST(OpRules, PresenceIsAsTheTableSays) {
  for (const OpCase& good : all_cases()) {
    const auto check = [&](bool output, size_t i) {
      const Operand& operand = (output ? good.info().outputs : good.info().inputs)[i];
      if (operand.optional) return;
      refuse_change(good, output, i, " turned", [](auto& t) { t.present = !t.present; });
    };
    for (size_t i = 0; i < good.inputs.size(); ++i) {
      if (!good.inputs[i].empty && !good.info().inputs[i].optional) check(false, i);
    }
    for (size_t i = 0; i < good.outputs.size(); ++i) {
      if (good.info().outputs[i].gradient) check(true, i);
    }
  }
}

TEST(OpRules, AttributesHaveRanges) {
  for (const OpCase& good : all_cases()) {
    for (const AttributeSpec& spec : good.info().attributes) {
      const std::string name(spec.name);
      OpCase bad = good;
      bad.attributes.erase(name);
      if (spec.required) expect_refused(bad, name + " is missing");
      std::vector<double> values = {std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::infinity(), -1e300, 1e300};
      if (spec.integer) values.insert(values.end(), {-1, 1.5, 2147483648.0, 9e18});
      if (spec.integer && spec.least == 1) values.push_back(0);
      if (!spec.integer && spec.least > 0) values.insert(values.end(), {0, -1});
      for (const double value : values) {
        bad.attributes[name] = value;
        expect_refused(bad, fmt::format("{} = {}", name, value));
      }
    }
  }
}

TEST(Sizes, LearnWordsAndComputeWithThem) {
  Sizes sizes;
  sizes.set("heads", 3);
  EXPECT_EQ(sizes.evaluate("(heads + 2*heads)*4 - 1"), 35);
  EXPECT_EQ(sizes.evaluate("rows"), std::nullopt);
  EXPECT_TRUE(sizes.matches("rows, heads*d", {5, 12}));
  EXPECT_EQ(sizes.evaluate("rows*d"), 20);
  EXPECT_FALSE(sizes.matches("rows", {6}));
  EXPECT_FALSE(sizes.matches("rows, d", {5}));
  EXPECT_FALSE(sizes.matches("heads*e", {7})) << "seven is no multiple of three";
  EXPECT_EQ(sizes.describe("rows, f, heads*f"), "[5, f, heads*f]");
  EXPECT_EQ(sizes.shape_of("rows, d + 1"), (Shape{5, 5}));
  EXPECT_EQ(sizes.shape_of("rows - 6"), std::nullopt);
  sizes.set("large", INT64_MAX);
  for (const char* overflow : {"large + 1", "large*2", "0 - large - 2"}) {
    EXPECT_EQ(sizes.evaluate(overflow), std::nullopt) << overflow;
    EXPECT_FALSE(sizes.solve(overflow, 5)) << overflow;
  }
}

}  // namespace
}  // namespace raddle::graph
