package scenario

import (
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

// sideWord is what a person calls a side.
func sideWord(side record.Side) string {
	if side == record.Raynet {
		return "RAYNET"
	}
	return "Outlook"
}

// stepWords says what a planned step would do, empty for a step that nobody need hear of.
func (w *world) stepWords(schema record.Schema, step plan.Step) string {
	title := schema.TitleOf(step.Fields)
	if title == "" || step.Op == plan.Update {
		title = w.titleOf(step.Link.Raynet.Ref, step.Link.Outlook.Ref)
	}
	if step.Op == plan.Skip {
		title = w.titleOf(step.Aside.Ref)
		if step.Aside.Rule == "private" {
			return "leave out something private"
		}
	}
	switch step.Op {
	case plan.Create:
		return fmt.Sprintf("create in %s %q", sideWord(step.Side), title)
	case plan.Update:
		var names []string
		for _, spec := range schema.Fields {
			if _, written := step.Fields[spec.Name]; written {
				names = append(names, string(spec.Name))
			}
		}
		return fmt.Sprintf("update in %s %q: %s", sideWord(step.Side), title, strings.Join(names, ", "))
	case plan.Delete:
		return fmt.Sprintf("remove from %s %q (%s)", sideWord(step.Side), title, step.Reason)
	case plan.Link:
		if step.Reason == "" {
			return fmt.Sprintf("link again %q", title)
		}
		return fmt.Sprintf("link %q (%s)", title, step.Reason)
	case plan.Unlink:
		return fmt.Sprintf("let go %q: %s (%s)", title, step.State, step.Reason)
	case plan.Park:
		ref := step.Put[0].Ref
		return fmt.Sprintf("set aside %q in %s: %s (%s)", w.titleOf(ref), sideWord(ref.Side), step.Put[0].Why, step.Put[0].Reason)
	case plan.Skip:
		return fmt.Sprintf("leave out %q in %s (%s)", title, sideWord(step.Aside.Ref.Side), step.Aside.Rule)
	case plan.Note:
		if len(step.Put) > 0 && step.Put[0].Why == journal.WhyAbsent {
			return fmt.Sprintf("prove the removal of %q", w.titleOf(step.Put[0].Ref))
		}
	}
	return ""
}

// entryWords says what a journal entry tells, empty for one that is bookkeeping.
func (w *world) entryWords(e journal.Entry) string {
	if e.Event == journal.Sending || e.Event == journal.Abandoned {
		return ""
	}
	title := w.titleOf(e.Raynet, e.Outlook)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", w.nameOf(e.Pair), e.Event)
	if e.Side != "" {
		fmt.Fprintf(&b, " in %s", sideWord(e.Side))
	}
	if title != "" {
		fmt.Fprintf(&b, " %q", title)
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	var changes []string
	for _, c := range e.Changes {
		if e.Event == journal.Created || e.Event == journal.Deleted {
			continue
		}
		text := fmt.Sprintf("%s %q -> %q", c.Field, short(string(c.Before)), short(string(c.After)))
		if c.Lost {
			text += " lost"
		}
		changes = append(changes, text)
	}
	if len(changes) > 0 {
		b.WriteString(": " + strings.Join(changes, ", "))
	}
	return b.String()
}

// short cuts a long value, and what has several lines after the first one.
func short(s string) string {
	if first, _, more := strings.Cut(s, "\n"); more {
		return first + "…"
	}
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

// sameLines compares what was wanted with what there is, in any order.
func sameLines(what string, want, got []string) error {
	want, got = slices.Clone(want), slices.Clone(got)
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 1 && want[0] == "nothing" {
		want = nil
	}
	if slices.Equal(want, got) {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is different:", what)
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "\n  wanted, not there: %s", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "\n  there, not wanted: %s", l)
		}
	}
	fmt.Fprintf(&b, "\n  (%d wanted, %d there)", len(want), len(got))
	return fmt.Errorf("%s", b.String())
}
