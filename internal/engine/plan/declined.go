package plan

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// This file remembers meetings that a user declined, or took out of his calendar, before they were linked: the record that comes into
// RAYNET from a colleague's copy must not bring them back.

// RuleDeclined leaves out the record of such a meeting, and stands for what was in the calendar.
const RuleDeclined remote.Rule = "declined"

// gone forgets what was gone before it was ever linked, unless others may have it too.
func (d *decision) gone() {
	var drops []remote.Ref
	for _, aside := range d.item.Asides {
		kept := journal.Aside{Pair: aside.Pair, Ref: aside.Ref, Rule: RuleDeclined, Since: d.Now, Span: aside.Span, Twin: aside.Twin}
		switch {
		case aside.Rule == RuleDeclined && aside.Ref.Side == record.Outlook: // it is reported once more
		case aside.Ref.Side == record.Raynet || aside.Twin == "" || aside.Rule == remote.RuleSeries || Over(d.Rules, kept, d.Now):
			drops = append(drops, aside.Ref)
		default:
			d.add(Step{Op: Note, Aside: &kept})
		}
	}
	if len(drops) > 0 {
		d.add(Step{Op: Note, Drops: drops})
	}
}

// Over reports whether what was in the calendar need not be remembered any longer, because no record of that time is copied. Of a
// private meeting the time is not known: it was to begin within the window.
func Over(rules pair.Rules, aside journal.Aside, now time.Time) bool {
	till := aside.Span.Till
	if aside.Span.IsZero() {
		till = aside.Since.Add(rules.Forward)
	}
	from, _ := rules.Window(now)
	return till.Before(from)
}

// stays reports whether a record was declined, whatever else leaves it out by now: it does not come back when that is over.
func stays(known journal.Aside) bool {
	return known.Rule == RuleDeclined && known.Ref.Side == record.Raynet
}
