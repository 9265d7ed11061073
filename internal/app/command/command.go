// Package command joins the command line with what it calls: the emulators, the demo and the use-cases of a connection.
//
// It knows who calls whom. It refuses to know flags and how answers look (package cli) and how anything is done. Start reading
// at Backends.
package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/bench"
	"raynetsync/internal/app/company"
	"raynetsync/internal/app/demo"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/app/reliability"
	"raynetsync/internal/cli"
	"raynetsync/internal/config"
)

// Backends returns what the commands call.
func Backends() cli.Backends {
	return cli.Backends{Version: version(), Now: time.Now, Open: open, Register: register, Serve: serve, Emulate: emulate, Demo: runDemo, Bench: runBench, Simulate: simulate}
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
	settings := emulation.Options{Seed: options.Seed, Mailboxes: options.Mailboxes, Items: options.Items,
		Latency: options.Latency, Faults: options.Faults, DataFaults: true}
	for _, kind := range options.Kinds {
		settings.Kinds = append(settings.Kinds, company.Kind(kind))
	}
	if options.Measure {
		settings.Plain, settings.DataFaults, settings.RaynetDailyLimit, settings.GraphRequestsPerMailbox = true, false, math.MaxInt32, -1
	}
	world, err := emulation.New(settings)
	if err != nil {
		return cli.WrongUsage(err)
	}
	running, err := world.Serve(ctx, emulation.ServeOptions{RaynetAddr: options.Raynet, GraphAddr: options.Graph,
		AuthorityAddr: options.Authority, ControlAddr: options.Control, Dir: options.Dir})
	if errors.Is(err, emulation.ErrNotLoopback) {
		return cli.WrongUsage(err)
	}
	if err != nil {
		return err
	}
	if err := ready(running.Info); err != nil {
		_ = running.Close()
		return err
	}
	return running.Wait()
}

func runBench(ctx context.Context, options cli.BenchOptions, tell func(string)) (report any, table string, err error) {
	measured, err := bench.Run(ctx, bench.Options{Size: bench.Size{Mailboxes: options.Mailboxes, Items: options.Items, Latency: options.Latency},
		Phases: options.Phases, Slope: options.Slope, Profile: options.Profile, Tell: tell})
	if err == nil && options.Write != "" {
		err = bench.Write(measured, options.Write)
	}
	return measured, bench.Table(measured), err
}

func simulate(ctx context.Context, options cli.SimulateOptions, tell func(string)) (cli.Simulated, error) {
	outcome, err := reliability.Run(ctx, reliability.Options{
		Level: reliability.Level(options.Level), Scenario: options.Scenario, Seed: options.Seed, Histories: options.Histories, For: options.For,
		Finds: options.Finds, Twice: options.Twice, Workers: options.Workers, Depth: options.Depth, Shard: options.Shard,
		Sample: options.Sample, Kills: options.Kills, Replay: options.Replay, Like: options.Like, Save: options.Save, Write: options.Write,
		Command: "raynetsync " + strings.Join(os.Args[1:], " "),
	}, tell)
	if errors.Is(err, reliability.ErrLevel) || errors.Is(err, reliability.ErrScenario) || errors.Is(err, reliability.ErrHistory) || errors.Is(err, reliability.ErrShard) {
		err = cli.WrongUsage(err)
	}
	return cli.Simulated(outcome), err
}

func open(ctx context.Context, layers config.Layers) (cli.Connection, error) {
	opened, err := app.Open(ctx, app.Options{Layers: layers, Version: version()})
	if err != nil {
		return cli.Connection{}, err
	}
	out := cli.Connection{Close: opened.Close, Settings: opened.Config, Incomplete: opened.Incomplete, Accounts: opened.Accounts, Setup: opened.Setup(nil)}
	if a := opened.Admin; a != nil {
		out.Verify, out.Users, out.Plan, out.Sync, out.Status = a.Verify, a.Users, a.Plan, opened.Sync, a.Status
		out.Items = a.Items
		out.Explain, out.Journal, out.Restore = a.Explain, a.Journal, opened.Restore
		out.Reviews, out.Decide, out.Undo, out.Pause, out.Resume = a.Reviews, opened.Decide, opened.Undo, opened.Pause, opened.Resume
		out.Alerts, out.TestAlerts, out.CheckScope = opened.Alerts.List, opened.Alerts.Test, a.CheckScope
	}
	return out, nil
}

func register(ctx context.Context, at cli.AzureEndpoints, tenant string) (cli.AzureSession, error) {
	azure, err := app.Azure(app.AzureOptions{GraphURL: at.GraphURL, AuthorityURL: at.AuthorityURL, CAFile: at.CAFile})
	if err != nil {
		return cli.AzureSession{}, err
	}
	session, err := azure.Begin(ctx, tenant)
	if err != nil {
		return cli.AzureSession{}, err
	}
	return cli.AzureSession{State: session.State, Await: session.Await, Register: session.Register}, nil
}

func serve(ctx context.Context, layers config.Layers, options cli.ServeOptions) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(options.LogLevel)); err != nil {
		return fmt.Errorf("log level: %w", err)
	}
	log := slog.New(slog.NewTextHandler(options.Log, &slog.HandlerOptions{Level: level}))
	opened, err := app.Open(ctx, app.Options{Layers: layers, Log: log, Version: version()})
	if err != nil {
		return err
	}
	return errors.Join(opened.Serve(ctx, app.ServeOptions{Ready: func(url, start string) {
		options.Ready(cli.Serving{URL: url, Start: start, Nobody: opened.Incomplete == nil && len(opened.Config.Sync.Users) == 0})
	}}), opened.Close())
}

func runDemo(ctx context.Context, options cli.DemoOptions, show cli.Show) (admin.Report, error) {
	return demo.Run(ctx, demo.Options{Once: options.Once, Seed: options.Seed, Mailboxes: options.Mailboxes, Items: options.Items,
		Listen: options.Listen, Data: options.Data, Version: version(), Pace: options.Pace, Screen: show.Screen, Texts: show.Texts})
}
