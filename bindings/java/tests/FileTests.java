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

/** Runs and checkpoints on disk. */
final class FileTests {
    private FileTests() {}

    static void aRunIsStoppedAndResumed() {
        double[] whole = new double[1];
        try (Session session = Tests.session(8)) {
            session.train(e -> whole[0] = ((Event.Step) e).metrics().loss());
        }
        Path run = Tests.fresh("resumed");
        StopToken stop = new StopToken();
        try (Session session = Tests.session(8, Tests.in(run))) {
            stop.run(() -> session.train(event -> {
                if (event.step() == 4) {
                    stop.request();
                }
            }));
        }
        fails(AlreadyExistsException.class, () -> Tests.session(8, Tests.in(run)));
        double[] last = new double[1];
        try (Session session = Tests.session(8, Tests.in(run).withResume(Path.of("auto")))) {
            equal(4L, session.info().stepsDone());
            session.train(event -> {
                if (event instanceof Event.Step step) {
                    last[0] = step.metrics().loss();
                }
            });
        }
        equal(whole[0], last[0]);
        List<CheckpointInfo> found = Checkpoint.list(Tests.CONTEXT, run);
        equal(8L, found.get(found.size() - 1).step());
        check(found.stream().allMatch(c -> c.good() && c.inForce() && !c.halfWritten()
                && c.bytes() > 0 && c.problem().isEmpty()), "" + found);
        contains(Checkpoint.verify(Tests.CONTEXT, run), "\"step\"");
    }

    static void stateIsSavedAndRestored() {
        try (Session session = Tests.session(10)) {
            session.stepOnData();
            Path saved = session.save(Tests.fresh("saved"));
            double next = session.stepOnData().loss();
            session.restore(saved);
            equal(1L, session.info().stepsDone());
            equal(next, session.stepOnData().loss());
            fails(AlreadyExistsException.class, () -> session.save(saved));
            contains(fails(NotFoundException.class, () -> session.restore(Path.of("nowhere")))
                    .getMessage(), "nowhere");
        }
    }

    static void modelsAreExportedAndOpened() throws IOException {
        Path run = Tests.fresh("exported");
        Path hf = Tests.fresh("hf");
        try (Config config = Tests.small(3).set("model.family", "llama");
                Session session = Session.create(Tests.CONTEXT, config, Tests.in(run))) {
            session.train();
            equal(run.resolve("checkpoints"), session.save().getParent());
        }
        Checkpoint.export(Tests.CONTEXT, run, "hf", hf);
        check(Files.exists(hf.resolve("model.safetensors")), "no model.safetensors");
        contains(fails(InvalidArgumentException.class, () -> Checkpoint.export(Tests.CONTEXT, run,
                "ggml", Tests.fresh("no"))).getMessage(), "ggml");
        try (Config config = Config.create().set("runtime.threads", 1);
                Session first = Session.open(Tests.CONTEXT, run, config);
                Session second = Session.open(Tests.CONTEXT, hf, null)) {
            equal(1, first.info().threads());
            equal(first.logits(65, 66), second.logits(65, 66));
            fails(FailedPreconditionException.class, first::train);
        }
    }

    static void aDamagedCheckpointIsFound() throws IOException {
        Path saved;
        try (Session session = Tests.session(3)) {
            saved = session.save(Tests.fresh("damaged"));
        }
        Path shard;
        try (var files = Files.list(saved)) {
            shard = files.filter(f -> f.toString().endsWith(".safetensors")).findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 1] ^= 1;
        Files.write(shard, bytes);
        DataLossException thrown = fails(DataLossException.class,
                () -> Checkpoint.verify(Tests.CONTEXT, saved));
        equal(Code.DATA_LOSS, thrown.code());
        contains(thrown.getMessage(), shard.getFileName().toString());
    }
}
