// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestALibraryThatDoesNotFitIsRefused(t *testing.T) {
	const own = VersionMajor<<24 | VersionMinor<<16 | VersionPatch
	for library, fits := range map[uint32]bool{own: true, own + 1: true, own + 1<<16: false,
		own + 1<<24: false, 0: false} {
		err := checkVersion(library)
		if (err == nil) != fits {
			t.Errorf("%s: %v", versionText(library), err)
		}
		if err != nil && (!errors.Is(err, ErrUnavailable) ||
			!strings.Contains(err.Error(), "version "+versionText(library)) ||
			!strings.Contains(err.Error(), "for "+versionText(own)) ||
			!strings.Contains(err.Error(), "install")) {
			t.Error(err)
		}
	}
}

func TestNamesAreThoseOfTheLibrary(t *testing.T) {
	for code := OK; code <= ErrInternal; code++ {
		if code.String() != rawCodeName(code) {
			t.Errorf("%d is %v, %s", code, code, rawCodeName(code))
		}
	}
	for scope := ScopeCall; scope <= ScopeJob; scope++ {
		if scope.String() != rawScopeName(scope) {
			t.Errorf("%d is %v, %s", scope, scope, rawScopeName(scope))
		}
	}
}

// Whatever the hand-written layer does, a panic in a function that C calls comes out of the call.
func TestTheRawLayerGuardsCallbacksAndParents(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := NewConfig()
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	for key, value := range map[string]any{"data.tokenizer": "bytes", "model.layers": 1,
		"model.width": 16, "model.heads": 1, "model.context": 16, "train.micro_batch_tokens": 16} {
		if err := config.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	session, err := r.NewSession(context.Background(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if value := recover(); value != "mine" {
			t.Errorf("%v came out", value)
		}
		// C's context lives as long as what was made with it.
		_ = r.Close()
		if r.handle.object == nil {
			t.Error("the runtime is destroyed before its session")
		}
		_ = session.Close()
		if r.handle.object != nil || session.handle.object != nil {
			t.Error("a closed object is not destroyed")
		}
	}()
	source := func(int64, int64, *Batch) int32 { panic("mine") }
	_, err = rawSessionTrainOn(session.handle.object, source, nil, nil)
	t.Errorf("returned %v", err)
}
