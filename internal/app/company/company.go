// Package company makes up a believable small Czech company for the demo, the emulators and the measurements: its people, its
// customers, what stands in its CRM and in its calendars, and what the people go on to change.
//
// It knows: the two services' own JSON (as people would have entered it) and how an office week looks. It refuses to know the
// emulators, the clients and the engine: it is data, the same for the same seed. Every name, number and address is made up;
// telephone numbers are of a range that is not in use, addresses end in example.cz or example.com.
//
// Start reading at New; edits.go is what people do later.
package company

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"raynetsync/internal/record/zone"
)

// Options say how large the company is. The zero value of Mailboxes and Items means 3 and 40.
type Options struct {
	Seed      uint64
	Mailboxes int
	// Items is how many calendar items each user has: about three quarters are RAYNET activities that the user owns, the
	// rest events of the Outlook calendar.
	Items int
	// Now is the day on which the company is looked at; the calendar spreads around it.
	Now time.Time
	// Zone is the IANA name of the company's time zone; empty or unknown means Europe/Prague.
	Zone string
	// Plain makes every item a RAYNET meeting of one user within the next year, without participants, place or anything
	// that needs a second request: for measurements.
	Plain bool
}

// Company is everything there is. Indexes are into its own slices.
type Company struct {
	Name     string
	Domain   string
	Users    []User
	Clients  []Client
	Contacts []Contact
	// Activities are RAYNET's, Events the Outlook calendars', in the order in which they were entered.
	Activities []Activity
	Events     []Event

	location *time.Location
	windows  string // the Windows name of the zone
	now      time.Time
}

// User is somebody who works with both services.
type User struct {
	FirstName, LastName string
	Female              bool
	Email               string
	Role                string // RAYNET's word: ADMIN, FULL_THROTTLE …
	Job                 string
	Phone               string
}

// Name returns the full name.
func (u User) Name() string { return u.FirstName + " " + u.LastName }

// RaynetPerson returns the user as a RAYNET person.
func (u User) RaynetPerson() map[string]any {
	return map[string]any{"firstName": u.FirstName, "lastName": u.LastName,
		"contactInfo": map[string]any{"email": u.Email, "tel1": u.Phone, "tel1Type": "mobil"}}
}

// GraphUser returns the user as a Graph user of the tenant.
func (c *Company) GraphUser(u User) map[string]any {
	return map[string]any{"displayName": u.Name(), "givenName": u.FirstName, "surname": u.LastName, "mail": u.Email,
		"userPrincipalName": u.Email, "jobTitle": u.Job, "accountEnabled": true, "userType": "Member",
		"mailboxSettings": map[string]any{"timeZone": c.windows}}
}

// Zone returns the IANA name of the company's zone.
func (c *Company) Zone() string { return c.location.String() }

// Client is a company in the CRM.
type Client struct {
	Name, City string
	Domain     string
}

// RaynetCompany returns the client as a RAYNET company.
func (c Client) RaynetCompany() map[string]any {
	return map[string]any{"name": c.Name, "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER"}
}

// Contact is a person at a client.
type Contact struct {
	FirstName, LastName string
	Client              int
	Email, Phone, Job   string
}

// Name returns the full name.
func (c Contact) Name() string { return c.FirstName + " " + c.LastName }

// RaynetPerson returns the contact as a RAYNET person of the company with this id.
func (c Contact) RaynetPerson(companyID int64) map[string]any {
	return map[string]any{"firstName": c.FirstName, "lastName": c.LastName,
		"contactInfo":  map[string]any{"email": c.Email, "tel1": c.Phone, "tel1Type": "mobil"},
		"relationship": map[string]any{"company": companyID, "type": c.Job}}
}

// IDs are the RAYNET ids that the emulator gave, in the order of the Company's slices.
type IDs struct {
	Users    []int64 // person ids
	Clients  []int64
	Contacts []int64
	// Categories are the ids of the activity categories by name; an unknown name gives an activity without category.
	Categories map[string]int64
}

// Activity is a RAYNET activity.
type Activity struct {
	Entity     string // meeting, event or phoneCall
	Owner      int    // user
	Colleagues []int  // users who take part
	Contacts   []int  // people of the client who take part
	Client     int    // -1: none
	Category   string
	// Fields are everything else, RAYNET's own JSON.
	Fields map[string]any
}

// Body returns the activity as RAYNET's own JSON, with the ids filled in.
func (a Activity) Body(ids IDs) map[string]any {
	body := make(map[string]any, len(a.Fields)+4)
	for key, value := range a.Fields {
		body[key] = value
	}
	body["owner"] = ids.Users[a.Owner]
	if a.Client >= 0 {
		body["company"] = ids.Clients[a.Client]
	}
	if id, ok := ids.Categories[a.Category]; ok {
		body["category"] = id
	}
	var participants []any
	for _, user := range a.Colleagues {
		participants = append(participants, map[string]any{"person": ids.Users[user]})
	}
	for _, contact := range a.Contacts {
		participants = append(participants, map[string]any{"person": ids.Contacts[contact]})
	}
	if participants != nil {
		body["participants"] = participants
	}
	return body
}

// Event is an event of an Outlook calendar.
type Event struct {
	User int // whose calendar
	// Body is Graph's own JSON.
	Body map[string]any
	// CancelDates are dates ("2026-03-02") of a series that were deleted one by one.
	CancelDates []string
}

// New makes a company. The same options give the same company.
func New(options Options) *Company {
	if options.Mailboxes <= 0 {
		options.Mailboxes = 3
	}
	if options.Items <= 0 {
		options.Items = 40
	}
	location, windows := place(options.Zone)
	rng := rand.New(rand.NewPCG(options.Seed, 0x5241594e4554))
	c := &Company{Name: "Stavotech Morava s.r.o.", Domain: "stavotech.example.cz", location: location, windows: windows,
		now: options.Now.In(location)}
	c.hire(options.Mailboxes)
	c.meetClients(rng, min(max(options.Mailboxes*options.Items/10, 12), 300))
	for user := range c.Users {
		d := newDiary(c, user, rng)
		if options.Plain {
			d.plain(options.Items)
			continue
		}
		d.fill(options.Items)
	}
	return c
}

// place finds the zone; one without a Windows name, which Outlook could not show, is not believable.
func place(name string) (*time.Location, string) {
	if windows, err := zone.Windows(name); err == nil {
		if location, err := zone.Load(name); err == nil {
			return location, windows
		}
	}
	location, err := zone.Load("Europe/Prague")
	if err != nil {
		panic("company: " + err.Error()) // the table of zones is part of the program
	}
	return location, "Central Europe Standard Time"
}

// raynetMoment is a date-time as RAYNET takes it.
func (c *Company) raynetMoment(t time.Time) string {
	return t.In(c.location).Format("2006-01-02T15:04:05.000-07:00")
}

// graphMoment is a date-time as Graph takes it.
func (c *Company) graphMoment(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.In(c.location).Format("2006-01-02T15:04:05.0000000"), "timeZone": c.windows}
}

// plainASCII takes the accents off, for addresses.
func plainASCII(text string) string {
	return strings.NewReplacer("á", "a", "č", "c", "ď", "d", "é", "e", "ě", "e", "í", "i", "ň", "n", "ó", "o", "ř", "r", "š", "s",
		"ť", "t", "ú", "u", "ů", "u", "ý", "y", "ž", "z", " ", "-").Replace(strings.ToLower(text))
}

// phone returns a number of a range that no operator uses.
func phone(n int) string { return fmt.Sprintf("+420 000 %03d %03d", n/1000%1000, n%1000) }
