package plan_test

import (
	"errors"
	"testing"

	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	calendar, contacts, tasks := pair.DefaultRules(record.Calendar), pair.DefaultRules(record.Contacts), pair.DefaultRules(record.Tasks)
	tests := []struct {
		name  string
		rules pair.Rules
		tally plan.Tally
		want  string // reason, empty for none
	}{
		{"nothing happened", calendar, plan.Tally{Linked: 1000}, ""},
		{"five removals never halt, even if they are all there was", calendar, plan.Tally{Linked: 5, Removals: 5}, ""},
		{"six of ten", calendar, plan.Tally{Linked: 10, Removals: 6}, "too-many-removals"},
		{"six of sixty are ten percent", calendar, plan.Tally{Linked: 60, Removals: 6}, "too-many-removals"},
		{"six of sixty-one are less", calendar, plan.Tally{Linked: 61, Removals: 6}, ""},
		{"fifty of ten thousand", calendar, plan.Tally{Linked: 10_000, Removals: 50}, "too-many-removals"},
		{"forty-nine of ten thousand", calendar, plan.Tally{Linked: 10_000, Removals: 49}, ""},
		{"contacts: a quarter", contacts, plan.Tally{Linked: 100, Removals: 25}, "too-many-removals"},
		{"contacts: less than a quarter", contacts, plan.Tally{Linked: 100, Removals: 24}, ""},
		{"contacts: two hundred and fifty", contacts, plan.Tally{Linked: 100_000, Removals: 250}, "too-many-removals"},
		{"tasks: three quarters", tasks, plan.Tally{Linked: 40, Removals: 30}, "too-many-removals"},
		{"tasks: fewer", tasks, plan.Tally{Linked: 40, Removals: 29}, ""},
		{"removals without a single link left", calendar, plan.Tally{Removals: 6}, "too-many-removals"},
		{"everything changed", calendar, plan.Tally{Linked: 100, Changed: 100}, "everything-changed"},
		{"half changed", calendar, plan.Tally{Linked: 102, Changed: 51}, ""},
		{"more than half changed", calendar, plan.Tally{Linked: 101, Changed: 51}, "everything-changed"},
		{"fifty changes never halt", calendar, plan.Tally{Linked: 50, Changed: 50}, ""},
		{"a side is suddenly empty", calendar, plan.Tally{Linked: 6, Emptied: true}, "empty-listing"},
		{"a side is empty and there were five", calendar, plan.Tally{Linked: 5, Emptied: true}, ""},
		{"an empty side of a new pair", calendar, plan.Tally{Emptied: true}, ""},
		{"the empty listing is the reason told first", calendar, plan.Tally{Linked: 100, Emptied: true, Removals: 100}, "empty-listing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := plan.Check(test.rules, test.tally)
			got := ""
			if halt, ok := errors.AsType[*plan.HaltError](err); ok {
				got = halt.Reason
				if halt.Tally != test.tally {
					t.Errorf("the halt tells %+v, want %+v", halt.Tally, test.tally)
				}
			} else if err != nil {
				t.Fatalf("Check: %v", err)
			}
			if got != test.want {
				t.Errorf("Check(%+v) = %q, want %q", test.tally, got, test.want)
			}
			if test.want != "" && !plan.NeedsCount(test.rules, test.tally) {
				t.Error("the links would not have been counted")
			}
		})
	}
}

// Counting what is stored costs time: a small cycle must not ask for it, and must not be halted for want of it.
func TestSmallCyclesAreJudgedWithoutCounting(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{record.Calendar, record.Contacts, record.Tasks} {
		rules := pair.DefaultRules(kind)
		tally := plan.Tally{Removals: rules.FreeRemovals, Changed: rules.FreeChanges}
		if plan.NeedsCount(rules, tally) {
			t.Errorf("%s: %+v would be counted", kind, tally)
		}
		if err := plan.Check(rules, tally); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
