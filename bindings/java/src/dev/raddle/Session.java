// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A model's state and what was planned for it: training, evaluation, generation. It takes one call
 * at a time; in a listener of its own call its info and tensors may be looked at, it may be saved,
 * and it may generate. Every call that lasts ends early when its thread is interrupted (with an
 * {@link InterruptedCallException}) or as a {@link StopToken} says.
 */
public final class Session extends SessionCalls {
    Session(long pointer, NativeObject context) { super(pointer, Native::sessionDestroy, context); }

    /**
     * A session that trains the model of {@code model.*} on the data of {@code data.*}, and writes
     * no file.
     *
     * @param config copied
     */
    public static Session create(Context context, Config config) {
        return create(context, config, SessionOptions.defaults());
    }

    /** A copy of the config that it runs with. */
    public Config config() {
        return Work.run(() -> new Config(Native.sessionGetConfig(pointer), null), this);
    }

    /** Its tokenizer, which ends with the session; empty if it has none. */
    public Optional<Tokenizer> tokenizer() {
        long found = Work.run(() -> Native.sessionGetTokenizer(pointer), this);
        return found == 0 ? Optional.empty() : Optional.of(new Tokenizer(found, this));
    }

    // ---- train ----

    /** Trains up to {@code train.steps}, evaluating and saving as the config says. */
    public TrainResult train() { return train(event -> { }); }

    /**
     * Trains up to {@code train.steps}, evaluating and saving as the config says.
     *
     * @param listener receives what happens, on this thread; what it throws ends the training in
     *     good order and comes out of this method
     */
    public TrainResult train(Consumer<? super Event> listener) {
        return run((p, stop) -> Native.sessionTrain(p, stop, heard(listener)));
    }

    /**
     * Trains on batches of the caller's.
     *
     * @param source makes each batch, on this thread
     * @param listener as in {@link #train(Consumer)}
     */
    public TrainResult trainOn(BatchSource source, Consumer<? super Event> listener) {
        return run((p, stop) -> Native.sessionTrainOn(p, (step, microBatch) -> {
            try {
                return source.make(step, microBatch);
            } finally {
                Work.hearAgain();
            }
        }, stop, heard(listener)));
    }

    /**
     * Trains on batches of the caller's until there are no more.
     *
     * @param batches a micro-batch each
     * @param listener as in {@link #train(Consumer)}
     */
    public TrainResult trainOn(Iterator<Batch> batches, Consumer<? super Event> listener) {
        return trainOn((step, number) -> batches.hasNext() ? batches.next() : null, listener);
    }

    /** Begins to train, on a thread of the library's. What is returned is to be closed. */
    public Operation<TrainResult> startTraining() {
        return Operation.start(this, stop -> Native.sessionTrainStart(pointer, stop),
                Native::operationJoinTrained);
    }

    // ---- a graph of the caller's ----

    /**
     * One optimizer step.
     *
     * @param inputs one for each input of the graph, in any order
     */
    public Metrics stepInputs(Tensor... inputs) {
        return seeing(inputs, (p, views, stop) -> Native.sessionStepInputs(p, views, stop));
    }

    /**
     * The first half of a step: gradients, which are then there as tensors {@code gradient/NAME}.
     *
     * @param options how they are made
     * @param inputs one for each input of the graph, in any order
     */
    public Metrics backwardInputs(BackwardOptions options, Tensor... inputs) {
        return seeing(inputs,
                (p, views, stop) -> Native.sessionBackwardInputs(p, views, options, stop));
    }

    /**
     * Losses and outputs without gradients. Changes nothing.
     *
     * @param inputs one for each input of the graph, in any order
     */
    public Metrics forwardInputs(Tensor... inputs) {
        return seeing(inputs, (p, views, stop) -> Native.sessionForwardInputs(p, views, stop));
    }

    /**
     * A copy of an F32 output, as the graph last ran.
     *
     * @param name of the tensor
     * @param dims its sizes
     */
    public Tensor readOutput(String name, long... dims) {
        int bytes = Math.toIntExact(LongStream.of(dims).reduce(4, Math::multiplyExact));
        ByteBuffer data = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        return Work.run(() -> {
            Native.sessionReadOutput(pointer, name, data);
            return new Tensor(name, Dtype.F32, dims, data);
        }, this);
    }

    // ---- look and generate ----

    /**
     * The logits of every position of a sequence: (tokens, vocabulary), row by row.
     *
     * @param tokens from 1 to the context's length
     */
    public float[] logits(int... tokens) {
        return run((p, stop) -> {
            var info = Native.sessionGetInfo(p);
            // More tokens are refused, and no memory is taken for them.
            long rows = Math.min(tokens.length, info.contextTokens());
            float[] out = new float[Math.toIntExact(Math.multiplyExact(info.vocabSize(), rows))];
            Native.sessionLogits(p, tokens, stop, out);
            return out;
        });
    }

    /**
     * Continues a sequence of tokens.
     *
     * @param prompt at least one token
     * @param options how
     * @param listener receives each token, on this thread
     */
    public GenerateResult generate(int[] prompt, GenerateOptions options, TokenListener listener) {
        return run((p, stop) -> Native.sessionGenerate(p, prompt, options, stop, (token, text) -> {
            try {
                listener.onToken(token, Text.string(text));
                return 0;
            } finally {
                Work.hearAgain();
            }
        }));
    }

    /**
     * What comes after a text.
     *
     * @param prompt how it begins
     * @param options how to go on
     */
    public String generate(String prompt, GenerateOptions options) {
        StringBuilder text = new StringBuilder();
        generate(prompt(prompt), options, (token, more) -> text.append(more));
        return text.toString();
    }

    /**
     * Begins to continue a text, as a stream of tokens from a thread of the library's.
     *
     * @param prompt how it begins
     * @param options how to go on
     */
    public Operation<GenerateResult> startGenerating(String prompt, GenerateOptions options) {
        return startGenerating(prompt(prompt), options);
    }

    /**
     * Begins to continue a sequence of tokens, on a thread of the library's.
     *
     * @param prompt at least one token
     * @param options how to go on
     */
    public Operation<GenerateResult> startGenerating(int[] prompt, GenerateOptions options) {
        return Operation.start(this,
                stop -> Native.sessionGenerateStart(pointer, prompt, options, stop),
                Native::operationJoinGenerated);
    }

    private int[] prompt(String text) {
        return tokenizer().orElseThrow(() -> new IllegalStateException(
                "the session has no tokenizer, so give it tokens")).encodePrompt(text);
    }

    // ---- tensors ----

    /**
     * The tensors of its state: parameters, and of a session that trains also
     * {@code gradient/NAME}, {@code m/NAME} and {@code v/NAME}.
     */
    public List<String> tensorNames() {
        return LongStream.range(0, tensorCount()).mapToObj(this::tensorName).toList();
    }

    /**
     * What tensor {@code index} is, in the order of {@link #tensorNames}.
     *
     * @throws OutOfRangeException there is no such tensor
     */
    public TensorInfo tensorInfo(long index) {
        return Work.run(() -> TensorInfo.of(Native.sessionGetTensorInfo(pointer, index)), this);
    }

    /**
     * A tensor's memory itself: no copy. What is written there counts from the next call on; it is
     * not to be used while a call runs. It may be used after the session is closed, for the memory
     * lives as long as any buffer on it.
     *
     * @param name as {@link #tensorNames} gives it
     */
    public Tensor tensor(String name) {
        return Work.run(() -> Memory.tensor(name, Native.sessionExportDlpack(pointer, name)), this);
    }

    /**
     * Copies a tensor out.
     *
     * @param name as {@link #tensorNames} gives it
     * @param values room for all its elements, and no more
     */
    public void readTensor(String name, float[] values) {
        Work.run(() -> {
            Native.sessionReadTensor(pointer, name, values);
            return null;
        }, this);
    }

    /** Saves the whole state among the run directory's checkpoints, and says where. */
    public Path save() { return save(null); }

    // ---- how they call ----

    private interface Call<T> { T call(long pointer, long stop); }

    private interface InputCall { Metrics call(long pointer, RawTensorView[] views, long stop); }

    private <T> T run(Call<T> call) { return Work.run(stop -> call.call(pointer, stop), this); }

    private Metrics seeing(Tensor[] inputs, InputCall call) {
        try {
            RawTensorView[] views = Stream.of(inputs).map(Tensor::raw)
                    .toArray(RawTensorView[]::new);
            return run((p, stop) -> call.call(p, views, stop));
        } finally {
            Reference.reachabilityFence(inputs);
        }
    }

    private static Callbacks.Event heard(Consumer<? super Event> listener) {
        return raw -> {
            try {
                Event event = Operation.event(raw);
                if (event != null) {
                    listener.accept(event);
                }
                return 0;
            } finally {
                Work.hearAgain();
            }
        };
    }
}
