// SPDX-License-Identifier: Apache-2.0
// For a library of ours that has libuv inside. Debian's libuv_a.a is made for programs: it reaches
// three variables of the C library in a way that no shared library can. link_raddle.cmake gives
// them other names in a copy of it, and these stand for them. Nothing that we call of libuv uses
// the first two; the last is what it is everywhere, zeros.
extern "C" {
extern char** uv_local_environ;
extern void* uv_local_stderr;
extern const char uv_local_in6addr_any[16];

char** uv_local_environ = nullptr;
void* uv_local_stderr = nullptr;
const char uv_local_in6addr_any[16] = {};
}
