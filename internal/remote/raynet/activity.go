package raynet

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
)

// The types of activities, by their path.
const (
	typeMeeting   = "meeting"
	typeEvent     = "event"
	typePhoneCall = "phoneCall"
	typeTask      = "task"
)

const (
	statusNew       = "NEW"
	statusScheduled = "SCHEDULED"
	statusCompleted = "COMPLETED"
	statusCancelled = "CANCELLED"
	accessInvalid   = "INVALID"
)

// isoLayout is the one form of a moment that every RAYNET takes: milliseconds, a numeric offset and never Z.
const isoLayout = "2006-01-02T15:04:05.000-07:00"

// activity is a list row or a detail of any type of activity; which keys each has is in R-10.
type activity struct {
	Entity       string         `json:"_entityName"`
	ID           int64          `json:"id"`
	Version      *int64         `json:"_version"`
	Title        string         `json:"title"`
	Status       string         `json:"status"`
	Priority     string         `json:"priority"`
	Category     *reference     `json:"category"`
	Company      *reference     `json:"company"`
	Person       *reference     `json:"person"`
	Owner        *reference     `json:"owner"`
	Resolver     *reference     `json:"resolver"`
	From         string         `json:"scheduledFrom"`
	Till         string         `json:"scheduledTill"`
	Deadline     jsontext.Value `json:"deadline"` // tasks only; nil where the key is absent
	Completed    string         `json:"completed"`
	Tags         jsontext.Value `json:"tags"`
	Description  string         `json:"description"`
	Place        jsontext.Value `json:"meetingPlace"` // nil where the key is absent
	ExtIDs       []string       `json:"extIds"`
	CreatedAt    string         `json:"rowInfo.createdAt"`
	CreatedBy    string         `json:"rowInfo.createdBy"`
	UpdatedAt    string         `json:"rowInfo.updatedAt"`
	UpdatedBy    string         `json:"rowInfo.updatedBy"`
	Access       string         `json:"rowInfo.rowAccess"`
	State        string         `json:"rowInfo.rowState"`
	Participants []participant  `json:"participants"`

	kind string // the type's path, of the path or of Entity
}

type participant struct {
	ID      int64  `json:"id"` // 0 in list rows
	Owner   bool   `json:"owner"`
	Role    string `json:"role"`
	Name    string `json:"name"`
	Person  int64  `json:"person"`
	Company int64  `json:"company"`
	Lead    int64  `json:"lead"`
}

// reference is how a record names another one; which of the names is filled depends on the kind.
type reference struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	FullName string `json:"fullName"`
	Value    string `json:"value"`
}

func (r *reference) text() string {
	if r == nil || r.ID == 0 {
		return ""
	}
	return strconv.FormatInt(r.ID, 10)
}

func (r *reference) label() string {
	if r == nil {
		return ""
	}
	for _, name := range []string{r.Name, r.FullName, r.Value} {
		if name != "" {
			return name
		}
	}
	return ""
}

// typeOf returns the path name of an _entityName: "PhoneCall" is "phoneCall".
func typeOf(entity string) string {
	if entity == "" {
		return ""
	}
	return strings.ToLower(entity[:1]) + entity[1:]
}

// entityOf is the way back.
func entityOf(kind string) string {
	if kind == "" {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// instant reads a moment in either of RAYNET's forms; zero for none, ok false for one that cannot be.
func instant(text string, zone *time.Location) (at time.Time, ok bool) {
	if text == "" {
		return time.Time{}, true
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	return at, err == nil
}

func (a *activity) named(kind string) { a.kind = kind }

func (a *activity) modified(zone *time.Location) time.Time {
	return later(a.CreatedAt, a.UpdatedAt, zone)
}

func (a *activity) author() string { return authorOf(a.UpdatedBy, a.CreatedBy) }

func (a *activity) creator() string { return a.CreatedBy }

func (a *activity) keys() []string { return a.ExtIDs }

// later is the later one of two moments in RAYNET's form; rowInfo.lastModifiedAt itself is never shown.
func later(created, updated string, zone *time.Location) time.Time {
	first, _ := instant(created, zone)
	last, _ := instant(updated, zone)
	if last.After(first) {
		return last
	}
	return first
}

// authorOf is who wrote last, empty where RAYNET does not know.
func authorOf(updated, created string) string {
	author := updated
	if author == "" {
		author = created
	}
	if author == "(unknown)" {
		return ""
	}
	return author
}

// owner is the person who owns the activity, 0 if it does not show.
func (a *activity) owner() int64 {
	for _, p := range a.Participants {
		if p.Owner && p.Person != 0 {
			return p.Person
		}
	}
	if a.Owner != nil {
		return a.Owner.ID
	}
	return 0
}

// persons are the person ids concerned, the owner first.
func (a *activity) persons() []string {
	var out []string
	add := func(id int64) {
		if text := strconv.FormatInt(id, 10); id != 0 && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	add(a.owner())
	for _, p := range a.Participants {
		add(p.Person)
	}
	return out
}

// place is the meeting place; shown is false where the answer does not tell it.
func (a *activity) place() (value record.Value, shown bool) {
	if a.Place == nil {
		return "", false
	}
	if a.Place.Kind() != '"' {
		return "", true
	}
	text, err := jsontext.AppendUnquote(nil, a.Place)
	return record.Line(string(text)), err == nil
}

// key is the idempotency key among the external ids: the one that looks like ours, else the first.
func (a *activity) key() string { return ourKey(a.ExtIDs) }

func ourKey(extIDs []string) string {
	for _, id := range extIDs {
		if strings.HasPrefix(id, "ros") {
			return id
		}
	}
	if len(extIDs) > 0 {
		return extIDs[0]
	}
	return ""
}
