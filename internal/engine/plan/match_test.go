package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// keyOf is the key that a copy of an Outlook thing carries in RAYNET.
func keyOf(s remote.Snapshot) string { return "key-" + s.Ref.ID }

func raynet(id string, changes ...func(*remote.Snapshot)) remote.Reading {
	return *inRaynet("Porada", "Brno", append([]func(*remote.Snapshot){called(id)}, changes...)...)
}

func outlook(id string, changes ...func(*remote.Snapshot)) remote.Reading {
	return *inOutlook("Porada", "Brno", append([]func(*remote.Snapshot){called(id)}, changes...)...)
}

func ref(id string) remote.Ref { return remote.Ref{Side: record.Raynet, Type: "meeting", ID: id} }

// pairs writes items down: "1=A by stamp", "1 several by natural", "B".
func pairs(items []plan.Item) []string {
	out := []string{}
	for _, item := range items {
		var ids []string
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if reading != nil {
				ids = append(ids, reading.Snapshot.Ref.ID)
			}
		}
		text := strings.Join(ids, "=")
		if item.Several {
			text += " several"
		}
		if item.How != "" {
			text += " by " + item.How
		}
		out = append(out, text)
	}
	return out
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		raynet, outlook []remote.Reading
		want            []string
	}{
		{"nothing in common", []remote.Reading{raynet("1")}, []remote.Reading{outlook("A")}, []string{"1", "A"}},
		{"our stamp on the copy in Outlook", []remote.Reading{raynet("1"), raynet("2")}, []remote.Reading{outlook("A", stamped(ref("2")))}, []string{"2=A by stamp", "1"}},
		{"our key on the copy in RAYNET", []remote.Reading{raynet("1", key("key-B"))}, []remote.Reading{outlook("A"), outlook("B")}, []string{"1=B by stamp", "A"}},
		{
			"a copy that a person made of our copy, and what was made from it in RAYNET",
			[]remote.Reading{raynet("1"), raynet("2", key("key-B"))}, []remote.Reading{outlook("A", stamped(ref("1"))), outlook("B", stamped(ref("1")))},
			[]string{"2=B by stamp", "1=A by stamp"},
		},
		{"one meeting in two mailboxes", []remote.Reading{raynet("1", twin("uid"))}, []remote.Reading{outlook("A", twin("uid"))}, []string{"1=A by twin"}},
		{"alike in every way people see", []remote.Reading{raynet("1", natural("n"))}, []remote.Reading{outlook("A", natural("n"))}, []string{"1=A by natural"}},
		{
			"a stamp is believed before what looks alike",
			[]remote.Reading{raynet("1", natural("n")), raynet("2")}, []remote.Reading{outlook("A", natural("n"), stamped(ref("2")))},
			[]string{"2=A by stamp", "1"},
		},
		{
			"an identity is believed before what looks alike",
			[]remote.Reading{raynet("1", natural("n")), raynet("2", twin("uid"))}, []remote.Reading{outlook("A", natural("n"), twin("uid"))},
			[]string{"2=A by twin", "1"},
		},
		{
			"two copies with one stamp go to a person",
			[]remote.Reading{raynet("1")}, []remote.Reading{outlook("A", stamped(ref("1"))), outlook("B", stamped(ref("1")))},
			[]string{"1=A several by stamp", "B several by stamp"},
		},
		{
			"two records with one key go to a person",
			[]remote.Reading{raynet("1", key("key-A")), raynet("2", key("key-A"))}, []remote.Reading{outlook("A")},
			[]string{"1=A several by stamp", "2 several by stamp"},
		},
		{
			"two records for one meeting go to a person",
			[]remote.Reading{raynet("1", twin("uid")), raynet("2", twin("uid"))}, []remote.Reading{outlook("A", twin("uid"))},
			[]string{"1=A several by twin", "2 several by twin"},
		},
		{
			"what looks like one of two copies goes to a person with them",
			[]remote.Reading{raynet("1"), raynet("2", natural("n")), raynet("3", natural("n"))},
			[]remote.Reading{outlook("A", stamped(ref("1")), natural("m")), outlook("B", stamped(ref("1")), natural("n"))},
			[]string{"1=A several by stamp", "B several by stamp", "2 several by natural", "3 several by natural"},
		},
		{
			"what looks like one of two that is finished goes its way",
			[]remote.Reading{raynet("1"), raynet("2", natural("n"))},
			[]remote.Reading{outlook("A", stamped(ref("1"))), outlook("B", stamped(ref("1")), natural("n"), finished), outlook("C", natural("n"))},
			[]string{"1=A several by stamp", "B several by stamp", "2=C by natural"},
		},
		{
			"what looks like another thing of its side goes its way",
			[]remote.Reading{raynet("1"), raynet("2", natural("n"))},
			[]remote.Reading{outlook("A", stamped(ref("1"))), outlook("B", stamped(ref("1"))), outlook("C", natural("n"))},
			[]string{"1=A several by stamp", "B several by stamp", "2=C by natural"},
		},
		{
			"two that look alike on one side go to a person",
			[]remote.Reading{raynet("1", natural("n")), raynet("2", natural("n"))}, []remote.Reading{outlook("A", natural("n"))},
			[]string{"1 several by natural", "2 several by natural", "A several by natural"},
		},
		{
			"two that look alike on the other",
			[]remote.Reading{raynet("1", natural("n"))}, []remote.Reading{outlook("A", natural("n")), outlook("B", natural("n"))},
			[]string{"1 several by natural", "A several by natural", "B several by natural"},
		},
		{"alike on one side only is nothing to decide", []remote.Reading{raynet("1", natural("n")), raynet("2", natural("n"))}, nil, []string{"1", "2"}},
		{"things without subject or time match nothing", []remote.Reading{raynet("1")}, []remote.Reading{outlook("A")}, []string{"1", "A"}},
		{
			"what was cancelled is not taken for another one that looks alike",
			[]remote.Reading{raynet("1", natural("n"), finished), raynet("2", natural("n"))}, []remote.Reading{outlook("A", natural("n"))},
			[]string{"2=A by natural", "1"},
		},
		{"a stamp that names nothing we see", nil, []remote.Reading{outlook("A", stamped(ref("9")))}, []string{"A"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, pairs(plan.Match(test.raynet, test.outlook, keyOf))); diff != "" {
				t.Errorf("Match (-want +got):\n%s", diff)
			}
		})
	}
}

func drawReadings(t *rapid.T, side string, make func(string, ...func(*remote.Snapshot)) remote.Reading, letters string) []remote.Reading {
	var out []remote.Reading
	for i := range rapid.IntRange(0, 5).Draw(t, side) {
		var changes []func(*remote.Snapshot)
		some := func(label string, of ...func(*remote.Snapshot)) {
			if n := rapid.IntRange(0, 2*len(of)).Draw(t, label); n < len(of) {
				changes = append(changes, of[n])
			}
		}
		some("natural", natural("m"), natural("n"))
		some("twin", twin("u"), twin("v"))
		some("stamp", stamped(ref("1")), stamped(ref("2")))
		some("key", key("key-A"), key("key-B"))
		some("finished", finished)
		out = append(out, make(letters[i:i+1], changes...))
	}
	return out
}

// However things resemble each other, each comes up exactly once: nothing is created twice and nothing is forgotten.
func TestEverythingIsInExactlyOneItem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		onRaynet := drawReadings(t, "raynet", raynet, "12345")
		onOutlook := drawReadings(t, "outlook", outlook, "ABCDE")
		items := plan.Match(onRaynet, onOutlook, keyOf)
		seen := map[remote.Ref]int{}
		for _, item := range items {
			for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
				if reading != nil {
					seen[reading.Snapshot.Ref]++
				}
			}
			switch {
			case item.Matched && (item.Raynet == nil || item.Outlook == nil):
				t.Fatalf("matched with nothing: %v", pairs(items))
			case item.Matched && item.Several:
				t.Fatalf("matched and undecided: %v", pairs(items))
			case !item.Matched && !item.Several && item.Raynet != nil && item.Outlook != nil:
				t.Fatalf("joined without a reason: %v", pairs(items))
			case item.Raynet == nil && item.Outlook == nil:
				t.Fatalf("an empty item: %v", pairs(items))
			}
		}
		for _, reading := range slices.Concat(onRaynet, onOutlook) {
			if seen[reading.Snapshot.Ref] != 1 {
				t.Fatalf("%s is in %d items of %v", reading.Snapshot.Ref, seen[reading.Snapshot.Ref], pairs(items))
			}
		}
		if len(seen) != len(onRaynet)+len(onOutlook) {
			t.Fatalf("items for %d things, want %d", len(seen), len(onRaynet)+len(onOutlook))
		}
		again := pairs(plan.Match(onRaynet, onOutlook, keyOf))
		if diff := cmp.Diff(pairs(items), again); diff != "" {
			t.Fatalf("the same input again (-first +second):\n%s", diff)
		}
	})
}

// A thing is linked only if nothing else fits it.
func TestNaturalMatchesAreUnique(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		onRaynet := drawReadings(t, "raynet", raynet, "12345")
		onOutlook := drawReadings(t, "outlook", outlook, "ABCDE")
		items := plan.Match(onRaynet, onOutlook, keyOf)
		for _, item := range items {
			if !item.Matched || item.How != "natural" {
				continue
			}
			for _, other := range items {
				for _, reading := range []*remote.Reading{other.Raynet, other.Outlook} {
					if reading == nil || reading == item.Raynet || reading == item.Outlook || other.How != "" || reading.Snapshot.Finished {
						continue
					}
					if slices.Equal(reading.Snapshot.Natural, item.Raynet.Snapshot.Natural) {
						t.Fatalf("%s looks like it too: %v", fmt.Sprint(reading.Snapshot.Ref), pairs(items))
					}
				}
			}
		}
	})
}
