// SPDX-License-Identifier: Apache-2.0
use crate::{context, small};
use raddle::{
    ApplyOptions, BackwardOptions, Code, Config, Dtype, Graph, GraphBuilder, Input, Plan, Session,
    TensorId, TensorKind,
};

const ROWS: usize = 8;

/// Classifies ids through a table, built op by op.
fn build() -> Graph {
    let mut graph = GraphBuilder::new(&context()).unwrap();
    let table = graph.parameter("table", &[8, 4], "init=normal(0.5)").unwrap();
    let head = graph.parameter("head", &[3, 4], "init=normal(0.5)").unwrap();
    let ids = graph.input("ids", Dtype::I32, &[8]).unwrap();
    let targets = graph.input("targets", Dtype::I32, &[8]).unwrap();
    let weights = graph.input("weights", Dtype::F32, &[8]).unwrap();
    let scale = graph.input("scale", Dtype::F32, &[1]).unwrap();
    graph.block(Some(0)).unwrap();
    let [h] = graph.op("embedding", "h", &[table, ids], "").unwrap();
    let [y] = graph.op("gelu", "y", &[h], "").unwrap();
    graph.block(None).unwrap();
    let [loss] =
        graph.op("linear_cross_entropy", "loss", &[y, head, targets, weights, scale], "").unwrap();
    graph.loss(loss, 1.0).unwrap();
    graph.output(y).unwrap();
    graph.finish().unwrap()
}

#[test]
fn a_graph_is_built_written_and_read() {
    let graph = build();
    assert_eq!(graph.parameter_elements(), 8 * 4 + 3 * 4);
    let text = graph.to_text().unwrap();
    assert!(text.starts_with("raddle-graph 1\n") && text.contains("output y"), "{text}");
    let y = graph.find_tensor("y").unwrap();
    let tensor = graph.tensor(y).unwrap();
    assert_eq!((tensor.name.as_str(), tensor.kind), ("y", TensorKind::Activation));
    assert_eq!((tensor.dtype, tensor.rank, &tensor.dims[..2]), (Dtype::F32, 2, &[8, 4][..]));
    assert!(tensor.is_output && tensor.loss_coefficient == 0.0);
    let node = graph.node(tensor.node.into()).unwrap();
    let h = graph.find_tensor("h").unwrap();
    assert_eq!((node.op.as_str(), node.block), ("gelu", 0));
    assert_eq!((node.inputs, node.outputs, node.attributes.len()), (vec![h], vec![y], 0));
    assert!(graph.tensor_count() >= 9 && graph.node_count() == 3);
    assert_eq!(graph.node(3).unwrap_err().code(), Code::OutOfRange);
    assert!(graph.find_tensor("yy").unwrap_err().message().contains("'y'"));
    let again = Graph::from_text(&context(), &text).unwrap();
    assert_eq!(again.to_text().unwrap(), text);
    let model = Graph::model(&context(), &small(1)).unwrap();
    assert!(model.parameter_elements() > 64 * 257);
    let error = Graph::from_text(&context(), "raddle-graph 1\nnonsense").unwrap_err();
    assert!(error.message().contains("line 2"), "{error}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut graph = GraphBuilder::new(&context()).unwrap();
    let x = graph.input("x", Dtype::F32, &[4, 4]).unwrap();
    let error = graph.op::<1>("gelo", "y", &[x], "").unwrap_err();
    assert!(error.message().contains("gelu"), "{error}");
    let error = graph.op::<2>("gelu", "y", &[x], "").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(graph.op::<1>("gelu", "", &[TensorId::NONE], "").is_err());
    assert!(graph.input("x", Dtype::F32, &[4]).is_err());
    assert!(graph.input("z", Dtype::Unknown(77), &[4]).is_err());
    let ops = raddle::ops().unwrap();
    assert!(ops.iter().any(|op| op.name == "linear" && op.inputs.contains("bias?")));
}

#[test]
fn a_plan_says_what_it_needs() {
    let (context, config) = (context(), small(1));
    let plan = Plan::new(&context, &config, None).unwrap();
    let memory = plan.memory().unwrap();
    assert!(memory.parameter_bytes > 0 && memory.total_bytes > memory.parameter_bytes);
    assert_eq!(memory.missing_bytes, 0);
    assert!(plan.explain().unwrap().contains("linear"));
    assert!(plan.to_json().unwrap().starts_with('{'));
    assert_eq!(plan.hash(), Plan::new(&context, &config, None).unwrap().hash());
    let own = Plan::new(&context, &config, &build()).unwrap();
    assert_ne!(own.hash(), plan.hash());
}

struct Rows {
    ids: [i32; ROWS],
    targets: [i32; ROWS],
}

impl Rows {
    fn inputs(&self) -> [Input<'_>; 4] {
        [
            Input::new("ids", &[8], &self.ids).unwrap(),
            Input::new("targets", &[8], &self.targets).unwrap(),
            Input::new("weights", &[8], &WEIGHTS).unwrap(),
            Input::new("scale", &[1], &SCALE).unwrap(),
        ]
    }
}

const WEIGHTS: [f32; ROWS] = [1.0; ROWS];
const SCALE: [f32; 1] = [1.0 / ROWS as f32];
const ROWS_OF_TEST: Rows =
    Rows { ids: [0, 1, 2, 3, 4, 5, 6, 7], targets: [0, 1, 2, 0, 1, 2, 0, 1] };

fn session() -> Session {
    let mut config = Config::new().unwrap();
    config.set("train.freeze", "head").unwrap().set("optimizer.weight_decay", 0).unwrap();
    Session::from_graph(&context(), &config, &build(), None, None).unwrap()
}

#[test]
fn steps_in_halves_at_ones_own_rate() {
    let mut session = session();
    assert!(session.tokenizer().is_none());
    let inputs = ROWS_OF_TEST.inputs();
    session.write_tensor("table", &[0.1; 32]).unwrap();
    let head: Vec<f32> = (0..12).map(|i| 0.2 * (i % 5 - 2) as f32).collect();
    session.write_tensor("head", &head).unwrap();
    let first = session.forward_inputs(&inputs, None).unwrap().loss;
    for step in 0..50 {
        let options = BackwardOptions::new();
        session.backward_inputs(&inputs, &options, None).unwrap();
        session.tensor_mut("gradient/table").unwrap()[..4].fill(0.0); // row 0 shall not move
        let rate = 1.0 / f64::from(10 + step);
        let metrics = session.apply(&ApplyOptions::new().learning_rate(rate)).unwrap();
        assert_eq!((metrics.learning_rate, metrics.step), (rate, i64::from(step) + 1));
    }
    let last = session.forward_inputs(&inputs, None).unwrap().loss;
    assert!(last < 0.8 * first, "{first} -> {last}");
    let mut y = [0f32; 32];
    session.read_output("y", &mut y).unwrap();
    assert!(y.iter().all(|value| value.is_finite()) && y[4] != y[0]);
    let table = session.tensor("table").unwrap();
    assert_eq!((table.dims(), &table[..4]), (&[8, 4][..], &[0.1; 4][..]));
    let mut kept = [0f32; 12];
    session.read_tensor("head", &mut kept).unwrap();
    assert_eq!(kept[..], head[..]);
    let error = session.read_tensor("head", &mut [0f32; 3]).unwrap_err();
    assert!(error.message().contains("12"), "{error}");
}

#[test]
fn whole_steps_and_wrong_inputs() {
    let mut session = session();
    let inputs = ROWS_OF_TEST.inputs();
    let loss = session.step_inputs(&inputs, None).unwrap().loss;
    assert!(session.step_inputs(&inputs, None).unwrap().loss < loss);
    let error = session.step_inputs(&inputs[1..], None).unwrap_err();
    assert!(error.message().contains("ids"), "{error}");
    let wrong = Rows { ids: [99; ROWS], ..ROWS_OF_TEST };
    let error = session.step_inputs(&wrong.inputs(), None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = Input::new("ids", &[9], &ROWS_OF_TEST.ids).unwrap_err();
    assert!(error.message().contains("has 8 values"), "{error}");
    assert!(Input::new("ids", &[1, 1, 1, 2, 4], &ROWS_OF_TEST.ids).is_err());
    let error = session.logits(&[1], None).unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
}
