package merge_test

import (
	"testing"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

// What a person decided about a clash comes before every rule, and touches nothing that is no clash.
func TestDecidedByAPerson(t *testing.T) {
	t.Parallel()
	decided := func(side record.Side) func(*merge.Input) {
		return func(in *merge.Input) { in.Decided = map[record.Field]record.Side{field: side} }
	}
	for _, test := range []struct {
		name string
		in   merge.Input
		want want
	}{
		{"RAYNET's value", one("a", "b", raynetMoved, outlookMoved, rule(pair.Ask), decided(record.Raynet)), want{merge.ToOutlook, true}},
		{"Outlook's value", one("a", "b", raynetMoved, outlookMoved, rule(pair.Ask), decided(record.Outlook)), want{merge.ToRaynet, true}},
		{"against the rule", one("a", "b", raynetMoved, outlookMoved, rule(pair.RaynetWins), decided(record.Outlook)), want{merge.ToRaynet, true}},
		{"against what wins by its value", one("yes", "no", raynetMoved, outlookMoved, wins("yes"), decided(record.Outlook)), want{merge.ToRaynet, true}},
		{"nobody is mailed for it", one("a", "b", raynetMoved, outlookMoved, held, decided(record.Raynet)), want{merge.ToRaynet, true}},
		{"what is no clash is carried as ever", one("a", "b", raynetMoved, rule(pair.Ask), decided(record.Outlook)), want{Act: merge.ToOutlook}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, test.in, test.want)
		})
	}
}

// A field that neither side ever showed is judged like a first match, also when the first merge was interrupted.
func TestNeverShown(t *testing.T) {
	t.Parallel()
	never := func(in *merge.Input) {
		in.New = []record.Field{field}
		raynetMoved(in)
		outlookMoved(in)
	}
	for _, test := range []struct {
		name string
		in   merge.Input
		want want
	}{
		{"both alike", one("a", "a", never), want{Act: merge.Adopt}},
		{"RAYNET has none", one("", "b", never), want{Act: merge.ToRaynet}},
		{"Outlook has none", one("a", "", never, rule(pair.OutlookWins)), want{Act: merge.ToOutlook}},
		{"different values", one("a", "b", never), want{merge.ToOutlook, true}},
		{"shown before, emptied is a value", one("", "b", raynetMoved, outlookMoved), want{merge.ToOutlook, true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, test.in, test.want)
		})
	}
}
