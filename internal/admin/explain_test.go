package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// explain returns the only explanation of a ref, after making sure that all its words exist in both languages.
func (o *office) explain(text string) admin.Explanation {
	o.t.Helper()
	all, err := o.Explain(o.t.Context(), text)
	o.must(err)
	if len(all) != 1 {
		o.t.Fatalf("%s: %d explanations, want one: %+v", text, len(all), all)
	}
	e := all[0]
	keys := []string{"state." + e.State, e.Change}
	switch {
	case e.State == admin.StateAside:
		keys = append(keys, "rule."+e.Reason)
	case e.Reason != "":
		keys = append(keys, "reason."+e.Reason)
	}
	for _, lang := range []string{"cs", "en"} {
		for _, key := range keys {
			if texts := locale.New(lang); texts.T(key, nil) == key {
				o.t.Errorf("%s: %s has no text for %+v", lang, key, e)
			}
		}
	}
	return e
}

func (o *office) wantState(text, state, reason string) admin.Explanation {
	o.t.Helper()
	e := o.explain(text)
	if e.State != state || e.Reason != reason {
		o.t.Errorf("%s is %s (%s), want %s (%s): %+v", text, e.State, e.Reason, state, reason, e)
	}
	if e.Since.IsZero() && state != admin.StateUnknown && len(e.Journal) > 0 {
		o.t.Errorf("%s: nobody says since when: %+v", text, e)
	}
	return e
}

func outlookRef(id string) string { return "outlook:event/" + id }

// Every record has one explainable state (I11): those that are linked or were, from either side.
func TestExplainLinks(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	linked, linkedCopy := o.pairUp("Spojená", 1)
	_, hidden := o.pairUp("Skrytá", 2)
	moved, _ := o.pairUp("Přesunutá", 3)
	clash, clashCopy := o.pairUp("Spor", 4)
	deleted, _ := o.pairUp("Smazaná", 5)
	secret := o.event("Tajná", 6)
	o.sync(false)
	o.quiet()

	e := o.wantState(ref(linked), "linked", "")
	if e.Outlook != outlookRef(linkedCopy) || e.Change != "state-change.linked" || len(e.Journal) == 0 || e.Title != "" || e.When == "" {
		t.Errorf("explanation %+v", e)
	}
	o.wantState(outlookRef(linkedCopy), "linked", "")
	o.wantState(fmt.Sprintf("meeting/%d", linked), "linked", "")
	o.wantState(fmt.Sprintf("https://app.raynet.cz/sample/?view=DetailView&en=Meeting&ei=%d", linked), "linked", "")

	o.must(o.outlook.DeleteAs(o.people[0].mailbox, hidden))
	o.must(o.raynet.EditAs(o.people[0].login, "meeting", moved, map[string]any{"scheduledFrom": "2029-10-20T10:00:00.000+02:00",
		"scheduledTill": "2029-10-20T11:00:00.000+02:00"}))
	o.rules.Clash = pair.Ask
	o.editRaynet(clash, "title", "Spor R")
	o.editOutlook(clashCopy, "subject", "Spor O")
	o.editOutlook(secret, "sensitivity", "private")
	o.must(o.raynet.DeleteAs(o.people[0].login, "meeting", deleted))
	o.sync(true)
	o.wantState(outlookRef(hidden), "hidden", "deleted-in-outlook")
	o.wantState(ref(moved), "released", "left-window")
	o.wantState(ref(clash), admin.StateReview, "clash")
	o.wantState(outlookRef(clashCopy), admin.StateReview, "clash")
	o.wantState(ref(deleted), admin.StateAbsent, "deleted-in-raynet")
	private := o.wantState(outlookRef(secret), "released", "turned-private")
	for _, entry := range private.Journal {
		if len(entry.Changes) != 0 {
			t.Errorf("the journal tells of a private event: %+v", entry)
		}
	}
	o.advance(time.Hour)
	o.sync(true)
	o.wantState(ref(deleted), "dissolved", "deleted-in-raynet")
}

// What a rule left out is explained by the rule, what nobody has seen yet is read and judged.
func TestExplainWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	old := o.meeting("Budoucí", 900)
	none := o.event("Bez kategorie", 2, "categories", []any{})
	secret := o.event("Tajná", 3, "sensitivity", "private")
	stranger, _ := o.raynet.AddUser(map[string]any{"firstName": "Cizí", "lastName": "Člověk"}, "cizi@sample.example", "FULL_THROTTLE", officeZone)
	foreign := o.meeting("Cizí", 4, "owner", stranger, "participants", []any{map[string]any{"person": stranger, "owner": true}})
	fresh := o.meeting("Nová", 5)
	check := func(known bool) {
		t.Helper()
		o.wantState(ref(old), admin.StateAside, "window")
		o.wantState(outlookRef(none), admin.StateAside, "no-category")
		if e := o.wantState(outlookRef(secret), admin.StateAside, string(remote.RulePrivate)); e.Title != "" || e.When != "" {
			t.Errorf("private content is told: %+v", e)
		}
		o.wantState(ref(foreign), admin.StateAside, "not-chosen-user")
		if known {
			o.wantState(ref(fresh), "linked", "")
			return
		}
		if e := o.wantState(ref(fresh), admin.StateUnknown, ""); e.Change != "state-change.new" || e.Title != "Nová" {
			t.Errorf("what will be copied: %+v", e)
		}
	}
	check(false)
	o.sync(false)
	check(true)
	o.wantState("raynet:meeting/4711", admin.StateUnknown, "not-found")
	o.wantState("outlook:event/nothing", admin.StateUnknown, "not-found")
	o.wantState("raynet:letter/1", admin.StateAside, "type")

	o.must(o.Store.Commit(t.Context(), journal.Fence{}, journal.PutPairState{Pair: 1, State: journal.PairHalted, Reason: "too-many-removals"}))
	if e := o.wantState(ref(o.meeting("Čeká", 6)), admin.StateUnknown, ""); e.Stopped != journal.PairHalted || e.Change != "state-change.stopped" {
		t.Errorf("while the user is stopped: %+v", e)
	}
}

// A record that could not be written is parked, one whose answer was lost waits.
func TestExplainTrouble(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	meeting, event := o.pairUp("Zamčená", 1)
	o.must(o.raynet.Lock("meeting", meeting))
	o.editOutlook(event, "subject", "Zamčená O")
	report, err := o.Sync(t.Context(), admin.SyncOptions{})
	o.must(err)
	if report.Cycles[0].Steps.Park != 1 {
		t.Fatalf("cycle %+v, want one parked record", report.Cycles[0])
	}
	if e := o.wantState(ref(meeting), admin.StateParked, "locked"); e.Retry.IsZero() || e.Detail == "" {
		t.Errorf("explanation %+v", e)
	}

	created := o.meeting("Ztracená", 2)
	o.intent(created)
	o.wantState(ref(created), admin.StateWaiting, "unknown-outcome")
}

// intent leaves a write from a record open, as a process does that is killed after sending it.
func (o *office) intent(meeting int64) {
	o.t.Helper()
	source := remote.Ref{Side: record.Raynet, Type: "meeting", ID: fmt.Sprint(meeting)}
	link := journal.Link{ID: "open", Pair: 1, State: journal.Linked, Raynet: journal.Half{Ref: source}, Since: o.Clock()}
	o.must(o.Store.Commit(o.t.Context(), journal.Fence{}, journal.PutLink{Link: link}, journal.OpenIntent{Intent: journal.Intent{
		Op: "op", Pair: 1, Link: link, Source: source, FirstSent: o.Clock(), LastSent: o.Clock(), Tries: 1}}))
}

// The journal tells who changed what, before and after, newest first, page by page, narrowed in every way.
func TestJournal(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	meeting, event := o.pairUp("Porada", 1)
	since := o.Clock()
	o.editRaynet(meeting, "title", "Porada 2")
	run := o.sync(false).Run
	entries := func(options admin.JournalOptions) []admin.JournalEntry {
		t.Helper()
		out, err := o.Journal(t.Context(), options)
		o.must(err)
		if !slices.IsSortedFunc(out, func(x, y admin.JournalEntry) int { return int(y.ID - x.ID) }) {
			t.Errorf("%+v is not newest first", out)
		}
		return out
	}
	got := entries(admin.JournalOptions{Ref: outlookRef(event), Run: run})
	if len(got) != 1 {
		t.Fatalf("entries of the run: %+v", got)
	}
	e := got[0]
	if e.Event != journal.Updated || e.Side != record.Outlook || e.User != o.people[0].login || e.Raynet != ref(meeting) || !e.Reversible ||
		!strings.EqualFold(e.Author, o.people[0].login) || e.Changes[0].Before != "Porada" || e.Changes[0].After != "Porada 2" {
		t.Errorf("entry %+v", e)
	}
	all := entries(admin.JournalOptions{})
	if len(all) != 2 || all[1].Event != journal.Created {
		t.Fatalf("journal %+v, want a create and an update", all)
	}
	if next := entries(admin.JournalOptions{Limit: 1, Before: all[0].ID}); len(next) != 1 || next[0].ID != all[1].ID {
		t.Errorf("second page %+v", next)
	}
	for name, test := range map[string]struct {
		options admin.JournalOptions
		want    int
	}{
		"since":          {admin.JournalOptions{Since: since}, 1},
		"until":          {admin.JournalOptions{Until: all[0].At}, 1},
		"until long ago": {admin.JournalOptions{Until: all[1].At}, 0},
		"until now":      {admin.JournalOptions{Until: o.Clock().Add(time.Hour), Before: all[0].ID}, 1},
		"user":           {admin.JournalOptions{User: o.people[0].login}, 2},
		"the other user": {admin.JournalOptions{User: o.people[1].login}, 0},
		"another record": {admin.JournalOptions{Ref: "raynet:meeting/4711"}, 0},
	} {
		if got := entries(test.options); len(got) != test.want {
			t.Errorf("%s: %d entries, want %d", name, len(got), test.want)
		}
	}
	if _, err := o.Journal(t.Context(), admin.JournalOptions{User: "nobody@sample.example"}); err == nil {
		t.Error("a user that nobody is was taken for one without entries")
	}
}

// The status tells how everything stands, without asking a service and without looking at what is stored one by one.
func TestStatus(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	o.meeting("Porada", 1)
	o.meeting("Schůze", 2)
	done := o.sync(true)
	requests := o.out.Load()
	for _, table := range []string{"link", "aside"} { // what grows with the company is not looked at
		_, err := o.Store.DB().ExecContext(t.Context(), "ALTER TABLE "+table+" RENAME TO "+table+"_away")
		o.must(err)
	}
	status, err := o.Status(t.Context())
	o.must(err)
	if o.out.Load() != requests {
		t.Errorf("the status made %d requests", o.out.Load()-requests)
	}
	if len(status.Users) != 2 || status.Store != "ok" || status.Raynet == nil || status.Raynet.Remaining == 0 || status.Poll.IsZero() || status.Sweep.IsZero() || status.Holder != "" {
		t.Errorf("status %+v", status)
	}
	jana := status.Users[0]
	if jana.User != o.people[0].login || jana.State != journal.PairRunning || jana.Linked != 2 || jana.Links[journal.Linked] != 2 ||
		jana.Cycle.IsZero() || jana.Run != done.Run || jana.Waiting != 0 {
		t.Errorf("user %+v", jana)
	}
	if len(status.Runs) != 1 || status.Runs[0].ID != done.Run || status.Runs[0].What != admin.RunSync || status.Runs[0].Ended.IsZero() {
		t.Errorf("runs %+v", status.Runs)
	}
}
