package scenario

import (
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// typeKey holds what a thing of Outlook is: "event", "contact" or "task". RAYNET's things name their entity themselves.
const typeKey = "_type"

// inRaynet finds the one thing with a title: an activity, a person or a company.
func (w *world) inRaynet(title string) (map[string]any, error) {
	found := w.allInRaynet(title)
	if len(found) != 1 {
		return nil, fmt.Errorf("RAYNET has %d things called %q", len(found), title)
	}
	return found[0], nil
}

func (w *world) allInRaynet(title string) []map[string]any {
	return slices.DeleteFunc(w.everythingInRaynet(), func(a map[string]any) bool { return raynetTitle(a) != title })
}

// everythingInRaynet lists activities, persons who are no users, and companies.
func (w *world) everythingInRaynet() []map[string]any {
	all := w.raynet.All("activity")
	for _, entity := range []string{"Person", "Company"} {
		for _, one := range w.raynet.All(strings.ToLower(entity)) {
			if one["_entityName"] = entity; entity != "Person" || one["activeUserAccount"] != true {
				all = append(all, one)
			}
		}
	}
	return all
}

// countInRaynet counts the things of some entities.
func (w *world) countInRaynet(entities ...string) int {
	n := 0
	for _, a := range w.everythingInRaynet() {
		if slices.Contains(entities, entityOf(a)) {
			n++
		}
	}
	return n
}

// raynetTitle is what people call a thing in RAYNET.
func raynetTitle(a map[string]any) string {
	switch entityOf(a) {
	case "person":
		return nameOfContact(record.Fields{
			record.ContactTitleBefore: value(a["titleBefore"]), record.ContactFirst: value(a["firstName"]), record.ContactLast: value(a["lastName"]),
			record.ContactTitleAfter: value(a["titleAfter"]), record.ContactEmail1: value(stage.Object(a["contactInfo"])["email"]),
			record.ContactCompany: value(stage.Object(stage.Object(a["primaryRelationship"])["company"])["name"]),
		})
	case "company":
		return stage.Text(a["name"])
	}
	return stage.Text(a["title"])
}

// inOutlook finds the one thing with a title in a mailbox: an event, a contact or a task.
func (w *world) inOutlook(p *person, title string) (map[string]any, error) {
	found := w.allInOutlook(p, title)
	if len(found) != 1 {
		return nil, fmt.Errorf("the mailbox of %s has %d things called %q", p.name, len(found), title)
	}
	return found[0], nil
}

func (w *world) allInOutlook(p *person, title string) []map[string]any {
	return slices.DeleteFunc(w.everythingInOutlook(p), func(e map[string]any) bool { return outlookTitle(e) != title })
}

// everythingInOutlook lists events, contacts and tasks of all calendars, folders and lists.
func (w *world) everythingInOutlook(p *person) []map[string]any {
	var all []map[string]any
	for _, of := range []struct {
		typ  string
		list []map[string]any
	}{{"event", w.outlook.All(p.mailbox)}, {"contact", w.outlook.Contacts(p.mailbox)}, {"task", w.outlook.Tasks(p.mailbox)}} {
		for _, one := range of.list {
			one[typeKey] = of.typ
			all = append(all, one)
		}
	}
	return all
}

func (w *world) countInOutlook(p *person, typ string) int {
	n := 0
	for _, e := range w.everythingInOutlook(p) {
		if e[typeKey] == typ {
			n++
		}
	}
	return n
}

// outlookTitle is what people call a thing in Outlook.
func outlookTitle(e map[string]any) string {
	switch e[typeKey] {
	case "contact":
		last := stage.Text(e["surname"])
		if last == "" && stage.Text(e["givenName"]) == "" {
			last = stage.Text(e["displayName"])
		}
		return nameOfContact(record.Fields{
			record.ContactTitleBefore: value(e["title"]), record.ContactFirst: value(e["givenName"]), record.ContactLast: record.Value(last),
			record.ContactTitleAfter: value(e["generation"]), record.ContactCompany: value(e["companyName"]),
			record.ContactEmail1: record.Value(addressAt(e, 0)),
		})
	case "task":
		return stage.Text(e["title"])
	}
	return stage.Text(e["subject"])
}

func nameOfContact(f record.Fields) string { return record.ContactSchema().TitleOf(f) }

func value(v any) record.Value { return record.Value(stage.Text(v)) }

// note remembers what everything is called now, so that it can be named when it is gone.
func (w *world) note() {
	for _, a := range w.everythingInRaynet() {
		w.titles[refOf(a)] = raynetTitle(a)
	}
	for _, p := range w.people {
		for _, e := range w.everythingInOutlook(p) {
			w.titles[remote.Ref{Side: record.Outlook, Type: stage.Text(e[typeKey]), ID: stage.Text(e["id"])}] = outlookTitle(e)
		}
	}
}

// titleOf names a thing as people know it.
func (w *world) titleOf(refs ...remote.Ref) string {
	for _, ref := range refs {
		if title, ok := w.titles[ref]; ok && title != "" {
			return title
		}
	}
	return ""
}

// refsOf lists everything that is or was called so.
func (w *world) refsOf(title string) []remote.Ref {
	w.note()
	var refs []remote.Ref
	for ref, known := range w.titles {
		if known == title {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(a, b remote.Ref) int { return strings.Compare(a.String(), b.String()) })
	return refs
}
