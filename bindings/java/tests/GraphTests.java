// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.nio.ByteBuffer;

/** A graph of the caller's own, and steps by hand on it. */
final class GraphTests {
    private static final int[] IDS = {0, 1, 2, 3, 4, 5, 6, 7};
    private static final int[] TARGETS = {0, 1, 2, 0, 1, 2, 0, 1};

    private GraphTests() {}

    private static Graph classifier() {
        Graph graph = Graph.create(Tests.CONTEXT);
        int ids = graph.addInput("ids", Dtype.I32, 8);
        int targets = graph.addInput("targets", Dtype.I32, 8);
        int weights = graph.addInput("weights", Dtype.F32, 8);
        int scale = graph.addInput("scale", Dtype.F32, 1);
        int table = graph.addParameter("table", Dtype.F32, "init=normal(0.5)", 8, 4);
        int head = graph.addParameter("head", Dtype.F32, "init=normal(0.5),decay=false", 3,
                4);
        graph.setBlock(0);
        int h = graph.addOp("embedding", "h", null, table, ids)[0];
        int y = graph.addOp("gelu", "y", null, h)[0];
        graph.setBlock(-1);
        int loss = graph.addOp("linear_cross_entropy", "loss", null, y, head, targets, weights,
                scale)[0];
        graph.addLoss(loss, 1);
        graph.addOutput(y);
        return graph;
    }

    private static Tensor[] inputs() {
        return new Tensor[] {Tensor.of("ids", IDS, 8), Tensor.of("targets", TARGETS, 8),
            Tensor.of("weights", new float[] {1, 1, 1, 1, 1, 1, 1, 1}, 8),
            Tensor.of("scale", new float[] {1f / 8}, 1)};
    }

    private static Session session(Graph graph) {
        try (Config config = Config.create().set("optimizer.learning_rate", 1e-2)) {
            return Session.createFromGraph(Tests.CONTEXT, config, graph,
                    SessionOptions.defaults());
        }
    }

    static void builtWrittenAndReadBack() {
        try (Graph graph = classifier()) {
            fails(FailedPreconditionException.class, graph::toText);
            fails(FailedPreconditionException.class, () -> graph.tensor(0));
            graph.finish();
            GraphTensor table = graph.tensor(graph.findTensor("table"));
            equal(TensorKind.PARAMETER, table.kind());
            equal(Dtype.F32, table.dtype());
            equal(32L, table.dims()[0] * table.dims()[1]);
            equal(2, table.dims().length);
            GraphTensor loss = graph.tensor((int) graph.tensorCount() - 1);
            equal(1.0, loss.lossCoefficient());
            GraphNode last = graph.node(loss.node());
            equal("linear_cross_entropy", last.op());
            equal(5, last.inputs().length);
            fails(OutOfRangeException.class, () -> graph.node(graph.nodeCount()));
            equal(44L, graph.parameterElements());
            try (Graph copy = Graph.createFromText(Tests.CONTEXT, graph.toText())) {
                equal(graph.toText(), copy.toText());
            }
            fails(FailedPreconditionException.class, () -> graph.addOutput(0));
            try (Config config = Config.create();
                    Plan plan = Plan.create(Tests.CONTEXT, config, graph)) {
                check(plan.memory().parameterBytes() >= 176, "" + plan.memory());
            }
        }
        try (Config config = Tests.small(1).set("model.vocab_size", 257);
                Graph model = Graph.createModel(Tests.CONTEXT, config)) {
            contains(model.toText(), "input tokens I32");
        }
    }

    static void faultsOfBuildingAreNamed() {
        try (Graph graph = Graph.create(Tests.CONTEXT)) {
            int x = graph.addInput("x", Dtype.F32, 2, 3);
            contains(fails(InvalidArgumentException.class, () -> graph.addOp("gelo", "y", null, x))
                    .getMessage(), "gelu");
            contains(fails(AlreadyExistsException.class, () -> graph.addInput("x", Dtype.F32, 1))
                    .getMessage(), "x");
            fails(InvalidArgumentException.class, () -> graph.addOp("gelu", null, null, 99));
            fails(InvalidArgumentException.class,
                    () -> graph.addOp("gelu", null, null, Graph.NO_TENSOR));
        }
    }

    static void steppedAsAWhole() {
        try (Graph graph = classifier()) {
            graph.finish();
            try (Session session = session(graph)) {
                double first = session.stepInputs(inputs()).loss();
                Metrics last = null;
                for (int i = 0; i < 200; i++) {
                    last = session.stepInputs(inputs());
                }
                equal(201L, last.step());
                check(last.loss() < first / 2, first + " to " + last.loss());
                equal(last.step(), session.info().stepsDone());
            }
        }
    }

    static void steppedInHalves() {
        try (Graph graph = classifier()) {
            graph.finish();
            try (Session session = session(graph)) {
                float[] before = new float[32];
                float[] after = new float[32];
                Tensor[] moved = inputs();
                double loss = session.forwardInputs(moved).loss();
                for (Tensor one : moved) {
                    one.data().getInt();
                }
                equal(loss, session.forwardInputs(moved).loss());
                session.readTensor("table", before);
                TensorInfo info = session.tensorInfo(0);
                equal("table", info.parameter());
                equal(TensorRole.PARAMETER, info.role());
                check(info.trained() && info.dims().length == 2, "" + info);
                fails(OutOfRangeException.class, () -> session.tensorInfo(99));
                Metrics metrics = session.backwardInputs(BackwardOptions.defaults(), inputs());
                equal(metrics.loss(), session.forwardInputs(inputs()).loss());
                session.backwardInputs(BackwardOptions.defaults(), inputs());
                session.apply(ApplyOptions.defaults().withOwnLearningRate(true));
                session.readTensor("table", after);
                equal(before, after);
                session.backwardInputs(BackwardOptions.defaults(), inputs());
                float[] gradient = new float[32];
                session.readTensor("gradient/table", gradient);
                check(gradient[0] != 0, "no gradient");
                session.writeTensor("gradient/table", gradient);
                equal(2L, session.apply(ApplyOptions.defaults().withOwnLearningRate(true)
                        .withLearningRate(0.1)).step());
                session.readTensor("table", after);
                check(Math.abs(after[0] - before[0]) > 0.01, "no update");
                Tensor output = session.readOutput("y", 8, 4);
                equal(32, output.floats().remaining());
                contains(fails(InvalidArgumentException.class,
                        () -> session.readOutput("y", 8, 5)).getMessage(), "128");
                contains(fails(NotFoundException.class,
                        () -> session.readOutput("z", 8)).getMessage(), "y");
                fails(FailedPreconditionException.class,
                        () -> session.apply(ApplyOptions.defaults()));
            }
        }
    }

    static void wrongInputsAreNamed() {
        try (Graph graph = classifier()) {
            graph.finish();
            try (Session session = session(graph)) {
                Tensor[] inputs = inputs();
                inputs[0] = Tensor.of("ids", new int[] {0, 1, 2, 3, 4, 5, 6, 8}, 8);
                contains(fails(InvalidArgumentException.class, () -> session.stepInputs(inputs))
                        .getMessage(), "ids");
                inputs[0] = Tensor.of("idz", IDS, 8);
                contains(fails(InvalidArgumentException.class, () -> session.stepInputs(inputs))
                        .getMessage(), "idz");
                inputs[0] = Tensor.of("ids", IDS, 2, 2, 2, 1);
                fails(InvalidArgumentException.class, () -> session.stepInputs(inputs));
                inputs[0] = Tensor.of("ids", IDS, 2, 2, 2, 1, 1);
                fails(IllegalArgumentException.class, () -> session.stepInputs(inputs));
            }
        }
        contains(fails(IllegalArgumentException.class,
                () -> Tensor.of("ids", IDS, 9)).getMessage(), "36 bytes");
        fails(IllegalArgumentException.class, () -> new Tensor("x", Dtype.U8, new long[] {4},
                ByteBuffer.allocate(4)));
        equal(2, new Tensor("h", Dtype.BF16, new long[] {1}, ByteBuffer.allocateDirect(2)
                .order(java.nio.ByteOrder.nativeOrder())).data().remaining());
        fails(IllegalStateException.class, () -> Tensor.of("ids", IDS, 8).floats());
    }
}
