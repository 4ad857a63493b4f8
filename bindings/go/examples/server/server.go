// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"raddle"
)

// Server trains one model in a run directory and lets its newest checkpoint write:
//
//	POST /train     begins to train, or goes on where the run stopped
//	GET  /status    how far it is
//	POST /generate  {"prompt": "The ", "max_tokens": 40, "seed": 1}: a text, as it is written
//	POST /stop      finishes the step, saves, and answers when that is done
//
// A training belongs to the server and a generation to its request: a client that goes away ends
// its generation alone.
type Server struct {
	runtime   *raddle.Runtime
	config    *raddle.Config
	directory string
	routes    http.ServeMux

	mutex  sync.Mutex
	status Status
	stop   *raddle.Stop
	ended  chan struct{} // closed when the training is over
}

// Status is what /status answers.
type Status struct {
	Training   bool    `json:"training"`
	Step       int64   `json:"step"`
	Steps      int64   `json:"steps"`
	Loss       float64 `json:"loss"`
	Checkpoint string  `json:"checkpoint,omitempty"`
	Error      string  `json:"error,omitempty"`
}

// NewServer serves a run directory. The config is the server's until Close.
func NewServer(runtime *raddle.Runtime, config *raddle.Config, directory string) *Server {
	s := &Server{runtime: runtime, config: config, directory: directory}
	s.handle("/train", http.MethodPost, s.train)
	s.handle("/status", http.MethodGet, s.showStatus)
	s.handle("/generate", http.MethodPost, s.generate)
	s.handle("/stop", http.MethodPost, s.stopTraining)
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// Close stops a training in good order and waits for it.
func (s *Server) Close() error {
	_, err := s.halt(context.Background())
	return err
}

// handle has a route whose errors become answers.
func (s *Server) handle(path, method string, serve func(http.ResponseWriter, *http.Request) error) {
	s.routes.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			http.Error(w, "use "+method, http.StatusMethodNotAllowed)
		} else if err := serve(w, r); err != nil {
			http.Error(w, err.Error(), httpCode(err))
		}
	})
}

func httpCode(err error) int {
	for code, answer := range map[raddle.Code]int{
		raddle.ErrInvalidArgument:    http.StatusBadRequest,
		raddle.ErrNotFound:           http.StatusNotFound,
		raddle.ErrAlreadyExists:      http.StatusConflict,
		raddle.ErrFailedPrecondition: http.StatusConflict,
		raddle.ErrUnavailable:        http.StatusServiceUnavailable,
		raddle.ErrCancelled:          http.StatusServiceUnavailable,
	} {
		if errors.Is(err, code) {
			return answer
		}
	}
	return http.StatusInternalServerError
}

func answer(w http.ResponseWriter, code int, value any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	return json.NewEncoder(w).Encode(value)
}

// ---- training ----------------------------------------------------------------------------------

func (s *Server) train(w http.ResponseWriter, r *http.Request) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.status.Training {
		return answer(w, http.StatusConflict, s.status)
	}
	session, err := s.runtime.NewSession(r.Context(), s.config,
		&raddle.SessionOptions{RunDirectory: s.directory, Resume: "auto"})
	if err != nil {
		return err
	}
	s.status, s.stop, s.ended = Status{Training: true}, new(raddle.Stop), make(chan struct{})
	go s.run(session, s.stop, s.ended)
	return answer(w, http.StatusAccepted, s.status)
}

// run is the training, which no request's end ends.
func (s *Server) run(session *raddle.Session, stop *raddle.Stop, ended chan<- struct{}) {
	defer close(ended)
	_, err := session.Train(raddle.WithStop(context.Background(), stop), s.note)
	_ = session.Close() // the run directory is free again; Close never fails
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.status.Training = false
	if err != nil {
		s.status.Error = err.Error()
	}
}

func (s *Server) note(event *raddle.Event) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.status.Step, s.status.Steps = event.Step, event.StepsTotal
	switch event.Kind {
	case raddle.EventStep:
		s.status.Loss = event.Metrics.Loss
	case raddle.EventCheckpoint:
		s.status.Checkpoint = event.Path
	}
	return nil
}

func (s *Server) showStatus(w http.ResponseWriter, r *http.Request) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return answer(w, http.StatusOK, s.status)
}

func (s *Server) stopTraining(w http.ResponseWriter, r *http.Request) error {
	status, err := s.halt(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, status)
}

// halt asks a training to stop, and waits for it as long as the context lasts.
func (s *Server) halt(ctx context.Context) (Status, error) {
	s.mutex.Lock()
	ended := s.ended
	if s.stop != nil {
		s.stop.Request()
	}
	s.mutex.Unlock()
	if ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
			return Status{}, ctx.Err()
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.status, nil
}

// ---- generation --------------------------------------------------------------------------------

type generation struct {
	Prompt    string `json:"prompt"`
	MaxTokens int64  `json:"max_tokens"`
	Seed      *int64 `json:"seed"`
}

// generate has a session of its own, over the newest checkpoint: the one that trains is busy.
func (s *Server) generate(w http.ResponseWriter, r *http.Request) error {
	var wanted generation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&wanted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return nil
	}
	session, err := s.runtime.OpenSession(r.Context(), s.directory, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := &stream{Writer: w}
	_, err = session.GenerateText(r.Context(), text, wanted.Prompt,
		&raddle.GenerateOptions{MaxTokens: wanted.MaxTokens, Seed: wanted.Seed})
	if err != nil && text.began {
		panic(http.ErrAbortHandler) // the client sees that the text is cut off
	}
	return err
}

// stream sends each piece of a text at once.
type stream struct {
	io.Writer
	began bool
}

func (s *stream) Write(piece []byte) (int, error) {
	s.began = true
	count, err := s.Writer.Write(piece)
	if flusher, ok := s.Writer.(http.Flusher); ok {
		flusher.Flush()
	}
	return count, err
}
