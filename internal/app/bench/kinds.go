package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"

	"raynetsync/internal/record"
)

// edited is a record whose two sides people edit at once, by the ids that the control endpoint takes.
type edited struct {
	raynet  int64
	outlook string
	mailbox string
}

// touch is a way in which people change a record: a patch for either side as its service takes it, nil leaves that side alone.
type touch struct {
	phase           string // what it is called behind the kind's name
	raynet, outlook func(n int) map[string]any
}

// touches are the ways of a kind. The first is of fields of the record itself; a tag and a job title of a person cost RAYNET a
// request of their own.
func touches(kind record.Kind) []touch {
	set := func(key, text string) func(int) map[string]any {
		return func(n int) map[string]any { return map[string]any{key: fmt.Sprintf(text, n)} }
	}
	if kind == record.Tasks {
		return []touch{{Changed, set("description", "<p>Změna v RAYNETu č. %d</p>"), func(int) map[string]any { return map[string]any{"importance": "high"} }}}
	}
	return []touch{
		{Changed, set("notice", "<p>Změna v RAYNETu č. %d</p>"), set("mobilePhone", "+420 000 555 %03d")},
		{Changed + "-job", set("titleBefore", "Ing. %d"), set("jobTitle", "funkce č. %d")},
		{Changed + "-tag", set("titleAfter", "Ph.D. %d"), func(n int) map[string]any {
			return map[string]any{"categories": []string{fmt.Sprintf("štítek %d", n)}}
		}},
	}
}

// kind measures one kind at every size of the slope: the first synchronisation and idle cycles; at the largest size one record
// in a hundred, changed on both sides at once.
func (r *run) kind(ctx context.Context, kind record.Kind) error {
	line := &line{}
	for _, stored := range r.Slope {
		size := Size{Seed: r.Size.Seed, Mailboxes: slopeMailboxes, Items: max(stored/slopeMailboxes, 1), Kind: kind}
		err := r.company(ctx, size, func(ctx context.Context, s *subject) error {
			for _, name := range []string{Initial, Second} {
				phase, _, err := s.measure(ctx, name, 1)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if name == Initial {
					r.keep(kind, phase)
				}
			}
			phase, err := s.idle(ctx, Idle)
			if err != nil {
				return err
			}
			line.add(phase)
			r.keep(kind, phase)
			if stored != slices.Max(r.Slope) {
				return nil
			}
			return s.changes(ctx)
		})
		if err != nil {
			return fmt.Errorf("%s at %d: %w", kind, stored, err)
		}
	}
	if r.report.KindSlopes == nil {
		r.report.KindSlopes = map[record.Kind]Slopes{}
	}
	r.report.KindSlopes[kind] = line.slopes(r.Slope)
	return nil
}

// keep puts a phase of a kind into the report, under a name that says the kind.
func (r *run) keep(kind record.Kind, phase Phase) {
	phase.Name = string(kind) + "-" + phase.Name
	r.report.Phases = append(r.report.Phases, phase)
}

// idle measures cycles with nothing to do, after some that are not counted.
func (s *subject) idle(ctx context.Context, name string) (Phase, error) {
	if _, _, err := s.measure(ctx, "warm-up", min(idleCycles, s.run.IdleCycles)); err != nil {
		return Phase{}, err
	}
	runtime.GC() // what the first synchronisation left is not the idle cycles' to clear away
	phase, _, err := s.measure(ctx, name, s.run.IdleCycles)
	return phase, err
}

// changes measures what it costs to carry people's changes. Every record is changed on both sides at once, so what is told of
// an item is what both directions took together.
func (s *subject) changes(ctx context.Context) error {
	records, err := s.both(ctx)
	if err != nil {
		return err
	}
	for _, way := range touches(s.size.Kind) {
		s.run.Tell("people edit one record in a hundred on both sides")
		count := 0
		for i := 0; i < len(records); i += oneIn {
			count++
			if err := s.touch(ctx, records[i], way, count); err != nil {
				return fmt.Errorf("phase %s: %w", way.phase, err)
			}
		}
		phase, _, err := s.measure(ctx, way.phase, 1)
		if err != nil {
			return fmt.Errorf("phase %s: %w", way.phase, err)
		}
		phase.per(count)
		s.run.keep(s.size.Kind, phase)
		if _, _, err := s.measure(ctx, "echoes", 1); err != nil {
			return err
		}
	}
	return nil
}

// touch has people edit one record.
func (s *subject) touch(ctx context.Context, of edited, way touch, n int) error {
	query := "?mailbox=" + url.QueryEscape(of.mailbox)
	if err := s.control(ctx, http.MethodPatch, fmt.Sprintf("/raynet/%s/%d%s", s.size.Kind, of.raynet, query), way.raynet(n), nil); err != nil {
		return err
	}
	return s.control(ctx, http.MethodPatch, fmt.Sprintf("/outlook/%s/%s%s", s.size.Kind, url.PathEscape(of.outlook), query), way.outlook(n), nil)
}

// row is what tells a record on either side: a person or a contact by its address, a task by its title.
type row struct {
	ID    any    `json:"id"`
	Title string `json:"title"`
	Reach struct {
		Email string `json:"email"`
	} `json:"contactInfo"`
	Addresses []struct {
		Address string `json:"address"`
	} `json:"emailAddresses"`
}

func (r row) key() string {
	if len(r.Addresses) > 0 {
		return r.Addresses[0].Address
	}
	if r.Reach.Email != "" {
		return r.Reach.Email
	}
	return r.Title
}

// both lists the records that are on both sides.
func (s *subject) both(ctx context.Context) ([]edited, error) {
	people, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	var out []edited
	for _, mailbox := range people {
		query := string(s.size.Kind) + "?mailbox=" + url.QueryEscape(mailbox)
		var rows struct {
			Data []row `json:"data"`
		}
		var copies struct {
			Value []row `json:"value"`
		}
		if err := s.control(ctx, http.MethodGet, "/raynet/"+query, nil, &rows); err != nil {
			return nil, err
		}
		if err := s.control(ctx, http.MethodGet, "/outlook/"+query, nil, &copies); err != nil {
			return nil, err
		}
		byKey := map[string]string{}
		for _, one := range copies.Value {
			byKey[one.key()], _ = one.ID.(string)
		}
		for _, one := range rows.Data {
			id, _ := one.ID.(float64)
			if other := byKey[one.key()]; other != "" {
				out = append(out, edited{raynet: int64(id), outlook: other, mailbox: mailbox})
			}
		}
	}
	return out, nil
}
