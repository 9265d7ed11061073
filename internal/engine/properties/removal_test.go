package properties_test

import (
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

// followsRemovals: where it is proven that a person deleted a record, or it is seen that he took this user off it, our copy goes, if it
// is untouched, and silent to remove. What deletesOnEvidence allows is done.
func followsRemovals(p planner, d draw) error {
	w := drawWorld(d)
	if w.link == nil || w.link.State != journal.Linked || w.verdict != nil {
		return nil
	}
	w.link.Origin, w.link.Owner = record.Raynet, false
	if w.raynet.is != gone {
		w.raynet.now.People = []string{another}
	}
	taken := w.raynet.is != gone && w.raynet.now.Rule == ""
	proven := w.raynet.is == gone && w.visible
	untouched := !w.edited(record.Outlook) && w.outlook.is != gone
	silent := w.outlook.now.Rule == "" && len(w.outlook.now.Held) == 0 && !w.link.ReadOnly
	// What is out of reach on either side is released as it is: nobody looks at it any more.
	near := w.c.Rules.Within(w.raynet.now.Span, w.c.Now) && w.c.Rules.Within(w.outlook.now.Span, w.c.Now)
	if !taken && !proven || !untouched || !silent || !near || !w.c.Rules.RemoveCopies {
		return nil
	}
	w.run(p)
	if w.outlook.is != gone {
		return w.failed("leaves our copy of what was taken away")
	}
	return nil
}

// leavesCopies ends the flow where a copy is to be removed.
func leavesCopies(p planner) planner {
	return deciding(func(_ plan.Context, _ plan.Item, steps []plan.Step) []plan.Step {
		return slices.DeleteFunc(steps, func(step plan.Step) bool { return step.Op == plan.Delete })
	})(p)
}

// breaksLoops: what only our own writes keep changing is not written any more within the time in which they are counted.
func breaksLoops(p planner, d draw) error {
	w := drawWorld(d)
	if w.link == nil || w.verdict != nil {
		return nil
	}
	writes := w.c.Rules.LoopWrites + d(3)
	w.link.Loop = journal.Loop{Since: start.Add(-time.Duration(d(10)) * time.Minute), Writes: writes, Edits: d(writes)}
	w.raynet.now.ByUs, w.outlook.now.ByUs = true, true
	for _, step := range w.round(p) {
		if step.Op == plan.Update && !step.Erase {
			return w.failed("writes once more what only we keep changing: %s", line(step))
		}
	}
	return nil
}

// countsNoWrites has a link forget how often we wrote.
func countsNoWrites(p planner) planner {
	return seeing(func(item *plan.Item) {
		if item.Link != nil {
			link := *item.Link
			link.Loop = journal.Loop{}
			item.Link = &link
		}
	})(p)
}
