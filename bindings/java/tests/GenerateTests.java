// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a trained model does, and tokenizers. */
final class GenerateTests {
    private static final GenerateOptions TEN =
            GenerateOptions.defaults().withMaxTokens(10).withSeed(3).withIgnoreEnd(true);

    private GenerateTests() {}

    static void theSameTextInThreeWays() {
        try (Session session = Tests.session(20)) {
            session.train();
            Tokenizer tokenizer = session.tokenizer().orElseThrow();
            StringBuilder heard = new StringBuilder();
            int[] count = new int[1];
            GenerateResult result = session.generate(tokenizer.encodePrompt("Licen"), TEN,
                    (token, text) -> {
                        heard.append(text);
                        count[0]++;
                    });
            equal(10L, result.tokenCount());
            equal(10, count[0]);
            equal(heard.toString(), session.generate("Licen", TEN));
            try (Operation<GenerateResult> stream = session.startGenerating("Licen", TEN)) {
                equal(heard.toString(), stream.stream().map(e -> ((Event.Token) e).text())
                        .collect(Collectors.joining()));
                equal(10L, stream.join().tokenCount());
                fails(FailedPreconditionException.class,
                        () -> Native.operationJoinTrained(stream.pointer));
            }
            equal(session.generate("Licen", TEN.withGreedy(true)),
                    session.generate("Licen", TEN.withTemperature(0)));
            contains(fails(InvalidArgumentException.class,
                    () -> session.startGenerating(new int[0], TEN)).getMessage(), "prompt");
        }
    }

    static void withoutATokenizerThereAreTokensAlone() {
        try (Config config = Tests.small(1).set("data.path", "").set("data.tokenizer", "auto")
                .set("model.vocab_size", 50);
                Session session = Session.create(Tests.CONTEXT, config)) {
            equal(Optional.empty(), session.tokenizer());
            fails(IllegalStateException.class, () -> session.generate("a", TEN));
            int[] count = new int[1];
            session.generate(new int[] {1}, TEN, (token, text) -> count[0] += 1 + text.length());
            equal(10, count[0]);
            try (Operation<GenerateResult> stream = session.startGenerating(new int[] {1}, TEN)) {
                equal("", stream.stream().map(e -> ((Event.Token) e).text())
                        .collect(Collectors.joining()));
            }
        }
    }

    static void logitsOfEveryPosition() {
        try (Session session = Tests.session(1)) {
            float[] logits = session.logits(65, 66, 67);
            equal(3 * 257, logits.length);
            float[] shorter = session.logits(65, 66);
            check(Math.abs(shorter[300] - logits[300]) < 1e-3, "they differ");
            Path file = Tests.fresh("logits.safetensors");
            session.writeLogits(file, 65, 66, 67);
            check(Files.exists(file), "no file");
            fails(AlreadyExistsException.class, () -> session.writeLogits(file, 65));
            fails(InvalidArgumentException.class, () -> session.logits(300));
        }
    }

    static void tokenizersAreTrainedSavedAndOpened() throws IOException {
        Path corpus = Tests.fresh("corpus.txt");
        Files.writeString(corpus, "the cat sat on the mat; ".repeat(200));
        Path saved = Path.of(Tests.fresh("tokenizer") + ".json");
        try (Config config = Tests.small(1).set("data.path", corpus).set("data.vocab_size", 270)) {
            try (Tokenizer tokenizer = Tokenizer.train(Tests.CONTEXT, config)) {
                tokenizer.save(saved);
                fails(AlreadyExistsException.class, () -> tokenizer.save(saved));
                try (Tokenizer again = Tokenizer.open(Tests.CONTEXT, saved)) {
                    equal(tokenizer.vocabSize(), again.vocabSize());
                    int[] tokens = again.encode("the cat sat");
                    check(tokens.length < 8, "nothing merged");
                    equal("the cat sat", again.decode(tokens));
                }
            }
        }
        try (Tokenizer bytes = Tokenizer.open(Tests.CONTEXT, Path.of("bytes"))) {
            equal(257L, bytes.vocabSize());
            equal(256, bytes.endToken());
            equal(new int[0], bytes.encode(""));
            fails(InvalidArgumentException.class, () -> bytes.encodePrompt(""));
            fails(InvalidArgumentException.class, () -> bytes.decode(1000));
        }
    }

    static void dataIsTokenizedAndInspected() {
        Path file = Tests.fresh("text.tok");
        try (Config config = Tests.small(1)) {
            TokenizeResult result = Data.tokenize(Tests.CONTEXT, config, file);
            equal(1L, result.documents());
            equal(result.bytes() + 1, result.tokens());
            contains(Data.inspect(Tests.CONTEXT, config, file), "\"tokens\"");
            fails(AlreadyExistsException.class, () -> Data.tokenize(Tests.CONTEXT, config, file));
            fails(NotFoundException.class,
                    () -> Data.inspect(Tests.CONTEXT, config, Path.of("nowhere")));
        }
    }
}
