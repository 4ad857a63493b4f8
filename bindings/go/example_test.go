// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"raddle"
)

const recipe = `data = {tokenizer = "bytes"}
model = {layers = 1, width = 16, heads = 1, context = 16}
train = {steps = 20, micro_batch_tokens = 16}`

// session is one of a very small model, for the examples.
func session() (*raddle.Session, func()) {
	config := raddle.Must(raddle.NewConfig())
	raddle.Must(0, config.LoadText(recipe, "recipe"))
	runtime := raddle.Must(raddle.New(nil))
	session := raddle.Must(runtime.NewSession(context.Background(), config, nil))
	return session, func() {
		session.Close()
		runtime.Close()
		config.Close()
	}
}

func Example() {
	ctx := context.Background()
	file, err := os.CreateTemp("", "*.txt")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	fmt.Fprint(file, "the cat sat on the mat and looked at the dog")

	config, err := raddle.NewConfig()
	if err != nil {
		log.Fatal(err)
	}
	defer config.Close()
	if err := config.LoadText(recipe, "recipe"); err != nil {
		log.Fatal(err)
	}
	if err := config.Set("data.path", file.Name()); err != nil {
		log.Fatal(err)
	}
	runtime, err := raddle.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer runtime.Close()
	session, err := runtime.NewSession(ctx, config, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	result, err := session.Train(ctx, func(event *raddle.Event) error {
		if event.Kind == raddle.EventStep && event.Step%10 == 0 {
			fmt.Println("step", event.Step, "of", event.StepsTotal)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("done:", result.StepsDone)
	// Output:
	// step 10 of 20
	// step 20 of 20
	// done: 20
}

func ExampleSession_TrainOn() {
	session, end := session()
	defer end()
	tokens := make([]int32, 16)
	source := func(step, microBatch int64, batch *raddle.Batch) error {
		if step == 5 {
			return io.EOF // there is no more
		}
		for i := range tokens {
			tokens[i] = int32("the cat "[(i+int(step))%8])
		}
		batch.Tokens = tokens
		return nil
	}
	result, err := session.TrainOn(context.Background(), source, nil)
	fmt.Println(result.StepsDone, result.Stopped, err)
	// Output: 5 true <nil>
}

func ExampleSession_Generate() {
	session, end := session()
	defer end()
	options := raddle.GenerateOptions{MaxTokens: 8, Seed: raddle.Ptr[int64](1), IgnoreEnd: true}
	tokens := 0
	result, err := session.Generate(context.Background(), []int32{'a', 'b'}, &options,
		func(token int32, text string) error {
			if tokens++; tokens == 5 {
				return raddle.EndLoop
			}
			return nil
		})
	fmt.Println(result.TokenCount, err)
	// Output: 5 <nil>
}

func ExampleWithStop() {
	session, end := session()
	defer end()
	var stop raddle.Stop
	ctx := raddle.WithStop(context.Background(), &stop)
	batch := raddle.Batch{Tokens: []int32{'a', 'b', 'c', 'd'}}
	source := func(step, _ int64, given *raddle.Batch) error {
		*given = batch
		if step == 2 {
			stop.Request() // as a signal's goroutine would
		}
		return nil
	}
	result, err := session.TrainOn(ctx, source, nil)
	done, total := stop.Progress()
	fmt.Println(result.Stopped, err, done, total)
	// Output: true <nil> 3 20
}

func ExampleError() {
	config := raddle.Must(raddle.NewConfig())
	defer config.Close()
	err := config.Set("train.step", 10)
	var known *raddle.Error
	if errors.As(err, &known) {
		fmt.Println(known.Code, known.Scope)
	}
	fmt.Println(errors.Is(err, raddle.ErrInvalidArgument), errors.Is(err, raddle.ErrNotFound))
	// Output:
	// raddle: INVALID_ARGUMENT call
	// true false
}

func ExampleSession_Apply() {
	session, end := session()
	defer end()
	ctx := context.Background()
	batches := []raddle.Batch{{Tokens: []int32{'a', 'b', 'a', 'b'}}}
	if _, err := session.Backward(ctx, batches, nil); err != nil {
		log.Fatal(err)
	}
	gradient := make([]float32, 16)
	if err := session.ReadTensor("gradient/final_norm.weight", gradient); err != nil {
		log.Fatal(err)
	}
	gradient[0] = 0 // the first weight shall not move
	if err := session.WriteTensor("gradient/final_norm.weight", gradient); err != nil {
		log.Fatal(err)
	}
	metrics, err := session.Apply(ctx, &raddle.ApplyOptions{OwnLearningRate: true,
		LearningRate: 0.25})
	fmt.Println(metrics.Step, metrics.LearningRate, err)
	// Output: 1 0.25 <nil>
}

func ExampleTokenizer_Encode() {
	runtime := raddle.Must(raddle.New(nil))
	defer runtime.Close()
	tokenizer := raddle.Must(runtime.OpenTokenizer(context.Background(), "bytes"))
	defer tokenizer.Close()
	tokens := raddle.Must(tokenizer.Encode("cat"))
	fmt.Println(tokens, raddle.Must(tokenizer.Decode(tokens)))
	// Output: [99 97 116] cat
}
