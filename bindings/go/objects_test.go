// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"raddle"
)

func TestConfig(t *testing.T) {
	config := newConfig(t)
	expect := func(key, expected, origin string) {
		t.Helper()
		value, err := config.Get(key)
		check(t, err)
		from, err := config.Origin(key)
		check(t, err)
		if value != expected || !strings.Contains(from, origin) {
			t.Errorf("%s: %q from %q", key, value, from)
		}
	}
	expect("train.steps", "5", "call")
	expect("train.eval_batches", defaultOf(t, "train.eval_batches"), "default")
	check(t, config.Set("data.path", []string{"a,b.txt", `c"d.txt`}))
	toml, err := config.TOML()
	check(t, err)
	if !strings.Contains(toml, `a,b.txt`) {
		t.Error(toml)
	}
	hash, err := config.Hash()
	check(t, err)
	other, err := raddle.NewConfig()
	check(t, err)
	defer other.Close()
	check(t, other.LoadText(toml, ""))
	same, err := other.Hash()
	check(t, err)
	if hash != same {
		t.Error("what TOML gives is not what LoadText takes")
	}
	check(t, config.SetFrom("train.eval_batches", "7", raddle.OriginCall, "the tests"))
	expect("train.eval_batches", "7", "the tests")
	check(t, config.SetFrom("train.steps", "9", raddle.OriginRecipe, ""))
	expect("train.steps", "5", "call")
	path := filepath.Join(t.TempDir(), "räzept.toml")
	check(t, os.WriteFile(path, []byte("[train]\nmicro_batches = 3\n"), 0o600))
	check(t, config.LoadFile(ctx, path))
	expect("train.micro_batches", "3", "räzept.toml:2")
	isError(t, config.LoadText("[train]\nsteps = \"no\"\n", "mine"), raddle.ErrInvalidArgument,
		"mine:2")
	t.Setenv("RADDLE_TRAIN_EVAL_INTERVAL", "6")
	check(t, config.LoadEnvironment())
	expect("train.eval_interval", "6", "environment")
	check(t, config.Validate())
	check(t, config.Set("data.sequence_length", 65))
	isError(t, config.Validate(), raddle.ErrInvalidArgument, "data.sequence_length", "65")
	check(t, config.FillModel(ctx)) // nothing to fill it from
}

func TestAConfigTakesCallsOfManyGoroutines(t *testing.T) {
	config := newConfig(t)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		long := strings.Repeat(string(rune('a'+i)), 100+i)
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 5000; j++ {
				if err := config.Set("data.path", long); err != nil {
					t.Error(err)
				}
				got, err := config.Get("data.path")
				if err != nil || len(got) < 100 || strings.Trim(got, got[:1]) != "" {
					t.Errorf("%q, %v", got, err) // else than one of the eight texts
				}
			}
		}()
	}
	group.Wait()
}

func defaultOf(t *testing.T, key string) string {
	options, err := raddle.Schema()
	check(t, err)
	for _, option := range options {
		if option.Key == key {
			if option.Type == "" || option.Help == "" || option.Environment == "" {
				t.Errorf("%+v", option)
			}
			return option.DefaultValue
		}
	}
	t.Fatalf("no option %s", key)
	return ""
}

func TestTokenizer(t *testing.T) {
	r := newRuntime(t)
	tokenizer, err := r.OpenTokenizer(ctx, "bytes")
	check(t, err)
	defer tokenizer.Close()
	long := strings.Repeat("naïve \x00\xff", 1000)
	tokens, err := tokenizer.Encode(long)
	check(t, err)
	if len(tokens) != len(long) {
		t.Errorf("%d tokens of %d bytes", len(tokens), len(long))
	}
	back, err := tokenizer.Decode(tokens)
	check(t, err)
	if back != long {
		t.Error("decoding is not the inverse of encoding")
	}
	size, err := tokenizer.VocabSize()
	check(t, err)
	end, err := tokenizer.EndToken()
	check(t, err)
	if size != 257 || end != 256 {
		t.Errorf("%d tokens, the last is %d", size, end)
	}
	_, err = tokenizer.Decode([]int32{257})
	isError(t, err, raddle.ErrInvalidArgument, "257")
	_, err = tokenizer.EncodePrompt("")
	isError(t, err, raddle.ErrInvalidArgument, "empty")

	trained, err := r.TrainTokenizer(ctx, newConfig(t, "data.vocab_size", 280))
	check(t, err)
	defer trained.Close()
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	check(t, trained.Save(ctx, path))
	isError(t, trained.Save(ctx, path), raddle.ErrAlreadyExists)
	read, err := r.OpenTokenizer(ctx, path)
	check(t, err)
	defer read.Close()
	tokens, err = read.Encode("the cat")
	check(t, err)
	if len(tokens) == 0 || len(tokens) >= 7 {
		t.Errorf("%v", tokens)
	}
}

func TestDataTools(t *testing.T) {
	r, config := newRuntime(t), newConfig(t)
	path := filepath.Join(t.TempDir(), "tokens.bin")
	result, err := r.TokenizeData(ctx, config, path)
	check(t, err)
	if result.Documents != 1 || result.Bytes != int64(len(text)) || result.Tokens < result.Bytes {
		t.Errorf("%+v", result)
	}
	_, err = r.TokenizeData(ctx, config, path)
	isError(t, err, raddle.ErrAlreadyExists)
	inspected, err := r.InspectData(ctx, config, path)
	check(t, err)
	var described map[string]any
	check(t, json.Unmarshal(inspected, &described))
	if described["documents"] != 1.0 {
		t.Errorf("%s", inspected)
	}
}

// A small classifier, built op by op.
func newGraph(t *testing.T, r *raddle.Runtime) *raddle.Graph {
	t.Helper()
	g, err := r.NewGraph()
	check(t, err)
	t.Cleanup(func() { g.Close() })
	input := func(name string, dtype raddle.DType, rows int64) raddle.TensorID {
		id, err := g.AddInput(name, dtype, []int64{rows})
		check(t, err)
		return id
	}
	parameter := func(name string, rows, columns int64) raddle.TensorID {
		id, err := g.AddParameter(name, raddle.F32, []int64{rows, columns}, "init=normal(0.5)")
		check(t, err)
		return id
	}
	op := func(kind, name, attributes string, inputs ...raddle.TensorID) raddle.TensorID {
		ids, err := g.AddOp(kind, name, attributes, inputs...)
		check(t, err)
		return ids[0]
	}
	ids, targets := input("ids", raddle.I32, 8), input("targets", raddle.I32, 8)
	weights, scale := input("weights", raddle.F32, 8), input("scale", raddle.F32, 1)
	check(t, g.SetBlock(0))
	hidden := op("embedding", "h", "", parameter("table", 8, 4), ids)
	y := op("gelu", "y", "", hidden)
	check(t, g.SetBlock(-1))
	loss := op("linear_cross_entropy", "loss", "", y, parameter("head", 3, 4), targets, weights,
		scale)
	check(t, g.AddLoss(loss, 1))
	check(t, g.AddOutput(y))
	return g
}

func TestGraph(t *testing.T) {
	r := newRuntime(t)
	g := newGraph(t, r)
	_, err := g.AddOp("embeding", "", "", raddle.NoTensor)
	isError(t, err, raddle.ErrInvalidArgument, "embeding", "embedding")
	_, err = g.Text()
	isError(t, err, raddle.ErrFailedPrecondition, "finish")
	check(t, g.Finish())
	written, err := g.Text()
	check(t, err)
	again, err := r.NewGraphFromText(written)
	check(t, err)
	defer again.Close()
	elements, err := again.ParameterElements()
	check(t, err)
	if elements != 8*4+3*4 {
		t.Errorf("%d elements of\n%s", elements, written)
	}
	id, err := again.FindTensor("loss")
	check(t, err)
	loss, err := again.Tensor(id)
	check(t, err)
	node, err := again.Node(int64(loss.Node))
	check(t, err)
	if loss.Kind != raddle.TensorActivation || loss.LossCoefficient != 1 || loss.DType != raddle.F32 ||
		node.Op != "linear_cross_entropy" || len(node.Inputs) != 5 || node.Outputs[0] != id {
		t.Errorf("%+v made by %+v", loss, node)
	}
	_, err = again.FindTensor("los")
	isError(t, err, raddle.ErrNotFound, "loss")
	model, err := r.NewModelGraph(ctx, newConfig(t))
	check(t, err)
	defer model.Close()
	if elements, err = model.ParameterElements(); err != nil || elements < 1e4 {
		t.Errorf("%d elements, %v", elements, err)
	}
	ops, err := raddle.Ops()
	check(t, err)
	if len(ops) < 10 || ops[0].Name == "" || ops[0].OutputCount < 1 {
		t.Errorf("%+v", ops)
	}
}

func TestPlan(t *testing.T) {
	r, config := newRuntime(t), newConfig(t)
	plan, err := r.NewPlan(ctx, config, nil)
	check(t, err)
	defer plan.Close()
	memory, err := plan.Memory()
	check(t, err)
	if memory.ParameterBytes <= 0 || memory.MissingBytes != 0 || memory.TotalBytes >
		memory.LimitBytes || memory.TotalBytes < memory.ParameterBytes+memory.GradientBytes {
		t.Errorf("%+v", memory)
	}
	explained, err := plan.Explain()
	check(t, err)
	described, err := plan.JSON()
	check(t, err)
	if !strings.Contains(explained, "embedding") || !json.Valid(described) {
		t.Errorf("%s\n%s", explained, described)
	}
	hash, err := plan.Hash()
	check(t, err)
	same, err := r.NewPlan(ctx, config, nil)
	check(t, err)
	defer same.Close()
	if other, err := same.Hash(); err != nil || other != hash || hash == 0 {
		t.Errorf("%d and %d, %v", hash, other, err)
	}
	graph := newGraph(t, r)
	_, err = r.NewPlan(ctx, config, graph)
	isError(t, err, raddle.ErrFailedPrecondition, "finish")
	check(t, graph.Finish())
	small, err := r.NewPlan(ctx, config, graph)
	check(t, err)
	defer small.Close()
	if memory, err = small.Memory(); err != nil || memory.ParameterBytes > 1024 {
		t.Errorf("%+v, %v", memory, err)
	}
}

func TestBench(t *testing.T) {
	r := newRuntime(t)
	peaks, err := r.BenchMachine(ctx, 1, 0)
	check(t, err)
	if peaks.Threads != 1 || peaks.FMAGFLOPS <= 0 || peaks.TriadGBPerSecond != 0 {
		t.Errorf("%+v", peaks)
	}
	step, err := r.BenchStep(ctx, newConfig(t), 2, 32, 1, 2)
	check(t, err)
	if step.Steps != 2 || step.TokensPerStep != 64 || step.StepMsMin <= 0 {
		t.Errorf("%+v", step)
	}
	done, cancel := withCancel()
	cancel()
	if _, err = r.BenchStep(done, newConfig(t), 2, 32, 1, 2); !errors.Is(err, raddle.ErrCancelled) {
		t.Error(err)
	}
}
