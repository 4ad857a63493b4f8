// SPDX-License-Identifier: Apache-2.0
// What toml++'s shared library holds, for a library of ours that is linked without it: Debian has
// no static one, but its headers have the definitions.
#define TOML_HEADER_ONLY 0
#define TOML_SHARED_LIB 0
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
