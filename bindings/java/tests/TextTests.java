// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Any Unicode text, any path. */
final class TextTests {
    private static final String HARD = "caf\u00e9 \u65e5\u672c \ud83d\udc0d e\u0301 %20 a+b";

    private TextTests() {}

    static void textsAreRealUtf8() {
        try (Config config = Config.create().set("data.tokenizer", HARD)) {
            equal(HARD, config.get("data.tokenizer"));
            contains(config.toToml(), HARD);
        }
        try (Tokenizer tokenizer = Tokenizer.open(Tests.CONTEXT, Path.of("bytes"))) {
            String snake = "\ud83d\udc0d\0!";
            int[] tokens = tokenizer.encode(snake);
            equal(6, tokens.length);
            equal(0xF0, tokens[0]); // modified UTF-8 would begin with ED
            equal(snake, tokenizer.decode(tokens));
            equal("\ufffd", tokenizer.decode(0xF0));
            equal(new byte[] {(byte) 0xF0, 0}, tokenizer.decodeBytes(0xF0, 0));
        }
    }

    static void whatIsNoTextIsRefused() {
        try (Config config = Config.create()) {
            contains(fails(IllegalArgumentException.class,
                    () -> config.set("data.path", "a\0b")).getMessage(), "zero character");
            contains(fails(IllegalArgumentException.class,
                    () -> config.set("data.path", "\ud83d")).getMessage(), "surrogate");
            fails(InvalidArgumentException.class, () -> config.set(null, "x"));
            contains(fails(IllegalArgumentException.class, () -> config.set("data.path",
                    Text.path(new byte[] {'/', (byte) 0xFF}))).getMessage(), "UTF-8");
        }
    }

    static void pathsKeepTheirBytes() {
        for (String name : List.of("/", "a", "a/b", "../x", "/tmp/" + HARD, "auto", ".")) {
            Path path = Text.path(name.getBytes(StandardCharsets.UTF_8));
            equal(name, new String(Text.bytes(path), StandardCharsets.UTF_8));
            equal(name.startsWith("/"), path.isAbsolute());
        }
        byte[] latin = {'/', 't', (byte) 0xE9, (byte) 0xFF};
        equal(latin, Text.bytes(Text.path(latin)));
        equal(Path.of("/tmp"), Raddle.path("/tmp"));
    }

    static void runsInFoldersOfAnyName() throws IOException {
        byte[] odd = (Tests.fresh("r") + "/\u00ff").getBytes(StandardCharsets.ISO_8859_1);
        for (Path run : List.of(Raddle.path(Tests.fresh(HARD).toString()), Text.path(odd))) {
            try (Session session = Tests.session(2, Tests.in(run))) {
                session.train();
                Path saved = session.save(run.resolve("by hand"));
                equal(run.resolve("by hand"), saved);
            }
            equal(true, Files.isRegularFile(run.resolve("config.toml")));
            List<CheckpointInfo> found = Checkpoint.list(Tests.CONTEXT, run);
            equal(1, found.size());
            equal(run.resolve("checkpoints"), found.get(0).path().getParent());
            try (Session again = Session.open(Tests.CONTEXT, run, null)) {
                equal(2L, again.info().stepsDone());
            }
        }
    }

    static void dataOfAnyName() throws IOException {
        Path file = Raddle.path(Tests.fresh(HARD + ", with a comma") + ".txt");
        Files.copy(Tests.text, file);
        try (Config config = Tests.small(1).set("data.path", List.of(file));
                Session session = Session.create(Tests.CONTEXT, config)) {
            equal(1L, session.train().stepsDone());
        }
    }
}
