package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
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
	Close   func() error
}

// settings reads the configuration that the command line names.
func (s *session) settings() (*config.Config, error) {
	settings, err := config.Load(s.grammar.Config, s.streams.Environ)
	if err != nil {
		return nil, err
	}
	s.config = settings
	if location, err := zone.Load(settings.Sync.TimeZone); err == nil {
		s.zone = location
	}
	return settings, nil
}

// connect opens the connection for the time of use.
func (s *session) connect(ctx context.Context, use func(Connection) error) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	connection, err := s.backends.Open(ctx, settings)
	if err != nil {
		return err
	}
	return errors.Join(use(connection), connection.Close())
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
