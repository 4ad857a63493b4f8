// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The options of a run by dotted key, such as {@code train.steps}; {@link Raddle#options()} lists
 * them. Threads may share one: its calls wait for each other.
 */
public final class Config extends ConfigCalls {
    Config(long pointer, NativeObject owner) { super(pointer, Native::configDestroy, owner); }

    /**
     * Sets one option, at the highest rank.
     *
     * @param key such as {@code model.layers}
     * @param value a text, number, boolean or path, or a list of them
     * @return this
     */
    public Config set(String key, Object value) { return set(key, text(value)); }

    /**
     * Reads a recipe from memory.
     *
     * @param toml the recipe
     * @param name stands for the file in messages
     * @return this
     */
    public Config loadText(String toml, String name) {
        byte[] bytes = Text.encode(toml);
        synchronized (lock) {
            return Work.run(() -> {
                Native.configLoadText(pointer, bytes, name);
                return this;
            }, this);
        }
    }

    private static String text(Object value) {
        if (value instanceof Path path) {
            return Text.exact(Text.bytes(path)); // toString() is wrong where the locale is
        }
        return value instanceof List<?> list
                ? list.stream().map(Config::quoted).collect(Collectors.joining(", ", "[", "]"))
                : value == null ? null : value.toString();
    }

    private static String quoted(Object element) {
        return '"' + text(element).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
