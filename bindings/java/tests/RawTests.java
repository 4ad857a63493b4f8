// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;

/** The generated layer: every native is there, and none falls over NULLs. */
final class RawTests {
    private RawTests() {}

    static void everyNativeTakesNulls() throws Exception {
        Set<String> refused = new TreeSet<>();
        int natives = 0;
        for (Method method : Native.class.getDeclaredMethods()) {
            if (!Modifier.isNative(method.getModifiers())) {
                continue;
            }
            natives++;
            Class<?>[] types = method.getParameterTypes();
            Object[] arguments = new Object[types.length];
            for (int i = 0; i < types.length; i++) {
                arguments[i] = types[i] == long.class ? 0L : types[i] == int.class ? (Object) 0
                        : types[i] == double.class ? (Object) 0.0 : null;
            }
            try {
                method.invoke(null, arguments);
            } catch (InvocationTargetException e) {
                check(e.getCause() instanceof InvalidArgumentException,
                        method.getName() + ": " + e.getCause());
                refused.add(method.getName());
            }
        }
        check(natives > 90, "only " + natives + " natives");
        check(refused.contains("sessionTrain") && refused.contains("configSet"), "" + refused);
        check(!refused.contains("stopCancel") && !refused.contains("version"), "" + refused);
    }

    static void everyCodeHasItsException() throws Exception {
        for (Code code : Code.values()) {
            if (code == Code.OK || code == Code.UNRECOGNIZED) {
                continue;
            }
            equal(code.name(), Native.codeName(code.value()));
            StringBuilder name = new StringBuilder("dev.raddle.");
            for (String word : code.name().split("_")) {
                name.append(word.charAt(0)).append(word.substring(1).toLowerCase());
            }
            RaddleException made = (RaddleException) Class.forName(name + "Exception")
                    .getDeclaredConstructor(int.class, String.class).newInstance(4, "why");
            equal(code, made.code());
            equal(Scope.JOB, made.scope());
        }
        equal("job", Native.scopeName(Scope.JOB.value()));
        equal(Code.UNRECOGNIZED, Code.of(4711));
        equal("UNKNOWN", Native.codeName(4711));
    }

    static void enumsHaveTheNumbersOfTheHeader() {
        equal(13, Code.IO.value());
        equal(6, Dtype.U8.value());
        equal(4, Origin.CALL.value());
        equal(6, EventKind.END.value());
        equal(5, LogLevel.OFF.value());
        equal(2, StopGrade.CANCELLED.value());
    }

    static void aLibraryOfAnotherVersionIsRefused() {
        int[] made = {0, 3, 2};
        NativeLibrary.checkVersion(3 << 16 | 2, made);
        NativeLibrary.checkVersion(3 << 16 | 9, made);
        NativeLibrary.checkVersion(2 << 24 | 5 << 16, new int[] {2, 4, 7});
        for (int library : new int[] {3 << 16 | 1, 2 << 16 | 9, 4 << 16, 1 << 24 | 3 << 16 | 2}) {
            UnsatisfiedLinkError error = fails(UnsatisfiedLinkError.class,
                    () -> NativeLibrary.checkVersion(library, made));
            contains(error.getMessage(), "libraddle is version ", "needs 0.3.2 or later of 0.3.x",
                    "take both from one release");
        }
        fails(UnsatisfiedLinkError.class,
                () -> NativeLibrary.checkVersion(3 << 24, new int[] {2, 4, 7}));
        equal(Native.MAJOR + "." + Native.MINOR,
                Raddle.version().substring(0, Raddle.version().lastIndexOf('.')));
    }

    static void theLibraryDescribesItself() {
        contains(Raddle.buildInfo(), "version: " + Raddle.version());
        contains(Tests.CONTEXT.describe(), "{", "\"cores\"");
        check(Raddle.options().stream().anyMatch(o -> o.key().equals("train.steps")
                && o.environment().equals("RADDLE_TRAIN_STEPS") && o.type().equals("integer")),
                "no option train.steps");
        check(Raddle.ops().stream().anyMatch(o -> o.name().equals("embedding")
                && o.outputCount() == 1), "no op embedding");
    }

    static void arraysThatDoNotFitAreRefused() {
        try (Session session = Tests.session(1)) {
            Batch batch = Batch.of(new int[] {1, 2, 3}).withWeights(new float[2]);
            contains(fails(IllegalArgumentException.class, () -> session.step(batch)).getMessage(),
                    "weights has 2 elements", "3");
            contains(fails(IllegalArgumentException.class, () -> session.step(
                    Batch.of(new int[] {1, 2}).withCuSeqlens(new int[0]))).getMessage(),
                    "cuSeqlens");
            fails(NullPointerException.class, () -> session.step(new Batch[1]));
        }
    }

    static void measurementsAreTaken() {
        MachinePeaks peaks = Bench.machine(Tests.CONTEXT, 1, 0);
        equal(1, peaks.threads());
        check(peaks.fmaGflops() > 0.1 && peaks.triadGbPerSecond() == 0, "" + peaks);
        try (Config config = Tests.small(1).set("model.vocab_size", 64)) {
            StepBench bench = Bench.step(Tests.CONTEXT, config, 2, 32, 1, 3);
            equal(3L, bench.steps());
            equal(64L, bench.tokensPerStep());
            check(bench.stepMsMin() > 0 && bench.stepMsMin() <= bench.stepMsMax(), "" + bench);
        }
    }
}
