// SPDX-License-Identifier: Apache-2.0
// Where the sources and the build are. Functions, defined in one file, so that object files do not
// depend on the checkout's path and compiler caches work across checkouts. Included by the
// compiler's command line in every test and bench.
#pragma once

#ifdef __cplusplus
namespace raddle::test {
const char* source_dir();
const char* binary_dir();
}  // namespace raddle::test
#define RADDLE_SOURCE_DIR ::raddle::test::source_dir()
#define RADDLE_BINARY_DIR ::raddle::test::binary_dir()
#endif
