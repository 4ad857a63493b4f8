// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What takes a process of its own: how the library is found, and how a process ends. */
final class ProcessTests {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java")
            .toString();
    private static final String JAR = System.getProperty("raddle.test.jar");

    private record Ended(int status, String output) {}

    private ProcessTests() {}

    private static Ended run(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Path output = Tests.fresh("output");
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        int status = builder.start().waitFor();
        return new Ended(status, Tests.read(output));
    }

    private static Ended child(String what, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.raddle.Child", what,
                Tests.text.toString(), Tests.fresh("child").toString()));
        return run(Map.of(), all.toArray(new String[0]));
    }

    static void everySymbolIsInTheLibrary() throws Exception {
        Ended ended = run(Map.of("LD_BIND_NOW", "1"), "-cp",
                System.getProperty("java.class.path"), "dev.raddle.Child", "version");
        equal(new Ended(0, Raddle.version() + "\n"), ended);
    }

    static void theJarIsAModule() throws Exception {
        Ended ended = run(Map.of(), "-p", JAR, "--add-modules", "dev.raddle",
                "--validate-modules");
        equal(0, ended.status());
        contains(run(Map.of(), "-p", JAR, "--describe-module", "dev.raddle").output(),
                "dev.raddle@" + Raddle.version(), "exports dev.raddle");
    }

    static void whereItWasLookedForIsSaid() throws Exception {
        Ended ended = child("version", "-Draddle.library.path=/no/such/folder");
        equal(1, ended.status());
        contains(ended.output(), "UnsatisfiedLinkError",
                "raddle.library.path /no/such/folder/libraddle.so.0", "set -Draddle.library.path");
        Ended bare = run(Map.of(), "-cp", System.getProperty("raddle.test.classes"),
                "dev.raddle.Child", "version");
        equal(1, bare.status());
        contains(bare.output(), "the jar: it holds no native/linux-", "java.library.path ");
        Ended full = child("version", "-Djava.io.tmpdir=/proc/nowhere", "-Duser.home=/proc");
        check(full.status() == 0 || full.output().contains("by way of /proc/nowhere"),
                full.output());
    }

    static void aFolderComesBeforeTheJar() throws Exception {
        String folder = System.getProperty("raddle.test.natives");
        equal(new Ended(0, Raddle.version() + "\n"),
                child("version", "-Draddle.library.path=" + folder));
    }

    static void anotherVersionIsNamed() throws Exception {
        Ended ended = child("version",
                "-Draddle.library.path=" + System.getProperty("raddle.test.stub"));
        equal(1, ended.status());
        contains(ended.output(), "libraddle is version 0.99.0", "needs " + Native.MAJOR + "."
                + Native.MINOR, "take both from one release");
    }

    static void anyNameUnderTheCLocale() throws Exception {
        Ended ended = run(Map.of("LC_ALL", "C"), "-cp", System.getProperty("java.class.path"),
                "dev.raddle.Child", "names", Tests.text.toString(),
                Tests.fresh("c-locale").toString());
        equal(new Ended(0, "saved\n"), ended);
    }

    static void extractedFilesAreGone() throws Exception {
        Path temporary = Files.createDirectories(Tests.fresh("tmp"));
        equal(0, child("version", "-Djava.io.tmpdir=" + temporary).status());
        try (var left = Files.list(temporary)) {
            equal(List.of(), left.toList());
        }
    }

    static void aProcessMayEndInTheMidstOfTraining() throws Exception {
        int rounds = Integer.getInteger("raddle.test.exits", 20);
        for (int i = 0; i < rounds; i++) {
            String what = List.of("exit", "return", "exit-operation", "exit-log", "exit-listener")
                    .get(i % 5);
            Ended ended = child(what);
            equal(new Ended(0, ""), ended);
        }
    }
}
