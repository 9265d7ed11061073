package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/wire"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// ConnectionName is the name of the connection that the configuration file describes.
const ConnectionName = "default"

// databaseFile is the name of the database in the data directory.
const databaseFile = "sync.db"

// Options say what to open. Only Config or Layers is needed.
type Options struct {
	// Config holds complete settings. If it is nil, they are read from Layers and from what is saved in the database, and may
	// be incomplete.
	Config *config.Config
	Layers config.Layers
	// Log may be nil.
	Log *slog.Logger
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// RaynetTransport and OutlookTransport replace the network, for tests.
	RaynetTransport, OutlookTransport http.RoundTripper
	// Observe, if not nil, is told of every HTTP exchange with either service. It is called by several goroutines at once.
	Observe func(side record.Side, exchange wire.Exchange)
	// LeaseTTL is how long a process that died keeps others waiting; zero is what server.lease says.
	LeaseTTL time.Duration
	// Ballast is how many bytes are kept free for an emergency; zero is the store's default, negative none (for tests).
	Ballast int64
	// Synchronous is SQLite's setting, for tests; empty is FULL.
	Synchronous string
	// Version is shown to people.
	Version string
}

// App is the program, put together. Close it.
type App struct {
	Config *config.Config
	// Admin and Connection are nil while settings are missing; Incomplete then says which.
	Admin      *admin.Admin
	Connection *jobs.Connection
	Store      *store.Store
	// Accounts are who may sign in to the web page. There is one for the whole process, because it counts wrong passwords.
	Accounts *account.Accounts
	// Incomplete is nil if the settings are complete and right; else it is config.Errors, or what kept a client from being made.
	Incomplete error
	Alerts     *admin.Alerts

	options Options
	keys    *vault.Vault
	holder  string
	log     *slog.Logger
	now     func() time.Time
	parts   atomic.Int64
	voucher *voucher // nil: nobody signs in with Microsoft
	witness *admin.Witness
	turns   *jobs.Turns // of all connections that this process makes
	// serving is the server's lease while this process has it.
	serving *atomic.Pointer[journal.Fence]
	read    string // digest of the saved settings that Open read
	// enrolling lets one goroutine of this process at a time look at the list of users.
	enrolling sync.Mutex
	meter     *jobs.Meter
	// stopping is closed when this process is about to end.
	stopping chan struct{}
}

// Open reads the key file, opens the database (both are made if they are not there) and prepares both clients, if the settings
// are complete. It asks neither service anything. The error says what is wrong in plain words, with the repair; errors of
// packages store, vault and config are found in it with errors.Is and errors.As.
func Open(ctx context.Context, options Options) (*App, error) {
	options.Now = orNow(options.Now)
	a := &App{Config: options.Config, options: options, now: options.Now, stopping: make(chan struct{}), holder: holder()}
	a.log = cmp.Or(options.Log, slog.New(slog.DiscardHandler))
	a.witness, a.turns, a.serving = &admin.Witness{}, &jobs.Turns{}, &atomic.Pointer[journal.Fence]{}
	a.meter = &jobs.Meter{Prefix: ConnectionName + "/", Keep: a.keepFigures}
	var err error
	if a.Config == nil {
		layers := options.Layers
		layers.Partial = true
		if a.Config, err = config.Read(layers); err != nil {
			return nil, err
		}
	}
	a.options.LeaseTTL = cmp.Or(a.options.LeaseTTL, a.Config.Server.Lease, 30*time.Second)
	if err := prepareFolder(a.Config.Server.DataDir); err != nil {
		return nil, err
	}
	if a.keys, err = a.openKeys(); err != nil {
		return nil, err
	}
	ballast := max(cmp.Or(options.Ballast, store.DefaultBallastBytes), 0)
	a.Store, err = store.Open(ctx, store.Options{
		Path: a.database(), Vault: a.keys, Now: a.now, Log: a.log, BallastBytes: ballast, Synchronous: options.Synchronous,
	})
	if err != nil {
		return nil, err
	}
	a.Accounts = account.New(account.Options{Store: a.Store, Now: a.now, Log: a.log})
	if options.Config != nil {
		err = a.wire()
	} else {
		err = a.complete(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// complete adds what is saved in the database to the settings and, if nothing is missing, prepares the clients. Saved settings
// that are wrong are no reason not to start: they are put right on the page. The error is the database's.
func (a *App) complete(ctx context.Context) error {
	saved, err := admin.SavedSettings(ctx, a.Store)
	if err != nil {
		return err
	}
	if a.read, err = digestOf(saved); err != nil {
		return err
	}
	layers := a.options.Layers
	layers.Saved, layers.Partial = saved, true
	settings, err := config.Read(layers)
	if err != nil {
		a.Incomplete = err
		return nil
	}
	a.Config = settings
	if len(settings.Missing()) > 0 {
		layers.Partial = false
		_, a.Incomplete = config.Read(layers)
		return nil
	}
	a.Incomplete = a.wire()
	return nil
}

// with returns the program with other settings over the same database. Close neither before the other has come to rest.
func (a *App) with(settings *config.Config) (*App, error) {
	other := a.beside(settings)
	return other, other.wire()
}

// beside is the program with other settings and no clients yet; everything that is not about settings is shared.
func (a *App) beside(settings *config.Config) *App {
	return &App{Config: settings, Store: a.Store, Accounts: a.Accounts, options: a.options, keys: a.keys, log: a.log, now: a.now,
		holder: a.holder, meter: a.meter, witness: a.witness, turns: a.turns, serving: a.serving,
		stopping: make(chan struct{})}
}

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}

// Close closes the database.
func (a *App) Close() error {
	a.noteFigures(context.Background())
	return a.Store.Close()
}

func (a *App) database() string { return filepath.Join(a.Config.Server.DataDir, databaseFile) }

// prepareFolder makes the data directory and finds out whether it can be written.
func prepareFolder(dir string) error {
	const repair = "give this account the right to write it, or name another directory in server.data_dir"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data directory %s cannot be made: %w; %s", dir, reason(err), repair)
	}
	probe, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w; %s", dir, reason(err), repair)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w; %s", dir, reason(err), repair)
	}
	return nil
}

// reason takes the operation and the path out of an error that names them already.
func reason(err error) error {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err
	}
	return err
}

// ErrKeyMissing says that there is a database and no key file for it.
var ErrKeyMissing = errors.New("the key file is missing")

// openKeys opens the key file. One is made for a new database only: made for an old one it would open nothing.
func (a *App) openKeys() (*vault.Vault, error) {
	path := a.Config.Server.KeyPath()
	_, noKey := os.Stat(path)
	if _, err := os.Stat(a.database()); err == nil && errors.Is(noKey, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s belongs to the database %s and cannot be made anew; restore it from its backup, or name it in "+
			"server.key_file", ErrKeyMissing, path, a.database())
	}
	return vault.Open(path)
}

func (a *App) wire() error {
	c, keys := a.Config, a.keys
	rules := rulesOf(c.Sync)
	raynetClient, err := a.raynetClient()
	if err != nil {
		return err
	}
	outlookClient, err := a.outlookClient(raynetClient)
	if err != nil {
		return err
	}
	if a.voucher, err = a.newVoucher(); err != nil {
		return err
	}
	a.Connection = Connect(Parts{
		Name: ConnectionName, Tenant: c.Microsoft.TenantID, Store: a.Store, Vault: keys, Raynet: raynetClient, Outlook: outlookClient,
		Rules: rules, Now: a.now, Holder: a.holder, Log: a.log, LeaseTTL: a.options.LeaseTTL, Driver: jobs.Graceful(a.stopping), Turns: a.turns,
	})
	a.Admin = &admin.Admin{
		Connection: a.Connection, Store: a.Store, Raynet: raynetClient, Outlook: outlookClient, Settings: a.settings(keys, rules),
		Now: a.now, NewID: a.Connection.NewID, Log: a.log, Witness: a.witness, Version: a.options.Version,
		Requests: func() admin.Requests {
			return admin.Requests{Raynet: raynetClient.Requests(), Graph: outlookClient.Requests(), GraphParts: a.parts.Load()}
		},
	}
	a.Connection.Meter, a.Connection.Serving = a.meter, a.stillServes
	a.Connection.Allowed = a.Admin.LoginAllowed
	a.Connection.Refused = func(ctx context.Context, cause error) {
		if err := a.Admin.LoginRefused(ctx, cause); err != nil {
			a.log.Error("a refused login was not remembered", "err", err)
		}
	}
	return a.prepareAlerts()
}

// holder names this process among all that may use the database.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return host + " process " + strconv.Itoa(os.Getpid()) + " " + uuid.NewString()[:8]
}

func (a *App) observe(side record.Side) func(wire.Exchange) {
	return func(exchange wire.Exchange) {
		a.parts.Add(int64(exchange.Parts))
		a.count(side, exchange)
		if a.options.Observe != nil {
			a.options.Observe(side, exchange)
		}
	}
}

func (a *App) raynetClient() (*raynet.Client, error) {
	c := a.Config
	transport, err := transportOf(a.options.RaynetTransport, c.Microsoft.CAFile)
	if err != nil {
		return nil, err
	}
	settings := raynet.Config{
		URL: c.Raynet.URL, Instance: c.Raynet.Instance, User: c.Raynet.User, APIKey: c.Raynet.APIKey.Reveal(), Transport: transport,
		Now: a.now, Log: a.log, Observe: a.observe(record.Raynet), Zone: c.Sync.TimeZone, Reserve: c.Sync.RaynetReservePercent,
	}
	if settings.Reserve == 0 {
		settings.Reserve = -1
	}
	if c.Sync.OutsideAttendees == config.AttendeesAsText {
		settings.Lookups = -1
	}
	settings.ContactFilter, settings.Photos = c.Sync.ContactFilter, c.Sync.ContactPhotos == config.On
	return raynet.New(settings)
}

func (a *App) outlookClient(photos *raynet.Client) (*outlook.Client, error) {
	c := a.Config
	settings := outlook.Config{
		GraphURL: c.Microsoft.GraphURL, AuthorityURL: c.Microsoft.AuthorityURL, TenantID: c.Microsoft.TenantID, ClientID: c.Microsoft.ClientID,
		ClientSecret: c.Microsoft.ClientSecret.Reveal(), CertificateFile: c.Microsoft.CertificateFile, CAFile: c.Microsoft.CAFile,
		Transport: a.options.OutlookTransport, Now: a.now, Log: a.log, Observe: a.observe(record.Outlook), Instance: c.Raynet.Instance,
		Category: c.Sync.Category, EverythingOffered: c.Sync.NewFromOutlook == config.NewAll,
		NothingOffered: c.Sync.NewFromOutlook == config.NewNone, SeriesDays: c.Sync.SeriesDays,
		Reminder: c.Sync.ReminderMinutes, ReminderAtStart: c.Sync.ReminderMinutes == 0,
		ContactFolder: c.Sync.ContactFolder, MatchDefaultFolder: c.Sync.MatchDefaultFolder == config.On, TaskList: c.Sync.TaskList,
	}
	if c.Sync.ContactPhotos == config.On && photos != nil {
		settings.Photo = photos.Image
	}
	return outlook.New(settings)
}

// enrolCheck is how often it is looked whether the list of users is due.
const enrolCheck = 10 * time.Minute

// pace returns how often things run.
func pace(s config.Sync) jobs.Pace {
	return jobs.Pace{Poll: s.PollInterval, Sweep: s.SweepInterval, Reconcile: s.ReconcileInterval, Enrol: enrolCheck}
}
