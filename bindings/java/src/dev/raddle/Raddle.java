// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** The library itself. */
public final class Raddle {
    private Raddle() {}

    /** The version of the library that is loaded: such as {@code 0.1.0}. */
    public static String version() { return Native.versionString(); }

    /** How the library was built: lines of {@code key: value}. */
    public static String buildInfo() { return Native.buildInfo(); }

    /** The options that a {@link Config} has: in order of key. */
    public static List<OptionInfo> options() {
        return LongStream.range(0, Native.optionCount()).mapToObj(Native::optionGetInfo).toList();
    }

    /** The ops that a {@link Graph} may have: one of each kind. */
    public static List<OpInfo> ops() {
        return LongStream.range(0, Native.opCount()).mapToObj(Native::opGetInfo).toList();
    }

    /**
     * A path of any Unicode name, also where the locale cannot write it and {@code Path.of} fails:
     * the path.
     *
     * @param name the path, in UTF-8 on disk
     */
    public static Path path(String name) { return Text.path(Text.utf8(name)); }
}
