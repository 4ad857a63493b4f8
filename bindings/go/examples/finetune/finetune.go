// SPDX-License-Identifier: Apache-2.0

// Finetune TEXT RUN_DIR trains a small model half-way, resumes and finishes, and lets it write.
package main

import (
	"context"
	"fmt"
	"os"

	"raddle"
)

const recipe = `data = {tokenizer = "bytes", validation_fraction = 0}
model = {layers = 2, width = 64, heads = 4, context = 64}
train = {steps = 100, micro_batch_tokens = 512}
optimizer = {learning_rate = 3e-3}`

func train(rt *raddle.Runtime, config *raddle.Config, run string, until int64) {
	options := &raddle.SessionOptions{RunDirectory: run, Resume: "auto"}
	session := raddle.Must(rt.NewSession(context.Background(), config, options))
	defer session.Close()
	each := func(event *raddle.Event) error {
		if event.Kind != raddle.EventStep {
			return nil
		}
		fmt.Printf("\rstep %d/%d, loss %.3f", event.Step, event.StepsTotal, event.Metrics.Loss)
		if event.Step == until {
			return raddle.EndLoop // in good order: the state is saved
		}
		return nil
	}
	result := raddle.Must(session.Train(context.Background(), each))
	fmt.Printf("\nsteps done: %d, saved: %t\n", result.StepsDone, result.Saved)
}

func main() {
	text, run := os.Args[1], os.Args[2]
	rt, config := raddle.Must(raddle.New(nil)), raddle.Must(raddle.NewConfig())
	raddle.Must(0, config.LoadText(recipe, "recipe"))
	raddle.Must(0, config.Set("data.path", text))
	train(rt, config, run, 50)
	train(rt, config, run, 100) // goes on where the first stopped, bit for bit

	session := raddle.Must(rt.OpenSession(context.Background(), run, nil))
	defer session.Close()
	options := &raddle.GenerateOptions{MaxTokens: 40, Seed: raddle.Ptr[int64](1)}
	raddle.Must(session.GenerateText(context.Background(), os.Stdout, "The ", options))
}
