/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a run, as texts by dotted key. Adding an option never changes the ABI.
 *
 * Where several sources name an option, the source of the highest rank wins, whatever the order of
 * the calls: default < recipe < environment < --set < call.
 */
/* Generated from include/interface/abi/config.toml. */
#ifndef RADDLE_CONFIG_H_
#define RADDLE_CONFIG_H_

#include "raddle/base.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* The options of a run. */
typedef struct raddle_config raddle_config_t;

/* Where a value came from, lowest rank first. */
typedef int32_t raddle_origin_t;
enum {
  RADDLE_ORIGIN_DEFAULT = 0,
  RADDLE_ORIGIN_RECIPE = 1,
  RADDLE_ORIGIN_ENVIRONMENT = 2,
  RADDLE_ORIGIN_SET = 3, /* a command line */
  RADDLE_ORIGIN_CALL = 4 /* a program, through this ABI */
};

/* One row of the table of options. All texts are static. */
typedef struct raddle_option_info {
  size_t struct_size;        /* set by RADDLE_OPTION_INFO_INIT */
  const char* key;           /* "train.steps" */
  const char* type;          /* integer number boolean string choice path list size groups */
  const char* default_value; /* "1000" */
  const char* unit;          /* "steps", or "" */
  const char* scope;       /* cluster: ranks must agree, part of the result; process: may differ */
  const char* accepts;     /* an interval "[0,)", choices "a|b", or "" */
  const char* help;        /* a sentence */
  const char* environment; /* "RADDLE_TRAIN_STEPS" */
  /* What another value means when a run is resumed. model: part of what was trained, the resume
   * is refused; run: holds from that step on and is recorded with it; process: never changes a
   * result and leaves no record. */
  const char* change;
} raddle_option_info_t;
#define RADDLE_OPTION_INFO_INIT \
  { sizeof(raddle_option_info_t), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/* What RADDLE_OPTION_INFO_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_option_info_init(raddle_option_info_t* out_struct, size_t struct_bytes);

/* Every option at its default.
 *
 * out_config  destroy with raddle_config_destroy()
 * Threads     any
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_create(raddle_config_t** out_config);

/* NULL-safe; nulls it.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_config_destroy(raddle_config_t** config);

/* Sets one option from this program: the highest rank.
 *
 * value   as in a recipe, without quotes: "100", "1e-3", "true", "llama", "a.txt,b.txt", "2GiB". A
 *         list with names that hold commas is an array: "[\"a,b.txt\"]"
 * Errors  INVALID_ARGUMENT  no such key (the message names the nearest), or not a value of its type
 *                           and range
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_set(raddle_config_t* config,
                                                             const char* key, const char* value);

/* The same with another origin, for programs that read command lines or files of their own. A value
 * from a lower rank than the present one's is checked and then ignored.
 *
 * origin  RADDLE_ORIGIN_RECIPE to RADDLE_ORIGIN_CALL. From ENVIRONMENT and SET the value is taken
 *         as a person types it: \n, \t, \\ and what else TOML allows in a string stand for what
 *         they mean, and a list's text that holds a comma and is the name of a file is that file
 * detail  shown after the origin ("FILE:LINE" of a recipe); NULL: nothing
 * Errors  INVALID_ARGUMENT  no such key, not a value of its type and range, or another origin
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_set_from(raddle_config_t* config,
                                                                  const char* key,
                                                                  const char* value,
                                                                  raddle_origin_t origin,
                                                                  const char* detail);

/* Reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.
 *
 * Errors  NOT_FOUND         no such file
 *         INVALID_ARGUMENT  names file, line and column
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_load_file(raddle_config_t* config,
                                                                   const char* path);

/* The same from memory.
 *
 * text   `text_bytes` bytes; need not end with a zero byte
 * name   stands for the file in messages and origins; NULL: "text"
 * Since  0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_load_text(raddle_config_t* config,
                                                                   const char* text,
                                                                   size_t text_bytes,
                                                                   const char* name);

/* Takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_ variable that is
 * none and that Raddle does not know otherwise is warned of in the log. No library function does
 * this by itself.
 *
 * Threads  not while another thread changes the environment
 * Errors   INVALID_ARGUMENT  names the variable
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_load_environment(raddle_config_t* config);

/* The value as text, in canonical form.
 *
 * out_value  borrowed until the config is next changed
 * Threads    one call at a time, although config is const
 * Errors     INVALID_ARGUMENT  no such key
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_get(const raddle_config_t* config,
                                                             const char* key,
                                                             const char** out_value);

/* Where the value came from: "default", "recipe kjv.toml:12", "environment RADDLE_TRAIN_STEPS",
 * "--set", "call", or what the call named.
 *
 * out_origin  borrowed until the config is next changed
 * Threads     one call at a time, although config is const
 * Errors      INVALID_ARGUMENT  no such key
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_get_origin(const raddle_config_t* config,
                                                                    const char* key,
                                                                    const char** out_origin);

/* Checks what no single value shows wrong. Creating a session or a plan does it too.
 *
 * Errors  INVALID_ARGUMENT
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_validate(const raddle_config_t* config);

/* Sets the keys model.* that no source set to those of the model that model.hf_config or
 * model.init_from names, to look at; where neither is set nothing changes. Creating a session or a
 * plan needs no such call.
 *
 * Errors  INVALID_ARGUMENT  a key that was set disagrees with the model's file
 *         UNIMPLEMENTED     a model that Raddle does not have
 *         NOT_FOUND         there is no such file
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_fill_model(raddle_config_t* config);

/* Every option as TOML, sorted by key; raddle_config_load_text() reads it back.
 *
 * out_toml  free with raddle_text_destroy()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_config_to_toml(const raddle_config_t* config,
                                                                 char** out_toml);

/* A hash of the options of scope "cluster": equal hashes mean the same run. Stable between machines
 * within a version.
 *
 * config  NULL: the result is 0
 * Since   0.1 (unstable)
 */
RADDLE_API uint64_t raddle_config_hash(const raddle_config_t* config);

/* How many options there are.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_option_count(void);

/* Option `index`, in order of key.
 *
 * out_info  its texts are static
 * Threads   any
 * Errors    OUT_OF_RANGE  index is not in [0, count)
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_option_get_info(int64_t index,
                                                                  raddle_option_info_t* out_info);

RADDLE_END_DECLS

#endif /* RADDLE_CONFIG_H_ */
