// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raddle"
)

const recipe = `data = {tokenizer = "bytes", validation_fraction = 0}
model = {layers = 2, width = 64, heads = 4, context = 2048}
train = {steps = 1000000, micro_batch_tokens = 2048}
runtime = {threads = 1}
checkpoint = {interval = 5, keep_last = 20}`

type client struct {
	*testing.T
	url   string
	texts chan int // how many bytes of a text a request got
}

// counting is the answer to a request.
type counting struct {
	http.ResponseWriter
	bytes int
}

func (c *counting) Write(piece []byte) (int, error) {
	c.bytes += len(piece)
	return c.ResponseWriter.Write(piece)
}

func (c *counting) Flush() { c.ResponseWriter.(http.Flusher).Flush() }

func start(t *testing.T) client {
	rt, err := raddle.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	config, err := raddle.NewConfig()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { config.Close() })
	if err := config.LoadText(recipe, "recipe"); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	words := strings.Repeat("the cat sat on the mat. ", 200)
	if err := os.WriteFile(text, []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := config.Set("data.path", text); err != nil {
		t.Fatal(err)
	}
	service := NewServer(rt, config, filepath.Join(t.TempDir(), "run"))
	texts := make(chan int, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &counting{ResponseWriter: w}
		defer func() {
			if r.URL.Path == "/generate" {
				texts <- answer.bytes
			}
		}()
		service.ServeHTTP(answer, r)
	})) // a real listener on the loopback
	t.Cleanup(func() {
		server.Close()
		service.Close()
	})
	return client{t, server.URL, texts}
}

func (c client) call(ctx context.Context, method, path, body string) *http.Response {
	c.Helper()
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	return response
}

func (c client) expect(code int, method, path, body string) string {
	c.Helper()
	response := c.call(context.Background(), method, path, body)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != code {
		c.Fatalf("%s %s: %s %q, %v", method, path, response.Status, said, err)
	}
	return string(said)
}

func (c client) status() (status Status) {
	c.Helper()
	if err := json.Unmarshal([]byte(c.expect(200, "GET", "/status", "")), &status); err != nil {
		c.Fatal(err)
	}
	return status
}

func (c client) until(what string, is func(Status) bool) Status {
	c.Helper()
	for i := 0; i < 600; i++ {
		if status := c.status(); is(status) {
			return status
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.Fatalf("not %s: %+v", what, c.status())
	return Status{}
}

func TestTrainGenerateStop(t *testing.T) {
	c := start(t)
	c.expect(404, "POST", "/generate", `{"prompt": "the"}`)
	c.expect(405, "GET", "/train", "")
	c.expect(400, "POST", "/generate", `{"prompt": 3}`)
	c.expect(202, "POST", "/train", "")
	c.expect(409, "POST", "/train", "")
	status := c.until("saved", func(s Status) bool { return s.Checkpoint != "" })
	if !status.Training || status.Step < 5 || status.Steps != 1000000 || status.Loss <= 0 {
		t.Errorf("%+v", status)
	}
	one := c.expect(200, "POST", "/generate", `{"prompt": "the", "max_tokens": 8, "seed": 1}`)
	if one == "" {
		t.Error("nothing is generated")
	}
	c.expect(400, "POST", "/generate", `{"prompt": "the", "max_tokens": -1}`)
	var stopped Status
	if err := json.Unmarshal([]byte(c.expect(200, "POST", "/stop", "")), &stopped); err != nil {
		t.Fatal(err)
	}
	if stopped.Training || stopped.Error != "" || stopped.Step < status.Step {
		t.Errorf("%+v", stopped)
	}
	c.expect(202, "POST", "/train", "")
	status = c.until("on", func(s Status) bool { return s.Step > stopped.Step })
	if status.Step > stopped.Step+1000 {
		t.Errorf("%+v after %+v", status, stopped)
	}
}

func TestAClientThatGoesAwayEndsItsGenerationAlone(t *testing.T) {
	c := start(t)
	c.expect(202, "POST", "/train", "")
	c.until("saved", func(s Status) bool { return s.Checkpoint != "" })
	going, leave := context.WithCancel(context.Background())
	response := c.call(going, "POST", "/generate", `{"prompt": "the", "max_tokens": 2000}`)
	if _, err := bufio.NewReader(response.Body).ReadByte(); err != nil {
		t.Fatal(err)
	}
	at := c.status()
	leave()
	response.Body.Close()
	if bytes := <-c.texts; bytes == 0 || bytes > 1000 {
		t.Errorf("%d bytes were generated", bytes)
	}
	status := c.until("further", func(s Status) bool { return s.Step > at.Step+2 })
	if !status.Training || status.Error != "" {
		t.Errorf("%+v", status)
	}
	c.expect(200, "POST", "/stop", "")
}
