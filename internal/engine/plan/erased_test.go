package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// A write of ours lands on a person who was anonymised after we had looked: what it brought back is taken out again. Who changes a name by
// hand, and whoever is so called, loses nothing.
func TestWhatCrossesAnErasureIsTakenBack(t *testing.T) {
	t.Parallel()
	contacts := setup()
	contacts.Pair.Kind, contacts.Schema, contacts.Rules = record.Contacts, record.ContactSchema(), pair.DefaultRules(record.Contacts)
	before := record.Fields{record.ContactFirst: "Eva", record.ContactLast: "Nová", record.ContactEmail1: "eva@beta.example.cz",
		record.ContactNotes: "poznámka", record.ContactCompany: "Beta"}
	with := func(changes record.Fields) record.Fields {
		out := before.Clone()
		for name, value := range changes {
			out[name] = value
		}
		return out
	}
	left := record.Fields{record.ContactFirst: "", record.ContactLast: "Anonymizováno", record.ContactEmail1: ""}
	nameless := func(s *remote.Snapshot) { s.Nameless = true }
	for _, c := range []struct {
		name    string
		now     record.Fields
		changes []func(*remote.Snapshot)
		want    bool
	}{
		{"crossed", with(left), []func(*remote.Snapshot){nameless, byUs}, true},
		{"emptied by hand", with(left), []func(*remote.Snapshot){nameless}, false},
		{"of another name", with(record.Fields{record.ContactFirst: "", record.ContactLast: "Jiná", record.ContactEmail1: ""}), []func(*remote.Snapshot){byUs}, false},
		{"renamed", with(record.Fields{record.ContactLast: "Anonymová"}), []func(*remote.Snapshot){nameless, byUs}, false},
		{"renamed, and the first name taken away", with(record.Fields{record.ContactFirst: "", record.ContactLast: "Anonymová", record.ContactEmail1: "jina@beta.example.cz"}),
			[]func(*remote.Snapshot){nameless, byUs}, false},
		{"only renamed, without a first name", with(record.Fields{record.ContactLast: "Anonymizováno"}), []func(*remote.Snapshot){nameless, byUs}, false},
	} {
		link := linked(fromOutlook)
		for _, half := range []*journal.Half{&link.Raynet, &link.Outlook} {
			half.Shown = contacts.Digester.Fields(before)
		}
		raynet, outlook := inRaynet("", "", c.changes...), inOutlook("", "")
		raynet.Snapshot.Fields, outlook.Snapshot.Fields = c.now, before
		item := plan.Item{Link: link, Raynet: raynet, Outlook: outlook, Work: []journal.Work{{Pair: 7, Ref: raynet.Ref, Why: journal.WhyChanged, Reason: "recovered"}}}
		if c.want {
			decides(t, contacts, item, `update in raynet notes="" -> linked, erases, keeps raynet:meeting/1 changed: anonymised in 0s`)
			continue
		}
		for _, step := range plan.Decide(contacts, item) {
			if step.Side == record.Raynet || step.Erase {
				t.Errorf("%s: %s", c.name, line(step))
			}
		}
	}
}
