// SPDX-License-Identifier: Apache-2.0

// Parity CONFIG TEXT RUN_DIR trains as the TOML file CONFIG says on TEXT, and prints the bits of
// each step's loss: what every language and the command line must agree on.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	"raddle"
)

func run(ctx context.Context, recipe, text, directory string) error {
	config, err := raddle.NewConfig()
	if err != nil {
		return err
	}
	defer config.Close()
	if err := config.LoadFile(ctx, recipe); err != nil {
		return err
	}
	if err := config.Set("data.path", []string{text}); err != nil {
		return err
	}
	runtime, err := raddle.New(nil)
	if err != nil {
		return err
	}
	defer runtime.Close()
	options := raddle.SessionOptions{RunDirectory: directory}
	session, err := runtime.NewSession(ctx, config, &options)
	if err != nil {
		return err
	}
	defer session.Close()
	_, err = session.Train(ctx, func(event *raddle.Event) error {
		if event.Kind == raddle.EventStep {
			fmt.Printf("step %d %016x\n", event.Step, math.Float64bits(event.Metrics.Loss))
		}
		return nil
	})
	return err
}

func main() {
	if len(os.Args) != 4 {
		log.Fatalf("usage: %s CONFIG TEXT RUN_DIR", os.Args[0])
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
