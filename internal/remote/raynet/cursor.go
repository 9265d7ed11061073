package raynet

import (
	"maps"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote"
)

// maxSeen limits how many rows a cursor remembers of one stream. Rows beyond it are merely reported once more.
const maxSeen = 2000

// place is where the feed stands in one stream.
type place struct {
	// Since is the service's own clock at the first page of the last round.
	Since time.Time `json:"since"`
	// Seen are the rows that the next round will show again because of the overlap: "meeting/9001" -> version.
	Seen map[string]string `json:"seen,omitempty"`
	// Asked is our clock at the last round, of streams that are not read in every round.
	Asked time.Time `json:"asked,omitzero"`
}

// from is the filter's value: whole minutes, because finer is not kept, and an overlap for rows that
// were stored while the last round read.
func (p place) from() time.Time { return p.Since.UTC().Truncate(time.Minute).Add(-overlap) }

// knows reports whether the round before showed the row in this version.
func (p place) knows(name string, version remote.Version) bool {
	known, ok := p.Seen[name]
	return ok && version != "" && known == string(version)
}

// see remembers a row that the next round will show again. It waits for Since.
func (p *place) see(name string, version remote.Version, modified time.Time) {
	if version == "" || len(p.Seen) >= maxSeen || modified.Before(p.from()) {
		return
	}
	if p.Seen == nil {
		p.Seen = map[string]string{}
	}
	p.Seen[name] = string(version)
}

// cursor is where the feed stands: one place for each stream that was ever read.
type cursor struct {
	Streams map[string]place `json:"streams,omitempty"`
	// Since and Seen are the place of the activities in cursors from before there were other streams.
	Since time.Time         `json:"since,omitzero"`
	Seen  map[string]string `json:"seen,omitempty"`
}

func readCursor(doing, token string) (cursor, error) {
	var at cursor
	err := json.Unmarshal([]byte(token), &at)
	if err == nil && !at.Since.IsZero() {
		at = cursor{Streams: map[string]place{streamActivity: {Since: at.Since, Seen: at.Seen}}}
	}
	if err != nil || at.start(streamActivity).Since.IsZero() {
		return cursor{}, fault(remote.CursorDead, doing, "the cursor cannot be read")
	}
	return at, nil
}

// start is the place of a stream. One that was never read begins where the others stand.
func (c cursor) start(name string) place {
	at, known := c.Streams[name]
	if known && !at.Since.IsZero() {
		return at
	}
	earliest := place{}
	for _, other := range c.Streams { // any order: the earliest one is the same
		if earliest.Since.IsZero() || !other.Since.IsZero() && other.Since.Before(earliest.Since) {
			earliest.Since = other.Since
		}
	}
	return earliest
}

// with is the cursor with another place for one stream.
func (c cursor) with(name string, at place) cursor {
	streams := maps.Clone(c.Streams)
	if streams == nil {
		streams = map[string]place{}
	}
	streams[name] = at
	return cursor{Streams: streams}
}

func (c cursor) encode() string {
	text, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		return "" // cannot happen: times of this era and texts
	}
	return string(text)
}
