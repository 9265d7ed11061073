package company_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/company"
	outlook "raynetsync/internal/remote/outlook/emulator"
	raynet "raynetsync/internal/remote/raynet/emulator"
)

func monday() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

func small() company.Options {
	return company.Options{Seed: 7, Mailboxes: 3, Items: 40, Now: monday(), Zone: "Europe/Prague"}
}

// world is both emulators, filled.
type world struct {
	company *company.Company
	raynet  *raynet.Server
	outlook *outlook.Server
	boxes   []string
	folders []string // the contact folder of each box that RAYNET sees
	lists   []string // and the task list
	ids     company.IDs
}

func fill(t *testing.T, options company.Options) *world {
	t.Helper()
	c := company.New(options)
	now := func() time.Time { return options.Now }
	w := &world{company: c, raynet: raynet.New(raynet.Options{Now: now}), outlook: outlook.New(outlook.Options{Now: now})}
	admin := w.raynet.Options().User
	for _, user := range c.Users {
		person, _ := w.raynet.AddUser(user.RaynetPerson(), user.Email, user.Role, c.Zone())
		w.ids.Users = append(w.ids.Users, person)
		w.boxes = append(w.boxes, w.outlook.AddMailbox(c.GraphUser(user)))
	}
	for _, client := range c.Clients {
		id, err := w.raynet.CreateAs(admin, "company", client.RaynetCompany())
		if err != nil {
			t.Fatal(err)
		}
		w.ids.Clients = append(w.ids.Clients, id)
	}
	for _, contact := range c.Contacts {
		id, err := w.raynet.CreateAs(admin, "person", contact.Body(w.ids))
		if err != nil {
			t.Fatal(err)
		}
		w.ids.Contacts = append(w.ids.Contacts, id)
	}
	for _, activity := range c.Activities {
		if _, err := w.raynet.CreateAs(c.Users[activity.Owner].Email, activity.Entity, activity.Body(w.ids)); err != nil {
			t.Fatalf("%v: %v", activity, err)
		}
	}
	for _, event := range c.Events {
		made, err := w.outlook.CreateAs(w.boxes[event.User], event.Body)
		if err != nil {
			t.Fatalf("%v: %v", event, err)
		}
		for _, date := range event.CancelDates {
			if err := w.outlook.CancelOccurrenceAs(w.boxes[event.User], made["id"].(string), date); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.fillOther(t)
	return w
}

// fillOther enters contacts and tasks.
func (w *world) fillOther(t *testing.T) {
	t.Helper()
	made := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, box := range w.boxes {
		folder, err := w.outlook.CreateContactFolderAs(box, company.Container)
		made(nil, err)
		list, err := w.outlook.CreateTaskListAs(box, company.Container)
		made(nil, err)
		w.folders, w.lists = append(w.folders, folder), append(w.lists, list)
	}
	for _, card := range w.company.Cards {
		body := maps.Clone(card.Body)
		if !card.Private {
			body["parentFolderId"] = w.folders[card.User]
		}
		made(w.outlook.CreateContactAs(w.boxes[card.User], body))
	}
	for _, task := range w.company.Tasks {
		author := w.company.Users[task.Owner].Email
		id, err := w.raynet.CreateAs(author, "task", task.Body(w.ids))
		made(nil, err)
		if !task.Finished.IsZero() {
			made(nil, w.raynet.EditAs(author, "task", id, w.company.Completion(task)))
		}
	}
	for _, todo := range w.company.Todos {
		list := ""
		if !todo.Private {
			list = w.lists[todo.User]
		}
		made(w.outlook.CreateTaskAs(w.boxes[todo.User], list, todo.Body))
	}
}

func TestTheEmulatorsTakeEverything(t *testing.T) {
	t.Parallel()
	w := fill(t, small())
	events := 0
	for _, box := range w.boxes {
		events += len(w.outlook.All(box))
	}
	tasks := len(w.raynet.All("task"))
	if got, want := len(w.raynet.All("activity"))-tasks+events, 3*40+3; got != want { // one thing per user is in both services
		t.Errorf("%d calendar items in both services, want %d", got, want)
	}
	people, todos := 0, 0
	for _, row := range w.raynet.All("person") {
		if row["owner"] != nil {
			people++
		}
	}
	for _, box := range w.boxes {
		people += len(w.outlook.Contacts(box))
		todos += len(w.outlook.Tasks(box))
	}
	if want := 3*20 + 2; people != want { // two of three users have something on both sides
		t.Errorf("%d contacts in both services, want %d", people, want)
	}
	if want := 3*20 + 2; tasks+todos != want {
		t.Errorf("%d tasks in both services, want %d", tasks+todos, want)
	}
}

func TestSameSeedSameCompany(t *testing.T) {
	t.Parallel()
	encode := func(options company.Options) string {
		c := company.New(options)
		text, err := json.Marshal([]any{c.Users, c.Clients, c.Contacts, c.Activities, c.Events, c.Cards, c.Tasks, c.Todos})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	other := small()
	other.Seed = 8
	if diff := cmp.Diff(encode(small()), encode(small())); diff != "" {
		t.Errorf("the same options gave two companies (-one +two):\n%s", diff)
	}
	if encode(small()) == encode(other) {
		t.Error("another seed gave the same company")
	}
}

func TestSomethingOfEverything(t *testing.T) {
	t.Parallel()
	c := company.New(small())
	seen := map[string]int{}
	for _, activity := range c.Activities {
		seen["raynet "+activity.Entity]++
		seen["raynet "+fmt.Sprint(activity.Fields["status"])]++
		if len(activity.Colleagues) > 0 {
			seen["with a colleague"]++
		}
	}
	for _, event := range c.Events {
		for _, key := range []string{"recurrence", "attendees", "isAllDay", "sensitivity", "categories"} {
			if event.Body[key] != nil {
				seen["outlook "+key]++
			}
		}
	}
	for _, contact := range c.Contacts {
		for _, key := range []string{"birthday", "privateAddress", "tags", "notice", "titleBefore"} {
			if contact.Owner >= 0 && contact.Fields[key] != nil {
				seen["person "+key]++
			}
		}
		if contact.Owner >= 0 && contact.Client < 0 {
			seen["person without employer"]++
		}
	}
	for _, card := range c.Cards {
		seen[fmt.Sprint("card private ", card.Private)]++
	}
	for _, task := range c.Tasks {
		seen["task "+fmt.Sprint(task.Fields["status"])]++
		if task.Owner != task.Resolver {
			seen["task of a colleague"]++
		}
	}
	for _, todo := range c.Todos {
		seen[fmt.Sprint("todo private ", todo.Private)]++
		for _, key := range []string{"recurrence", "dueDateTime", "status"} {
			if todo.Body[key] != nil {
				seen["todo "+key]++
			}
		}
	}
	for _, what := range []string{"person birthday", "person privateAddress", "person tags", "person notice", "person titleBefore",
		"person without employer", "card private true", "card private false", "task NEW", "task SCHEDULED", "task COMPLETED", "task CANCELLED",
		"task of a colleague", "todo private true", "todo private false", "todo recurrence", "todo dueDateTime", "todo status", "raynet meeting", "raynet event", "raynet phoneCall", "raynet SCHEDULED", "raynet COMPLETED", "raynet CANCELLED",
		"raynet NEW", "with a colleague", "outlook recurrence", "outlook attendees", "outlook isAllDay", "outlook sensitivity", "outlook categories"} {
		if seen[what] < 1 {
			t.Errorf("%s: none, want some; there is %v", what, seen)
		}
	}
}

func TestNobodyRealIsNamed(t *testing.T) {
	t.Parallel()
	c := company.New(company.Options{Seed: 1, Mailboxes: 30, Items: 100, Now: monday()})
	addresses := map[string]bool{}
	check := func(address, phone string) {
		if !strings.HasSuffix(address, ".example.cz") && !strings.HasSuffix(address, ".example.com") {
			t.Errorf("address %s is not obviously made up", address)
		}
		if strings.ContainsFunc(address, func(r rune) bool { return r > 127 || r == ' ' }) {
			t.Errorf("address %q is no address", address)
		}
		if !strings.HasPrefix(phone, "+420 000 ") {
			t.Errorf("phone %s is not obviously made up", phone)
		}
	}
	for _, user := range c.Users {
		check(user.Email, user.Phone)
		if addresses[user.Email] {
			t.Errorf("two users have the address %s", user.Email)
		}
		addresses[user.Email] = true
	}
	for _, contact := range c.Contacts {
		check(contact.Email, contact.Phone)
	}
	if len(c.Users) != 30 || len(c.Contacts) < 100 {
		t.Errorf("%d users and %d contacts, want 30 and at least 100", len(c.Users), len(c.Contacts))
	}
}

func TestPlainItemsAreDistinctAndInTheFuture(t *testing.T) {
	t.Parallel()
	c := company.New(company.Options{Seed: 3, Mailboxes: 2, Items: 3000, Now: monday(), Plain: true})
	if len(c.Activities) != 6000 || len(c.Events) != 0 {
		t.Fatalf("%d activities and %d events, want 6000 and 0", len(c.Activities), len(c.Events))
	}
	seen := map[string]bool{}
	for _, activity := range c.Activities {
		key := fmt.Sprint(activity.Owner, activity.Fields["title"], activity.Fields["scheduledFrom"])
		start, err := time.Parse("2006-01-02T15:04:05.000-07:00", fmt.Sprint(activity.Fields["scheduledFrom"]))
		if err != nil || seen[key] || !start.After(monday()) || start.After(monday().AddDate(0, 0, 360)) {
			t.Fatalf("%v: not distinct, or not within the next year (%v)", activity, err)
		}
		seen[key] = true
	}
}

func TestPlainPeopleAndTasksAreDistinct(t *testing.T) {
	t.Parallel()
	c := company.New(company.Options{Seed: 3, Mailboxes: 2, Items: 3000, Now: monday(), Plain: true, Kinds: []company.Kind{company.Contacts, company.Tasks}})
	if len(c.Activities) != 0 || len(c.Cards) != 0 || len(c.Todos) != 0 || len(c.Tasks) != 6000 {
		t.Fatalf("%d activities, %d cards, %d todos and %d tasks, want only 6000 tasks", len(c.Activities), len(c.Cards), len(c.Todos), len(c.Tasks))
	}
	seen, owned := map[string]bool{}, 0
	for _, contact := range c.Contacts {
		if seen[contact.Email] {
			t.Fatalf("two people have the address %s", contact.Email)
		}
		seen[contact.Email] = true
		if contact.Owner >= 0 {
			owned++
		}
	}
	if owned != 6000 {
		t.Errorf("%d people are somebody's, want 6000", owned)
	}
	for _, task := range c.Tasks {
		key := fmt.Sprint(task.Resolver, task.Fields["title"], task.Fields["deadline"])
		if seen[key] {
			t.Fatalf("two tasks are %s", key)
		}
		seen[key] = true
	}
}

// People go on working: every edit is taken by the service it is meant for, and all kinds of edits come up.
func TestEditsAreTaken(t *testing.T) {
	t.Parallel()
	w := fill(t, small())
	invitations := len(w.outlook.AllMails())
	told := map[string]int{}
	done := 0
	for edit := range w.company.Edits(rand.New(rand.NewPCG(1, 2))) {
		if done == 300 {
			break
		}
		done++
		items := w.items(edit)
		var item map[string]any
		if edit.Op != company.Create {
			i := edit.Choose(items)
			if i < 0 {
				continue
			}
			item = items[i]
		}
		told[string(edit.Kind)+" "+string(edit.Side)+" "+string(edit.Op)]++
		for _, language := range []string{"cs", "en"} {
			if said := edit.Say(language, item); !strings.Contains(said, edit.Title(item)) || edit.Title(item) == "" || strings.Contains(said, "%!") {
				t.Errorf("said %q about %q", said, edit.Title(item))
			}
		}
		if err := w.do(edit, item); err != nil {
			t.Fatalf("%s: %v", edit.Say("en", item), err)
		}
	}
	for _, kind := range company.Kinds() {
		for _, what := range []string{"raynet create", "raynet change", "outlook create", "outlook change", "raynet delete"} {
			if key := string(kind) + " " + what; told[key] < 3 {
				t.Errorf("%s: %d times in 300, want at least 3; there is %v", key, told[key], told)
			}
		}
	}
	if got := len(w.outlook.AllMails()); got != invitations || invitations == 0 {
		t.Errorf("%d mails, want only the %d invitations of the beginning", got, invitations)
	}
}

// items are those that an edit may be about.
func (w *world) items(edit company.Edit) []map[string]any {
	box := w.boxes[edit.User]
	switch {
	case edit.Kind == company.Contacts && edit.Side == company.Raynet:
		return w.raynet.All("person")
	case edit.Kind == company.Contacts:
		return slices.DeleteFunc(w.outlook.Contacts(box), func(c map[string]any) bool { return c["parentFolderId"] != w.folders[edit.User] })
	case edit.Kind == company.Tasks && edit.Side == company.Raynet:
		return w.raynet.All("task")
	case edit.Kind == company.Tasks:
		return slices.DeleteFunc(w.outlook.Tasks(box), func(c map[string]any) bool { return c["listId"] != w.lists[edit.User] })
	case edit.Side == company.Raynet:
		return w.raynet.All("activity")
	}
	return w.outlook.All(box)
}

func (w *world) do(edit company.Edit, item map[string]any) error {
	author, box := w.company.Users[edit.User].Email, w.boxes[edit.User]
	switch {
	case edit.Side == company.Raynet && edit.Op == company.Create:
		_, err := w.raynet.CreateAs(author, edit.Entity, edit.Body(w.ids))
		return err
	case edit.Side == company.Outlook:
		return w.doOutlook(edit, box, item)
	}
	entity := strings.ToLower(fmt.Sprint(item["_entityName"]))
	switch {
	case edit.Kind == company.Contacts:
		entity = "person"
	case edit.Kind == company.Tasks:
		entity = "task"
	case entity == "phonecall":
		entity = "phoneCall"
	}
	id := item["id"].(int64)
	if edit.Op == company.Delete {
		return w.raynet.DeleteAs(author, entity, id)
	}
	return w.raynet.EditAs(author, entity, id, edit.Patch(item))
}

func (w *world) doOutlook(edit company.Edit, box string, item map[string]any) error {
	type shelf struct {
		create func(string, map[string]any) (map[string]any, error)
		change func(string, string, map[string]any) error
	}
	on := map[company.Kind]shelf{
		company.Calendar: {w.outlook.CreateAs, w.outlook.EditAs},
		company.Contacts: {w.outlook.CreateContactAs, w.outlook.EditContactAs},
		company.Tasks: {func(box string, body map[string]any) (map[string]any, error) {
			return w.outlook.CreateTaskAs(box, w.lists[edit.User], body)
		}, w.outlook.EditTaskAs},
	}[edit.Kind]
	if edit.Op != company.Create {
		return on.change(box, item["id"].(string), edit.Patch(item))
	}
	body := maps.Clone(edit.Body(w.ids))
	if edit.Kind == company.Contacts {
		body["parentFolderId"] = w.folders[edit.User]
	}
	_, err := on.create(box, body)
	return err
}
