package raynet

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// bulkSize is how many ids go into one address.
const bulkSize = 100

// bulk remembers which lists of this RAYNET cannot be asked for several ids.
type bulk struct {
	person, company atomic.Bool
}

// refuses is the memory for a list, nil for lists that are never asked so.
func (b *bulk) refuses(kind string) *atomic.Bool {
	if kind == typeCompany {
		return &b.company
	}
	return &b.person
}

// inBulk hands the rows of those ids to each, and returns the ids that RAYNET would not list in this way: none, or all that are
// left. An id without a row is not among them.
func (c *Client) inBulk(ctx context.Context, doing, kind string, ids []int64, each func(row jsontext.Value, at time.Time) error) ([]int64, error) {
	refused := c.bulk.refuses(kind)
	if len(ids) == 1 || refused.Load() {
		return ids, nil
	}
	for len(ids) > 0 {
		part := ids[:min(len(ids), bulkSize)]
		texts := make([]string, len(part))
		for i, id := range part {
			texts[i] = strconv.FormatInt(id, 10)
		}
		_, err := c.list(ctx, listing{
			doing: doing, path: kind + "/", offset: true, sort: "id", params: []param{{"id[IN]", strings.Join(texts, ",")}},
		}, each)
		if failed, ok := errors.AsType[*remote.Error](err); ok && failed.Kind == remote.Invalid {
			refused.Store(true)
			return ids, nil
		}
		if err != nil {
			return nil, err
		}
		ids = ids[len(part):]
	}
	return nil, nil
}

// readRows reads several persons by their rows, which show all that is mapped of them. What it leaves out is for the details to
// tell: a person without a row, because only a detail proves that he is gone; one whom we made, where marks are asked for, because
// rows lack the key; and everybody when photos are wanted, which rows lack too.
func (c *Client) readRows(ctx context.Context, scope remote.Scope, refs []remote.Ref, zone *time.Location) (map[remote.Ref]remote.Snapshot, error) {
	var ids []int64
	asked := map[remote.Ref]bool{}
	for _, ref := range refs {
		id := number(ref.ID)
		if ref.Side == record.Raynet && ref.Type == typePerson && id > 0 && !asked[ref] {
			asked[ref] = true
			ids = append(ids, id)
		}
	}
	if len(ids) < 2 || c.config.Photos {
		return nil, nil
	}
	var sights []sight
	_, err := c.inBulk(ctx, "read persons", typePerson, ids, func(row jsontext.Value, at time.Time) error {
		seen, err := c.sight(row, typePerson, at)
		if err == nil && seen.thing != nil && asked[seen.ref] && !(scope.Marks && c.isUs(seen.thing.creator())) {
			sights = append(sights, seen)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, err := c.snapshots(ctx, sights, zone)
	if err != nil {
		return nil, err
	}
	out := make(map[remote.Ref]remote.Snapshot, len(shown))
	for _, s := range shown {
		out[s.Ref] = s
	}
	return out, nil
}

// findAlike lists the valid persons who share a natural key with a contact of the other side, whomever they belong to. A key that
// may not read persons finds none.
func (c *Client) findAlike(ctx context.Context, other remote.Snapshot, zone *time.Location) ([]remote.Snapshot, error) {
	var sights []sight
	asked, taken := map[string]bool{}, map[remote.Ref]bool{}
	for _, natural := range other.Natural {
		address, _, _ := strings.Cut(natural, "|")
		if asked[address] || strings.Contains(address, "%") {
			continue
		}
		asked[address] = true
		for _, attribute := range []string{"email", "email2"} {
			found, err := c.personsWith(ctx, attribute, address)
			if err != nil && remote.KindOf(err) != remote.Forbidden {
				return nil, err
			}
			for _, seen := range found {
				if !taken[seen.ref] {
					taken[seen.ref] = true
					sights = append(sights, seen)
				}
			}
		}
	}
	shown, err := c.snapshots(ctx, sights, zone)
	if err != nil {
		return nil, err
	}
	var out []remote.Snapshot
	for _, s := range shown {
		if shares(record.ContactNaturals(s.Fields), other.Natural) {
			out = append(out, s)
		}
	}
	return out, nil
}

// shares reports whether two lists have a text in common.
func shares(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// personsWith lists the valid persons who have the address in the attribute, compared again because of wildcards.
func (c *Client) personsWith(ctx context.Context, attribute, address string) ([]sight, error) {
	var out []sight
	_, err := c.list(ctx, listing{
		doing: "look a person up by address", path: typePerson + "/", offset: true, sort: "id",
		params: []param{{"contactInfo." + attribute + "[LIKE_NOCASE]", address}, {"rowInfo.rowAccess[NE_OR_NULL]", accessInvalid}},
	}, func(row jsontext.Value, at time.Time) error {
		seen, err := c.sight(row, typePerson, at)
		if p, ok := seen.thing.(*person); ok && p.Access != accessInvalid && string(record.Email(p.Contact.text(attribute))) == address {
			out = append(out, seen)
		}
		return err
	})
	return out, err
}
