package chaos

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Effect is what a fault does to a request that it meets.
type Effect string

const (
	// EffectStatus answers with Fault.Status, Header and Body; the handler never sees the request.
	EffectStatus Effect = "status"
	// EffectDropRequest cuts the connection; the handler never sees the request.
	EffectDropRequest Effect = "drop-request"
	// EffectLoseAnswer lets the handler apply the request and cuts the connection instead of answering; with a Status it answers with that.
	EffectLoseAnswer Effect = "lose-answer"
	// EffectLateCommit cuts the connection now; the handler gets the request at the start of the first later request
	// that arrives at or after Now+After, or by Layer.Settle.
	EffectLateCommit Effect = "late-commit"
	// EffectTwice lets the handler apply the request two times; the caller sees the second answer.
	EffectTwice Effect = "twice"
	// EffectDelay waits Fault.After and then goes on normally; a caller who gives up while waiting is not applied.
	EffectDelay Effect = "delay"
	// EffectTruncate announces the whole body, sends half of it and cuts the connection.
	EffectTruncate Effect = "truncate"
)

// Valid tells whether e is one of the effects above.
func (e Effect) Valid() bool {
	switch e {
	case EffectStatus, EffectDropRequest, EffectLoseAnswer, EffectLateCommit, EffectTwice, EffectDelay, EffectTruncate:
		return true
	default:
		return false
	}
}

// Fault is one way in which requests go wrong, and which requests it meets. All given conditions must hold. When
// several faults meet the same request, the first one in the order of names happens.
type Fault struct {
	// Name is the key of the fault within a Layer.
	Name string
	// Effect is what happens.
	Effect Effect
	// Method is the HTTP method it meets, or several with commas between; empty means any.
	Method string
	// PathContains is a part of the URL path or of the query as sent; empty means any.
	PathContains string
	// BodyContains is a part of the request body; empty means any.
	BodyContains string
	// Status is the answer of EffectStatus; 0 means 503. It is also that of EffectLoseAnswer; 0 means none.
	Status int
	// Header is added to the answer of EffectStatus.
	Header map[string]string
	// Body is the answer of EffectStatus; without a Content-Type in Header it is sent as JSON.
	Body string
	// After is the wait of EffectDelay, and how late EffectLateCommit commits.
	After time.Duration
	// Times is how often it happens before it clears itself; 0 means until cleared.
	Times int
	// Every makes it happen on every n-th request it meets; 0 and 1 mean on each.
	Every int
}

// faultWire is the JSON of a Fault; After travels as text such as "1.5s".
type faultWire struct {
	Name         string            `json:"name,omitempty"`
	Effect       Effect            `json:"effect"`
	Method       string            `json:"method,omitempty"`
	PathContains string            `json:"path_contains,omitempty"`
	BodyContains string            `json:"body_contains,omitempty"`
	Status       int               `json:"status,omitzero"`
	Header       map[string]string `json:"header,omitempty"`
	Body         string            `json:"body,omitempty"`
	After        string            `json:"after,omitempty"`
	Times        int               `json:"times,omitzero"`
	Every        int               `json:"every,omitzero"`
}

// MarshalJSON writes the fault with After as a Go duration text.
func (f Fault) MarshalJSON() ([]byte, error) {
	wire := faultWire{
		Name: f.Name, Effect: f.Effect, Method: f.Method, PathContains: f.PathContains, BodyContains: f.BodyContains,
		Status: f.Status, Header: f.Header, Body: f.Body, Times: f.Times, Every: f.Every,
	}
	if f.After != 0 {
		wire.After = f.After.String()
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads what MarshalJSON wrote; an unknown key, effect or a bad duration is an error.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var wire faultWire
	if err := json.Unmarshal(data, &wire, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("read fault: %w", err)
	}
	if !wire.Effect.Valid() {
		return fmt.Errorf("read fault %q: unknown effect %q", wire.Name, wire.Effect)
	}
	var after time.Duration
	if wire.After != "" {
		parsed, err := time.ParseDuration(wire.After)
		if err != nil {
			return fmt.Errorf("read fault %q: after: %w", wire.Name, err)
		}
		after = parsed
	}
	*f = Fault{
		Name: wire.Name, Effect: wire.Effect, Method: wire.Method, PathContains: wire.PathContains,
		BodyContains: wire.BodyContains, Status: wire.Status, Header: wire.Header, Body: wire.Body,
		After: after, Times: wire.Times, Every: wire.Every,
	}
	return nil
}

// armed is a fault and how often it met and hit something.
type armed struct {
	fault Fault
	met   int
	hit   int
}

func (a *armed) meets(r *http.Request, body []byte) bool {
	f := a.fault
	if f.Method != "" && !slices.Contains(strings.Split(strings.ToUpper(f.Method), ","), r.Method) {
		return false
	}
	if f.PathContains != "" && !strings.Contains(r.URL.Path, f.PathContains) &&
		!strings.Contains(r.URL.RequestURI(), f.PathContains) {
		return false
	}
	return f.BodyContains == "" || bytes.Contains(body, []byte(f.BodyContains))
}

// turn counts a meeting and tells whether the fault's turn has come.
func (a *armed) turn() bool {
	a.met++
	return a.fault.Every <= 1 || a.met%a.fault.Every == 0
}

func (a *armed) spent() bool { return a.fault.Times > 0 && a.hit >= a.fault.Times }

// Set arms a fault, replacing one of the same name and its counts.
func (l *Layer) Set(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := &armed{fault: f}
	at, found := slices.BinarySearchFunc(l.faults, f.Name, byName)
	if found {
		l.faults[at] = entry
		return
	}
	l.faults = slices.Insert(l.faults, at, entry)
}

// Clear disarms the fault of that name and tells whether there was one. What a late commit still holds stays held.
func (l *Layer) Clear(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, found := slices.BinarySearchFunc(l.faults, name, byName)
	if found {
		l.faults = slices.Delete(l.faults, at, at+1)
	}
	return found
}

// Faults returns the armed faults, sorted by name.
func (l *Layer) Faults() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Fault, 0, len(l.faults))
	for _, a := range l.faults {
		out = append(out, a.fault)
	}
	return out
}

func byName(a *armed, name string) int { return cmp.Compare(a.fault.Name, name) }

// choose counts the request with every fault that it meets and returns the one that happens, if any.
func (l *Layer) choose(r *http.Request, body []byte) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var chosen *armed
	for _, a := range l.faults {
		if a.meets(r, body) && a.turn() && chosen == nil {
			chosen = a
		}
	}
	if chosen == nil {
		return Fault{}, false
	}
	chosen.hit++
	if chosen.spent() {
		l.faults = slices.DeleteFunc(l.faults, func(a *armed) bool { return a == chosen })
	}
	return chosen.fault, true
}

func (l *Layer) anyFault() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.faults) > 0
}
