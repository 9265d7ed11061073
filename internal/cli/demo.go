package cli

import (
	"context"
	"time"
)

// demoCommand shows a made-up company being synchronised.
type demoCommand struct {
	Once      bool          `help:"${help_demo_once}"`
	Seed      uint64        `default:"1" placeholder:"N" help:"${help_seed}"`
	Mailboxes int           `default:"3" placeholder:"N" help:"${help_mailboxes}"`
	Items     int           `default:"40" placeholder:"N" help:"${help_items}"`
	Listen    string        `default:"127.0.0.1:0" placeholder:"ADDR" help:"${help_listen}"`
	Data      string        `placeholder:"DIR" help:"${help_data}"`
	Pace      time.Duration `default:"4s" placeholder:"TIME" help:"${help_pace}"`
}

// Run is called by the parser.
func (c *demoCommand) Run(ctx context.Context, s *session) error {
	show := Show{Texts: s.texts}
	if !s.grammar.JSON {
		show.Screen = s.screen
	}
	report, err := s.backends.Demo(ctx, DemoOptions{Once: c.Once, Seed: c.Seed, Mailboxes: c.Mailboxes, Items: c.Items,
		Listen: c.Listen, Data: c.Data, Pace: c.Pace}, show)
	if err != nil {
		return err
	}
	if s.grammar.JSON {
		if err := s.json(report); err != nil {
			return err
		}
	}
	if c.Once && !quiet(report) {
		return errPerson
	}
	return nil
}
