package simulator

import (
	"context"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// checkAgreement (I1): what is linked agrees on every field, and what should be linked is.
func (w *world) checkAgreement(ctx context.Context) error {
	if err := w.everybody(func(u user, kind record.Kind, pair int64) error {
		work, err := w.store.WorkAll(ctx, pair, remote.Ref{}, 0)
		for _, k := range work {
			w.say("still waiting for %s of %s: %s %s %s %s until %s", kind, u.login, k.Ref, k.Why, k.Reason, k.Detail, k.RetryAt.Format("02 15:04:05"))
		}
		return err
	}); err != nil {
		return err
	}
	return w.everybody(func(u user, kind record.Kind, pair int64) error {
		if w.gone[u.mailbox] {
			return nil
		}
		links, err := w.store.LinksAfter(ctx, pair, "", 10_000)
		if err != nil {
			return err
		}
		linked := map[remote.Ref]bool{}
		for _, link := range links {
			linked[link.Raynet.Ref], linked[link.Outlook.Ref] = true, true
			work, err := w.store.WorkAt(ctx, pair, []remote.Ref{link.Raynet.Ref, link.Outlook.Ref})
			if err != nil {
				return err
			}
			// Exchange refuses to move a date of a series past its neighbours: it stays as it is, and people are told.
			crossed := func(k journal.Work) bool { return k.Why == journal.WhyParked && link.Outlook.Ref.Type == "occurrence" }
			if slices.ContainsFunc(work, waits) || slices.ContainsFunc(work, crossed) {
				continue
			}
			if err := w.compare(ctx, w.pairOf(u, kind), link); err != nil {
				return err
			}
		}
		return w.checkCoverage(ctx, u, kind, linked)
	})
}

// waits reports whether something stays as it is until a person does something, and says so.
func waits(k journal.Work) bool {
	return k.Why == journal.WhyHeld || k.Why == journal.WhyReview || k.Why == journal.WhyParked && k.Reason == "repeats"
}

// read looks at one thing as the product does.
func (w *world) read(ctx context.Context, p journal.Pair, ref remote.Ref) (remote.Snapshot, bool, error) {
	read := w.clients.raynet.Read
	if ref.Side == record.Outlook {
		read = w.clients.outlook.Read
	}
	readings, err := read(ctx, p.Scope(), []remote.Ref{ref})
	if err != nil {
		return remote.Snapshot{}, false, err
	}
	return readings[0].Snapshot, readings[0].Presence == remote.Present, readings[0].Err
}

// compare looks at both ends of a link: every field that both show and that goes both ways is the same on both.
func (w *world) compare(ctx context.Context, p journal.Pair, link journal.Link) error {
	a, onRaynet, err := w.read(ctx, p, link.Raynet.Ref)
	if err != nil {
		return err
	}
	e, onOutlook, err := w.read(ctx, p, link.Outlook.Ref)
	if err != nil {
		return err
	}
	if !onRaynet || !onOutlook {
		w.violate("I1", "link %s of %s has lost a side: raynet %v, outlook %v", link.ID, p.Address, onRaynet, onOutlook)
		return nil
	}
	w.exercise("I1", 1)
	schema := record.SchemaOf(p.Kind)
	canary := canaryOf(string(a.Fields[schema.Title]))
	empties := e.Rule == remote.RulePrivate && w.ledger.poison[canary] // RAYNET does not let us yet, and then the link ends
	if !a.Concerns(p.Person) && !empties {
		w.violate("I1", "%s is linked for %s, whom it concerns no more", a.Ref, p.Address)
	}
	if link.ReadOnly && w.ledger.guests[canary] { // its organiser's copy waits, and decides
		return nil
	}
	if w.ledger.mayDiffer(canary) || w.ledger.mayDiffer(canaryOf(string(e.Fields[schema.Title]))) || w.ledger.poison[canary] || w.ledger.poison[canaryOf(string(e.Fields[schema.Title]))] {
		return nil
	}
	for _, spec := range schema.Fields {
		here, shown := a.Fields[spec.Name]
		there, alsoShown := e.Fields[spec.Name]
		if spec.Flow == record.Both && shown && alsoShown && here != there && !w.mayDiffer(p.Kind, spec.Name, a.Fields, e.Fields) {
			w.violate("I1", "%s of %s differs: %q in RAYNET (%s), %q in Outlook of %s (%s)", spec.Name, canary, here, a.Ref.ID, there, p.Address, e.Ref.ID)
		}
	}
	return nil
}

// checkCoverage: what concerns somebody in RAYNET is in his Outlook, and what he offers there is in RAYNET, unless a person or a
// rule took it out.
func (w *world) checkCoverage(ctx context.Context, u user, kind record.Kind, linked map[remote.Ref]bool) error {
	p := w.pairOf(u, kind)
	for _, t := range append(w.records(kind), w.items(u, kind)...) {
		if linked[t.ref] || w.ledger.special[t.canary] || w.ledger.poison[t.canary] || w.ledger.removed[itemKey(u.mailbox, t.canary)] || w.ledger.takenOff[itemKey(u.mailbox, t.canary)] {
			continue
		}
		s, present, err := w.read(ctx, p, t.ref)
		if err != nil {
			return err
		}
		wanted := present && w.listed(p, s) && s.Offered && s.Rule == "" && !s.Finished && (t.ref.Side == record.Outlook || s.Concerns(p.Person))
		if !wanted {
			continue
		}
		explained, err := w.explained(ctx, p.ID, t.ref)
		if err != nil {
			return err
		}
		if !explained {
			w.violate("I1", "%s %s is not on the other side for %s, and nothing says why", t.canary, t.ref, u.login)
		}
	}
	return nil
}

// listed reports whether a thing lies where the lists of either service reach, which is a month beyond the window on either side: what was
// never there when it was looked at is not known.
func (w *world) listed(p journal.Pair, s remote.Snapshot) bool {
	reach := w.rulesOf(p)
	reach.Back, reach.Forward = reach.Back+days(30), reach.Forward+days(30)
	return reach.Within(s.Span, w.clock.Now())
}

// explained reports whether the product remembers why it leaves a thing alone.
func (w *world) explained(ctx context.Context, pair int64, ref remote.Ref) (bool, error) {
	links, err := w.store.LinksOfRef(ctx, "default", ref)
	if err != nil {
		return false, err
	}
	work, err := w.store.WorkOf(ctx, ref)
	if err != nil {
		return false, err
	}
	asides, err := w.store.AsidesOfRef(ctx, ref)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(asides, func(s journal.Aside) bool { return s.Pair == pair }) ||
		slices.ContainsFunc(links, func(l journal.Link) bool { return l.Pair == pair }) ||
		slices.ContainsFunc(work, func(k journal.Work) bool { return k.Pair == pair && k.Why != journal.WhyChanged }), nil
}

// checkQuiet (I1, I8): once all is settled another complete look writes nothing. Only where a day has passed the dates of a series that
// are within reach by now are still to be made, and after an old backup a record that is over is linked again with what is beyond the
// window: a night does that, and it is quiet after it.
func (w *world) checkQuiet(ctx context.Context) error {
	wrote, err := w.lookWhole(ctx)
	if err != nil {
		return err
	}
	dayPassed := w.clock.Now().Truncate(24 * time.Hour).After(w.started)
	nightly := func(write string) bool {
		canary := canaryOf(strings.ReplaceAll(write, `"`, " "))
		return dayPassed && strings.Contains(write, " raynet ") && w.ledger.repeats[canary] ||
			w.stats.Restores > 0 && w.ledger.putOff[canary] && w.cancelled(canary)
	}
	if len(wrote) > 0 && !slices.ContainsFunc(wrote, func(write string) bool { return !nightly(write) }) {
		if wrote, err = w.lookWhole(ctx); err != nil {
			return err
		}
	}
	if len(wrote) > 0 {
		w.violate("I8", "a complete look at a quiet world wrote: %s", strings.Join(wrote, "; "))
	}
	return nil
}

// cancelled reports whether the activity of a name is.
func (w *world) cancelled(canary string) bool {
	return slices.ContainsFunc(w.records(record.Calendar), func(t thing) bool { return t.canary == canary && t.raw["status"] == "CANCELLED" })
}

// lookWhole has everybody's things looked at completely, and returns what was written.
func (w *world) lookWhole(ctx context.Context) ([]string, error) {
	before := w.writes()
	w.exercise("I8", len(before))
	if err := w.everybody(func(_ user, _ record.Kind, pair int64) error { return w.store.SetPairFull(ctx, pair, true) }); err != nil {
		return nil, err
	}
	if _, err := w.conn.Poll(ctx, true); err != nil {
		return nil, err
	}
	if err := w.everybody(func(u user, kind record.Kind, pair int64) error {
		outcome, err := w.conn.Cycle(ctx, pair, jobs.CycleOptions{})
		if w.gone[u.mailbox] {
			return w.tolerable("cycle of somebody who is gone", err)
		}
		if outcome.Waiting > 0 {
			w.violate("I1", "%d writes of %s of %s are still open", outcome.Waiting, kind, u.login)
		}
		return err
	}); err != nil {
		return nil, err
	}
	// What was set aside because it was like something of another user is looked at again in a complete look: it need not be like it
	// any more.
	return slices.DeleteFunc(w.writes()[len(before):], func(write string) bool { return w.ledger.two(canaryOf(strings.ReplaceAll(write, `"`, " "))) }), nil
}
