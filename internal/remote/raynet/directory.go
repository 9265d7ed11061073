package raynet

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
)

const (
	directoryAge  = 10 * time.Minute
	directorySize = 2000 // addresses
)

// directory finds the person who has an address. It remembers answers, also empty ones, for directoryAge. It is safe for
// concurrent use.
type directory struct {
	client *Client

	mu      sync.Mutex
	entries map[string]entry // guarded by mu; lower-case address -> who has it
}

// entry is the answer for one address; person 0 means nobody, or several: a shared address identifies no one.
type entry struct {
	person, company int64
	at              time.Time
}

func newDirectory(c *Client) *directory { return &directory{client: c, entries: map[string]entry{}} }

func (d *directory) recall(address string) (entry, bool) {
	now := d.client.config.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.entries[address]
	return found, ok && now.Sub(found.at) < directoryAge
}

func (d *directory) remember(address string, e entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.entries) >= directorySize {
		for known, old := range d.entries {
			if e.at.Sub(old.at) >= directoryAge {
				delete(d.entries, known)
			}
		}
	}
	if len(d.entries) >= directorySize {
		clear(d.entries)
	}
	d.entries[address] = e
}

// listed is what the look-ups by address and the list of users need of a row of the persons' list.
type listed struct {
	ID      int64  `json:"id"`
	First   string `json:"firstName"`
	Last    string `json:"lastName"`
	Active  bool   `json:"activeUserAccount"`
	Access  string `json:"rowInfo.rowAccess"`
	Contact struct {
		Email  string `json:"email"`
		Email2 string `json:"email2"`
	} `json:"contactInfo"`
	Relation *relation `json:"primaryRelationship"`
}

func (p listed) name() string { return strings.TrimSpace(p.First + " " + p.Last) }

// find asks for the valid persons with this address, the second address only if nobody has it as his first. A key that may
// not read persons knows nobody.
func (d *directory) find(ctx context.Context, address string) (entry, error) {
	e := entry{at: d.client.config.Now()}
	for _, attribute := range []string{"contactInfo.email", "contactInfo.email2"} {
		persons, err := d.persons(ctx, attribute, address)
		if err != nil && remote.KindOf(err) != remote.Forbidden {
			return entry{}, err
		}
		if len(persons) == 1 {
			e.person, e.company = persons[0].ID, persons[0].Relation.employer()
		}
		if len(persons) > 0 || err != nil {
			break
		}
	}
	d.remember(address, e)
	return e, nil
}

// persons lists those who have the address in the attribute. The comparison without case is LIKE's, in which "_" may stand
// for any letter, so the rows are compared again.
func (d *directory) persons(ctx context.Context, attribute, address string) ([]listed, error) {
	const doing = "look a person up by address"
	var found []listed
	_, err := d.client.list(ctx, listing{
		doing: doing, path: "person/", offset: true, sort: "id",
		params: []param{{attribute + "[LIKE_NOCASE]", address}, {"rowInfo.rowAccess[NE_OR_NULL]", accessInvalid}},
	}, func(row jsontext.Value, _ time.Time) error {
		var p listed
		if err := decode(doing, row, &p); err != nil {
			return err
		}
		value := p.Contact.Email
		if attribute != "contactInfo.email" {
			value = p.Contact.Email2
		}
		if strings.EqualFold(strings.TrimSpace(value), address) && p.Access != accessInvalid {
			found = append(found, p)
		}
		return nil
	})
	return found, err
}

// guests is a list of attendees, sorted into those whom RAYNET knows and the rest.
type guests struct {
	persons []int64 // in the order of the list, without the owner and without repeats
	company int64   // the one company of all of them, 0 if there is none
	block   string  // the rest, one per line
}

// resolve finds the persons behind the lines "address name". At most limit unknown addresses are looked up; what is beyond
// goes to the rest.
func (d *directory) resolve(ctx context.Context, list string, owner int64, limit int) (guests, error) {
	var out guests
	var rest []string
	companies := map[int64]bool{}
	seen := map[int64]bool{owner: true}
	for line := range strings.Lines(list) {
		address, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		address = strings.ToLower(address)
		if address == "" {
			continue
		}
		e, known := d.recall(address)
		if !known && limit > 0 && strings.Contains(address, "@") && !strings.Contains(address, "%") {
			limit--
			var err error
			if e, err = d.find(ctx, address); err != nil {
				return guests{}, err
			}
		}
		switch {
		case e.person == 0:
			rest = append(rest, guestLine(address, strings.TrimSpace(name)))
		case !seen[e.person]:
			seen[e.person] = true
			out.persons = append(out.persons, e.person)
			companies[e.company] = true
		}
	}
	if len(companies) == 1 {
		for company := range companies {
			out.company = company
		}
	}
	out.block = strings.Join(rest, "\n")
	return out, nil
}

func guestLine(address, name string) string {
	if name == "" || strings.EqualFold(name, address) {
		return address
	}
	return name + " <" + address + ">"
}
