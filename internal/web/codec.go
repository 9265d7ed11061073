package web

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// codec writes what a session remembers. The same values give the same bytes, unlike with the library's own codec: so a request
// that changed nothing need not be written down.
type codec struct{}

// kept is the form of a session; all its values are texts.
type kept struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// Encode is called by the session manager.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	data, err := json.Marshal(kept{Deadline: deadline.UTC(), Values: values}, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write a session: %w", err)
	}
	return data, nil
}

// Decode is called by the session manager.
func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return time.Time{}, nil, fmt.Errorf("read a session: %w", err)
	}
	if k.Values == nil {
		k.Values = map[string]any{}
	}
	return k.Deadline, k.Values, nil
}
