package outlook_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
)

// Our marks are shown by every read that asks for them, and find the copy again, each time with one request.
func TestContactMarks(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	w.put(typed())
	answer := w.create("OP-1", person)
	for name, search := range map[string]remote.Search{
		"key": {Key: "op-1", Type: "contact"}, "source": {Source: remote.Ref{Side: record.Raynet, Type: "phoneCall", ID: "4711"}},
		"request": {Like: &remote.Request{Key: "op-1"}},
	} {
		w.requests()
		found, err := w.client.Find(t.Context(), w.scope, search)
		if err != nil || len(found) != 1 || found[0].Ref != answer.Ref || found[0].Key != "op-1" || !found[0].MadeByUs || w.requests() != 1 {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	stamped, err := w.client.Stamps(t.Context(), w.scope)
	if err != nil || len(stamped) != 1 || stamped[0].Ref != answer.Ref {
		t.Errorf("stamps: %d, %v", len(stamped), err)
	}
	if _, err := w.client.Find(t.Context(), w.scope, remote.Search{}); remote.KindOf(err) != remote.Invalid {
		t.Errorf("a search for nothing: %v", err)
	}
	none, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1", Type: "event"})
	if err != nil || len(none) != 0 {
		t.Errorf("an event: %v, %v", none, err)
	}
	config := w.config
	config.Instance = "JinaFirma"
	if w.client, err = outlook.New(config); err != nil {
		t.Fatal(err)
	}
	if got := w.readOne(answer.Ref); got.Rule != remote.RuleForeign || got.Natural != nil {
		t.Errorf("seen by another instance: %+v", got)
	}
	w.scope.Container = ""
	found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
	stamps, failed := w.client.Stamps(t.Context(), w.scope)
	if err != nil || failed != nil || len(found)+len(stamps) != 0 {
		t.Errorf("without a folder: %d found, %d stamps, %v, %v", len(found), len(stamps), err, failed)
	}
}

// A create whose answer is lost is found by its key: nothing else keeps Graph from making a second one.
func TestContactCreateUnknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  chaos.Fault
		landed int
	}{
		"answer lost": {chaos.Fault{Effect: chaos.EffectLoseAnswer}, 1},
		"answer cut":  {chaos.Fault{Effect: chaos.EffectTruncate}, 1},
		"not arrived": {chaos.Fault{Effect: chaos.EffectDropRequest}, 0},
	} {
		w := contacts(t)
		w.uncheck()
		test.fault.Name, test.fault.Method, test.fault.Times = name, "POST", 1
		w.server.Layer().Set(test.fault)
		_, err := w.client.Send(t.Context(), w.compose(w.creation("op-1", person)))
		if failed := failure(t, err); !failed.Unknown {
			t.Errorf("%s: %v", name, failed)
		}
		found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
		if err != nil || len(found) != test.landed {
			t.Errorf("%s: %d landed, %v", name, len(found), err)
		}
	}
}

// What Outlook has no place for, or shows in another one, is told and never erased.
func TestContactLosses(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	long := record.Value(strings.Repeat("Ř", 300))
	short := record.Value(record.Truncate(string(long), 255))
	for _, test := range []struct {
		name   string
		start  map[string]any
		fields record.Fields
		shows  record.Fields
	}{
		{"a long name", typed(), record.Fields{record.ContactLast: long}, record.Fields{record.ContactLast: short}},
		{"first address removed", typed(), record.Fields{record.ContactEmail1: ""},
			record.Fields{record.ContactEmail1: "maly@doma.example", record.ContactEmail2: "treti@vzor.example"}},
		{"second address alone", map[string]any{"surname": "x"}, record.Fields{record.ContactEmail2: "a@vzor.example"},
			record.Fields{record.ContactEmail1: "a@vzor.example", record.ContactEmail2: ""}},
		{"first phone removed", typed(), record.Fields{record.ContactWork1: ""},
			record.Fields{record.ContactWork1: "222 333 445", record.ContactWork2: ""}},
		{"a year that is none", typed(), record.Fields{record.ContactBirthday: "1604-05-06"}, record.Fields{record.ContactBirthday: "1980-02-29"}},
		{"a day that is none", typed(), record.Fields{record.ContactBirthday: "1981-02-29"}, record.Fields{record.ContactBirthday: "1980-02-29"}},
	} {
		ref := w.put(test.start)
		fields := test.fields.Clone()
		fields[record.ContactJob] = "jinak"
		request := w.changeContact(ref, fields)
		if diff := cmp.Diff(test.shows, request.Shows); diff != "" {
			t.Errorf("%s shows (-want +got):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(test.shows, w.readOne(ref).Fields.Only(test.shows.Sorted()...)); diff != "" {
			t.Errorf("%s reads (-want +got):\n%s", test.name, diff)
		}
	}
	yearless := w.put(map[string]any{"surname": "x", "birthday": "1604-05-06T11:59:00Z"})
	if day, shown := w.readOne(yearless).Fields[record.ContactBirthday]; shown {
		t.Errorf("a day without a year is shown as %q", day)
	}
	if request := w.changeContact(yearless, record.Fields{record.ContactBirthday: ""}); request.Method != "" {
		t.Errorf("a day without a year is cleared: %s", request.Body)
	}
}

// Outlook has three addresses and five phones: a fourth address is never sent, and what RAYNET does not hold stays.
func TestContactSlots(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	ref := w.put(typed())
	w.changeContact(ref, record.Fields{record.ContactEmail2: "novy@doma.example", record.ContactMobile: "600"})
	shown := w.contact(ref)
	want := []any{
		map[string]any{"address": "Petr@Vzor.example", "name": "Jméno Petr@Vzor.example"},
		map[string]any{"address": "novy@doma.example", "name": "novy@doma.example"},
		map[string]any{"address": "treti@vzor.example", "name": "Jméno treti@vzor.example"},
	}
	if diff := cmp.Diff(want, shown["emailAddresses"]); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if len(shown["businessPhones"].([]any)) != 2 || len(shown["homePhones"].([]any)) != 2 || shown["mobilePhone"] != "600" {
		t.Errorf("phones: %v, %v, %v", shown["mobilePhone"], shown["businessPhones"], shown["homePhones"])
	}
	target := w.readOne(ref)
	request := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target,
		Fields: record.Fields{record.ContactEmail1: "ctvrty@vzor.example", record.ContactEmail2: "paty@vzor.example"}})
	if got := strings.Count(request.Body, `"address"`); got != 3 {
		t.Errorf("%d addresses are sent: %s", got, request.Body)
	}
	country := w.put(map[string]any{"surname": "x", "homeAddress": map[string]any{"city": "Wien", "countryOrRegion": "Österreich"}})
	if request := w.changeContact(country, record.Fields{record.ContactCountry: "AT"}); request.Method != "" {
		t.Errorf("the same country is written: %s", request.Body)
	}
	w.changeContact(country, record.Fields{record.ContactAddress: "\nSalzburg"})
	if diff := cmp.Diff(map[string]any{"city": "Salzburg", "countryOrRegion": "Österreich"}, w.contact(country)["homeAddress"]); diff != "" {
		t.Errorf("address (-want +got):\n%s", diff)
	}
}

// A change or removal needs the very state it was made for; a removal that was carried out is a success.
func TestContactRemoval(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	for _, erase := range []bool{false, true} {
		ref := w.put(typed())
		stale := w.readOne(ref)
		w.retype(ref, map[string]any{"jobTitle": "jinak"})
		drop := func(target remote.Snapshot) remote.Request {
			return w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target, Erase: erase})
		}
		if _, err := w.client.Send(t.Context(), drop(stale)); remote.KindOf(err) != remote.Conflict {
			t.Errorf("removal of an older state: %v", err)
		}
		update := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &stale, Fields: record.Fields{record.ContactFirst: "x"}})
		if _, err := w.client.Send(t.Context(), update); remote.KindOf(err) != remote.Conflict {
			t.Errorf("change of an older state: %v", err)
		}
		removal := drop(w.readOne(ref))
		if mails, why := outlook.Classify(removal); mails || erase != strings.HasSuffix(removal.Path, "/permanentDelete") {
			t.Errorf("%s %s: %s", removal.Method, removal.Path, why)
		}
		for range 2 {
			if answer := w.send(removal); answer.Ref != ref {
				t.Errorf("the answer names %s", answer.Ref)
			}
		}
		if _, there := w.server.Contact(w.jana, ref.ID); there {
			t.Error("it is still there")
		}
	}
	if mails := w.server.AllMails(); len(mails) > 0 {
		t.Errorf("%d mails would have been sent", len(mails))
	}
}

// Pictures are fetched when they are sent, after the contact they belong to, and pass the firewall in spite of their body.
func TestContactPhoto(t *testing.T) {
	t.Parallel()
	picture := append([]byte("\xff\xd8\xff"), bytes.Repeat([]byte{0, '{', 0xff}, 100)...)
	var failing error
	w := contacts(t, func(c *outlook.Config) {
		c.Photo = func(_ context.Context, id string) (string, []byte, error) {
			return "image/jpeg", append(picture, id...), failing
		}
	})
	fields := person.Clone()
	fields[record.ContactPhoto] = "71"
	requests, err := w.client.Compose(t.Context(), w.scope, w.creation("op-1", fields))
	if err != nil || len(requests) != 2 {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	made := w.send(requests[0])
	w.send(requests[1].For(made.Ref))
	if got, _ := w.server.ContactPhoto(w.jana, made.Ref.ID); !bytes.HasSuffix(got, []byte("71")) {
		t.Errorf("the photo has %d bytes", len(got))
	}
	if w.changeContact(made.Ref, record.Fields{record.ContactPhoto: "72"}).Header["X-Photo"] != "72" {
		t.Error("the photo is not named")
	}
	w.changeContact(made.Ref, record.Fields{record.ContactPhoto: ""})
	w.changeContact(made.Ref, record.Fields{record.ContactPhoto: ""}) // there is none any more
	if got, there := w.server.ContactPhoto(w.jana, made.Ref.ID); there {
		t.Errorf("the photo is still there with %d bytes", len(got))
	}
	for name, test := range map[string]struct {
		err  error
		want remote.ErrorKind
	}{
		"not allowed": {&remote.Error{Kind: remote.Forbidden, Side: record.Raynet}, remote.Invalid},
		"throttled":   {&remote.Error{Kind: remote.Throttled, Side: record.Raynet}, remote.Throttled},
		"down":        {errors.New("nobody there"), remote.Unavailable},
	} {
		failing = test.err
		if _, err := w.client.Send(t.Context(), requests[1].For(made.Ref)); remote.KindOf(err) != test.want || remote.IsUnknown(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	failing = &remote.Error{Kind: remote.NotFound, Side: record.Raynet}
	w.send(requests[1].For(made.Ref))
	failing, picture = nil, make([]byte, 5<<20)
	if _, err := w.client.Send(t.Context(), requests[1].For(made.Ref)); remote.KindOf(err) != remote.Invalid {
		t.Errorf("too large: %v", err)
	}
	astray := requests[1].For(made.Ref)
	astray.Path = strings.TrimSuffix(astray.Path, "/photo/$value")
	if _, err := w.client.Send(t.Context(), astray); remote.KindOf(err) != remote.Invalid {
		t.Errorf("a picture for something else: %v", err)
	}
	w = contacts(t)
	if requests, err := w.client.Compose(t.Context(), w.scope, w.creation("op-1", fields)); err != nil || len(requests) != 1 {
		t.Errorf("photos are off: %d requests, %v", len(requests), err)
	}
}

// What could never be written is refused before it is stored.
func TestComposeRefusesContacts(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	target := w.readOne(w.put(typed()))
	bare := target
	bare.Raw = nil
	none := w.scope
	none.Container = ""
	for name, test := range map[string]struct {
		scope remote.Scope
		write remote.Write
	}{
		"no key":        {w.scope, remote.Write{Op: remote.Create, Fields: person}},
		"no folder":     {none, remote.Write{Op: remote.Create, Key: "k", Fields: person}},
		"folder gone":   {none, remote.Write{Op: remote.Update, Target: &target, Fields: person}},
		"not read":      {w.scope, remote.Write{Op: remote.Update, Target: &bare, Fields: person}},
		"nothing to do": {w.scope, remote.Write{Op: remote.Delete}},
	} {
		if requests, err := w.client.Compose(t.Context(), test.scope, test.write); remote.KindOf(err) != remote.Invalid {
			t.Errorf("%s: %v, %v", name, requests, err)
		}
	}
	if requests, err := w.client.Compose(t.Context(), w.scope, remote.Write{Op: remote.Update, Target: &target, Fields: person}); err != nil || len(requests) != 0 {
		t.Errorf("nothing new: %v, %v", requests, err)
	}
}
