// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"raddle"
)

var tokens = []int32{'t', 'h', 'e', ' ', 'c', 'a', 't', ' ', 's', 'a', 't', ' '}

func TestSteps(t *testing.T) {
	session := newSession(t, nil)
	batch := raddle.Batch{Tokens: tokens, CuSeqlens: []int32{0, 4, 12}}
	first, err := session.StepTokens(ctx, tokens, nil, nil, nil, []int32{0, 4, 12})
	check(t, err)
	if first.Step != 1 || first.StepTokens != 12 || first.Loss < 4 || first.Loss > 7 {
		t.Errorf("%+v", first)
	}
	second, err := session.Step(ctx, batch)
	check(t, err)
	if second.Step != 2 || second.Loss >= first.Loss {
		t.Errorf("%+v", second)
	}
	data, err := session.StepOnData(ctx)
	check(t, err)
	if data.Step != 3 || data.StepTokens != 256 {
		t.Errorf("%+v", data)
	}
	_, err = session.StepTokens(ctx, tokens, tokens[:3], nil, nil, nil)
	isError(t, err, raddle.ErrInvalidArgument, "targets: has 3 elements, expected 12")
	_, err = session.Step(ctx, raddle.Batch{Tokens: []int32{-1, 2}})
	isError(t, err, raddle.ErrInvalidArgument, "-1")
	_, err = session.Step(ctx)
	isError(t, err, raddle.ErrInvalidArgument, "batch")
	_, err = session.Step(ctx, raddle.Batch{})
	isError(t, err, raddle.ErrInvalidArgument, "token")
	info, err := session.Info()
	check(t, err)
	if info.StepsDone != 3 {
		t.Errorf("%+v", info)
	}
}

func TestAStepInHalvesIsAStep(t *testing.T) {
	whole, halves := newSession(t, nil), newSession(t, nil)
	batch := raddle.Batch{Tokens: tokens}
	expected, err := whole.Step(ctx, batch)
	check(t, err)
	_, err = halves.Backward(ctx, []raddle.Batch{batch}, nil)
	check(t, err)
	metrics, err := halves.Apply(ctx, nil)
	check(t, err)
	if metrics.Loss != expected.Loss || metrics.GradNorm != expected.GradNorm {
		t.Errorf("%+v, in halves %+v", expected, metrics)
	}
	parts := newSession(t, nil)
	_, err = parts.Backward(ctx, []raddle.Batch{batch}, &raddle.BackwardOptions{WeightSum: 22})
	check(t, err)
	_, err = parts.Backward(ctx, []raddle.Batch{batch},
		&raddle.BackwardOptions{WeightSum: 22, Accumulate: true})
	check(t, err)
	metrics, err = parts.Apply(ctx, &raddle.ApplyOptions{OwnLearningRate: true, LearningRate: 0.5})
	check(t, err)
	if metrics.LearningRate != 0.5 || metrics.StepTokens != 24 ||
		math.Abs(metrics.Loss-expected.Loss) > 1e-5 {
		t.Errorf("%+v, in parts %+v", expected, metrics)
	}
}

func inputs(ids []int32) []raddle.Input {
	return []raddle.Input{
		{Name: "ids", Data: ids},
		{Name: "weights", Data: []float32{1, 1, 1, 1, 1, 1, 1, 1}, Shape: []int64{8}},
		{Name: "targets", Data: []int32{0, 1, 2, 0, 1, 2, 0, 1}},
		{Name: "scale", Data: []float32{1.0 / 8}},
	}
}

func TestAGraphOfTheCallers(t *testing.T) {
	r := newRuntime(t)
	graph := newGraph(t, r)
	check(t, graph.Finish())
	config, err := raddle.NewConfig()
	check(t, err)
	defer config.Close()
	check(t, config.Set("optimizer.learning_rate", 0.1))
	session, err := r.NewGraphSession(ctx, config, graph, nil)
	check(t, err)
	defer session.Close()
	given := inputs([]int32{0, 1, 2, 3, 4, 5, 6, 7})
	first, err := session.ForwardInputs(ctx, given...)
	check(t, err)
	y := make([]float32, 8*4)
	check(t, session.ReadOutput("y", y))
	table := make([]float32, 8*4)
	check(t, session.ReadTensor("table", table))
	for i, x := range table {
		gelu := 0.5 * float64(x) * (1 + math.Erf(float64(x)/math.Sqrt2))
		if math.Abs(gelu-float64(y[i])) > 1e-3 {
			t.Fatalf("gelu(%v) is %v, expected %v", x, y[i], gelu)
		}
	}
	back, err := session.BackwardInputs(ctx, given, nil)
	check(t, err)
	gradient := make([]float32, 8*4)
	check(t, session.ReadTensor("gradient/table", gradient))
	check(t, session.WriteTensor("gradient/table", make([]float32, 8*4)))
	_, err = session.Apply(ctx, nil)
	check(t, err)
	if back.Loss != first.Loss || gradient[0] == 0 {
		t.Errorf("loss %v, forward %v, gradient %v", back.Loss, first.Loss, gradient)
	}
	var last raddle.Metrics
	for i := 0; i < 20; i++ {
		last, err = session.StepInputs(ctx, given...)
		check(t, err)
	}
	if last.Loss > 0.7*first.Loss || last.Step != 21 {
		t.Errorf("%+v after %+v", last, first)
	}
	refused := func(word string, change func([]raddle.Input)) {
		t.Helper()
		changed := inputs([]int32{0, 1, 2, 3, 4, 5, 6, 7})
		change(changed)
		_, err := session.StepInputs(ctx, changed...)
		isError(t, err, raddle.ErrInvalidArgument, word)
	}
	refused("[]string", func(i []raddle.Input) { i[0].Data = []string{"a"} })
	refused("<nil>", func(i []raddle.Input) { i[0].Data = nil })
	refused("shape [4]", func(i []raddle.Input) { i[1].Shape = []int64{4} })
	refused("dimensions", func(i []raddle.Input) { i[1].Shape = []int64{8, 1, 1, 1, 1} })
	refused("ids", func(i []raddle.Input) { i[0].Data = []int64{0, 1, 2, 3, 4, 5, 6, 7} })
	refused("8", func(i []raddle.Input) { i[0].Data = []int32{0, 1, 2, 3, 4, 5, 6, 8} })
	isError(t, session.ReadOutput("y", y[:3]), raddle.ErrInvalidArgument, "128")
	isError(t, session.ReadOutput("y", "text"), raddle.ErrInvalidArgument, "string")
	isError(t, session.ReadOutput("z", y), raddle.ErrNotFound, "y")
	if session.Tokenizer() != nil {
		t.Error("a session of a graph has a tokenizer")
	}
	_, err = session.GenerateText(ctx, nil, "a", nil)
	isError(t, err, raddle.ErrFailedPrecondition, "tokenizer")
	_, err = session.Generate(ctx, []int32{1}, nil, nil)
	isError(t, err, raddle.ErrFailedPrecondition, "graph")
}

func TestTensorsByCopyAndAsViews(t *testing.T) {
	session := newSession(t, nil)
	names, err := session.TensorNames()
	check(t, err)
	if count, err := session.TensorCount(); err != nil || count != int64(len(names)) {
		t.Errorf("%d tensors, %d names, %v", count, len(names), err)
	}
	var name string
	kinds := map[string]int{}
	for _, each := range names {
		kind, _, of := strings.Cut(each, "/")
		if !of {
			kind, name = "parameter", each
		}
		kinds[kind]++
	}
	if kinds["parameter"] < 10 || kinds["gradient"] != kinds["parameter"] ||
		kinds["m"] != kinds["v"] {
		t.Errorf("%v", kinds)
	}
	tensor, err := session.Tensor(name)
	check(t, err)
	count := int64(1)
	for _, size := range tensor.Shape {
		count *= size
	}
	data := tensor.Data()
	values := make([]float32, count)
	check(t, session.ReadTensor(name, values))
	if int64(len(data)) != count || tensor.Name != name || data[0] != values[0] ||
		data[count-1] != values[count-1] {
		t.Errorf("%s %v: %d elements", tensor.Name, tensor.Shape, len(data))
	}
	data[1] = 42
	check(t, session.ReadTensor(name, values))
	if values[1] != 42 {
		t.Error("the view is a copy")
	}
	values[0] = 43
	check(t, session.WriteTensor(name, values))
	check(t, session.Close())
	if data = tensor.Data(); data[0] != 43 || data[1] != 42 { // after its session
		t.Errorf("%v", data[:2])
	}
	forgotten := func() []float32 {
		session, err := newRuntime(t).NewSession(ctx, newConfig(t), nil)
		check(t, err)
		tensor, err := session.Tensor(name)
		check(t, err)
		check(t, session.Close())
		return tensor.Data()
	}()
	for i := 0; i < 3; i++ { // what a finalizer frees is gone by then
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	for _, value := range forgotten {
		if value != 1 { // of a norm
			t.Fatalf("%v", value)
		}
	}
	check(t, tensor.Close())
	check(t, tensor.Close())
	if tensor.Data() != nil {
		t.Error("a closed tensor has data")
	}
	session = newSession(t, nil)
	isError(t, session.ReadTensor(name, values[:1]), raddle.ErrInvalidArgument, "64 elements, 1")
	_, err = session.Tensor(name + "x")
	isError(t, err, raddle.ErrNotFound, name)
}
