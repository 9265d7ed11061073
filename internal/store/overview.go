package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store/db"
)

// User is one mailbox with the worst state among its pairs.
type User struct {
	Mailbox, Address string
	State            journal.PairState
}

// UserFilter says which users are wanted, in the order of their addresses.
type UserFilter struct {
	Connection string
	// Search is a part of the address, however it is written; empty is everybody.
	Search string
	// Troubled leaves out those for whom nothing needs a person. Late is since when a cycle must have ended not to count as
	// trouble.
	Troubled bool
	Late     time.Time
	// After is the last user of the page before.
	After User
	Limit int
}

// states are the states of pairs, the best first.
var states = [...]journal.PairState{journal.PairRunning, journal.PairPaused, journal.PairRefused, journal.PairHalted}

// Users returns a page of the users who have pairs.
func (s *Store) Users(ctx context.Context, f UserFilter) ([]User, error) {
	search := ""
	if f.Search != "" {
		search = "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(f.Search)) + "%"
	}
	var rows []db.UserPageRow
	var err error
	if f.Troubled {
		var troubled []db.TroubledPageRow
		troubled, err = s.reads.TroubledPage(ctx, db.TroubledPageParams{Connection: f.Connection, Address: f.After.Address, Mailbox: f.After.Mailbox,
			Search: search, Late: stamp(f.Late), MaxRows: bounded(f.Limit)})
		for _, row := range troubled {
			rows = append(rows, db.UserPageRow(row))
		}
	} else {
		rows, err = s.reads.UserPage(ctx, db.UserPageParams{Connection: f.Connection, Address: f.After.Address, Mailbox: f.After.Mailbox,
			Search: search, MaxRows: bounded(f.Limit)})
	}
	if err != nil {
		return nil, fmt.Errorf("read users: %w", mapped(err))
	}
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = User{Mailbox: row.Mailbox, Address: row.Address, State: states[row.Worst]}
	}
	return users, nil
}

// PairsOfUser returns the pairs of the mailbox with an address, in the order in which they were made.
func (s *Store) PairsOfUser(ctx context.Context, connection, address string) ([]journal.Pair, error) {
	rows, err := s.reads.PairsOfUser(ctx, connection, address)
	if err != nil {
		return nil, fmt.Errorf("read the pairs of %s: %w", address, mapped(err))
	}
	pairs := make([]journal.Pair, len(rows))
	for i, row := range rows {
		pairs[i] = pairOf(row)
	}
	return pairs, nil
}

// UserStates returns how many users there are, by the worst state among their pairs.
func (s *Store) UserStates(ctx context.Context, connection string) (map[journal.PairState]int, error) {
	rows, err := s.reads.UserStates(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("count users: %w", mapped(err))
	}
	counts := map[journal.PairState]int{}
	for _, row := range rows {
		counts[states[row.Worst]] = int(row.Users)
	}
	return counts, nil
}

// Stop says how many pairs do not run for one reason.
type Stop struct {
	State        journal.PairState
	Reason       string
	Users, Pairs int
	Since        time.Time // the longest of them
}

// Stops returns why pairs do not run.
func (s *Store) Stops(ctx context.Context, connection string) ([]Stop, error) {
	rows, err := s.reads.PairStops(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("count stopped pairs: %w", mapped(err))
	}
	stops := make([]Stop, len(rows))
	for i, row := range rows {
		stops[i] = Stop{State: journal.PairState(row.State), Reason: row.Reason, Users: int(row.Users), Pairs: int(row.Pairs), Since: moment(row.First)}
	}
	return stops, nil
}

// Amount is how many things wait for one reason, of how many users, and since when the first of them does.
type Amount struct {
	Things, Users int
	Since         time.Time
}

// HeldTotals returns how much was parked and how much waits for a person; what merely waits for its turn is not counted.
func (s *Store) HeldTotals(ctx context.Context, connection string) (map[journal.Why]Amount, error) {
	rows, err := s.reads.WorkTotals(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("count held work: %w", mapped(err))
	}
	amounts := map[journal.Why]Amount{}
	for _, row := range rows {
		amounts[journal.Why(row.Why)] = Amount{Things: int(row.Things), Users: int(row.Users), Since: moment(row.First)}
	}
	return amounts, nil
}

// LateUsers returns how many users have a pair that runs and whose mailbox was last read before late, and the oldest such time.
// A mailbox that was never read does not count: it is being read for the first time.
func (s *Store) LateUsers(ctx context.Context, connection string, late time.Time) (Amount, error) {
	row, err := s.reads.LateUsers(ctx, connection, stamp(late))
	if err != nil {
		return Amount{}, fmt.Errorf("count late users: %w", mapped(err))
	}
	return Amount{Users: int(row.Users), Since: moment(row.First)}, nil
}

// LinkTotals returns how many links of each kind are in which state.
func (s *Store) LinkTotals(ctx context.Context, connection string) (map[record.Kind]map[journal.LinkState]int, error) {
	rows, err := s.reads.LinkTotals(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("count links: %w", mapped(err))
	}
	totals := map[record.Kind]map[journal.LinkState]int{}
	for _, row := range rows {
		kind := record.Kind(row.Kind)
		if totals[kind] == nil {
			totals[kind] = map[journal.LinkState]int{}
		}
		totals[kind][journal.LinkState(row.State)] = int(row.Links)
	}
	return totals, nil
}

// Figures are what is told of one pair.
type Figures struct {
	journal.Pair // ID, Kind, Mailbox, Address, State, Reason, Detail and Since
	// Cycle is when the mailbox was read and everything it showed settled last, Changed the latest entry of the journal and Run
	// the run that made it, Retry when the next thing that waits is tried again; all zero if there is none.
	Cycle, Changed, Retry time.Time
	Run                   string
	// Intents counts writes whose outcome is not known yet.
	Intents int
	Links   map[journal.LinkState]int
	Work    map[journal.Why]int
}

// lastText is greater than every mailbox.
const lastText = "\U0010ffff"

// Figures returns the figures of a mailbox's pairs, or of all pairs of the connection if mailbox is empty, by mailbox and kind.
func (s *Store) Figures(ctx context.Context, connection, mailbox string) ([]Figures, error) {
	from, till := mailbox, mailbox
	if mailbox == "" {
		till = lastText
	}
	rows, err := s.reads.PairFigures(ctx, connection, from, till)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", mapped(err))
	}
	figures, byPair := make([]Figures, len(rows)), make(map[int64]*Figures, len(rows))
	for i, row := range rows {
		figures[i] = Figures{
			Pair: journal.Pair{ID: row.ID, Connection: connection, Kind: record.Kind(row.Kind), Mailbox: row.Mailbox, Address: row.Address,
				State: journal.PairState(row.State), Reason: row.Reason, Detail: row.Detail, Since: moment(row.Since)},
			Cycle: moment(row.Cycle), Changed: moment(row.Changed), Retry: moment(row.RetryAt), Run: row.Run, Intents: int(row.Intents),
			Links: map[journal.LinkState]int{}, Work: map[journal.Why]int{},
		}
		byPair[row.ID] = &figures[i]
	}
	tallies, err := s.reads.PairTallies(ctx, connection, from, till)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", mapped(err))
	}
	for _, row := range tallies {
		if of := byPair[row.Pair]; of != nil && row.Links != 0 {
			of.Links[journal.LinkState(row.State)] = int(row.Links)
		}
	}
	works, err := s.reads.PairWork(ctx, connection, from, till)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", mapped(err))
	}
	for _, row := range works {
		if of := byPair[row.Pair]; of != nil {
			of.Work[journal.Why(row.Why)] = int(row.Things)
		}
	}
	return figures, nil
}
