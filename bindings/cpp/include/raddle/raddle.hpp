// SPDX-License-Identifier: Apache-2.0
// Raddle from C++17 on: owners around the C ABI, for programs with and without exceptions.
//
//   auto context = raddle::Context::create().value();
//   auto config = raddle::Config::create().value();
//   config.load_file("recipe.toml").or_throw();
//   auto session = raddle::Session::create(context, config, {"runs/first"}).value();
//   session.train([](const raddle::Event& event) { ... }).value();
//
// Errors     A call that can fail returns a Status or a Result, which the compiler does not let be
//            ignored. With exceptions value() and or_throw() throw an Error; without them value()
//            of a failed call ends the program, so ask ok() first. Nothing else throws but the
//            standard library, when memory is short, and callbacks.
// Callbacks  Any callable. An exception in one stops the call, which then throws it again.
// Handles    Move-only, but for Context and Stop, whose copies share one. One that was moved from
// is
//            empty, and calls on it are refused.
// Lifetimes  What is made with a context keeps it alive. Spans and string_views say how long they
//            are valid. What a call takes is only read until it returns.
// Threads    As in raddle.h: objects are independent, one takes one call at a time and refuses a
//            second with Code::kFailedPrecondition. What may be used from any thread says so.
// Texts      UTF-8. A zero byte inside one is refused; paths are std::filesystem::path, any bytes.
//
// The C ABI stays at hand: c() of an object is its handle.
#pragma once

#include "raddle/cpp/calls/base.hpp"
#include "raddle/cpp/calls/bench.hpp"
#include "raddle/cpp/calls/mesh.hpp"
#include "raddle/cpp/config.hpp"
#include "raddle/cpp/context.hpp"
#include "raddle/cpp/data.hpp"
#include "raddle/cpp/graph.hpp"
#include "raddle/cpp/operation.hpp"
#include "raddle/cpp/plan.hpp"
#include "raddle/cpp/session.hpp"
#include "raddle/cpp/span.hpp"
#include "raddle/cpp/status.hpp"
#include "raddle/cpp/stop.hpp"
#include "raddle/cpp/world.hpp"
