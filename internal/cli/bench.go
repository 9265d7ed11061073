package cli

import (
	"context"
	"time"

	"raynetsync/internal/cli/screen"
)

// benchCommand measures the product against the emulators.
type benchCommand struct {
	Items     int           `default:"1000" placeholder:"N" help:"${help_items}"`
	Mailboxes int           `default:"3" placeholder:"N" help:"${help_mailboxes}"`
	Latency   time.Duration `default:"20ms" placeholder:"TIME" help:"${help_latency}"`
	Phases    []string      `placeholder:"NAME" help:"${help_bench_phases}"`
	Slope     []int         `default:"1000,10000" placeholder:"N" help:"${help_bench_slope}"`
	Profile   string        `placeholder:"FILE" help:"${help_bench_profile}"`
	Write     string        `placeholder:"DIR" help:"${help_bench_write}"`
}

// Run is called by the parser.
func (c *benchCommand) Run(ctx context.Context, s *session) error {
	tell := func(doing string) { screen.New(s.streams.Err, s.streams.Environ).Line(screen.Dim(doing)) }
	report, table, err := s.backends.Bench(ctx, BenchOptions{Items: c.Items, Mailboxes: c.Mailboxes, Latency: c.Latency, Phases: c.Phases,
		Slope: c.Slope, Write: c.Write, Profile: c.Profile}, tell)
	if err != nil {
		return err
	}
	if s.grammar.JSON {
		return s.json(report)
	}
	s.screen.Text(table)
	return nil
}
