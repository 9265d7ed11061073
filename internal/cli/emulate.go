package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// emulateCommand serves both emulators until it is interrupted.
type emulateCommand struct {
	Raynet    string        `default:"127.0.0.1:0" placeholder:"ADDR" help:"${help_raynet_addr}"`
	Graph     string        `default:"127.0.0.1:0" placeholder:"ADDR" help:"${help_graph_addr}"`
	Authority string        `default:"127.0.0.1:0" placeholder:"ADDR" help:"${help_authority_addr}"`
	Control   string        `default:"127.0.0.1:0" placeholder:"ADDR" help:"${help_control_addr}"`
	Seed      uint64        `default:"1" placeholder:"N" help:"${help_seed}"`
	Mailboxes int           `default:"3" placeholder:"N" help:"${help_mailboxes}"`
	Items     int           `default:"40" placeholder:"N" help:"${help_items}"`
	Kinds     []string      `enum:"calendar,contacts,tasks" default:"calendar,contacts,tasks" placeholder:"KIND" help:"${help_emulate_kinds}"`
	Latency   time.Duration `default:"0s" placeholder:"TIME" help:"${help_latency}"`
	Fault     []string      `placeholder:"NAME" help:"${help_fault}"`
	Data      string        `placeholder:"DIR" help:"${help_emulate_data}"`
	Measure   bool          `help:"${help_emulate_measure}"`
}

// Run is called by the parser.
func (c *emulateCommand) Run(ctx context.Context, s *session) error {
	return s.backends.Emulate(ctx, EmulateOptions{Raynet: c.Raynet, Graph: c.Graph, Authority: c.Authority, Control: c.Control,
		Seed: c.Seed, Mailboxes: c.Mailboxes, Items: c.Items, Kinds: c.Kinds, Latency: c.Latency, Faults: c.Fault, Dir: c.Data, Measure: c.Measure},
		func(info any) error {
			line, err := json.Marshal(info)
			if err != nil {
				return fmt.Errorf("write how to connect: %w", err)
			}
			_, err = fmt.Fprintln(s.streams.Out, string(line))
			return err
		})
}
