package browser_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
)

// hostile is a text that would do something on a page that trusted it. n tells where one that ran came from.
func hostile(n int) string {
	forms := []string{
		`<script>window.hacked=%d</script>`,
		`"><img src=x onerror="window.hacked=%d">`,
		`' autofocus onfocus='window.hacked=%d`,
		`</title></textarea></script><svg onload=window.hacked=%d>`,
		`javascript:window.hacked=%d`,
		"{{.}}{{printf \"%%s\" .Account}} %d \u202etxt.exe\u2066",
		"<scr\x00ipt>window.hacked=%d</scr\x00ipt>",
	}
	return fmt.Sprintf("H%d ", n) + fmt.Sprintf(forms[n%len(forms)], n)
}

// poison fills every text of both services with such texts.
func poison(t *testing.T, w *emulation.World) {
	t.Helper()
	p := &poisoner{t: t, w: w, author: w.Company.Users[0].Email}
	p.raynet()
	for i := range w.Company.Users {
		p.outlook(i)
	}
	if p.n < 60 {
		t.Fatalf("only %d texts were filled in", p.n)
	}
}

type poisoner struct {
	t      *testing.T
	w      *emulation.World
	author string
	n      int
}

func (p *poisoner) text() string {
	p.n++
	return hostile(p.n)
}

// must fails if a service did not take something.
func (p *poisoner) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *poisoner) raynet() {
	w := p.w
	client, err := w.Raynet.CreateAs(p.author, "company", map[string]any{"name": p.text(), "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER", "notice": p.text(),
		"addresses": []any{map[string]any{"address": map[string]any{"name": p.text(), "street": p.text(), "city": p.text()}, "contactInfo": map[string]any{"tel1": "1", "tel1Type": p.text()}}}})
	p.must("company", err)
	for i, user := range w.Company.Users {
		login, id := user.Email, w.IDs.Users[i]
		p.must("user", w.Raynet.EditAs(login, "person", id, map[string]any{"firstName": p.text(), "lastName": p.text(), "titleBefore": p.text()}))
		person, err := w.Raynet.CreateAs(login, "person", map[string]any{"firstName": p.text(), "lastName": p.text(), "titleBefore": p.text(), "titleAfter": p.text(),
			"notice": p.text(), "tags": []any{"H-" + fmt.Sprint(i)}, "owner": id, "relationship": map[string]any{"company": client, "type": p.text()},
			"contactInfo":    map[string]any{"email": fmt.Sprintf("h%d@example.com", i), "tel1": p.text(), "tel1Type": p.text(), "www": "javascript:window.hacked=1"},
			"privateAddress": map[string]any{"street": p.text(), "city": p.text(), "zipCode": p.text(), "country": "CZ"}})
		p.must("person", err)
		for j, entity := range []string{"meeting", "event", "phoneCall"} {
			start := w.Company.Activities[0].Fields["scheduledFrom"]
			if next := time.Now().AddDate(0, 0, 3+j); start != nil {
				start = next.Format("2006-01-02 09:00")
			}
			body := map[string]any{"title": p.text(), "description": p.text(), "priority": "DEFAULT", "status": "SCHEDULED", "owner": id, "company": client,
				"scheduledFrom": start, "scheduledTill": strings.Replace(start.(string), "09:00", "10:00", 1), "participants": []any{map[string]any{"person": person}}}
			if entity != "phoneCall" {
				body["meetingPlace"] = p.text()
			}
			_, err := w.Raynet.CreateAs(login, entity, body)
			p.must(entity, err)
		}
		_, err = w.Raynet.CreateAs(login, "task", map[string]any{"title": p.text(), "description": p.text(), "priority": "DEFAULT", "status": "NEW", "owner": id, "company": client,
			"deadline": time.Now().AddDate(0, 0, 5).Format("2006-01-02 15:00"), "participants": []any{map[string]any{"person": id, "isResolver": true}}})
		p.must("task", err)
	}
}

func (p *poisoner) outlook(user int) {
	w, mailbox := p.w, p.w.Company.Users[user].Email
	p.must("user", w.Outlook.EditUser(mailbox, map[string]any{"displayName": p.text(), "givenName": p.text(), "surname": p.text(), "jobTitle": p.text()}))
	at := func(days, hour int) map[string]any {
		return map[string]any{"dateTime": time.Now().AddDate(0, 0, days).Format("2006-01-02") + fmt.Sprintf("T%02d:00:00", hour), "timeZone": "UTC"}
	}
	for day, content := range []string{"text", "html"} {
		_, err := w.Outlook.CreateAs(mailbox, map[string]any{"subject": p.text(), "body": map[string]any{"contentType": content, "content": p.text()}, "start": at(8+day, 9), "end": at(8+day, 10),
			"location": map[string]any{"displayName": p.text()}, "categories": []any{"RAYNET", p.text()}})
		p.must("event", err)
	}
	_, err := w.Outlook.CreateAs(mailbox, map[string]any{"subject": p.text(), "start": at(9, 12), "end": at(9, 13), "categories": []any{"RAYNET"},
		"attendees": []any{map[string]any{"type": "required", "emailAddress": map[string]any{"name": p.text(), "address": "h@example.com"}}}})
	p.must("event with attendees", err)
	_, folder := w.Place(company.Contacts, mailbox)
	if folder == "" {
		folder, err = w.Outlook.CreateContactFolderAs(mailbox, company.Container)
		p.must("folder", err)
	}
	_, err = w.Outlook.CreateContactAs(mailbox, map[string]any{"parentFolderId": folder, "givenName": p.text(), "surname": p.text(), "displayName": p.text(), "title": p.text(), "companyName": p.text(),
		"jobTitle": p.text(), "personalNotes": p.text(), "categories": []any{p.text()}, "mobilePhone": p.text(), "businessPhones": []any{p.text()}, "businessHomePage": "javascript:window.hacked=1",
		"emailAddresses":  []any{map[string]any{"name": p.text(), "address": "h2@example.com"}},
		"businessAddress": map[string]any{"street": p.text(), "city": p.text(), "postalCode": p.text(), "countryOrRegion": p.text()}})
	p.must("contact", err)
	_, list := w.Place(company.Tasks, mailbox)
	if list == "" {
		list, err = w.Outlook.CreateTaskListAs(mailbox, company.Container)
		p.must("list", err)
	}
	_, err = w.Outlook.CreateTaskAs(mailbox, list, map[string]any{"title": p.text(), "body": map[string]any{"contentType": "text", "content": p.text()}, "categories": []any{p.text()}, "dueDateTime": at(4, 0)})
	p.must("task", err)
}

// No text of either service runs, wherever it is shown; it is read as what it is.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	h := plan{Options: emulation.Options{Seed: 5, Plain: true, Items: 1, Mailboxes: 2}, ready: true, prepare: poison,
		settings: []string{"RAYNETSYNC_SYNC_CLASH_CALENDAR=ask", "RAYNETSYNC_SYNC_CLASH_CONTACTS=ask", "RAYNETSYNC_SYNC_CLASH_TASKS=ask"}}.begin(t)
	b := h.first(t, "cs")
	b.open("/sync").send("/sync").want("/sync").settled()
	h.differ(t, 1000)
	b.open("/sync").send("/sync").want("/sync").settled()
	b.open("/review").want("/review", "window.hacked")
	seen := b.crawl("/", "/users", "/items?titles=1&text=H", "/items?state=linked&titles=1", "/review", "/journal", "/settings", "/settings/preview", "/health")
	if len(seen) < 25 {
		t.Errorf("only %d pages were seen: %v", len(seen), seen)
	}
	b.open("/review").press("main tbody a").tick("[name=choice]", true).follow("Nejdřív ukázat").want(b.path(), "window.hacked")
	b.follow("Provést").settled().want("/review/done", "window.hacked")
	h.differ(t, 2000)
	b.open("/settings").choose("sync.deleted_in_raynet", "unlink").sendWith("sync.deleted_in_raynet").want("/settings/preview").settled().want("/settings/preview", "window.hacked")
	for path, parts := range map[string][]string{
		"/users": {"window.hacked="}, "/journal": {"<script>window.hacked=", "javascript:window.hacked=", "{{.}}{{printf"},
		"/items?titles=1&text=H": {"window.hacked="}, "/review": {"window.hacked="},
	} {
		b.open(path).want(b.path(), parts...)
	}
}

// differ changes everything that is on both sides: one half of it on both at once, to be decided, the other on one.
func (h *house) differ(t *testing.T, from int) {
	t.Helper()
	p := &poisoner{t: t, w: h.World, n: from}
	for i, entity := range []string{"meeting", "event", "phoneCall", "task"} {
		for j, row := range h.Raynet.All(entity) {
			if title, _ := row["title"].(string); (i+j)%2 == 0 && strings.HasPrefix(title, "H") {
				p.must(entity, h.Raynet.EditAs(p.author, entity, row["id"].(int64), map[string]any{"title": p.text(), "description": p.text()}))
			}
		}
	}
	for _, row := range h.Raynet.All("person") {
		if name, _ := row["firstName"].(string); strings.HasPrefix(name, "H") {
			p.must("person", h.Raynet.EditAs(p.author, "person", row["id"].(int64), map[string]any{"firstName": p.text(), "notice": p.text()}))
		}
	}
	for _, user := range h.Company.Users {
		for _, kind := range company.Kinds() {
			shelf, field := h.Shelf(kind), map[company.Kind]string{company.Calendar: "subject", company.Contacts: "givenName", company.Tasks: "title"}[kind]
			for _, item := range shelf.All(user.Email) {
				if title, _ := item[field].(string); strings.HasPrefix(title, "H") {
					p.must(string(kind), shelf.Edit(user.Email, item["id"].(string), map[string]any{field: p.text()}))
				}
			}
		}
	}
}

// crawl follows every link of the site from the given pages on, two of each sort, and returns what it saw.
func (b *tab) crawl(paths ...string) []string {
	b.t.Helper()
	seen, sorts := map[string]bool{}, map[string]int{}
	var out []string
	for len(paths) > 0 {
		path := paths[0]
		paths = paths[1:]
		parsed, err := url.Parse(path)
		if err != nil {
			b.t.Fatal(err)
		}
		sort := sortOf(parsed)
		if seen[path] || sorts[sort] >= 2 {
			continue
		}
		seen[path] = true
		b.open(path)
		if b.page.Status >= 400 {
			b.t.Errorf("%s = %d:\n%s", path, b.page.Status, b.page.Text)
			continue
		}
		sorts[sort]++
		out = append(out, path)
		links, err := evaluate[[]string](b, `[...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin && !a.getAttribute('href').startsWith('#')).map(a => a.pathname + a.search)`)
		if err != nil {
			b.t.Fatal(err)
		}
		slices.Sort(links)
		paths = append(paths, slices.Compact(links)...)
	}
	return out
}

// sortOf is what addresses of the same page have in common.
func sortOf(address *url.URL) string {
	parts := strings.Split(strings.Trim(address.Path, "/"), "/")
	if len(parts) > 1 && (parts[0] == "users" || parts[0] == "review" || parts[0] == "items" || parts[0] == "accounts" || len(parts) > 2 && parts[1] == "users") {
		parts[len(parts)-1] = "*"
	}
	var keys []string
	for key := range address.Query() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(parts, "/") + "?" + strings.Join(keys, "&")
}
