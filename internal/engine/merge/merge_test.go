package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

const field record.Field = "subject"

// one returns an input of a single field that flows both ways and is shown by both sides.
func one(raynet, outlook record.Value, changes ...func(*merge.Input)) merge.Input {
	in := merge.Input{
		Schema: record.Schema{Fields: []record.FieldSpec{{Name: field, Flow: record.Both}}},
		Flow:   record.Both, Clash: pair.RaynetWins,
		Raynet: record.Fields{field: raynet}, Outlook: record.Fields{field: outlook},
	}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func raynetMoved(in *merge.Input)  { in.MovedRaynet = []record.Field{field} }
func outlookMoved(in *merge.Input) { in.MovedOutlook = []record.Field{field} }
func first(in *merge.Input) {
	in.First = true
	in.MovedRaynet, in.MovedOutlook = []record.Field{field}, []record.Field{field}
}
func filled(in *merge.Input)        { first(in); in.Filled = []record.Field{field} }
func held(in *merge.Input)          { in.OutlookHeld = true }
func readOnly(in *merge.Input)      { in.OutlookReadOnly = true }
func careful(in *merge.Input)       { in.Flow = record.ToOutlook }
func raynetUnseen(in *merge.Input)  { in.Raynet = nil }
func outlookUnseen(in *merge.Input) { in.Outlook = nil }

func rule(clash pair.Clash) func(*merge.Input) { return func(in *merge.Input) { in.Clash = clash } }
func flow(f record.Flow) func(*merge.Input) {
	return func(in *merge.Input) { in.Schema.Fields[0].Flow = f }
}
func wins(v record.Value) func(*merge.Input) {
	return func(in *merge.Input) { in.Schema.Fields[0].Wins = v }
}

type want struct {
	Act   merge.Act
	Clash bool
}

func check(t *testing.T, in merge.Input, wanted want) {
	t.Helper()
	verdicts := merge.Fields(in)
	if len(verdicts) != 1 || verdicts[0].Field != field {
		t.Fatalf("Fields = %v, want one verdict on %q", verdicts, field)
	}
	if got := (want{verdicts[0].Act, verdicts[0].Clash}); got != wanted {
		t.Errorf("Fields(%+v) = %+v, want %+v", in, got, wanted)
	}
}

// The table of the design: what moved on which side, under every rule for a clash.
func TestTableOfChanges(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name                 string
		in                   func(...func(*merge.Input)) merge.Input
		raynet, outlook, ask want
	}{
		{
			"neither moved, though they show different things",
			func(c ...func(*merge.Input)) merge.Input { return one("a", "A", c...) },
			want{Act: merge.Keep}, want{Act: merge.Keep}, want{Act: merge.Keep},
		},
		{
			"RAYNET moved",
			func(c ...func(*merge.Input)) merge.Input { return one("b", "a", append(c, raynetMoved)...) },
			want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook},
		},
		{
			"RAYNET was emptied",
			func(c ...func(*merge.Input)) merge.Input { return one("", "a", append(c, raynetMoved)...) },
			want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook},
		},
		{
			"Outlook moved",
			func(c ...func(*merge.Input)) merge.Input { return one("a", "b", append(c, outlookMoved)...) },
			want{Act: merge.ToRaynet}, want{Act: merge.ToRaynet}, want{Act: merge.ToRaynet},
		},
		{
			"both moved to the same value",
			func(c ...func(*merge.Input)) merge.Input {
				return one("b", "b", append(c, raynetMoved, outlookMoved)...)
			},
			want{Act: merge.Adopt}, want{Act: merge.Adopt}, want{Act: merge.Adopt},
		},
		{
			"one moved to what the other shows",
			func(c ...func(*merge.Input)) merge.Input { return one("b", "b", append(c, outlookMoved)...) },
			want{Act: merge.Adopt}, want{Act: merge.Adopt}, want{Act: merge.Adopt},
		},
		{
			"both moved to different values",
			func(c ...func(*merge.Input)) merge.Input {
				return one("b", "c", append(c, raynetMoved, outlookMoved)...)
			},
			want{merge.ToOutlook, true}, want{merge.ToRaynet, true}, want{merge.Ask, true},
		},
		{
			"RAYNET was emptied and Outlook edited",
			func(c ...func(*merge.Input)) merge.Input {
				return one("", "c", append(c, raynetMoved, outlookMoved)...)
			},
			want{merge.ToOutlook, true}, want{merge.ToRaynet, true}, want{merge.Ask, true},
		},
		{
			"RAYNET moved and nobody looked at Outlook",
			func(c ...func(*merge.Input)) merge.Input {
				return one("b", "", append(c, raynetMoved, outlookUnseen)...)
			},
			want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook}, want{Act: merge.ToOutlook},
		},
		{
			"Outlook moved and nobody looked at RAYNET",
			func(c ...func(*merge.Input)) merge.Input {
				return one("", "b", append(c, outlookMoved, raynetUnseen)...)
			},
			want{Act: merge.ToRaynet}, want{Act: merge.ToRaynet}, want{Act: merge.ToRaynet},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			check(t, row.in(rule(pair.RaynetWins)), row.raynet)
			check(t, row.in(rule(pair.OutlookWins)), row.outlook)
			check(t, row.in(rule(pair.Ask)), row.ask)
		})
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   merge.Input
		want want
	}{
		{"a field that only RAYNET has is carried to Outlook", one("b", "a", flow(record.ToOutlook), raynetMoved), want{Act: merge.ToOutlook}},
		{"its edit in Outlook is left alone", one("a", "b", flow(record.ToOutlook), outlookMoved), want{Act: merge.Keep}},
		{"edited on both sides it is no clash", one("b", "c", flow(record.ToOutlook), raynetMoved, outlookMoved), want{Act: merge.ToOutlook}},
		{"a field that only Outlook has is carried to RAYNET", one("a", "b", flow(record.ToRaynet), outlookMoved), want{Act: merge.ToRaynet}},
		{"its edit in RAYNET is left alone", one("b", "a", flow(record.ToRaynet), raynetMoved), want{Act: merge.Keep}},
		{"a careful pair carries RAYNET's edits", one("b", "a", careful, raynetMoved), want{Act: merge.ToOutlook}},
		{"a careful pair leaves Outlook's edits alone", one("a", "b", careful, outlookMoved), want{Act: merge.Keep}},
		{"a careful pair knows no clash", one("b", "c", careful, raynetMoved, outlookMoved), want{Act: merge.ToOutlook}},
		{"a careful pair takes nothing that only Outlook has", one("a", "b", careful, flow(record.ToRaynet), outlookMoved), want{Act: merge.Keep}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); check(t, test.in, test.want) })
	}
}

// An item whose change would mail people, and a copy that belongs to its organiser, are never written to.
func TestItemsThatMustNotBeWritten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   merge.Input
		want want
	}{
		{"RAYNET's edit of a meeting with attendees waits", one("b", "a", held, raynetMoved), want{Act: merge.Wait}},
		{"an edit of the meeting itself is carried", one("a", "b", held, outlookMoved), want{Act: merge.ToRaynet}},
		{"where both moved, the meeting prevails whatever the rule", one("b", "c", held, rule(pair.RaynetWins), raynetMoved, outlookMoved), want{merge.ToRaynet, true}},
		{"and nobody is asked", one("b", "c", held, rule(pair.Ask), raynetMoved, outlookMoved), want{merge.ToRaynet, true}},
		{"both moved alike", one("b", "b", held, raynetMoved, outlookMoved), want{Act: merge.Adopt}},
		{"what only RAYNET has waits too", one("b", "a", held, flow(record.ToOutlook), raynetMoved), want{Act: merge.Wait}},
		{"an attendee's copy never learns of RAYNET's edit, and nobody waits", one("b", "a", readOnly, raynetMoved), want{Act: merge.Keep}},
		{"the organiser's edit arrives", one("a", "b", readOnly, outlookMoved), want{Act: merge.ToRaynet}},
		{"on both, the copy is believed", one("b", "c", readOnly, raynetMoved, outlookMoved), want{Act: merge.ToRaynet}},
		{"a copy that is read-only and has attendees", one("b", "a", readOnly, held, raynetMoved), want{Act: merge.Keep}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); check(t, test.in, test.want) })
	}
}

// Two things that are linked for the first time have no common past: a side without a value takes the other's.
func TestFirstMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   merge.Input
		want want
	}{
		{"both alike", one("a", "a", first), want{Act: merge.Adopt}},
		{"both empty", one("", "", first), want{Act: merge.Adopt}},
		{"RAYNET has none", one("", "b", first), want{Act: merge.ToRaynet}},
		{"Outlook has none", one("b", "", first), want{Act: merge.ToOutlook}},
		{"Outlook has none, and RAYNET's is nobody's", one("b", "", filled), want{Act: merge.Keep}},
		{"RAYNET's is nobody's", one("b", "c", filled), want{Act: merge.ToRaynet}},
		{"RAYNET's was nobody's and moved", one("b", "", filled, func(in *merge.Input) { in.First = false; in.MovedOutlook = nil }), want{Act: merge.ToOutlook}},
		{"different values, RAYNET wins", one("a", "b", first), want{merge.ToOutlook, true}},
		{"different values, Outlook wins", one("a", "b", first, rule(pair.OutlookWins)), want{merge.ToRaynet, true}},
		{"different values, a person decides", one("a", "b", first, rule(pair.Ask)), want{merge.Ask, true}},
		{"careful: different values", one("a", "b", first, careful), want{merge.ToOutlook, true}},
		{"careful: what only Outlook has stays there", one("", "b", first, careful), want{Act: merge.Keep}},
		{"careful: Outlook has none", one("b", "", first, careful), want{Act: merge.ToOutlook}},
		{"meeting with attendees: different values", one("a", "b", first, held), want{merge.ToRaynet, true}},
		{"meeting with attendees: what only RAYNET has waits", one("a", "", first, held), want{Act: merge.Wait}},
		{"attendee's copy: different values", one("a", "b", first, readOnly), want{merge.ToRaynet, true}},
		{"attendee's copy: what only RAYNET has stays there", one("a", "", first, readOnly), want{Act: merge.Keep}},
		{"careful and attendees: nothing can flow", one("a", "b", first, careful, held), want{Act: merge.Wait}},
		{"careful and attendee's copy: nothing can flow", one("a", "b", first, careful, readOnly), want{Act: merge.Keep}},
		{"a field of RAYNET alone is written", one("a", "b", first, flow(record.ToOutlook)), want{Act: merge.ToOutlook}},
		{"a field of Outlook alone is written", one("a", "b", first, flow(record.ToRaynet)), want{Act: merge.ToRaynet}},
		{"completed beats open in RAYNET", one("yes", "no", first, wins("yes"), rule(pair.OutlookWins)), want{merge.ToOutlook, true}},
		{"completed beats open in Outlook", one("no", "yes", first, wins("yes")), want{merge.ToRaynet, true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); check(t, test.in, test.want) })
	}
}

func TestCompletedBeatsOpen(t *testing.T) {
	t.Parallel()
	for _, clash := range []pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask} {
		check(t, one("yes", "no", wins("yes"), rule(clash), raynetMoved, outlookMoved), want{merge.ToOutlook, true})
		check(t, one("no", "yes", wins("yes"), rule(clash), raynetMoved, outlookMoved), want{merge.ToRaynet, true})
	}
	// Reopening on one side is an edit like any other.
	check(t, one("no", "yes", wins("yes"), raynetMoved), want{Act: merge.ToOutlook})
}

func TestVerdictsComeInTheOrderOfTheSchema(t *testing.T) {
	t.Parallel()
	schema := record.EventSchema()
	var want, got []record.Field
	for _, spec := range schema.Fields {
		want = append(want, spec.Name)
	}
	for _, verdict := range merge.Fields(merge.Input{Schema: schema, Flow: record.Both, Clash: pair.RaynetWins}) {
		got = append(got, verdict.Field)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields of the verdicts (-want +got):\n%s", diff)
	}
}
