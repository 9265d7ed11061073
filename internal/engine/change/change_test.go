package change_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	subject record.Field = "subject"
	place   record.Field = "place"
	body    record.Field = "body"
)

var errNoAnswer = errors.New("no answer")

func digester() record.Digester { return record.NewDigester([]byte("change test")) }

func schema() record.Schema {
	return record.Schema{Fields: []record.FieldSpec{{Name: subject, Flow: record.Both}, {Name: place, Flow: record.Both}, {Name: body, Flow: record.Both}}}
}

// shown is a half that last showed these values at version 4.
func shown(fields record.Fields, changes ...func(*journal.Half)) journal.Half {
	half := journal.Half{Ref: remote.Ref{Side: record.Raynet, Type: "meeting", ID: "1"}, Version: "4", Shown: digester().Fields(fields)}
	for _, change := range changes {
		change(&half)
	}
	return half
}

// sent marks a half of which we only know what we sent, because the side did not return the result.
func sent(version remote.Version) func(*journal.Half) {
	return func(h *journal.Half) { h.Unconfirmed, h.Version = true, version }
}

func reading(fields record.Fields, changes ...func(*remote.Snapshot)) *remote.Reading {
	snapshot := remote.Snapshot{Fields: fields, Version: "4"}
	for _, change := range changes {
		change(&snapshot)
	}
	return &remote.Reading{Presence: remote.Present, Snapshot: snapshot}
}

func at(version remote.Version) func(*remote.Snapshot) {
	return func(s *remote.Snapshot) { s.Version = version }
}
func byUs(s *remote.Snapshot)    { s.ByUs = true }
func private(s *remote.Snapshot) { s.Rule, s.Fields = remote.RulePrivate, nil }
func partial(s *remote.Snapshot) { s.Partial = true }

func TestWhatHappened(t *testing.T) {
	t.Parallel()
	before := record.Fields{subject: "Porada", place: "Brno"}
	tests := []struct {
		name    string
		half    journal.Half
		reading *remote.Reading
		want    change.Change
	}{
		{"nobody looked", shown(before), nil, change.Change{What: change.Unseen}},
		{"as it was", shown(before), reading(before), change.Change{What: change.Same}},
		{"as it was at a newer version", shown(before), reading(before, at("9")), change.Change{What: change.Same}},
		{
			"a person edited one field", shown(before), reading(record.Fields{subject: "Porada", place: "Praha"}, at("5")),
			change.Change{What: change.Edited, Moved: []record.Field{place}, ByPerson: true},
		},
		{
			"a person emptied a field", shown(before), reading(record.Fields{subject: "Porada", place: ""}, at("5")),
			change.Change{What: change.Edited, Moved: []record.Field{place}, ByPerson: true},
		},
		{
			"the edit is found although the version did not move", shown(before), reading(record.Fields{subject: "Schůze", place: "Brno"}),
			change.Change{What: change.Edited, Moved: []record.Field{subject}, ByPerson: true},
		},
		{
			"an edit by our own identity is no person's", shown(before), reading(record.Fields{subject: "Schůze", place: "Brno"}, byUs),
			change.Change{What: change.Edited, Moved: []record.Field{subject}},
		},
		{
			"a field is shown for the first time", shown(before), reading(record.Fields{subject: "Porada", place: "Brno", body: "x"}),
			change.Change{What: change.Edited, Moved: []record.Field{body}, ByPerson: true},
		},
		{
			"several fields moved, told in the order of the schema", shown(before), reading(record.Fields{body: "x", subject: "y", place: "z"}),
			change.Change{What: change.Edited, Moved: []record.Field{subject, place, body}, ByPerson: true},
		},
		{"a row without the field says nothing about it", shown(before), reading(record.Fields{subject: "Porada"}, partial, at("5")), change.Change{What: change.Same}},
		{
			"a row shows the edit of a field that it has", shown(before), reading(record.Fields{subject: "Schůze"}, partial, at("5")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}, ByPerson: true},
		},
		{"it was removed", shown(before), &remote.Reading{Presence: remote.Gone}, change.Change{What: change.Removed}},
		{"it could not be told", shown(before), &remote.Reading{Presence: remote.Broken, Err: errNoAnswer}, change.Change{What: change.Broken, Err: errNoAnswer}},
		{"private things show nothing and are compared with nothing", shown(before), reading(nil, private), change.Change{What: change.Same}},
		{"nor do they confirm a write", shown(before, sent("5")), reading(nil, private, byUs, at("5")), change.Change{What: change.Same}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, test.half, test.reading, test.want)
		})
	}
}

func check(t *testing.T, half journal.Half, reading *remote.Reading, want change.Change) {
	t.Helper()
	got := change.Classify(digester(), schema(), half, reading)
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Classify(%+v, %+v) (-want +got):\n%s", half, reading, diff)
	}
}

// RAYNET does not return what a write made. Until it is seen, what we sent stands for it.
func TestAfterAWriteWhoseResultWasNotReturned(t *testing.T) {
	t.Parallel()
	wrote := record.Fields{subject: "Porada", place: "Brno"}
	tests := []struct {
		name    string
		half    journal.Half
		reading *remote.Reading
		want    change.Change
	}{
		{
			"the side shows what we sent: that is our echo", shown(wrote, sent("5")), reading(wrote, byUs, at("5")),
			change.Change{What: change.Same, Confirms: true},
		},
		{
			"a side without versions shows what we sent", shown(wrote, sent("")), reading(wrote, byUs, at("")),
			change.Change{What: change.Same, Confirms: true},
		},
		{
			"what we never sent is shown beside it for the first time: no edit", shown(wrote, sent("5")),
			reading(record.Fields{subject: "Porada", place: "Brno", body: "x"}, byUs, at("5")),
			change.Change{What: change.Same, Confirms: true},
		},
		{
			"nor is it one when something else was edited", shown(wrote, sent("5")),
			reading(record.Fields{subject: "Schůze", place: "Brno", body: "x"}, at("6")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}, Fresh: []record.Field{body}},
		},
		{
			"other values at the expected version are carried, but nobody's edit: the loop breaker counts them", shown(wrote, sent("5")),
			reading(record.Fields{subject: "PORADA", place: "Brno"}, byUs, at("5")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}},
		},
		{
			"a person edited it since, and we cannot tell whose words those are", shown(wrote, sent("5")),
			reading(record.Fields{subject: "Schůze", place: "Brno"}, at("6")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}},
		},
		{
			"empty versions confirm nothing: other values are an edit", shown(wrote, sent("")),
			reading(record.Fields{subject: "Schůze", place: "Brno"}, byUs, at("")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}},
		},
		{
			"a person wrote between our look and our write: his value may be lost", shown(wrote, sent("5")),
			reading(wrote, byUs, at("6")), change.Change{What: change.Same, Confirms: true, Blind: true},
		},
		{
			"a person wrote after us and left our values: nothing is lost", shown(wrote, sent("5")),
			reading(wrote, at("6")), change.Change{What: change.Same, Confirms: true},
		},
		{
			"people wrote before and after us", shown(wrote, sent("5")),
			reading(wrote, at("7")), change.Change{What: change.Same, Confirms: true, Blind: true},
		},
		{
			"people wrote before us, and something else after", shown(wrote, sent("5")),
			reading(record.Fields{subject: "Schůze", place: "Brno"}, at("7")),
			change.Change{What: change.Edited, Moved: []record.Field{subject}, Blind: true},
		},
		{
			"a version that does not count cannot tell of a blind overwrite", shown(wrote, sent("W/\"abc\"")),
			reading(wrote, at("W/\"abd\"")), change.Change{What: change.Same, Confirms: true},
		},
		{
			"an older version is no sign of anybody", shown(wrote, sent("5")),
			reading(wrote, at("4")), change.Change{What: change.Same, Confirms: true},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, test.half, test.reading, test.want)
		})
	}
}

func values() *rapid.Generator[record.Fields] {
	return rapid.Custom(func(t *rapid.T) record.Fields {
		fields := record.Fields{}
		for _, spec := range schema().Fields {
			if rapid.IntRange(0, 3).Draw(t, "shown") > 0 {
				fields[spec.Name] = record.Value(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "value"))
			}
		}
		return fields
	})
}

// Only an answer "gone" is a removal, and only a value that differs is a move.
func TestNothingElseIsAChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, now := values().Draw(t, "before"), values().Draw(t, "now")
		half := shown(before)
		half.Unconfirmed = rapid.Bool().Draw(t, "unconfirmed")
		half.Version = remote.Version(rapid.SampledFrom([]string{"", "4", "5", "x"}).Draw(t, "version before"))
		look := reading(now, at(remote.Version(rapid.SampledFrom([]string{"", "4", "5", "y"}).Draw(t, "version"))))
		look.Snapshot.ByUs = rapid.Bool().Draw(t, "by us")
		look.Presence = rapid.SampledFrom([]remote.Presence{remote.Present, remote.Present, remote.Present, remote.Gone, remote.Broken}).Draw(t, "presence")
		got := change.Classify(digester(), schema(), half, look)
		if (got.What == change.Removed) != (look.Presence == remote.Gone) {
			t.Fatalf("%s for %s", got.What, look.Presence)
		}
		for _, name := range append(got.Moved, got.Fresh...) {
			value, visible := now[name]
			was, known := before[name]
			if !visible || known && value == was {
				t.Fatalf("%s is said to have moved: %q, before %q", name, value, was)
			}
		}
		if got.ByPerson && (look.Snapshot.ByUs || len(got.Moved) == 0) {
			t.Fatalf("a person is blamed: %+v for %+v", got, look)
		}
		if !half.Unconfirmed && (got.Confirms || got.Blind || len(got.Fresh) > 0) {
			t.Fatalf("confirms what was not open: %+v", got)
		}
	})
}
