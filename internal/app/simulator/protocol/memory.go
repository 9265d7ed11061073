package protocol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// memory is the durable memory: what the engine keeps, with the meaning that internal/store gives to each fact. It holds so little
// that lists are faster than maps, and their order is always the same.
type memory struct {
	links      []journal.Link
	intents    []journal.Intent
	work       []journal.Work
	asides     []journal.Aside
	entries    []journal.Entry
	cursors    []journal.Cursor
	generation int64
}

func (m *memory) reset() {
	*m = memory{links: m.links[:0], intents: m.intents[:0], work: m.work[:0], asides: m.asides[:0], entries: m.entries[:0], cursors: m.cursors[:0]}
}

// errStore is what a commit says that could not be made.
var errStore = errors.New("the disk is full")

// errWrong is what must never be asked of a store, whatever goes wrong elsewhere.
var errWrong = errors.New("asked for what no step may ask for")

// commit applies facts or refuses them all.
func (m *memory) commit(facts []journal.Fact) error {
	if err := m.refuses(facts); err != nil {
		return err
	}
	for _, fact := range facts {
		m.apply(fact)
	}
	return nil
}

// refuses reports what the database's own constraints do not let pass.
func (m *memory) refuses(facts []journal.Fact) error {
	for _, fact := range facts {
		switch f := fact.(type) {
		case journal.PutLink:
			for i := range m.links {
				if l := &m.links[i]; l.ID != f.Link.ID && l.Pair == f.Link.Pair && (same(l.Raynet.Ref, f.Link.Raynet.Ref) || same(l.Outlook.Ref, f.Link.Outlook.Ref)) {
					return journal.ErrBusy
				}
			}
		case journal.OpenIntent:
			for i := range m.intents {
				open := &m.intents[i]
				if closes(facts, open.Op) {
					continue
				}
				if open.Op == f.Intent.Op || same(open.Request.Ref, f.Intent.Request.Ref) ||
					open.Request.Key != "" && open.Request.Key == f.Intent.Request.Key {
					return journal.ErrBusy
				}
				if open.Link.ID == f.Intent.Link.ID {
					return fmt.Errorf("%w: a second intent for link %s", errWrong, open.Link.ID)
				}
			}
		case journal.TouchIntent:
			if m.intent(f.Op) == nil {
				return fmt.Errorf("%w: touches intent %s, which is not open", errWrong, f.Op)
			}
		case journal.CloseIntent:
			if m.intent(f.Op) == nil {
				return fmt.Errorf("%w: closes intent %s, which is not open", errWrong, f.Op)
			}
		}
	}
	return nil
}

func same(a, b remote.Ref) bool { return a == b && !a.IsZero() }

func closes(facts []journal.Fact, op string) bool {
	for _, fact := range facts {
		if closed, ok := fact.(journal.CloseIntent); ok && closed.Op == op {
			return true
		}
	}
	return false
}

// put replaces the entry of a list that is the same thing, or adds it.
func put[T any](list []T, value T, same func(*T) bool) []T {
	for i := range list {
		if same(&list[i]) {
			list[i] = value
			return list
		}
	}
	return append(list, value)
}

func (m *memory) apply(fact journal.Fact) {
	switch f := fact.(type) {
	case journal.PutLink:
		m.links = put(m.links, f.Link, func(l *journal.Link) bool { return l.ID == f.Link.ID })
	case journal.DropLink:
		m.links = slices.DeleteFunc(m.links, func(l journal.Link) bool { return l.ID == f.ID })
	case journal.Freeze:
		for i := range m.links {
			if m.links[i].ID == f.LinkID {
				m.links[i].FrozenUntil = f.Until
			}
		}
	case journal.OpenIntent:
		m.intents = append(m.intents, f.Intent)
	case journal.TouchIntent:
		open := m.intent(f.Op)
		open.Tries, open.LastSent, open.NotBefore = f.Tries, f.LastSent, f.NotBefore
	case journal.CloseIntent:
		m.intents = slices.DeleteFunc(m.intents, func(i journal.Intent) bool { return i.Op == f.Op })
	case journal.AddEntry:
		m.entries = append(m.entries, f.Entry)
	case journal.SettleEntry:
		for i := range m.entries {
			if e := &m.entries[i]; e.Op == f.Op && e.Event == journal.Sending {
				e.Event, e.At, e.Reason, e.Raynet, e.Outlook = f.Event, f.At, f.Reason, f.Raynet, f.Outlook
			}
		}
	case journal.PutAside:
		m.asides = put(m.asides, f.Aside, func(a *journal.Aside) bool { return a.Pair == f.Aside.Pair && a.Ref == f.Aside.Ref })
	case journal.DropAside:
		m.asides = slices.DeleteFunc(m.asides, func(a journal.Aside) bool { return a.Pair == f.Pair && a.Ref == f.Ref })
	case journal.PutCursor:
		m.cursors = put(m.cursors, f.Cursor, func(c *journal.Cursor) bool { return c.Scope == f.Cursor.Scope })
	case journal.EraseValues:
		for i := range m.entries {
			if m.entries[i].LinkID == f.LinkID {
				m.entries[i].Changes = nil
			}
		}
	default:
		m.applyWork(fact)
	}
}

// applyWork applies the facts about work that waits.
func (m *memory) applyWork(fact journal.Fact) {
	switch f := fact.(type) {
	case journal.PutWork:
		m.generation++
		work := f.Work
		work.Generation = m.generation
		if known := m.workAt(work.Pair, work.Ref); known != nil {
			work.Since = known.Since
			*known = work
			return
		}
		m.work = append(m.work, work)
	case journal.ReportWork:
		m.generation++
		if known := m.workAt(f.Pair, f.Ref); known != nil {
			known.Generation = m.generation
			if known.Why != journal.WhyAbsent {
				known.RetryAt = f.At
			}
			return
		}
		m.work = append(m.work, journal.Work{Pair: f.Pair, Ref: f.Ref, Why: journal.WhyChanged, Generation: m.generation, Since: f.At, RetryAt: f.At})
	case journal.Suspect:
		m.generation++
		suspected := journal.Work{Pair: f.Pair, Ref: f.Ref, Why: journal.WhyAbsent, Reason: "deleted-in-raynet", Generation: m.generation,
			Since: f.At, RetryAt: f.At}
		known := m.workAt(f.Pair, f.Ref)
		switch {
		case known == nil:
			m.work = append(m.work, suspected)
		case known.Why != journal.WhyAbsent:
			*known = suspected
		}
	case journal.DoneWork:
		m.work = slices.DeleteFunc(m.work, func(w journal.Work) bool { return w.Pair == f.Pair && w.Ref == f.Ref && w.Generation == f.Generation })
	}
}

func (m *memory) intent(op string) *journal.Intent {
	for i := range m.intents {
		if m.intents[i].Op == op {
			return &m.intents[i]
		}
	}
	return nil
}

func (m *memory) workAt(pair int64, ref remote.Ref) *journal.Work {
	for i := range m.work {
		if w := &m.work[i]; w.Pair == pair && w.Ref == ref {
			return w
		}
	}
	return nil
}

// linked reports whether any link knows the ref.
func (m *memory) linked(ref remote.Ref) bool {
	for i := range m.links {
		if m.links[i].Raynet.Ref == ref || m.links[i].Outlook.Ref == ref {
			return true
		}
	}
	return false
}

// joined reports whether a link knows the ref together with a counterpart.
func (m *memory) joined(ref remote.Ref) bool {
	for i := range m.links {
		if m.links[i].Outlook.Ref == ref && !m.links[i].Raynet.Ref.IsZero() {
			return true
		}
	}
	return false
}

// The rest is what the engine reads (engine.Memory and engine.Finder). Nothing that it is given is changed later.

// Links returns the links of a pair that know one of the refs.
func (m *memory) Links(_ context.Context, pair int64, refs []remote.Ref) ([]journal.Link, error) {
	var out []journal.Link
	for i := range m.links {
		if l := &m.links[i]; l.Pair == pair && (slices.Contains(refs, l.Raynet.Ref) || slices.Contains(refs, l.Outlook.Ref)) {
			out = append(out, *l)
		}
	}
	return out, nil
}

// LinksOfGroup returns nothing: there are no series.
func (m *memory) LinksOfGroup(context.Context, int64, string) ([]journal.Link, error) {
	return nil, nil
}

// LinksAfter pages through the living links of a pair.
func (m *memory) LinksAfter(_ context.Context, pair int64, after string, limit int) ([]journal.Link, error) {
	var out []journal.Link
	for i := range m.links {
		if l := &m.links[i]; l.Pair == pair && l.ID > after && l.State == journal.Linked {
			out = append(out, *l)
		}
	}
	slices.SortFunc(out, func(a, b journal.Link) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(limit, len(out))], nil
}

// Asides returns what is set aside of the refs.
func (m *memory) Asides(_ context.Context, pair int64, refs []remote.Ref) ([]journal.Aside, error) {
	var out []journal.Aside
	for i := range m.asides {
		if a := &m.asides[i]; a.Pair == pair && slices.Contains(refs, a.Ref) {
			out = append(out, *a)
		}
	}
	return out, nil
}

// Work returns what is due.
func (m *memory) Work(_ context.Context, pair int64, due time.Time, _ int) ([]journal.Work, error) {
	var out []journal.Work
	for i := range m.work {
		if w := &m.work[i]; w.Pair == pair && !w.RetryAt.After(due) && !(w.Why == journal.WhyReview && w.RetryAt.IsZero()) {
			out = append(out, *w)
		}
	}
	slices.SortStableFunc(out, func(a, b journal.Work) int {
		return cmp.Or(a.RetryAt.Compare(b.RetryAt), cmp.Compare(a.Ref.Side, b.Ref.Side), cmp.Compare(a.Ref.ID, b.Ref.ID))
	})
	return out, nil
}

// WorkAt returns the work of the refs, due or not.
func (m *memory) WorkAt(_ context.Context, pair int64, refs []remote.Ref) ([]journal.Work, error) {
	others := func(w journal.Work) bool { return w.Pair != pair || !slices.Contains(refs, w.Ref) }
	return slices.DeleteFunc(slices.Clone(m.work), others), nil
}

// WorkOfConnection returns what any pair has to do for a ref.
func (m *memory) WorkOfConnection(_ context.Context, _ string, ref remote.Ref) ([]journal.Work, error) {
	return slices.DeleteFunc(slices.Clone(m.work), func(w journal.Work) bool { return w.Ref != ref }), nil
}

// Intents returns the open intents of a pair.
func (m *memory) Intents(_ context.Context, pair int64) ([]journal.Intent, error) {
	var out []journal.Intent
	for i := range m.intents {
		if m.intents[i].Pair == pair {
			out = append(out, m.intents[i])
		}
	}
	slices.SortFunc(out, func(a, b journal.Intent) int { return cmp.Compare(a.Op, b.Op) })
	return out, nil
}

// CountLinks counts the living links of a pair.
func (m *memory) CountLinks(_ context.Context, pair int64) (int, error) {
	n := 0
	for i := range m.links {
		if m.links[i].Pair == pair && m.links[i].State == journal.Linked {
			n++
		}
	}
	return n, nil
}

// IntentsOfConnection returns every open intent.
func (m *memory) IntentsOfConnection(context.Context, string) ([]journal.Intent, error) {
	return slices.Clone(m.intents), nil
}

// LinksOfRef returns the links of all pairs that know the ref.
func (m *memory) LinksOfRef(_ context.Context, _ string, ref remote.Ref) ([]journal.Link, error) {
	var out []journal.Link
	for i := range m.links {
		if l := &m.links[i]; l.Raynet.Ref == ref || l.Outlook.Ref == ref {
			out = append(out, *l)
		}
	}
	return out, nil
}

// LinksByTwin returns the links of all pairs with that identity.
func (m *memory) LinksByTwin(_ context.Context, _ string, twin record.Digest) ([]journal.Link, error) {
	var out []journal.Link
	for i := range m.links {
		if twin != "" && m.links[i].Twin == twin {
			out = append(out, m.links[i])
		}
	}
	return out, nil
}

// Cursor returns the place in a feed.
func (m *memory) Cursor(_ context.Context, scope string) (journal.Cursor, bool, error) {
	for _, c := range m.cursors {
		if c.Scope == scope {
			return c, true, nil
		}
	}
	return journal.Cursor{}, false, nil
}

// keeps reports whether a value can still be read in the journal.
func (m *memory) keeps(value record.Value) bool {
	for i := range m.entries {
		for _, change := range m.entries[i].Changes {
			if change.Before == value || change.After == value {
				return true
			}
		}
	}
	return false
}

// tells reports whether the journal tells of an event at a RAYNET record.
func (m *memory) tells(event journal.Event, at remote.Ref) bool {
	for i := range m.entries {
		if e := &m.entries[i]; e.Event == event && (at.IsZero() || e.Raynet == at) {
			return true
		}
	}
	return false
}
