// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;

/** What happens in a training loop or a generation. New kinds may appear. */
public sealed interface Event {
    /** When it happened: steps done, or tokens generated. */
    long step();

    /**
     * A step was done.
     *
     * @param step steps done
     * @param stepsTotal {@code train.steps}
     * @param metrics what it did
     */
    record Step(long step, long stepsTotal, Metrics metrics) implements Event {}

    /**
     * The model was evaluated.
     *
     * @param step steps done
     * @param stepsTotal {@code train.steps}
     * @param evaluation what was found
     */
    record Evaluated(long step, long stepsTotal, Evaluation evaluation) implements Event {}

    /**
     * A checkpoint is complete on disk.
     *
     * @param step steps done
     * @param stepsTotal {@code train.steps}
     * @param path where it is
     */
    record Saved(long step, long stepsTotal, Path path) implements Event {}

    /**
     * Something failed that need not end the run.
     *
     * @param step steps done
     * @param stepsTotal {@code train.steps}
     * @param message what, and why
     */
    record Warned(long step, long stepsTotal, String message) implements Event {}

    /**
     * A token was generated.
     *
     * @param step how many there are with it
     * @param token the token
     * @param text what it adds to the text: whole characters, and so maybe none
     */
    record Token(long step, int token, String text) implements Event {}
}
