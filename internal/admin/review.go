package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What can wait for a person ("review.<code>" in the locale files). Hidden things wait for nobody: they are told only if they are
// asked for by name.
const (
	ReviewHalted     = "halted"         // a guard stopped a user's synchronisation
	ReviewContainer  = "container-gone" // the folder or list was deleted
	ReviewRefused    = "refused"        // the mailbox cannot be used
	ReviewClash      = "clash"          // both sides changed one field
	ReviewCandidates = "candidates"     // several things fit
	ReviewDissolved  = "dissolved"      // deleted on one side, kept on the other
	ReviewLoop       = "loop"           // we wrote to it unusually often
	ReviewParked     = "parked"         // a service refused it
	ReviewHidden     = "hidden"         // its user deleted it in Outlook
)

// The choices of a person ("choice.<what>.<code>"; what follows from them is "choice-means.<what>.<code>").
const (
	ChoiceApprove   = "approve"       // do exactly what was shown
	ChoiceKeep      = "keep"          // remove nothing of what was shown: release it
	ChoiceRetry     = "retry"         // try again now
	ChoiceContainer = "new-container" // make a new folder or list, and the copies in it
	ChoiceRaynet    = "raynet"        // RAYNET's values
	ChoiceOutlook   = "outlook"       // Outlook's values
	ChoiceFields    = "fields"        // field by field
	ChoiceLink      = "link"          // link it with a candidate
	ChoiceNew       = "new"           // make a copy of its own
	ChoiceLeave     = "leave"         // leave it alone for good
	ChoiceAgain     = "again"         // make it again where it was deleted
)

// ReviewOptions say what of that which waits is wanted. Zero fields do not narrow.
type ReviewOptions struct {
	User string   // a mailbox's address
	What []string // ReviewClash and the like
	// After continues a listing: the ID of the last item of the page before.
	After string
	// Limit is how many items are wanted; zero means 20.
	Limit int
	// Bare asks neither service: items come without their sides, and nothing can be decided by them.
	Bare bool
}

// ReviewItem is one thing that waits for a person, as it is now on both sides. Values are read now and kept nowhere; those of
// private things are not told.
type ReviewItem struct {
	ID string `json:"id"`
	// Seen names what the item shows; a decision that depends on it must name it too.
	Seen   string      `json:"seen,omitempty"`
	What   string      `json:"what"`
	User   string      `json:"user"`
	Kind   record.Kind `json:"kind"`
	Since  time.Time   `json:"since,omitzero"`
	Reason string      `json:"reason,omitempty"` // "reason.<code>"
	Detail string      `json:"detail,omitempty"` // the service's own words
	Retry  time.Time   `json:"retry,omitzero"`   // when it is looked at again by itself
	// Raynet and Outlook are the two sides, nil where there is no such thing.
	Raynet  *ReviewSide `json:"raynet,omitempty"`
	Outlook *ReviewSide `json:"outlook,omitempty"`
	// Fields are those in which the two sides differ.
	Fields     []ReviewField     `json:"fields,omitempty"`
	Candidates []ReviewCandidate `json:"candidates,omitempty"`
	Plan       *ReviewPlan       `json:"plan,omitempty"`
	// Choices are the decisions that are possible, the careful ones first.
	Choices []string `json:"choices"`
	// Trouble is why the services could not be asked now ("error.<code>"); then nothing but trying again can be decided.
	Trouble string `json:"trouble,omitempty"`
}

// How a side of an item stands.
const (
	SidePresent = "present"
	SideGone    = "gone"
	SidePrivate = "private" // nothing of it is told
	SideUnread  = "unread"  // it could not be read now
)

// ReviewSide is one side of an item.
type ReviewSide struct {
	Ref   string `json:"ref"`
	State string `json:"state"` // SidePresent and the like
	Title string `json:"title,omitempty"`
	When  string `json:"when,omitempty"`
	// Author is who wrote last, as the side names him.
	Author string `json:"author,omitempty"`
}

// ReviewField is a field whose values differ.
type ReviewField struct {
	Field   record.Field `json:"field"`
	Raynet  record.Value `json:"raynet"`
	Outlook record.Value `json:"outlook"`
	// Asks says that both sides changed it and a person chooses; else the fields merely differ.
	Asks bool `json:"asks,omitempty"`
}

// ReviewCandidate is something on the other side that fits.
type ReviewCandidate struct {
	ReviewSide
	// Common says by what it fits: "stamp", "twin" or "natural" ("how.<code>").
	Common []string `json:"common,omitempty"`
	// Fields are those in which it differs.
	Fields []ReviewField `json:"fields,omitempty"`
	// Linked says that it has a counterpart already, and cannot be chosen.
	Linked bool `json:"linked,omitempty"`
	// Able says that it can be chosen.
	Able bool `json:"able"`
}

// ReviewPlan is what a guard stopped.
type ReviewPlan struct {
	Removals int           `json:"removals"`
	Changes  int           `json:"changes"`
	Linked   int           `json:"linked"`
	Steps    []PlannedStep `json:"steps"` // exactly those that an approval lets pass
}

// ReviewCounts says how much waits for a person, by what it is. Total is without that which is tried again by itself.
type ReviewCounts struct {
	Total int            `json:"total"`
	By    map[string]int `json:"by"`
}

// reviewPage is how many items are returned if no limit is named.
const reviewPage = 20

// entry is one thing that waits, as the database knows it.
type entry struct {
	id, what string
	pair     journal.Pair
	ref      remote.Ref    // zero for what concerns a whole pair
	work     *journal.Work // nil if nothing waits for it
}

// Reviews tells what waits for a person, as it is on both sides now; next is the After of the page that follows, empty if there
// is none. Services that cannot be asked are told item by item. The errors are a *Failure for a user who is none, and those of
// the store.
func (a *Admin) Reviews(ctx context.Context, options ReviewOptions) (items []ReviewItem, next string, err error) {
	var users []string
	if options.User != "" {
		users = []string{options.User}
	}
	pairs, err := a.pairs(ctx, users)
	if err != nil {
		return nil, "", err
	}
	entries, err := a.waiting(ctx, pairs, slices.Contains(options.What, ReviewHidden))
	if err != nil {
		return nil, "", err
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool { return len(options.What) > 0 && !slices.Contains(options.What, e.what) })
	if at := slices.IndexFunc(entries, func(e entry) bool { return e.id == options.After }); at >= 0 {
		entries = entries[at+1:]
	}
	limit := cmp.Or(max(options.Limit, 0), reviewPage)
	if len(entries) > limit {
		entries = entries[:limit]
		next = entries[limit-1].id
	}
	if options.Bare {
		for _, e := range entries {
			one := item(e)
			one.Choices = []string{}
			items = append(items, one)
		}
		return items, next, nil
	}
	items, err = a.shown(ctx, entries)
	return items, next, err
}

// Review tells one thing that waits for a person, or one that its user hid, as it is on both sides now. The error is a *Failure
// if nothing of that ID waits any more, or of the store.
func (a *Admin) Review(ctx context.Context, id string) (ReviewItem, error) {
	e, err := a.entryOf(ctx, id)
	if err != nil {
		return ReviewItem{}, err
	}
	items, err := a.shown(ctx, []entry{e})
	if err != nil {
		return ReviewItem{}, err
	}
	return items[0], nil
}

// ReviewCount counts what waits for a person. It asks neither service.
func (a *Admin) ReviewCount(ctx context.Context) (ReviewCounts, error) {
	counts := ReviewCounts{By: map[string]int{}}
	pairs, err := a.pairs(ctx, nil)
	if err != nil {
		return counts, err
	}
	for _, p := range pairs {
		if what := whatOfPair(p); what != "" {
			counts.By[what]++
		}
	}
	reasons, err := a.Store.WorkReasons(ctx, a.Connection.Name)
	for _, r := range reasons {
		counts.By[whatOfWork(r.Why, r.Reason)] += r.Things
	}
	for what, n := range counts.By { // any order: a sum
		if what != ReviewParked {
			counts.Total += n
		}
	}
	return counts, err
}

// whatOfPair says what a pair waits for as a whole, empty for nothing.
func whatOfPair(p journal.Pair) string {
	switch {
	case p.State == journal.PairRefused && p.Reason == ReviewContainer, p.State == journal.PairHalted && p.Reason == ReviewContainer:
		return ReviewContainer
	case p.State == journal.PairHalted:
		return ReviewHalted
	case p.State == journal.PairRefused:
		return ReviewRefused
	}
	return ""
}

// whatOfWork says what a piece of work waits for.
func whatOfWork(why journal.Why, reason string) string {
	switch {
	case why == journal.WhyParked && reason == ReviewLoop:
		return ReviewLoop
	case why == journal.WhyParked:
		return ReviewParked
	case reason == ReviewClash:
		return ReviewClash
	case slices.Contains([]string{"several-matches", "held-copies", plan.HeldOrphan, plan.Orphan, plan.LiesOutside, plan.Rival}, reason):
		return ReviewCandidates
	}
	return ReviewDissolved
}

// waiting lists what waits in some pairs: what stops a whole pair first, then thing after thing.
func (a *Admin) waiting(ctx context.Context, pairs []journal.Pair, hidden bool) ([]entry, error) {
	var whole, things []entry
	for _, p := range pairs {
		if what := whatOfPair(p); what != "" {
			whole = append(whole, entry{id: pairID(p.ID), what: what, pair: p})
		}
		for _, why := range []journal.Why{journal.WhyReview, journal.WhyParked} {
			work, err := a.Store.WorkWhy(ctx, p.ID, why)
			if err != nil {
				return nil, err
			}
			for _, w := range work {
				things = append(things, entry{id: thingID(p.ID, w.Ref), what: whatOfWork(w.Why, w.Reason), pair: p, ref: w.Ref, work: &w})
			}
		}
		if !hidden {
			continue
		}
		links, err := a.Store.LinksInState(ctx, p.ID, journal.Hidden, "", 0)
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			if !link.Raynet.Ref.IsZero() {
				things = append(things, entry{id: thingID(p.ID, link.Raynet.Ref), what: ReviewHidden, pair: p, ref: link.Raynet.Ref})
			}
		}
	}
	return slices.Concat(whole, things), nil
}

func pairID(pair int64) string { return fmt.Sprintf("p%d", pair) }

// thingID names a thing of a pair by a number and a few letters that can be typed.
func thingID(pair int64, ref remote.Ref) string {
	sum := sha256.Sum256([]byte(ref.String()))
	return fmt.Sprintf("%d-%s", pair, strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:10])
}

// entryOf finds what an ID names. The error is a *Failure if it waits no more, or never did.
func (a *Admin) entryOf(ctx context.Context, id string) (entry, error) {
	gone := &Failure{Code: FailureReview, Args: map[string]any{"ID": id}}
	var number int64
	form := "%d-"
	if strings.HasPrefix(id, "p") {
		form = "p%d"
	}
	if _, err := fmt.Sscanf(id, form, &number); err != nil {
		return entry{}, gone
	}
	pairs, err := a.pairs(ctx, nil)
	if err != nil {
		return entry{}, err
	}
	pairs = slices.DeleteFunc(pairs, func(p journal.Pair) bool { return p.ID != number })
	for _, hidden := range []bool{false, true} {
		entries, err := a.waiting(ctx, pairs, hidden)
		if err != nil {
			return entry{}, err
		}
		if at := slices.IndexFunc(entries, func(e entry) bool { return e.id == id }); at >= 0 {
			return entries[at], nil
		}
	}
	return entry{}, gone
}
