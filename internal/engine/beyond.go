package engine

import (
	"context"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// beyond looks for what this user's records were made from that we made and that nothing explains: after a loss of the database an event
// that was put off for so long that no list of the window shows it. If it is private its record must not go on telling what it was, and if
// it is open it must be known once it is turned private. A key does not tell of which event it is, so all events of the mailbox are named
// once. What is not found then was deleted: the record is remembered as a copy whose original is gone, and not looked for again. Dates
// are not named: of the series that are private by now these are told (dates), for a record may come into sight when nobody tells of its
// series any more.
func (m *finder) beyond(ctx context.Context) error {
	if !m.Rules.Flow.Carries(record.Outlook) {
		return nil
	}
	lone := map[string]bool{}
	for _, reading := range m.raynet {
		made := reading.Snapshot
		switch m.s.asides[made.Ref].Rule {
		case plan.RuleCopy, plan.RuleDirection, plan.RuleLeft, plan.RuleReview: // it was looked for, or lies before a person
			continue
		}
		if m.fromHere(made) && !m.open(&made) {
			lone[made.Key] = true
		}
	}
	for _, reading := range m.outlook {
		delete(lone, m.key(reading.Snapshot))
	}
	if len(lone) == 0 {
		return nil
	}
	if stop := m.outcome.Stop[record.Outlook]; stop != nil {
		return stop
	}
	all, err := m.Feed.Everything(ctx, m.scope)
	if err != nil {
		return err
	}
	var refs []remote.Ref
	for _, one := range all {
		_, told := m.at[one.Ref]
		switch {
		case lone[m.key(one)]:
			refs = append(refs, one.Ref)
		case one.Rule == remote.RulePrivate && one.Group != "" && !told:
			m.series = append(m.series, remote.Reading{Ref: one.Ref, Presence: remote.Present, Snapshot: one})
		}
	}
	return m.addUnlinked(ctx, refs)
}

// fromHere reports whether we made a record from something in this very mailbox, as far as can be told by the record: it is its user's,
// and no link knows it.
func (m *finder) fromHere(made remote.Snapshot) bool {
	return made.MadeByUs && made.Key != "" && made.Rule == "" && !made.Erased && plan.Owns(m.context(), made)
}
