// Package demo shows the product at work without any account: it starts both emulators as real servers, fills them with a
// made-up company, runs the real server against them over HTTP, and tells in plain words what is going on.
//
// It knows the story that is told and how to look, from outside, what arrived on the other side. It refuses to know how
// anything is synchronised: everything it shows it reads from the emulators or asks of the use-cases. Start reading at Run.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
	"raynetsync/internal/record/zone"
)

// Options are the choices of a demo. Zero values stand for the defaults of packages company and emulation.
type Options struct {
	// Once ends after the first synchronisation and a second cycle.
	Once             bool
	Seed             uint64
	Mailboxes, Items int
	// Listen is where /healthz answers, host:port; empty: any free port of this machine.
	Listen string
	// Data is the directory of the database; empty: a new one that is removed at the end.
	Data string
	// Pace is the time between two edits of the company's people; zero is four seconds.
	Pace time.Duration
	// Version is shown on the pages.
	Version string
	// Edits ends the demo after so many edits; zero: when ctx ends.
	Edits int
	// Screen is where the story is told; nil: nowhere. Texts is its language. Required.
	Screen *screen.Screen
	Texts  *locale.Texts
}

// demo is one demo under way.
type demo struct {
	Options
	world  *emulation.World
	server *server
	report admin.Report
	// invitations counts the mails that the made-up people had sent before we came.
	invitations int
	zone        *time.Location
	health      *health
	listen      string // host:port of /healthz
}

// args fill in the placeholders of a text.
type args = map[string]any

func (d *demo) t(key string, values args) string { return d.Texts.T("demo."+key, values) }

// Run shows the demo until it has done what Options ask for, or ctx ends, which is no error. The report has the cycles of the
// first synchronisation and the one after it.
func Run(ctx context.Context, options Options) (admin.Report, error) {
	if options.Pace <= 0 {
		options.Pace = 4 * time.Second
	}
	if options.Screen == nil {
		options.Screen = screen.New(io.Discard, nil)
	}
	d := &demo{Options: options}
	err := d.run(ctx)
	if err != nil && ctx.Err() != nil && !options.Once {
		err = nil
	}
	return d.report, err
}

func (d *demo) run(ctx context.Context) (err error) {
	if d.Data == "" {
		if d.Data, err = os.MkdirTemp("", "raynetsync-demo-"); err != nil {
			return fmt.Errorf("directory of the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.Data)) }()
	}
	d.world, err = emulation.New(emulation.Options{Seed: d.Seed, Mailboxes: d.Mailboxes, Items: d.Items, DataFaults: true, KeepHistory: true})
	if err != nil {
		return err
	}
	if d.zone, err = zone.Load(d.world.Company.Zone()); err != nil {
		return err
	}
	d.invitations = len(d.world.Outlook.AllMails())
	// The services outlive ctx until our server has come to rest: an interrupted write would be told as an error.
	services, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	running, err := d.world.Serve(services, emulation.ServeOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	d.health, d.listen, err = listenHealth(ctx, cmp.Or(d.Listen, "127.0.0.1:0"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.health.close()) }()
	d.server, err = open(ctx, d.settings(running.Info), d.Version)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.server.Close()) }()
	d.introduce(running.Info)
	if err := d.first(ctx); err != nil {
		return err
	}
	if d.Once {
		return nil
	}
	return d.live(ctx)
}

// settings are those that an administrator would write, but for the waiting times: who watches a demo does not wait an hour to
// see that a deletion was noticed.
func (d *demo) settings(info emulation.Info) config.Layers {
	values := map[string]string{
		"RAYNET_URL": info.RaynetURL, "RAYNET_INSTANCE": info.RaynetInstance, "RAYNET_USER": info.RaynetUser,
		"RAYNET_API_KEY": info.RaynetAPIKey, "MICROSOFT_TENANT_ID": info.TenantID, "MICROSOFT_CLIENT_ID": info.ClientID,
		"MICROSOFT_CLIENT_SECRET": info.ClientSecret, "MICROSOFT_GRAPH_URL": info.GraphURL,
		"MICROSOFT_AUTHORITY_URL": info.AuthorityURL, "MICROSOFT_CA_FILE": info.CAFile, "SERVER_DATA_DIR": d.Data,
		"SERVER_KEY_FILE": filepath.Join(d.Data, "master.key"), "SYNC_USERS": "*", "SYNC_KINDS": "calendar,contacts,tasks", "SERVER_LISTEN": d.listen,
		"SYNC_POLL_INTERVAL": "1s", "SYNC_SWEEP_INTERVAL": "5s", "SYNC_SETTLE_HORIZON": "3s", "SYNC_DELETION_GRACE": "2s",
	}
	var environ []string
	for name, value := range values {
		environ = append(environ, "RAYNETSYNC_"+name+"="+value)
	}
	return config.Layers{Environ: environ}
}
