package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/store"
)

// serverLease is held by the one process that serves the connection.
const serverLease = admin.ServerLeasePrefix + ConnectionName

// ServeOptions are the choices of a server. The zero value is that of production.
type ServeOptions struct {
	// Ready, if not nil, is told the address under which people reach the server, once it runs, and the one-time link of a
	// first start, empty if there is an administrator already.
	Ready func(url, start string)
	// Job, if not nil, is told of every job that ended. It is called by several goroutines at once.
	Job func(kind string, err error)
}

// stopWithin is how long a server that was told to stop may take to settle what is under way.
const stopWithin = 20 * time.Second

// RunningError says that another process serves this database.
type RunningError struct {
	Holder string
}

// Error names the other process and what to do.
func (e *RunningError) Error() string {
	return "another server works on this database: " + e.Holder + "; stop it first, or use another server.data_dir"
}

// server is Serve under way. The App it was made of has the database; what runs is live.
type server struct {
	*App
	fence   journal.Fence
	observe func(kind string, err error)
	http    *http.Server
	address string
	live    atomic.Pointer[running] // nil until the settings are complete
	works   *admin.Works
	// reload asks the main loop to take up the saved settings; the answer says whether it could.
	reload chan chan error

	mu      sync.Mutex
	polled  time.Time // guarded by mu; the last poll of RAYNET that went well
	renewed time.Time // guarded by mu; when the database took the lease's renewal last
	saved   string    // digest of the saved settings that were taken up; the main loop's alone
}

// Serve keeps both services in step and answers on server.listen until ctx ends; then it settles what is under way, within 20
// seconds, and returns nil. Settings that are saved meanwhile are taken up at once. It may be called once. Errors: *RunningError,
// an address that cannot be listened on, and store.ErrFenced if another process took over, which happens only to one that was
// frozen for long.
func (a *App) Serve(ctx context.Context, options ServeOptions) (err error) {
	s := &server{App: a, reload: make(chan chan error)}
	s.observe = s.observed(options.Job)
	if s.fence, err = a.claim(ctx); err != nil {
		return err
	}
	a.serving.Store(&s.fence)
	defer func() {
		err = errors.Join(err, a.Store.Release(context.WithoutCancel(ctx), s.fence))
		if !errors.Is(err, store.ErrFenced) { // whatever should still be under way goes on without a place
			a.serving.CompareAndSwap(&s.fence, nil)
		}
	}()
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", a.Config.Server.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s (server.listen): %w", a.Config.Server.Listen, err)
	}
	if err := s.begin(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	s.address = cmp.Or(a.Config.Server.PublicURL, "http://"+listener.Addr().String())
	pages, err := s.pages(ctx)
	if err != nil {
		return errors.Join(err, s.end(ctx), listener.Close())
	}
	failed := make(chan error, 2)
	var background sync.WaitGroup
	s.http = &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 16}
	background.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve %s: %w", listener.Addr(), err)
		}
	})
	renewing, endRenewal := context.WithCancel(context.WithoutCancel(ctx))
	background.Go(func() {
		if err := a.keep(renewing, s.fence, s.noteRenewal); err != nil {
			failed <- err
		}
	})
	s.noteRenewal(a.now())
	a.log.Info("server started", "url", s.address)
	link, err := s.firstLink(ctx)
	if err == nil {
		if options.Ready != nil {
			options.Ready(s.address, link)
		}
		err = s.loop(ctx, failed)
	}
	err = errors.Join(err, s.stop(ctx))
	endRenewal()
	background.Wait()
	a.log.Info("server stopped")
	return err
}

// stop ends pages and jobs. The lease is kept until nothing runs any more.
func (s *server) stop(ctx context.Context) error {
	s.works.Close()
	err := s.end(ctx)
	s.current().noteFigures(context.WithoutCancel(ctx)) // the program that was opened may have been set up only meanwhile
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return errors.Join(err, s.http.Shutdown(within))
}

// claim takes the server's lease. One that a dead process left behind runs out; a living one is renewed while we look.
func (a *App) claim(ctx context.Context) (journal.Fence, error) {
	first := time.Time{}
	for {
		fence, err := a.Store.Acquire(ctx, serverLease, a.holder, a.options.LeaseTTL)
		held, ok := errors.AsType[*store.HeldError](err)
		if !ok {
			return fence, err
		}
		if first.IsZero() {
			first = held.Until
			a.log.Warn("another server holds the lease; waiting to see whether it lives", "holder", held.Holder)
		}
		if held.Until.After(first) {
			return fence, &RunningError{Holder: held.Holder}
		}
		select {
		case <-ctx.Done():
			return fence, fmt.Errorf("wait for the lease of %s: %w", held.Holder, ctx.Err())
		case <-time.After(max(a.options.LeaseTTL/30, 10*time.Millisecond)):
		}
	}
}

// stillServes returns store.ErrFenced if another process has taken this one's place as the server.
func (a *App) stillServes(ctx context.Context) error {
	if fence := a.serving.Load(); fence != nil {
		return a.Store.Holds(ctx, *fence)
	}
	return nil
}

// keep renews a lease until ctx ends. The error is store.ErrFenced, or what kept the database from being written for longer
// than the lease lasts.
func (a *App) keep(ctx context.Context, fence journal.Fence, renewed func(time.Time)) error {
	tick := time.NewTicker(a.options.LeaseTTL / 4)
	defer tick.Stop()
	good := a.now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := a.Store.Renew(ctx, fence, a.options.LeaseTTL)
		switch {
		case err == nil:
			good = a.now()
			renewed(good)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrFenced), a.now().Sub(good) > a.options.LeaseTTL:
			return fmt.Errorf("the lease of this server was lost: %w", err)
		}
	}
}

// runner prepares the jobs; nothing runs before Start.
func (a *App) runner(ctx context.Context, observe func(string, error)) (*jobs.Runner, error) {
	return jobs.New(ctx, jobs.Options{
		DB: a.Store.DB(), Connection: a.Connection, Plans: a.Store, Pace: pace(a.Config.Sync), Log: a.log, Stopping: a.stopping,
		Tasks:   jobs.Tasks{Enrol: a.enrol, Sync: a.answer, Prune: a.prune, Alert: a.Alerts.Tick},
		Held:    func(err error) bool { return errors.Is(err, store.ErrHeld) },
		Observe: observe,
	})
}

// keepJournal is how long what was done can be taken back.
const keepJournal = 30 * day

func (a *App) prune(ctx context.Context) error {
	pruned, err := a.Store.Prune(ctx, a.now().Add(-keepJournal))
	if err == nil && pruned != (store.Pruned{}) {
		a.log.Info("old entries removed", "entries", pruned.Entries, "runs", pruned.Runs, "links", pruned.Links,
			"sessions", pruned.Sessions)
	}
	return err
}

func (s *server) noteRenewal(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = at
}

func (s *server) observed(tell func(string, error)) func(string, error) {
	return func(kind string, err error) {
		if kind == "poll" && err == nil {
			s.mu.Lock()
			s.polled = s.now()
			s.mu.Unlock()
		}
		if !errors.Is(err, jobs.ErrStopping) {
			s.witness.Job(kind, jobFault(err), s.now())
		}
		if kind == "poll" { // as good a time as any, and often enough
			s.current().noteFigures(context.Background())
		}
		if err != nil && !errors.Is(err, jobs.ErrStopping) {
			s.log.Debug("job ended with an error", "job", kind, "err", err)
		}
		if tell != nil {
			tell(kind, err)
		}
	}
}
