package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"raynetsync/internal/config"
	"raynetsync/internal/store"
)

// Setup holds the use-cases of the settings: they work before the connection is complete, and later. Two things are kept: what
// holds, and a draft of what an administrator is considering. Only credentials hold as soon as they were verified; everything
// else waits in the draft until its effect was looked at. Members are set once; it is safe for concurrent use.
type Setup struct {
	Store *store.Store
	// Layers are the file and the environment; what they set cannot be changed here.
	Layers config.Layers
	// Try returns the use-cases of a connection by other settings, over the same database; nothing of it runs by itself. The
	// client of a side whose settings are incomplete is nil.
	Try func(settings *config.Config) (*Admin, error)
	// Apply makes the server in this process take up what was saved; nil: there is none, and another one notices by itself.
	Apply func(ctx context.Context) error

	mu   sync.Mutex
	seen seen // guarded by mu
}

// Setting is one setting as it stands.
type Setting struct {
	Key config.Key
	// Value is what holds, Draft what is considered instead, both in the form of the environment; secrets are masked.
	Value, Draft string
	// Changed says that Draft differs from Value, Fixed that the file or the environment sets it.
	Changed, Fixed bool
	Origin         config.Origin
}

// The codes of failures of a set-up.
const (
	FailureFixed       = "fixed"           // the file or the environment sets it
	FailureNoSetting   = "no-setting"      // there is no such setting
	FailureIncomplete  = "incomplete"      // settings are missing
	FailurePlanChanged = "plan-changed"    // what would be done is not what was shown
	FailureNoDraft     = "no-draft"        // there is nothing to apply
	FailureUnknownBox  = "no-such-mailbox" // nobody in the tenant has this address
	FailureNotVerified = "not-verified"    // the services refused what was to be saved
)

// Settings returns all settings in the order of the documentation. Its errors are those of Current.
func (s *Setup) Settings(ctx context.Context) ([]Setting, error) {
	now, err := s.Current(ctx)
	if err != nil {
		return nil, err
	}
	then, err := s.Considered(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := s.Draft(ctx)
	if err != nil {
		return nil, err
	}
	var out []Setting
	for _, key := range config.Keys() {
		one := Setting{Key: key, Value: key.Value(now), Draft: key.Value(then), Fixed: now.Fixed(key.Path()) || !key.Savable(), Origin: now.Origin(key.Path())}
		one.Changed = one.Value != one.Draft || key.Type == config.Hidden && draft.Values[key.Path()] != ""
		out = append(out, one)
	}
	return out, nil
}

// Current returns the settings that hold, complete or not. A saved value in which there is a mistake does not hold, see Mistakes.
// Its errors are those of the store, and config.Errors if there is a mistake in the file or the environment.
func (s *Setup) Current(ctx context.Context) (*config.Config, error) {
	saved, err := s.saved(ctx)
	if err != nil {
		return nil, err
	}
	return s.read(saved)
}

// Mistakes returns what is wrong with what was saved, as after an update or a change of the file; nothing if all is well. As long
// as there are some, no server takes up what was saved. Keeping a draft leaves out the wrong values.
func (s *Setup) Mistakes(ctx context.Context) (config.Errors, error) {
	saved, err := SavedSettings(ctx, s.Store)
	if err != nil {
		return nil, err
	}
	_, err = s.read(saved)
	mistakes, wrong := errors.AsType[config.Errors](err)
	if err != nil && !wrong {
		return nil, err
	}
	return mistakes, nil
}

// saved returns what was saved, without the values in which there is a mistake.
func (s *Setup) saved(ctx context.Context) (config.Saved, error) {
	saved, err := SavedSettings(ctx, s.Store)
	if err != nil {
		return saved, err
	}
	_, err = s.read(saved)
	mistakes, wrong := errors.AsType[config.Errors](err)
	if !wrong {
		return saved, nil // whoever reads it next meets any other error
	}
	return without(saved, mistakes), nil
}

// without returns a copy of what was saved or typed without the values that mistakes are about.
func without(saved config.Saved, mistakes config.Errors) config.Saved {
	out := saved.With(config.Saved{})
	for _, mistake := range mistakes {
		delete(out.Values, mistake.Key)
		if rest, ok := strings.CutPrefix(mistake.Key, "user["); ok {
			mailbox, _, _ := strings.Cut(rest, "]")
			delete(out.Users, mailbox)
		}
	}
	return out
}

// Considered returns the settings as they would be with the draft.
func (s *Setup) Considered(ctx context.Context) (*config.Config, error) {
	saved, draft, err := s.both(ctx)
	if err != nil {
		return nil, err
	}
	return s.read(saved.With(draft))
}

// Draft returns what is being considered; nothing if it is empty.
func (s *Setup) Draft(ctx context.Context) (config.Saved, error) {
	return readSaved(ctx, s.Store, draftSecret)
}

func (s *Setup) both(ctx context.Context) (saved, draft config.Saved, err error) {
	if saved, err = s.saved(ctx); err == nil {
		draft, err = s.Draft(ctx)
	}
	return saved, draft, err
}

func (s *Setup) read(saved config.Saved) (*config.Config, error) {
	layers := s.Layers
	layers.Saved, layers.Partial = saved, true
	return config.Read(layers)
}

// Consider adds changes to the draft after checking them. The errors are config.Errors for values that cannot be, a *Failure for
// settings that are fixed or unknown, and those of the store.
func (s *Setup) Consider(ctx context.Context, changes config.Saved) error {
	saved, draft, err := s.both(ctx)
	if err != nil {
		return err
	}
	if err := s.changeable(ctx, changes); err != nil {
		return err
	}
	if _, err := s.read(saved.With(draft).With(changes)); err != nil {
		return err
	}
	return writeSaved(ctx, s.Store, draftSecret, addedTo(draft, changes))
}

// addedTo joins changes to a draft. Unlike Saved.With it keeps removals, for a draft is a list of changes itself.
func addedTo(draft, changes config.Saved) config.Saved {
	out := draft.With(config.Saved{})
	for path, value := range changes.Values {
		out.Values[path] = value
	}
	for mailbox, values := range changes.Users {
		out.Users[strings.ToLower(strings.TrimSpace(mailbox))] = values
	}
	return out
}

// changeable returns a *Failure for the first change that cannot be made here.
func (s *Setup) changeable(ctx context.Context, changes config.Saved) error {
	now, err := s.Current(ctx)
	if err != nil {
		return err
	}
	for path := range changes.Values {
		i := slices.IndexFunc(config.Keys(), func(k config.Key) bool { return k.Path() == path })
		if i < 0 {
			return &Failure{Code: FailureNoSetting, Args: map[string]any{"Key": path}}
		}
		if now.Fixed(path) || !config.Keys()[i].Savable() {
			return &Failure{Code: FailureFixed, Args: map[string]any{"Key": path}}
		}
	}
	for mailbox := range changes.Users {
		if now.FixedUser(mailbox) {
			return &Failure{Code: FailureFixed, Args: map[string]any{"Key": mailbox}}
		}
	}
	return nil
}

// Discard empties the draft.
func (s *Setup) Discard(ctx context.Context) error { return s.Store.DropSecret(ctx, draftSecret) }

// Verify tries the connection as it would be with the draft and changes, without keeping anything of them. See Admin.Verify.
func (s *Setup) Verify(ctx context.Context, changes config.Saved, options VerifyOptions) (Verification, error) {
	a, err := s.try(ctx, changes)
	if err != nil {
		return Verification{}, err
	}
	return a.Verify(ctx, options)
}

// try returns the use-cases by the draft and changes.
func (s *Setup) try(ctx context.Context, changes config.Saved) (*Admin, error) {
	saved, draft, err := s.both(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.changeable(ctx, changes); err != nil {
		return nil, err
	}
	settings, err := s.read(saved.With(draft).With(changes))
	if err != nil {
		return nil, err
	}
	return s.Try(settings)
}

// ReadAnew lets the next cycle of every pair read everything: what a setting leaves out or lets in did not change by itself.
func (a *Admin) ReadAnew(ctx context.Context) error {
	pairs, err := a.Store.Pairs(ctx, a.Connection.Name)
	for _, p := range pairs {
		if err == nil {
			err = a.Store.SetPairFull(ctx, p.ID, true)
		}
	}
	if err == nil && len(pairs) > 0 {
		err = errors.Join(a.Connection.Feed.Anew(ctx, pairs), a.Store.Forget(ctx, enrolKey))
	}
	return err
}
