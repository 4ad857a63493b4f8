// SPDX-License-Identifier: Apache-2.0

// Finetune TEXT RUN_DIR trains a small model half-way, stops, resumes, and lets it write.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"raddle"
)

func train(ctx context.Context, rt *raddle.Runtime, config *raddle.Config, run string, until int64) error {
	session, err := rt.NewSession(ctx, config, &raddle.SessionOptions{RunDirectory: run, Resume: "auto"})
	if err != nil {
		return err
	}
	defer session.Close()
	result, err := session.Train(ctx, func(event *raddle.Event) error {
		if event.Kind == raddle.EventStep {
			fmt.Printf("\rstep %d/%d loss %.3f", event.Step, event.StepsTotal, event.Metrics.Loss)
			if event.Step == until {
				return raddle.EndLoop // in good order: the state is saved
			}
		}
		return nil
	})
	fmt.Printf("\nstopped: %t, saved: %t\n", result.Stopped, result.Saved)
	return err
}

func main() {
	ctx, text, run := context.Background(), os.Args[1], os.Args[2]
	rt, config, err := setUp(text)
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	defer config.Close()
	for _, until := range []int64{50, 100} { // the second one goes on where the first stopped
		if err := train(ctx, rt, config, run, until); err != nil {
			log.Fatal(err)
		}
	}
	session, err := rt.OpenSession(ctx, run, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	options := raddle.GenerateOptions{MaxTokens: 40, Seed: raddle.Ptr[int64](1)}
	if _, err := session.GenerateText(ctx, os.Stdout, "The ", &options); err != nil {
		log.Fatal(err)
	}
	fmt.Println()
}
