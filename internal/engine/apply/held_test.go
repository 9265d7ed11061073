package apply_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// last returns the link as it was committed last.
func last(t *testing.T, facts []journal.Fact) journal.Link {
	t.Helper()
	var link journal.Link
	for _, fact := range facts {
		if put, ok := fact.(journal.PutLink); ok {
			link = put.Link
		}
	}
	if link.ID == "" {
		t.Fatal("no link was committed")
	}
	return link
}

// update is a step that carries both fields from Outlook to RAYNET.
func update() plan.Step {
	values := record.Fields{first: "a name that is far too long", second: "new"}
	source := remote.Snapshot{Ref: eventRef, Fields: values}
	target := remote.Snapshot{Ref: meetingRef, Version: "1", At: begin, Fields: record.Fields{first: "old", second: "old"}}
	return plan.Step{Op: plan.Update, Side: record.Raynet, Link: joined(journal.Linked, ""), Source: &source, Target: &target, Fields: values,
		Outlook: plan.Adoption{Shown: digester().Fields(values), Version: "e2"}}
}

// What a side cuts is remembered as it shows it, and as the other side has it: neither is taken for an edit later.
func TestWhatASideCannotHoldIsRememberedAsItShowsIt(t *testing.T) {
	t.Parallel()
	facts := follow(t, apply.New(config(1), nil, []plan.Step{update()}, newOp()), func(action apply.Action) apply.Event {
		if _, ok := action.(apply.Compose); ok {
			return apply.Event{Requests: []remote.Request{{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}",
				Writes: []record.Field{first, second}, Shows: record.Fields{first: "a name that…"}}}}
		}
		return apply.Event{}
	})
	link := last(t, facts)
	for _, want := range []struct {
		half  journal.Half
		field record.Field
		value record.Value
	}{
		{link.Raynet, first, "a name that…"}, {link.Raynet, second, "new"},
		{link.Outlook, first, "a name that is far too long"}, {link.Outlook, second, "new"},
	} {
		if got := want.half.Shown[want.field]; got != digester().Value(want.field, want.value) {
			t.Errorf("%s of %s is not remembered as %q", want.field, want.half.Ref, want.value)
		}
	}
}

// twoCalls writes one field with the first request of an update and the other one with a second.
func twoCalls(failure error) func(apply.Action) apply.Event {
	sent := 0
	return func(action apply.Action) apply.Event {
		switch action.(type) {
		case apply.Compose:
			return apply.Event{Requests: []remote.Request{
				{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}", Writes: []record.Field{first}},
				{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{1}", Writes: []record.Field{second}},
			}}
		case apply.Send:
			if sent++; sent == 2 {
				return apply.Event{Err: failure, Answer: remote.Answer{Ref: meetingRef}}
			}
			return apply.Event{Answer: remote.Answer{Ref: meetingRef}}
		}
		return apply.Event{}
	}
}

// An update may need two calls. When both are over, both fields are known on both sides.
func TestTheSecondCallOfAnUpdateIsRemembered(t *testing.T) {
	t.Parallel()
	link := last(t, follow(t, apply.New(config(1), nil, []plan.Step{update()}, newOp()), twoCalls(nil)))
	for _, half := range []journal.Half{link.Raynet, link.Outlook} {
		if half.Shown[second] != digester().Value(second, "new") {
			t.Errorf("%s does not show what the second call wrote", half.Ref)
		}
	}
	if link.Raynet.Version != "3" {
		t.Errorf("RAYNET's version is expected to be %q, want 3 after two writes", link.Raynet.Version)
	}
}

// A second call that is refused leaves its field as an edit that nobody has carried yet.
func TestAnUpdateWhoseSecondCallFailsIsMergedAgain(t *testing.T) {
	t.Parallel()
	refused := &remote.Error{Kind: remote.Invalid, Side: record.Raynet, Doing: "tag"}
	facts := follow(t, apply.New(config(1), nil, []plan.Step{update()}, newOp()), twoCalls(refused))
	link := last(t, facts)
	if _, known := link.Outlook.Shown[second]; known {
		t.Error("the edit counts as carried")
	}
	if link.Outlook.Shown[first] != digester().Value(first, "a name that is far too long") {
		t.Error("what the first call carried counts as an edit still")
	}
	if got := kept(facts); len(got) != 1 || got[0] != eventRef {
		t.Errorf("work is kept for %v, want %v", got, eventRef)
	}
}

// The loop breaker counts what we wrote to a thing, not in how many calls. That we made it is a write, and an edit too: a person who
// edits a new copy a few times is no loop.
func TestOneUpdateIsOneWriteForTheLoopBreaker(t *testing.T) {
	t.Parallel()
	link := last(t, follow(t, apply.New(config(1), nil, []plan.Step{update()}, newOp()), twoCalls(nil)))
	if link.Loop.Writes != 1 {
		t.Errorf("an update in two calls counts as %d writes", link.Loop.Writes)
	}
	source := remote.Snapshot{Ref: meetingRef, Fields: record.Fields{first: "new"}}
	create := plan.Step{Op: plan.Create, Side: record.Outlook, Link: joined(journal.Making, ""), Source: &source, Fields: source.Fields, State: journal.Linked}
	create.Link.Outlook = journal.Half{}
	link = last(t, follow(t, apply.New(config(1), nil, []plan.Step{create}, newOp()), func(action apply.Action) apply.Event {
		switch action.(type) {
		case apply.Compose:
			return apply.Event{Requests: []remote.Request{{Side: record.Outlook, Op: remote.Create, Body: "{}", Writes: []record.Field{first}}}}
		case apply.Send:
			return apply.Event{Answer: remote.Answer{Ref: eventRef, Snapshot: &remote.Snapshot{Ref: eventRef, Fields: source.Fields}}}
		}
		return apply.Event{}
	}))
	if link.Loop.Writes != 1 || link.Loop.Edits != 1 {
		t.Errorf("making a copy counts as %d writes and %d edits", link.Loop.Writes, link.Loop.Edits)
	}
}

// A call that only brings the key of a record that was made is not given up when RAYNET fails: without it a loss of the database would
// have the record made again. It is made once more in the next cycle, and given up only when it is refused again and again.
func TestAKeyIsBroughtUntilItIsThere(t *testing.T) {
	t.Parallel()
	source := remote.Snapshot{Ref: eventRef, Fields: record.Fields{first: "a"}}
	create := plan.Step{Op: plan.Create, Side: record.Raynet, Link: joined(journal.Linked, ""), Source: &source, Fields: source.Fields, Key: "key"}
	bring := remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Key: "key", Path: "extId/", Body: `"key"`}
	failed := &remote.Error{Kind: remote.Forbidden, Side: record.Raynet, Status: 403}
	brought, fails := 0, true
	service := func(action apply.Action) apply.Event {
		switch action := action.(type) {
		case apply.Compose:
			if action.Write.Op == remote.Update {
				return apply.Event{Requests: []remote.Request{bring}}
			}
			return apply.Event{Requests: []remote.Request{{Side: record.Raynet, Op: remote.Create, Key: "key", Body: "{}", Writes: []record.Field{first}}}}
		case apply.Send:
			if action.Request.Op == remote.Create {
				return apply.Event{Answer: remote.Answer{Ref: meetingRef, Keyless: true}}
			}
			if brought++; fails {
				return apply.Event{Err: failed}
			}
		}
		return apply.Event{Answer: remote.Answer{Ref: meetingRef}}
	}
	open := func(facts []journal.Fact) (intent journal.Intent, found bool) {
		for _, fact := range facts {
			switch fact := fact.(type) {
			case journal.OpenIntent:
				intent, found = fact.Intent, true
			case journal.CloseIntent:
				found = found && fact.Op != intent.Op
			case journal.TouchIntent:
				intent.Tries = fact.Tries
			}
		}
		return intent, found
	}
	intent, found := open(follow(t, apply.New(config(1), nil, []plan.Step{create}, newOp()), service))
	if !found || brought != 1 {
		t.Fatalf("the key was brought %d times, and its intent is open: %v", brought, found)
	}
	again := func() (closed bool) {
		for _, fact := range follow(t, apply.New(config(2), []journal.Intent{intent}, nil, newOp()), service) {
			switch fact := fact.(type) {
			case journal.CloseIntent:
				closed = true
			case journal.TouchIntent:
				intent.Tries = fact.Tries
			}
		}
		return closed
	}
	for n := 2; n <= 4; n++ {
		if again() || brought != n {
			t.Fatalf("try %d: brought %d times", n, brought)
		}
	}
	refused := intent
	fails = false
	if !again() || brought != 5 {
		t.Errorf("the key was brought %d times, want 5, and its intent closed", brought)
	}
	fails, intent = true, refused
	if !again() || brought != 6 {
		t.Errorf("the key was brought %d times, want 6, and its intent given up", brought)
	}
	failed = &remote.Error{Kind: remote.Unavailable, Side: record.Raynet, Status: 503}
	if intent = refused; again() { // RAYNET is down: that says nothing about the key
		t.Error("the key was given up, though RAYNET could not be reached")
	}
	intent = refused
	intent.FirstSent, intent.Tries = intent.FirstSent.Add(-2*time.Hour), 1 // nobody worked meanwhile
	if again() {
		t.Error("the key was given up after the second try, because the first one was long ago")
	}
	if intent.Tries = 4; !again() {
		t.Error("the key was not given up, though RAYNET could not be reached in hours and in many tries")
	}
}

// The call that brings the key comes before the others that follow a create: a process that dies between them, and a record that is locked
// then, must not leave one that nothing but its key tells from what people made.
func TestAKeyIsBroughtBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	source := remote.Snapshot{Ref: eventRef, Fields: record.Fields{first: "a", second: "b"}}
	create := plan.Step{Op: plan.Create, Side: record.Raynet, Link: joined(journal.Linked, ""), Source: &source, Fields: source.Fields, Key: "key"}
	bring := remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Key: "key", Path: "extId/", Body: `"key"`}
	create.Link.Outlook.Shown = digester().Fields(source.Fields)
	var sent []string
	follow(t, apply.New(config(1), nil, []plan.Step{create}, newOp()), func(action apply.Action) apply.Event {
		switch action := action.(type) {
		case apply.Compose:
			if action.Write.Op == remote.Update {
				return apply.Event{Requests: []remote.Request{bring}}
			}
			return apply.Event{Requests: []remote.Request{
				{Side: record.Raynet, Op: remote.Create, Key: "key", Body: "{}", Writes: []record.Field{first}},
				{Side: record.Raynet, Op: remote.Update, Path: "place/", Body: "{}", Writes: []record.Field{second}},
			}}
		case apply.Send:
			sent = append(sent, action.Request.Path)
			return apply.Event{Answer: remote.Answer{Ref: meetingRef, Keyless: action.Request.Op == remote.Create}}
		}
		return apply.Event{}
	})
	if want := []string{"", "extId/", "place/"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
}

// A value that moves up in Outlook into a field that a person emptied does not hide that from the side that was to be told and was not: both
// fields are an edit still.
func TestWhatMovesUpDoesNotHideAnEdit(t *testing.T) {
	t.Parallel()
	link := joined(journal.Linked, "")
	link.Outlook.Shown = digester().Fields(record.Fields{first: "old", second: ""})
	inRaynet := remote.Snapshot{Ref: meetingRef, Version: "1", At: begin, Fields: record.Fields{first: "old", second: "new"}}
	inOutlook := remote.Snapshot{Ref: eventRef, Version: "e1", At: begin, Fields: record.Fields{first: "", second: ""}}
	toOutlook := plan.Step{Op: plan.Update, Side: record.Outlook, Link: link, Source: &inRaynet, Target: &inOutlook, Fields: record.Fields{second: "new"}}
	toRaynet := plan.Step{Op: plan.Update, Side: record.Raynet, Link: link, Source: &inOutlook, Target: &inRaynet, Fields: record.Fields{first: ""}}
	for _, test := range []struct {
		name  string
		steps []plan.Step
		want  record.Fields
	}{
		{"the edit is carried next", []plan.Step{toOutlook, toRaynet}, record.Fields{first: "old", second: "new"}},
		{"nothing is to be carried", []plan.Step{toOutlook}, record.Fields{first: "new", second: ""}},
	} {
		facts := follow(t, apply.New(config(1), nil, test.steps, newOp()), func(action apply.Action) apply.Event {
			switch a := action.(type) {
			case apply.Compose:
				if a.Write.Side == record.Raynet {
					return apply.Event{Err: &remote.Error{Kind: remote.Invalid, Side: record.Raynet}}
				}
				return apply.Event{Requests: []remote.Request{{Side: record.Outlook, Op: remote.Update, Ref: eventRef, Body: "{}",
					Writes: []record.Field{first, second}, Shows: record.Fields{first: "new", second: ""}}}}
			case apply.Send:
				shows := remote.Snapshot{Ref: eventRef, Version: "e2", Fields: record.Fields{first: "new", second: ""}}
				return apply.Event{Answer: remote.Answer{Ref: eventRef, Version: "e2", Snapshot: &shows}}
			}
			return apply.Event{}
		})
		for name, value := range test.want {
			if got := last(t, facts).Outlook.Shown[name]; got != digester().Value(name, value) {
				t.Errorf("%s: %s is not remembered as %q", test.name, name, value)
			}
		}
	}
}
