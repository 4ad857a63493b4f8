// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

final class TrainTests {
    private TrainTests() {}

    static Batch batch(int length, int shift) {
        return Batch.of(IntStream.range(0, length).map(i -> "the cat sat ".charAt((i + shift) % 12))
                .toArray());
    }

    static void eventsComeToTheListener() {
        List<Event> events = new ArrayList<>();
        Thread thread = Thread.currentThread();
        try (Config config = Tests.small(6).set("data.validation_fraction", 0.2)
                .set("train.eval_interval", 3).set("model.context", 16);
                Session session = Session.create(Tests.CONTEXT, config,
                        Tests.in(Tests.fresh("events")))) {
            TrainResult result = session.train(event -> {
                check(Thread.currentThread() == thread, "on another thread");
                events.add(event);
            });
            equal(6L, result.stepsDone());
            equal(false, result.stopped());
            equal(true, result.saved());
            equal(6L, session.info().stepsDone());
        }
        List<Event.Step> steps = only(Event.Step.class, events);
        equal(List.of(1L, 2L, 3L, 4L, 5L, 6L), steps.stream().map(Event.Step::step).toList());
        check(steps.stream().allMatch(s -> s.metrics().loss() > 1 && s.stepsTotal() == 6
                && s.metrics().step() == s.step()), "" + steps);
        check(only(Event.Evaluated.class, events).stream()
                .anyMatch(e -> e.step() == 3 && e.evaluation().perplexity() > 1), "" + events);
        check(only(Event.Saved.class, events).get(0).path().isAbsolute(), "" + events);
    }

    private static <E extends Event> List<E> only(Class<E> kind, List<Event> events) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    static void eventsCanBeTaken() {
        double last = 0;
        try (Session session = Tests.session(1_000_000);
                Operation<TrainResult> training = session.startTraining()) {
            equal(1L, training.iterator().next().step());
            contains(fails(FailedPreconditionException.class, session::stepOnData).getMessage(),
                    "session");
        }
        try (Session session = Tests.session(5);
                Operation<TrainResult> training = session.startTraining()) {
            Optional<Event> first = training.poll(Duration.ofSeconds(60));
            equal(1L, first.orElseThrow().step());
            for (Event event : training) {
                if (event instanceof Event.Step step) {
                    last = step.metrics().loss();
                }
            }
            equal(true, training.isEnded());
            equal(Optional.empty(), training.poll(Duration.ZERO));
            equal(5L, training.join().stepsDone());
            equal(training.join(), training.join());
        }
        try (Session session = Tests.session(5);
                Operation<TrainResult> training = session.startTraining()) {
            List<Event> events = training.stream().toList();
            equal(last, ((Event.Step) events.get(4)).metrics().loss());
        }
    }

    static void stepsOnOwnBatches() {
        try (Config config = Tests.small(100).set("train.micro_batches", 2);
                Session session = Session.create(Tests.CONTEXT, config)) {
            Metrics first = session.step(batch(64, 0), batch(64, 5));
            equal(1L, first.step());
            equal(128L, first.stepTokens());
            int[] tokens = batch(64, 3).tokens();
            int[] targets = batch(64, 4).tokens();
            int[] positions = IntStream.range(0, 64).map(i -> i % 32).toArray();
            float[] weights = new float[64];
            weights[7] = 2;
            Metrics second = session.step(Batch.of(tokens).withTargets(targets)
                    .withWeights(weights).withPositions(positions)
                    .withCuSeqlens(new int[] {0, 32, 64}));
            equal(2L, second.step());
            double before = session.evaluateBatches(batch(64, 1)).loss();
            for (int i = 0; i < 40; i++) {
                session.step(batch(64, i));
            }
            Evaluation after = session.evaluateBatches(batch(64, 1));
            check(after.loss() < before && after.tokens() == 63, before + " to " + after);
            Metrics half = session.backward(BackwardOptions.defaults(), batch(64, 0));
            session.backward(BackwardOptions.defaults().withAccumulate(true), batch(64, 2));
            equal(43L, session.apply(ApplyOptions.defaults()).step());
            check(half.loss() > 0 && half.step() == 42, "" + half);
            contains(fails(InvalidArgumentException.class,
                    () -> session.step(Batch.of(new int[] {1, 999}))).getMessage(), "999");
        }
    }

    static void trainsOnOwnBatches() {
        try (Session session = Tests.session(30)) {
            List<Long> asked = new ArrayList<>();
            TrainResult result = session.trainOn((step, number) -> {
                asked.add(step);
                return step < 20 ? batch(64, (int) step) : null;
            }, event -> { });
            equal(20L, result.stepsDone());
            equal(true, result.stopped());
            equal(21, asked.size());
            Iterator<Batch> rest = Stream.iterate(0, i -> i + 1).map(i -> batch(64, i)).iterator();
            equal(30L, session.trainOn(rest, event -> { }).stepsDone());
        }
    }

    static void stepsOnDataAndLooksAtItself() {
        try (Session session = Tests.session(10)) {
            Metrics first = session.stepOnData();
            equal(1L, first.step());
            check(first.gradNorm() > 0 && first.learningRate() > 0 && !first.skipped(), "" + first);
            SessionInfo info = session.info();
            equal(257L, info.vocabSize());
            equal(64L, info.contextTokens());
            equal(10L, info.stepsTotal());
            try (Config config = session.config()) {
                equal("64", config.get("model.width"));
            }
            contains(fails(FailedPreconditionException.class, () -> session.evaluate())
                    .getMessage(), "validation");
        }
    }

    static void tensorsByCopyAndAsTheyAre() {
        try (Session session = Tests.session(10)) {
            List<String> names = session.tensorNames();
            String name = names.get(0);
            check(names.contains("gradient/" + name) && names.contains("m/" + name), "" + names);
            Tensor view = session.tensor(name);
            float[] copy = new float[view.floats().remaining()];
            session.readTensor(name, copy);
            view.floats().get(0);
            equal(copy[5], view.floats().get(5));
            view.floats().put(5, 42);
            session.readTensor(name, copy);
            equal(42f, copy[5]);
            copy[6] = 43;
            session.writeTensor(name, copy);
            equal(43f, view.floats().get(6));
            equal(Dtype.F32, view.type());
            equal((long) copy.length, view.dims()[0] * view.dims()[1]);
            contains(fails(NotFoundException.class, () -> session.tensor(name + "x")).getMessage(),
                    name);
            contains(fails(InvalidArgumentException.class,
                    () -> session.readTensor(name, new float[3])).getMessage(), "" + copy.length);
        }
    }

    /** An array of 100 MB is copied once, and what it says is refused as that of a small one is. */
    static void aBatchOf100MegabytesIsRefused() {
        try (Session session = Tests.session(10)) {
            Batch huge = Batch.of(new int[25 << 20]);
            contains(fails(InvalidArgumentException.class, () -> session.step(huge)).getMessage(),
                    "26214400", "256");
            contains(fails(InvalidArgumentException.class,
                    () -> session.trainOn((s, m) -> huge, e -> { })).getMessage(), "26214400");
            equal(1L, session.step(batch(64, 0)).step());
        }
    }
}
