package crossing_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// oneWay is what is tried with a field that flows to Outlook alone.
type oneWay struct {
	// change lets somebody change in RAYNET what the field is made of; what Outlook must show is in wants, before and after it.
	change func(w *world, th thing) error
	wants  [2]string
	// edit is what somebody writes over it in Outlook.
	edit string
	// keeps says that the edit is what Outlook shows from then on: the field is written once.
	keeps bool
}

func contactOneWays() map[record.Field]oneWay {
	rename := func(phone, street string) func(*world, thing) error {
		return func(w *world, th thing) error {
			company := w.companies["Alfa s.r.o."]
			a, _ := w.raynet.Get("company", company)
			place := copied(stage.Object(a["primaryAddress"])["address"])
			delete(place, "countryCode")
			delete(place, "id")
			place["street"], place["country"] = street, "CZ"
			return w.raynet.ActAs(th.user.login, http.MethodPost, fmt.Sprintf("company/%d/address/%d", company, stage.Number(stage.Object(a["primaryAddress"])["id"])),
				map[string]any{"address": place, "contactInfo": map[string]any{"tel1": phone}})
		}
	}
	return map[record.Field]oneWay{
		record.ContactOffice: {change: rename("+420 500 000 001", "Nová 2"), wants: [2]string{"Dlouhá 1\nBrno\n\n602 00\nCZ", "Nová 2\nBrno\n\n602 00\nCZ"},
			edit: "Moje 3\nOlomouc"},
		record.ContactClient: {change: rename("+420 500 999 999", "Dlouhá 1"), wants: [2]string{"+420 500 000 001\nhttp://127.0.0.1/sample/?view=DetailView&en=Person&ei=ID",
			"+420 500 999 999\nhttp://127.0.0.1/sample/?view=DetailView&en=Person&ei=ID"}, edit: "moje poznámka v bloku"},
		record.ContactPhoto: {change: func(w *world, th thing) error {
			return w.raynet.SetPhotoAs(th.user.login, th.raynet, "image/png", []byte("obrázek 2"))
		}, wants: [2]string{"obrázek 1", "obrázek 2"}},
	}
}

func taskOneWays() map[record.Field]oneWay {
	edit := func(patch map[string]any) func(*world, thing) error {
		return func(w *world, th thing) error { return w.raynet.EditAs(th.user.login, "task", th.raynet, patch) }
	}
	return map[record.Field]oneWay{
		record.TaskCancelled: {change: edit(map[string]any{"status": "CANCELLED"}), wants: [2]string{"", "yes"}, edit: "yes"},
		record.TaskClient: {change: func(w *world, th thing) error {
			return w.raynet.EditAs(th.user.login, "task", th.raynet, map[string]any{"company": w.companies["Beta & syn"]})
		}, wants: [2]string{"Alfa s.r.o.", "Beta & syn"}, edit: "moje poznámka v bloku"},
		record.TaskReminder: {change: edit(map[string]any{"deadline": "2026-11-06T15:30:00.000+01:00"}),
			wants: [2]string{"2026-11-05T12:00Z", "2026-11-05T12:00Z"}, edit: "2026-11-01T08:00Z", keeps: true},
		record.TaskLink: {change: edit(map[string]any{"priority": "MINOR"}),
			wants: [2]string{"http://127.0.0.1/sample/?view=DetailView&en=Task&ei=ID", "http://127.0.0.1/sample/?view=DetailView&en=Task&ei=ID"},
			edit:  "https://jinde.example.cz/", keeps: true},
	}
}

// TestWhatFlowsToOutlookAlone: it arrives, a change of it arrives, and what somebody makes of it in Outlook stays there and is never
// carried back.
func TestWhatFlowsToOutlookAlone(t *testing.T) {
	t.Parallel()
	for kind, cases := range map[record.Kind]map[record.Field]oneWay{record.Contacts: contactOneWays(), record.Tasks: taskOneWays()} {
		for _, spec := range record.SchemaOf(kind).Fields {
			if spec.Flow == record.Both {
				continue
			}
			t.Run(string(spec.Name), func(t *testing.T) {
				t.Parallel()
				try, tried := cases[spec.Name]
				if !tried {
					t.Fatalf("%s flows to Outlook and has no case", spec.Name)
				}
				try.test(t, kind, spec.Name)
			})
		}
	}
}

func (o oneWay) test(t *testing.T, kind record.Kind, name record.Field) {
	w := setup(t, settings{photos: true})
	w.enrol(t, w.users[0], kind)
	th := w.makeInRaynet(t, w.users[0], kind, "Zkouška")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if kind == record.Contacts {
		w.set(t, th, record.Raynet, record.ContactCompany, "Alfa s.r.o.")
		check(w.raynet.SetPhotoAs(th.user.login, th.raynet, "image/png", []byte("obrázek 1")))
	} else {
		check(w.raynet.EditAs(th.user.login, "task", th.raynet, map[string]any{"company": w.companies["Alfa s.r.o."], "deadline": "2026-11-05T13:00:00.000+01:00"}))
	}
	w.sync(t)
	th = w.find(t, th)
	shows := func(when, want string) {
		t.Helper()
		want = strings.ReplaceAll(want, "ID", fmt.Sprint(th.raynet))
		if got := w.shows(th, record.Outlook)[name]; string(got) != want {
			t.Errorf("%s: Outlook shows %q, want %q", when, got, want)
		}
	}
	shows("after the first synchronisation", o.wants[0])
	w.rest(t, "first")
	before, _ := w.raynet.Get(th.entity(), th.raynet)
	if o.edit != "" {
		w.set(t, th, record.Outlook, name, o.edit)
		if again := w.sync(t); len(again.wrote) > 0 {
			t.Errorf("an edit in Outlook made us write:\n%s", strings.Join(again.wrote, "\n"))
		}
		shows("after somebody edited it in Outlook", o.edit)
	}
	after, _ := w.raynet.Get(th.entity(), th.raynet)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the edit was carried back (-before +after):\n%s", diff)
	}
	check(o.change(w, th))
	w.sync(t)
	if shows("after a change in RAYNET", map[bool]string{true: o.edit, false: o.wants[1]}[o.keeps]); !t.Failed() {
		w.rest(t, "change")
		w.quiet(t)
	}
}
