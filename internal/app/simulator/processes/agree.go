package processes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/stage"
)

// difference is something that does not agree yet.
type difference struct {
	says string
	refs []string
}

// differences (I1) compares both sides: what should be on the other side is, and says the same.
func (e *evidence) differences() (out []difference, compared int) {
	for _, canary := range sortedNotes(e.notes) {
		n := e.notes[canary]
		if n.private {
			continue
		}
		records, items := e.find(canary, isRecord), e.find(canary, inMailbox(n.user))
		switch {
		case len(records) > 0 && len(items) > 0:
			if n.guests {
				continue // what may be written to a meeting with guests is narrower
			}
			compared++
			out = append(out, compare(records[0], items[0])...)
		case len(records) > 0 && !e.deleted(canary, items0(n)):
			compared++
			out = append(out, difference{fmt.Sprintf("%s is not in the mailbox of %s", canary, e.users[n.user].login), []string{records[0].ref()}})
		case len(items) > 0 && !e.deleted(canary, "RAYNET"):
			compared++
			out = append(out, difference{fmt.Sprintf("%s of %s is not in RAYNET", canary, e.users[n.user].login), []string{items[0].ref()}})
		}
	}
	return out, compared
}

// items0 names the mailbox of a note as a write names it.
func items0(n note) string { return thing{side: inOutlook, user: n.user}.where() }

func sortedNotes(notes map[string]note) []string {
	var out []string
	for canary := range notes { // any order: sorted
		out = append(out, canary)
	}
	slices.Sort(out)
	return out
}

// compare compares a record with its item.
func compare(record, item thing) []difference {
	pairs := map[string][2]string{"title": {titleOf(record.raw), titleOf(item.raw)}}
	switch record.kind {
	case company.Calendar:
		pairs["place"] = [2]string{stage.Text(record.raw["meetingPlace"]), stage.Text(stage.Object(item.raw["location"])["displayName"])}
		pairs["start"] = [2]string{instant(record.raw["scheduledFrom"]), graphInstant(item.raw["start"])}
		pairs["end"] = [2]string{instant(record.raw["scheduledTill"]), graphInstant(item.raw["end"])}
		pairs["text"] = [2]string{inked(record.raw["description"]), inked(stage.Object(item.raw["body"])["content"])}
	case company.Contacts:
		address := ""
		if all := stage.List(item.raw["emailAddresses"]); len(all) > 0 {
			address = stage.Text(stage.Object(all[0])["address"])
		}
		pairs["address"] = [2]string{stage.Text(stage.Object(record.raw["contactInfo"])["email"]), address}
		pairs["notes"] = [2]string{inked(record.raw["notice"]), inked(item.raw["personalNotes"])}
	case company.Tasks:
		pairs["text"] = [2]string{inked(record.raw["description"]), inked(stage.Object(item.raw["body"])["content"])}
	}
	var out []difference
	for _, what := range []string{"title", "place", "start", "end", "text", "address", "notes"} {
		if pair := pairs[what]; pair[0] != pair[1] {
			out = append(out, difference{fmt.Sprintf("%s of %s differs: %q in RAYNET, %q in Outlook", what, record.canary, pair[0], pair[1]), []string{record.ref(), item.ref()}})
		}
	}
	return out
}

// inked are the values of a text, whatever form it has.
func inked(v any) string { return strings.Join(inks(v), " ") }

// instant is a moment of RAYNET, in UTC.
func instant(v any) string {
	at, err := time.Parse(raynetLayout, stage.Text(v))
	if err != nil {
		return "unreadable: " + stage.Text(v)
	}
	return at.UTC().Format(graphLayout)
}

// graphInstant is a moment of Graph, in UTC. The emulator shows moments in UTC unless it is asked otherwise.
func graphInstant(v any) string {
	o := stage.Object(v)
	if zone := stage.Text(o["timeZone"]); zone != "UTC" {
		here, err := time.LoadLocation(map[string]string{"Central Europe Standard Time": "Europe/Prague"}[zone])
		if err != nil {
			return "unknown zone: " + zone
		}
		at, err := time.ParseInLocation(graphLayout, cutFraction(o), here)
		if err != nil {
			return "unreadable: " + stage.Text(o["dateTime"])
		}
		return at.UTC().Format(graphLayout)
	}
	return cutFraction(o)
}

func cutFraction(moment map[string]any) string {
	whole, _, _ := strings.Cut(stage.Text(moment["dateTime"]), ".")
	return whole
}
