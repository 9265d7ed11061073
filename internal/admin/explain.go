package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
)

// Explanation is the one state that a record is in for one user, and why.
type Explanation struct {
	Ref  string      `json:"ref"`
	User string      `json:"user,omitempty"` // empty if it concerns nobody
	Kind record.Kind `json:"kind,omitempty"`
	// State is linked, making, released, hidden, dissolved, waiting, parked, review, absent, aside or unknown ("state.<code>" in
	// the locale files).
	State string `json:"state"`
	// Reason says why ("reason.<code>"; "rule.<code>" in the state aside); empty where there is nothing to say.
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Retry  time.Time `json:"retry,omitzero"` // when it is looked at again by itself
	// Change names the text that says what would change the state: a whole key of the locale files.
	Change string `json:"change"`
	// Detail is the service's answer, in its own words.
	Detail string `json:"detail,omitempty"`
	// Pending says that a change was reported and the next cycle takes it up.
	Pending bool   `json:"pending,omitempty"`
	Raynet  string `json:"raynet,omitempty"`
	Outlook string `json:"outlook,omitempty"`
	When    string `json:"when,omitempty"`
	// Title is told only of what was read just now, and never of private things.
	Title string `json:"title,omitempty"`
	// Stopped is the state of the user's synchronisation, if it does not run ("pair.<code>"), StoppedReason why.
	Stopped       journal.PairState `json:"stopped,omitempty"`
	StoppedReason string            `json:"stopped_reason,omitempty"`
	Journal       []JournalEntry    `json:"journal,omitempty"` // the latest entries
	// Review is the ID by which it waits for a person, or can be made again; empty if neither.
	Review string `json:"review,omitempty"`

	pair int64
}

// The states beside those of links.
const (
	StateWaiting = "waiting"
	StateParked  = "parked"
	StateReview  = "review"
	StateAbsent  = "absent"
	StateAside   = "aside"
	StateUnknown = "unknown"
)

// explained is how many journal entries an explanation has.
const explained = 5

// Explain says, for each user whom a record of either side concerns, which state it is in, why, since when, and what would
// change it. What we never saw is read from its service now, and judged by the rules that hold now. See ParseRef for the forms
// of ref. The errors are *Failure for a text that is none of them, those of the store, and those of a service that could not be
// asked about something unknown.
func (a *Admin) Explain(ctx context.Context, text string) ([]Explanation, error) {
	ref, err := ParseRef(text)
	if err != nil {
		return nil, err
	}
	pairs, err := a.pairs(ctx, nil)
	if err != nil {
		return nil, err
	}
	known, err := a.known(ctx, ref, pairs)
	if err != nil {
		return nil, err
	}
	var out []Explanation
	for _, p := range pairs {
		if k, ok := known[p.ID]; ok {
			e, err := a.explain(ctx, p, ref, k)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	if ref.Side == record.Raynet {
		return a.unknownRaynet(ctx, ref, pairs)
	}
	return a.unknownOutlook(ctx, ref, pairs)
}

// memory is what we remember of a thing in one pair.
type memory struct {
	link   *journal.Link
	work   []journal.Work // of the thing, then of its counterpart
	aside  *journal.Aside
	intent bool // a write to it is under way
}

// known collects what each pair remembers of a ref.
func (a *Admin) known(ctx context.Context, ref remote.Ref, pairs []journal.Pair) (map[int64]*memory, error) {
	out := map[int64]*memory{}
	of := func(pair int64) *memory {
		if out[pair] == nil {
			out[pair] = &memory{}
		}
		return out[pair]
	}
	links, err := a.Store.LinksOfRef(ctx, a.Connection.Name, ref)
	if err != nil {
		return nil, err
	}
	refs := []remote.Ref{ref}
	for _, link := range links {
		of(link.Pair).link = &link
		if other := link.Half(ref.Side.Other()).Ref; !other.IsZero() {
			refs = append(refs, other)
		}
	}
	for i, r := range refs {
		work, err := a.Store.WorkOf(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, w := range work {
			m := out[w.Pair]
			linked := m != nil && m.link != nil && (m.link.Raynet.Ref == r || m.link.Outlook.Ref == r)
			if has(pairs, w.Pair) && (i == 0 || linked) {
				of(w.Pair).work = append(of(w.Pair).work, w)
			}
		}
	}
	asides, err := a.Store.AsidesOfRef(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, aside := range asides {
		if has(pairs, aside.Pair) {
			of(aside.Pair).aside = &aside
		}
	}
	return out, a.underWay(ctx, ref, out)
}

// underWay notes where a write to the thing, or from it, has no known outcome yet.
func (a *Admin) underWay(ctx context.Context, ref remote.Ref, known map[int64]*memory) error {
	for pair, m := range known {
		intents, err := a.Store.Intents(ctx, pair)
		if err != nil {
			return err
		}
		m.intent = slices.ContainsFunc(intents, func(in journal.Intent) bool {
			return in.Source == ref || in.Request.Ref == ref || m.link != nil && in.Link.ID == m.link.ID
		})
	}
	return nil
}

// explain finds the one state among everything that is remembered: what holds a thing up counts before what it is.
func (a *Admin) explain(ctx context.Context, p journal.Pair, ref remote.Ref, m *memory) (Explanation, error) {
	e := Explanation{Ref: ref.String(), User: p.Address, Kind: p.Kind, pair: p.ID}
	e.set(ref)
	filter := store.JournalFilter{Ref: ref, Pair: p.ID, Limit: explained}
	now := a.Now()
	switch link := m.link; {
	case link != nil:
		filter = store.JournalFilter{LinkID: link.ID, Limit: explained}
		e.set(link.Raynet.Ref)
		e.set(link.Outlook.Ref)
		e.State, e.Reason, e.Since, e.When = string(link.State), link.Reason, link.Since, whenOf(p.Kind, link.Span, p.Zone)
		if link.State == journal.Hidden && !link.Raynet.Ref.IsZero() {
			e.Review = thingID(p.ID, link.Raynet.Ref)
		}
		if link.State == journal.Linked && link.FrozenUntil.After(now) {
			e.State, e.Reason, e.Retry = StateWaiting, "unknown-outcome", link.FrozenUntil
		}
	case m.aside != nil:
		e.State, e.Reason, e.Since, e.When = StateAside, string(m.aside.Rule), m.aside.Since, whenOf(p.Kind, m.aside.Span, p.Zone)
	default:
		e.State, e.Reason = StateUnknown, ""
	}
	if m.intent && e.State != string(journal.Making) {
		e.State, e.Reason = StateWaiting, "unknown-outcome"
	}
	e.held(m)
	if item := (Item{State: e.State, Reason: e.Reason}); item.private() {
		e.When = ""
	}
	if p.State != journal.PairRunning {
		e.Stopped, e.StoppedReason = p.State, p.Reason
	}
	e.Change = e.change()
	entries, err := a.Store.Journal(ctx, filter)
	e.Journal = told(entries, []journal.Pair{p})
	if m.aside != nil && m.aside.Rule == remote.RulePrivate {
		for i := range e.Journal {
			e.Journal[i].Changes, e.Journal[i].Author = nil, ""
		}
	}
	return e, err
}

// held takes in the work that waits. A change that was merely reported does not change the state.
func (e *Explanation) held(m *memory) {
	states := map[journal.Why]string{journal.WhyAbsent: StateAbsent, journal.WhyParked: StateParked, journal.WhyReview: StateReview,
		journal.WhyHeld: StateWaiting}
	for _, w := range m.work {
		state, holds := states[w.Why]
		switch {
		case holds && e.State != string(journal.Making):
			e.State, e.Reason, e.Since, e.Retry, e.Detail = state, w.Reason, w.Since, w.RetryAt, w.Detail
			if e.Review = ""; w.Why == journal.WhyParked || w.Why == journal.WhyReview {
				e.Review = thingID(w.Pair, w.Ref)
			}
			return
		case w.Why == journal.WhyChanged:
			e.Pending = true
			if e.Since.IsZero() {
				e.Since = w.Since
			}
		}
	}
}

// set fills in the ref of one side.
func (e *Explanation) set(ref remote.Ref) {
	if ref.Side == record.Raynet {
		e.Raynet = ref.String()
	} else if ref.Side == record.Outlook {
		e.Outlook = ref.String()
	}
}

// change names the text that says what would change the state.
func (e *Explanation) change() string {
	switch {
	case e.State == StateAside:
		return "rule-change." + e.Reason
	case e.Stopped != "" && (e.Pending || e.State == StateUnknown):
		return "state-change.stopped"
	case e.State == string(journal.Linked) && e.Pending, e.State == StateUnknown && e.Pending:
		return "state-change.changed"
	case e.State == string(journal.Linked), e.State == string(journal.Making):
		return "state-change." + e.State
	case e.Reason != "":
		return "reason-change." + e.Reason
	}
	return "state-change.new"
}

// unknownRaynet reads a record that no pair remembers and says which rule holds for it now.
func (a *Admin) unknownRaynet(ctx context.Context, ref remote.Ref, pairs []journal.Pair) ([]Explanation, error) {
	nobody := Explanation{Ref: ref.String(), Raynet: ref.String(), State: StateUnknown, Reason: "not-found", Change: "state-change.not-found"}
	kind, ok := raynet.KindOf(ref.Type)
	if !ok {
		nobody.State, nobody.Reason, nobody.Change = StateAside, string(remote.RuleType), "rule-change."+string(remote.RuleType)
		return []Explanation{nobody}, nil
	}
	scope := remote.Scope{Kind: kind, Zone: a.Settings.Zone}
	concerned := slices.DeleteFunc(slices.Clone(pairs), func(p journal.Pair) bool { return p.Kind != kind })
	if len(concerned) > 0 {
		scope = concerned[0].Scope()
	}
	snapshot, found, err := a.look(ctx, scope, ref)
	if err != nil || !found {
		return []Explanation{nobody}, err
	}
	var out []Explanation
	for _, p := range concerned {
		if snapshot.Concerns(p.Person) {
			out = append(out, a.judge(p, ref, snapshot))
		}
	}
	if len(out) == 0 {
		nobody.State, nobody.Reason, nobody.Change, nobody.Kind = StateAside, string(plan.RuleNotOurs), "rule-change."+string(plan.RuleNotOurs), kind
		nobody.Title, nobody.When = titleOf(snapshot), whenOf(kind, snapshot.Span, scope.Zone)
		out = []Explanation{nobody}
	}
	return out, nil
}

// unknownOutlook looks for an item that no pair remembers, mailbox after mailbox: its id does not tell in which it lies.
func (a *Admin) unknownOutlook(ctx context.Context, ref remote.Ref, pairs []journal.Pair) ([]Explanation, error) {
	var failed error
	for _, p := range pairs {
		snapshot, found, err := a.look(ctx, p.Scope(), ref)
		if found {
			return []Explanation{a.judge(p, ref, snapshot)}, nil
		}
		failed = cmp.Or(failed, err)
	}
	return []Explanation{{Ref: ref.String(), Outlook: ref.String(), State: StateUnknown, Reason: "not-found", Change: "state-change.not-found"}}, failed
}

// look reads one thing. What a side calls no thing of its own at all is not found either.
func (a *Admin) look(ctx context.Context, scope remote.Scope, ref remote.Ref) (remote.Snapshot, bool, error) {
	reader := a.Connection.Engine.Raynet
	if ref.Side == record.Outlook {
		reader = a.Connection.Engine.Outlook
	}
	if err := a.LoginAllowed(ctx); err != nil {
		return remote.Snapshot{}, false, err
	}
	readings, err := reader.Read(ctx, scope, []remote.Ref{ref})
	if err != nil {
		return remote.Snapshot{}, false, err
	}
	switch reading := readings[0]; {
	case reading.Presence == remote.Present:
		return reading.Snapshot, true, nil
	case reading.Presence == remote.Broken && remote.KindOf(reading.Err) != remote.Invalid:
		return remote.Snapshot{}, false, reading.Err
	}
	return remote.Snapshot{}, false, nil
}

// judge says which rule holds for something unknown now.
func (a *Admin) judge(p journal.Pair, ref remote.Ref, snapshot remote.Snapshot) Explanation {
	e := Explanation{Ref: ref.String(), User: p.Address, Kind: p.Kind, State: StateUnknown, Pending: true}
	e.set(ref)
	engine := a.Connection.Engine
	rule := plan.RuleFor(plan.Context{
		Pair: p, Rules: a.Connection.Rules(p), Schema: record.SchemaOf(p.Kind), Digester: engine.Digester, Now: a.Now(),
		Key: func(source remote.Snapshot) string { return engine.Key(p.Scope(), source) },
	}, snapshot)
	if rule != "" {
		e.State, e.Reason, e.Pending = StateAside, string(rule), false
	}
	if snapshot.Rule != remote.RulePrivate {
		e.Title, e.When = titleOf(snapshot), whenOf(p.Kind, snapshot.Span, p.Zone)
	}
	if p.State != journal.PairRunning {
		e.Stopped, e.StoppedReason = p.State, p.Reason
	}
	if e.Change = e.change(); e.Change == "state-change.changed" {
		e.Change = "state-change.new"
	}
	return e
}

func titleOf(snapshot remote.Snapshot) string {
	return record.SchemaOf(snapshot.Kind).TitleOf(snapshot.Fields)
}
