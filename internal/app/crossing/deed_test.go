package crossing_test

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

// This file is what people do. A value is what a person types: canonical or not; of an address and a list of words it is the
// canonical text, and an empty one clears.

// set lets somebody set a field on one side.
func (w *world) set(t tester, th thing, side record.Side, name record.Field, value string) {
	t.Helper()
	var err error
	switch {
	case side == record.Raynet && th.kind == record.Tasks:
		err = w.raynet.EditAs(th.user.login, "task", th.raynet, taskInRaynet(name, value))
	case side == record.Raynet:
		err = w.editPerson(th, name, value)
	case th.kind == record.Tasks:
		err = w.outlook.EditTaskAs(th.user.mailbox, th.id, w.taskInOutlook(th, name, value))
	default:
		err = w.outlook.EditContactAs(th.user.mailbox, th.id, w.contactInOutlook(th, name, value))
	}
	if err != nil {
		t.Fatalf("set %s to %q in %s: %v", name, value, side, err)
	}
}

// plainKeys lists the fields that both services hold as one text of the record.
func plainKeys(side record.Side) map[record.Field]string {
	if side == record.Raynet {
		return map[record.Field]string{record.ContactTitleBefore: "titleBefore", record.ContactFirst: "firstName", record.ContactLast: "lastName",
			record.ContactTitleAfter: "titleAfter"}
	}
	return map[record.Field]string{record.ContactTitleBefore: "title", record.ContactFirst: "givenName", record.ContactLast: "surname",
		record.ContactTitleAfter: "generation", record.ContactCompany: "companyName", record.ContactJob: "jobTitle",
		record.ContactMobile: "mobilePhone", record.ContactWeb: "businessHomePage"}
}

func (w *world) editPerson(th thing, name record.Field, value string) error {
	a, _ := w.raynet.Get("person", th.raynet)
	reach, place := copied(a["contactInfo"]), copied(a["privateAddress"])
	if code := stage.Text(place["countryCode"]); code != "" {
		place["country"] = code
	}
	delete(place, "countryCode")
	delete(place, "id")
	patch := map[string]any{}
	key, plain := plainKeys(record.Raynet)[name]
	switch {
	case plain:
		patch[key] = value
	case slices.Contains(record.Phones(), name):
		putPhone(reach, name, value)
		patch["contactInfo"] = reach
	case name == record.ContactEmail1 || name == record.ContactEmail2 || name == record.ContactWeb:
		place := map[record.Field]string{record.ContactEmail1: "email", record.ContactEmail2: "email2", record.ContactWeb: "www"}[name]
		reach[place] = value
		patch["contactInfo"] = reach
	case name == record.ContactAddress:
		to := record.ParseAddress(record.Value(value))
		place["street"], place["city"], place["province"], place["zipCode"] = to.Street, to.City, to.Region, to.Zip
		patch["privateAddress"] = place
	case name == record.ContactCountry:
		place["country"] = value
		patch["privateAddress"] = place
	case name == record.ContactBirthday:
		patch["birthday"] = value
	case name == record.ContactNotes:
		patch["notice"] = asHTML(value)
	case name == record.ContactCategories:
		patch["tags"] = words(value)
	case name == record.ContactCompany:
		return w.employ(th, stage.Object(a["primaryRelationship"]), value, nil)
	case name == record.ContactJob:
		return w.employ(th, stage.Object(a["primaryRelationship"]), stage.Text(stage.Object(stage.Object(a["primaryRelationship"])["company"])["name"]), &value)
	default:
		return fmt.Errorf("nobody knows how to set %s in RAYNET", name)
	}
	return w.raynet.EditAs(th.user.login, "person", th.raynet, patch)
}

// employ gives a person an employer and a job, or takes the employer away.
func (w *world) employ(th thing, now map[string]any, company string, job *string) error {
	path := fmt.Sprintf("person/%d/relationship/", th.raynet)
	relation := map[string]any{"company": w.companies[company], "type": stage.Text(now["type"])}
	if job != nil {
		relation["type"] = *job
	}
	if stage.Text(relation["type"]) == "" {
		relation["type"] = "–"
	}
	switch {
	case now == nil && company == "":
		return nil
	case now == nil:
		return w.raynet.ActAs(th.user.login, http.MethodPut, path, relation)
	case company == "":
		return w.raynet.ActAs(th.user.login, http.MethodDelete, path+fmt.Sprint(stage.Number(now["id"])), nil)
	}
	return w.raynet.ActAs(th.user.login, http.MethodPost, path+fmt.Sprint(stage.Number(now["id"])), relation)
}

// putPhone writes a number where the field is shown, or into a free place; it does nothing where there is none.
func putPhone(reach map[string]any, name record.Field, value string) {
	taken := map[record.Field]string{}
	for _, slot := range []string{"tel1", "tel2"} {
		for _, place := range placesOf(stage.Text(reach[slot+"Type"])) {
			if stage.Text(reach[slot]) != "" && taken[place] == "" {
				taken[place] = slot
				break
			}
		}
	}
	slot := taken[name]
	for _, free := range []string{"tel1", "tel2"} {
		if slot == "" && stage.Text(reach[free]) == "" && value != "" {
			slot = free
			reach[slot+"Type"] = map[record.Field]string{record.ContactMobile: "mobil", record.ContactHome1: "domů", record.ContactHome2: "domů"}[name]
			if reach[slot+"Type"] == "" {
				reach[slot+"Type"] = "pevná linka"
			}
		}
	}
	if slot == "" {
		return
	}
	if reach[slot] = value; value == "" {
		reach[slot+"Type"] = ""
	}
}

func copied(v any) map[string]any {
	out := map[string]any{}
	for key, value := range stage.Object(v) {
		if value != nil {
			out[key] = value
		}
	}
	return out
}

// words parts the canonical form of a list.
func words(value string) []any {
	out := []any{}
	for _, word := range record.ParseSet(record.Value(value)) {
		out = append(out, word)
	}
	return out
}

// asHTML is a text as RAYNET's editor writes it; what is HTML stays.
func asHTML(value string) string {
	if value == "" || strings.HasPrefix(value, "<") {
		return value
	}
	var b strings.Builder
	for line := range strings.SplitSeq(value, "\n") {
		if line = html.EscapeString(line); line == "" {
			line = "<br>"
		}
		b.WriteString("<p>" + line + "</p>")
	}
	return b.String()
}

func (w *world) contactInOutlook(th thing, name record.Field, value string) map[string]any {
	e, _ := w.outlook.Contact(th.user.mailbox, th.id)
	if key, plain := plainKeys(record.Outlook)[name]; plain {
		return map[string]any{key: value}
	}
	place := copied(e["homeAddress"])
	switch name {
	case record.ContactEmail1:
		return map[string]any{"emailAddresses": slotted(stage.List(e["emailAddresses"]), 0, value, map[string]any{"address": value, "name": value})}
	case record.ContactEmail2:
		return map[string]any{"emailAddresses": slotted(stage.List(e["emailAddresses"]), 1, value, map[string]any{"address": value, "name": value})}
	case record.ContactWork1:
		return map[string]any{"businessPhones": slotted(stage.List(e["businessPhones"]), 0, value, value)}
	case record.ContactWork2:
		return map[string]any{"businessPhones": slotted(stage.List(e["businessPhones"]), 1, value, value)}
	case record.ContactHome1:
		return map[string]any{"homePhones": slotted(stage.List(e["homePhones"]), 0, value, value)}
	case record.ContactHome2:
		return map[string]any{"homePhones": slotted(stage.List(e["homePhones"]), 1, value, value)}
	case record.ContactAddress:
		to := record.ParseAddress(record.Value(value))
		place["street"], place["city"], place["state"], place["postalCode"] = to.Street, to.City, to.Region, to.Zip
		return map[string]any{"homeAddress": place}
	case record.ContactCountry:
		place["countryOrRegion"] = value
		return map[string]any{"homeAddress": place}
	case record.ContactBirthday:
		if value == "" {
			return map[string]any{"birthday": nil}
		}
		return map[string]any{"birthday": value + "T00:00:00Z"}
	case record.ContactNotes:
		return map[string]any{"personalNotes": record.ComposePlain(stage.Text(e["personalNotes"]), &value, nil)}
	case record.ContactCategories:
		return map[string]any{"categories": words(value)}
	case record.ContactOffice:
		to := record.ParseAddress(record.Value(value))
		return map[string]any{"businessAddress": map[string]any{"street": to.Street, "city": to.City, "postalCode": to.Zip}}
	case record.ContactClient:
		return map[string]any{"personalNotes": record.ComposePlain(stage.Text(e["personalNotes"]), nil, &value)}
	}
	return nil
}

// slotted puts an entry into its place of a list; an empty value takes the place away, and what comes after moves up.
func slotted(of []any, i int, value string, entry any) []any {
	switch {
	case value == "" && i < len(of):
		return slices.Delete(of, i, i+1)
	case value == "":
		return of
	case i < len(of):
		of[i] = entry
		return of
	}
	return append(of, entry)
}

func taskInRaynet(name record.Field, value string) map[string]any {
	switch name {
	case record.TaskSubject:
		return map[string]any{"title": value}
	case record.TaskDue:
		where, _ := time.LoadLocation(home)
		deadline, _ := time.ParseInLocation("2006-01-02 15:04", value+" 15:30", where)
		return map[string]any{"deadline": deadline.Format(isoLayout)}
	case record.TaskImportance:
		return map[string]any{"priority": map[string]string{"low": "MINOR", "high": "CRITICAL"}[value] + map[string]string{"normal": "DEFAULT"}[value]}
	case record.TaskDone:
		return map[string]any{"status": map[bool]string{true: "COMPLETED", false: "NEW"}[value != ""]}
	case record.TaskCancelled:
		return map[string]any{"status": map[bool]string{true: "CANCELLED", false: "NEW"}[value != ""]}
	case record.TaskBody:
		return map[string]any{"description": asHTML(value)}
	case record.TaskCategories:
		return map[string]any{"tags": words(value)}
	}
	return nil
}

func (w *world) taskInOutlook(th thing, name record.Field, value string) map[string]any {
	e, _ := w.outlook.Task(th.user.mailbox, th.id)
	body := func(content string) map[string]any {
		return map[string]any{"body": map[string]any{"contentType": "text", "content": content}}
	}
	was := stage.Text(stage.Object(e["body"])["content"])
	switch name {
	case record.TaskSubject:
		return map[string]any{"title": value}
	case record.TaskDue:
		if value == "" {
			return map[string]any{"dueDateTime": nil}
		}
		windows, _ := zone.Windows(home)
		return map[string]any{"dueDateTime": map[string]any{"dateTime": value + "T00:00:00.0000000", "timeZone": windows}}
	case record.TaskImportance:
		return map[string]any{"importance": value}
	case record.TaskDone:
		return map[string]any{"status": map[bool]string{true: "completed", false: "notStarted"}[value != ""]}
	case record.TaskBody:
		return body(record.ComposePlain(was, &value, nil))
	case record.TaskClient:
		return body(record.ComposePlain(was, nil, &value))
	case record.TaskCategories:
		return map[string]any{"categories": words(value)}
	case record.TaskCancelled:
		return map[string]any{"categories": []any{"RAYNET: zrušeno"}}
	case record.TaskReminder:
		return map[string]any{"reminderDateTime": map[string]any{"dateTime": strings.TrimSuffix(value, "Z") + ":00", "timeZone": "UTC"}}
	case record.TaskLink:
		return map[string]any{"linkedResources": []any{map[string]any{"webUrl": value, "applicationName": "jiná"}}}
	}
	return nil
}
