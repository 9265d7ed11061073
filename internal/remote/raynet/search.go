package raynet

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Search returns the newest records of the kinds in which RAYNET finds the words of text, most of each list: it looks for whole
// words and the beginnings of words. It makes one request for the activities, tasks among them, and one for the persons.
func (c *Client) Search(ctx context.Context, scope remote.Scope, kinds []record.Kind, text string, most int) ([]remote.Snapshot, error) {
	location, err := c.location(scope.Zone)
	if err != nil {
		return nil, err
	}
	var lists []listing
	words := []param{{"fulltext", text}}
	if slices.Contains(kinds, record.Calendar) || slices.Contains(kinds, record.Tasks) {
		lists = append(lists, listing{doing: "search the activities", path: "activity/", params: words, newest: most})
	}
	if slices.Contains(kinds, record.Contacts) {
		lists = append(lists, listing{doing: "search the persons", path: typePerson + "/", kind: typePerson, params: words, newest: most})
	}
	var out []remote.Snapshot
	for _, l := range lists {
		_, err := c.list(ctx, l, func(row jsontext.Value, at time.Time) error {
			seen, err := c.sight(row, l.kind, at)
			if err == nil && seen.thing != nil && seen.mapped() && slices.Contains(kinds, seen.kind()) {
				out = append(out, c.snapshot(seen, location)) // what it takes to show more than a title is not asked for
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
