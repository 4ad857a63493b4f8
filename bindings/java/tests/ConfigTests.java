// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class ConfigTests {
    private ConfigTests() {}

    static void optionsComeAndGo() throws IOException {
        Path file = Tests.fresh("recipe.toml");
        Files.writeString(file, "[train]\nsteps = 7\n");
        try (Config config = Config.create().loadFile(file)
                .loadText("[model]\nlayers = 3\n", "here")) {
            equal("7", config.get("train.steps"));
            contains(config.origin("train.steps"), "recipe ", file + ":2");
            contains(config.origin("model.layers"), "here:2");
            config.set("train.steps", 8).setFrom("train.steps", "9", Origin.SET, null);
            equal("8", config.get("train.steps"));
            equal("call", config.origin("train.steps"));
            config.setFrom("model.width", "64", Origin.ENVIRONMENT, "FROM_A_TEST");
            contains(config.origin("model.width"), "FROM_A_TEST");
            config.set("data.path", List.of("a,b.txt", "c\"d.txt", "e\\f"));
            try (Config copy = Config.create().loadText(config.toToml(), "copy")) {
                equal(config.get("data.path"), copy.get("data.path"));
                equal(config.hash(), copy.hash());
                check(copy.set("train.seed", 99).hash() != config.hash(), "the same hash");
            }
            equal(config, config.loadEnvironment().validate().fillModel());
        }
    }

    static void threeErrorsWithCodeScopeAndMessage() {
        try (Config config = Tests.small(1)) {
            RaddleException first = fails(InvalidArgumentException.class,
                    () -> config.set("train.stepz", 1));
            equal(Code.INVALID_ARGUMENT, first.code());
            equal(Scope.CALL, first.scope());
            contains(first.getMessage(), "train.stepz", "train.steps");
            RaddleException second = fails(NotFoundException.class,
                    () -> config.loadFile(Path.of("/no/such/recipe.toml")));
            equal(Code.NOT_FOUND, second.code());
            equal(Scope.CALL, second.scope());
            contains(second.getMessage(), "/no/such/recipe.toml");
            try (Session session = Session.create(Tests.CONTEXT, config)) {
                RaddleException third = fails(FailedPreconditionException.class, session::save);
                equal(Code.FAILED_PRECONDITION, third.code());
                contains(third.getMessage(), "run directory");
            }
        }
    }

    static void threadsShareOne() throws InterruptedException {
        try (Config config = Config.create()) {
            Runnable changes = () -> {
                for (int i = 0; i < 2000; i++) {
                    config.set("train.steps", i + 1);
                    check(Integer.parseInt(config.get("train.steps")) > 0, "torn");
                }
            };
            Throwable[] thrown = new Throwable[1];
            Thread other = new Thread(changes);
            other.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
            other.start();
            changes.run();
            other.join();
            equal(null, thrown[0]);
        }
    }

    static void plansSayWhatTheyNeed() {
        try (Config config = Tests.small(1).set("model.vocab_size", 257);
                Plan plan = Plan.create(Tests.CONTEXT, config, null);
                Plan same = Plan.create(Tests.CONTEXT, config, null)) {
            MemoryTable memory = plan.memory();
            check(memory.totalBytes() > memory.parameterBytes() && memory.missingBytes() == 0,
                    "" + memory);
            contains(plan.explain(), "linear");
            contains(plan.toJson(), "\"flops_per_token\"");
            equal(plan.hash(), same.hash());
            check(plan.hash() != 0, "no hash");
        }
    }
}
