// Package bench measures the product against both emulators: how long a first synchronisation takes, what it costs in requests,
// processor time, memory and flushes of the disk, and whether a cycle with nothing to do costs the same however much is stored.
//
// It knows how numbers are taken and written down. It refuses to know what they should be. The emulators run in a process of
// their own, so that their cost is not counted. Start reading at Run.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
	"raynetsync/internal/store/crowd"
)

// Size is how large a made-up company is and how slow its services are.
type Size struct {
	Seed uint64
	// Mailboxes and Items: Items are per mailbox.
	Mailboxes, Items int
	Latency          time.Duration
	// Kind is what the items are, and what is synchronised; empty is the calendar.
	Kind record.Kind
}

// Options say what is measured. Zero values stand for the defaults.
type Options struct {
	// Size of the company of the main phases; default 3 mailboxes with 1,000 items. No latency is none.
	Size Size
	// Phases are those to measure; empty is all of them. See Phases.
	Phases []string
	// IdleCycles is how many idle cycles are measured together at each size of the slope; default 50.
	IdleCycles int
	// Slope are the numbers of linked records at which the cost of an idle cycle is taken; default 1,000 and 10,000.
	Slope []int
	// Start starts emulators for measurements (plain items, no daily limits); it returns how to reach and how to end them.
	// nil starts this program once more.
	Start func(ctx context.Context, size Size) (emulation.Info, func() error, error)
	// Crowd is what is stored when the pages are measured; default 2,000 mailboxes and 2,000,000 links.
	Crowd crowd.Size
	// Profile is a file for a profile of the first synchronisation's processor time, to be read by go tool pprof; empty: none.
	Profile string
	// Tell, if not nil, is told what is being measured.
	Tell func(doing string)
}

// The phases.
const (
	Initial = "initial" // the first synchronisation
	Second  = "second"  // the cycle after it, which meets its own echoes
	Idle    = "idle"    // cycles with nothing to do
	Changed = "changed" // one item in a hundred changed on each side
	Slope   = "slope"   // the cost of idle cycles at several sizes
	// Contacts and Tasks are the same of the other kinds, each in a company that has nothing else. In the report they are
	// contacts-initial, contacts-idle (at each size of the slope), contacts-changed, -changed-job and -changed-tag (at the
	// largest), and so on.
	Contacts = string(record.Contacts)
	Tasks    = string(record.Tasks)
	// Overview is how long people wait for the pages about a large company.
	Overview = "overview"
)

// Phases lists all phases in their order.
func Phases() []string {
	return []string{Initial, Second, Idle, Changed, Slope, Contacts, Tasks, Overview}
}

// mainPhases are measured in the company whose size was asked for.
func mainPhases() []string { return []string{Initial, Second, Idle, Changed} }

// idleCycles is how many idle cycles are measured together.
const idleCycles = 10

// Phase is what one phase took. Numbers per cycle are of all its cycles divided by Cycles.
type Phase struct {
	Name      string         `json:"name"`
	Mailboxes int            `json:"mailboxes"`
	Stored    int            `json:"stored"` // linked records at its end
	LatencyMS float64        `json:"latency_ms"`
	Cycles    int            `json:"cycles"`
	WallS     float64        `json:"wall_s"`
	CPUS      float64        `json:"cpu_s"`
	MaxRSSMB  float64        `json:"max_rss_mb"` // of this process, during the phase where the system tells, else so far
	Requests  admin.Requests `json:"requests"`
	// GraphParts is how many requests the $batch requests held.
	GraphParts int64 `json:"graph_parts"`
	// BytesRead is everything the process read, from the database's files and from the network; 0 where the system does not tell.
	BytesRead int64 `json:"bytes_read"`
	// Items are the records that were created or changed; one that changed on both sides is one.
	Items           int     `json:"items"`
	GraphPerItem    float64 `json:"graph_requests_per_item"`
	RaynetPerItem   float64 `json:"raynet_requests_per_item"`
	RequestsPerItem float64 `json:"requests_per_item"`
	FsyncsPerItem   float64 `json:"fsyncs_per_item"`
	Fsyncs          int     `json:"fsyncs"`
	// ShareOfLimit is how much of what four requests in flight per mailbox allow was reached: 1 is all of it, 0 not told.
	ShareOfLimit float64 `json:"share_of_limit,omitzero"`
}

// Slopes are the slopes of the logarithms: cost of an idle cycle against what is stored. 0 is a cost that does not grow.
type Slopes struct {
	Sizes     []int   `json:"sizes"`
	Requests  float64 `json:"requests"`
	CPU       float64 `json:"cpu"`
	BytesRead float64 `json:"bytes_read"`
}

// Report is what was measured.
type Report struct {
	Cycles []admin.Cycle `json:"cycles"`
	Phases []Phase       `json:"phases"`
	Slopes *Slopes       `json:"slopes,omitzero"` // of the calendar
	// KindSlopes are those of the other kinds.
	KindSlopes map[record.Kind]Slopes `json:"kind_slopes,omitzero"`
	Looks      []Look                 `json:"looks,omitzero"`
}

// Run measures. Every company gets a database of its own on the disk of the temporary directory, as durable as in production.
func Run(ctx context.Context, options Options) (Report, error) {
	options.defaults()
	for _, name := range options.Phases {
		if !slices.Contains(Phases(), name) {
			return Report{}, fmt.Errorf("there is no phase %q: there are %v", name, Phases())
		}
	}
	r := &run{Options: options}
	if slices.ContainsFunc(options.Phases, func(name string) bool { return slices.Contains(mainPhases(), name) }) {
		if err := r.company(ctx, options.Size, r.main); err != nil {
			return r.report, err
		}
	}
	if slices.Contains(options.Phases, Slope) {
		if err := r.slope(ctx); err != nil {
			return r.report, err
		}
	}
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		if slices.Contains(options.Phases, string(kind)) {
			if err := r.kind(ctx, kind); err != nil {
				return r.report, err
			}
		}
	}
	if slices.Contains(options.Phases, Overview) {
		if err := r.overview(ctx); err != nil {
			return r.report, fmt.Errorf("phase %s: %w", Overview, err)
		}
	}
	return r.report, nil
}

func (o *Options) defaults() {
	o.Size.Mailboxes = cmp.Or(o.Size.Mailboxes, 3)
	o.Size.Items = cmp.Or(o.Size.Items, 1000)
	o.Size.Seed = cmp.Or(o.Size.Seed, 1)
	o.Size.Kind = cmp.Or(o.Size.Kind, record.Calendar)
	o.IdleCycles = cmp.Or(o.IdleCycles, slopeCycles)
	if len(o.Phases) == 0 {
		o.Phases = Phases()
	}
	if len(o.Slope) == 0 {
		o.Slope = []int{1000, 10_000}
	}
	o.Crowd.Mailboxes = cmp.Or(o.Crowd.Mailboxes, 2000)
	o.Crowd.Links = cmp.Or(o.Crowd.Links, 2_000_000)
	if o.Start == nil {
		o.Start = startProcess
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
}

// run is a measurement under way.
type run struct {
	Options
	report Report
}

// subject is the product at work for one company.
type subject struct {
	run  *run
	app  *app.App
	info emulation.Info
	size Size
}

// company starts emulators and the product, lets do measure, and ends both.
func (r *run) company(ctx context.Context, size Size, do func(context.Context, *subject) error) (err error) {
	r.Tell(fmt.Sprintf("filling the emulators: %d mailboxes with %d items (%s)", size.Mailboxes, size.Items, size.Kind))
	info, end, err := r.Start(ctx, size)
	if err != nil {
		return fmt.Errorf("start the emulators: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	dir, err := os.MkdirTemp("", "raynetsync-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.Open(ctx, app.Options{Config: settings(info, dir, size.Kind)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(ctx, &subject{run: r, app: a, info: info, size: size})
}

func settings(info emulation.Info, dir string, kind record.Kind) *config.Config {
	c := config.Default()
	c.Raynet = config.Raynet{URL: info.RaynetURL, Instance: info.RaynetInstance, User: info.RaynetUser, APIKey: config.NewSecret(info.RaynetAPIKey)}
	c.Microsoft = config.Microsoft{TenantID: info.TenantID, ClientID: info.ClientID, ClientSecret: config.NewSecret(info.ClientSecret),
		GraphURL: info.GraphURL, AuthorityURL: info.AuthorityURL, CAFile: info.CAFile}
	c.Server.DataDir = filepath.Join(dir, "data")
	c.Sync.Users, c.Sync.Kinds = []string{"*"}, []string{string(kind)}
	c.Sync.RaynetReservePercent = 0
	return c
}

// main are the phases on the company whose size was asked for.
func (r *run) main(ctx context.Context, s *subject) error {
	phases := []struct {
		name   string
		cycles int
		before func(context.Context) error
	}{{Initial, 1, nil}, {Second, 1, nil}, {Idle, idleCycles, nil}, {Changed, 1, s.edit}}
	for _, p := range phases {
		if p.before != nil {
			if !slices.Contains(r.Phases, p.name) {
				continue
			}
			r.Tell("people edit one item in a hundred on each side")
			if err := p.before(ctx); err != nil {
				return fmt.Errorf("phase %s: %w", p.name, err)
			}
		}
		end, err := r.profile(p.name)
		if err != nil {
			return err
		}
		phase, cycles, err := s.measure(ctx, p.name, p.cycles)
		if err := errors.Join(err, end()); err != nil {
			return fmt.Errorf("phase %s: %w", p.name, err)
		}
		if p.name == Initial {
			phase.ShareOfLimit = share(s.size, phase.WallS)
		}
		if slices.Contains(r.Phases, p.name) {
			r.report.Phases = append(r.report.Phases, phase)
			r.report.Cycles = append(r.report.Cycles, cycles[len(cycles)-1])
		}
	}
	return nil
}

// profile begins the profile if it is this phase that is wanted, and returns how to end it.
func (r *run) profile(phase string) (end func() error, err error) {
	if r.Profile == "" || phase != Initial {
		return func() error { return nil }, nil
	}
	file, err := os.Create(r.Profile)
	if err != nil {
		return nil, fmt.Errorf("make the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("make the profile: %w", err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}

// share says how much of what four requests in flight per mailbox allow was reached, 0 without latency.
func share(size Size, wall float64) float64 {
	if size.Latency == 0 || wall == 0 {
		return 0
	}
	const inFlight = 4
	return float64(size.Items) * size.Latency.Seconds() / inFlight / wall
}

// measure does cycles and takes the numbers. A cycle with an error, or one that mails anybody, is no measurement.
func (s *subject) measure(ctx context.Context, name string, count int) (Phase, []admin.Cycle, error) {
	s.run.Tell("measuring: " + name)
	phase := Phase{Name: name, Mailboxes: s.size.Mailboxes, LatencyMS: s.size.Latency.Seconds() * 1000, Cycles: count}
	before, err := takeUsage()
	if err != nil {
		return phase, nil, err
	}
	transactions, started := s.app.Store.Stats().Transactions, time.Now()
	var cycles []admin.Cycle
	for range count {
		report, err := s.app.Sync(ctx, admin.SyncOptions{})
		if err != nil {
			return phase, nil, err
		}
		cycle := report.Cycles[0]
		cycle.Users = nil
		if len(cycle.Errors) > 0 || len(cycle.Halted) > 0 || cycle.Mails > 0 || cycle.Waiting > 0 {
			return phase, nil, fmt.Errorf("the cycle did not go well: errors %v, halted %v, mails %d, waiting %d",
				cycle.Errors, cycle.Halted, cycle.Mails, cycle.Waiting)
		}
		cycles = append(cycles, cycle)
		phase.Items += cycle.Steps.Create + cycle.Steps.Update + cycle.Steps.Link + cycle.Steps.Delete
		phase.Requests.Raynet += cycle.Requests.Raynet
		phase.Requests.Graph += cycle.Requests.Graph
		phase.GraphParts += cycle.Requests.GraphParts
	}
	phase.WallS = time.Since(started).Seconds()
	phase.Fsyncs = s.app.Store.Stats().Transactions - transactions
	after, err := takeUsage()
	if err != nil {
		return phase, nil, err
	}
	phase.CPUS, phase.BytesRead, phase.MaxRSSMB = after.cpu-before.cpu, after.read-before.read, after.peakMB
	phase.Stored = cycles[len(cycles)-1].Kinds[s.size.Kind].Linked
	phase.per(phase.Items)
	return phase, cycles, nil
}

// per sets what was taken for each of so many items.
func (p *Phase) per(items int) {
	p.Items = items
	if n := float64(items); n > 0 {
		p.GraphPerItem, p.RaynetPerItem = float64(p.Requests.Graph)/n, float64(p.Requests.Raynet)/n
		p.RequestsPerItem, p.FsyncsPerItem = p.GraphPerItem+p.RaynetPerItem, float64(p.Fsyncs)/n
	}
}
