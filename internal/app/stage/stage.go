// Package stage holds what every played world stands on: a clock that is moved by hand, a wire into an emulator, an address, and readers of what
// the emulators keep.
//
// It knows the shape of JSON and refuses to know the product: the stories, histories and crossings beside it say what is played.
//
// Start reading at Clock.
package stage

import (
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Clock is the one clock of a world. It moves only when told to, and is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

// NewClock shows begin.
func NewClock(begin time.Time) *Clock { return &Clock{now: begin} }

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// CopyFile copies a file, for its owner only.
func CopyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// RoundTrip is a function that carries requests.
type RoundTrip func(*http.Request) (*http.Response, error)

// RoundTrip carries one.
func (f RoundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Text is a string, "" if v is none.
func Text(v any) string {
	s, _ := v.(string)
	return s
}

// Number is a whole number, however it was made, 0 if v is none.
func Number(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

// Object is an object, nil if v is none.
func Object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// List is a list of its own, however v was made: empty if v is, nil if v is none.
func List(v any) []any {
	switch all := v.(type) {
	case []any:
		return slices.Clone(all)
	case []string:
		return widened(all)
	case []map[string]any:
		return widened(all)
	}
	return nil
}

func widened[T any](all []T) []any {
	out := make([]any, 0, len(all))
	for _, one := range all {
		out = append(out, one)
	}
	return out
}

// Texts are the strings of a list; what is none is "".
func Texts(v any) []string {
	var out []string
	for _, one := range List(v) {
		out = append(out, Text(one))
	}
	return out
}
