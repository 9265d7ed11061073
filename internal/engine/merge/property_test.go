package merge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

// side is a service as the merge knows it: what it shows now, and what it last showed. It may write down what it is given in
// its own way (one service cuts, the other one changes case).
type side struct {
	now, shown record.Fields
	keeps      func(record.Value) record.Value
}

func (s *side) moved(schema record.Schema) []record.Field {
	var out []record.Field
	for _, spec := range schema.Fields {
		value, visible := s.now[spec.Name]
		before, known := s.shown[spec.Name]
		if visible && (!known || value != before) {
			out = append(out, spec.Name)
		}
	}
	return out
}

// world is one linked thing.
type world struct {
	schema          record.Schema
	rules           pair.Rules
	raynet, outlook *side
	first           bool
	readOnly, held  bool
	writes          int
}

func (w *world) merge() []merge.Verdict {
	return merge.Fields(merge.Input{
		Schema: w.schema, Flow: w.rules.Flow, Clash: w.rules.Clash,
		Raynet: w.raynet.now, Outlook: w.outlook.now,
		MovedRaynet: w.raynet.moved(w.schema), MovedOutlook: w.outlook.moved(w.schema),
		First: w.first, OutlookReadOnly: w.readOnly, OutlookHeld: w.held,
	})
}

// apply does what the verdicts say, as the engine does: what was written and what was seen is remembered.
func (w *world) apply(verdicts []merge.Verdict) {
	for _, verdict := range verdicts {
		name := verdict.Field
		switch verdict.Act {
		case merge.ToOutlook:
			w.carry(w.raynet, w.outlook, name)
		case merge.ToRaynet:
			w.carry(w.outlook, w.raynet, name)
		case merge.Adopt, merge.Keep:
			w.raynet.remember(name)
			w.outlook.remember(name)
		case merge.Wait:
			w.outlook.remember(name)
		case merge.Ask:
		}
	}
	w.first = false
}

func (w *world) carry(from, to *side, name record.Field) {
	w.writes++
	to.now[name] = to.keeps(from.now[name])
	to.remember(name)
	from.remember(name)
}

func (s *side) remember(name record.Field) {
	if value, visible := s.now[name]; visible {
		s.shown[name] = value
	}
}

var values = rapid.SampledFrom([]record.Value{"", "a", "b", "c", "done"})

func drawSide(t *rapid.T, label string, schema record.Schema, first bool, keeps func(record.Value) record.Value) *side {
	s := &side{now: record.Fields{}, shown: record.Fields{}, keeps: keeps}
	for _, spec := range schema.Fields {
		name := label + " " + string(spec.Name)
		if !first && rapid.IntRange(0, 9).Draw(t, name+" known") > 0 {
			s.shown[spec.Name] = keeps(values.Draw(t, name+" shown"))
		}
		switch rapid.IntRange(0, 3).Draw(t, name+" is") {
		case 0: // not shown at all
		case 1:
			s.now[spec.Name] = keeps(values.Draw(t, name+" now"))
		default: // as it was
			if value, known := s.shown[spec.Name]; known {
				s.now[spec.Name] = value
			} else {
				s.now[spec.Name] = keeps(values.Draw(t, name+" new"))
			}
		}
	}
	return s
}

func plain(v record.Value) record.Value { return v }

func drawWorld(t *rapid.T) *world {
	schema := record.Schema{}
	for i := range rapid.IntRange(1, 5).Draw(t, "fields") {
		spec := record.FieldSpec{
			Name: record.Field(fmt.Sprintf("f%d", i)),
			Flow: rapid.SampledFrom([]record.Flow{record.Both, record.Both, record.ToOutlook, record.ToRaynet}).Draw(t, "flow"),
		}
		if rapid.IntRange(0, 3).Draw(t, "wins") == 0 {
			spec.Wins = "done"
		}
		schema.Fields = append(schema.Fields, spec)
	}
	w := &world{schema: schema}
	w.rules.Flow = rapid.SampledFrom([]record.Flow{record.Both, record.ToOutlook, record.ToRaynet}).Draw(t, "flow of the pair")
	w.rules.Clash = rapid.SampledFrom([]pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask}).Draw(t, "rule")
	w.first = rapid.Bool().Draw(t, "first")
	w.readOnly = rapid.IntRange(0, 4).Draw(t, "read-only") == 0
	w.held = rapid.IntRange(0, 4).Draw(t, "held") == 0
	w.raynet = drawSide(t, "raynet", schema, w.first, plain)
	w.outlook = drawSide(t, "outlook", schema, w.first, plain)
	return w
}

// What a merge decided is decided: once it was done, the next one has nothing left to do but to keep waiting.
func TestMergingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		before := w.merge()
		w.apply(before)
		for i, verdict := range w.merge() {
			if verdict.Act == merge.Keep {
				continue
			}
			if (verdict.Act == merge.Ask || verdict.Act == merge.Wait) && before[i].Act == verdict.Act {
				continue
			}
			t.Fatalf("first %+v, then %+v\nworld %+v\nraynet %v\noutlook %v", before[i], verdict, w, w.raynet, w.outlook)
		}
	})
}

// Edits of different fields on different sides do not meet: it does not matter which one is merged first, or both at once.
func TestEditsOfDifferentFieldsCommute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := record.Fields{}
		schema := record.Schema{}
		onRaynet, onOutlook := record.Fields{}, record.Fields{}
		for i := range rapid.IntRange(2, 6).Draw(t, "fields") {
			name := record.Field(fmt.Sprintf("f%d", i))
			schema.Fields = append(schema.Fields, record.FieldSpec{Name: name, Flow: record.Both})
			base[name] = values.Draw(t, "base")
			switch rapid.IntRange(0, 2).Draw(t, "edited on") {
			case 0:
				onRaynet[name] = values.Draw(t, "raynet")
			case 1:
				onOutlook[name] = values.Draw(t, "outlook")
			}
		}
		rules := pair.Rules{Flow: record.Both, Clash: rapid.SampledFrom([]pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask}).Draw(t, "rule")}
		end := func(rounds ...[2]record.Fields) [2]record.Fields {
			w := &world{schema: schema, rules: rules}
			w.raynet = &side{now: base.Clone(), shown: base.Clone(), keeps: plain}
			w.outlook = &side{now: base.Clone(), shown: base.Clone(), keeps: plain}
			for _, round := range rounds {
				for name, value := range round[0] {
					w.raynet.now[name] = value
				}
				for name, value := range round[1] {
					w.outlook.now[name] = value
				}
				w.apply(w.merge())
			}
			return [2]record.Fields{w.raynet.now, w.outlook.now}
		}
		together := end([2]record.Fields{onRaynet, onOutlook})
		raynetFirst := end([2]record.Fields{onRaynet, nil}, [2]record.Fields{nil, onOutlook})
		outlookFirst := end([2]record.Fields{nil, onOutlook}, [2]record.Fields{onRaynet, nil})
		if diff := cmp.Diff(together, raynetFirst); diff != "" {
			t.Fatalf("together / RAYNET's first (-/+):\n%s", diff)
		}
		if diff := cmp.Diff(together, outlookFirst); diff != "" {
			t.Fatalf("together / Outlook's first (-/+):\n%s", diff)
		}
		if diff := cmp.Diff(together[0], together[1]); diff != "" {
			t.Fatalf("the sides differ (-raynet +outlook):\n%s", diff)
		}
	})
}

// Two services that write things down differently do not answer each other for ever: an edit is carried once.
func TestNoPingPong(t *testing.T) {
	t.Parallel()
	upper := func(v record.Value) record.Value { return record.Value(strings.ToUpper(string(v))) }
	short := func(v record.Value) record.Value { return v[:min(len(v), 2)] }
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		ways := []func(record.Value) record.Value{plain, upper, short}
		w.raynet.keeps = rapid.SampledFrom(ways).Draw(t, "raynet keeps")
		w.outlook.keeps = rapid.SampledFrom(ways).Draw(t, "outlook keeps")
		for range 10 {
			edits := 0
			for range rapid.IntRange(0, 2).Draw(t, "edits") {
				s := rapid.SampledFrom([]*side{w.raynet, w.outlook}).Draw(t, "side")
				name := rapid.SampledFrom(w.schema.Fields).Draw(t, "field").Name
				s.now[name] = s.keeps(values.Draw(t, "value"))
				edits++
			}
			first := w.first
			open := waiting(w.merge())
			w.writes = 0
			w.apply(w.merge())
			if !first && open == 0 && w.writes > max(edits, len(w.schema.Fields)) {
				t.Fatalf("%d edits caused %d writes", edits, w.writes)
			}
			w.writes = 0
			w.apply(w.merge())
			if w.writes > 0 {
				t.Fatalf("nobody edited anything, and %d fields were written; raynet %v outlook %v", w.writes, w.raynet.now, w.outlook.now)
			}
		}
	})
}

func waiting(verdicts []merge.Verdict) int {
	n := 0
	for _, v := range verdicts {
		if v.Act == merge.Wait || v.Act == merge.Ask {
			n++
		}
	}
	return n
}

func TestWhatNoMergeMayDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		movedRaynet, movedOutlook := w.raynet.moved(w.schema), w.outlook.moved(w.schema)
		for i, verdict := range w.merge() {
			spec := w.schema.Fields[i]
			raynet, onRaynet := w.raynet.now[spec.Name]
			outlook, onOutlook := w.outlook.now[spec.Name]
			fail := func(what string) {
				t.Fatalf("%s: %+v of %+v, raynet %q (%v) outlook %q (%v), world %+v", what, verdict, spec, raynet, onRaynet, outlook, onOutlook, w)
			}
			toOutlook := spec.Flow.Carries(record.Raynet) && w.rules.Flow.Carries(record.Raynet)
			toRaynet := spec.Flow.Carries(record.Outlook) && w.rules.Flow.Carries(record.Outlook)
			switch verdict.Act {
			case merge.ToOutlook:
				switch {
				case !toOutlook:
					fail("carried against the flow")
				case w.readOnly || w.held:
					fail("written to an item that must not be written")
				case !onRaynet:
					fail("a value was invented")
				case !slices.Contains(movedRaynet, spec.Name):
					fail("carried although nothing moved")
				}
			case merge.ToRaynet:
				switch {
				case !toRaynet:
					fail("carried against the flow")
				case !onOutlook:
					fail("a value was invented")
				case !slices.Contains(movedOutlook, spec.Name):
					fail("carried although nothing moved")
				}
			case merge.Wait:
				if !w.held || w.readOnly {
					fail("waits although Outlook may be written")
				}
			case merge.Ask:
				if w.rules.Clash != pair.Ask || !verdict.Clash {
					fail("asks although there is a rule")
				}
			case merge.Adopt:
				if raynet != outlook {
					fail("adopted although they differ")
				}
			case merge.Keep:
			}
			if verdict.Clash && (!onRaynet || !onOutlook || raynet == outlook) {
				fail("no clash at all")
			}
			loses := verdict.Act == merge.ToOutlook && raynet == "" && outlook != "" || verdict.Act == merge.ToRaynet && outlook == "" && raynet != ""
			if w.first && spec.Flow == record.Both && onRaynet && onOutlook && loses {
				fail("a first match emptied a value")
			}
			if verdict.Clash && !w.held && !w.readOnly && toOutlook && toRaynet && spec.Wins != "" {
				if raynet == spec.Wins && verdict.Act != merge.ToOutlook || outlook == spec.Wins && verdict.Act != merge.ToRaynet {
					fail("the value that wins every clash lost")
				}
			}
		}
	})
}
