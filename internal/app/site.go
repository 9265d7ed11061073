package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
	"raynetsync/internal/web"
)

// site is the web page over this server. What it begins in the background ends with ctx at the latest.
func (s *server) site(ctx context.Context) (http.Handler, error) {
	s.works = admin.NewWorks(ctx, s.now, newID)
	options := web.Options{
		Setup: s.Setup(s.reloadNow), Accounts: s.Accounts, Works: s.works, Sessions: s.Store.Sessions(),
		Admin: func() *admin.Admin { return s.current().Admin },
		Sync: func(ctx context.Context, options admin.SyncOptions) (admin.Report, error) {
			a, err := s.complete()
			if err != nil {
				return admin.Report{}, err
			}
			return a.sync(ctx, options)
		},
		Restore: func(ctx context.Context, what admin.RestoreWhat, dry bool) (admin.Report, error) {
			a, err := s.complete()
			if err != nil {
				return admin.Report{}, err
			}
			return a.Admin.Restore(ctx, what, dry)
		},
		Microsoft: s.microsoft,
		Azure:     s.azure,
		Alerts:    func() *admin.Alerts { return s.current().Alerts },
		Address:   s.address, Version: s.options.Version, Now: s.now, NewID: newID, Log: s.log,
	}
	s.decisions(&options)
	return web.New(options)
}

// decisions adds what people decide. A cycle that is just at work on the user is waited for.
func (s *server) decisions(options *web.Options) {
	options.Decide = func(ctx context.Context, d admin.Decision, dry bool) (admin.Report, error) {
		return s.patiently(ctx, func(a *admin.Admin) (admin.Report, error) { return a.Decide(ctx, d, dry) })
	}
	options.Undo = func(ctx context.Context, run, by string) (admin.Report, error) {
		return s.patiently(ctx, func(a *admin.Admin) (admin.Report, error) { return a.Undo(ctx, run, by) })
	}
	options.Pause = func(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error) {
		return s.patiently(ctx, func(a *admin.Admin) (admin.Report, error) { return a.Pause(ctx, user, kinds, by) })
	}
	options.Resume = func(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error) {
		return s.patiently(ctx, func(a *admin.Admin) (admin.Report, error) { return a.Resume(ctx, user, kinds, by) })
	}
}

const (
	// heldAttempts is how often something is tried that another one holds up, and heldPause how long it rests between.
	heldAttempts = 10
	heldPause    = time.Second
)

// patiently does something that needs users to itself, again if a cycle holds them. The error is a *Failure if that lasts.
func (s *server) patiently(ctx context.Context, do func(*admin.Admin) (admin.Report, error)) (report admin.Report, err error) {
	a, err := s.complete()
	if err != nil {
		return report, err
	}
	for range heldAttempts {
		if report, err = do(a.Admin); !errors.Is(err, store.ErrHeld) {
			return report, err
		}
		select {
		case <-ctx.Done():
			return report, errors.Join(ctx.Err(), err)
		case <-time.After(heldPause):
		}
	}
	return report, &admin.Failure{Code: admin.FailureHeld, Err: err}
}

// azure is the registration in Entra ID by the settings that hold, complete or not.
func (s *server) azure(ctx context.Context) (*admin.Azure, error) {
	settings, err := s.Setup(nil).Current(ctx)
	if err != nil {
		return nil, err
	}
	m := settings.Microsoft
	out, err := Azure(AzureOptions{GraphURL: m.GraphURL, AuthorityURL: m.AuthorityURL, CAFile: m.CAFile, Transport: s.options.OutlookTransport, Log: s.log})
	if err == nil {
		out.Now = s.now
	}
	return out, err
}

// firstLink returns the link by which the first administrator sets a password; empty if there is one already.
func (s *server) firstLink(ctx context.Context) (string, error) {
	token, needed, err := s.Accounts.FirstLink(ctx)
	if err != nil || !needed {
		return "", err
	}
	return s.address + "/start/" + token, nil
}

// complete returns the program as it runs, or says that it does not.
func (s *server) complete() (*App, error) {
	live := s.live.Load()
	if live == nil {
		return nil, &admin.Failure{Code: admin.FailureIncomplete, Args: map[string]any{"Keys": ""}}
	}
	return live.App, nil
}

// Setup returns the use-cases of the settings. apply, if not nil, makes a server in this process take up what was saved.
func (a *App) Setup(apply func(context.Context) error) *admin.Setup {
	return &admin.Setup{Store: a.Store, Layers: a.options.Layers, Try: a.try, Apply: apply}
}

// missing reports whether a required setting of a section is written nowhere.
func missing(settings *config.Config, section string) bool {
	return slices.ContainsFunc(settings.Missing(), func(path string) bool { return strings.HasPrefix(path, section) })
}

// try prepares a connection by other settings over the same database. The client of a side whose settings are missing is nil.
func (a *App) try(settings *config.Config) (*admin.Admin, error) {
	if len(settings.Missing()) == 0 {
		other, err := a.with(settings)
		if err != nil {
			return nil, err
		}
		return other.Admin, nil
	}
	other := a.beside(settings)
	out := &admin.Admin{Store: a.Store, Settings: other.settings(a.keys, rulesOf(settings.Sync)), Now: a.now, NewID: newID, Log: a.log}
	var err error
	if !missing(settings, "raynet.") {
		if out.Raynet, err = other.raynetClient(); err != nil {
			return nil, fmt.Errorf("prepare the connection to RAYNET: %w", err)
		}
	}
	if !missing(settings, "microsoft.") {
		if out.Outlook, err = other.outlookClient(out.Raynet); err != nil {
			return nil, fmt.Errorf("prepare the connection to Microsoft 365: %w", err)
		}
	}
	return out, nil
}
