package properties_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// mistake makes a planner wrong in one way.
type mistake func(planner) planner

// TestPropertiesCanFail holds every property against planners that are wrong on purpose: it must complain about each of them.
func TestPropertiesCanFail(t *testing.T) {
	t.Parallel()
	for _, one := range properties() {
		if len(one.wrong) == 0 {
			t.Errorf("%s: nothing shows that it can fail", one.name)
		}
		for i, wrong := range one.wrong {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			caught := false
			for range 50_000 {
				if one.holds(wrong(realPlanner()), random.IntN) != nil {
					caught = true
					break
				}
			}
			if !caught {
				t.Errorf("%s: wrong planner %d passes", one.name, i)
			}
		}
	}
}

// deciding makes a mistake in the steps of every decision.
func deciding(change func(c plan.Context, item plan.Item, steps []plan.Step) []plan.Step) mistake {
	return func(p planner) planner {
		right := p.decide
		p.decide = func(c plan.Context, item plan.Item) []plan.Step { return change(c, item, slices.Clone(right(c, item))) }
		return p
	}
}

// seeing makes a mistake in what a decision is told.
func seeing(change func(item *plan.Item)) mistake {
	return func(p planner) planner {
		right := p.decide
		p.decide = func(c plan.Context, item plan.Item) []plan.Step { change(&item); return right(c, item) }
		return p
	}
}

// neverCarriesLast leaves a write out and remembers it as made.
func neverCarriesLast(p planner) planner {
	return deciding(func(_ plan.Context, _ plan.Item, steps []plan.Step) []plan.Step {
		for i := range steps {
			if steps[i].Op == plan.Update && !steps[i].Erase {
				steps[i].Op, steps[i].Side = plan.Note, ""
			}
		}
		return steps
	})(p)
}

// notesForEver remembers again and again what it knows.
func notesForEver(p planner) planner {
	return deciding(func(_ plan.Context, item plan.Item, steps []plan.Step) []plan.Step {
		if item.Link == nil || item.Raynet == nil || len(steps) > 0 {
			return steps
		}
		return append(steps, plan.Step{Op: plan.Note, Link: *item.Link, Raynet: plan.Adoption{Shown: digester.Fields(item.Raynet.Snapshot.Fields)}})
	})(p)
}

// forgetsOrder decides differently every other time.
func forgetsOrder(p planner) planner {
	odd := false
	return deciding(func(_ plan.Context, _ plan.Item, steps []plan.Step) []plan.Step {
		if odd = !odd; odd {
			slices.Reverse(steps)
		}
		return steps
	})(p)
}

// writesBack answers what it sees of its own write.
func writesBack(p planner) planner {
	return deciding(func(_ plan.Context, item plan.Item, steps []plan.Step) []plan.Step {
		seen := item.Outlook
		if item.Link == nil || seen == nil || seen.Presence != remote.Present || !seen.Snapshot.ByUs || item.Raynet == nil {
			return steps
		}
		return append(steps, plan.Step{Op: plan.Update, Side: record.Raynet, Link: *item.Link, Source: &seen.Snapshot,
			Target: &item.Raynet.Snapshot, Fields: seen.Snapshot.Fields})
	})(p)
}

// overwritesAll carries the whole thing instead of the fields that moved.
func overwritesAll(p planner) planner {
	return deciding(func(_ plan.Context, _ plan.Item, steps []plan.Step) []plan.Step {
		for i := range steps {
			if steps[i].Op == plan.Update && steps[i].Source != nil {
				steps[i].Fields = steps[i].Source.Fields
			}
		}
		return steps
	})(p)
}

// takesAbsenceForProof follows the first "gone".
func takesAbsenceForProof(p planner) planner {
	return seeing(func(item *plan.Item) { item.Deletion = plan.Proven })(p)
}

// decidesItself lets RAYNET win where a person was to be asked.
func decidesItself(p planner) planner {
	right := p.decide
	p.decide = func(c plan.Context, item plan.Item) []plan.Step {
		c.Rules.Clash = pair.RaynetWins
		return right(c, item)
	}
	return p
}

// removesEdited takes what the copy shows now for what it showed before.
func removesEdited(p planner) planner {
	return seeing(func(item *plan.Item) {
		if item.Link != nil && item.Outlook != nil && item.Outlook.Presence == remote.Present {
			link := *item.Link
			link.Outlook.Shown = digester.Fields(item.Outlook.Snapshot.Fields)
			item.Link = &link
		}
	})(p)
}

// removesGuests does not look who would be mailed.
func removesGuests(p planner) planner {
	return seeing(func(item *plan.Item) {
		if item.Outlook != nil {
			reading := *item.Outlook
			reading.Snapshot.Held = nil
			item.Outlook = &reading
		}
	})(p)
}

// ignoresHolders writes to Outlook what should wait.
func ignoresHolders(p planner) planner { return removesGuests(p) }

// tellsNoPreImage overwrites without telling what was there.
func tellsNoPreImage(p planner) planner {
	return deciding(func(_ plan.Context, _ plan.Item, steps []plan.Step) []plan.Step {
		for i := range steps {
			steps[i].Changes = nil
		}
		return steps
	})(p)
}

// readsPrivate takes a private thing for any other.
func readsPrivate(p planner) planner {
	return seeing(func(item *plan.Item) {
		if item.Outlook != nil && item.Outlook.Snapshot.Rule == remote.RulePrivate {
			reading := *item.Outlook
			reading.Snapshot.Rule = ""
			item.Outlook = &reading
		}
	})(p)
}

// takesFirst joins what fits several with the first one of the list.
func takesFirst(p planner) planner {
	p.match = func(raynet, outlook []remote.Reading, _ func(remote.Snapshot) string) []plan.Item {
		var items []plan.Item
		for i := range raynet {
			item := plan.Item{Raynet: &raynet[i]}
			for j := range outlook {
				if alike(&raynet[i].Snapshot, &outlook[j].Snapshot) {
					item.Outlook, item.Matched, item.How = &outlook[j], true, "natural"
					break
				}
			}
			items = append(items, item)
		}
		return items
	}
	return p
}

// joinsNobody makes everything anew.
func joinsNobody(p planner) planner {
	p.match = func(raynet, outlook []remote.Reading, _ func(remote.Snapshot) string) []plan.Item {
		var items []plan.Item
		for i := range raynet {
			items = append(items, plan.Item{Raynet: &raynet[i]})
		}
		for j := range outlook {
			items = append(items, plan.Item{Outlook: &outlook[j]})
		}
		return items
	}
	return p
}

// removesFirst does removals before anything else.
func removesFirst(p planner) planner {
	right := p.order
	p.order = func(steps []plan.Step, now time.Time) {
		right(steps, now)
		slices.Reverse(steps)
	}
	return p
}

// countsPercentOnly forgets the number that is too many in any case.
func countsPercentOnly(p planner) planner {
	right := p.check
	p.check = func(rules pair.Rules, tally plan.Tally) error {
		rules.MaxRemovals = 1 << 30
		return right(rules, tally)
	}
	return p
}

// mergesWrongly makes a mistake in every verdict of one kind.
func mergesWrongly(from, to merge.Act) mistake {
	return func(p planner) planner {
		right := p.merge
		p.merge = func(in merge.Input) []merge.Verdict {
			verdicts := right(in)
			for i := range verdicts {
				if verdicts[i].Act == from {
					verdicts[i].Act = to
				}
			}
			return verdicts
		}
		return p
	}
}
