package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/alert"
	"raynetsync/internal/store"
)

// Way carries messages to people: *alert.Mail and *alert.Webhook do.
type Way interface {
	// Name tells ways apart, also in the database; Target says for people where messages go.
	Name() string
	Target() string
	// Send returns nil when the message was taken, else an *alert.Error.
	Send(ctx context.Context, message alert.Message) error
}

// Alerts decides what people are told, and when. Its exported members are set once; it is safe for concurrent use. Only one
// process may call Tick (it holds the server's lease); any may look at Conditions and List, or Test.
//
// A message is sent first and noted as told afterwards. A process that dies in between tells once more after its next start:
// people hear of everything at least once, and of next to nothing twice.
type Alerts struct {
	Admin *Admin
	// Ways may be empty: then conditions are noted and nobody is told.
	Ways []Way
	Zone *time.Location
	// URL is the page of this server, empty if there is none.
	URL string
	// NoProgress is how long nothing may be finished before that is a condition.
	NoProgress time.Duration
	// CertificateEnds is when the certificate ends that the application signs in with, zero if it has a secret.
	CertificateEnds time.Time
	// Digest is the day of the weekly digest, nil for none. It is due at 8:00 in Zone.
	Digest *time.Weekday

	mu sync.Mutex
	// unsaved is what the database did not take, nil if it took everything: it may be full, and that is told too.
	unsaved map[noteKey]*note // guarded by mu
	// failing is when a way that fails was logged last, digested for which moment it got a digest. // guarded by mu; way -> time
	failing, digested map[string]time.Time
}

const (
	// remindAfter is how often people are reminded of what is serious and still holds.
	remindAfter = 24 * time.Hour
	// settleAfter is how long something must be over before people are told so. What comes back within that time is no news.
	settleAfter = 15 * time.Minute
	// flapAfter is the same for what came back within a day after people had been told that it was over.
	flapAfter = 24 * time.Hour
	// keepNotes is how long what is over can be looked up.
	keepNotes = 30 * 24 * time.Hour
	// complainAfter is how often a way that fails is logged.
	complainAfter = time.Hour
)

type noteKey struct{ code, subject string }

// note is what is remembered of one condition.
type note struct {
	store.Alert
	noteBody
	changed bool
}

// noteBody is the part of a note that is sealed.
type noteBody struct {
	Condition Condition `json:"condition"`
	// Seen is when it was noticed; Returned when it came back after people had been told that it was over, zero if it did not.
	Seen     time.Time          `json:"seen,omitzero"`
	Returned time.Time          `json:"returned,omitzero"`
	Ways     map[string]wayNote `json:"ways,omitempty"`
}

// wayNote is what was told by one way since it began.
type wayNote struct {
	At    time.Time `json:"at,omitzero"`
	Level string    `json:"level,omitempty"`
	Over  bool      `json:"over,omitzero"`
}

// Tick notes what holds now and tells what is news. Call it every minute. A way that fails is tried again at the next tick
// and stops nothing; the error is that of the store.
func (a *Alerts) Tick(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	conditions, err := a.Conditions(ctx)
	if err != nil {
		return err
	}
	notes, err := a.notes(ctx)
	if err != nil {
		return err
	}
	now := a.Admin.Now()
	dropped := noteConditions(notes, conditions, now)
	err = errors.Join(a.save(ctx, notes), a.drop(ctx, dropped))
	for _, way := range a.Ways {
		err = errors.Join(err, a.tell(ctx, way, notes))
	}
	return errors.Join(err, a.tellDigest(ctx, conditions))
}

// notes reads what is remembered.
func (a *Alerts) notes(ctx context.Context) (map[noteKey]*note, error) {
	if a.unsaved != nil {
		return a.unsaved, nil
	}
	rows, err := a.Admin.Store.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	notes := map[noteKey]*note{}
	for _, row := range rows {
		n := &note{Alert: row}
		if err := json.Unmarshal(row.Body, &n.noteBody); err != nil {
			return nil, fmt.Errorf("read what was told of %s: %w", row.Code, err)
		}
		notes[noteKey{row.Code, row.Subject}] = n
	}
	return notes, nil
}

// save writes the notes that changed. What the database does not take is kept in memory until it does.
func (a *Alerts) save(ctx context.Context, notes map[noteKey]*note) error {
	var rows []store.Alert
	for _, n := range notes {
		if !n.changed {
			continue
		}
		body, err := json.Marshal(n.noteBody)
		if err != nil {
			a.unsaved = notes
			return fmt.Errorf("note an alert: %w", err)
		}
		n.Body = body
		rows = append(rows, n.Alert)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := a.Admin.Store.PutAlerts(context.WithoutCancel(ctx), rows...); err != nil {
		a.unsaved = notes
		return err
	}
	for _, n := range notes {
		n.changed = false
	}
	a.unsaved = nil
	return nil
}

func (a *Alerts) drop(ctx context.Context, rows []store.Alert) error {
	if len(rows) == 0 {
		return nil
	}
	return a.Admin.Store.DropAlerts(ctx, rows...)
}

// noteConditions brings the notes up to date with what holds. It returns the notes that are not needed any more, and takes
// them out.
func noteConditions(notes map[noteKey]*note, conditions []Condition, now time.Time) (dropped []store.Alert) {
	holds := map[noteKey]bool{}
	for _, c := range conditions {
		key := noteKey{c.Code, c.subject()}
		holds[key] = true
		n, known := notes[key]
		if !known {
			n = &note{Alert: store.Alert{Code: key.code, Subject: key.subject}}
			notes[key] = n
		}
		n.hold(c, now)
	}
	for key, n := range notes {
		switch {
		case holds[key]:
		case n.Ended.IsZero() && n.Told.IsZero(): // nobody heard of it
			dropped = append(dropped, n.Alert)
			delete(notes, key)
		case n.Ended.IsZero():
			n.Ended, n.changed = now, true
		case now.Sub(n.Ended) > keepNotes:
			dropped = append(dropped, n.Alert)
			delete(notes, key)
		}
	}
	return dropped
}

// hold notes that a condition holds.
func (n *note) hold(c Condition, now time.Time) {
	over := func(t wayNote) bool { return t.Over }
	begins := n.Seen.IsZero()
	switch {
	case begins:
		n.Seen, n.changed = now, true
	case !n.Ended.IsZero() && slices.ContainsFunc(slices.Collect(maps.Values(n.Ways)), over):
		begins, n.Returned = true, time.Time{}
		if now.Sub(n.Told) < flapAfter {
			n.Returned = now
		}
		n.Seen, n.Ways, n.Told, n.Ended, n.changed = now, nil, time.Time{}, time.Time{}, true
	case !n.Ended.IsZero(): // nobody was told that it was over, and it was not
		n.Ended, n.changed = time.Time{}, true
	}
	switch {
	case !c.Since.IsZero():
	case begins:
		c.Since = now
	default:
		c.Since = n.Since
	}
	if begins || !n.Condition.same(c) {
		n.Since, n.Condition, n.changed = c.Since, c, true
	}
}

// same compares conditions as the database keeps them.
func (c Condition) same(other Condition) bool {
	sameTime := c.Since.UnixMilli() == other.Since.UnixMilli()
	c.Since = other.Since
	return sameTime && c == other
}

// due tells how an item is told by a way now; ok is false if it is not.
func (n *note) due(way string, now time.Time) (state alert.State, ok bool) {
	before := n.Ways[way]
	if !n.Ended.IsZero() {
		settle := settleAfter
		if !n.Returned.IsZero() {
			settle = flapAfter
		}
		return alert.Over, !before.At.IsZero() && !before.Over && now.Sub(n.Ended) >= settle
	}
	switch {
	case before.At.IsZero():
		return alert.Begun, !n.Condition.Slow || now.Sub(n.Seen) >= slowWait
	case before.Level != n.Condition.Level:
		return alert.Begun, true
	}
	return alert.Still, n.Condition.Serious && now.Sub(before.At) >= remindAfter
}

func (n *note) item(state alert.State) alert.Item {
	item := alertItem(n.Condition, state)
	item.Ended = n.Ended
	return item
}

func alertItem(c Condition, state alert.State) alert.Item {
	return alert.Item{State: state, Code: c.Code, User: c.User, Of: string(c.Of), Reason: c.Reason, Count: c.Count, Since: c.Since}
}

// tell sends everything that is due by one way in one message.
func (a *Alerts) tell(ctx context.Context, way Way, notes map[noteKey]*note) error {
	now := a.Admin.Now()
	var due []*note
	states := map[*note]alert.State{}
	for _, n := range notes {
		if state, ok := n.due(way.Name(), now); ok {
			due = append(due, n)
			states[n] = state
		}
	}
	if len(due) == 0 {
		return nil
	}
	slices.SortFunc(due, byWeight)
	message := alert.Message{ID: a.Admin.NewID(), Kind: alert.News, At: now, URL: a.URL}
	for _, n := range due {
		message.Items = append(message.Items, n.item(states[n]))
	}
	if !a.send(ctx, way, message) {
		return nil
	}
	for _, n := range due {
		if n.Ways == nil {
			n.Ways = map[string]wayNote{}
		}
		t := wayNote{At: now, Level: n.Condition.Level, Over: states[n] == alert.Over}
		n.Ways[way.Name()], n.Told, n.changed = t, now, true
	}
	return errors.Join(a.save(ctx, notes), a.settled(ctx, way))
}
