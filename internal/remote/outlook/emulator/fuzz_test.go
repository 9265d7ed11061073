package emulator_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote/outlook/emulator"
)

// FuzzWrites checks that no event body makes the emulator fall over: it is taken or refused.
func FuzzWrites(f *testing.F) {
	for _, e := range []map[string]any{
		meeting("a", "2026-03-10T10:00"), meeting("a", "2026-03-23T09:00", weekly("monday")),
		meeting("a", "2026-03-10T10:00", map[string]any{"location": map[string]any{"displayName": "x", "locationType": ""}}),
		meeting("a", "2026-03-10T10:00", map[string]any{"attendees": []any{map[string]any{"emailAddress": map[string]any{"address": "x"}}}}),
		{"subject": nil, "start": nil}, {"body": map[string]any{"contentType": "html", "content": "<p"}},
	} {
		data, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, body string) {
		var event map[string]any
		if json.Unmarshal([]byte(body), &event) != nil || event == nil {
			return
		}
		srv := emulator.New(emulator.Options{})
		srv.AddMailbox(map[string]any{"userPrincipalName": anna})
		made, err := srv.CreateAs(anna, event)
		if err == nil && len(srv.All(anna)) != 1 {
			t.Errorf("created %v and shows %d events", made["id"], len(srv.All(anna)))
		}
		if err != nil && len(srv.All(anna)) != 0 {
			t.Errorf("refused with %v and shows %d events", err, len(srv.All(anna)))
		}
	})
}

// FuzzContactWrites checks the same of contacts, and that what was taken can be written back.
func FuzzContactWrites(f *testing.F) {
	for _, c := range []map[string]any{
		fullContact(), {"emailAddresses": []any{map[string]any{"address": "x"}}}, {"homeAddress": map[string]any{"city": nil}}, {"birthday": "0001-01-01T00:00:00Z"},
	} {
		data, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, body string) {
		var contact map[string]any
		if json.Unmarshal([]byte(body), &contact) != nil || contact == nil {
			return
		}
		delete(contact, "parentFolderId")
		srv := emulator.New(emulator.Options{})
		srv.AddMailbox(map[string]any{"userPrincipalName": anna})
		made, err := srv.CreateContactAs(anna, contact)
		if err != nil {
			if len(srv.Contacts(anna)) != 0 {
				t.Errorf("refused with %v and there", err)
			}
			return
		}
		if err := srv.EditContactAs(anna, str(made["id"]), made); err != nil && len(str(made["displayName"])) < 256 && len(str(made["fileAs"])) < 256 {
			t.Errorf("shows what it doesn't take: %v", err)
		}
	})
}
