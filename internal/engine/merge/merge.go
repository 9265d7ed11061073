// Package merge decides what the changes of one thing on both sides mean, field by field: a three-way merge in which the
// common base is what each side last showed. It is pure: no I/O, no clock, no order but that of the schema.
package merge

import (
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

// Act is what is to be done with one field.
type Act string

// The acts.
const (
	Keep      Act = "keep"       // nothing moved
	Adopt     Act = "adopt"      // both sides show the same now: remember it
	ToOutlook Act = "to-outlook" // carry RAYNET's value
	ToRaynet  Act = "to-raynet"  // carry Outlook's value
	Ask       Act = "ask"        // a clash that a person decides
	Wait      Act = "wait"       // RAYNET moved, and Outlook cannot be written without mailing somebody
)

// Verdict is the decision on one field.
type Verdict struct {
	Field record.Field
	Act   Act
	// Clash says that both sides moved to different values; Act tells which one prevails.
	Clash bool
}

// Input is one thing as both sides show it. A side that was not looked at has nil Fields and nothing moved.
type Input struct {
	Schema  record.Schema
	Flow    record.Flow
	Clash   pair.Clash
	Raynet  record.Fields
	Outlook record.Fields
	// MovedRaynet and MovedOutlook are the fields that moved since the side last showed them.
	MovedRaynet  []record.Field
	MovedOutlook []record.Field
	// First says that the two were never linked before: a side that has no value takes the other's, and what both have
	// differently is a clash.
	First bool
	// New are fields that neither side ever showed: they are judged as though the two were linked for the first time. So an
	// interrupted first merge goes on as it began.
	New []record.Field
	// Filled are fields in which RAYNET shows only what our own create put there for want of a value: at first it has none.
	Filled []record.Field
	// OutlookReadOnly says that the Outlook item is never written: what RAYNET shows is not carried to it, and nobody waits.
	OutlookReadOnly bool
	// OutlookHeld says that the Outlook item cannot be written now without mailing somebody: RAYNET's edits wait, and where
	// both sides moved, Outlook's value prevails.
	OutlookHeld bool
	// Decided says, for fields that clash, whose value a person chose; it comes before every rule.
	Decided map[record.Field]record.Side
}

// Fields returns a verdict for each field of the schema, in its order.
func Fields(in Input) []Verdict {
	verdicts := make([]Verdict, 0, len(in.Schema.Fields))
	for _, spec := range in.Schema.Fields {
		verdicts = append(verdicts, in.field(spec))
	}
	return verdicts
}

func (in Input) field(spec record.FieldSpec) Verdict {
	raynet, onRaynet := in.Raynet[spec.Name]
	outlook, onOutlook := in.Outlook[spec.Name]
	fromRaynet := has(in.MovedRaynet, spec.Name) && in.carries(spec, record.Raynet)
	fromOutlook := has(in.MovedOutlook, spec.Name) && in.carries(spec, record.Outlook)
	verdict := Verdict{Field: spec.Name, Act: Keep}
	first := in.First || has(in.New, spec.Name)

	switch {
	case onRaynet && onOutlook && raynet == outlook:
		if fromRaynet || fromOutlook || first {
			verdict.Act = Adopt
		}
	case first && raynet == "" && outlook == "":
		verdict.Act = Adopt // one side has nothing, and the other does not even show the field: there is nothing to carry
	case first && spec.Flow == record.Both && onRaynet && onOutlook:
		verdict.Act, verdict.Clash = in.first(spec, raynet, outlook)
	case fromRaynet && fromOutlook && in.OutlookHeld:
		verdict.Act, verdict.Clash = ToRaynet, true
	case fromRaynet && fromOutlook:
		verdict.Act, verdict.Clash = in.clash(spec, raynet, outlook), true
	case fromRaynet && in.OutlookHeld:
		verdict.Act = Wait
	case fromRaynet:
		verdict.Act = ToOutlook
	case fromOutlook:
		verdict.Act = ToRaynet
	}
	return verdict
}

// carries reports whether an edit of the field on that side may be carried to the other.
func (in Input) carries(spec record.FieldSpec, from record.Side) bool {
	if from == record.Raynet && in.OutlookReadOnly {
		return false
	}
	return !spec.Once && spec.Flow.Carries(from) && in.Flow.Carries(from)
}

// first decides a field that differs when two things are linked for the first time. No value is ever replaced by none: there
// is no telling whether the other side was emptied or never had one.
func (in Input) first(spec record.FieldSpec, raynet, outlook record.Value) (Act, bool) {
	toOutlook := in.carries(spec, record.Raynet) && !in.OutlookHeld
	toRaynet := in.carries(spec, record.Outlook)
	if has(in.Filled, spec.Name) {
		raynet = ""
	}
	switch {
	case raynet == outlook:
		return Keep, false // neither has a value
	case raynet == "" && toRaynet:
		return ToRaynet, false
	case raynet == "":
		return Keep, false
	case outlook == "" && toOutlook:
		return ToOutlook, false
	case in.OutlookHeld && in.carries(spec, record.Raynet) && (outlook == "" || !toRaynet):
		return Wait, false
	case outlook == "":
		return Keep, false
	case toRaynet && toOutlook:
		return in.clash(spec, raynet, outlook), true
	case toOutlook:
		return ToOutlook, true
	case toRaynet:
		return ToRaynet, true
	}
	return Keep, false
}

// clash applies the rule for two different values. It never looks at a clock.
func (in Input) clash(spec record.FieldSpec, raynet, outlook record.Value) Act {
	switch in.Decided[spec.Name] {
	case record.Raynet:
		return ToOutlook
	case record.Outlook:
		return ToRaynet
	}
	if spec.Wins != "" {
		if raynet == spec.Wins {
			return ToOutlook
		}
		if outlook == spec.Wins {
			return ToRaynet
		}
	}
	switch in.Clash {
	case pair.OutlookWins:
		return ToRaynet
	case pair.Ask:
		return Ask
	case pair.RaynetWins:
	}
	return ToOutlook
}

func has(names []record.Field, name record.Field) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
