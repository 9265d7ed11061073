package cli

import (
	"context"
	"time"

	"raynetsync/internal/cli/screen"
)

// simulateCommand tries to make the product do what it must never do.
type simulateCommand struct {
	Level     string        `default:"engine" placeholder:"NAME" help:"${help_simulate_level}"`
	Scenario  string        `placeholder:"NAME" help:"${help_simulate_scenario}"`
	Seed      uint64        `default:"0" placeholder:"N" help:"${help_simulate_seed}"`
	Histories int           `placeholder:"N" help:"${help_simulate_histories}"`
	For       time.Duration `placeholder:"TIME" help:"${help_simulate_for}"`
	Like      string        `placeholder:"DIR" help:"${help_simulate_like}"`
	Finds     int           `default:"0" placeholder:"N" help:"${help_simulate_finds}"`
	Twice     int           `default:"4" placeholder:"N" help:"${help_simulate_twice}"`
	Workers   int           `placeholder:"N" help:"${help_simulate_workers}"`
	Depth     int           `default:"2" placeholder:"N" help:"${help_simulate_depth}"`
	Shard     string        `placeholder:"K/N" help:"${help_simulate_shard}"`
	Sample    bool          `help:"${help_simulate_sample}"`
	Kills     int           `default:"10" placeholder:"N" help:"${help_simulate_kills}"`
	Save      string        `default:"failed-histories" placeholder:"DIR" help:"${help_simulate_save}"`
	Write     string        `placeholder:"DIR" help:"${help_simulate_write}"`
	Replay    []string      `arg:"" optional:"" name:"file" help:"${help_simulate_replay}"`
}

// histories are lived unless a number or a time is given.
const histories = 20

// Run is called by the parser.
func (c *simulateCommand) Run(ctx context.Context, s *session) error {
	if c.Level == "engine" && c.Histories == 0 && c.For == 0 {
		c.Histories = histories
	}
	tell := func(doing string) { screen.New(s.streams.Err, s.streams.Environ).Line(screen.Dim(doing)) }
	result, err := s.backends.Simulate(ctx, SimulateOptions{Level: c.Level, Scenario: c.Scenario, Seed: c.Seed, Histories: c.Histories, For: c.For,
		Like: c.Like, Finds: c.Finds, Twice: c.Twice, Workers: c.Workers, Depth: c.Depth, Shard: c.Shard, Sample: c.Sample, Kills: c.Kills, Replay: c.Replay,
		Save: c.Save, Write: c.Write}, tell)
	if err != nil {
		return err
	}
	if s.grammar.JSON {
		if err := s.json(result.Report); err != nil {
			return err
		}
	} else {
		s.screen.Text(result.Table)
	}
	if result.Bad {
		return errPerson
	}
	return nil
}
