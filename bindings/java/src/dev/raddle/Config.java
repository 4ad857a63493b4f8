// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * The options of a run by dotted key, such as {@code train.steps}; {@link Raddle#options()} lists
 * them. Threads may share one: its calls wait for each other.
 */
public final class Config extends NativeObject {
    private final Object lock = new Object(); // a text that is read is C's until the next change

    Config(long pointer) { super("config", pointer, Native::configDestroy, null); }

    /** Every option at its default. */
    public static Config create() { return new Config(Native.configCreate()); }

    /**
     * Sets one option, at the highest rank.
     *
     * @param key such as {@code model.layers}
     * @param value a text, number, boolean or path, or a list of them
     */
    public Config set(String key, Object value) {
        return set(key, value, Origin.CALL, null);
    }

    /**
     * Sets one option as another source would. A value of a lower rank than the present one's is
     * checked and then ignored.
     *
     * @param key such as {@code model.layers}
     * @param value a text, number, boolean or path, or a list of them
     * @param origin whose rank it has
     * @param detail shown after the origin, such as a file and line; null: nothing
     */
    public Config set(String key, Object value, Origin origin, String detail) {
        String text = value instanceof List<?> list
                ? list.stream().map(Config::quoted).collect(Collectors.joining(", ", "[", "]"))
                : String.valueOf(value);
        return change(p -> Native.configSetFrom(p, key, text, origin.value(), detail));
    }

    private static String quoted(Object element) {
        return '"' + String.valueOf(element).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /**
     * Reads a recipe, which is a TOML file; all of it or nothing.
     *
     * @param file the recipe
     */
    public Config load(Path file) { return change(p -> Native.configLoadFile(p, file)); }

    /**
     * Reads a recipe from memory.
     *
     * @param toml the recipe
     * @param name stands for the file in messages
     */
    public Config loadText(String toml, String name) {
        return change(p -> Native.configLoadText(p, Text.encode(toml), name));
    }

    /** Takes {@code RADDLE_TRAIN_STEPS} and the like from the environment. */
    public Config loadEnvironment() { return change(Native::configLoadEnvironment); }

    /**
     * Sets the keys of {@code model.*} that nobody set to those of the model that {@code
     * model.hf_config} or {@code model.init_from} names.
     */
    public Config fillModel() { return change(Native::configFillModel); }

    /** Checks what no single value shows wrong. */
    public Config validate() { return change(Native::configValidate); }

    /**
     * The value of an option: the value in canonical form.
     *
     * @param key its key
     */
    public String get(String key) { return locked(p -> Native.configGet(p, key)); }

    /**
     * Where a value came from: such as {@code recipe kjv.toml:12}.
     *
     * @param key the option's key
     */
    public String origin(String key) { return locked(p -> Native.configGetOrigin(p, key)); }

    /** Every option: TOML that {@link #loadText} reads back. */
    public String toToml() { return locked(Native::configToToml); }

    /** Equal hashes mean the same run: a hash of all that is part of the result. */
    public long hash() { return locked(Native::configHash); }

    private interface Change { void make(long pointer); }

    private Config change(Change change) {
        synchronized (lock) {
            return Work.run(stop -> {
                change.make(handle.pointer());
                return this;
            }, this);
        }
    }

    private <T> T locked(LongFunction<T> body) {
        synchronized (lock) {
            return with(body);
        }
    }
}
