// Package command joins the command line with what it calls: the emulators, the demo and the use-cases of a connection.
//
// It knows who calls whom. It refuses to know flags and how answers look (package cli) and how anything is done. Start reading
// at Backends.
package command

import (
	"context"
	"runtime/debug"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/demo"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli"
)

// Backends returns what the commands call.
func Backends() cli.Backends {
	return cli.Backends{Version: version(), Emulate: emulate, Demo: runDemo}
}

// version is the module's version and revision as the build recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	text := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= 12 && text == "(devel)" {
			text += " " + setting.Value[:12]
		}
	}
	return text + " " + info.GoVersion
}

func emulate(ctx context.Context, options cli.EmulateOptions, ready func(any) error) error {
	world, err := emulation.New(emulation.Options{Seed: options.Seed, Mailboxes: options.Mailboxes, Items: options.Items,
		Latency: options.Latency, Faults: options.Faults, DataFaults: true})
	if err != nil {
		return err
	}
	running, err := world.Serve(ctx, emulation.ServeOptions{RaynetAddr: options.Raynet, GraphAddr: options.Graph,
		AuthorityAddr: options.Authority, ControlAddr: options.Control, Dir: options.Dir})
	if err != nil {
		return err
	}
	if err := ready(running.Info); err != nil {
		_ = running.Close()
		return err
	}
	return running.Wait()
}

func runDemo(ctx context.Context, options cli.DemoOptions, show cli.Show) (admin.Report, error) {
	return demo.Run(ctx, demo.Options{Once: options.Once, Seed: options.Seed, Mailboxes: options.Mailboxes, Items: options.Items,
		Listen: options.Listen, Data: options.Data, Pace: options.Pace, Screen: show.Screen, Texts: show.Texts})
}
