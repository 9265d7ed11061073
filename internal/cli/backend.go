package cli

import (
	"context"
	"io"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
)

// Streams are what a program is given by whoever starts it.
type Streams struct {
	// In is where answers to questions come from; only "setup" asks any.
	In       io.Reader
	Out, Err io.Writer
	Environ  []string // "NAME=value"
}

// Backends are what the commands call. A command whose function is nil is not there.
type Backends struct {
	// Version is shown by "version", one line.
	Version string
	Now     func() time.Time
	// Open opens the connection that file, environment and what is saved in the database describe.
	Open func(ctx context.Context, layers config.Layers) (Connection, error)
	// Register begins the registration of the application in a tenant; empty is that of whoever signs in.
	Register func(ctx context.Context, at AzureEndpoints, tenant string) (AzureSession, error)
	// Serve keeps both services in step until ctx ends.
	Serve   func(ctx context.Context, layers config.Layers, options ServeOptions) error
	Emulate func(ctx context.Context, options EmulateOptions, ready func(info any) error) error
	// Demo returns a report for which Converged tells whether nothing was left to do.
	Demo func(ctx context.Context, options DemoOptions, show Show) (admin.Report, error)
	// Bench returns what was measured, for programs and as a table for people; tell is told what is going on.
	Bench func(ctx context.Context, options BenchOptions, tell func(doing string)) (report any, table string, err error)
	// Simulate tries to make the product do what it must never do; Simulated.Bad says that it did.
	Simulate func(ctx context.Context, options SimulateOptions, tell func(doing string)) (Simulated, error)
}

// AzureEndpoints are where Microsoft's services are. Empty members are the global cloud and the system's authorities.
type AzureEndpoints struct {
	GraphURL, AuthorityURL string
	CAFile                 string // PEM
}

// AzureSession is an administrator's sign-in, as admin.AzureSession has it.
type AzureSession struct {
	State    func() admin.AzureState
	Await    func(context.Context) error
	Register func(context.Context, admin.AzureOptions) (admin.Registration, error)
}

// ServeOptions are the flags of "serve".
type ServeOptions struct {
	LogLevel string // debug, info, warn or error
	Log      io.Writer
	// Ready is told once the server runs.
	Ready func(Serving)
}

// Serving is what a server tells when it runs.
type Serving struct {
	URL string
	// Start is the one-time link of a first start, empty if there is an administrator already.
	Start string
	// Nobody says that the connection is set up and nobody is chosen.
	Nobody bool
}

// BenchOptions are the flags of "bench".
type BenchOptions struct {
	Items, Mailboxes int
	Latency          time.Duration
	Phases           []string
	Slope            []int
	Profile          string // file for a profile of the first synchronisation; empty: none
	Write            string // folder of the documents into which the figures are written; empty: none
}

// SimulateOptions are the flags of "simulate". Their meaning is that of package reliability.
type SimulateOptions struct {
	Level, Scenario string
	Seed            uint64
	Histories       int
	For             time.Duration
	Finds, Twice    int
	Workers         int
	Depth           int
	Shard           string
	Sample          bool
	Kills           int
	Replay          []string
	Like            string
	Save, Write     string
}

// Simulated is what came of a simulation, for programs and for people.
type Simulated struct {
	Report any
	Table  string
	Bad    bool
}

// Show is where and how a long-running command tells what is going on.
type Show struct {
	Screen *screen.Screen // nil: it says nothing
	Texts  *locale.Texts
}

// EmulateOptions are the flags of "emulate". Their zero values are those of package emulation.
type EmulateOptions struct {
	Raynet, Graph, Authority, Control string // host:port
	Seed                              uint64
	Mailboxes, Items                  int
	Latency                           time.Duration
	Faults                            []string
	Kinds                             []string // with what the emulators are filled
	// Measure fills with items that take one request each and takes the daily limits away.
	Measure bool
	Dir     string
}

// DemoOptions are the flags of "demo". Zero values stand for the defaults.
type DemoOptions struct {
	// Once ends after the first synchronisation and a second cycle.
	Once             bool
	Seed             uint64
	Mailboxes, Items int
	Listen           string // host:port for /healthz
	Data             string // directory of the database; empty: one that is removed at the end
	// Pace is the time between two edits of the made-up people.
	Pace time.Duration
}
