// SPDX-License-Identifier: Apache-2.0

// Server RECIPE RUN_DIR [ADDRESS] trains and generates over HTTP.
//
//	curl -X POST localhost:8080/train
//	curl localhost:8080/status
//	curl -N -d '{"prompt": "The ", "max_tokens": 40}' localhost:8080/generate
//	curl -X POST localhost:8080/stop
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"raddle"
)

func serve(ctx context.Context, recipe, directory, address string) error {
	config, err := raddle.NewConfig()
	if err != nil {
		return err
	}
	defer config.Close()
	if err := config.LoadFile(ctx, recipe); err != nil {
		return err
	}
	runtime, err := raddle.New(&raddle.Options{Log: func(level raddle.LogLevel, message string) {
		log.Printf("raddle: %v: %s", level, message)
	}})
	if err != nil {
		return err
	}
	defer runtime.Close()
	service := NewServer(runtime, config, directory)
	defer service.Close() // an interrupted training is saved
	server := &http.Server{Addr: address, Handler: service, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close() // requests that last end with their connection
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintf(os.Stderr, "usage: %s RECIPE RUN_DIR [ADDRESS]\n", os.Args[0])
		os.Exit(64)
	}
	address := "localhost:8080"
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := serve(ctx, os.Args[1], os.Args[2], address); err != nil {
		log.Fatal(err)
	}
}
