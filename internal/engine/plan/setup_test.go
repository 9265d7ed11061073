package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

var now = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

const (
	me      = "41" // RAYNET person of the pair
	another = "42"
)

var (
	meeting = remote.Ref{Side: record.Raynet, Type: "meeting", ID: "1"}
	event   = remote.Ref{Side: record.Outlook, Type: "event", ID: "A"}
	soon    = record.Between(now.Add(24*time.Hour), now.Add(25*time.Hour))
	longAgo = record.Between(now.AddDate(0, -2, 0), now.AddDate(0, -2, 0).Add(time.Hour))
)

func digester() record.Digester { return record.NewDigester([]byte("plan test")) }

func setup() plan.Context {
	return plan.Context{
		Pair:  journal.Pair{ID: 7, Connection: "default", Kind: record.Calendar, Mailbox: "box", Person: me},
		Rules: pair.DefaultRules(record.Calendar), Schema: record.EventSchema(), Digester: digester(), Now: now,
		Key: func(source remote.Snapshot) string { return "key-" + source.Ref.ID },
	}
}

// fields are the values of a small event.
func fields(subject, place record.Value) record.Fields {
	return record.Fields{record.EventSubject: subject, record.EventPlace: place}
}

func inRaynet(subject, place record.Value, changes ...func(*remote.Snapshot)) *remote.Reading {
	s := remote.Snapshot{
		Ref: meeting, Kind: record.Calendar, Version: "5", At: now, Fields: fields(subject, place), Span: soon,
		People: []string{me}, Offered: true,
	}
	return read(s, changes)
}

func inOutlook(subject, place record.Value, changes ...func(*remote.Snapshot)) *remote.Reading {
	s := remote.Snapshot{Ref: event, Kind: record.Calendar, Version: `"e5"`, At: now, Fields: fields(subject, place), Span: soon}
	return read(s, changes)
}

func read(s remote.Snapshot, changes []func(*remote.Snapshot)) *remote.Reading {
	for _, change := range changes {
		change(&s)
	}
	return &remote.Reading{Ref: s.Ref, Presence: remote.Present, Snapshot: s}
}

func gone(ref remote.Ref) *remote.Reading { return &remote.Reading{Ref: ref, Presence: remote.Gone} }

func broken(ref remote.Ref) *remote.Reading {
	return &remote.Reading{Ref: ref, Presence: remote.Broken, Err: errors.New("no answer")}
}

func refused(ref remote.Ref, kind remote.ErrorKind, retryAt time.Time) *remote.Reading {
	return &remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{Kind: kind, Side: ref.Side, Doing: "read", RetryAt: retryAt}}
}

// What a snapshot may be besides.
func offered(s *remote.Snapshot)   { s.Offered = true }
func finished(s *remote.Snapshot)  { s.Finished = true }
func byUs(s *remote.Snapshot)      { s.ByUs = true }
func madeByUs(s *remote.Snapshot)  { s.MadeByUs = true }
func private(s *remote.Snapshot)   { s.Rule, s.Fields, s.Natural = remote.RulePrivate, nil, nil }
func draft(s *remote.Snapshot)     { s.Rule = remote.RuleDraft }
func past(s *remote.Snapshot)      { s.Span = longAgo }
func attendees(s *remote.Snapshot) { s.Held = []remote.Holder{remote.HeldAttendees} }
func theirs(s *remote.Snapshot)    { s.Held = []remote.Holder{remote.HeldReadOnly} }
func without(s *remote.Snapshot)   { s.People = []string{another} }
func version(v remote.Version) func(*remote.Snapshot) {
	return func(s *remote.Snapshot) { s.Version = v }
}
func natural(text string) func(*remote.Snapshot) {
	return func(s *remote.Snapshot) { s.Natural = []string{text} }
}
func key(text string) func(*remote.Snapshot)  { return func(s *remote.Snapshot) { s.Key = text } }
func called(id string) func(*remote.Snapshot) { return func(s *remote.Snapshot) { s.Ref.ID = id } }
func twin(text string) func(*remote.Snapshot) { return func(s *remote.Snapshot) { s.Twin = text } }
func stamped(source remote.Ref) func(*remote.Snapshot) {
	return func(s *remote.Snapshot) { s.Stamp = &remote.Stamp{Source: source, Mailbox: "box"} }
}

// linked is a link whose sides last showed "Porada" in "Brno"; RAYNET's record is the original.
func linked(changes ...func(*journal.Link)) *journal.Link {
	shown := digester().Fields(fields("Porada", "Brno"))
	link := journal.Link{
		ID: "L", Pair: 7, State: journal.Linked, Origin: record.Raynet, Owner: true, Span: soon,
		Raynet:  journal.Half{Ref: meeting, Version: "5", Shown: shown.Clone()},
		Outlook: journal.Half{Ref: event, Version: `"e5"`, Shown: shown.Clone()},
	}
	for _, change := range changes {
		change(&link)
	}
	return &link
}

func fromOutlook(l *journal.Link) { l.Origin = record.Outlook }
func readOnly(l *journal.Link)    { l.ReadOnly = true }
func takesPart(l *journal.Link)   { l.Owner = false }
func occurrence(l *journal.Link)  { l.Group = "series" }
func making(l *journal.Link)      { l.State, l.Outlook = journal.Making, journal.Half{} }
func frozen(l *journal.Link)      { l.FrozenUntil = now.Add(3 * time.Minute) }
func unconfirmed(l *journal.Link) { l.Raynet.Unconfirmed, l.Raynet.Version = true, "6" }
func state(s journal.LinkState, reason string) func(*journal.Link) {
	return func(l *journal.Link) { l.State, l.Reason = s, reason }
}
func looping(writes, edits int, since time.Duration) func(*journal.Link) {
	return func(l *journal.Link) { l.Loop = journal.Loop{Since: now.Add(-since), Writes: writes, Edits: edits} }
}

func waits(ref remote.Ref, why journal.Why, tries int) journal.Work {
	return journal.Work{Pair: 7, Ref: ref, Why: why, Generation: 3, Tries: tries, Since: now.Add(-time.Hour), RetryAt: now}
}

// tell writes steps down the way a person would, one line each.
func tell(steps []plan.Step) []string {
	lines := make([]string, 0, len(steps))
	for _, step := range steps {
		lines = append(lines, line(step))
	}
	return lines
}

func line(step plan.Step) string {
	var b strings.Builder
	b.WriteString(string(step.Op))
	if step.Side != "" {
		fmt.Fprintf(&b, " in %s", step.Side)
	}
	for _, name := range step.Fields.Sorted() {
		fmt.Fprintf(&b, " %s=%q", name, step.Fields[name])
	}
	if step.Event == journal.Clash {
		b.WriteString(" (clash)")
	}
	if step.Aside != nil {
		fmt.Fprintf(&b, " %s: %s", step.Aside.Ref, step.Aside.Rule)
	} else if step.Reason != "" && len(step.Put) == 0 {
		fmt.Fprintf(&b, ": %s", step.Reason)
	}
	if step.State != "" {
		fmt.Fprintf(&b, " -> %s", step.State)
	}
	for _, side := range []struct {
		name     string
		adoption plan.Adoption
	}{{"raynet", step.Raynet}, {"outlook", step.Outlook}} {
		var names []string
		for name := range side.adoption.Shown {
			names = append(names, string(name))
		}
		slices.Sort(names)
		if len(names) > 0 && step.Op == plan.Note {
			fmt.Fprintf(&b, ", remembers %s %s", side.name, strings.Join(names, " "))
		}
		if side.adoption.Confirmed {
			b.WriteString(" confirmed")
		}
	}
	if step.Blind {
		b.WriteString(", blind")
	}
	if step.Erase {
		b.WriteString(", erases")
	}
	for _, work := range step.Put {
		when := "until it is decided"
		if !work.RetryAt.IsZero() {
			when = "in " + work.RetryAt.Sub(now).String()
		}
		fmt.Fprintf(&b, ", keeps %s %s: %s %s", work.Ref, work.Why, work.Reason, when)
	}
	for _, done := range step.Done {
		fmt.Fprintf(&b, ", done %s", done.Ref)
	}
	return b.String()
}

func decides(t *testing.T, c plan.Context, item plan.Item, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, tell(plan.Decide(c, item))); diff != "" && len(want)+len(plan.Decide(c, item)) > 0 {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}
