package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func erased(s *remote.Snapshot)   { s.Erased = true }
func repeats(s *remote.Snapshot)  { s.Held = []remote.Holder{remote.HeldRepeats} }
func everyone(s *remote.Snapshot) { s.People = []string{another, remote.Everybody} }
func naturals(texts ...string) func(*remote.Snapshot) {
	return func(s *remote.Snapshot) { s.Natural = texts }
}

// What RAYNET anonymised leaves nothing behind, whoever edited the copy and whatever had become of the link.
func TestAnErasedRecordLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	const gonePerson = "delete in outlook: anonymised -> dissolved, erases"
	run(t, []decision{
		{
			name: "the copy is looked at first",
			item: plan.Item{Link: linked(), Raynet: inRaynet("", "", erased)},
			want: []string{"note, keeps raynet:meeting/1 changed: anonymised in 0s"},
		},
		{name: "an untouched copy", item: plan.Item{Link: linked(), Raynet: inRaynet("", "", erased), Outlook: inOutlook("Porada", "Brno")}, want: []string{gonePerson}},
		{name: "an edited copy", item: plan.Item{Link: linked(), Raynet: inRaynet("", "", erased), Outlook: inOutlook("Jiná", "Praha")}, want: []string{gonePerson}},
		{name: "the user's own", item: plan.Item{Link: linked(fromOutlook), Raynet: inRaynet("", "", erased), Outlook: inOutlook("Porada", "Brno")}, want: []string{gonePerson}},
		{
			name: "a copy that had been released",
			item: plan.Item{Link: linked(state(journal.Released, "owner-changed")), Raynet: inRaynet("", "", erased), Outlook: inOutlook("Porada", "Brno")},
			want: []string{gonePerson},
		},
		{
			name: "a copy that its user deleted",
			item: plan.Item{Link: linked(state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("", "", erased), Outlook: gone(event)},
			want: []string{"unlink: anonymised -> dissolved, erases"},
		},
		{name: "once is enough", item: plan.Item{Link: linked(state(journal.Dissolved, plan.Anonymised)), Raynet: inRaynet("", "", erased)}},
		{
			name: "a copy of which only its mark tells what it was made from",
			item: plan.Item{Raynet: inRaynet("", "", erased), Outlook: inOutlook("Porada", "Brno"), Matched: true, How: "stamp"},
			want: []string{gonePerson},
		},
		{name: "never linked", item: plan.Item{Raynet: inRaynet("", "", erased)}, want: []string{"skip raynet:meeting/1: anonymised"}},
	})
}

func TestAThingThatRepeatsIsLeftAlone(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{
			name: "RAYNET's edit waits",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: inOutlook("Porada", "Brno", repeats)},
			want: []string{"park, keeps raynet:meeting/1 waiting: repeats in 24h0m0s"},
		},
		{
			name: "Outlook's edit goes to RAYNET",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Schůze", "Brno", repeats)},
			want: []string{`update in raynet subject="Schůze"`},
		},
		{
			name: "deleted in RAYNET",
			item: plan.Item{Link: linked(), Raynet: gone(meeting), Outlook: inOutlook("Porada", "Brno", repeats), Deletion: plan.Proven},
			want: []string{"unlink -> dissolved, keeps outlook:event/A review: repeats until it is decided"},
		},
	})
}

func TestARecordForEverybodyConcernsThisUser(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{name: "new", item: plan.Item{Raynet: inRaynet("Porada", "Brno", everyone)}, want: []string{`create in outlook place="Brno" subject="Porada" -> linked`}},
		{
			name: "linked, of another owner",
			item: plan.Item{Link: linked(takesPart), Raynet: inRaynet("Porada", "Praha", everyone), Outlook: inOutlook("Porada", "Brno")},
			want: []string{`update in outlook place="Praha"`},
		},
	})
}

// What lies among a user's own contacts is neither linked nor made a second time.
func TestWhatLiesOutsideIsAskedAbout(t *testing.T) {
	t.Parallel()
	run(t, []decision{{
		name: "alike outside of the folder",
		item: plan.Item{Raynet: inRaynet("Porada", "Brno"), Several: true, How: plan.LiesOutside},
		want: []string{"skip raynet:meeting/1: review", "park, keeps raynet:meeting/1 review: lies-outside in 24h0m0s"},
	}})
}

// A field that is written once belongs to the side it was written to from then on.
func TestAFieldWrittenOnce(t *testing.T) {
	t.Parallel()
	c := setup()
	c.Schema, c.Rules = record.TaskSchema(), pair.DefaultRules(record.Tasks)
	was := record.Fields{record.TaskSubject: "Volat", record.TaskDue: "2026-10-21", record.TaskReminder: "2026-10-21T08:00Z"}
	link := linked()
	link.Raynet.Shown, link.Outlook.Shown = digester().Fields(was), digester().Fields(was.Only(record.TaskSubject, record.TaskDue))
	later := was.Clone()
	later[record.TaskReminder] = "2026-10-21T12:00Z"
	moved := inRaynet("", "", func(s *remote.Snapshot) { s.Fields, s.Span = later, record.Span{} })
	decides(t, c, plan.Item{Link: link, Raynet: moved, Outlook: inOutlook("", "", func(s *remote.Snapshot) {
		s.Fields, s.Span = was.Only(record.TaskSubject, record.TaskDue), record.Span{}
	})}, "note, remembers raynet reminder")
	decides(t, c, plan.Item{Raynet: moved}, `create in outlook due="2026-10-21" reminder="2026-10-21T12:00Z" subject="Volat" -> linked`)
}

// A job that RAYNET could not hold waits in Outlook for the first employer. One that changes says nothing of the job.
func TestAJobWaitsForTheFirstEmployer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		employer         record.Value // before
		job, raynet, now record.Value // in Outlook all the time, in RAYNET before and now
		want             []string
	}{
		{"none until now", "", "jednatel", "", "", []string{
			"note, remembers outlook job-title", `update in outlook company="Alfa"`, `update in raynet job-title="jednatel"`,
		}},
		{"none until now, and no job anywhere", "", "", "", "", []string{`update in outlook company="Alfa"`}},
		{"none until now, and another job", "", "jednatel", "", "ředitel", []string{`update in outlook company="Alfa" job-title="ředitel" (clash)`}},
		{"none until now, though RAYNET held the job", "", "jednatel", "jednatel", "", []string{`update in outlook company="Alfa" job-title=""`}},
		{"another one", "Beta", "jednatel", "jednatel", "jednatel", []string{`update in outlook company="Alfa"`}},
		{"another one with another job", "Beta", "jednatel", "jednatel", "ředitel", []string{`update in outlook company="Alfa" job-title="ředitel"`}},
		{"another one, and the job ended", "Beta", "jednatel", "jednatel", "", []string{`update in outlook company="Alfa" job-title=""`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := setup()
			c.Schema, c.Rules = record.ContactSchema(), pair.DefaultRules(record.Contacts)
			employed := func(company, job record.Value) record.Fields {
				return record.Fields{record.ContactCompany: company, record.ContactJob: job}
			}
			shows := func(fields record.Fields) func(*remote.Snapshot) {
				return func(s *remote.Snapshot) { s.Fields, s.Span = fields, record.Span{} }
			}
			link := linked()
			link.Raynet.Shown = digester().Fields(employed(test.employer, test.raynet))
			link.Outlook.Shown = digester().Fields(employed(test.employer, test.job))
			item := plan.Item{Link: link, Raynet: inRaynet("", "", shows(employed("Alfa", test.now))), Outlook: inOutlook("", "", shows(employed(test.employer, test.job)))}
			decides(t, c, item, test.want...)
		})
	}
}

// Completed beats open, whatever the rule of clashes says.
func TestCompletedBeatsOpen(t *testing.T) {
	t.Parallel()
	for _, rule := range []pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask} {
		for _, done := range []record.Side{record.Raynet, record.Outlook} {
			c := setup()
			c.Schema, c.Rules = record.TaskSchema(), pair.DefaultRules(record.Tasks)
			c.Rules.Clash = rule
			link := linked(takesPart)
			link.Raynet.Shown = record.Shown{record.TaskDone: "other"}
			link.Outlook.Shown = link.Raynet.Shown.Clone()
			value := map[record.Side]record.Value{done: record.Yes, done.Other(): ""}
			show := func(side record.Side) func(*remote.Snapshot) {
				return func(s *remote.Snapshot) {
					s.Fields, s.Span = record.Fields{record.TaskDone: value[side]}, record.Span{}
				}
			}
			want := `update in ` + string(done.Other()) + ` done="yes" (clash)`
			decides(t, c, plan.Item{Link: link, Raynet: inRaynet("", "", show(record.Raynet)), Outlook: inOutlook("", "", show(record.Outlook))}, want)
		}
	}
}

func TestThingsWithSeveralNaturalKeys(t *testing.T) {
	t.Parallel()
	const work, home, shared = "petr@acme.example|petr malý", "petr@doma.example|petr malý", "p@x.example|petr malý"
	for _, test := range []struct {
		name            string
		raynet, outlook []remote.Reading
		want            []string
	}{
		{
			"one in common is enough",
			[]remote.Reading{raynet("1", naturals(work, home))}, []remote.Reading{outlook("A", naturals(shared, home))}, []string{"1=A by natural"},
		},
		{
			"two that are connected by a third go to a person with it",
			[]remote.Reading{raynet("1", naturals(work)), raynet("2", naturals(home))}, []remote.Reading{outlook("A", naturals(work, home))},
			[]string{"1 several by natural", "2 several by natural", "A several by natural"},
		},
		{
			"others are none of their business",
			[]remote.Reading{raynet("1", naturals(work)), raynet("2", naturals(shared))}, []remote.Reading{outlook("A", naturals(home)), outlook("B", naturals(work, home))},
			[]string{"1 several by natural", "A several by natural", "B several by natural", "2"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := pairs(plan.Match(test.raynet, test.outlook, keyOf))
			if len(got) != len(test.want) {
				t.Fatalf("Match = %v, want %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("Match = %v, want %v", got, test.want)
					break
				}
			}
		})
	}
}

// A copy of ours that a rule left out was never compared with its record: when it returns, what differs is a clash and not agreed.
func TestWhatReturnsIsCompared(t *testing.T) {
	t.Parallel()
	c := setup()
	raynet, outlook := inRaynet("Porada", "Praha"), inOutlook("Porada", "Brno", draft)
	steps := plan.Decide(c, plan.Item{Raynet: raynet, Outlook: outlook, Matched: true, How: "stamp"})
	link := steps[0].Link
	link.State, link.Reason = steps[0].State, steps[0].Reason
	decides(t, c, plan.Item{Link: &link, Raynet: raynet, Outlook: inOutlook("Porada", "Brno")},
		"link -> linked, keeps raynet:meeting/1 changed: recovered in 0s",
		"note, remembers raynet subject, remembers outlook subject, keeps raynet:meeting/1 changed: recovered in 0s", `update in outlook place="Praha" (clash)`)
}
