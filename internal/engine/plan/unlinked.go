package plan

import (
	"cmp"
	"slices"
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The rules of the engine that leave a thing out, beside those that the clients find.
const (
	RuleWindow    remote.Rule = "window"      // outside the window; planned when it enters
	RuleNoOffer   remote.Rule = "no-category" // nobody asked for it to be in RAYNET
	RuleNotOurs   remote.Rule = "not-chosen-user"
	RuleFinished  remote.Rule = "cancelled"  // cancelled before it was ever copied
	RuleCopy      remote.Rule = "copy"       // made by us from an Outlook item that is no longer there
	RuleOrphaned  remote.Rule = "orphaned"   // made by us from a RAYNET record that is gone or cannot be seen, and no link knows it
	RuleReplaced  remote.Rule = "replaced"   // a link had it, and goes on with what was made again in its place
	RuleDirection remote.Rule = "direction"  // the pair does not carry anything that way
	RuleLeft      remote.Rule = "left-alone" // a person decided that nothing is done about it
	RuleReview    remote.Rule = "review"     // it fits more than one counterpart: a person decides
)

// The reasons why the record of a meeting waits, because what its user has of the meeting is linked with an earlier record, and why what a
// link had once does, because nobody knows yet whether what took its place is gone.
const (
	EarlierRecord = "earlier-record"
	LaterCopy     = "later-copy"
)

// unlinked decides about a thing without counterpart, or two that were matched.
func (d *decision) unlinked() {
	if d.broken(d.item.Raynet) || d.broken(d.item.Outlook) {
		return
	}
	raynetNow, outlookNow := present(d.item.Raynet), present(d.item.Outlook)
	switch {
	case d.item.Later:
		for _, now := range []*remote.Snapshot{raynetNow, outlookNow} {
			if now != nil {
				d.put(Note, now.Ref, journal.WhyHeld, "unknown-outcome", "", d.Rules.SettleHorizon)
			}
		}
	case d.item.Asked && raynetNow != nil:
		work, _ := d.item.work(raynetNow.Ref)
		d.put(Note, raynetNow.Ref, journal.WhyHeld, "unknown-outcome", "", max(d.Rules.SettleHorizon, ParkWait(work.Tries)))
	case d.item.Earlier && raynetNow != nil:
		d.holdUntilGone(raynetNow.Ref, EarlierRecord)
	case d.item.Earlier && outlookNow != nil:
		d.holdUntilGone(outlookNow.Ref, LaterCopy)
	case d.item.Left:
		d.left(raynetNow, outlookNow)
	case d.item.Several:
		d.review(raynetNow, outlookNow)
	case d.item.Matched && raynetNow != nil && outlookNow != nil:
		d.match(*raynetNow, *outlookNow)
	case raynetNow != nil:
		d.fresh(*raynetNow)
	case outlookNow != nil:
		d.fresh(*outlookNow)
	default: // gone before it was ever linked
		d.gone()
	}
}

// holdUntilGone lets a thing wait until it is known that what has its place is gone.
func (d *decision) holdUntilGone(ref remote.Ref, reason string) {
	work, _ := d.item.work(ref)
	d.put(Note, ref, journal.WhyHeld, reason, "", max(d.Rules.DeletionGrace, min(ParkWait(work.Tries), time.Hour)))
}

// review puts things that fit more than one counterpart before a person. None of them is created or linked.
func (d *decision) review(snapshots ...*remote.Snapshot) {
	reason := "several-matches"
	switch d.item.How {
	case "stamp":
		reason = "held-copies"
	case LiesOutside:
		reason = LiesOutside
	}
	for _, snapshot := range snapshots {
		switch {
		case snapshot == nil:
		case d.ruleFor(*snapshot) != "":
			d.skip(*snapshot, d.ruleFor(*snapshot))
		default:
			// It is set aside as well, so that whatever fits it later is not taken for new.
			d.skip(*snapshot, RuleReview)
			d.put(Park, snapshot.Ref, journal.WhyReview, reason, "", ParkWait(11))
		}
	}
}

// RuleFor returns the rule that leaves an unlinked thing out of the synchronisation, empty if it is to be copied.
func RuleFor(c Context, snapshot remote.Snapshot) remote.Rule {
	d := decision{Context: c}
	return d.ruleFor(snapshot)
}

// ruleFor returns the rule that leaves an unlinked thing out of the synchronisation, empty if it is to be copied.
func (d *decision) ruleFor(snapshot remote.Snapshot) remote.Rule {
	switch {
	case snapshot.Rule != "":
		return snapshot.Rule
	case snapshot.Erased:
		return remote.RuleErased
	case !d.Rules.Flow.Carries(snapshot.Ref.Side):
		return RuleDirection
	case snapshot.Ref.Side == record.Raynet && !snapshot.Concerns(d.Pair.Person):
		return RuleNotOurs
	case snapshot.Ref.Side == record.Raynet && snapshot.MadeByUs && snapshot.Key != "":
		return RuleCopy
	case !snapshot.Offered:
		return RuleNoOffer
	case !d.Rules.Within(snapshot.Span, d.Now):
		return RuleWindow
	case snapshot.Finished:
		return RuleFinished
	}
	return ""
}

// skip remembers the rule that leaves a thing out, unless that is known already.
func (d *decision) skip(snapshot remote.Snapshot, rule remote.Rule) {
	if rule == RuleOrphaned {
		d.leftBehind(snapshot)
	}
	aside := d.aside(snapshot, rule)
	for _, known := range d.item.Asides {
		if known.Ref == aside.Ref && rule != RuleDeclined && stays(known) {
			return
		}
		if known.Ref == aside.Ref && known.Rule == rule && known.Natural == aside.Natural && known.Twin == aside.Twin &&
			known.Source == aside.Source && known.Span == aside.Span {
			return
		}
	}
	d.add(Step{Op: Skip, Reason: string(rule), Source: &snapshot, Aside: &aside})
}

// leftBehind asks a person once about the contact of somebody whose record is gone and whose link was lost. It would have been removed with
// the record if nobody had edited it, which nothing tells any more; and if nobody is told of it, it stays even if the person is anonymised,
// for whom we may have made another record meanwhile. An event or a task shows itself when its time comes, and nobody is asked about it.
func (d *decision) leftBehind(snapshot remote.Snapshot) {
	_, waits := d.item.work(snapshot.Ref) // also while it could not be read, which takes the question's place
	known := slices.ContainsFunc(d.item.Asides, func(a journal.Aside) bool { return a.Ref == snapshot.Ref && a.Rule == RuleOrphaned })
	if d.Schema.Kind == record.Contacts && d.Rules.RemoveCopies && (!known || waits) {
		d.put(Park, snapshot.Ref, journal.WhyReview, LeftBehind, "", ParkWait(11))
	}
}

// aside is what is remembered of a thing that a rule leaves out. Of a private one that is only which meeting it is, so that its user
// gets no copy of ours beside it. An event of one's own is in no other mailbox: which one it is says nothing.
func (d *decision) aside(snapshot remote.Snapshot, rule remote.Rule) journal.Aside {
	aside := journal.Aside{Pair: d.Pair.ID, Ref: snapshot.Ref, Rule: rule, Since: d.Now}
	if snapshot.Ref.Side == record.Raynet || len(snapshot.Held) > 0 {
		aside.Twin = d.digest("twin", snapshot.Twin)
	}
	if rule == remote.RulePrivate {
		return aside
	}
	aside.Version, aside.Span, aside.Group = snapshot.Version, snapshot.Span, snapshot.Group
	if len(snapshot.Natural) > 0 {
		aside.Natural = d.digest("natural", snapshot.Natural[0])
	}
	switch {
	case snapshot.Stamp != nil:
		aside.Source = d.digest("source", snapshot.Stamp.Source.String())
	case snapshot.Ref.Side == record.Outlook:
		aside.Source = d.digest("source", d.Key(snapshot))
	}
	return aside
}

func (d *decision) digest(domain, text string) record.Digest {
	if text == "" {
		return ""
	}
	return d.Digester.Text(domain, text)
}

// fresh copies a new thing to the other side, if the rules want it there.
func (d *decision) fresh(snapshot remote.Snapshot) {
	rule := d.ruleFor(snapshot)
	if rule == "" && d.item.Declined {
		rule = RuleDeclined
	}
	if rule != "" {
		d.skip(snapshot, rule)
		return
	}
	from := snapshot.Ref.Side
	fields := record.Fields{}
	changes := []journal.Change{}
	for _, spec := range d.Schema.Fields {
		value, shown := snapshot.Fields[spec.Name]
		if !shown || !spec.Flow.Carries(from) {
			continue
		}
		fields[spec.Name] = value
		if value != "" {
			changes = append(changes, journal.Change{Field: spec.Name, After: value})
		}
	}
	link := d.newLink(&snapshot, nil)
	link.State, link.Origin = journal.Making, from
	if from == record.Outlook {
		link.Owner = !d.Schema.Assigned // it is made for him; he may be its owner no more when it is looked at for the first time
	}
	d.add(Step{Op: Create, Side: from.Other(), Link: link, Source: &snapshot, Fields: fields, Changes: changes,
		State: journal.Linked, Event: journal.Created, Author: snapshot.Author, Key: d.Key(snapshot), Drops: d.item.drops()})
}

// newLink begins a link with what is known of either side. Its id is given when the step is taken up.
func (d *decision) newLink(one, other *remote.Snapshot) journal.Link {
	link := journal.Link{Pair: d.Pair.ID, Since: d.Now, Origin: record.Raynet}
	for _, snapshot := range []*remote.Snapshot{one, other} {
		if snapshot == nil {
			continue
		}
		half := link.Half(snapshot.Ref.Side)
		half.Ref, half.Version = snapshot.Ref, snapshot.Version
		half.Shown = d.Digester.Fields(snapshot.Fields)
		if !snapshot.Span.IsZero() {
			link.Span = snapshot.Span
		}
		if snapshot.Ref.Side == record.Outlook {
			link.Group, link.Twin = snapshot.Group, d.digest("twin", snapshot.Twin)
			link.ReadOnly = snapshot.HeldBy(remote.HeldReadOnly)
		} else {
			link.Owner = Owns(d.Context, *snapshot)
		}
	}
	return link
}

// Resumed is a link as it is with what it had once in Outlook in the place of what it had last. What the two sides say is compared anew.
func Resumed(c Context, link journal.Link, snapshot remote.Snapshot) *journal.Link {
	d := decision{Context: c}
	fresh := d.newLink(&snapshot, nil)
	link.Outlook, link.Group, link.Twin, link.ReadOnly = fresh.Outlook, fresh.Group, fresh.Twin, fresh.ReadOnly
	link.Outlook.Shown, link.Raynet.Shown = record.Shown{}, record.Shown{}
	link.Raynet.Unconfirmed = false // what our last write did to it counts as moved too
	return &link
}

// origin is the side from which we copied the other of two things that were matched by our marks. Neither was copied from the other
// where people made both, or where the record was made from a thing in another mailbox: the copies of one meeting have one key, and of
// somebody else's record an invitation tells no more than that. A record that we made from something of this user's that is gone by now is
// ours also where it was joined with what he made instead because the two look the same: no person made it.
func (d *decision) origin(raynet, outlook remote.Snapshot) record.Side {
	switch {
	case d.item.How == "twin" || d.item.Elsewhere, outlook.HeldBy(remote.HeldReadOnly) && !Owns(d.Context, raynet):
	case raynet.Key != "" && raynet.Key == d.Key(outlook):
		return record.Outlook
	case outlook.Stamp != nil && outlook.Stamp.Source == raynet.Ref:
		return record.Raynet
	case d.item.How == "natural" && raynet.MadeByUs && raynet.Key != "" && Owns(d.Context, raynet):
		return record.Outlook
	}
	return ""
}

// match joins two things that were found to be one and the same. What both show alike is the base; the rest is merged.
func (d *decision) match(raynetNow, outlookNow remote.Snapshot) {
	switch {
	case raynetNow.Erased:
		// Our link is lost, but a mark tells what this is a copy of, or what was copied from it: nothing of it may be kept.
		d.link = d.newLink(&raynetNow, &outlookNow)
		d.add(Step{Op: Delete, Side: record.Outlook, Link: d.link, Target: &outlookNow, State: journal.Dissolved, Reason: Anonymised,
			Event: journal.Deleted, Erase: true, Drops: d.item.drops()})
		return
	case raynetNow.Rule != "":
		d.skip(raynetNow, raynetNow.Rule)
		d.skip(outlookNow, cmp.Or(outlookNow.Rule, raynetNow.Rule)) // a private one is remembered as that, and no more of it
		return
	case outlookNow.Rule != "" && d.item.How == "stamp":
		// One was made from the other, and its user made his private (or the like): the link is remembered, so that no second copy is
		// made. What the two say was never compared, so nothing is known to be the same if it returns.
		d.link = d.newLink(&raynetNow, &outlookNow)
		d.link.Origin = d.origin(raynetNow, outlookNow)
		d.link.Raynet.Shown, d.link.Outlook.Shown = record.Shown{}, record.Shown{}
		if outlookNow.Rule == remote.RulePrivate {
			d.foundPrivate(raynetNow)
			return
		}
		d.add(Step{Op: Unlink, Link: d.link, State: journal.Released, Reason: LeftFilter, Event: journal.ReleasedEvent, Drops: d.item.drops()})
		return
	case outlookNow.Rule != "" && d.item.How == "twin":
		// Another mailbox brought the meeting into RAYNET, and this user has it already, for himself: no copy of ours beside it.
		d.skip(raynetNow, outlookNow.Rule)
		if d.item.Bound == nil {
			d.skip(outlookNow, outlookNow.Rule)
		}
		return
	case outlookNow.Rule != "":
		d.skip(outlookNow, outlookNow.Rule)
		d.fresh(raynetNow)
		return
	case !raynetNow.Concerns(d.Pair.Person) && d.item.How == "stamp" && d.origin(raynetNow, outlookNow) == record.Outlook:
		// It was made from this user's and given to somebody else: the link is remembered as if nothing had been lost, so that no second
		// one is made when the record is deleted.
		d.link = d.newLink(&raynetNow, &outlookNow)
		d.link.Origin = record.Outlook
		d.link.Raynet.Shown, d.link.Outlook.Shown = record.Shown{}, record.Shown{}
		d.add(Step{Op: Unlink, Link: d.link, State: journal.Released, Reason: OwnerChanged, Event: journal.ReleasedEvent,
			Drops: d.item.drops(), Report: d.reports(raynetNow)})
		return
	case !raynetNow.Concerns(d.Pair.Person):
		d.skip(raynetNow, RuleNotOurs)
		d.skip(outlookNow, RuleNotOurs)
		return
	case d.item.How == "stamp" && !d.Rules.Within(outlookNow.Span, d.Now) && d.origin(raynetNow, outlookNow) == record.Outlook:
		// It was made from an event that lies outside of the window by now: no data flows, as if nothing had been lost. What is done to the
		// event is seen all the same.
		d.link = d.newLink(&raynetNow, &outlookNow)
		d.link.Origin = record.Outlook
		d.link.Raynet.Shown, d.link.Outlook.Shown = record.Shown{}, record.Shown{}
		d.add(Step{Op: Unlink, Link: d.link, State: journal.Released, Reason: LeftWindow, Event: journal.ReleasedEvent,
			Drops: d.item.drops(), Report: d.reports(raynetNow)})
		return
	}
	d.link = d.newLink(&raynetNow, &outlookNow)
	if d.item.Bound != nil {
		d.link.ID = d.item.Bound.ID
	}
	d.link.State = journal.Linked
	d.link.Origin = d.origin(raynetNow, outlookNow)
	d.link.Raynet.Shown, d.link.Outlook.Shown = record.Shown{}, record.Shown{}
	d.add(Step{Op: Link, Link: d.link, State: journal.Linked, Reason: d.item.How, Event: journal.Matched, Drops: d.item.drops(),
		Source: &outlookNow, Target: &raynetNow, Report: d.reports(raynetNow)})
	all := func(fields record.Fields) change.Change {
		return change.Change{What: change.Edited, Moved: change.Moved(d.Digester, d.Schema, nil, fields), ByPerson: true}
	}
	d.merge(all(raynetNow.Fields), all(outlookNow.Fields), true)
}

// reports tells those who took a record for a copy whose original is gone to look at it again.
func (d *decision) reports(raynetNow remote.Snapshot) []journal.ReportWork {
	var out []journal.ReportWork
	for _, pair := range d.item.Copied {
		out = append(out, journal.ReportWork{Pair: pair, Ref: raynetNow.Ref, At: d.Now})
	}
	return out
}
