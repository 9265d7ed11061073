package crossing_test

import (
	"fmt"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// edit is what somebody does between two synchronisations.
type edit struct {
	side  record.Side
	field record.Field
	value string
}

// TestBothSidesAtOnce: different fields both prevail, and of the same field the rule decides; what loses is in the journal.
func TestBothSidesAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		kind  record.Kind
		clash pair.Clash
		first []edit // before, synchronised
		edits []edit
		want  record.Fields // on both sides
		lost  record.Fields // in the journal
	}{
		{"different fields of a contact", record.Contacts, "", nil,
			[]edit{{record.Raynet, record.ContactMobile, "777 1"}, {record.Outlook, record.ContactWork1, "222 2"}, {record.Raynet, record.ContactAddress, "Dlouhá 1"},
				{record.Outlook, record.ContactCountry, "Česko"}, {record.Raynet, record.ContactEmail1, "a@b.example"}, {record.Outlook, record.ContactTitleAfter, "CSc."}},
			record.Fields{record.ContactMobile: "777 1", record.ContactWork1: "222 2", record.ContactAddress: "Dlouhá 1", record.ContactCountry: "CZ",
				record.ContactEmail1: "a@b.example", record.ContactTitleAfter: "CSc."}, nil},
		{"different fields of a task", record.Tasks, "", nil,
			[]edit{{record.Raynet, record.TaskDue, "2026-12-01"}, {record.Outlook, record.TaskBody, "text"}, {record.Raynet, record.TaskCategories, "VIP"},
				{record.Outlook, record.TaskDone, "yes"}},
			record.Fields{record.TaskDue: "2026-12-01", record.TaskBody: "text", record.TaskCategories: "VIP", record.TaskDone: "yes"}, nil},
		{"one field of a contact, RAYNET wins", record.Contacts, pair.RaynetWins, []edit{{record.Raynet, record.ContactMobile, "777 0"}},
			[]edit{{record.Raynet, record.ContactMobile, "777 1"}, {record.Outlook, record.ContactMobile, "777 2"}, {record.Outlook, record.ContactWeb, "www.a.example"}},
			record.Fields{record.ContactMobile: "777 1", record.ContactWeb: "www.a.example"}, record.Fields{record.ContactMobile: "777 2"}},
		{"one field of a contact, Outlook wins", record.Contacts, pair.OutlookWins, []edit{{record.Raynet, record.ContactNotes, "dřív"}},
			[]edit{{record.Raynet, record.ContactNotes, "z RAYNETu"}, {record.Outlook, record.ContactNotes, "z Outlooku"}},
			record.Fields{record.ContactNotes: "z Outlooku"}, record.Fields{record.ContactNotes: "z RAYNETu"}},
		{"cleared here and edited there, RAYNET wins", record.Contacts, pair.RaynetWins, []edit{{record.Raynet, record.ContactBirthday, "1980-02-29"}},
			[]edit{{record.Raynet, record.ContactBirthday, ""}, {record.Outlook, record.ContactBirthday, "1981-03-01"}},
			record.Fields{record.ContactBirthday: ""}, record.Fields{record.ContactBirthday: "1981-03-01"}},
		{"cleared here and edited there, Outlook wins", record.Contacts, pair.OutlookWins, []edit{{record.Raynet, record.ContactWork1, "222 0"}},
			[]edit{{record.Raynet, record.ContactWork1, ""}, {record.Outlook, record.ContactWork1, "222 2"}},
			record.Fields{record.ContactWork1: "222 2"}, record.Fields{}},
		{"both alike are no clash", record.Contacts, "", nil,
			[]edit{{record.Raynet, record.ContactFirst, "Petr"}, {record.Outlook, record.ContactFirst, "Petr"}}, record.Fields{record.ContactFirst: "Petr"}, nil},
		{"one field of a task, RAYNET wins", record.Tasks, pair.RaynetWins, nil,
			[]edit{{record.Raynet, record.TaskSubject, "z RAYNETu"}, {record.Outlook, record.TaskSubject, "z Outlooku"}},
			record.Fields{record.TaskSubject: "z RAYNETu"}, record.Fields{record.TaskSubject: "z Outlooku"}},
		{"one field of a task, Outlook wins", record.Tasks, pair.OutlookWins, nil,
			[]edit{{record.Raynet, record.TaskDue, "2026-12-01"}, {record.Outlook, record.TaskDue, "2026-12-02"}},
			record.Fields{record.TaskDue: "2026-12-02"}, record.Fields{record.TaskDue: "2026-12-01"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, settings{clash: test.clash})
			w.enrol(t, w.users[0], test.kind)
			th := w.makeInRaynet(t, w.users[0], test.kind, "Zkouška")
			for _, e := range test.first {
				w.set(t, th, e.side, e.field, e.value)
			}
			w.sync(t)
			th = w.find(t, th)
			for _, e := range test.edits {
				w.set(t, th, e.side, e.field, e.value)
			}
			w.sync(t)
			for _, side := range []record.Side{record.Raynet, record.Outlook} {
				shown := w.shows(th, side)
				for name, want := range test.want {
					if shown[name] != want {
						t.Errorf("%s shows %s %q, want %q", side, name, shown[name], want)
					}
				}
			}
			w.wantLost(t, th, test.lost)
			w.rest(t, "the clash")
			w.quiet(t)
		})
	}
}

// wantLost looks for the losing values in the journal, and for no other ones.
func (w *world) wantLost(t *testing.T, th thing, want record.Fields) {
	t.Helper()
	got := record.Fields{}
	clashes := 0
	for _, entry := range w.journalOf(t, remote.Ref{Side: record.Raynet, Type: th.entity(), ID: fmt.Sprint(th.raynet)}) {
		if entry.Event == journal.Clash {
			clashes++
		}
		for _, change := range entry.Changes {
			if change.Lost && change.Before != "" {
				got[change.Field] = change.Before
			}
		}
	}
	if (clashes > 0) != (want != nil) {
		t.Errorf("the journal tells of %d clashes", clashes)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("the journal keeps %s %q, want %q", name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the journal keeps %v, want %v", got, want)
	}
}
