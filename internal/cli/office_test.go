package cli_test

import (
	"context"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// office answers everything, with something of every kind in it.
func office() cli.Connection {
	return cli.Connection{
		Verify: func(context.Context, admin.VerifyOptions) (admin.Verification, error) { return verification(), nil },
		Users:  func(context.Context) ([]admin.UserRow, error) { return rows(), nil },
		Plan: func(context.Context, admin.SyncOptions) (admin.Report, error) {
			report := planned()
			report.Forecast = &admin.Forecast{Code: "fits", Raynet: 2160, Graph: 1040, Seconds: 719, Share: 0.09, Left: 19000, Days: 1}
			return report, nil
		},
		Sync: func(_ context.Context, options admin.SyncOptions) (admin.Report, error) {
			if options.Progress != nil {
				options.Progress("jana@example.cz", record.Calendar, 3, 4)
				options.Progress("jana@example.cz", record.Calendar, 4, 4)
			}
			return done(), nil
		},
		Status:     func(context.Context) (admin.Status, error) { return status(), nil },
		Items:      items,
		Explain:    func(_ context.Context, ref string) ([]admin.Explanation, error) { return explanations(ref), nil },
		Journal:    func(context.Context, admin.JournalOptions) ([]admin.JournalEntry, error) { return entries(), nil },
		Restore:    func(context.Context, admin.RestoreWhat, bool) (admin.Report, error) { return planned(), nil },
		Alerts:     func(_ context.Context, texts *locale.Texts) (admin.AlertList, error) { return alerts(texts), nil },
		TestAlerts: func(context.Context) ([]admin.AlertAnswer, error) { return answers(), nil },
		CheckScope: func(_ context.Context, inside, outside string) (admin.Verification, error) {
			return admin.Verification{Checks: []admin.Check{
				{ID: "scope-calendars-consent", State: admin.CheckOK, Code: "ok", Args: map[string]any{"role": "Calendars.ReadWrite"}},
				{ID: "scope-calendars-inside", State: admin.CheckOK, Code: "ok", User: inside, Args: map[string]any{"address": inside}},
				{ID: "scope-calendars-outside", State: admin.CheckFailed, Code: "open", User: outside, Args: map[string]any{"address": outside}},
			}}, nil
		},
	}
}

// items finds something of every kind, or explains a reference.
func items(_ context.Context, q admin.ItemQuery) (admin.ItemPage, error) {
	if q.Text == "meeting/7" {
		return admin.ItemPage{Explanations: explanations("raynet:meeting/7")}, nil
	}
	if q.State == "hidden" {
		return admin.ItemPage{Items: []admin.Item{}, Note: admin.NoteRaynetOnly}, nil
	}
	return admin.ItemPage{Next: "linked|1|x", Items: []admin.Item{
		{User: "jana@example.cz", Kind: kind, State: "review", Reason: "several-matches", Raynet: "raynet:meeting/8"},
		{User: "jana@example.cz", Kind: kind, State: "aside", Reason: "private", Outlook: "outlook:event/AAMk1"},
		{User: "jana@example.cz", Kind: kind, State: "linked", Title: "Porada", When: "2026-03-05T08:00+01:00/2026-03-05T09:00+01:00",
			Raynet: "raynet:meeting/9", Outlook: "outlook:event/AAMk2"},
	}}, nil
}

func nobody() cli.Connection {
	o := office()
	o.Plan = func(context.Context, admin.SyncOptions) (admin.Report, error) {
		return admin.Report{Candidates: rows()[1:]}, nil
	}
	o.Alerts = func(context.Context, *locale.Texts) (admin.AlertList, error) {
		return admin.AlertList{At: moment()}, nil
	}
	o.TestAlerts = func(context.Context) ([]admin.AlertAnswer, error) { return nil, nil }
	return o
}

func verification() admin.Verification {
	return admin.Verification{Checks: []admin.Check{
		{ID: "microsoft-tenant", State: admin.CheckOK, Code: "ok", Args: map[string]any{"tenant": "contoso.example"}},
		{ID: "microsoft-secret", State: admin.CheckFailed, Code: "id-pasted", Detail: "AADSTS7000215: Invalid client secret provided."},
		{ID: "microsoft-client", State: admin.CheckSkipped, Code: "depends", Args: map[string]any{"on": "microsoft-secret"}},
		{ID: "mailbox-todo", State: admin.CheckWarning, Code: "none", User: "jana@example.cz", Args: map[string]any{"address": "jana@example.cz"}},
	}}
}

func rows() []admin.UserRow {
	return []admin.UserRow{
		{Name: "Jana Nováková", RaynetLogin: "jana@example.cz", Person: "12", Mailbox: "m1", Address: "jana@example.cz", Zone: "Europe/Prague",
			Reason: "primary", Chosen: true, Kinds: []record.Kind{kind}, State: "running"},
		{Name: "Petr Svoboda", RaynetLogin: "petr@example.cz", Address: "p.svoboda@example.cz", Zone: "Europe/Prague", Reason: "proxy"},
		{Name: "Integrace", RaynetLogin: "sync@example.cz", Zone: "Europe/Prague", Problem: "no-mailbox"},
	}
}

func span(from, till string) record.Value { return record.Value(from + "/" + till) }

func planned() admin.Report {
	step := func(op string, side record.Side, title, when string) admin.PlannedStep {
		return admin.PlannedStep{User: "jana@example.cz", Kind: kind, Op: op, Side: side, Title: title, When: when, Mails: []string{}}
	}
	update := step("update", record.Outlook, "Kontrolní den", "2026-03-05T09:30+01:00/2026-03-05T10:30+01:00")
	update.Changes = []journal.Change{
		{Field: record.EventTime, Before: span("2026-03-05T08:00Z", "2026-03-05T09:00Z"), After: span("2026-03-05T08:30Z", "2026-03-05T09:30Z")},
		{Field: record.EventPlace, Before: "", After: "Brno"},
		{Field: record.EventImportance, Before: record.ImportanceNormal, After: record.ImportanceHigh},
		{Field: record.EventCancelled, Before: "", After: record.Yes},
	}
	abroad := step("update", record.Raynet, "Standup", "2026-03-05T08:00-05:00/2026-03-05T09:00-05:00")
	abroad.User = "ann@contoso.example"
	abroad.Changes = []journal.Change{{Field: record.EventTime, Before: span("2026-03-05T13:00Z", "2026-03-05T14:00Z"), After: span("2026-03-06T13:00Z", "2026-03-06T14:00Z")}}
	gone := step("delete", record.Outlook, "Porada", "2026-03-09/2026-03-10")
	gone.Reason = "deleted-in-raynet"
	private := step("park", "", "", "")
	private.Reason = "locked"
	return admin.Report{Cycles: []admin.Cycle{{
		Steps: admin.Steps{Create: 1, Update: 2, Link: 1, Delete: 1, Park: 1},
		Users: []admin.UserCycle{{User: "jana@example.cz", Kind: kind, Steps: admin.Steps{Create: 1}, Skips: map[string]int{"private": 2, "window": 11}},
			{User: "ann@contoso.example", Kind: kind, Steps: admin.Steps{Update: 1}}},
		Planned: []admin.PlannedStep{step("create", record.Outlook, "Předání díla", "2026-03-05T09:00+01:00/2026-03-05T10:00+01:00"), update, abroad,
			step("link", "", "Oběd", "2026-03-06T12:00+01:00/2026-03-06T13:00+01:00"), gone, private},
	}}}
}

func done() admin.Report {
	return admin.Report{Cycles: []admin.Cycle{{
		Steps: admin.Steps{Create: 3, Update: 1, Park: 1}, Requests: admin.Requests{Raynet: 4, Graph: 2}, Seconds: 1.25, Run: "run-1", Waiting: 1,
		Users:  []admin.UserCycle{{User: "jana@example.cz", Kind: kind, Steps: admin.Steps{Create: 3, Update: 1, Park: 1}}, {User: "petr@example.cz", Kind: kind}},
		Halted: []admin.HaltedPair{{User: "eva@example.cz", Kind: kind, Reason: "too-many-removals", Detail: "60 of 100"}},
		Errors: []admin.CycleError{{Kind: "throttled", Text: "RAYNET: 429"}},
	}}}
}

func status() admin.Status {
	at := moment()
	return admin.Status{At: at, Poll: at.Add(-20 * time.Second), Store: "ok", Verdict: []admin.Finding{
		{Code: "halted", Severity: admin.SeverityBad, Count: 1, Since: at}, {Code: "parked", Severity: admin.SeverityWarn, Count: 2},
		{Code: "paused", Severity: admin.SeverityNote, Count: 5},
	}, Users: []admin.UserStatus{
		{User: "eva@example.cz", Kind: kind, State: "halted", Reason: "too-many-removals", Linked: 1200, Since: at, Cycle: at.Add(-time.Hour)},
		{User: "jana@example.cz", Kind: kind, State: "running", Linked: 48, Since: at, Cycle: at, Waiting: 1, Work: map[journal.Why]int{"parked": 2, "changed": 3}},
	}, Raynet: &admin.BudgetStatus{Limit: 24000, Remaining: 23990, Reset: at.Add(10 * time.Hour), At: at}}
}

func alerts(texts *locale.Texts) admin.AlertList {
	row := func(code, line string, serious bool, told time.Time) admin.AlertRow {
		return admin.AlertRow{Condition: admin.Condition{Code: code, User: "jana@example.cz", Of: kind, Since: moment(), Serious: serious}, Told: told,
			Title: texts.T("alert.title-"+code, nil), Line: line}
	}
	halted, loop, over := row("halted", "jana@example.cz", true, moment()), row("loop", "jana@example.cz", false, time.Time{}), row("refused", "petr@example.cz", true, moment())
	halted.Do, loop.Do = texts.T("alert.todo-halted", nil), texts.T("alert.todo-loop", nil)
	over.Ended = moment().Add(time.Hour)
	return admin.AlertList{At: moment(), Ways: []admin.AlertWay{{Way: "mail", Target: "it@example.cz"}, {Way: "webhook", Target: "hooks.example.cz"}},
		Holds: []admin.AlertRow{halted, loop}, Told: []admin.AlertRow{halted, over}}
}

// answers has one of each sort, and every code of a failure.
func answers() []admin.AlertAnswer {
	out := []admin.AlertAnswer{{Way: "webhook", Target: "hooks.example.cz", Sent: true},
		{Way: "mail", Target: "a@example.cz, b@example.cz", Sent: true, Partly: true, Code: "recipient", Host: "smtp.example.cz:587", Status: 550, Detail: "nobody"},
		{Way: "webhook", Target: "hooks.example.cz", Code: "status", Host: "hooks.example.cz", Status: 500}}
	for _, code := range []string{"unreachable", "timeout", "certificate", "encryption", "login", "no-login", "sender", "later", "refused", "redirect"} {
		out = append(out, admin.AlertAnswer{Way: "mail", Target: "a@example.cz", Code: code, Host: "smtp.example.cz:587", Detail: "its words"})
	}
	return out
}

func explanations(ref string) []admin.Explanation {
	at := moment()
	return []admin.Explanation{
		{Ref: ref, User: "jana@example.cz", Kind: kind, State: "linked", Since: at, Change: "state-change.linked", Raynet: ref, Outlook: "outlook:event/AAA",
			When: "2026-03-05T09:00+01:00/2026-03-05T10:00+01:00", Journal: entries()[:1]},
		{Ref: ref, User: "petr@example.cz", Kind: kind, State: "aside", Reason: "private", Since: at, Change: "rule-change.private"},
		{Ref: ref, User: "ann@contoso.example", Kind: kind, State: "parked", Reason: "locked", Since: at, Retry: at.Add(time.Hour), Change: "reason-change.locked",
			Detail: "the record is locked", Stopped: "paused"},
	}
}

func entries() []admin.JournalEntry {
	return []admin.JournalEntry{
		{ID: 7, At: moment(), Run: "run-1", User: "jana@example.cz", Kind: kind, Event: journal.Updated, Side: record.Outlook, Raynet: "raynet:meeting/7",
			Outlook: "outlook:event/AAA", Author: "Jana Nováková", Reversible: true, Changes: []journal.Change{
				{Field: record.EventTime, Before: span("2026-03-05T08:00Z", "2026-03-05T09:00Z"), After: span("2026-03-05T08:30Z", "2026-03-05T09:30Z")}}},
		{ID: 6, At: moment(), Run: "run-1", User: "ann@contoso.example", Kind: kind, Event: journal.Clash, Raynet: "raynet:meeting/8", Reason: "clash",
			Changes: []journal.Change{{Field: record.EventSubject, Before: "Old title", After: "New title", Lost: true}}},
	}
}
