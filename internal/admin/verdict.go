package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
)

// Severity says how much a finding matters.
type Severity string

// The severities, the worst first.
const (
	SeverityBad  Severity = "bad"  // something does not work until a person has done something
	SeverityWarn Severity = "warn" // works, and a person should look
	SeverityNote Severity = "note" // worth knowing
	SeverityGood Severity = "good" // all is well
)

// Finding is one sentence about how everything stands. Its text is in the locale files under "overview.<Code>", in the plural
// form of Count if that is not zero, and what to do about it under "overview.repair.<Code>", if there is anything to do.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Count fills in the placeholder Count: users, things or days, as the text says.
	Count int `json:"count,omitempty"`
	// Since is since when it is so; zero if that is not known.
	Since time.Time      `json:"since,omitzero"`
	Args  map[string]any `json:"args,omitempty"`
}

// The findings.
const (
	FindingWell             = "all-well"
	FindingNobody           = "nobody-yet"
	FindingStore            = "store-full"
	FindingRefusedRaynet    = "refused-raynet"
	FindingRefusedMicrosoft = "refused-microsoft"
	FindingSecretEnded      = "secret-ended"
	FindingSecretSoon       = "secret-expiring"
	FindingNoServer         = "no-server"
	FindingNeverRead        = "never-read"
	FindingNoProgress       = "no-progress"
	FindingHalted           = "halted"
	FindingMailboxes        = "mailboxes-refused"
	FindingLate             = "late"
	FindingReview           = "review"
	FindingParked           = "parked"
	FindingBudget           = "budget-spent"
	FindingPaused           = "paused"
)

const (
	// lateAfter is after what time without a cycle a mailbox counts as late, if RAYNET is read so often that this is long.
	lateAfter = 30 * time.Minute
	// stillAfter is after what time without a look at RAYNET nothing seems to happen.
	stillAfter = 2 * time.Minute
	// secretWarns is how many days before its end the secret is spoken of.
	secretWarns = 60
)

// lateSince is the time before which no cycle of a pair that runs should have ended.
func (a *Admin) lateSince() time.Time { return a.Now().Add(-max(3*a.Settings.Poll, lateAfter)) }

// trouble is what the database tells of what does not get on.
type trouble struct {
	refused []Finding
	stops   []store.Stop
	held    map[journal.Why]store.Amount
	late    store.Amount
}

// trouble asks the database what does not get on.
func (a *Admin) trouble(ctx context.Context, t *trouble) (err error) {
	if t.refused, err = a.refusals(ctx); err != nil {
		return err
	}
	if t.stops, err = a.Store.Stops(ctx, a.Connection.Name); err != nil {
		return err
	}
	if t.held, err = a.Store.HeldTotals(ctx, a.Connection.Name); err != nil {
		return err
	}
	t.late, err = a.Store.LateUsers(ctx, a.Connection.Name, a.lateSince())
	return err
}

// findings says whether all is well.
func (a *Admin) findings(o *Overview, t trouble) []Finding {
	all := 0
	for _, n := range o.States {
		all += n
	}
	found := slices.Concat(a.plain(o, all), t.refused, t.stopped(o), t.waiting())
	order := []Severity{SeverityBad, SeverityWarn, SeverityGood, SeverityNote}
	wrong := slices.ContainsFunc(found, func(f Finding) bool { return f.Severity != SeverityNote })
	if !wrong {
		found = append(found, Finding{Code: FindingWell, Severity: SeverityGood, Count: o.States[journal.PairRunning]})
	}
	slices.SortStableFunc(found, func(x, y Finding) int {
		return cmp.Compare(slices.Index(order, x.Severity), slices.Index(order, y.Severity))
	})
	return found
}

// plain finds what is known without asking the database again.
func (a *Admin) plain(o *Overview, users int) []Finding {
	var found []Finding
	say := func(when bool, f Finding) {
		if when {
			found = append(found, f)
		}
	}
	say(o.Store != "ok", Finding{Code: FindingStore, Severity: SeverityBad})
	say(o.Secret.Known && o.Secret.Days < 0, Finding{Code: FindingSecretEnded, Severity: SeverityBad, Since: o.Secret.Expires})
	running := o.States[journal.PairRunning]
	say(users == 0, Finding{Code: FindingNobody, Severity: SeverityWarn})
	switch {
	case running == 0:
	case o.Server == "":
		say(true, Finding{Code: FindingNoServer, Severity: SeverityWarn, Since: o.Poll})
	case o.Poll.IsZero():
		say(true, Finding{Code: FindingNeverRead, Severity: SeverityWarn})
	default:
		say(o.At.Sub(o.Poll) > max(3*a.Settings.Poll, stillAfter), Finding{Code: FindingNoProgress, Severity: SeverityBad, Since: o.Poll})
	}
	if budget := o.Raynet; budget != nil && budget.Limit > 0 && o.At.Before(budget.Reset) {
		say(budget.Remaining*100 < budget.Limit*a.Settings.ReservePercent || budget.Remaining == 0,
			Finding{Code: FindingBudget, Severity: SeverityWarn, Count: budget.Remaining})
	}
	say(o.Secret.Known && o.Secret.Days >= 0 && o.Secret.Days <= secretWarns,
		Finding{Code: FindingSecretSoon, Severity: SeverityWarn, Count: o.Secret.Days})
	return found
}

// refusals finds logins that were refused and are not tried again.
func (a *Admin) refusals(ctx context.Context) ([]Finding, error) {
	var found []Finding
	for _, side := range []struct{ key, login, code string }{
		{raynetSide, a.Settings.RaynetLogin, FindingRefusedRaynet}, {microsoftSide, a.Settings.MicrosoftLogin, FindingRefusedMicrosoft},
	} {
		r, ok, err := a.refusal(ctx, side.key)
		if err != nil {
			return nil, err
		}
		if ok && r.Login == side.login {
			found = append(found, Finding{Code: side.code, Severity: SeverityBad, Since: r.At})
		}
	}
	return found, nil
}

// stopped finds users whose synchronisation does not run, or does not get on.
func (t trouble) stopped(o *Overview) []Finding {
	since := map[journal.PairState]time.Time{}
	for _, stop := range t.stops {
		if first := since[stop.State]; first.IsZero() || stop.Since.Before(first) {
			since[stop.State] = stop.Since
		}
	}
	var found []Finding
	for _, one := range []struct {
		state    journal.PairState
		code     string
		severity Severity
	}{
		{journal.PairHalted, FindingHalted, SeverityBad}, {journal.PairRefused, FindingMailboxes, SeverityBad},
		{journal.PairPaused, FindingPaused, SeverityNote},
	} {
		if n := o.States[one.state]; n > 0 {
			found = append(found, Finding{Code: one.code, Severity: one.severity, Count: n, Since: since[one.state]})
		}
	}
	if o.Server != "" && t.late.Users > 0 { // without a server nobody is expected to get on
		found = append(found, Finding{Code: FindingLate, Severity: SeverityWarn, Count: t.late.Users, Since: t.late.Since})
	}
	return found
}

// waiting finds what waits for a person, and what was set aside.
func (t trouble) waiting() []Finding {
	var found []Finding
	for _, one := range []struct {
		why  journal.Why
		code string
	}{{journal.WhyReview, FindingReview}, {journal.WhyParked, FindingParked}} {
		if amount := t.held[one.why]; amount.Things > 0 {
			found = append(found, Finding{Code: one.code, Severity: SeverityWarn, Count: amount.Things, Since: amount.Since,
				Args: map[string]any{"Users": amount.Users}})
		}
	}
	return found
}

// WellEnough reports whether nothing in the verdict needs a person at once.
func (o Overview) WellEnough() bool {
	return !slices.ContainsFunc(o.Verdict, func(f Finding) bool { return f.Severity == SeverityBad })
}
