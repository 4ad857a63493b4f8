// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raddle"
)

func TestTrainGivesEveryStepAndItsResult(t *testing.T) {
	noLeaks(t)
	directory := filepath.Join(t.TempDir(), "run")
	session := newSession(t, &raddle.SessionOptions{RunDirectory: directory},
		"train.steps", 20, "train.eval_interval", 10, "data.validation_fraction", 0.2,
		"train.eval_batches", 1)
	counts := map[raddle.EventKind]int{}
	var first, last raddle.Metrics
	var saved string
	result, err := session.Train(ctx, func(event *raddle.Event) error {
		counts[event.Kind]++
		switch event.Kind {
		case raddle.EventStep:
			if last = *event.Metrics; event.Step == 1 {
				first = last
			}
			if event.Step != int64(counts[raddle.EventStep]) || event.StepsTotal != 20 {
				t.Errorf("step %d of %d", event.Step, event.StepsTotal)
			}
		case raddle.EventEvaluation:
			if event.Evaluation.Perplexity != math.Exp(event.Evaluation.Loss) {
				t.Errorf("%+v", event.Evaluation)
			}
		case raddle.EventCheckpoint:
			saved = event.Path
		}
		return nil
	})
	check(t, err)
	if counts[raddle.EventStep] != 20 || counts[raddle.EventEvaluation] != 2 || saved == "" {
		t.Errorf("%v, saved %q", counts, saved)
	}
	if first.Loss < 4 || first.Loss > 7 || last.Loss > first.Loss-1 || last.Step != 20 ||
		last.StepTokens != 256 || last.Tokens != 20*256 || last.GradNorm <= 0 || last.Skipped {
		t.Errorf("first %+v, last %+v", first, last)
	}
	if result.StepsDone != 20 || result.Stopped || !result.Saved || result.Seconds <= 0 {
		t.Errorf("%+v", result)
	}
	info, err := session.Info()
	check(t, err)
	if info.StepsDone != 20 || info.VocabSize != 257 || info.ContextTokens != 64 ||
		info.MicroBatchTokens != 256 || info.Threads != 1 || info.ParameterElements < 1e4 {
		t.Errorf("%+v", info)
	}
	list := checkpoints(t, newRuntime(t), directory)
	if len(list) == 0 || list[len(list)-1].Path != saved || !list[len(list)-1].Good ||
		list[len(list)-1].Step != 20 {
		t.Errorf("%+v, saved %q", list, saved)
	}
}

func checkpoints(t *testing.T, r *raddle.Runtime, path string) (list []raddle.CheckpointInfo) {
	t.Helper()
	check(t, r.ListCheckpoints(ctx, path, func(info *raddle.CheckpointInfo) error {
		list = append(list, *info)
		return nil
	}))
	return list
}

func TestAnErrorOfTheFunctionEndsTheLoopAndComesOut(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000)
	mine := errors.New("mine")
	result, err := session.Train(ctx, func(event *raddle.Event) error {
		if event.Step == 3 {
			return mine
		}
		return nil
	})
	if err != mine || result.StepsDone != 3 || !result.Stopped {
		t.Errorf("%+v, %v", result, err)
	}
	result, err = session.Train(ctx, func(*raddle.Event) error { return raddle.EndLoop })
	if err != nil || result.StepsDone != 4 || !result.Stopped {
		t.Errorf("%+v, %v", result, err)
	}
	generated, err := session.Generate(ctx, []int32{'t', 'h'}, nil,
		func(int32, string) error { return mine })
	if err != mine || generated.TokenCount != 1 {
		t.Errorf("%+v, %v", generated, err)
	}
}

func TestTrainOnBatchesOfTheCallers(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 30, "train.micro_batches", 2, "data.path", "")
	var asked []int64
	source := func(step, microBatch int64, batch *raddle.Batch) error {
		if step == 25 {
			return io.EOF
		}
		asked = append(asked, 2*step+microBatch)
		tokens := make([]int32, 64)
		for i := range tokens {
			tokens[i] = int32("the cat sat "[(int64(i)+step+5*microBatch)%12])
		}
		batch.Tokens, batch.CuSeqlens = tokens, []int32{0, 32, 64}
		return nil
	}
	var losses []float64
	result, err := session.TrainOn(ctx, source, func(event *raddle.Event) error {
		if event.Kind == raddle.EventStep {
			losses = append(losses, event.Metrics.Loss)
		}
		return nil
	})
	check(t, err)
	if result.StepsDone != 25 || !result.Stopped || len(losses) != 25 ||
		losses[24] > losses[0]-1 {
		t.Errorf("%+v, losses %v", result, losses)
	}
	for i, number := range asked {
		if number != int64(i) {
			t.Fatalf("asked for %v", asked)
		}
	}
	mine := errors.New("mine")
	on := func(batch raddle.Batch, err error) error {
		_, err = session.TrainOn(ctx, func(_, _ int64, given *raddle.Batch) error {
			*given = batch
			return err
		}, nil)
		return err
	}
	if err = on(raddle.Batch{}, mine); err != mine {
		t.Error(err)
	}
	err = on(raddle.Batch{Tokens: make([]int32, 4), Targets: make([]int32, 3)}, nil)
	isError(t, err, raddle.ErrInvalidArgument, "targets", "3", "4")
	err = on(raddle.Batch{Tokens: []int32{1, 9999}}, nil)
	isError(t, err, raddle.ErrInvalidArgument, "9999")
	evaluation, err := session.EvaluateBatches(ctx, raddle.Batch{Tokens: []int32{'t', 'h', 'e'}},
		raddle.Batch{Tokens: []int32{'c', 'a', 't'}, Weights: []float32{1, 0, 0}})
	check(t, err)
	if evaluation.Tokens != 3 || evaluation.Loss <= 0 {
		t.Errorf("%+v", evaluation)
	}
}

func TestWhatIsAllowedAndWhatIsRefusedWhileAFunctionRuns(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 3)
	path := filepath.Join(t.TempDir(), "saved")
	seen := 0
	_, err := session.Train(ctx, func(event *raddle.Event) error {
		if event.Kind != raddle.EventStep || event.Step != 2 {
			return nil
		}
		seen++
		_, err := session.Step(ctx, raddle.Batch{Tokens: []int32{1, 2}})
		isError(t, err, raddle.ErrFailedPrecondition, "busy", "callback")
		_, err = session.Train(ctx, nil)
		isError(t, err, raddle.ErrFailedPrecondition, "busy")
		info, err := session.Info()
		if err != nil || info.StepsDone != 2 {
			t.Errorf("%+v, %v", info, err)
		}
		if saved, err := session.Save(ctx, path); err != nil || saved != path {
			t.Errorf("%q, %v", saved, err)
		}
		config, err := session.Config()
		check(t, err)
		defer config.Close()
		if steps, err := config.Get("train.steps"); err != nil || steps != "3" {
			t.Errorf("%q, %v", steps, err)
		}
		var written bytes.Buffer
		result, err := session.GenerateText(ctx, &written, "the ",
			&raddle.GenerateOptions{MaxTokens: 4})
		if err != nil || result.TokenCount != 4 {
			t.Errorf("%+v, %v", result, err)
		}
		// Also in the function of a generation in there.
		_, err = session.Generate(ctx, []int32{'a'}, &raddle.GenerateOptions{MaxTokens: 2},
			func(int32, string) error {
				_, err := session.Info()
				return err
			})
		return err
	})
	check(t, err)
	if seen != 1 {
		t.Errorf("seen %d", seen)
	}
	if _, err := os.Stat(filepath.Join(path)); err != nil {
		t.Error(err)
	}
}

func TestACallFromAnotherGoroutineIsRefused(t *testing.T) {
	session := newSession(t, nil, "train.steps", 100000, "train.micro_batches", 8)
	var stop raddle.Stop
	started, finished := make(chan struct{}), make(chan error)
	go func() {
		once := false
		_, err := session.Train(raddle.WithStop(ctx, &stop), func(*raddle.Event) error {
			if !once {
				once = true
				close(started)
			}
			return nil
		})
		finished <- err
	}()
	<-started
	for i := 0; i < 20; i++ {
		_, err := session.Step(ctx, raddle.Batch{Tokens: []int32{1, 2}})
		isError(t, err, raddle.ErrFailedPrecondition, "busy")
	}
	stop.Request()
	check(t, <-finished)
}

func TestGenerateStreams(t *testing.T) {
	session := newSession(t, nil, "train.steps", 60)
	_, err := session.Train(ctx, nil)
	check(t, err)
	options := &raddle.GenerateOptions{MaxTokens: 12, Greedy: true, IgnoreEnd: true}
	prompt, err := session.Tokenizer().EncodePrompt("the cat ")
	check(t, err)
	var ids []int32
	var words strings.Builder
	result, err := session.Generate(ctx, prompt, options, func(token int32, text string) error {
		ids = append(ids, token)
		words.WriteString(text)
		return nil
	})
	check(t, err)
	if result.TokenCount != 12 || len(ids) != 12 || result.Ended || result.PromptMs <= 0 {
		t.Errorf("%+v, %v", result, ids)
	}
	decoded, err := session.Tokenizer().Decode(ids)
	check(t, err)
	if decoded != words.String() {
		t.Errorf("%q, streamed %q", decoded, words.String())
	}
	var written bytes.Buffer
	_, err = session.GenerateText(ctx, &written, "the cat ", options)
	check(t, err)
	if written.String() != words.String() {
		t.Errorf("%q, written %q", words.String(), written.String())
	}
	seeded := func(seed int64) string {
		var out bytes.Buffer
		_, err := session.GenerateText(ctx, &out, "the", &raddle.GenerateOptions{MaxTokens: 30,
			Temperature: raddle.Ptr(1.5), TopK: raddle.Ptr[int64](50), Seed: raddle.Ptr(seed)})
		check(t, err)
		return out.String()
	}
	if seeded(1) != seeded(1) || seeded(1) == seeded(2) {
		t.Error("the seed is not what decides")
	}
	_, err = session.Generate(ctx, nil, nil, nil)
	isError(t, err, raddle.ErrInvalidArgument, "prompt")
	broken := errors.New("the pipe is broken")
	_, err = session.GenerateText(ctx, failing{broken}, "the", nil)
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func TestSaveRestoreExportOpen(t *testing.T) {
	r := newRuntime(t)
	folder := t.TempDir()
	session := newSession(t, nil, "train.steps", 4)
	_, err := session.StepOnData(ctx)
	check(t, err)
	saved, err := session.Save(ctx, filepath.Join(folder, "one"))
	check(t, err)
	second, err := session.StepOnData(ctx)
	check(t, err)
	_, err = session.Save(ctx, saved)
	isError(t, err, raddle.ErrAlreadyExists)
	_, err = session.Save(ctx, "")
	isError(t, err, raddle.ErrFailedPrecondition, "run directory")
	check(t, session.Restore(ctx, saved))
	again, err := session.StepOnData(ctx)
	check(t, err)
	if second.Loss != again.Loss || again.Step != 2 {
		t.Errorf("%v, after restoring %v", second, again)
	}
	isError(t, session.Restore(ctx, filepath.Join(folder, "none")), raddle.ErrNotFound)
	verified, err := r.VerifyCheckpoint(ctx, saved)
	check(t, err)
	if !strings.Contains(string(verified), `"step"`) {
		t.Errorf("%s", verified)
	}
	exported := filepath.Join(folder, "hf")
	check(t, r.ExportCheckpoint(ctx, saved, "hf", exported))
	opened, err := r.OpenSession(ctx, exported, nil)
	check(t, err)
	defer opened.Close()
	check(t, session.Restore(ctx, saved))
	tokens := []int32{'t', 'h', 'e'}
	logits, err := session.Logits(ctx, tokens)
	check(t, err)
	other, err := opened.Logits(ctx, tokens)
	check(t, err)
	if len(logits) != 3*257 || len(other) != len(logits) {
		t.Fatalf("%d logits, exported %d", len(logits), len(other))
	}
	for i := range logits {
		if logits[i] != other[i] {
			t.Fatalf("logit %d: %v, exported %v", i, logits[i], other[i])
		}
	}
	file := filepath.Join(folder, "logits.safetensors")
	check(t, session.WriteLogits(ctx, tokens, file))
	if written, err := os.ReadFile(file); err != nil || !bytes.Contains(written, []byte("logits")) {
		t.Error(err)
	}
	isError(t, session.WriteLogits(ctx, tokens, file), raddle.ErrAlreadyExists)
	_, err = session.Logits(ctx, make([]int32, 65))
	isError(t, err, raddle.ErrInvalidArgument, "65")
	_, err = opened.Train(ctx, nil)
	isError(t, err, raddle.ErrFailedPrecondition)
}

func TestEvaluate(t *testing.T) {
	session := newSession(t, nil, "data.validation_fraction", 0.2)
	evaluation, err := session.Evaluate(ctx)
	check(t, err)
	if evaluation.Loss < 4 || evaluation.Loss > 7 || evaluation.Tokens == 0 ||
		evaluation.BitsPerByte <= 0 || evaluation.Step != 0 {
		t.Errorf("%+v", evaluation)
	}
}
