// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Runs every test, which is a static method without parameters of a class below, and prints the
 * failures and one line with the counts. Arguments: the text to train on, an empty folder, and
 * names of tests to run alone.
 */
final class Tests {
    private static final List<Class<?>> CLASSES = List.of(RawTests.class, TextTests.class,
            ConfigTests.class, GraphTests.class, TrainTests.class, GenerateTests.class,
            StopTests.class, CallbackTests.class, LifetimeTests.class, FileTests.class,
            ProcessTests.class);
    static Path text;
    static Path folder;
    static final Context CONTEXT = Context.create();
    private static int counter;

    private Tests() {}

    public static void main(String[] arguments) throws Exception {
        text = Path.of(arguments[0]);
        folder = Path.of(arguments[1]);
        List<String> only = List.of(arguments).subList(2, arguments.length);
        int passed = 0;
        int failed = 0;
        for (Class<?> type : CLASSES) {
            Method[] tests = type.getDeclaredMethods();
            Arrays.sort(tests, Comparator.comparing(Method::getName));
            for (Method test : tests) {
                boolean isTest = !Modifier.isPrivate(test.getModifiers()) && !test.isSynthetic()
                        && test.getParameterCount() == 0;
                if (isTest && (only.isEmpty() || only.contains(test.getName()))) {
                    boolean good = passes(type, test);
                    passed += good ? 1 : 0;
                    failed += good ? 0 : 1;
                }
            }
        }
        System.out.println("java: " + passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }

    private static boolean passes(Class<?> type, Method test) throws IllegalAccessException {
        long start = System.nanoTime();
        try {
            test.setAccessible(true);
            test.invoke(null);
            long ms = (System.nanoTime() - start) / 1_000_000;
            System.out.printf("ok   %5d ms %s.%s%n", ms, type.getSimpleName(), test.getName());
            return true;
        } catch (InvocationTargetException e) {
            System.out.println("FAIL " + type.getSimpleName() + "." + test.getName());
            e.getCause().printStackTrace(System.out);
            return false;
        }
    }

    // ---- what tests say ----

    static void equal(Object expected, Object actual) {
        check(Objects.deepEquals(expected, actual), "expected " + shown(expected) + ", got "
                + shown(actual));
    }

    static void contains(String text, String... parts) {
        for (String part : parts) {
            check(text != null && text.contains(part), "expected \"" + part + "\" in: " + text);
        }
    }

    static void check(boolean good, String message) {
        if (!good) {
            throw new AssertionError(message);
        }
    }

    static <E extends Throwable> E fails(Class<E> type, Runnable body) {
        try {
            body.run();
        } catch (Throwable thrown) {
            if (type.isInstance(thrown)) {
                return type.cast(thrown);
            }
            throw new AssertionError("expected " + type.getSimpleName() + ", got " + thrown,
                    thrown);
        }
        throw new AssertionError("expected " + type.getSimpleName() + ", got no exception");
    }

    private static String shown(Object value) {
        return value instanceof int[] ints ? Arrays.toString(ints)
                : value instanceof float[] floats ? Arrays.toString(floats)
                : value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    }

    // ---- what tests start from ----

    /** A name in the folder that nothing has yet. */
    static synchronized Path fresh(String name) { return folder.resolve(name + "-" + counter++); }

    /** A model so small that a step takes a millisecond. */
    static Config small(int steps) {
        return Config.create().set("data.path", text).set("data.tokenizer", "bytes")
                .set("data.validation_fraction", 0).set("model.layers", 2).set("model.width", 64)
                .set("model.heads", 4).set("model.context", 64)
                .set("train.micro_batch_tokens", 256).set("train.steps", steps)
                .set("optimizer.learning_rate", 3e-3);
    }

    static Session session(int steps) {
        try (Config config = small(steps)) {
            return Session.create(CONTEXT, config);
        }
    }

    static Session session(int steps, SessionOptions options) {
        try (Config config = small(steps)) {
            return Session.create(CONTEXT, config, options);
        }
    }

    static SessionOptions in(Path runDirectory) {
        return SessionOptions.defaults().withRunDirectory(runDirectory);
    }

    /** Runs something on another thread, which the test waits for. */
    static Thread start(Runnable body) {
        Thread thread = new Thread(body, "test");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
