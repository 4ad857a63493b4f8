// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads libraddle and its JNI glue: from the folder that the system property {@code
 * raddle.library.path} names, and from nowhere else if it is set; else from the jar; else as the
 * system finds them ({@code java.library.path}).
 */
final class NativeLibrary {
    private static final String LIBRARY = "libraddle.so." + Native.MAJOR;
    private static final String GLUE = "libraddle_jni.so";

    private NativeLibrary() {}

    static void load() {
        List<String> tried = new ArrayList<>();
        if (!isLoaded(tried)) {
            throw new UnsatisfiedLinkError("Raddle's native library cannot be loaded; tried:\n  "
                    + String.join("\n  ", tried) + "\nuse a jar that holds it (package.sh makes "
                    + "one), or set -Draddle.library.path to a folder with " + LIBRARY + " and "
                    + GLUE);
        }
        checkVersion(Native.version(), Native.MAJOR, Native.MINOR, Native.PATCH);
    }

    private static boolean isLoaded(List<String> tried) {
        String folder = System.getProperty("raddle.library.path");
        if (folder != null) {
            return loadFrom(Path.of(folder), "raddle.library.path", tried);
        }
        return loadFromJar(tried) || attempt("java.library.path "
                + System.getProperty("java.library.path"), tried,
                () -> System.loadLibrary("raddle_jni"));
    }

    private static boolean loadFrom(Path folder, String what, List<String> tried) {
        Path there = folder.toAbsolutePath();
        return attempt(what + " " + there.resolve(LIBRARY), tried,
                        () -> System.load(there.resolve(LIBRARY).toString()))
                && attempt(what + " " + there.resolve(GLUE), tried,
                        () -> System.load(there.resolve(GLUE).toString()));
    }

    /**
     * Libraries can only be loaded from files, so they are for a moment in a folder that only this
     * user can enter and nobody can guess.
     */
    private static boolean loadFromJar(List<String> tried) {
        String inside = "native/linux-" + System.getProperty("os.arch") + "/";
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME",
                System.getProperty("user.home") + "/.cache");
        if (NativeLibrary.class.getResource(inside + LIBRARY) == null) {
            tried.add("the jar: it holds no " + inside + LIBRARY);
            return false;
        }
        for (String place : new String[] {System.getProperty("java.io.tmpdir"), cache}) {
            try {
                Path folder = Files.createTempDirectory(
                        Files.createDirectories(Path.of(place)), "raddle-");
                try {
                    extract(inside + LIBRARY, folder.resolve(LIBRARY));
                    extract(inside + GLUE, folder.resolve(GLUE));
                    if (loadFrom(folder, "the jar, by way of", tried)) {
                        return true;
                    }
                } finally {
                    Files.deleteIfExists(folder.resolve(LIBRARY));
                    Files.deleteIfExists(folder.resolve(GLUE));
                    Files.delete(folder);
                }
            } catch (IOException e) {
                tried.add("the jar, by way of " + place + ": " + e);
            }
        }
        return false;
    }

    private static void extract(String resource, Path to) throws IOException {
        try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
            Files.copy(in, to);
        }
    }

    private static boolean attempt(String what, List<String> tried, Runnable load) {
        try {
            load.run();
            return true;
        } catch (UnsatisfiedLinkError e) {
            tried.add(what + ": " + e.getMessage());
            return false;
        }
    }

    /** While the major version is 0, a minor version may change everything. */
    static void checkVersion(int library, int... made) {
        int major = library >>> 24, minor = library >>> 16 & 255, patch = library & 0xffff;
        boolean fits = major == made[0] && (minor == made[1] || (major > 0 && minor > made[1]))
                && (minor > made[1] || patch >= made[2]);
        if (!fits) {
            String wanted = made[0] + "." + made[1] + "." + made[2];
            throw new UnsatisfiedLinkError("libraddle is version " + major + "." + minor + "."
                    + patch + ", and this Java binding needs " + wanted + " or later of "
                    + (made[0] == 0 ? "0." + made[1] : made[0]) + ".x; take both from one release, "
                    + "or point -Draddle.library.path to a library that fits");
        }
    }
}
