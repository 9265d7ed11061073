package admin

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// shown reads both sides of a page of entries, pair by pair, and puts them into the words of a report.
func (a *Admin) shown(ctx context.Context, entries []entry) ([]ReviewItem, error) {
	items := make([]ReviewItem, len(entries))
	byPair := map[int64][]int{}
	var order []int64
	for i, e := range entries {
		items[i] = item(e)
		if !e.ref.IsZero() && len(byPair[e.pair.ID]) == 0 {
			order = append(order, e.pair.ID)
		}
		if !e.ref.IsZero() {
			byPair[e.pair.ID] = append(byPair[e.pair.ID], i)
		}
	}
	for _, pair := range order {
		var some []entry
		for _, i := range byPair[pair] {
			some = append(some, entries[i])
		}
		sights, err := a.sights(ctx, some[0].pair, some)
		if troubled(err) == "" && err != nil {
			return nil, err
		}
		for n, i := range byPair[pair] {
			if err != nil {
				items[i].Trouble, items[i].Choices = troubled(err), unread(entries[i])
			} else {
				a.tell(&items[i], sights[n])
			}
		}
	}
	return items, a.showHalted(ctx, entries, items)
}

// unread are the choices about something that could not be read now.
func unread(e entry) []string {
	if e.what == ReviewParked || e.what == ReviewLoop {
		return []string{ChoiceRetry}
	}
	return []string{}
}

// troubled is the code of an error that only means that a service could not be asked now, empty for others.
func troubled(err error) string {
	if _, failed := err.(*Failure); err == nil || failed { //nolint:errorlint // a Failure is told as such
		return ""
	}
	return string(remoteKind(err))
}

// item is an entry without its sides.
func item(e entry) ReviewItem {
	it := ReviewItem{ID: e.id, What: e.what, User: e.pair.Address, Kind: e.pair.Kind, Since: e.pair.Since, Reason: e.pair.Reason,
		Detail: e.pair.Detail, Choices: []string{}}
	switch e.what {
	case ReviewContainer:
		it.Choices = []string{ChoiceContainer, ChoiceRetry}
	case ReviewRefused, ReviewHalted:
		it.Choices = []string{ChoiceRetry}
	}
	if w := e.work; w != nil {
		it.Since, it.Reason, it.Detail, it.Retry = w.Since, w.Reason, w.Detail, w.RetryAt
	} else if !e.ref.IsZero() {
		it.Since, it.Reason, it.Detail = e.pair.Since, "deleted-in-outlook", ""
	}
	return it
}

// tell fills in what both sides show now, and what can be decided.
func (a *Admin) tell(it *ReviewItem, s *sight) {
	if s.what == ReviewHidden && s.link != nil {
		it.Since, it.Reason = s.link.Since, s.link.Reason
	}
	it.Raynet, it.Outlook = side(s.pair, s.raynet), side(s.pair, s.outlook)
	it.Fields = fields(s.pair, snapshotOf(s.raynet), snapshotOf(s.outlook), s.asks)
	for _, f := range s.candidates {
		one := side(s.pair, &f.reading)
		raynet, outlook := snapshotOf(s.raynet), snapshotOf(s.outlook)
		if f.reading.Ref.Side == record.Raynet {
			raynet = &f.reading.Snapshot
		} else {
			outlook = &f.reading.Snapshot
		}
		it.Candidates = append(it.Candidates, ReviewCandidate{ReviewSide: *one, Common: f.common, Linked: f.linked, Able: s.able(f),
			Fields: fields(s.pair, raynet, outlook, nil)})
	}
	it.Seen, it.Choices, it.Trouble = a.seen(s), a.choices(s), s.trouble()
}

// side tells one side of an item.
func side(p journal.Pair, reading *remote.Reading) *ReviewSide {
	if reading == nil {
		return nil
	}
	told := &ReviewSide{Ref: reading.Ref.String(), State: SideUnread}
	switch now := reading.Snapshot; {
	case reading.Presence == remote.Gone:
		told.State = SideGone
	case reading.Presence == remote.Broken:
	case now.Rule == remote.RulePrivate:
		told.State = SidePrivate
	default:
		told.State, told.Title, told.Author = SidePresent, titleOf(now), now.Author
		told.When = whenOf(p.Kind, now.Span, p.Zone)
		if due := record.SchemaOf(p.Kind).Due; due != "" {
			told.When = string(now.Fields[due])
		}
	}
	return told
}

// fields lists where two things differ, of what is carried between them. Of private things nothing is told.
func fields(p journal.Pair, raynet, outlook *remote.Snapshot, asks []record.Field) []ReviewField {
	if raynet == nil || outlook == nil || raynet.Rule == remote.RulePrivate || outlook.Rule == remote.RulePrivate {
		return nil
	}
	var out []ReviewField
	for _, spec := range record.SchemaOf(p.Kind).Fields {
		r, onRaynet := raynet.Fields[spec.Name]
		o, onOutlook := outlook.Fields[spec.Name]
		if !spec.Once && onRaynet && onOutlook && r != o {
			out = append(out, ReviewField{Field: spec.Name, Raynet: r, Outlook: o, Asks: slices.Contains(asks, spec.Name)})
		}
	}
	return out
}

// choices are the decisions that are possible about a thing.
func (a *Admin) choices(s *sight) []string {
	if s.trouble() != "" {
		return unread(s.entry)
	}
	switch s.what {
	case ReviewClash:
		if len(s.asks) == 0 {
			return []string{ChoiceRetry}
		}
		return []string{ChoiceRaynet, ChoiceOutlook, ChoiceFields}
	case ReviewCandidates:
		var out []string
		if slices.ContainsFunc(s.candidates, s.able) {
			out = append(out, ChoiceLink)
		}
		own := s.own()
		if own != nil && s.work.Reason != "held-copies" && plan.RuleFor(a.planContext(s.pair), *own) == "" {
			out = append(out, ChoiceNew)
		}
		return append(out, ChoiceLeave)
	case ReviewDissolved:
		return append(a.again(s), ChoiceLeave)
	case ReviewHidden:
		return a.again(s)
	case ReviewParked, ReviewLoop:
		if s.link == nil && s.own() != nil {
			return []string{ChoiceRetry, ChoiceLeave}
		}
		return []string{ChoiceRetry}
	}
	return []string{}
}

// again offers to make the missing half of a link again, if the other one is there and its user's.
func (a *Admin) again(s *sight) []string {
	if steps, _ := a.makeAgain(s); len(steps) > 0 {
		return []string{ChoiceAgain}
	}
	return []string{}
}

// makeAgain decides how the missing half of a link is made again, as though we had removed it.
func (a *Admin) makeAgain(s *sight) ([]plan.Step, []plan.Kept) {
	raynet, outlook := snapshotOf(s.raynet), snapshotOf(s.outlook)
	if s.link == nil || (raynet == nil) == (outlook == nil) {
		return nil, nil
	}
	missing := record.Raynet
	if outlook == nil {
		missing = record.Outlook
	}
	if raynet != nil && (!raynet.Concerns(s.pair.Person) || raynet.Erased || raynet.Finished) || outlook != nil && outlook.Rule != "" {
		return nil, nil
	}
	if !a.Connection.Rules(s.pair).Flow.Carries(missing.Other()) {
		return nil, nil
	}
	return plan.Restore(a.planContext(s.pair), plan.Undo{Link: *s.link, Raynet: s.raynet, Outlook: s.outlook,
		Entries: []journal.Entry{{Event: journal.Deleted, Side: missing}}})
}

// showHalted tells what the guards stopped: a dry run shows it.
func (a *Admin) showHalted(ctx context.Context, entries []entry, items []ReviewItem) error {
	var pairs []journal.Pair
	for _, e := range entries {
		if e.what == ReviewHalted {
			pairs = append(pairs, e.pair)
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	looks, err := a.Connection.Look(ctx, pairs, false)
	for i, e := range entries {
		if e.what != ReviewHalted {
			continue
		}
		failed := err
		if failed == nil {
			failed = a.showStopped(ctx, e.pair, looks[e.pair.ID], &items[i])
		}
		if items[i].Trouble = troubled(failed); failed != nil && items[i].Trouble == "" {
			return failed
		}
	}
	return nil
}
