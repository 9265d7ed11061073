package raynet_test

import (
	"net/http"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// Whatever RAYNET answers, a listing ends with things that have a name and a kind, or with a typed error; and a detail with
// the record that was asked for or none.
func FuzzRow(f *testing.F) {
	for _, row := range []string{
		`{"id":1,"_entityName":"Meeting","title":"a","scheduledFrom":"2026-03-05T09:30:00.000+01:00","scheduledTill":"2026-03-05T10:30:00.000+01:00","_version":3,"participants":[{"owner":true,"person":5,"name":"J"}],"description":"<p>x</p>","meetingPlace":"Brno"}`,
		`{"id":1,"_entityName":"PhoneCall","title":null,"scheduledFrom":"2026-03-05 09:30","scheduledTill":"9999-12-31 00:00","participants":null,"category":{"id":1,"value":"x"},"company":{"id":2,"name":"y"}}`,
		`{"id":1,"_entityName":"Task","title":"a","status":"COMPLETED","completed":"2026-03-05T09:30:00.000+01:00","tags":"a,b","person":{"id":2,"fullName":"y"}}`,
		`{"id":1,"_entityName":"Task","deadline":"9999-12-31 00:00","completed":"soon","tags":[1],"resolver":{"id":6},"participants":[{"owner":false,"person":6}]}`,
		`{"id":"1","_entityName":""}`, `{"id":1,"_entityName":"É","title":7}`, `[]`, `null`, `{"id":1,"id":2,"_entityName":"Event","meetingPlace":"\ud800"}`,
	} {
		f.Add(row)
	}
	f.Fuzz(func(t *testing.T, row string) {
		list := true
		client := bare(t, func(*http.Request) (int, string) {
			if list {
				return 200, `{"success":true,"totalCount":1,"data":[` + row + `]}`
			}
			return 200, `{"success":"true","data":` + row + `}`
		})
		round, err := client.Begin(t.Context(), kinds(), time.Unix(0, 0))
		if err != nil {
			asRemote(t, err)
		}
		for _, s := range round.Changed {
			if s.Ref.Type == "" || number(s.Ref.ID) == 0 || s.Kind != kindOf(s.Ref.Type) {
				t.Errorf("%+v", s)
			}
			if s.Kind != record.Calendar {
				continue
			}
			if again, err := record.ParseSpan(s.Fields[record.EventTime]); err != nil || again != s.Span {
				t.Errorf("time %q is %v, not %v: %v", s.Fields[record.EventTime], again, s.Span, err)
			}
		}
		list = false
		readings, err := client.Read(t.Context(), remote.Scope{Zone: "America/New_York"}, []remote.Ref{ref("meeting", 1)})
		if err != nil || readings[0].Presence == remote.Gone || (readings[0].Presence == remote.Present && readings[0].Snapshot.Ref != ref("meeting", 1)) {
			t.Errorf("%+v, %v", readings, err)
		}
	})
}

func number(id string) int { return numberOf(id) }

// kindOf is the kind of a type; what is not synchronised is told as of the calendar.
func kindOf(name string) record.Kind {
	if kind, ok := raynet.KindOf(name); ok {
		return kind
	}
	return record.Calendar
}
