package emulation

import (
	"fmt"
	"sync"
	"time"

	"raynetsync/internal/app/company"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// Options describe the world. The zero value is a working one with three mailboxes and the services' real limits.
type Options struct {
	// Seed chooses the company and every id.
	Seed uint64
	// Mailboxes and Items (per mailbox) are the size of the company; 0 means the company's own default.
	Mailboxes, Items int
	// Kinds are those of which there is something; empty means all.
	Kinds []company.Kind
	// Plain fills with things that RAYNET has and that each take exactly one request, Items of every kind: for measurements.
	Plain bool
	// Latency is how long every HTTP request lasts on RAYNET and on Graph, while it holds its place among the requests in
	// flight; a $batch lasts as long as one request. The token endpoint has none.
	Latency time.Duration
	// Faults are switched on from the start, see World.Faults.
	Faults []string
	// Now is the clock of both services; nil means time.Now. What the company already had was entered during the three
	// months before.
	Now func() time.Time
	// Zone is the IANA name of the company's time zone; empty means Europe/Prague.
	Zone string
	// DataFaults lets [429], [503], [slow] and [lost-reply] in a title choose a fault for that item.
	DataFaults bool
	// KeepHistory keeps every write for the emulators' History, the filling included.
	KeepHistory bool
	// RaynetDailyLimit is RAYNET's quota per day; 0 means the real 24,000.
	RaynetDailyLimit int
	// GraphRequestsPerMailbox is Graph's limit in ten minutes; 0 means the real 10,000, a negative value none.
	GraphRequestsPerMailbox int
}

// World is both services and the company that uses them. It is safe for concurrent use; the fields are not to be replaced.
type World struct {
	Raynet  *raynetemu.Server
	Outlook *outlookemu.Server
	Company *company.Company
	// IDs are the RAYNET ids of what is in Company.
	IDs company.IDs

	now      func() time.Time
	requests requestLog

	mu   sync.Mutex
	gone map[string]bool // guarded by mu; the named mailbox faults that are on
}

// New makes a world and fills it. The error names a fault of Options.Faults that does not exist, or what an emulator would not
// take of the company.
func New(opts Options) (*World, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	people := company.New(company.Options{
		Seed: opts.Seed, Mailboxes: opts.Mailboxes, Items: opts.Items, Now: opts.Now(), Zone: opts.Zone,
		Kinds: opts.Kinds, Plain: opts.Plain,
	})
	w := &World{Company: people, now: opts.Now, gone: map[string]bool{}}
	past := newPast(opts.Now, len(people.Activities)+len(people.Events)+len(people.Clients)+len(people.Contacts)+len(people.Cards)+
		len(people.Tasks)+len(people.Todos))
	w.Raynet = raynetemu.New(raynetemu.Options{
		Now: past.now, Seed: opts.Seed, Zone: people.Zone(), DailyLimit: opts.RaynetDailyLimit, DataFaults: opts.DataFaults,
		KeepHistory: opts.KeepHistory,
	})
	w.Outlook = outlookemu.New(outlookemu.Options{
		Now: past.now, Seed: opts.Seed, DataFaults: opts.DataFaults, KeepHistory: opts.KeepHistory, FlatBatches: true,
		RequestsPerMailbox: opts.GraphRequestsPerMailbox,
	})
	if err := w.fill(past); err != nil {
		return nil, err
	}
	past.end()
	w.Raynet.Layer().SetLatency(opts.Latency)
	w.Outlook.SetLatency(opts.Latency)
	for _, name := range opts.Faults {
		if err := w.Inject(name); err != nil {
			return nil, fmt.Errorf("emulation: %w", err)
		}
	}
	return w, nil
}
