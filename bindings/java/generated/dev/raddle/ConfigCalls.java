// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;
import java.util.function.LongConsumer;

/** The calls of {@link Config} that need no thought. */
abstract class ConfigCalls extends NativeObject {
    final Object lock = new Object(); // texts are lent until the next call

    ConfigCalls(long pointer, LongConsumer destroy, NativeObject owner) {
        super("config", pointer, destroy, owner);
    }

    /** What another object holds. */
    ConfigCalls(long pointer, NativeObject lender) {
        super(pointer, lender);
    }

    /**
     * Every option at its default.
     *
     * @return the config
     */
    public static Config create() {
        return new Config(Native.configCreate(), null);
    }

    /**
     * Sets one option from this program: the highest rank.
     *
     * @param key key
     * @param value as in a recipe, without quotes: "100", "1e-3", "true", "llama", "a.txt,b.txt",
     *     "2GiB". A list with names that hold commas is an array: "[\"a,b.txt\"]"
     * @return this
     * @throws InvalidArgumentException no such key (the message names the nearest), or not a value
     *     of its type and range
     */
    public Config set(String key, String value) {
        synchronized (lock) {
            Work.run(() -> {
                Native.configSet(pointer, key, value);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * The same with another origin, for programs that read command lines or files of their own. A
     * value from a lower rank than the present one's is checked and then ignored.
     *
     * @param key key
     * @param value value
     * @param origin RADDLE_ORIGIN_RECIPE to RADDLE_ORIGIN_CALL. From ENVIRONMENT and SET the value
     *     is taken as a person types it: \n, \t, \\ and what else TOML allows in a string stand for
     *     what they mean, and a list's text that holds a comma and is the name of a file is that
     *     file
     * @param detail shown after the origin ("FILE:LINE" of a recipe); null: nothing
     * @return this
     * @throws InvalidArgumentException no such key, not a value of its type and range, or another
     *     origin
     */
    public Config setFrom(String key, String value, Origin origin, String detail) {
        synchronized (lock) {
            Work.run(() -> {
                Native.configSetFrom(pointer, key, value, origin.value(), detail);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * Reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.
     *
     * @param path path
     * @return this
     * @throws NotFoundException no such file
     * @throws InvalidArgumentException names file, line and column
     */
    public Config loadFile(Path path) {
        synchronized (lock) {
            Work.run(() -> {
                Native.configLoadFile(pointer, path);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * Takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_ variable that
     * is none and that Raddle does not know otherwise is warned of in the log. No library function
     * does this by itself.
     *
     * @return this
     * @throws InvalidArgumentException names the variable
     */
    public Config loadEnvironment() {
        synchronized (lock) {
            Work.run(() -> {
                Native.configLoadEnvironment(pointer);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * The value as text, in canonical form.
     *
     * @param key key
     * @return the value
     * @throws InvalidArgumentException no such key
     */
    public String get(String key) {
        synchronized (lock) {
            return Work.run(() -> Native.configGet(pointer, key), this);
        }
    }

    /**
     * Where the value came from: "default", "recipe kjv.toml:12", "environment RADDLE_TRAIN_STEPS",
     * "--set", "call", or what the call named.
     *
     * @param key key
     * @return the origin
     * @throws InvalidArgumentException no such key
     */
    public String origin(String key) {
        synchronized (lock) {
            return Work.run(() -> Native.configGetOrigin(pointer, key), this);
        }
    }

    /**
     * Checks what no single value shows wrong. Creating a session or a plan does it too.
     *
     * @return this
     * @throws InvalidArgumentException fix the call or the configuration
     */
    public Config validate() {
        synchronized (lock) {
            Work.run(() -> {
                Native.configValidate(pointer);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * Sets the keys model.* that no source set to those of the model that model.hf_config or
     * model.init_from names, to look at; where neither is set nothing changes. Creating a session
     * or a plan needs no such call.
     *
     * @return this
     * @throws InvalidArgumentException a key that was set disagrees with the model's file
     * @throws UnimplementedException a model that Raddle does not have
     * @throws NotFoundException there is no such file
     */
    public Config fillModel() {
        synchronized (lock) {
            Work.run(() -> {
                Native.configFillModel(pointer);
                return null;
            }, this);
            return (Config) this;
        }
    }

    /**
     * Every option as TOML, sorted by key; {@code Config.loadText} reads it back.
     *
     * @return the toml
     */
    public String toToml() {
        synchronized (lock) {
            return Work.run(() -> Native.configToToml(pointer), this);
        }
    }

    /**
     * A hash of the options of scope "cluster": equal hashes mean the same run. Stable between
     * machines within a version.
     *
     * @return the result
     */
    public long hash() {
        synchronized (lock) {
            return Work.run(() -> Native.configHash(pointer), this);
        }
    }
}
