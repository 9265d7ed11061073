package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	link := func(id string, in time.Duration) journal.Link {
		return journal.Link{ID: id, Span: record.Span{From: now.Add(in)}}
	}
	steps := []plan.Step{
		{Op: plan.Delete, Link: link("removed", time.Hour)},
		{Op: plan.Update, Link: link("far", 100*time.Hour)},
		// The work is done with the last of these: done first, a crash before the write would leave nobody who knows of it.
		{Op: plan.Update, Link: link("near", -time.Hour)}, {Op: plan.Park, Link: link("near", -time.Hour), Reason: "the last"},
		{Op: plan.Note, Link: link("seen", 50*time.Hour)},
		{Op: plan.Skip, Reason: "nobody's"},
		{Op: plan.Create, Link: link("new", 2*time.Hour)}, {Op: plan.Note, Link: link("new", time.Minute), Reason: "the last"},
	}
	plan.Order(steps, now)
	var got []string
	for _, step := range steps {
		got = append(got, string(step.Op)+" "+step.Link.ID+step.Reason)
	}
	want := []string{"skip nobody's", "note seen", "update near", "park nearthe last", "create new", "note newthe last", "update far", "delete removed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Order: %s", diff)
	}
}
