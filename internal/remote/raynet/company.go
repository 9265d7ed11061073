package raynet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/semaphore"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	companyAge     = time.Hour
	companyNameAge = 5 * time.Minute
	companyNames   = 2000
)

// company is what travels with the persons of a company.
type company struct {
	Phone  record.Value
	Office record.Value // an Address in text form, the country as a code
	// seen is false for one that this key may not see: then nothing is known of it.
	seen bool
	at   time.Time
}

// companyRow is a list row or a detail of a company.
type companyRow struct {
	ID        int64  `json:"id"`
	Version   *int64 `json:"_version"`
	Name      string `json:"name"`
	Access    string `json:"rowInfo.rowAccess"`
	CreatedAt string `json:"rowInfo.createdAt"`
	UpdatedAt string `json:"rowInfo.updatedAt"`
	Primary   struct {
		Address object `json:"address"`
		Contact object `json:"contactInfo"`
	} `json:"primaryAddress"`
}

// companies knows the companies of persons by their ids, and finds one by its exact name. It is filled by the feed's listing, kept
// fresh by its polls, and reads what is missing. It is safe for concurrent use.
type companies struct {
	client *Client
	// reading is held by who reads what is missing: persons of one company that are read at the same time read it once.
	reading *semaphore.Weighted

	mu    sync.Mutex
	known map[int64]company    // guarded by mu
	names map[string]namesakes // guarded by mu; lower-case name -> who has it
	whole struct {             // guarded by mu; the latest complete listing
		at  time.Time
		top int64 // the highest id in it
	}
	polled time.Time // guarded by mu; everything known was still so at that time
}

// namesakes are the companies of one name, each as it writes it.
type namesakes struct {
	all []reference
	at  time.Time
}

func newCompanies(c *Client) *companies {
	return &companies{client: c, reading: semaphore.NewWeighted(1), known: map[int64]company{}, names: map[string]namesakes{}}
}

// recall returns what is known of a company, also that it is not for our eyes; known is false for one that was never asked for.
func (d *companies) recall(id int64) (employer company, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	employer, known = d.known[id]
	return employer, known || id <= d.whole.top
}

// learn takes in a row.
func (d *companies) learn(row companyRow, at time.Time) {
	address := addressOf(row.Primary.Address)
	address.Country = string(d.client.countryOf(row.Primary.Address))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[row.ID] = company{Phone: record.Line(row.Primary.Contact.text("tel1")), Office: address.Value(), seen: true, at: at}
}

// listed notes that everything up to an id was just listed.
func (d *companies) listed(top int64, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.whole.at, d.whole.top, d.polled = at, top, at
}

// confirmed notes that all changes between two moments are known. If another process polled before that, what we read earlier than
// it did may have changed since, and is forgotten.
func (d *companies) confirmed(since, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if since.After(d.polled) {
		for id, known := range d.known { // any order: each is judged alone
			if known.at.Before(since) {
				delete(d.known, id)
			}
		}
	}
	d.polled = now
}

// missing are those of ids that must be read, each once.
func (d *companies) missing(ids []int64) []int64 {
	now := d.client.config.Now()
	fresh := func(at time.Time) bool { return now.Sub(at) < companyAge }
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []int64
	for _, id := range ids {
		known, ok := d.known[id]
		switch {
		case ok && (fresh(known.at) || known.seen && fresh(d.polled)):
		case !ok && id <= d.whole.top && fresh(d.whole.at): // the listing did not show it: it is not for our eyes
		case !slices.Contains(out, id):
			out = append(out, id)
		}
	}
	return out
}

// ensure reads those of the companies that are not known, or not surely any more. One that is not shown to this key is remembered
// as such, and so are all of them when it may not read companies.
func (d *companies) ensure(ctx context.Context, ids []int64) error {
	const doing = "read the companies of persons"
	if len(d.missing(ids)) == 0 {
		return nil
	}
	if err := d.reading.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.reading.Release(1)
	ask := d.missing(ids)
	if len(ask) == 0 {
		return nil // somebody else has just read them
	}
	at := d.client.config.Now()
	rest, err := d.client.inBulk(ctx, doing, typeCompany, ask, d.take(doing))
	for _, id := range rest {
		if err != nil {
			break
		}
		err = d.single(ctx, doing, id)
	}
	if err != nil && remote.KindOf(err) != remote.Forbidden {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ask {
		if d.known[id].at.Before(at) {
			d.known[id] = company{at: at}
		}
	}
	return nil
}

// take returns what takes in the rows of a list.
func (d *companies) take(doing string) func(row jsontext.Value, at time.Time) error {
	return func(row jsontext.Value, at time.Time) error {
		var found companyRow
		if err := decode(doing, row, &found); err != nil {
			return err
		}
		d.learn(found, at)
		return nil
	}
}

func (d *companies) single(ctx context.Context, doing string, id int64) error {
	response, err := d.client.get(ctx, doing, typeCompany+"/"+idText(id)+"/", isoDates())
	if err != nil {
		if remote.KindOf(err) == remote.NotFound {
			return nil
		}
		return err
	}
	data, err := one(doing, response.Body)
	if err != nil {
		return err
	}
	return d.take(doing)(data, response.At)
}

// exact returns the one valid company of that name in any case, the zero reference for none or several. An answer is remembered
// for some minutes. A key that may not read companies knows none.
func (d *companies) exact(ctx context.Context, name string) (reference, error) {
	key, now := strings.ToLower(name), d.client.config.Now()
	d.mu.Lock()
	found, ok := d.names[key]
	d.mu.Unlock()
	if !ok || now.Sub(found.at) >= companyNameAge {
		all, err := d.named(ctx, name)
		if err != nil && remote.KindOf(err) != remote.Forbidden {
			return reference{}, err
		}
		found = namesakes{all: all, at: now}
		d.mu.Lock()
		if len(d.names) >= companyNames {
			clear(d.names)
		}
		d.names[key] = found
		d.mu.Unlock()
	}
	if len(found.all) != 1 {
		return reference{}, nil
	}
	return found.all[0], nil
}

// named lists the valid companies of that name. LIKE has wildcards, so the rows are compared again, and a name with one in
// it is compared to the letter.
func (d *companies) named(ctx context.Context, name string) ([]reference, error) {
	const doing = "look a company up by name"
	operator := "[LIKE_NOCASE]"
	if strings.Contains(name, "%") {
		operator = "[EQ]"
	}
	var all []reference
	_, err := d.client.list(ctx, listing{
		doing: doing, path: typeCompany + "/", offset: true, sort: "id",
		params: []param{{"name" + operator, name}, {"rowInfo.rowAccess[NE_OR_NULL]", accessInvalid}},
	}, func(raw jsontext.Value, at time.Time) error {
		var row companyRow
		if err := decode(doing, raw, &row); err != nil {
			return err
		}
		if sameLine(row.Name, name) && row.Access != accessInvalid {
			all = append(all, reference{ID: row.ID, Name: row.Name})
			d.learn(row, at)
		}
		return nil
	})
	return all, err
}
