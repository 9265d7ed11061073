package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine/journal"
)

// reasonNotChosen is the reason of a pair whose user the settings do not name any more.
const reasonNotChosen = "not-chosen-user"

const (
	enrolKey = "enrol"
	// enrolEvery is how often people are looked for when nothing in the settings changed.
	enrolEvery = time.Hour
)

// enrolled is what is remembered of the latest enrolment, so that an idle server, restarted or not, does not ask for
// everybody again.
type enrolled struct {
	At       time.Time `json:"at"`
	Settings string    `json:"settings"`
}

// Enrol makes the pairs of the chosen users or updates them, pauses the pairs of users who are not chosen any more, and lets
// those run again that were paused for that reason alone. It returns all pairs of the connection. Nobody is paused because a side could not be asked. The errors are those
// of the clients and the store; store.ErrHeld means that another process is doing it.
func (a *Admin) Enrol(ctx context.Context) (pairs []journal.Pair, err error) {
	err = a.Connection.Hold(ctx, "enrol/"+a.Connection.Name, func(ctx context.Context, fence journal.Fence) error {
		pairs, err = a.enrol(ctx, fence)
		return err
	})
	return pairs, err
}

func (a *Admin) enrol(ctx context.Context, fence journal.Fence) ([]journal.Pair, error) {
	people, err := a.directory(ctx)
	if err != nil {
		return nil, err
	}
	before, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	if people.zones, err = a.askZones(ctx, a.rows(people, before), people.zones); err != nil {
		return nil, err
	}
	kept, err := a.upsert(ctx, a.rows(people, before), before)
	if err != nil {
		return nil, err
	}
	if err := a.Store.Commit(ctx, fence, states(before, kept)...); err != nil {
		return nil, fmt.Errorf("pause and resume users: %w", err)
	}
	note, err := json.Marshal(enrolled{At: a.Now(), Settings: a.enrolSettings()})
	if err == nil {
		err = a.Store.Remember(ctx, enrolKey, note)
	}
	if err != nil {
		return nil, err
	}
	return a.Store.Pairs(ctx, a.Connection.Name)
}

// upsert writes the pairs of the chosen users and returns their ids.
func (a *Admin) upsert(ctx context.Context, rows []UserRow, before []journal.Pair) (map[int64]bool, error) {
	kept := map[int64]bool{}
	for _, row := range rows {
		if !row.Chosen {
			continue
		}
		for _, kind := range row.Kinds {
			want := journal.Pair{Connection: a.Connection.Name, Kind: kind, Mailbox: row.Mailbox, Address: row.Address, Person: row.Person, Zone: row.Zone}
			if at := slices.IndexFunc(before, func(p journal.Pair) bool { return p.Mailbox == want.Mailbox && p.Kind == want.Kind }); at >= 0 {
				old := before[at]
				kept[old.ID] = true
				want.Container = old.Container
				if old.Address == want.Address && old.Person == want.Person && old.Zone == want.Zone {
					continue
				}
				want.Full = old.Person != want.Person || old.Zone != want.Zone // other records, or other times, may concern it
				if old.Person != want.Person {
					// What the other person has did not change by that, so the feed would tell of none of it. Noted first: a process that
					// dies in between reads once too often and not once too little.
					if err := a.Connection.Feed.Anew(ctx, []journal.Pair{old}); err != nil {
						return nil, err
					}
				}
			}
			id, err := a.Store.UpsertPair(ctx, want)
			if err != nil {
				return nil, err
			}
			kept[id] = true
		}
	}
	return kept, nil
}

// states are the changes of pairs that lost or regained their user's choice.
func states(before []journal.Pair, kept map[int64]bool) []journal.Fact {
	var facts []journal.Fact
	for _, p := range before {
		switch {
		case !kept[p.ID] && (p.State == journal.PairRunning || p.State == journal.PairRefused):
			facts = append(facts, journal.PutPairState{Pair: p.ID, State: journal.PairPaused, Reason: reasonNotChosen})
		case kept[p.ID] && p.State == journal.PairPaused && p.Reason == reasonNotChosen:
			facts = append(facts, journal.PutPairState{Pair: p.ID, State: journal.PairRunning})
		}
	}
	return facts
}

// EnrolIfDue enrols when the settings changed or the last time was an hour ago; else it asks nobody and returns the pairs as they
// are. done says that people were asked. store.ErrHeld means that another process is doing it, or died while it was: who needs
// it done asks again soon.
func (a *Admin) EnrolIfDue(ctx context.Context) (pairs []journal.Pair, done bool, err error) {
	var last enrolled
	value, ok, err := a.Store.Recall(ctx, enrolKey)
	if err != nil {
		return nil, false, err
	}
	if ok && json.Unmarshal(value, &last) != nil {
		last = enrolled{}
	}
	age := a.Now().Sub(last.At)
	if last.Settings != a.enrolSettings() || age >= enrolEvery || age < 0 {
		pairs, err = a.Enrol(ctx)
		return pairs, err == nil, err
	}
	pairs, err = a.Store.Pairs(ctx, a.Connection.Name)
	return pairs, false, err
}

// enrolSettings is a digest of everything in the settings that decides who is enrolled.
func (a *Admin) enrolSettings() string {
	s := a.Settings
	text, err := json.Marshal([]any{s.Users, s.Overrides, s.Zone, s.Kinds, s.RaynetURL, s.TenantID}, json.Deterministic(true))
	if err != nil {
		return "" // these types always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
