package pair_test

import (
	"testing"
	"time"

	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

var now = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

func TestPresetStandard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind                       record.Kind
		maxRemovals, maxPercent    int
		wholeHistory, removeCopies bool
	}{
		{record.Calendar, 50, 10, false, true},
		{record.Contacts, 250, 25, true, true},
		{record.Tasks, 50, 75, false, true}, // finished ones leave after two weeks
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			rules := pair.DefaultRules(test.kind)
			if rules.MaxRemovals != test.maxRemovals || rules.MaxRemovalsPercent != test.maxPercent || rules.FreeRemovals != 5 {
				t.Errorf("a cycle halts at %d removals or %d %%, free %d; want %d, %d %%, 5",
					rules.MaxRemovals, rules.MaxRemovalsPercent, rules.FreeRemovals, test.maxRemovals, test.maxPercent)
			}
			if rules.WholeHistory != test.wholeHistory || rules.RemoveCopies != test.removeCopies {
				t.Errorf("whole history %v, remove copies %v; want %v, %v", rules.WholeHistory, rules.RemoveCopies, test.wholeHistory, test.removeCopies)
			}
			if rules.Flow != record.Both || rules.Clash != pair.RaynetWins {
				t.Errorf("flow %s, clash %s; want both ways, RAYNET wins", rules.Flow, rules.Clash)
			}
			if rules.LoopWrites != 5 || rules.LoopWindow != 10*time.Minute {
				t.Errorf("loop breaker after %d writes in %s, want 5 in 10m", rules.LoopWrites, rules.LoopWindow)
			}
			if rules.GuardAge != 500*time.Millisecond || rules.SettleHorizon != 5*time.Minute || rules.DeletionGrace != 5*time.Minute {
				t.Errorf("guard %s, settle %s, grace %s; want 500ms, 5m, 5m", rules.GuardAge, rules.SettleHorizon, rules.DeletionGrace)
			}
		})
	}
}

// The window is 14 days back and 365 forward; what ends at its beginning or begins at its end is outside.
func TestWindow(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	from, till := now.Add(-14*day), now.Add(365*day)
	tests := []struct {
		name string
		span record.Span
		want bool
	}{
		{"today", record.Between(now, now.Add(time.Hour)), true},
		{"ends just inside", record.Between(from.Add(-time.Hour), from.Add(time.Minute)), true},
		{"ends as the window begins", record.Between(from.Add(-time.Hour), from), false},
		{"begins just inside", record.Between(till.Add(-time.Minute), till.Add(time.Hour)), true},
		{"begins as the window ends", record.Between(till, till.Add(time.Hour)), false},
		{"longer than the window", record.Between(from.Add(-day), till.Add(day)), true},
		{"of no length, inside", record.Between(now, now), true},
		{"of no length, as the window begins", record.Between(from, from), true},
		{"whole day that touches the window in some zone", record.Days(from.Add(-day), from), true},
		{"whole day long ago", record.Days(from.Add(-10*day), from.Add(-9*day)), false},
		{"at no time", record.Span{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := pair.DefaultRules(record.Calendar)
			if got := rules.Within(test.span, now); got != test.want {
				t.Errorf("Within(%v) = %v, want %v", test.span, got, test.want)
			}
			if !pair.DefaultRules(record.Contacts).Within(test.span, now) {
				t.Error("things without a window were left out")
			}
		})
	}
}

func TestClashRules(t *testing.T) {
	t.Parallel()
	for _, clash := range []pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask} {
		if !clash.Valid() {
			t.Errorf("%q is a rule", clash)
		}
	}
	for _, clash := range []pair.Clash{"", "newer", "RAYNET"} {
		if clash.Valid() {
			t.Errorf("%q is no rule", clash)
		}
	}
}
