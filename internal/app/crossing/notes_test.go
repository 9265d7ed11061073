package crossing_test

import (
	"net/http"
	"strings"
	"testing"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// TestOwnTextBesideOurBlock: what people write around our block in Outlook, and what they write in RAYNET, survives each change of
// what stands in the block; and people's text of either side goes to the other without the block.
func TestOwnTextBesideOurBlock(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := setup(t, settings{})
			w.enrol(t, w.users[0], kind)
			name, block := record.ContactNotes, record.ContactClient
			if kind == record.Tasks {
				name, block = record.TaskBody, record.TaskClient
			}
			th := w.makeInRaynet(t, w.users[0], kind, "Zkouška")
			w.set(t, th, record.Raynet, name, "Text z RAYNETu\n\nšípek <tag>")
			w.client(t, th, "Alfa s.r.o.")
			w.sync(t)
			th = w.find(t, th)
			want := func(when, own, mentions string) {
				t.Helper()
				shown := w.shows(th, record.Outlook)
				if got := w.shows(th, record.Raynet)[name]; string(got) != own || string(shown[name]) != own {
					t.Errorf("%s: RAYNET has %q and Outlook %q, want %q", when, got, shown[name], own)
				}
				if !strings.Contains(string(shown[block]), mentions) {
					t.Errorf("%s: our block is %q, want %q in it", when, shown[block], mentions)
				}
			}
			first, second := "Alfa", "Beta"
			if kind == record.Contacts {
				first, second = "+420 500 000 001", "+420 600 000 000"
			}
			want("at first", "Text z RAYNETu\n\nšípek <tag>", first)
			w.write(t, th, func(content string) string {
				return "Nad ním\r\n" + content + "\r\nPod ním: " + strings.Repeat("slovo ", 50)
			})
			w.sync(t)
			around := "Nad ním\nText z RAYNETu\n\nšípek <tag>\n\nPod ním: " + strings.TrimSpace(strings.Repeat("slovo ", 50))
			want("after text around it in Outlook", around, first)
			w.client(t, th, "Beta & syn")
			w.sync(t)
			want("after the company changed", around, map[bool]string{true: "+420 500 000 001", false: second}[kind == record.Contacts])
			w.phone(t, th, "Beta & syn", "+420 600 000 000")
			w.set(t, th, record.Raynet, name, "Nový text\na 🎉")
			w.sync(t)
			want("after both changed in RAYNET", "Nový text\na 🎉", second)
			w.phone(t, th, "Beta & syn", "+420 700 000 000")
			w.set(t, th, record.Outlook, name, "Z Outlooku")
			w.sync(t)
			want("after the block changed there and the text here", "Z Outlooku", map[bool]string{true: "+420 700", false: second}[kind == record.Contacts])
			w.write(t, th, func(string) string { return "Jen já" })
			w.sync(t)
			if got := w.shows(th, record.Raynet)[name]; got != "Jen já" {
				t.Errorf("after somebody deleted our block: RAYNET has %q", got)
			}
			w.rest(t, "the end")
			w.quiet(t)
		})
	}
}

// client says for whom a task is, or where a person works.
func (w *world) client(t *testing.T, th thing, company string) {
	t.Helper()
	if th.kind == record.Contacts {
		w.set(t, th, record.Raynet, record.ContactCompany, company)
		return
	}
	if err := w.raynet.EditAs(th.user.login, "task", th.raynet, map[string]any{"company": w.companies[company]}); err != nil {
		t.Fatal(err)
	}
}

// phone changes the phone of a company.
func (w *world) phone(t *testing.T, th thing, company, phone string) {
	t.Helper()
	a, _ := w.raynet.Get("company", w.companies[company])
	place := copied(stage.Object(a["primaryAddress"])["address"])
	delete(place, "countryCode")
	delete(place, "id")
	place["country"] = "CZ"
	path := "company/" + idOf(a) + "/address/" + idOf(stage.Object(a["primaryAddress"]))
	if err := w.raynet.ActAs(th.user.login, http.MethodPost, path, map[string]any{"address": place, "contactInfo": map[string]any{"tel1": phone}}); err != nil {
		t.Fatal(err)
	}
}

// write lets somebody write into the whole text in Outlook, our block included.
func (w *world) write(t *testing.T, th thing, change func(string) string) {
	t.Helper()
	var err error
	if th.kind == record.Tasks {
		e, _ := w.outlook.Task(th.user.mailbox, th.id)
		err = w.outlook.EditTaskAs(th.user.mailbox, th.id, map[string]any{"body": map[string]any{"contentType": "text", "content": change(stage.Text(stage.Object(e["body"])["content"]))}})
	} else {
		e, _ := w.outlook.Contact(th.user.mailbox, th.id)
		err = w.outlook.EditContactAs(th.user.mailbox, th.id, map[string]any{"personalNotes": change(stage.Text(e["personalNotes"]))})
	}
	if err != nil {
		t.Fatal(err)
	}
}
