package crossing_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
	"raynetsync/internal/record/zone"
)

// This file is the tests' own reading of what both services hold. It must not use the clients: what they misread it shows.

// countries is made once: it takes longer than a synchronisation.
var countries = sync.OnceValue(country.New)

func at(v any, i int) any {
	if l := stage.List(v); i < len(l) {
		return l[i]
	}
	return nil
}

// raynetPerson reads a person.
func (w *world) raynetPerson(id int64) record.Fields {
	a, _ := w.raynet.Get("person", id)
	reach, home, relation := stage.Object(a["contactInfo"]), stage.Object(a["privateAddress"]), stage.Object(a["primaryRelationship"])
	f := record.Fields{
		record.ContactTitleBefore: record.Line(stage.Text(a["titleBefore"])), record.ContactFirst: record.Line(stage.Text(a["firstName"])),
		record.ContactLast:       record.Line(strings.TrimPrefix(stage.Text(a["lastName"]), "(bez příjmení)")),
		record.ContactTitleAfter: record.Line(stage.Text(a["titleAfter"])),
		record.ContactCompany:    record.Line(stage.Text(stage.Object(relation["company"])["name"])),
		record.ContactJob:        record.Line(strings.TrimPrefix(stage.Text(relation["type"]), "–")),
		record.ContactAddress: record.Address{Street: stage.Text(home["street"]), City: stage.Text(home["city"]), Region: stage.Text(home["province"]),
			Zip: stage.Text(home["zipCode"])}.Value(),
		record.ContactCountry: record.Value(stage.Text(home["countryCode"])), record.ContactWeb: record.Line(stage.Text(reach["www"])),
		record.ContactBirthday:   record.Value(stage.Text(a["birthday"])),
		record.ContactNotes:      record.Value(record.ParseBody(stage.Text(a["notice"])).Own),
		record.ContactCategories: record.Set(stage.Texts(a["tags"])),
	}
	f[record.ContactEmail1], f[record.ContactEmail2] = addresses(stage.Text(reach["email"]), stage.Text(reach["email2"]))
	for _, name := range record.Phones() {
		f[name] = ""
	}
	for _, slot := range []string{"tel1", "tel2"} {
		if n := record.Line(stage.Text(reach[slot])); n != "" {
			for _, name := range placesOf(stage.Text(reach[slot+"Type"])) {
				if f[name] == "" {
					f[name] = n
					break
				}
			}
		}
	}
	return f
}

// placesOf are the fields in which a phone with that type of RAYNET may be shown.
func placesOf(kind string) []record.Field {
	kind = strings.ToLower(kind)
	if strings.Contains(kind, "mob") {
		return []record.Field{record.ContactMobile, record.ContactWork1, record.ContactWork2}
	}
	for _, word := range []string{"dom", "home", "priv", "soukr", "byt"} {
		if strings.Contains(kind, word) {
			return []record.Field{record.ContactHome1, record.ContactHome2}
		}
	}
	return []record.Field{record.ContactWork1, record.ContactWork2}
}

// outlookContact reads a contact. Company address and photo are told too, the block for the client in full.
func (w *world) outlookContact(mailbox, id string) record.Fields {
	e, _ := w.outlook.Contact(mailbox, id)
	home, office := stage.Object(e["homeAddress"]), stage.Object(e["businessAddress"])
	countries := countries()
	last := stage.Text(e["surname"])
	if last == "" && stage.Text(e["givenName"]) == "" && !slices.Contains([]string{stage.Text(e["companyName"]), mail(e, 0)}, stage.Text(e["displayName"])) {
		last = strings.TrimSpace(strings.TrimPrefix(stage.Text(e["displayName"]), stage.Text(e["title"])))
		last = strings.Trim(strings.TrimSuffix(last, stage.Text(e["generation"])), " ,")
	}
	notes := record.ParsePlain(stage.Text(e["personalNotes"]))
	day, _, _ := strings.Cut(stage.Text(e["birthday"]), "T")
	f := record.Fields{
		record.ContactTitleBefore: record.Line(stage.Text(e["title"])), record.ContactFirst: record.Line(stage.Text(e["givenName"])),
		record.ContactLast: record.Line(last), record.ContactTitleAfter: record.Line(stage.Text(e["generation"])),
		record.ContactCompany: record.Line(stage.Text(e["companyName"])), record.ContactJob: record.Line(stage.Text(e["jobTitle"])),
		record.ContactMobile: record.Line(stage.Text(e["mobilePhone"])),
		record.ContactWork1:  record.Line(stage.Text(at(e["businessPhones"], 0))), record.ContactWork2: record.Line(stage.Text(at(e["businessPhones"], 1))),
		record.ContactHome1: record.Line(stage.Text(at(e["homePhones"], 0))), record.ContactHome2: record.Line(stage.Text(at(e["homePhones"], 1))),
		record.ContactAddress: record.Address{Street: stage.Text(home["street"]), City: stage.Text(home["city"]), Region: stage.Text(home["state"]),
			Zip: stage.Text(home["postalCode"])}.Value(),
		record.ContactCountry: countries.Code(stage.Text(home["countryOrRegion"])), record.ContactWeb: record.Line(stage.Text(e["businessHomePage"])),
		record.ContactBirthday: record.Value(day), record.ContactNotes: record.Value(notes.Own),
		record.ContactCategories: record.Set(stage.Texts(e["categories"])),
		record.ContactOffice: record.Address{Street: stage.Text(office["street"]), City: stage.Text(office["city"]), Region: stage.Text(office["state"]),
			Zip: stage.Text(office["postalCode"]), Country: string(countries.Code(stage.Text(office["countryOrRegion"])))}.Value(),
		record.ContactClient: record.Value(notes.Block),
		record.ContactPhoto:  w.photoOf(mailbox, id),
	}
	f[record.ContactEmail1], f[record.ContactEmail2] = addresses(mail(e, 0), mail(e, 1), mail(e, 2))
	return f
}

// addresses are the first two of what people wrote where addresses go; what is none is that side's own.
func addresses(entries ...string) (first, second record.Value) {
	var list []record.Value
	for _, entry := range entries {
		if address := record.Email(entry); record.IsEmail(string(address)) {
			list = append(list, address)
		}
	}
	list = append(list, "", "")
	return list[0], list[1]
}

func (w *world) photoOf(mailbox, id string) record.Value {
	data, _ := w.outlook.ContactPhoto(mailbox, id)
	return record.Value(data)
}

// mail is one address of a contact, or what stands there instead of one.
func mail(e map[string]any, i int) string {
	entry := stage.Object(at(e["emailAddresses"], i))
	if address := stage.Text(entry["address"]); address != "" {
		return address
	}
	return stage.Text(entry["name"])
}

// raynetTask reads a task.
func (w *world) raynetTask(id int64) record.Fields {
	a, _ := w.raynet.Get("task", id)
	deadline, _ := time.Parse(isoLayout, stage.Text(a["deadline"]))
	where, _ := time.LoadLocation(home)
	importance := map[string]record.Value{"MINOR": record.ImportanceLow, "CRITICAL": record.ImportanceHigh}[stage.Text(a["priority"])]
	if importance == "" {
		importance = record.ImportanceNormal
	}
	f := record.Fields{
		record.TaskSubject: record.Line(strings.TrimPrefix(stage.Text(a["title"]), "(bez předmětu)")), record.TaskDue: record.Value(deadline.In(where).Format(time.DateOnly)),
		record.TaskImportance: importance, record.TaskDone: "", record.TaskBody: record.Value(record.ParseBody(stage.Text(a["description"])).Own),
		record.TaskCategories: record.Set(stage.Texts(a["tags"])), record.TaskCancelled: "",
	}
	switch stage.Text(a["status"]) {
	case "CANCELLED":
		f[record.TaskCancelled], f[record.TaskDone] = record.Yes, record.Yes
	case "COMPLETED":
		f[record.TaskDone] = record.Yes
	}
	return f
}

// outlookTask reads a task of To Do, with what only we write.
func (w *world) outlookTask(mailbox, id string) record.Fields {
	e, _ := w.outlook.Task(mailbox, id)
	body := record.ParsePlain(stage.Text(stage.Object(e["body"])["content"]))
	f := record.Fields{
		record.TaskSubject: record.Line(strings.TrimPrefix(stage.Text(e["title"]), "(bez předmětu)")), record.TaskDue: dateOf(e["dueDateTime"]),
		record.TaskImportance: record.Value(stage.Text(e["importance"])), record.TaskDone: "", record.TaskBody: record.Value(body.Own),
		record.TaskClient: record.Value(body.Block), record.TaskCancelled: "", record.TaskReminder: "",
		record.TaskLink: record.Value(stage.Text(stage.Object(at(e["linkedResources"], 0))["webUrl"])),
	}
	if stage.Text(e["status"]) == "completed" {
		f[record.TaskDone] = record.Yes
	}
	var words []string
	for _, word := range stage.Texts(e["categories"]) {
		if word == "RAYNET: zrušeno" {
			f[record.TaskCancelled] = record.Yes
			continue
		}
		words = append(words, word)
	}
	f[record.TaskCategories] = record.Set(words)
	if e["isReminderOn"] == true {
		f[record.TaskReminder] = record.Value(momentOf(e["reminderDateTime"]).UTC().Format("2006-01-02T15:04Z"))
	}
	return f
}

// momentOf reads Graph's dateTimeTimeZone.
func momentOf(v any) time.Time {
	where, err := zone.Load(stage.Text(stage.Object(v)["timeZone"]))
	if err != nil {
		return time.Time{}
	}
	moment, _ := time.ParseInLocation("2006-01-02T15:04:05.9999999", stage.Text(stage.Object(v)["dateTime"]), where)
	return moment
}

func dateOf(v any) record.Value {
	if stage.Object(v) == nil {
		return ""
	}
	where, _ := time.LoadLocation(home)
	return record.Value(momentOf(v).In(where).Add(12 * time.Hour).Format(time.DateOnly))
}

const isoLayout = "2006-01-02T15:04:05.000-07:00"

// thing is one record on both sides.
type thing struct {
	user   *user
	kind   record.Kind
	raynet int64
	id     string // in Outlook, empty if it is not there
}

// entity is what RAYNET calls it.
func (th thing) entity() string {
	if th.kind == record.Tasks {
		return "task"
	}
	return "person"
}

// shows reads a thing on one side.
func (w *world) shows(th thing, side record.Side) record.Fields {
	switch {
	case side == record.Raynet && th.kind == record.Tasks:
		return w.raynetTask(th.raynet)
	case side == record.Raynet:
		return w.raynetPerson(th.raynet)
	case th.kind == record.Tasks:
		return w.outlookTask(th.user.mailbox, th.id)
	}
	return w.outlookContact(th.user.mailbox, th.id)
}

// find completes a thing of which only one side is known by the link that the product has.
func (w *world) find(t tester, th thing) thing {
	t.Helper()
	links, err := w.store.LinksAfter(w.ctx, th.user.pairs[th.kind], "", 1000)
	if err != nil {
		t.Fatalf("read the links: %v", err)
	}
	for _, link := range links {
		if link.Raynet.Ref.ID == fmt.Sprint(th.raynet) || th.id != "" && link.Outlook.Ref.ID == th.id {
			th.id = link.Outlook.Ref.ID
			if _, err := fmt.Sscan(link.Raynet.Ref.ID, &th.raynet); err != nil {
				t.Fatalf("link %s: %v", link.ID, err)
			}
			return th
		}
	}
	t.Fatalf("nothing is linked to %+v", th)
	return th
}

func idOf(a map[string]any) string { return fmt.Sprint(stage.Number(a["id"])) }
