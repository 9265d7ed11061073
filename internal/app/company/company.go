// Package company makes up a believable small Czech company for the demo, the emulators and the measurements: its people, its
// customers, what stands in its CRM and in its mailboxes, and what the people go on to change.
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
	"slices"
	"strings"
	"time"

	"raynetsync/internal/record/zone"
)

// Kind is a kind of things that people keep in both services.
type Kind string

// The kinds.
const (
	Calendar Kind = "calendar"
	Contacts Kind = "contacts"
	Tasks    Kind = "tasks"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Calendar, Contacts, Tasks} }

// Options say how large the company is. The zero value of Mailboxes and Items means 3 and 40.
type Options struct {
	Seed      uint64
	Mailboxes int
	// Items is how many calendar items each user has: about three quarters are RAYNET activities that the user owns, the
	// rest events of the Outlook calendar. Of contacts and of tasks there are half as many, at least as many as show one of
	// everything.
	Items int
	// Kinds are those of which there is something; empty means all.
	Kinds []Kind
	// Now is the day on which the company is looked at; the calendar spreads around it.
	Now time.Time
	// Zone is the IANA name of the company's time zone; empty or unknown means Europe/Prague.
	Zone string
	// Plain makes every item one that RAYNET has and Outlook lacks, the same for all and without anything that needs a second
	// request, and makes Items of them of every kind: for measurements. Its meetings are within the next year.
	Plain bool
}

// Company is everything there is. Indexes are into its own slices.
type Company struct {
	Name     string
	Domain   string
	Users    []User
	Clients  []Client
	Contacts []Contact
	// Activities and Tasks are RAYNET's; Events, Cards and Todos are Outlook's: its calendars, contacts and tasks. All are in the
	// order in which they were entered.
	Activities []Activity
	Events     []Event
	Cards      []Card
	Tasks      []Task
	Todos      []Todo

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

// IDs are the RAYNET ids that the emulator gave, in the order of the Company's slices.
type IDs struct {
	Users    []int64 // person ids
	Clients  []int64
	Contacts []int64
	// Categories are the ids of the activity categories by name; an unknown name gives an activity without category.
	Categories map[string]int64
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
	has := func(kind Kind) bool { return len(options.Kinds) == 0 || slices.Contains(options.Kinds, kind) }
	for user := range c.Users {
		d := newDiary(c, user, rng)
		switch {
		case !has(Calendar):
		case options.Plain:
			d.plain(options.Items)
		default:
			d.fill(options.Items)
		}
	}
	// Each kind has dice of its own, so that one more contact does not change anybody's calendar.
	if has(Contacts) {
		c.fillContacts(options, rand.New(rand.NewPCG(options.Seed, 0x434f4e54)))
	}
	if has(Tasks) {
		c.fillTasks(options, rand.New(rand.NewPCG(options.Seed, 0x5441534b)))
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
