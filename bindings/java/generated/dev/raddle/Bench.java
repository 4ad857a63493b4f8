// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** The machine's peaks, a step's time. */
public final class Bench {
    private Bench() {
    }

    /**
     * Measures the machine's peaks.
     *
     * @param threads 0: all cores
     * @param withMemory 0: arithmetic only, in a tenth of a second; else memory too, in a second or
     *     two and 384 MiB
     * @return the peaks
     * @throws ResourceExhaustedException memory or disk is short; the message says by how much
     * @throws InvalidArgumentException threads is not from 0 to 1024
     */
    public static MachinePeaks machine(Context context, int threads, int withMemory) {
        return Work.run(() -> Native.benchMachine(context.pointer, threads, withMemory), context);
    }

    /**
     * Times training steps (forward, backward, clipping, AdamW) of the config's model on random
     * tokens.
     *
     * @param batch sequences per micro-batch
     * @param sequence their length
     * @param warmup steps that are not measured; 0: 2
     * @param steps steps that are measured; 0: 10
     * @return the bench
     * @throws InvalidArgumentException the config does not validate, or lacks a key that must be
     *     given
     * @throws NotFoundException data, tokenizer, weights or checkpoint are not there
     * @throws AlreadyExistsException the run directory holds a run, and {@code resume} is null; or
     *     it holds files that no run wrote, under names that a run would write over
     * @throws FailedPreconditionException the checkpoint is of another model or other data; says
     *     which
     * @throws DataLossException the checkpoint is damaged; names file and tensor. With "auto": so
     *     is every one of the run, or they are gone
     * @throws IoException with "auto": no checkpoint of the run can be read now
     * @throws ResourceExhaustedException the plan does not fit; says by how many bytes
     * @throws UnavailableException a library or kernel that the config demands is missing, or
     *     another session writes to the run directory; says which
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static StepBench step(
            Context context, Config config, long batch, long sequence, long warmup, long steps) {
        return Work.run(stop -> Native.benchStep(context.pointer, config.pointer, batch, sequence,
                warmup, steps, stop), context, config);
    }
}
