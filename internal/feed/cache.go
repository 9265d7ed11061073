package feed

import (
	"sync"
	"time"

	"raynetsync/internal/remote"
)

// cacheRows bounds how many rows are kept; turns, for how many polls.
const (
	cacheRows = 20_000
	turns     = 2
)

// Cache keeps the rows that were just read in memory, until two more polls have come or there is no more room. It is safe for
// concurrent use. The zero Cache is ready.
type Cache struct {
	// InZone shows a row as it looks in another zone; nil leaves rows as they are.
	InZone func(row remote.Snapshot, zone string) remote.Snapshot

	mu   sync.Mutex
	rows map[remote.Ref]cached // guarded by mu
	now  int                   // guarded by mu; counts polls
}

type cached struct {
	snapshot remote.Snapshot
	reported int64 // Unix milliseconds, as exactly as the store keeps times
	turn     int
}

// Row returns the row of ref that came with the report of that time, as it looks in the zone, if it is still there.
func (c *Cache) Row(ref remote.Ref, zone string, reported time.Time) (remote.Snapshot, bool) {
	c.mu.Lock()
	row, ok := c.rows[ref]
	c.mu.Unlock()
	if ok = ok && row.reported == reported.UnixMilli(); !ok {
		return remote.Snapshot{}, false
	}
	if c.InZone != nil {
		return c.InZone(row.snapshot, zone), true
	}
	return row.snapshot, true
}

// turn begins a new poll and forgets rows of polls long past.
func (c *Cache) turn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	for ref, row := range c.rows {
		if c.now-row.turn > turns {
			delete(c.rows, ref)
		}
	}
}

// put keeps a row that is reported at that time, unless there is no room for more.
func (c *Cache) put(snapshot remote.Snapshot, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows == nil {
		c.rows = map[remote.Ref]cached{}
	}
	if _, known := c.rows[snapshot.Ref]; !known && len(c.rows) >= cacheRows {
		return
	}
	c.rows[snapshot.Ref] = cached{snapshot: snapshot, reported: at.UnixMilli(), turn: c.now}
}
