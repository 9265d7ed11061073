package admin

import (
	"context"
	"maps"
	"slices"
	"strings"

	"raynetsync/internal/config"
)

// Edit takes the fields of a form into the draft: those whose value differs from what is considered. An empty secret keeps what
// there is; any other empty value brings back the default. A preset that is newly chosen takes along what depends on it, unless
// the form changes that too. The errors are those of Consider.
func (s *Setup) Edit(ctx context.Context, values map[string]string) error {
	then, err := s.Considered(ctx)
	if err != nil {
		return err
	}
	mistakes, err := s.Mistakes(ctx)
	if err != nil {
		return err
	}
	wrong := func(path string) bool {
		return slices.ContainsFunc(mistakes, func(one *config.Error) bool { return one.Key == path })
	}
	changes := config.Saved{Values: map[string]string{}}
	for _, key := range config.Keys() {
		path := key.Path()
		value, sent := values[path]
		value = strings.TrimSpace(value)
		switch {
		case !sent || key.Type == config.Hidden && value == "":
		case path == presetKey && !then.Fixed(path), value != key.Value(then), wrong(path):
			changes.Values[path] = value
		}
	}
	for path := range values {
		if !slices.ContainsFunc(config.Keys(), func(k config.Key) bool { return k.Path() == path }) {
			changes.Values[path] = values[path] // Consider says that there is no such setting
		}
	}
	if preset, sent := changes.Values[presetKey]; sent && preset != string(then.Sync.Preset) {
		for _, path := range config.PresetKeys() {
			if _, edited := changes.Values[path]; !edited && !then.Fixed(path) {
				changes.Values[path] = ""
			}
		}
	}
	if changes.Empty() {
		return nil
	}
	return s.Consider(ctx, changes)
}

const presetKey = "sync.preset"

// Differences are what the draft would change.
type Differences struct {
	Settings []Setting
	Users    []UserDifference
}

// UserDifference is what the draft would change for one mailbox: the values of its exceptions, by the names of config.UserKeys.
type UserDifference struct {
	Mailbox       string
	Before, After map[string]string
}

// Empty reports whether the draft changes nothing.
func (d Differences) Empty() bool { return len(d.Settings) == 0 && len(d.Users) == 0 }

// Differences returns what the draft would change. Its errors are those of Settings.
func (s *Setup) Differences(ctx context.Context) (Differences, error) {
	var out Differences
	all, err := s.Settings(ctx)
	if err != nil {
		return out, err
	}
	for _, one := range all {
		if one.Changed {
			out.Settings = append(out.Settings, one)
		}
	}
	saved, draft, err := s.both(ctx)
	if err != nil {
		return out, err
	}
	then := saved.With(draft)
	for _, mailbox := range slices.Sorted(maps.Keys(draft.Users)) {
		if before, after := saved.Users[mailbox], then.Users[mailbox]; !maps.Equal(before, after) {
			out.Users = append(out.Users, UserDifference{Mailbox: mailbox, Before: before, After: after})
		}
	}
	return out, nil
}

// touchesItems reports whether a setting decides about items: the others say how often and where the server works.
func touchesItems(path string) bool {
	section, _, _ := strings.Cut(path, ".")
	pace := []string{"sync.poll_interval", "sync.reconcile_interval", "sync.sweep_interval", "sync.raynet_reserve_percent",
		"microsoft.client_secret_expires"}
	return slices.Contains([]string{"sync", "raynet", "microsoft"}, section) && !slices.Contains(pace, path)
}

// affected returns whose items the differences may concern: everybody's, or those of mailboxes that are newly chosen or have
// other exceptions. What was switched off is nobody's: it stays as it is.
func (d Differences) affected() (users []string, everyone bool) {
	for _, one := range d.Settings {
		if one.Key.Path() != "sync.users" {
			everyone = everyone || touchesItems(one.Key.Path())
			continue
		}
		before := one.Parts(one.Value)
		for _, name := range one.Parts(one.Draft) {
			if everyone = everyone || name == everybody; !slices.Contains(before, name) && !slices.Contains(before, everybody) {
				users = append(users, name)
			}
		}
	}
	for _, one := range d.Users {
		users = append(users, one.Mailbox)
	}
	return users, everyone
}

// Parts splits a value of a list.
func (s Setting) Parts(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}
