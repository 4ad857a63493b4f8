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
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A model's state and what was planned for it: training, evaluation, generation. It takes one call
 * at a time; in a listener of its own call its info and tensors may be looked at, it may be saved,
 * and it may generate. Every call that lasts ends early when its thread is interrupted (with an
 * {@link InterruptedCallException}) or as a {@link StopToken} says.
 */
public final class Session extends NativeObject {
    private Session(long pointer, Context context) {
        super("session", pointer, Native::sessionDestroy, context);
    }

    /**
     * A session that trains the model of {@code model.*} on the data of {@code data.*}, and writes
     * no file.
     *
     * @param config copied
     */
    public static Session create(Context context, Config config) {
        return create(context, config, SessionOptions.defaults());
    }

    /**
     * A session that trains the model of {@code model.*} on the data of {@code data.*}.
     *
     * @param config copied
     * @param options its run directory, and where to resume
     */
    public static Session create(Context context, Config config, SessionOptions options) {
        return Work.run(stop -> new Session(Native.sessionCreate(context.handle.pointer(),
                config.handle.pointer(), options, stop), context), context, config);
    }

    /**
     * A session that trains a model of the caller's own, on inputs that the caller brings.
     *
     * @param config copied
     * @param graph finished; copied
     * @param options its run directory, and where to resume
     */
    public static Session create(Context context, Config config, Graph graph,
            SessionOptions options) {
        return Work.run(stop -> new Session(Native.sessionCreateFromGraph(context.handle.pointer(),
                config.handle.pointer(), graph.handle.pointer(), options, stop), context),
                context, config, graph);
    }

    /**
     * A session over a trained model, to evaluate and generate.
     *
     * @param path a run directory, a checkpoint, or a Hugging Face directory
     * @param config what overrides the run's own; null: nothing
     */
    public static Session open(Context context, Path path, Config config) {
        return Work.run(stop -> new Session(Native.sessionOpen(context.handle.pointer(), path,
                config == null ? 0 : config.handle.pointer(), stop), context), context, config);
    }

    /** What it trains and how far it is: sizes and counts. */
    public SessionInfo info() { return with(Native::sessionGetInfo); }

    /** The config that it runs with: a copy. */
    public Config config() { return with(p -> new Config(Native.sessionGetConfig(p))); }

    /** Its tokenizer, which ends with the session: empty if it has none. */
    public Optional<Tokenizer> tokenizer() {
        long pointer = with(Native::sessionGetTokenizer);
        return pointer == 0 ? Optional.empty() : Optional.of(new Tokenizer(pointer, this));
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

    /** Begins to train, on a thread of the library's: what runs, to be closed. */
    public Operation<TrainResult> startTraining() {
        return with(p -> Operation.start(this, stop -> Native.sessionTrainStart(p, stop),
                Native::operationJoinTrained));
    }

    /** One optimizer step on the next data. */
    public Metrics stepOnData() { return run(Native::sessionStepOnData); }

    /**
     * One optimizer step on the caller's micro-batches.
     *
     * @param batches from 1 to {@code train.micro_batches}
     */
    public Metrics step(Batch... batches) {
        return run((p, stop) -> Native.sessionStep(p, batches, stop));
    }

    /**
     * One optimizer step of the caller's graph.
     *
     * @param inputs one for each input of the graph
     */
    public Metrics stepInputs(Tensor... inputs) {
        return seeing(inputs, (p, views, stop) -> Native.sessionStepInputs(p, views, stop));
    }

    /**
     * The first half of a step: gradients, which are then there as tensors {@code gradient/NAME}:
     * the loss.
     *
     * @param options how they are made
     * @param batches from 1 to {@code train.micro_batches}
     */
    public Metrics backward(BackwardOptions options, Batch... batches) {
        return run((p, stop) -> Native.sessionBackward(p, batches, options, stop));
    }

    /**
     * The same for the caller's graph: the loss.
     *
     * @param options how they are made
     * @param inputs one for each input of the graph
     */
    public Metrics backwardInputs(BackwardOptions options, Tensor... inputs) {
        return seeing(inputs,
                (p, views, stop) -> Native.sessionBackwardInputs(p, views, options, stop));
    }

    /**
     * The second half of a step: the optimizer, on the gradients that are there: what the whole
     * step did.
     *
     * @param options its learning rate
     */
    public Metrics apply(ApplyOptions options) {
        return run((p, stop) -> Native.sessionApply(p, options));
    }

    /**
     * Runs the caller's graph without its gradients. Changes nothing. Returns its losses.
     *
     * @param inputs one for each input of the graph
     */
    public Metrics forwardInputs(Tensor... inputs) {
        return seeing(inputs, (p, views, stop) -> Native.sessionForwardInputs(p, views, stop));
    }

    /**
     * An F32 output of the caller's graph, as it last ran: a copy.
     *
     * @param name of the tensor
     * @param dims its sizes
     */
    public Tensor readOutput(String name, long... dims) {
        int bytes = Math.toIntExact(LongStream.of(dims).reduce(4, Math::multiplyExact));
        ByteBuffer data = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        return with(p -> {
            Native.sessionReadOutput(p, name, data);
            return new Tensor(name, Dtype.F32, dims, data);
        });
    }

    // ---- evaluate and generate ----

    /** Evaluates on the validation data. Changes nothing. Returns the mean over its tokens. */
    public Evaluation evaluate() { return run(Native::sessionEvaluate); }

    /**
     * Evaluates on batches of the caller's, as one: the mean over their tokens.
     *
     * @param batches 1 or more
     */
    public Evaluation evaluate(Batch... batches) {
        return run((p, stop) -> Native.sessionEvaluateBatches(p, batches, stop));
    }

    /**
     * The logits of every position of a sequence: (tokens, vocabulary), row by row.
     *
     * @param tokens from 1 to the context's length
     */
    public float[] logits(int... tokens) {
        return run((p, stop) -> {
            long vocabulary = Native.sessionGetInfo(p).vocabSize();
            float[] out = new float[Math.toIntExact(Math.multiplyExact(vocabulary, tokens.length))];
            Native.sessionLogits(p, tokens, stop, out);
            return out;
        });
    }

    /**
     * The same, written as a safetensors file.
     *
     * @param file one that is not there yet
     * @param tokens from 1 to the context's length
     */
    public void writeLogits(Path file, int... tokens) {
        run((p, stop) -> {
            Native.sessionWriteLogits(p, tokens, file, stop);
            return null;
        });
    }

    /**
     * Continues a sequence of tokens: how it went.
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
     * Continues a text: what comes after it.
     *
     * @param prompt how it begins
     * @param options how
     */
    public String generate(String prompt, GenerateOptions options) {
        StringBuilder text = new StringBuilder();
        generate(prompt(prompt), options, (token, more) -> text.append(more));
        return text.toString();
    }

    /**
     * Begins to continue a text, on a thread of the library's: a stream of tokens: what runs, to be
     * closed.
     *
     * @param prompt how it begins
     * @param options how
     */
    public Operation<GenerateResult> startGenerating(String prompt, GenerateOptions options) {
        return startGenerating(prompt(prompt), options);
    }

    /**
     * Begins to continue a sequence of tokens, on a thread of the library's: what runs, to be
     * closed.
     *
     * @param prompt at least one token
     * @param options how
     */
    public Operation<GenerateResult> startGenerating(int[] prompt, GenerateOptions options) {
        return with(p -> Operation.start(this,
                stop -> Native.sessionGenerateStart(p, prompt, options, stop),
                Native::operationJoinGenerated));
    }

    private int[] prompt(String text) {
        return tokenizer().orElseThrow(() -> new IllegalStateException(
                "the session has no tokenizer, so give it tokens")).encodePrompt(text);
    }

    // ---- tensors and checkpoints ----

    /**
     * The tensors of its state: parameters, and of a session that trains also {@code
     * gradient/NAME}, {@code m/NAME} and {@code v/NAME}: names, parameters first.
     */
    public List<String> tensorNames() {
        return with(p -> LongStream.range(0, Native.sessionTensorCount(p))
                .mapToObj(i -> Native.sessionTensorName(p, i)).toList());
    }

    /**
     * A tensor's memory itself: no copy. What is written there counts from the next call on; it is
     * not to be used while a call runs. It may be used after the session is closed, for the memory
     * lives as long as any buffer on it.
     *
     * @param name as {@link #tensorNames} gives it
     */
    public Tensor tensor(String name) {
        return with(p -> Memory.tensor(name, Native.sessionExportTensor(p, name)));
    }

    /**
     * Copies a tensor out.
     *
     * @param name as {@link #tensorNames} gives it
     * @param values room for all its elements, and no more
     */
    public void readTensor(String name, float[] values) {
        with(p -> {
            Native.sessionReadTensor(p, name, values);
            return null;
        });
    }

    /**
     * Copies a tensor in.
     *
     * @param name as {@link #tensorNames} gives it
     * @param values all its elements
     */
    public void writeTensor(String name, float[] values) {
        with(p -> {
            Native.sessionWriteTensor(p, name, values);
            return null;
        });
    }

    /** Saves the whole state among the run directory's checkpoints: where. */
    public Path save() { return save(null); }

    /**
     * Saves the whole state: where.
     *
     * @param directory one that is not there yet; null: a new one in the run directory
     */
    public Path save(Path directory) {
        return run((p, stop) -> Native.sessionSave(p, directory, stop));
    }

    /**
     * Goes back to a saved state, bit for bit.
     *
     * @param path a checkpoint or run directory
     */
    public void restore(Path path) {
        run((p, stop) -> {
            Native.sessionRestore(p, path, stop);
            return null;
        });
    }

    // ---- how all of them call ----

    private interface Call<T> { T call(long pointer, long stop); }

    private interface InputCall { Metrics call(long pointer, RawTensorView[] views, long stop); }

    private <T> T run(Call<T> call) {
        return Work.run((LongFunction<T>) stop -> call.call(handle.pointer(), stop), this);
    }

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
