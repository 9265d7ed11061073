package apply_test

import (
	"slices"
	"testing"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// A branch of the way back that was taken is counted under a name that is listed.
func TestBranchesAreCounted(t *testing.T) {
	t.Parallel()
	intent := journal.Intent{Op: "op", Pair: pairID, Link: joined(journal.Linked, ""), FirstSent: begin, LastSent: begin, Tries: 1,
		Request: remote.Request{Side: eventRef.Side, Op: remote.Delete, Ref: eventRef}}
	core := apply.New(config(1), []journal.Intent{intent}, nil, newOp())
	follow(t, core, func(action apply.Action) apply.Event {
		if look, ok := action.(apply.Look); ok {
			return apply.Event{Reading: remote.Reading{Ref: look.Ref, Presence: remote.Gone}}
		}
		return apply.Event{}
	})
	got := core.Result()
	if got.Probes["delete-had-landed"] != 1 || len(got.Probes) != 1 {
		t.Errorf("counted %v, want delete-had-landed once", got.Probes)
	}
	if !slices.Contains(apply.Probes(), "delete-had-landed") {
		t.Error("a branch is counted under a name that is not listed")
	}
	sum := apply.Result{}
	sum.AddProbes(got)
	sum.AddProbes(got)
	if sum.Probes["delete-had-landed"] != 2 || got.Probes["delete-had-landed"] != 1 {
		t.Errorf("adding it twice made %v and left %v", sum.Probes, got.Probes)
	}
	if calm := apply.New(config(1), nil, []plan.Step{}, newOp()).Result(); calm.Probes != nil {
		t.Errorf("counted %v where nothing happened", calm.Probes)
	}
}

// Each probe has one name.
func TestProbesAreDistinct(t *testing.T) {
	t.Parallel()
	names := apply.Probes()
	if len(names) < 30 {
		t.Fatalf("%d probes, want every branch of the way back", len(names))
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("two branches share a name: %v", names)
	}
}

// A key that is taken is looked for once more at once, for another mailbox may have been faster. What cannot be seen then either
// is parked: asking at once, for ever, is no use.
func TestATakenKeyIsLookedForOnceAndThenParked(t *testing.T) {
	t.Parallel()
	source := remote.Snapshot{Ref: eventRef, Version: "e1", Fields: record.Fields{first: "new"}}
	refuse := func(tries int) (journal.Work, apply.Result) {
		step := plan.Step{Op: plan.Create, Side: record.Raynet, Link: joined(journal.Linked, ""), Source: &source, Fields: source.Fields, Key: "key", Tries: tries}
		core := apply.New(config(1), nil, []plan.Step{step}, newOp())
		facts := follow(t, core, func(action apply.Action) apply.Event {
			switch action.(type) {
			case apply.Compose:
				return apply.Event{Requests: []remote.Request{{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first}}}}
			case apply.Send:
				return apply.Event{Err: &remote.Error{Kind: remote.Duplicate, Side: record.Raynet}}
			}
			return apply.Event{}
		})
		at := slices.IndexFunc(facts, func(fact journal.Fact) bool { _, ok := fact.(journal.PutWork); return ok })
		if at < 0 {
			t.Fatalf("nothing is left to do: %+v", facts)
		}
		return facts[at].(journal.PutWork).Work, core.Result()
	}
	work, result := refuse(0)
	if work.Why != journal.WhyChanged || work.RetryAt.After(begin) || work.Tries != 1 || result.Again != 1 || result.Parked != 0 {
		t.Errorf("first: %+v, merged again %d times, parked %d", work, result.Again, result.Parked)
	}
	work, result = refuse(work.Tries)
	if work.Why != journal.WhyParked || !work.RetryAt.After(begin) || result.Again != 0 || result.Parked != 1 {
		t.Errorf("then: %+v, merged again %d times, parked %d", work, result.Again, result.Parked)
	}
}
