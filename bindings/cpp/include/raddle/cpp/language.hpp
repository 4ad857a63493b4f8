// SPDX-License-Identifier: Apache-2.0
// What the wrapper asks of the compiler. All of it is in an inline namespace that names the version
// and whether there are exceptions, so that one program may hold files that differ in either.
#pragma once

#include <raddle/base.h>

#if defined(__cpp_exceptions)
#define RADDLE_CPP_EXCEPTIONS 1
#define RADDLE_CPP_KIND throwing
#else
#define RADDLE_CPP_EXCEPTIONS 0
#define RADDLE_CPP_KIND plain
#endif

#define RADDLE_CPP_JOIN_(kind, major, minor) cpp_##major##_##minor##_##kind
#define RADDLE_CPP_JOIN(kind, major, minor) RADDLE_CPP_JOIN_(kind, major, minor)
#define RADDLE_CPP_ABI RADDLE_CPP_JOIN(RADDLE_CPP_KIND, RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR)
