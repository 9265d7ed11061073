package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// shownChars is how much of a long value a page shows.
const shownChars = 300

// valueRow is one field of a record before and after, in words.
type valueRow struct {
	Field         record.Field
	Name, Was, Is string
	// Block says that it is our own block of text, which is no news to anybody; Lost that Was had lost a clash.
	Block, Lost bool
}

func (v *visit) valueRow(change locale.Change) valueRow {
	row := valueRow{Field: change.Field, Name: v.t("field."+string(change.Field), nil), Block: change.Field == record.EventClient}
	row.Was, row.Is = v.texts.Change(change, v.zone, shownChars)
	return row
}

// thing is a record or an Outlook item as a page names it.
type thing struct {
	Ref  string
	Side record.Side
	Text string // what it is: "RAYNET: meeting 7"
	Path string // where this site tells about it
	Page string // where RAYNET shows it; empty for what is not RAYNET's
}

// thing names what a ref names; nil if it names nothing.
func (v *visit) thing(a *admin.Admin, ref string) *thing {
	parsed, err := remote.ParseRef(ref)
	if err != nil {
		return nil
	}
	text := parsed.Type
	if v.texts.Has("type." + parsed.Type) {
		text = v.t("type."+parsed.Type, nil)
	}
	if parsed.Side == record.Raynet {
		text += " " + parsed.ID
	}
	return &thing{Ref: ref, Side: parsed.Side, Text: v.t("side."+string(parsed.Side), nil) + ": " + text, Path: recordPath(ref), Page: a.RaynetPage(ref)}
}

// recordPath is where this site tells about a record.
func recordPath(ref string) string { return "/items/record?" + url.Values{"ref": {ref}}.Encode() }

// reason is the text of a code of one of the groups, the code itself in plain letters if there is none.
func (v *visit) reason(code string, groups ...string) string {
	if code == "" {
		return ""
	}
	for _, group := range groups {
		if v.texts.Has(group + code) {
			return v.t(group+code, nil)
		}
	}
	return strings.ReplaceAll(code, "-", " ")
}

// stateReason is why something is in a state.
func (v *visit) stateReason(state, code string) string {
	if state == admin.StateAside {
		return v.reason(code, "rule.", "reason.")
	}
	return v.reason(code, "reason.", "rule.")
}

// itemClass is the class of the pill for the state of a record.
func itemClass(state string) string {
	switch state {
	case "linked":
		return "good"
	case admin.StateReview, "dissolved":
		return "warn"
	case admin.StateParked:
		return "bad"
	}
	return "calm"
}

// decidedEvent is the event of entries that tell of a person's decision.
const decidedEvent = "decided"

// entryRow is a line of the journal in words.
type entryRow struct {
	ID                          int64
	At                          time.Time
	Run, User, Kind             string
	What, Where, Author, Reason string
	Thing                       *thing
	Changes                     []valueRow
	Reversible, Decided         bool
}

func (v *visit) entryRows(a *admin.Admin, entries []admin.JournalEntry) []entryRow {
	out := make([]entryRow, 0, len(entries))
	for _, e := range entries {
		row := entryRow{ID: e.ID, At: e.At, Run: e.Run, User: e.User, What: v.reason(string(e.Event), "event."), Author: e.Author,
			Reason: v.reason(e.Reason, "reason.", "rule.", "how."), Thing: v.thing(a, cmp.Or(e.Raynet, e.Outlook)), Reversible: e.Reversible,
			Decided: string(e.Event) == decidedEvent}
		if e.Kind != "" {
			row.Kind = v.t("kind."+string(e.Kind), nil)
		}
		if e.Side != "" {
			row.Where = v.t("side."+string(e.Side), nil)
		}
		for _, change := range e.Changes {
			one := v.valueRow(locale.Change{Field: change.Field, Before: change.Before, After: change.After})
			one.Lost = change.Lost
			row.Changes = append(row.Changes, one)
		}
		out = append(out, row)
	}
	return out
}

// stepRow is a step of a plan, or one that was done, in words.
type stepRow struct {
	Class, Verb, Title, When, User, Kind, Reason string
	Thing                                        *thing
	Changes                                      []valueRow
}

// stepRow puts a step into words; done says that it is over.
func (v *visit) stepRow(a *admin.Admin, step admin.PlannedStep, done bool) stepRow {
	classes := map[string]string{"create": "good", "update": "warn", "link": "good", "delete": "bad"}
	row := stepRow{Class: cmp.Or(classes[step.Op], "calm"), Verb: v.verb(step, done), Title: step.Title, When: v.texts.When(step.When, v.zone),
		User: step.User, Kind: v.t("kind."+string(step.Kind), nil), Thing: v.thing(a, cmp.Or(step.Raynet, step.Outlook))}
	if step.Reason != "" && v.texts.Has("reason."+step.Reason) {
		row.Reason = v.t("reason."+step.Reason, nil)
	}
	for _, change := range step.Changes {
		if step.Op == "update" || step.Op == "skip" {
			row.Changes = append(row.Changes, v.valueRow(locale.Change{Field: change.Field, Before: change.Before, After: change.After}))
		}
	}
	return row
}

// verb is what a step does, or did, and where.
func (v *visit) verb(step admin.PlannedStep, done bool) string {
	past := map[string]string{"create": "created", "update": "updated", "delete": "deleted", "link": "matched", "park": "parked"}[step.Op]
	if done && past != "" {
		text := v.t("event."+past, nil)
		if step.Side != "" && past != "matched" {
			text += " · " + v.t("side."+string(step.Side), nil)
		}
		return text
	}
	if step.Side != "" {
		return v.reason(step.Op+"."+string(step.Side), "cli.step.")
	}
	return v.reason(step.Op, "cli.step.")
}

// shownSteps is how many steps a page shows before the rest is counted.
const shownSteps = 200

// reportView is what came of something, or would come of it.
type reportView struct {
	Steps []stepRow
	// Kept are the things that stay as they are, with the reason.
	Kept []stepRow
	More int // steps that are not shown
	// Users are those for whom something was done, Nothing counts the others.
	Users    []userSteps
	Nothing  int
	Troubles []trouble
	Waiting  int
	// Mails are the addresses that would be e-mailed: none.
	Mails []string
	Run   string
}

// userSteps is what was done for one user.
type userSteps struct{ User, Kind, Text string }

// trouble is something that needs a person.
type trouble struct{ Who, Text, Repair, Detail, Path string }

// reportView puts a report into words; done says that it was carried out.
func (v *visit) reportView(a *admin.Admin, report admin.Report, done bool) reportView {
	out := reportView{}
	for _, cycle := range report.Cycles {
		out.Run = cmp.Or(out.Run, cycle.Run)
		out.Waiting += cycle.Waiting
		for _, step := range cycle.Planned {
			out.Mails = append(out.Mails, step.Mails...)
			switch row := v.stepRow(a, step, done); {
			case step.Op == "skip":
				out.Kept = append(out.Kept, row)
			case len(out.Steps) == shownSteps:
				out.More++
			default:
				out.Steps = append(out.Steps, row)
			}
		}
		for _, user := range cycle.Users {
			if user.Steps == (admin.Steps{}) {
				out.Nothing++
				continue
			}
			out.Users = append(out.Users, userSteps{User: user.User, Kind: v.t("kind."+string(user.Kind), nil), Text: v.stepsText(user.Steps)})
		}
		out.Troubles = append(out.Troubles, v.troublesOf(cycle)...)
	}
	slices.Sort(out.Mails)
	out.Mails = slices.Compact(out.Mails)
	return out
}

// stepsText counts steps in words.
func (v *visit) stepsText(steps admin.Steps) string {
	var parts []string
	for _, one := range []struct {
		key   string
		count int
	}{{"create", steps.Create}, {"update", steps.Update}, {"link", steps.Link}, {"unlink", steps.Unlink}, {"delete", steps.Delete}, {"park", steps.Park}} {
		if one.count > 0 {
			parts = append(parts, v.texts.N("done."+one.key, one.count, nil))
		}
	}
	return strings.Join(parts, ", ")
}

func (v *visit) troublesOf(cycle admin.Cycle) []trouble {
	var out []trouble
	who := func(user string, kind record.Kind) string {
		switch {
		case user == "":
			return v.t("cli.sync.everybody", nil)
		case kind == "":
			return user
		}
		return user + " · " + v.t("kind."+string(kind), nil)
	}
	for _, halted := range cycle.Halted {
		out = append(out, trouble{Who: who(halted.User, halted.Kind), Text: v.reason(halted.Reason, "reason."), Repair: v.repair(halted.Reason),
			Detail: halted.Detail, Path: reviewPath})
	}
	for _, wrong := range cycle.Errors {
		out = append(out, trouble{Who: who(wrong.User, wrong.Of), Text: v.t("error."+string(wrong.Kind), nil), Repair: v.repair(string(wrong.Kind)), Detail: wrong.Text})
	}
	return out
}
