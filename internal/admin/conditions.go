package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// The codes of conditions. Their texts are "alert.title-<code>" and "alert.todo-<code>".
const (
	ConditionHalted         = "halted"          // a guard halted a pair; Reason says which
	ConditionRefused        = "refused"         // a mailbox, folder or list cannot be used
	ConditionLoginRaynet    = "login-raynet"    // Reason is the service's code
	ConditionLoginMicrosoft = "login-microsoft" // Reason is the service's code
	ConditionSecret         = "secret"          // Count days are left; Reason is "today" or "expired" then
	ConditionCertificate    = "certificate"     // the same of a certificate instead of a secret
	ConditionNoProgress     = "no-progress"     // nothing was finished for a user
	ConditionUnread         = "raynet-unread"   // RAYNET was not read
	ConditionLoop           = "loop"            // Count records were set aside by the loop breaker
	ConditionFull           = "database-full"
)

// Condition is something that holds now and that people should know of. It names nothing but a mailbox.
type Condition struct {
	Code string `json:"code"`
	// User is the address of the mailbox and Of what is synchronised for it; both are empty for what concerns everybody.
	User string      `json:"user,omitempty"`
	Of   record.Kind `json:"of,omitempty"`
	// Reason is "reason.<code>", or as Code says.
	Reason string    `json:"reason,omitempty"`
	Count  int       `json:"count,omitzero"`
	Since  time.Time `json:"since"`
	// Serious says that people are reminded of it every day.
	Serious bool `json:"serious,omitzero"`
	// Level is what makes it news again when it changes.
	Level string `json:"level,omitempty"`
	// Slow says that it often passes by itself soon, so that it must hold for ten minutes before anybody is told.
	Slow bool `json:"slow,omitzero"`
}

// subject tells conditions of one code apart.
func (c Condition) subject() string {
	if c.User == "" {
		return ""
	}
	return c.User + "/" + string(c.Of)
}

// slowWait is how long a condition that is slow must hold before it is told: a server that has just started needs a while to
// catch up.
const slowWait = 10 * time.Minute

// Conditions tells what holds now: what concerns everybody first, then users in the order of their addresses. It looks at the
// database and at what this process remembers; neither service is asked. Its errors are those of the store.
func (a *Alerts) Conditions(ctx context.Context) ([]Condition, error) {
	var found []Condition
	if a.Admin.Store.Healthy() != nil {
		found = append(found, Condition{Code: ConditionFull, Serious: true})
	}
	logins, err := a.refusedLogins(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, logins...)
	found = append(found, a.secret()...)
	pairs, err := a.Admin.Store.Pairs(ctx, a.Admin.Connection.Name)
	if err != nil {
		return nil, err
	}
	unread, err := a.unread(ctx, pairs)
	if err != nil {
		return nil, err
	}
	found = append(found, unread...)
	parked, err := a.Admin.Store.ParkedFor(ctx, a.Admin.Connection.Name, "loop")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(pairs, func(x, y journal.Pair) int {
		return cmp.Or(cmp.Compare(x.Address, y.Address), cmp.Compare(x.Kind, y.Kind))
	})
	for _, p := range pairs {
		of, err := a.ofPair(ctx, p, parked[p.ID])
		if err != nil {
			return nil, err
		}
		found = append(found, of...)
	}
	return found, nil
}

// refusedLogins tells of credentials that are not tried again until they change.
func (a *Alerts) refusedLogins(ctx context.Context) ([]Condition, error) {
	var found []Condition
	for _, side := range []struct{ key, login, code string }{
		{raynetSide, a.Admin.Settings.RaynetLogin, ConditionLoginRaynet}, {microsoftSide, a.Admin.Settings.MicrosoftLogin, ConditionLoginMicrosoft},
	} {
		r, ok, err := a.Admin.refusal(ctx, side.key)
		if err != nil {
			return nil, err
		}
		if ok && r.Login == side.login {
			found = append(found, Condition{Code: side.code, Reason: r.Code, Level: r.Code, Since: r.At, Serious: true})
		}
	}
	return found, nil
}

// secretDays are the days before the end of the secret at which people are told.
func secretDays() []int { return []int{1, 7, 14, 30, 60} }

// daysLeft returns how many days are left until a day, as a calendar in zone counts them; negative when it is over.
func daysLeft(day, now time.Time, zone *time.Location) int {
	year, month, date := now.In(zone).Date()
	return int(day.Sub(time.Date(year, month, date, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

// credential returns the code of what the application signs in with, and the day on which that ends; zero if nobody told.
func (a *Alerts) credential() (code string, ends time.Time) {
	if !a.CertificateEnds.IsZero() {
		return ConditionCertificate, a.CertificateEnds.UTC().Truncate(24 * time.Hour)
	}
	return ConditionSecret, a.Admin.Settings.SecretExpires
}

// secret tells of the end of the client secret or certificate. A day that nobody told us is no alert; the digest says so.
func (a *Alerts) secret() []Condition {
	code, ends := a.credential()
	if ends.IsZero() {
		return nil
	}
	days := daysLeft(ends, a.Admin.Now(), a.Zone)
	c := Condition{Code: code, Count: max(days, 0), Serious: days <= 1}
	switch {
	case days < 0:
		c.Reason, c.Level = "expired", "expired"
		return []Condition{c}
	case days == 0:
		c.Reason, c.Level = "today", "today"
		return []Condition{c}
	}
	for _, limit := range secretDays() {
		if days <= limit {
			c.Level = strconv.Itoa(limit)
			return []Condition{c}
		}
	}
	return nil
}

// unread tells that RAYNET was not read for too long although somebody is synchronised.
func (a *Alerts) unread(ctx context.Context, pairs []journal.Pair) ([]Condition, error) {
	first := time.Time{}
	for _, p := range pairs {
		if p.State == journal.PairRunning && (first.IsZero() || p.Since.Before(first)) {
			first = p.Since
		}
	}
	if first.IsZero() {
		return nil, nil
	}
	cursor, _, err := a.Admin.Store.Cursor(ctx, feed.CursorScope(a.Admin.Connection.Name))
	if err != nil {
		return nil, err
	}
	last := latest(first, cursor.At)
	if a.Admin.Now().Sub(last) < a.NoProgress {
		return nil, nil
	}
	return []Condition{{Code: ConditionUnread, Since: last, Serious: true, Slow: true}}, nil
}

// ofPair tells what is wrong with one pair.
func (a *Alerts) ofPair(ctx context.Context, p journal.Pair, parked store.Parked) ([]Condition, error) {
	var found []Condition
	c := Condition{User: p.Address, Of: p.Kind, Since: p.Since, Reason: p.Reason, Serious: true}
	switch p.State {
	case journal.PairHalted: // each time anew: it takes a person to let it run again
		c.Code, c.Level = ConditionHalted, fmt.Sprint(p.Reason, " ", p.Since.UnixMilli())
		found = append(found, c)
	case journal.PairRefused:
		c.Code = ConditionRefused
		c.Serious = p.Reason != "container-gone" // its user's own wish
		found = append(found, c)
	case journal.PairRunning:
		last, err := a.progress(ctx, p)
		if err != nil {
			return nil, err
		}
		if a.Admin.Now().Sub(last) >= a.NoProgress {
			found = append(found, Condition{Code: ConditionNoProgress, User: p.Address, Of: p.Kind, Since: last, Serious: true, Slow: true})
		}
	case journal.PairPaused: // by a person, who knows
		return nil, nil
	}
	if parked.Things > 0 {
		found = append(found, Condition{Code: ConditionLoop, User: p.Address, Of: p.Kind, Count: parked.Things, Since: parked.Oldest})
	}
	return found, nil
}

// progress tells when something was last finished for a pair: its mailbox was read and settled, or something was written. A
// long first synchronisation does the latter only.
func (a *Alerts) progress(ctx context.Context, p journal.Pair) (time.Time, error) {
	cursor, _, err := a.Admin.Store.Cursor(ctx, engine.FeedScope(p))
	if err != nil {
		return time.Time{}, err
	}
	last := latest(p.Since, cursor.At)
	if a.Admin.Now().Sub(last) < a.NoProgress {
		return last, nil
	}
	entries, err := a.Admin.Store.Journal(ctx, store.JournalFilter{Pair: p.ID, Limit: 1})
	if err != nil {
		return time.Time{}, err
	}
	for _, entry := range entries {
		last = latest(last, entry.At)
	}
	return last, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
