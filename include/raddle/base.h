/* SPDX-License-Identifier: Apache-2.0 */
/* Conventions of the whole ABI, and its version.
 *
 * Handles    Opaque. What X_create() returns, X_destroy(&x) frees; destroy accepts NULL and a
 *            pointer to NULL, and sets the pointer to NULL. What X_get_y() returns is borrowed from
 *            x.
 * Results    A function that can fail returns raddle_status_t: NULL when it succeeded, else an
 *            error that the caller reads and destroys (status.h). Outputs are written on success
 *            only. A function that cannot fail returns its result; given NULL it returns 0 or NULL.
 * Arguments  Borrowed for the call unless the comment says otherwise. Strings are UTF-8 and end
 *            with a zero byte; paths are the bytes that the file system takes, and end with one
 *            too. NULL where none is allowed is INVALID_ARGUMENT naming the argument.
 * Structs    Those that grow begin with struct_size, set by their _INIT macro or, for languages
 *            without macros, by raddle_X_init(); both give every field its default. New fields
 *            default to zero. The library takes a smaller struct (an older caller: the rest is
 *            default) and a larger one (a newer caller) if what it does not know is all zero; else
 *            the error names both sizes. Of an output struct, it fills in what both sides know. In
 *            an array, each is as large as the first says that it is.
 * Threads    Objects are independent of each other. One object takes one call at a time, unless the
 *            comment says "any thread"; calls that take it as const may share it unless the comment
 *            says otherwise, and every call may share a context. A call that finds an object busy
 *            is refused with FAILED_PRECONDITION, or returns 0 if it cannot fail. A handle may move
 *            between threads. X_destroy() makes calls that other threads have in x return soon, if
 *            they can, and waits for them, except inside a callback; no call may begin after it.
 * exit()     May be called while other threads are in the library: what computes then returns
 *            CANCELLED.
 * Callbacks  Run on the calling thread, inside the call, unless the comment says otherwise; come
 *            last, with a user_data that is passed through. If the call fails before it begins, the
 *            callback never runs. A call into the object that runs the callback is refused with
 *            FAILED_PRECONDITION, but for functions marked "any" or "in a callback" (a session's
 *            info and tensors, saving it, generating with it) and X_destroy(). Inside a callback
 *            X_destroy() never waits, whatever object it is given: one that is in a call, of this
 *            thread or another, goes when its last call ends, and the callbacks of those calls may
 *            run until then.
 * Cancel     The functions that make a call return before it is done, by its `stop` (stop.h).
 * Manners    The library never prints, exits, aborts on input, installs signal handlers, or lets an
 *            exception out.
 * Since      Every function says since which version it exists and whether it is stable. While it
 *            is unstable, a minor version may change it. One that is internal is there for Raddle's
 *            own command line and may go.
 */
/* Generated from include/interface/abi/base.toml. */
#ifndef RADDLE_BASE_H_
#define RADDLE_BASE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define RADDLE_API __attribute__((visibility("default")))
#define RADDLE_MUST_USE __attribute__((warn_unused_result))
#else
#define RADDLE_API
#define RADDLE_MUST_USE
#endif

#ifdef __cplusplus
#define RADDLE_BEGIN_DECLS extern "C" {
#define RADDLE_END_DECLS }
#else
#define RADDLE_BEGIN_DECLS
#define RADDLE_END_DECLS
#endif

/* The version of these headers. */
#define RADDLE_VERSION_MAJOR 0
#define RADDLE_VERSION_MINOR 1
#define RADDLE_VERSION_PATCH 0
#define RADDLE_MAKE_VERSION(major, minor, patch) \
  (((uint32_t)(major) << 24) | ((uint32_t)(minor) << 16) | (uint32_t)(patch))
#define RADDLE_VERSION \
  RADDLE_MAKE_VERSION(RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH)

RADDLE_BEGIN_DECLS

/* The version of the library that is loaded, to be compared with RADDLE_VERSION.
 *
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API uint32_t raddle_version(void);

/* The same as text, "0.1.0".
 *
 * Returns  static text
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API const char* raddle_version_string(void);

/* How the library was built: lines of "key: value" (version, compiler, build type, sanitizers).
 *
 * Returns  static text
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API const char* raddle_build_info(void);

/* Frees a text that a function returned through a `char** out_...`, and sets *text to NULL.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_text_destroy(char** text);

/* The candidate nearest to what a user typed, for "did you mean ...?": what the library itself does
 * with unknown option keys.
 *
 * typed       NULL: the result is -1
 * candidates  NULL: the result is -1
 * Returns     its index, or -1 if none is near
 * Threads     any
 * Since       0.1 (internal)
 */
RADDLE_API int64_t raddle_nearest_match(const char* typed, const char* const* candidates,
                                        int64_t candidate_count);

RADDLE_END_DECLS

#endif /* RADDLE_BASE_H_ */
