package outlook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// shown are the fields that Outlook shows and that are written there.
var shownFields = []record.Field{
	record.EventSubject, record.EventTime, record.EventPlace, record.EventBody, record.EventImportance, record.EventCancelled,
}

func anyLine(label string) *rapid.Generator[record.Value] {
	return rapid.Custom(func(t *rapid.T) record.Value {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"Schůzka", "s", "klientem", "<b>&amp;</b>", "“Řež”", "🙂", "100 %", "a/b", "O'Neil", `"x"`, "+420"}), 0, 6).Draw(t, label)
		text := ""
		for _, word := range words {
			text += " " + word
		}
		return record.Line(text)
	})
}

func anyText(label string) *rapid.Generator[record.Value] {
	return rapid.Custom(func(t *rapid.T) record.Value {
		lines := rapid.SliceOfN(anyLine(label), 0, 5).Draw(t, label)
		text := ""
		for i, line := range lines {
			if i > 0 {
				text += "\n"
			}
			text += string(line)
		}
		return record.Value(record.Text(record.HTML(text)))
	})
}

// anySpan draws ordinary times, the hours around both changes of the clocks, and whole days.
func anySpan() *rapid.Generator[record.Value] {
	return rapid.Custom(func(t *rapid.T) record.Value {
		base := rapid.SampledFrom([]time.Time{
			time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), // Prague goes back on the 25th
			time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC), // New York goes back on 1 November
			time.Date(2027, 3, 14, 3, 0, 0, 0, time.UTC),
		}).Draw(t, "base")
		from := base.Add(time.Duration(rapid.IntRange(0, 10*60).Draw(t, "minutes")) * time.Minute)
		if rapid.Bool().Draw(t, "whole days") {
			return record.Days(from, from.AddDate(0, 0, rapid.IntRange(1, 4).Draw(t, "days"))).Value()
		}
		return record.Between(from, from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "length"))*time.Minute)).Value()
	})
}

func anyEvent() *rapid.Generator[record.Fields] {
	return rapid.Custom(func(t *rapid.T) record.Fields {
		return record.Fields{
			record.EventSubject:    anyLine("subject").Draw(t, "subject"),
			record.EventTime:       anySpan().Draw(t, "time"),
			record.EventPlace:      anyLine("place").Draw(t, "place"),
			record.EventBody:       anyText("body").Draw(t, "body"),
			record.EventImportance: rapid.SampledFrom([]record.Value{record.ImportanceLow, record.ImportanceNormal, record.ImportanceHigh}).Draw(t, "importance"),
			record.EventCancelled:  rapid.SampledFrom([]record.Value{"", record.Yes}).Draw(t, "cancelled"),
			record.EventCategory:   rapid.SampledFrom([]record.Value{"", "Obchod", "Servis"}).Draw(t, "category"),
			record.EventClient:     anyText("client").Draw(t, "client"),
		}
	})
}

// What is written comes back as the same canonical values, after the create and after every change of single fields.
func TestFieldsSurviveTheWay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		scope := w.scope
		scope.Zone = rapid.SampledFrom([]string{"Europe/Prague", "America/New_York", "Asia/Kolkata", "UTC", "Antarctica/Troll"}).Draw(t, "zone")
		write := func(write remote.Write) remote.Answer {
			requests, err := w.client.Compose(w.t.Context(), scope, write)
			if err != nil || len(requests) != 1 {
				t.Fatalf("compose: %d requests, %v", len(requests), err)
			}
			answer, err := w.client.Send(w.t.Context(), requests[0])
			if err != nil {
				t.Fatalf("send %s %s: %v", requests[0].Method, requests[0].Body, err)
			}
			return answer
		}
		want := anyEvent().Draw(t, "event")
		count++
		answer := write(w.creation(fmt.Sprintf("op-%d", count), want))
		check := func(when string, got remote.Snapshot) {
			t.Helper()
			if diff := cmp.Diff(want.Only(shownFields...), got.Fields.Only(shownFields...)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("the answer to the create", *answer.Snapshot)
		read := w.readOne(answer.Ref)
		check("after the create", read)
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			other := anyEvent().Draw(t, "edit")
			changed := record.Fields{}
			for _, name := range other.Sorted() {
				if rapid.Bool().Draw(t, string(name)) {
					changed[name], want[name] = other[name], other[name]
				}
			}
			if len(changed) == 0 {
				continue
			}
			check("the answer to the change", *write(remote.Write{Op: remote.Update, Side: record.Outlook, Fields: changed, Target: &read}).Snapshot)
			read = w.readOne(answer.Ref)
			check("after the change", read)
		}
	})
	if mails := w.server.AllMails(); len(mails) > 0 {
		t.Errorf("%d mails would have been sent", len(mails))
	}
}

// Half past two comes twice in the night when the clocks go back, and not at all when they go forward.
func TestTimesOfTheNightWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	w := setup(t)
	prague, err := zone.Load("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		name, time string
	}{
		{"first half past two", "2026-10-25T00:30Z/2026-10-25T01:00Z"},
		{"second half past two", "2026-10-25T01:30Z/2026-10-25T02:00Z"},
		{"from the first to the second", "2026-10-25T00:30Z/2026-10-25T01:30Z"},
		{"just before the missing hour", "2027-03-28T00:45Z/2027-03-28T01:15Z"},
		{"the day itself", "2026-10-25/2026-10-26"},
	} {
		fields := record.Fields{record.EventSubject: record.Value(test.name), record.EventTime: record.Value(test.time)}
		got := w.readOne(w.create(fmt.Sprint("night-", i), fields).Ref)
		if got.Fields[record.EventTime] != record.Value(test.time) {
			t.Errorf("%s (%s local): %s became %s", test.name, got.Span.From.In(prague), test.time, got.Fields[record.EventTime])
		}
	}
}
