// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/** Measurements. */
public final class Bench {
    private Bench() {}

    /**
     * Measures what the machine can do: its peaks.
     *
     * @param threads 0: all cores
     * @param withMemory also its memory, which takes a second or two and 384 MiB
     */
    public static MachinePeaks machine(Context context, int threads, boolean withMemory) {
        return Work.run(stop -> Native.benchMachine(context.handle.pointer(), threads,
                withMemory ? 1 : 0), context);
    }

    /**
     * Times training steps of the config's model on random tokens: what they took.
     *
     * @param config the model
     * @param batch sequences in a micro-batch
     * @param sequence their length in tokens
     * @param warmup steps that are not measured; 0: 2
     * @param steps steps that are; 0: 10
     */
    public static StepBench step(Context context, Config config, long batch, long sequence,
            long warmup, long steps) {
        return Work.run(stop -> Native.benchStep(context.handle.pointer(),
                config.handle.pointer(), batch, sequence, warmup, steps, stop), context, config);
    }
}
