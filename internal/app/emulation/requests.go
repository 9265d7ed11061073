package emulation

import (
	"slices"
	"sync"

	"raynetsync/internal/remote/chaos"
)

// Request is one HTTP request that a client made to a service; a $batch is one.
type Request struct {
	// Index is the number of the request among those of all services since the last reset, from 0.
	Index   int     `json:"index"`
	Service Service `json:"service"`
	chaos.Entry
}

// requestLog puts the logs of the services into one order, which stays as it was first told.
type requestLog struct {
	mu    sync.Mutex
	order []place         // guarded by mu
	first int             // guarded by mu; index of order[0]
	read  map[Service]int // guarded by mu; requests of each service that are in order
}

// place is a request's number in the log of its service.
type place struct {
	service Service
	number  int
}

// keptRequests is how many places are kept; the services' own logs hold fewer.
const keptRequests = 100_000

// Requests returns the requests with an Index of at least since, in order. Old ones are forgotten: of each service the latest
// 20,000 are kept. A request that is still running has status 0.
func (w *World) Requests(since int) []Request {
	l := &w.requests
	l.mu.Lock()
	defer l.mu.Unlock()
	w.readOn()
	wanted := max(since-l.first, 0)
	oldest := map[Service]int{}
	for i := wanted; i < len(l.order); i++ {
		p := l.order[i]
		if number, met := oldest[p.service]; p.number >= 0 && (!met || p.number < number) {
			oldest[p.service] = p.number
		}
	}
	known := map[Service]logPart{}
	for service, number := range oldest {
		first, entries := w.layer(service).Since(number)
		known[service] = logPart{first, entries}
	}
	out := []Request{}
	for i := wanted; i < len(l.order); i++ {
		p := l.order[i]
		if entry, ok := known[p.service].entry(p.number); ok {
			out = append(out, Request{Index: l.first + i, Service: p.service, Entry: entry})
		}
	}
	return out
}

// logPart is what a service's log still holds.
type logPart struct {
	first   int
	entries []chaos.Entry
}

func (p logPart) entry(number int) (chaos.Entry, bool) {
	if number < p.first || number >= p.first+len(p.entries) {
		return chaos.Entry{}, false
	}
	return p.entries[number-p.first], true
}

// ResetRequests forgets the requests so far, in the services' own logs too.
func (w *World) ResetRequests() {
	w.requests.mu.Lock()
	defer w.requests.mu.Unlock()
	w.requests.order, w.requests.first, w.requests.read = nil, 0, nil
	for _, service := range services() {
		w.layer(service).ResetLog()
	}
}

// forget makes the places of a service lead nowhere.
func (l *requestLog) forget(service Service) {
	for i := range l.order {
		if l.order[i].service == service {
			l.order[i].number = -1
		}
	}
}

// readOn takes what came since the last look into the common order, by the time of arrival; mu is held.
func (w *World) readOn() {
	l := &w.requests
	if l.read == nil {
		l.read = map[Service]int{}
	}
	type arrival struct {
		place
		entry chaos.Entry
	}
	var fresh []arrival
	for _, service := range services() {
		from := l.read[service]
		first, entries := w.layer(service).Since(from)
		if first < from { // somebody reset the service's own log
			l.forget(service)
			from = 0
			first, entries = w.layer(service).Since(from)
		}
		for number := from; number < first; number++ { // dropped before anybody looked: they keep their index
			l.order = append(l.order, place{service, number})
		}
		for i, entry := range entries {
			fresh = append(fresh, arrival{place{service, first + i}, entry})
		}
		l.read[service] = first + len(entries)
	}
	slices.SortStableFunc(fresh, func(a, b arrival) int { return a.entry.At.Compare(b.entry.At) })
	for _, a := range fresh {
		l.order = append(l.order, a.place)
	}
	if extra := len(l.order) - keptRequests; extra > 0 {
		l.order = slices.Clone(l.order[extra:])
		l.first += extra
	}
}
