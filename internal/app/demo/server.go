package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/config"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// server is the product, running.
type server struct {
	conn    *jobs.Connection
	store   *store.Store
	raynet  *raynet.Client
	outlook *outlook.Client
	pairs   []journal.Pair
}

func open(ctx context.Context, c *config.Config) (*server, error) {
	keys, err := vault.Open(c.Server.KeyPath())
	if err != nil {
		return nil, err
	}
	s := &server{}
	if s.store, err = store.Open(ctx, store.Options{Path: filepath.Join(c.Server.DataDir, "sync.db"), Vault: keys, Now: time.Now}); err != nil {
		return nil, err
	}
	s.raynet, err = raynet.New(raynet.Config{URL: c.Raynet.URL, Instance: c.Raynet.Instance, User: c.Raynet.User, APIKey: c.Raynet.APIKey.Reveal(), Now: time.Now})
	if err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	s.outlook, err = outlook.New(outlook.Config{GraphURL: c.Microsoft.GraphURL, AuthorityURL: c.Microsoft.AuthorityURL, TenantID: c.Microsoft.TenantID,
		ClientID: c.Microsoft.ClientID, ClientSecret: c.Microsoft.ClientSecret.Reveal(), CAFile: c.Microsoft.CAFile, Now: time.Now, Instance: c.Raynet.Instance})
	if err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	rules := func(p journal.Pair) pair.Rules {
		r := pair.DefaultRules(p.Kind)
		r.SettleHorizon, r.DeletionGrace = c.Sync.SettleHorizon, c.Sync.DeletionGrace
		return r
	}
	s.conn = app.Connect(app.Parts{Name: "default", Tenant: c.Microsoft.TenantID, Store: s.store, Vault: keys, Raynet: s.raynet, Outlook: s.outlook,
		Rules: rules, Now: time.Now, Holder: uuid.NewString(), Log: slog.New(slog.DiscardHandler)})
	return s, s.enrol(ctx)
}

func (s *server) enrol(ctx context.Context) error {
	people, err := s.raynet.Users(ctx)
	if err != nil {
		return err
	}
	boxes, err := s.outlook.Users(ctx)
	if err != nil {
		return err
	}
	for _, box := range boxes {
		for _, person := range people {
			if person.UserName != box.Mail {
				continue
			}
			p := journal.Pair{Connection: "default", Kind: record.Calendar, Mailbox: box.ID, Address: box.Mail, Person: person.PersonID, Zone: "Europe/Prague"}
			if _, err := s.store.UpsertPair(ctx, p); err != nil {
				return err
			}
		}
	}
	s.pairs, err = s.store.Pairs(ctx, "default")
	return err
}

func (s *server) sync(ctx context.Context, options admin.SyncOptions) (admin.Report, error) {
	started, before := time.Now(), s.requests()
	if _, err := s.conn.Poll(ctx, false); err != nil {
		return admin.Report{}, err
	}
	if options.Sweep {
		if _, err := s.conn.Sweep(ctx); err != nil {
			return admin.Report{}, err
		}
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	var errs error
	cycle := admin.Cycle{Kinds: map[record.Kind]admin.KindCount{}}
	for _, p := range s.pairs {
		group.Go(func() {
			outcome, err := s.conn.Cycle(ctx, p.ID, jobs.CycleOptions{Progress: func(done, all int) {
				if options.Progress != nil {
					options.Progress(p.Address, done, all)
				}
			}})
			linked, countErr := s.store.CountLinks(ctx, p.ID)
			mu.Lock()
			defer mu.Unlock()
			errs = errors.Join(errs, err, countErr)
			cycle.Steps.Create += outcome.Steps[plan.Create]
			cycle.Steps.Update += outcome.Steps[plan.Update]
			cycle.Steps.Link += outcome.Steps[plan.Link]
			cycle.Steps.Unlink += outcome.Steps[plan.Unlink]
			cycle.Steps.Delete += outcome.Steps[plan.Delete]
			cycle.Steps.Park += outcome.Steps[plan.Park]
			cycle.Waiting += outcome.Waiting
			skips := map[string]int{}
			for _, step := range outcome.Planned {
				if step.Op == plan.Skip && step.Aside != nil {
					skips[string(step.Aside.Rule)]++
				}
			}
			kind := cycle.Kinds[p.Kind]
			kind.Linked += linked
			kind.Raynet += linked
			kind.Outlook += linked
			cycle.Kinds[p.Kind] = kind
			cycle.Users = append(cycle.Users, admin.UserCycle{User: p.Address, Kind: p.Kind, Skips: skips, Steps: admin.Steps{
				Create: outcome.Steps[plan.Create], Update: outcome.Steps[plan.Update], Link: outcome.Steps[plan.Link]}})
		})
	}
	group.Wait()
	cycle.Requests, cycle.Seconds = s.requests().Sub(before), time.Since(started).Seconds()
	if errs != nil {
		return admin.Report{}, fmt.Errorf("synchronise: %w", errs)
	}
	return admin.Report{Cycles: []admin.Cycle{cycle}}, nil
}

// run synchronises until ctx ends.
func (s *server) run(ctx context.Context) error {
	for n := 1; wait(ctx, time.Second); n++ {
		_, _ = s.sync(ctx, admin.SyncOptions{Sweep: n%5 == 0}) // what went wrong is tried again
	}
	return nil
}

func (s *server) requests() admin.Requests {
	return admin.Requests{Raynet: s.raynet.Requests(), Graph: s.outlook.Requests()}
}

func (s *server) close() error { return s.store.Close() }
