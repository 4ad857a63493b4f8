// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/**
 * Where a session reads from and writes to.
 *
 * @param runDirectory gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at
 *     a time: the lock ends with the session or its process; null: the session writes no file
 * @param resume "auto": from the run directory's newest good checkpoint, afresh if no run is there
 *     or it never saved; else a checkpoint or run directory, which must be good; null: start afresh
 * @param tracePath where raddle_session_train() writes a Chrome trace. An earlier trace of Raddle's
 *     is replaced, nothing else is; null: none
 */
public record SessionOptions(Path runDirectory, Path resume, Path tracePath) {
    /**
     * Everything at its default.
     *
     * @return the SessionOptions
     */
    public static SessionOptions defaults() {
        return new SessionOptions(null, null, null);
    }

    /**
     * A copy with another {@code runDirectory}.
     *
     * @param runDirectory gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One
     *     session at a time: the lock ends with the session or its process; null: the session
     *     writes no file
     * @return the copy
     */
    public SessionOptions withRunDirectory(Path runDirectory) {
        return new SessionOptions(runDirectory, resume, tracePath);
    }

    /**
     * A copy with another {@code resume}.
     *
     * @param resume "auto": from the run directory's newest good checkpoint, afresh if no run is
     *     there or it never saved; else a checkpoint or run directory, which must be good; null:
     *     start afresh
     * @return the copy
     */
    public SessionOptions withResume(Path resume) {
        return new SessionOptions(runDirectory, resume, tracePath);
    }

    /**
     * A copy with another {@code tracePath}.
     *
     * @param tracePath where raddle_session_train() writes a Chrome trace. An earlier trace of
     *     Raddle's is replaced, nothing else is; null: none
     * @return the copy
     */
    public SessionOptions withTracePath(Path tracePath) {
        return new SessionOptions(runDirectory, resume, tracePath);
    }
}
