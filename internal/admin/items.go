package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// ItemQuery says which records are wanted. At least one of Text, User and State must be there.
type ItemQuery struct {
	// Text is a reference in any form that Explain takes, or words that RAYNET is asked for.
	Text string
	User string      // a mailbox's address
	Kind record.Kind // empty is every kind
	// State is one of ItemStates; empty is every state.
	State string
	// After continues a listing: ItemPage.Next of the page before.
	After string
	// Limit is how many are wanted; zero means 50, and there are never more than 200.
	Limit int
	// Titles asks the services for the titles of what is shown: nothing of the kind is kept. Private things never have any.
	Titles bool
}

// Item is one record or Outlook item in one user's synchronisation.
type Item struct {
	User   string      `json:"user,omitempty"`
	Kind   record.Kind `json:"kind,omitempty"`
	State  string      `json:"state"`            // "state.<code>"
	Reason string      `json:"reason,omitempty"` // "reason.<code>"; "rule.<code>" in the state aside
	Since  time.Time   `json:"since,omitzero"`
	Retry  time.Time   `json:"retry,omitzero"`
	When   string      `json:"when,omitempty"`
	// Raynet and Outlook are the references; what is not linked has one of them.
	Raynet  string `json:"raynet,omitempty"`
	Outlook string `json:"outlook,omitempty"`
	Title   string `json:"title,omitempty"`

	pair int64
	key  string // its place in the order of its state and pair
	ref  remote.Ref
}

// ItemPage is a part of an answer.
type ItemPage struct {
	Items []Item `json:"items"`
	// Explanations is the answer to a reference, which says more.
	Explanations []Explanation `json:"explanations,omitempty"`
	// Next is what After of the next page must be; empty at the end.
	Next string `json:"next,omitempty"`
	// Requests is what the answer took to put together.
	Requests Requests `json:"requests"`
	// Note says what an answer leaves out ("overview.note-<Note>"): the words of text are looked for in RAYNET alone.
	Note string `json:"note,omitempty"`
}

const (
	itemPage  = 50
	mostItems = 200
	// foundItems is how many records a search for words may bring, of activities and of persons.
	foundItems = 25
	// NoteRaynetOnly says that words were looked for in RAYNET alone.
	NoteRaynetOnly = "raynet-only"
)

// ItemStates are the states that can be asked for, in the order in which they are listed: what needs a person comes first.
func ItemStates() []string {
	return []string{StateReview, StateParked, StateWaiting, string(journal.Making), StateAbsent, string(journal.Dissolved), string(journal.Hidden),
		string(journal.Released), StateAside, string(journal.Linked)}
}

// workStates are the states that waiting work has.
func workStates(state string) (journal.Why, bool) {
	why, ok := map[string]journal.Why{StateReview: journal.WhyReview, StateParked: journal.WhyParked, StateWaiting: journal.WhyHeld,
		StateAbsent: journal.WhyAbsent}[state]
	return why, ok
}

// Items finds records. A reference is explained, as Explain does; words are looked for in RAYNET, with at most two requests, in
// records whose users are ours; otherwise the records of a user, in a state, or both are listed. The content of private things is
// neither searched nor told. The errors are *Failure for a query that names nothing or a user that is none, those of the store,
// and those of a service that was asked.
func (a *Admin) Items(ctx context.Context, q ItemQuery) (page ItemPage, err error) {
	before := a.requests()
	page.Items = []Item{}
	defer func() { page.Requests = a.requests().Sub(before) }()
	q.Limit = min(cmp.Or(max(q.Limit, 0), itemPage), mostItems)
	q.Text = strings.TrimSpace(q.Text)
	switch {
	case q.Text != "" && isRef(q.Text):
		page.Explanations, err = a.Explain(ctx, q.Text)
		return page, err
	case q.Text != "":
		return page, a.search(ctx, q, &page)
	case q.User == "" && q.State == "", q.State != "" && !slices.Contains(ItemStates(), q.State):
		return page, &Failure{Code: FailureSearch, Args: map[string]any{"States": strings.Join(ItemStates(), ", ")}}
	}
	if err := a.listItems(ctx, q, &page); err != nil {
		return page, err
	}
	if q.Titles {
		err = a.titles(ctx, page.Items)
	}
	return page, err
}

// isRef reports whether a text names a record, rather than being words with a slash.
func isRef(text string) bool {
	ref, err := ParseRef(text)
	if err != nil {
		return false
	}
	if _, known := raynet.KindOf(ref.Type); known || strings.Contains(text, ":") {
		return true
	}
	return ref.Side == record.Outlook && slices.Contains([]string{"event", "occurrence", "contact", "task"}, ref.Type)
}

// itemCursor is a place in a listing.
type itemCursor struct {
	state string
	pair  int64
	key   string
}

func cursorOf(after string) itemCursor {
	parts := strings.SplitN(after, "|", 3)
	if len(parts) < 3 {
		return itemCursor{}
	}
	pair, _ := strconv.ParseInt(parts[1], 10, 64) // what is no number begins with the first
	return itemCursor{state: parts[0], pair: pair, key: parts[2]}
}

// listItems lists state by state, pair by pair.
func (a *Admin) listItems(ctx context.Context, q ItemQuery, page *ItemPage) error {
	var users []string
	if q.User != "" {
		users = []string{q.User}
	}
	list, err := a.pairs(ctx, users)
	if err != nil {
		return err
	}
	pairs := map[int64]journal.Pair{}
	for _, p := range list {
		if q.Kind == "" || p.Kind == q.Kind {
			pairs[p.ID] = p
		}
	}
	states, at := ItemStates(), cursorOf(q.After)
	if q.State != "" {
		states = []string{q.State}
	}
	if i := slices.Index(states, at.state); i >= 0 {
		states = states[i:]
	}
	for _, state := range states {
		from := itemCursor{}
		if state == at.state {
			from = at
		}
		ids, err := a.pairsIn(ctx, state, from.pair, q.User != "", pairs)
		if err != nil {
			return err
		}
		for _, id := range ids {
			after := ""
			if id == from.pair {
				after = from.key
			}
			items, err := a.itemsOf(ctx, pairs[id], state, after, q.Limit+1-len(page.Items))
			if err != nil {
				return err
			}
			if page.Items = append(page.Items, items...); len(page.Items) > q.Limit {
				page.Items = page.Items[:q.Limit]
				last := page.Items[q.Limit-1]
				page.Next = last.State + "|" + strconv.FormatInt(last.pair, 10) + "|" + last.key
				return nil
			}
		}
	}
	return nil
}

// pairsIn returns which of the pairs may have items in a state, from the pair called first on, ascending.
func (a *Admin) pairsIn(ctx context.Context, state string, first int64, few bool, pairs map[int64]journal.Pair) ([]int64, error) {
	var ids []int64
	var err error
	why, work := workStates(state)
	switch {
	case few, state == StateAside:
		for id := range pairs { // any order: sorted below
			ids = append(ids, id)
		}
		slices.Sort(ids)
	case work:
		ids, err = a.Store.PairsWithWork(ctx, a.Connection.Name, why, first)
	default:
		ids, err = a.Store.PairsWithLinks(ctx, a.Connection.Name, journal.LinkState(state), first)
	}
	return slices.DeleteFunc(ids, func(id int64) bool {
		_, wanted := pairs[id]
		return id < first || !wanted
	}), err
}

// itemsOf returns a part of the items that one pair has in a state.
func (a *Admin) itemsOf(ctx context.Context, p journal.Pair, state, after string, limit int) ([]Item, error) {
	var items []Item
	ref, _ := remote.ParseRef(after) // none at the beginning
	why, isWork := workStates(state)
	switch {
	case isWork:
		works, err := a.Store.WorkInState(ctx, p.ID, why, ref, limit)
		if err != nil {
			return nil, err
		}
		for _, w := range works {
			item := Item{State: state, Reason: w.Reason, Since: w.Since, Retry: w.RetryAt, key: w.Ref.String()}
			item.name(w.Ref)
			items = append(items, item)
		}
	case state == StateAside:
		asides, err := a.Store.AsidesOfPair(ctx, p.ID, ref, limit)
		if err != nil {
			return nil, err
		}
		for _, aside := range asides {
			item := Item{State: state, Reason: string(aside.Rule), Since: aside.Since, key: aside.Ref.String()}
			if item.name(aside.Ref); aside.Rule != remote.RulePrivate {
				item.When = whenOf(p.Kind, aside.Span, p.Zone)
			}
			items = append(items, item)
		}
	default:
		links, err := a.Store.LinksInState(ctx, p.ID, journal.LinkState(state), after, limit)
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			items = append(items, itemOf(p, link))
		}
	}
	for i := range items {
		items[i].User, items[i].Kind, items[i].pair = p.Address, p.Kind, p.ID
	}
	return items, nil
}

func itemOf(p journal.Pair, link journal.Link) Item {
	item := Item{State: string(link.State), Reason: link.Reason, Since: link.Since, key: link.ID}
	item.name(link.Raynet.Ref)
	item.name(link.Outlook.Ref) // the title is that of the mailbox's own item: it tells whether it is private
	if link.Reason != reasonPrivate {
		item.When = whenOf(p.Kind, link.Span, p.Zone)
	}
	return item
}

// reasonPrivate is the reason of links whose Outlook item turned private.
const reasonPrivate = "turned-private"

// name fills in a ref.
func (i *Item) name(ref remote.Ref) {
	if ref.IsZero() {
		return
	}
	i.ref = ref
	if ref.Side == record.Raynet {
		i.Raynet = ref.String()
	} else {
		i.Outlook = ref.String()
	}
}

// private reports whether nothing of a thing's content may be told.
func (i *Item) private() bool {
	return i.Reason == reasonPrivate || i.State == StateAside && i.Reason == string(remote.RulePrivate)
}
