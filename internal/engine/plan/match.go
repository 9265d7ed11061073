package plan

import (
	"slices"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Match finds out which unlinked things of the two sides are one and the same, before anything is created. A stamp or key is
// believed first, then an identity shared across mailboxes, then the natural key if it is unique on both sides. The result
// has an item per pair found, an item marked Several for everything that fits more than once, and an item for each of the
// rest, in the order of the input (RAYNET's first).
//
// key returns the idempotency key that a copy of an Outlook thing would carry in RAYNET.
func Match(raynet, outlook []remote.Reading, key func(remote.Snapshot) string) []Item {
	m := matcher{
		raynet: raynet, outlook: outlook, takenR: make([]bool, len(raynet)), takenO: make([]bool, len(outlook)),
		items: make([]Item, 0, len(raynet)+len(outlook)),
	}
	twin := func(s remote.Snapshot) string { return s.Twin }
	// A key is believed before a stamp: a thing that a record was made from is no copy of ours, whatever stamp it was copied with.
	m.by("stamp", func(s remote.Snapshot) string { return s.Key }, key, onRaynet)
	m.by("stamp", stampOfSource, func(s remote.Snapshot) string { return s.Ref.String() }, onOutlook)
	m.by("twin", twin, twin, onOutlook)
	m.natural()
	return m.rest()
}

type markSide int

const (
	onOutlook markSide = iota // the mark sits on the Outlook thing and names the RAYNET one
	onRaynet
)

type matcher struct {
	raynet, outlook []remote.Reading
	takenR, takenO  []bool
	items           []Item
}

func stampOfSource(s remote.Snapshot) string {
	if s.Stamp == nil {
		return ""
	}
	return s.Stamp.Source.String()
}

// by joins things where a mark on one side names the other. Two marks that name one thing, or one that names two, go to a
// person.
func (m *matcher) by(how string, mark, name func(remote.Snapshot) string, where markSide) {
	marked, takenMarked, named, takenNamed := m.outlook, m.takenO, m.raynet, m.takenR
	if where == onRaynet {
		marked, takenMarked, named, takenNamed = m.raynet, m.takenR, m.outlook, m.takenO
	}
	byMark := map[string][]int{}
	for i := range marked {
		if text := mark(marked[i].Snapshot); text != "" && !takenMarked[i] {
			byMark[text] = append(byMark[text], i)
		}
	}
	if len(byMark) == 0 {
		return
	}
	fits := map[string]int{} // how many things a mark names
	for j := range named {
		if !takenNamed[j] {
			fits[name(named[j].Snapshot)]++
		}
	}
	one := func(reading *remote.Reading) Item {
		if reading.Snapshot.Ref.Side == record.Raynet {
			return Item{Raynet: reading, Several: true, How: how}
		}
		return Item{Outlook: reading, Several: true, How: how}
	}
	for j := range named {
		text := name(named[j].Snapshot)
		hits := byMark[text]
		if takenNamed[j] || len(hits) == 0 {
			continue
		}
		takenNamed[j] = true
		if takenMarked[hits[0]] { // another thing of that name came first: a person decides about all of them
			m.items = append(m.items, one(&named[j]))
			continue
		}
		alone := len(hits) == 1 && fits[text] == 1
		r, o := j, hits[0]
		if where == onRaynet {
			r, o = o, r
		}
		item := Item{Raynet: &m.raynet[r], Outlook: &m.outlook[o], Matched: alone, Several: !alone, How: how}
		m.items = append(m.items, item)
		for i, hit := range hits {
			takenMarked[hit] = true
			if i > 0 {
				m.items = append(m.items, one(&marked[hit]))
			}
		}
	}
}

// natural joins things that have a natural key in common, if exactly one on each side is in such a family. A thing with several
// keys (a person with two addresses) makes one family of all that share any of them. What looks like something on the other side that lies
// before a person lies before him too.
func (m *matcher) natural() {
	if len(m.raynet) == 0 || len(m.outlook) == 0 {
		return
	}
	rivals := m.rivals()
	f := families{of: map[string]int{}}
	for i := range m.raynet {
		if !m.takenR[i] && !m.raynet[i].Snapshot.Finished {
			f.add(m.raynet[i].Snapshot.Natural, i, &f.raynet)
		}
	}
	for i := range m.outlook {
		if !m.takenO[i] && !m.outlook[i].Snapshot.Finished {
			f.add(m.outlook[i].Snapshot.Natural, i, &f.outlook)
		}
	}
	for at := range f.parent {
		raynet, outlook := f.raynet[at], f.outlook[at]
		rival := slices.ContainsFunc(raynet, func(i int) bool { return rivals.has(m.raynet[i]) }) ||
			slices.ContainsFunc(outlook, func(i int) bool { return rivals.has(m.outlook[i]) })
		if !rival && (len(raynet) == 0 || len(outlook) == 0) {
			continue
		}
		alone := len(raynet) == 1 && len(outlook) == 1 && !rival
		if alone {
			m.items = append(m.items, Item{Raynet: &m.raynet[raynet[0]], Outlook: &m.outlook[outlook[0]], Matched: true, How: "natural"})
		}
		for _, r := range raynet {
			if m.takenR[r] = true; !alone {
				m.items = append(m.items, Item{Raynet: &m.raynet[r], Several: true, How: "natural"})
			}
		}
		for _, o := range outlook {
			if m.takenO[o] = true; !alone {
				m.items = append(m.items, Item{Outlook: &m.outlook[o], Several: true, How: "natural"})
			}
		}
	}
}

// look is what things of one side look like to those of the other: a natural key.
type look struct {
	side record.Side
	key  string
}

type looks map[look]bool

// rivals collects the looks of what fits more than one thing by its marks. What is finished is like nothing.
func (m *matcher) rivals() looks {
	out := looks{}
	for _, item := range m.items {
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if item.Several && reading != nil && !reading.Snapshot.Finished {
				for _, key := range reading.Snapshot.Natural {
					out[look{reading.Snapshot.Ref.Side, key}] = true
				}
			}
		}
	}
	return out
}

// has reports whether a thing looks like one of the other side's.
func (l looks) has(reading remote.Reading) bool {
	return slices.ContainsFunc(reading.Snapshot.Natural, func(key string) bool { return l[look{reading.Snapshot.Ref.Side.Other(), key}] })
}

// families are sets of things that share natural keys, by the number of their first key.
type families struct {
	of              map[string]int // key -> family
	parent          []int          // family -> the family it was joined to, itself if none
	raynet, outlook [][]int        // family -> things, in their order
}

// add puts a thing into the family of its keys, and joins the families that it connects to the eldest of them.
func (f *families) add(keys []string, thing int, side *[][]int) {
	if len(keys) == 0 {
		return
	}
	home := -1
	for _, key := range keys {
		at, known := f.of[key]
		if !known {
			continue
		}
		if at = f.root(at); home < 0 || at < home {
			home = at
		}
	}
	if home < 0 {
		home = len(f.parent)
		f.parent, f.raynet, f.outlook = append(f.parent, home), append(f.raynet, nil), append(f.outlook, nil)
	}
	for _, key := range keys {
		if at, known := f.of[key]; known && f.root(at) != home {
			f.join(f.root(at), home)
		}
		f.of[key] = home
	}
	(*side)[home] = append((*side)[home], thing)
}

func (f *families) root(at int) int {
	for f.parent[at] != at {
		at = f.parent[at]
	}
	return at
}

func (f *families) join(from, to int) {
	f.parent[from] = to
	for _, things := range []*[][]int{&f.raynet, &f.outlook} {
		(*things)[to] = append((*things)[to], (*things)[from]...)
		slices.Sort((*things)[to])
		(*things)[from] = nil
	}
}

func (m *matcher) rest() []Item {
	for i := range m.raynet {
		if !m.takenR[i] {
			m.items = append(m.items, Item{Raynet: &m.raynet[i]})
		}
	}
	for i := range m.outlook {
		if !m.takenO[i] {
			m.items = append(m.items, Item{Outlook: &m.outlook[i]})
		}
	}
	return m.items
}
