package raynet

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
)

const (
	// companyPause is how often changed companies are asked for: a phone number of a company may be late.
	companyPause = 5 * time.Minute
	// manyCompanies is the number of changed companies from which one listing of all persons is the smaller effort.
	manyCompanies = 20
)

// allCompanies lists the companies, so that no person has to ask for his. A key that may not read them goes without.
func (r *round) allCompanies(ctx context.Context) error {
	c, next := r.client, place{Asked: r.client.config.Now()}
	rows, err := r.listCompanies(ctx, listing{doing: "list the companies", path: "company/"}, &next)
	if err != nil {
		if remote.KindOf(err) == remote.Forbidden {
			return nil
		}
		return err
	}
	top := int64(0)
	for _, row := range rows {
		top = max(top, row.ID)
		next.see(row.name(), row.version(), later(row.CreatedAt, row.UpdatedAt, c.zone))
	}
	c.companies.listed(top, next.Asked)
	r.cursor = r.cursor.with(streamCompany, next)
	return nil
}

// listCompanies reads a list of companies into the memory and moves a place to it.
func (r *round) listCompanies(ctx context.Context, l listing, next *place) ([]companyRow, error) {
	var rows []companyRow
	first, err := r.client.list(ctx, l, func(raw jsontext.Value, at time.Time) error {
		var row companyRow
		if err := decode(l.doing, raw, &row); err != nil {
			return err
		}
		rows = append(rows, row)
		r.client.companies.learn(row, at)
		return nil
	})
	if err == nil {
		next.Since = r.clock(first)
	}
	return rows, err
}

func (r companyRow) name() string { return typeCompany + "/" + idText(r.ID) }

func (r companyRow) version() remote.Version {
	if r.Version == nil {
		return ""
	}
	return remote.Version(idText(*r.Version))
}

// companies reads the changed companies, unless that was done a moment ago, and reports their persons.
func (r *round) companies(ctx context.Context) error {
	c, before, now := r.client, r.before.start(streamCompany), r.client.config.Now()
	if since := now.Sub(before.Asked); since >= 0 && since < companyPause {
		return nil
	}
	next := place{Asked: now}
	rows, err := r.listCompanies(ctx, c.changed("poll the changed companies", streamCompany, r.before), &next)
	if err != nil {
		if remote.KindOf(err) == remote.Forbidden {
			next.Since = before.Since
			r.cursor = r.cursor.with(streamCompany, next)
			return nil
		}
		return err
	}
	var changed []int64
	for _, row := range rows {
		if !before.knows(row.name(), row.version()) {
			changed = append(changed, row.ID)
		}
		next.see(row.name(), row.version(), later(row.CreatedAt, row.UpdatedAt, c.zone))
	}
	if err := r.personsOf(ctx, changed); err != nil {
		return err
	}
	c.companies.confirmed(before.Asked, now)
	r.cursor = r.cursor.with(streamCompany, next)
	return nil
}

// personsOf reports the persons of changed companies.
func (r *round) personsOf(ctx context.Context, companies []int64) error {
	const doing = "list the persons of a changed company"
	lists := make([]listing, 0, len(companies))
	for _, id := range companies {
		lists = append(lists, listing{doing: doing, path: "person/", params: []param{{"primaryRelationship-company-id[EQ]", idText(id)}}})
	}
	if len(companies) > manyCompanies {
		lists = []listing{{doing: doing, path: "person/"}}
	}
	var sights []sight
	for _, l := range lists {
		_, err := r.client.list(ctx, l, func(row jsontext.Value, at time.Time) error {
			s, err := r.client.sight(row, typePerson, at)
			if p, ok := s.thing.(*person); ok && slices.Contains(companies, p.Primary.employer()) {
				sights = append(sights, s)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	rows, err := r.client.snapshots(ctx, sights, r.client.zone)
	r.rows = append(r.rows, rows...)
	return err
}
