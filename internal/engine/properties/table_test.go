package properties_test

import (
	"fmt"
	"testing"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

// The merge of one field, over everything that it can be told: not drawn, but complete.

const field = record.Field("f")

// absent stands for a field that a side does not show, or never showed.
const absent = record.Value("\x00absent")

// cell is one input of the table.
type cell struct {
	raynet, outlook           record.Value // what is shown now
	baseRaynet, baseOutlook   record.Value // what was shown last
	spec                      record.FieldSpec
	flow                      record.Flow
	clash                     pair.Clash
	first, readOnly, held     bool
	decided                   record.Side
	movedRaynet, movedOutlook bool
	carriesR, carriesO        bool // whether an edit of that side may be carried
	onRaynet, onOutlook       bool
}

func (c *cell) input() merge.Input {
	c.onRaynet, c.onOutlook = c.raynet != absent, c.outlook != absent
	c.movedRaynet, c.movedOutlook = c.onRaynet && c.raynet != c.baseRaynet, c.onOutlook && c.outlook != c.baseOutlook
	c.carriesR = !c.spec.Once && c.spec.Flow.Carries(record.Raynet) && c.flow.Carries(record.Raynet) && !c.readOnly
	c.carriesO = !c.spec.Once && c.spec.Flow.Carries(record.Outlook) && c.flow.Carries(record.Outlook)
	in := merge.Input{Schema: record.Schema{Fields: []record.FieldSpec{c.spec}}, Flow: c.flow, Clash: c.clash, First: c.first,
		OutlookReadOnly: c.readOnly, OutlookHeld: c.held, Raynet: record.Fields{}, Outlook: record.Fields{}}
	if c.onRaynet {
		in.Raynet[field] = c.raynet
	}
	if c.onOutlook {
		in.Outlook[field] = c.outlook
	}
	if c.movedRaynet {
		in.MovedRaynet = []record.Field{field}
	}
	if c.movedOutlook {
		in.MovedOutlook = []record.Field{field}
	}
	if c.baseRaynet == absent && c.baseOutlook == absent {
		in.New = []record.Field{field}
	}
	if c.decided != "" {
		in.Decided = map[record.Field]record.Side{field: c.decided}
	}
	return in
}

// never reports whether the two were never compared in this field.
func (c *cell) never() bool { return c.first || c.baseRaynet == absent && c.baseOutlook == absent }

// eachCell calls do for every cell of the table, until it returns false, and returns for how many it did.
func eachCell(do func(*cell) bool) int {
	values := []record.Value{absent, "", "a", "b"}
	specs := []record.FieldSpec{}
	for _, flow := range flows {
		for _, wins := range []record.Value{"", "a"} {
			for _, once := range []bool{false, true} {
				specs = append(specs, record.FieldSpec{Name: field, Flow: flow, Wins: wins, Once: once})
			}
		}
	}
	n := 0
	for shape := range 4 * 4 * 4 * 4 {
		for _, spec := range specs {
			for rules := range len(flows) * len(clashes) * 3 * 8 {
				c := cell{raynet: values[shape%4], outlook: values[shape/4%4], baseRaynet: values[shape/16%4], baseOutlook: values[shape/64], spec: spec,
					flow: flows[rules%3], clash: clashes[rules/3%3], decided: []record.Side{"", record.Raynet, record.Outlook}[rules/9%3],
					first: rules/27&1 > 0, readOnly: rules/27&2 > 0, held: rules/27&4 > 0}
				n++
				if !do(&c) {
					return n
				}
			}
		}
	}
	return n
}

// want is the table as DESIGN tells it for two things that were in step: which side moved says what is carried. ok is false where it
// does not say, which is only where the two were never compared.
func (c *cell) want() (act merge.Act, clash, ok bool) {
	if c.never() {
		return "", false, false
	}
	fromRaynet, fromOutlook := c.movedRaynet && c.carriesR, c.movedOutlook && c.carriesO
	same := c.onRaynet && c.onOutlook && c.raynet == c.outlook
	switch {
	case !fromRaynet && !fromOutlook:
		return merge.Keep, false, true
	case same:
		return merge.Adopt, false, true
	case fromRaynet && fromOutlook:
		return c.prevails(), true, true
	case fromOutlook:
		return merge.ToRaynet, false, true
	case c.held:
		return merge.Wait, false, true
	}
	return merge.ToOutlook, false, true
}

// prevails says what becomes of two different values: what cannot be written in silence loses, then a person's word counts, then the
// value that always wins, then the rule.
func (c *cell) prevails() merge.Act {
	switch {
	case c.held:
		return merge.ToRaynet
	case c.decided == record.Raynet:
		return merge.ToOutlook
	case c.decided == record.Outlook:
		return merge.ToRaynet
	case c.spec.Wins != "" && c.raynet == c.spec.Wins:
		return merge.ToOutlook
	case c.spec.Wins != "" && c.outlook == c.spec.Wins:
		return merge.ToRaynet
	case c.clash == pair.Ask:
		return merge.Ask
	case c.clash == pair.OutlookWins:
		return merge.ToRaynet
	}
	return merge.ToOutlook
}

// broken names the law that a verdict breaks, empty if none. These hold whether or not the two were ever compared.
func (c *cell) broken(verdict merge.Verdict) string {
	writes := verdict.Act == merge.ToOutlook || verdict.Act == merge.ToRaynet
	differ := c.onRaynet && c.onOutlook && c.raynet != c.outlook
	switch {
	case verdict.Field != field:
		return "answers for another field"
	case verdict.Act == merge.ToOutlook && (!c.onRaynet || !c.carriesR || c.held):
		return "written to Outlook what is not shown, not carried or not silent"
	case verdict.Act == merge.ToRaynet && (!c.onOutlook || !c.carriesO):
		return "written to RAYNET what is not shown or not carried"
	case verdict.Act == merge.ToOutlook && !c.movedRaynet && !c.never(), verdict.Act == merge.ToRaynet && !c.movedOutlook && !c.never():
		return "carried although nothing moved"
	case writes && c.raynet == c.outlook:
		return "written what is there"
	case verdict.Act == merge.Wait && !c.held:
		return "waits for nothing"
	case verdict.Act == merge.Ask && (c.clash != pair.Ask || c.decided != "" || !c.carriesR || !c.carriesO || c.held):
		return "asks what is settled"
	case (verdict.Clash || verdict.Act == merge.Ask) && !(c.onRaynet && c.onOutlook && differ) && c.never():
		return "a clash of values that do not differ"
	case verdict.Act == merge.Ask && !verdict.Clash:
		return "asks without a clash"
	case c.never() && c.spec.Flow == record.Both && differ && verdict.Act == merge.ToOutlook && c.raynet == "",
		c.never() && c.spec.Flow == record.Both && differ && verdict.Act == merge.ToRaynet && c.outlook == "":
		return "a first match emptied a value"
	case c.never() && c.spec.Flow == record.Both && differ && c.carriesR && c.carriesO && verdict.Act == merge.Keep:
		return "a first match left two values"
	case c.never() && c.onRaynet && c.onOutlook && !differ && verdict.Act != merge.Adopt:
		return "what both show alike was not remembered"
	}
	return ""
}

// mirrored is the cell with the sides exchanged, for what is the same for both of them.
func (c *cell) mirrored() (cell, bool) {
	if c.readOnly || c.held {
		return cell{}, false // only Outlook's things are
	}
	m := *c
	m.raynet, m.outlook, m.baseRaynet, m.baseOutlook = c.outlook, c.raynet, c.baseOutlook, c.baseRaynet
	m.flow, m.spec.Flow = turned(c.flow), turned(c.spec.Flow)
	switch c.clash {
	case pair.RaynetWins:
		m.clash = pair.OutlookWins
	case pair.OutlookWins:
		m.clash = pair.RaynetWins
	case pair.Ask:
	}
	if c.decided != "" {
		m.decided = c.decided.Other()
	}
	return m, true
}

func turned(flow record.Flow) record.Flow {
	switch flow {
	case record.ToOutlook:
		return record.ToRaynet
	case record.ToRaynet:
		return record.ToOutlook
	case record.Both:
	}
	return record.Both
}

// mistaken returns what is wrong with the verdict on a cell, nil if nothing.
func mistaken(p planner, c *cell) error {
	verdict := p.merge(c.input())[0]
	if act, clash, ok := c.want(); ok && (verdict.Act != act || verdict.Clash != clash) {
		return fmt.Errorf("%+v: %+v, want %s (clash %v)", *c, verdict, act, clash)
	}
	if law := c.broken(verdict); law != "" {
		return fmt.Errorf("%+v: %+v: %s", *c, verdict, law)
	}
	m, ok := c.mirrored()
	if !ok {
		return nil
	}
	want := verdict.Act
	switch want {
	case merge.ToOutlook:
		want = merge.ToRaynet
	case merge.ToRaynet:
		want = merge.ToOutlook
	case merge.Keep, merge.Adopt, merge.Ask, merge.Wait:
	}
	if mirrored := p.merge(m.input())[0]; mirrored.Act != want || mirrored.Clash != verdict.Clash {
		return fmt.Errorf("%+v: %+v, and %+v with the sides exchanged", *c, verdict, mirrored)
	}
	return nil
}

// holdsCompletely holds every cell of the table against what is written down, and returns how many there are.
func holdsCompletely(t *testing.T) int {
	t.Helper()
	acts := map[merge.Act]int{}
	p := realPlanner()
	cells := eachCell(func(c *cell) bool {
		if err := mistaken(p, c); err != nil {
			t.Fatal(err)
		}
		acts[p.merge(c.input())[0].Act]++
		return true
	})
	for _, act := range []merge.Act{merge.Keep, merge.Adopt, merge.ToOutlook, merge.ToRaynet, merge.Ask, merge.Wait} {
		if acts[act] == 0 {
			t.Errorf("no cell of the table is answered by %s", act)
		}
	}
	t.Logf("%d cells: %v", cells, acts)
	return cells
}

// TestPropertiesTableCanFail holds the table against merges that are wrong in one answer each.
func TestPropertiesTableCanFail(t *testing.T) {
	t.Parallel()
	wrongs := [][2]merge.Act{{merge.Keep, merge.ToOutlook}, {merge.Keep, merge.Adopt}, {merge.Adopt, merge.Keep}, {merge.ToOutlook, merge.ToRaynet}, {merge.ToRaynet, merge.Keep},
		{merge.Ask, merge.ToOutlook}, {merge.Wait, merge.ToOutlook}, {merge.Wait, merge.Keep}}
	for _, wrong := range wrongs {
		p := mergesWrongly(wrong[0], wrong[1])(realPlanner())
		var complaint error
		eachCell(func(c *cell) bool {
			complaint = mistaken(p, c)
			return complaint == nil
		})
		if complaint == nil {
			t.Errorf("%s instead of %s passes", wrong[1], wrong[0])
		}
	}
}
