package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

// Connection is what can be asked of one connection: the use-cases of package admin. Close it.
type Connection struct {
	Verify  func(context.Context, admin.VerifyOptions) (admin.Verification, error)
	Users   func(context.Context) ([]admin.UserRow, error)
	Plan    func(context.Context, admin.SyncOptions) (admin.Report, error)
	Sync    func(context.Context, admin.SyncOptions) (admin.Report, error)
	Status  func(context.Context) (admin.Status, error)
	Explain func(context.Context, string) ([]admin.Explanation, error)
	Items   func(context.Context, admin.ItemQuery) (admin.ItemPage, error)
	Journal func(context.Context, admin.JournalOptions) ([]admin.JournalEntry, error)
	Restore func(context.Context, admin.RestoreWhat, bool) (admin.Report, error)
	// Accounts are who may sign in to the web page, and what they did.
	Accounts *account.Accounts
	// Settings are those that hold; Incomplete is nil if they are complete, else config.Errors or what kept a client from being
	// made. Without complete settings only Accounts, Setup and Close can be used.
	Settings   *config.Config
	Incomplete error
	Setup      *admin.Setup
	// Alerts tells what holds and what was told, in the words of texts; TestAlerts sends a test message by each way.
	Alerts     func(context.Context, *locale.Texts) (admin.AlertList, error)
	TestAlerts func(context.Context) ([]admin.AlertAnswer, error)
	// CheckScope looks whether the limit to some mailboxes took effect.
	CheckScope func(ctx context.Context, inside, outside string) (admin.Verification, error)
	Reviews    func(context.Context, admin.ReviewOptions) ([]admin.ReviewItem, string, error)
	Decide     func(context.Context, admin.Decision, bool) (admin.Report, error)
	Undo       func(ctx context.Context, run, by string) (admin.Report, error)
	// Pause and Resume stop a user's kinds (none named: all) and let them go on.
	Pause, Resume func(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error)
	Close         func() error
}

// layers are the file and the environment that the command line names.
func (s *session) layers() config.Layers {
	return config.Layers{File: s.grammar.Config, Environ: s.streams.Environ}
}

// base opens what the settings describe for the time of use, also while they are incomplete.
func (s *session) base(ctx context.Context, use func(Connection) error) error {
	connection, err := s.backends.Open(ctx, s.layers())
	if _, ok := errors.AsType[config.Errors](err); ok {
		_, all := config.Read(s.layers())
		return cmp.Or(all, err) // what is missing as well: one look is enough to put everything right
	}
	if err != nil {
		return err
	}
	s.config = connection.Settings
	if location, err := zone.Load(s.config.Sync.TimeZone); err == nil {
		s.zone = location
	}
	return errors.Join(use(connection), connection.Close())
}

// connect opens the connection for the time of use. Settings that are missing are config.Errors.
func (s *session) connect(ctx context.Context, use func(Connection) error) error {
	return s.base(ctx, func(connection Connection) error {
		if connection.Incomplete != nil {
			return connection.Incomplete
		}
		return use(connection)
	})
}

// zoneOf returns the zone in which a user reads times: his own, if the settings name it, else everybody's.
func (s *session) zoneOf(user string) *time.Location {
	if s.config != nil {
		for _, one := range s.config.Users {
			if strings.EqualFold(one.Mailbox, user) && one.TimeZone != "" {
				if location, err := zone.Load(one.TimeZone); err == nil {
					return location
				}
			}
		}
	}
	return s.zone
}

// bars are moving progress bars, nil where an answer for programs is wanted.
func (s *session) bars() *screen.Bars {
	if s.grammar.JSON {
		return nil
	}
	return s.screen.Bars(func(share float64, done int) string {
		return screen.PadLeft(s.texts.Percent(share), 6) + "  " + screen.Dim(s.texts.N("count.steps", done, nil))
	})
}

// progressOf lets bars show how far each user is.
func progressOf(bars *screen.Bars) func(user string, kind record.Kind, done, all int) {
	return func(user string, kind record.Kind, done, all int) { bars.Progress(user, string(kind), done, all) }
}
