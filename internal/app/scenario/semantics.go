package scenario

import (
	"fmt"
	"strings"

	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

// Semantics returns docs/semantics.md: what flows which way, what happens when, how clashes are decided, what removes what. The
// fields come from the schemas, the clash rules from the merge itself, and every other row from a story that shows it.
func Semantics(stories []Story) string {
	var b strings.Builder
	b.WriteString("# Semantics\n\n")
	b.WriteString("Made by `go generate ./internal/app/scenario` from the schemas, the merge and the stories in\n" +
		"`internal/app/scenario/testdata`; each row names the story that shows it, and every story is a test. Do not edit.\n")
	for _, kind := range record.Kinds() {
		fields(&b, kind)
	}
	clashes(&b)
	for _, table := range []struct{ name, heading, intro string }{
		{"events", "What happens when: calendar", "Preset *standard*."},
		{"contacts", "What happens when: contacts", "RAYNET's persons and the contact folder RAYNET, preset *standard*."},
		{"tasks", "What happens when: tasks", "RAYNET's tasks and the To Do list RAYNET, preset *standard*."},
		{"losses", "What one side cannot hold", "It is kept on the other side and never erased by a round trip."},
		{"removals", "What removes what", "RAYNET records are never deleted by us. An Outlook item is removed only in the cases that say so."},
		{"clashes", "Both sides changed", ""},
		{"rules", "What is left out, and how things are recognised", ""},
		{"faults", "When something goes wrong", ""},
		{"decisions", "What a person decides", "`raynetsync review` shows it side by side, `resolve` decides, and every decision can be taken back."},
	} {
		rows(&b, stories, table.name, table.heading, table.intro)
	}
	invariants(&b, stories)
	return b.String()
}

// fields tells which way each field of a kind flows.
func fields(b *strings.Builder, kind record.Kind) {
	fmt.Fprintf(b, "\n## Which way the fields flow: %s\n\n| field | RAYNET to Outlook | Outlook to RAYNET |", kind)
	private := kind == record.Calendar // the only kind that knows private things
	if private {
		b.WriteString(" when the Outlook event is turned private |")
	}
	b.WriteString("\n|---|---|---|")
	if private {
		b.WriteString("---|")
	}
	b.WriteString("\n")
	schema := record.SchemaOf(kind)
	for _, f := range schema.Fields {
		fmt.Fprintf(b, "| %s | %s | %s |", f.Name, yes(f.Flow.Carries(record.Raynet), f.Once), yes(f.Flow.Carries(record.Outlook), f.Once))
		if private {
			fmt.Fprintf(b, " %s |", whenPrivate(schema, f))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n" + map[record.Kind]string{
		record.Calendar: "The last column is about the RAYNET record of an event that was made in Outlook. A field that flows one way only is never read\n" +
			"back. Reminder, free/busy, sensitivity and attendees belong to Outlook and are not in the table: the reminder is set once, when\n" +
			"the event is made.\n",
		record.Contacts: "RAYNET has two e-mail addresses and two phones of any type, Outlook three addresses and five phones; what has no place on one\n" +
			"side stays on the other. The photo is off unless it is asked for.\n",
		record.Tasks: "Of the states only open and done cross; done wins every clash. What flows once is set when the task is made in To Do, and is\n" +
			"the user's from then on.\n",
	}[kind])
}

func yes(is, once bool) string {
	switch {
	case is && once:
		return "once"
	case is:
		return "yes"
	}
	return "no"
}

// whenPrivate says what becomes of a field when the Outlook item is turned private.
func whenPrivate(schema record.Schema, f record.FieldSpec) string {
	switch {
	case f.Name == schema.Title:
		return "replaced"
	case f.Redacts:
		return "emptied"
	}
	return "kept"
}

// clashes asks the merge itself what it does with one field that flows both ways.
func clashes(b *strings.Builder) {
	b.WriteString("\n## What the merge does with one field\n\n")
	b.WriteString("| RAYNET | Outlook | the event | RAYNET wins | Outlook wins | ask |\n|---|---|---|---|---|---|\n")
	spec := record.FieldSpec{Name: "field", Flow: record.Both}
	words := map[merge.Act]string{
		merge.Keep: "nothing", merge.Adopt: "remembered, nothing written", merge.ToOutlook: "RAYNET's value to Outlook",
		merge.ToRaynet: "Outlook's value to RAYNET", merge.Ask: "a person decides", merge.Wait: "waits, explained",
	}
	for _, event := range []struct {
		name           string
		held, readOnly bool
	}{{"ours alone", false, false}, {"has attendees", true, false}, {"somebody else's meeting", true, true}} {
		for _, moved := range []struct {
			raynet, outlook bool
			values          [2]record.Value
			says            [2]string
		}{
			{false, false, [2]record.Value{"a", "a"}, [2]string{"same", "same"}},
			{true, false, [2]record.Value{"r", "a"}, [2]string{"changed", "same"}},
			{false, true, [2]record.Value{"a", "o"}, [2]string{"same", "changed"}},
			{true, true, [2]record.Value{"x", "x"}, [2]string{"changed", "changed to the same"}},
			{true, true, [2]record.Value{"r", "o"}, [2]string{"changed", "changed to another value"}},
		} {
			fmt.Fprintf(b, "| %s | %s | %s |", moved.says[0], moved.says[1], event.name)
			for _, rule := range []pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask} {
				in := merge.Input{Schema: record.Schema{Fields: []record.FieldSpec{spec}}, Flow: record.Both, Clash: rule,
					Raynet: record.Fields{"field": moved.values[0]}, Outlook: record.Fields{"field": moved.values[1]},
					OutlookHeld: event.held, OutlookReadOnly: event.readOnly}
				if moved.raynet {
					in.MovedRaynet = []record.Field{"field"}
				}
				if moved.outlook {
					in.MovedOutlook = []record.Field{"field"}
				}
				verdict := merge.Fields(in)[0]
				said := words[verdict.Act]
				if verdict.Clash && verdict.Act != merge.Ask {
					said += ", the other one kept in the journal"
				}
				b.WriteString(" " + said + " |")
			}
			b.WriteString("\n")
		}
	}
}

func rows(b *strings.Builder, stories []Story, table, heading, intro string) {
	fmt.Fprintf(b, "\n## %s\n\n", heading)
	if intro != "" {
		b.WriteString(intro + "\n\n")
	}
	b.WriteString("| when | then | story |\n|---|---|---|\n")
	for _, story := range stories {
		if story.Table != table {
			continue
		}
		for _, row := range story.Rows {
			fmt.Fprintf(b, "| %s | %s | [%s](../internal/app/scenario/testdata/%s.txt) |\n", cell(row.When), cell(row.Then), story.File[:3], story.File)
		}
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

// invariants tells which stories show which invariant.
func invariants(b *strings.Builder, stories []Story) {
	b.WriteString("\n## Which stories show which invariant\n\n| invariant | stories |\n|---|---|\n")
	for n := 1; n <= 12; n++ {
		name := fmt.Sprintf("I%d", n)
		var shown []string
		for _, story := range stories {
			for _, proved := range story.Proves {
				if proved == name {
					shown = append(shown, story.File[:3])
				}
			}
		}
		if len(shown) > 0 {
			fmt.Fprintf(b, "| %s | %s |\n", name, strings.Join(shown, " "))
		}
	}
}
