package processes

import (
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/simulator/processes/proxy"
)

// entry is one line of the program's journal, as `journal --json` tells it.
type entry struct {
	Event   string   `json:"event"`
	Raynet  string   `json:"raynet"`
	Outlook string   `json:"outlook"`
	Changes []change `json:"changes"`
}

type change struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Lost   bool   `json:"lost"`
}

// explanation is one state of a record for one user, as `explain --json` tells it.
type explanation struct {
	User   string `json:"user"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// stale is an instance that was frozen for longer than its lease, while another one took over.
type stale struct {
	pid  int
	name string
	woke time.Time
	// ended says that the frozen one gave up by itself.
	ended bool
}

// refused is an instance that was started while another one worked.
type refused struct {
	pid  int
	name string
	// code is its exit status, -1 if it did not end by itself.
	code int
}

// evidence is everything that the checkers look at.
type evidence struct {
	users   []user
	notes   map[string]note
	things  []thing
	history []write
	mails   []string
	journal []entry
	// quiet is since when nobody did anything and nothing was left to do.
	quiet time.Time
	// explained is what the program says of records: ref -> its states.
	explained map[string][]explanation
	requests  []proxy.Request
	// overdone are answers by which a service said that it had been asked too much; asked is how many requests it answered, and
	// most how many were under way at RAYNET at once.
	overdone    []string
	asked, most int
	stale       []stale
	refused     []refused
	files       []file
	words       words
}

// file is something that can be read by whoever comes by: a file of the database, a log, a page.
type file struct {
	name string
	data []byte
}

// raynetParallel is how many requests RAYNET answers at once.
const raynetParallel = 4

// find returns the things of a canary in one place.
func (e *evidence) find(canary string, fits func(thing) bool) []thing {
	var out []thing
	for _, t := range e.things {
		if t.canary == canary && fits(t) {
			out = append(out, t)
		}
	}
	return out
}

func isRecord(t thing) bool { return t.side == inRaynet }

func inMailbox(user int) func(thing) bool {
	return func(t thing) bool { return t.side == inOutlook && t.user == user }
}

// deleted reports whether a person deleted a thing in a place.
func (e *evidence) deleted(canary, where string) bool {
	return slices.ContainsFunc(e.history, func(w write) bool {
		return w.canary == canary && !w.ours && w.op == "delete" && w.where() == where
	})
}

// unburied are the copies of what a person deleted in RAYNET last of all: they are still to be removed, unless the program says
// that they stay.
func (e *evidence) unburied() []difference {
	last := map[string]write{}
	for _, w := range e.history {
		if !w.ours && !w.at.Before(last[w.canary].at) {
			last[w.canary] = w
		}
	}
	var out []difference
	for _, t := range e.things {
		if w := last[t.canary]; t.side == inOutlook && w.op == "delete" && w.side == inRaynet {
			out = append(out, difference{t.canary + " was deleted in RAYNET and has a copy", []string{t.ref()}})
		}
	}
	return out
}

// deletedAnywhere reports whether a person deleted a thing on either side.
func (e *evidence) deletedAnywhere(canary string) bool {
	return slices.ContainsFunc(e.history, func(w write) bool { return w.canary == canary && !w.ours && w.op == "delete" })
}

// waits reports whether the program says that a person has to decide about a thing, or set it aside, and tells which state it is.
func (e *evidence) waits(ref string) (state string, waits bool) {
	for _, one := range e.explained[ref] {
		if slices.Contains([]string{"review", "parked", "aside", "dissolved", "released", "hidden"}, one.State) {
			return one.State, true
		}
	}
	return "", false
}

// told is all that the journal keeps of what people wrote.
func told(entries []entry) string {
	var b strings.Builder
	for _, one := range entries {
		for _, c := range one.Changes {
			b.WriteString(c.Before + "\n")
			if c.Lost {
				b.WriteString(c.After + "\n")
			}
		}
	}
	return b.String()
}
