package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// maxRows bounds what one call reads if the caller names no limit or a greater one.
const maxRows = 10_000

func bounded(limit int) int32 {
	if limit <= 0 || limit > maxRows {
		return maxRows
	}
	return int32(limit)
}

// Links returns the pair's links that hold one of refs on either side, in whatever state, each once and in the order of refs.
func (s *Store) Links(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Link, error) {
	links, seen := []journal.Link{}, map[string]bool{}
	for _, ref := range refs {
		if ref.IsZero() {
			continue
		}
		get := s.reads.LinkOfRaynet
		if ref.Side == record.Outlook {
			get = s.reads.LinkOfOutlook
		}
		row, err := get(ctx, refText(ref), pair)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read link of %s: %w", ref, mapped(err))
		}
		if seen[row.ID] {
			continue
		}
		seen[row.ID] = true
		l, err := linkOf(row)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	return links, nil
}

// Link returns one link, or ErrNotFound.
func (s *Store) Link(ctx context.Context, id string) (journal.Link, error) {
	row, err := s.reads.Link(ctx, id)
	if err != nil {
		return journal.Link{}, fmt.Errorf("read link %s: %w", id, absent(err))
	}
	return linkOf(row)
}

// LinksOfRef returns the links of all the connection's pairs that hold ref, in whatever state.
func (s *Store) LinksOfRef(ctx context.Context, connection string, ref remote.Ref) ([]journal.Link, error) {
	get := s.reads.LinksOfRaynet
	if ref.Side == record.Outlook {
		get = s.reads.LinksOfOutlook
	}
	return linksOf(get(ctx, refText(ref), connection))
}

// LinksOnceOf returns the pair's links that had this thing once and have another one in its place now, as far as the journal reaches.
func (s *Store) LinksOnceOf(ctx context.Context, pair int64, ref remote.Ref) ([]journal.Link, error) {
	get := s.reads.LinksOnceOfRaynet
	if ref.Side == record.Outlook {
		get = s.reads.LinksOnceOfOutlook
	}
	return linksOf(get(ctx, refText(ref), pair))
}

// OnceInOutlook returns what a link had in Outlook before what it has now, as far as the journal reaches.
func (s *Store) OnceInOutlook(ctx context.Context, link journal.Link) ([]remote.Ref, error) {
	refs, err := s.reads.OnceInOutlook(ctx, link.ID, refText(link.Outlook.Ref))
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", mapped(err))
	}
	var out []remote.Ref
	for _, ref := range refs {
		if was := refOf(record.Outlook, ref); !slices.Contains(out, was) {
			out = append(out, was)
		}
	}
	return out, nil
}

// MadeOtherwise reports whether the journal tells that what a link joins was made by a create of ours with another op than this,
// of this life or, if its stamp told, of an earlier one.
func (s *Store) MadeOtherwise(ctx context.Context, link, op string) (bool, error) {
	made, err := s.reads.MadeOtherwise(ctx, link, op)
	if err != nil {
		return false, fmt.Errorf("read the journal: %w", mapped(err))
	}
	return made, nil
}

// SentAgain reports whether the journal tells that the create of a link, known by its op, was sent more than once, or may have been.
func (s *Store) SentAgain(ctx context.Context, link, op string) (bool, error) {
	again, err := s.reads.SentAgain(ctx, link, op)
	if err != nil {
		return false, fmt.Errorf("read the journal: %w", mapped(err))
	}
	return again, nil
}

// LinksOfGroup returns the pair's links whose Outlook item belongs to the series group, in whatever state.
func (s *Store) LinksOfGroup(ctx context.Context, pair int64, group string) ([]journal.Link, error) {
	if group == "" {
		return nil, nil
	}
	return linksOf(s.reads.LinksOfSeries(ctx, seriesKey(group), pair))
}

// LinksByTwin returns the links of all the connection's pairs whose thing has this identity across mailboxes.
func (s *Store) LinksByTwin(ctx context.Context, connection string, twin record.Digest) ([]journal.Link, error) {
	if twin == "" {
		return nil, nil
	}
	return linksOf(s.reads.LinksByTwin(ctx, text(string(twin)), connection))
}

// LinksEnded returns the pair's live links (Linked) whose span ended before the given time, those that ended first first.
// The end of whole days is taken as midnight in UTC.
func (s *Store) LinksEnded(ctx context.Context, pair int64, before time.Time, limit int) ([]journal.Link, error) {
	return linksOf(s.reads.LinksEnded(ctx, pair, sql.NullInt64{Int64: before.UnixMilli(), Valid: true}, bounded(limit)))
}

// LinkStates returns how many links the pair has in each state; states without links are absent. It costs the same however
// many links there are.
func (s *Store) LinkStates(ctx context.Context, pair int64) (map[journal.LinkState]int, error) {
	rows, err := s.reads.Tallies(ctx, pair)
	if err != nil {
		return nil, fmt.Errorf("count links: %w", mapped(err))
	}
	counts := map[journal.LinkState]int{}
	for _, row := range rows {
		if row.Links != 0 {
			counts[journal.LinkState(row.State)] = int(row.Links)
		}
	}
	return counts, nil
}

// CountLinks returns how many live links (Linked) the pair has, at the cost of LinkStates.
func (s *Store) CountLinks(ctx context.Context, pair int64) (int, error) {
	counts, err := s.LinkStates(ctx, pair)
	return counts[journal.Linked], err
}

// RaynetRefs returns a page of the RAYNET records that live links of the connection hold, each once, in a fixed order. The
// page after the one that ended with ref is asked for with after = ref; the first one with the zero Ref. A page that is
// shorter than limit is the last one.
func (s *Store) RaynetRefs(ctx context.Context, connection string, after remote.Ref, limit int) ([]remote.Ref, error) {
	from := refText(after)
	from.Valid = true
	rows, err := s.reads.RaynetRefs(ctx, from, connection, bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read linked raynet records: %w", mapped(err))
	}
	refs := make([]remote.Ref, len(rows))
	for i, row := range rows {
		refs[i] = refOf(record.Raynet, row)
	}
	return refs, nil
}

// Asides returns what the pair has set aside among refs, in their order.
func (s *Store) Asides(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Aside, error) {
	asides := []journal.Aside{}
	for _, ref := range refs {
		row, err := s.reads.Aside(ctx, pair, ref.String())
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what was set aside: %w", mapped(err))
		}
		a, err := asideOf(row)
		if err != nil {
			return nil, err
		}
		asides = append(asides, a)
	}
	return asides, nil
}

// AsidesOfRef returns what any pair has set aside for ref.
func (s *Store) AsidesOfRef(ctx context.Context, ref remote.Ref) ([]journal.Aside, error) {
	return asidesOf(s.reads.AsidesOfRef(ctx, ref.String()))
}

// AsidesByNatural returns what the pair has set aside on one side under this natural key.
func (s *Store) AsidesByNatural(ctx context.Context, pair int64, side record.Side, natural record.Digest) ([]journal.Aside, error) {
	if natural == "" {
		return nil, nil
	}
	all, err := asidesOf(s.reads.AsidesByNatural(ctx, pair, text(string(natural))))
	var found []journal.Aside
	for _, a := range all {
		if a.Ref.Side == side {
			found = append(found, a)
		}
	}
	return found, err
}

// AsidesByTwin returns what all the connection's pairs have set aside with this identity across mailboxes.
func (s *Store) AsidesByTwin(ctx context.Context, connection string, twin record.Digest) ([]journal.Aside, error) {
	if twin == "" {
		return nil, nil
	}
	return asidesOf(s.reads.AsidesByTwin(ctx, text(string(twin)), connection))
}

// AsidesBySource returns what the pair has set aside that carries a stamp with this source, or from which a record with this key is made.
func (s *Store) AsidesBySource(ctx context.Context, pair int64, source record.Digest) ([]journal.Aside, error) {
	if source == "" {
		return nil, nil
	}
	return asidesOf(s.reads.AsidesBySource(ctx, pair, text(string(source))))
}

// AsideCounts returns how many things of the pair each rule leaves out. It reads an entry for every one of them.
func (s *Store) AsideCounts(ctx context.Context, pair int64) (map[remote.Rule]int, error) {
	rows, err := s.reads.AsideCounts(ctx, pair)
	if err != nil {
		return nil, fmt.Errorf("count what was set aside: %w", mapped(err))
	}
	counts := map[remote.Rule]int{}
	for _, row := range rows {
		counts[remote.Rule(row.Rule)] = int(row.Things)
	}
	return counts, nil
}

func asidesOf(rows []db.Aside, err error) ([]journal.Aside, error) {
	if err != nil {
		return nil, fmt.Errorf("read what was set aside: %w", mapped(err))
	}
	asides := make([]journal.Aside, 0, len(rows))
	for _, row := range rows {
		a, err := asideOf(row)
		if err != nil {
			return nil, err
		}
		asides = append(asides, a)
	}
	return asides, nil
}
