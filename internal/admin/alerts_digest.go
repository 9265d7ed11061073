package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/alert"
	"raynetsync/internal/engine/journal"
)

const (
	digestHour = 8
	digestKey  = "alerts/digest"
	// reviewMany and reviewMore say when the queue of decisions grows: at least so many wait, so many more than a week ago.
	reviewMany = 10
	reviewMore = 5
)

// digestNote is what is remembered of digests.
type digestNote struct {
	// Sent is for which moment each way got its latest digest, or from which on it gets them. // way -> moment
	Sent map[string]time.Time `json:"sent"`
	// Moment is that of the latest digest, Review how many decisions waited then, Before at the one before. // subject -> count
	Moment time.Time      `json:"moment,omitzero"`
	Review map[string]int `json:"review,omitempty"`
	Before map[string]int `json:"before,omitempty"`
}

// digestMoment returns the latest moment at which a digest was due, and the one a week before, as the calendar in zone has them.
func digestMoment(now time.Time, zone *time.Location, day time.Weekday) (moment, before time.Time) {
	local := now.In(zone)
	back := (int(local.Weekday()) - int(day) + 7) % 7
	at := func(back int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()-back, digestHour, 0, 0, 0, zone).UTC()
	}
	if moment = at(back); moment.After(now) {
		back += 7
	}
	return at(back), at(back + 7)
}

// tellDigest sends the weekly digest by each way that has not had it. A server that was off at the moment sends it later; a way
// that is new waits for the next one.
func (a *Alerts) tellDigest(ctx context.Context, conditions []Condition) error {
	if a.Digest == nil || len(a.Ways) == 0 {
		return nil
	}
	moment, before := digestMoment(a.Admin.Now(), a.Zone, *a.Digest)
	note, changed, err := a.digestNote(ctx, moment)
	if err != nil {
		return err
	}
	var digest *alert.Digest
	for _, way := range a.Ways {
		if !note.Sent[way.Name()].Before(moment) {
			continue
		}
		if a.digested[way.Name()].Equal(moment) { // sent, and the database did not take the note
			note.Sent[way.Name()], changed = moment, true
			continue
		}
		if digest == nil {
			if digest, err = a.digest(ctx, before, conditions, &note, moment); err != nil {
				return err
			}
		}
		if !a.send(ctx, way, alert.Message{ID: a.Admin.NewID(), Kind: alert.WeekDigest, At: a.Admin.Now(), URL: a.URL, Digest: digest}) {
			continue
		}
		if a.digested == nil {
			a.digested = map[string]time.Time{}
		}
		note.Sent[way.Name()], a.digested[way.Name()] = moment, moment
		if err := errors.Join(a.rememberDigest(ctx, note), a.settled(ctx, way)); err != nil {
			return err
		}
		changed = false
	}
	if changed {
		return a.rememberDigest(ctx, note)
	}
	return nil
}

// digestNote reads what is remembered; changed says that a way was added to it.
func (a *Alerts) digestNote(ctx context.Context, moment time.Time) (note digestNote, changed bool, err error) {
	value, ok, err := a.Admin.Store.Recall(ctx, digestKey)
	if err == nil && ok {
		err = json.Unmarshal(value, &note)
	}
	if err != nil {
		return note, false, fmt.Errorf("read when a digest was sent: %w", err)
	}
	if note.Sent == nil {
		note.Sent = map[string]time.Time{}
	}
	for _, way := range a.Ways {
		if _, known := note.Sent[way.Name()]; !known {
			note.Sent[way.Name()], changed = moment, true
		}
	}
	return note, changed, nil
}

func (a *Alerts) rememberDigest(ctx context.Context, note digestNote) error {
	value, err := json.Marshal(note, json.Deterministic(true))
	if err == nil {
		err = a.Admin.Store.Remember(context.WithoutCancel(ctx), digestKey, value)
	}
	if err != nil {
		return fmt.Errorf("note that a digest was sent: %w", err)
	}
	return nil
}

// digest gathers what happened since a moment, and how everything stands now.
func (a *Alerts) digest(ctx context.Context, since time.Time, conditions []Condition, note *digestNote, moment time.Time) (*alert.Digest, error) {
	status, err := a.Admin.Status(ctx)
	if err != nil {
		return nil, err
	}
	done, err := a.doneSince(ctx, since)
	if err != nil {
		return nil, err
	}
	code, ends := a.credential()
	d := &alert.Digest{From: since, Till: a.Admin.Now(), SecretExpires: ends, Certificate: code == ConditionCertificate}
	if !d.SecretExpires.IsZero() {
		d.SecretDays = daysLeft(d.SecretExpires, d.Till, a.Zone)
	}
	if status.Raynet != nil {
		d.Remaining, d.Limit = status.Raynet.Remaining, status.Raynet.Limit
	}
	review := map[string]int{}
	for _, user := range status.Users {
		review[user.User+"/"+string(user.Kind)] = user.Work[journal.WhyReview]
	}
	if !note.Moment.Equal(moment) { // the second way, and a repeat, compare with the same week
		note.Moment, note.Before, note.Review = moment, note.Review, review
	}
	for _, user := range status.Users {
		subject := user.User + "/" + string(user.Kind)
		waits := user.Work[journal.WhyReview]
		was, known := note.Before[subject]
		d.Users = append(d.Users, alert.DigestUser{
			User: user.User, Of: string(user.Kind), State: string(user.State), Events: done[subject], Linked: user.Linked,
			Waiting: user.Waiting + user.Work[journal.WhyHeld] + user.Work[journal.WhyChanged] + user.Work[journal.WhyAbsent],
			Parked:  user.Work[journal.WhyParked], Review: waits, Grows: known && waits >= reviewMany && waits-was >= reviewMore,
		})
	}
	for _, c := range conditions {
		if c.Code == code {
			continue // it has a line of its own
		}
		if c.Since.IsZero() {
			c.Since = d.Till
		}
		d.Holds = append(d.Holds, alertItem(c, alert.Still))
	}
	return d, nil
}

// doneSince counts the events of each user and kind. // subject -> event -> count
func (a *Alerts) doneSince(ctx context.Context, since time.Time) (map[string]map[string]int, error) {
	counts, err := a.Admin.Store.EventCounts(ctx, since)
	if err != nil {
		return nil, err
	}
	pairs, err := a.Admin.Store.Pairs(ctx, a.Admin.Connection.Name)
	if err != nil {
		return nil, err
	}
	done := map[string]map[string]int{}
	for _, p := range pairs {
		events := map[string]int{}
		for event, count := range counts[p.ID] {
			events[string(event)] = count
		}
		done[p.Address+"/"+string(p.Kind)] = events
	}
	return done, nil
}
