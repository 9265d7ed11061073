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
	const doing = "list the companies"
	c, top := r.client, int64(0)
	take := c.companies.take(doing)
	next := place{Asked: c.config.Now()}
	first, err := c.list(ctx, listing{doing: doing, path: "company/"}, func(row jsontext.Value, at time.Time) error {
		top = max(top, idOf(row))
		return take(row, at)
	})
	if remote.KindOf(err) == remote.Forbidden && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	c.companies.listed(top, next.Asked)
	next.Since = r.clock(first)
	r.cursor = r.cursor.with(streamCompany, next)
	return nil
}

// companies reads the changed companies, unless that was done a moment ago, and reports their persons.
func (r *round) companies(ctx context.Context) error {
	const doing = "poll the changed companies"
	c, before, now := r.client, r.cursor.start(streamCompany), r.client.config.Now()
	if since := now.Sub(before.Asked); since >= 0 && since < companyPause {
		return nil
	}
	var rows []companyRow
	first, err := c.list(ctx, c.changed(doing, streamCompany, r.cursor), func(raw jsontext.Value, at time.Time) error {
		var row companyRow
		if err := decode(doing, raw, &row); err != nil {
			return err
		}
		rows = append(rows, row)
		c.companies.learn(row, at)
		return nil
	})
	next := place{Asked: now}
	if err != nil {
		if remote.KindOf(err) == remote.Forbidden {
			next.Since = before.Since
			r.cursor = r.cursor.with(streamCompany, next)
			return nil
		}
		return err
	}
	next.Since = r.clock(first)
	var changed []int64
	for _, row := range rows {
		name, version := typeCompany+"/"+idText(row.ID), remote.Version("")
		if row.Version != nil {
			version = remote.Version(idText(*row.Version))
		}
		if !before.knows(name, version) {
			changed = append(changed, row.ID)
		}
		next.see(name, version, later(row.CreatedAt, row.UpdatedAt, c.zone))
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
