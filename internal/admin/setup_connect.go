package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// triedSecret is the name under which credentials of a side are kept, sealed, that were typed and did not work yet: nobody has to
// type them again while he repairs what is missing.
func triedSecret(side record.Side) string { return "settings-tried-" + string(side) }

// Section returns the section of the settings that has the credentials of a side.
func Section(side record.Side) string {
	if side == record.Raynet {
		return "raynet"
	}
	return "microsoft"
}

// Tried returns the settings with what was last typed for the connection of one side, whether it worked or not.
func (s *Setup) Tried(ctx context.Context, side record.Side) (*config.Config, error) {
	saved, err := s.saved(ctx)
	if err != nil {
		return nil, err
	}
	tried, err := readSaved(ctx, s.Store, triedSecret(side))
	if err != nil {
		return nil, err
	}
	settings, err := s.read(saved.With(tried))
	if _, wrong := errors.AsType[config.Errors](err); wrong { // the file was changed since
		return s.Current(ctx)
	}
	return settings, err
}

// Connect keeps credentials of one side and makes them hold at once, if they work: a verification of that side by which nothing
// failed. What was typed before and did not work counts too, unless changes say otherwise. Errors: config.Errors for values that
// cannot be, a *Failure if something is missing, fixed, or failed; then nothing holds, but it need not be typed again.
func (s *Setup) Connect(ctx context.Context, side record.Side, changes config.Saved) (Verification, error) {
	tried, err := readSaved(ctx, s.Store, triedSecret(side))
	if err != nil {
		return Verification{}, err
	}
	if err := s.changeable(ctx, changes); err != nil {
		return Verification{}, err
	}
	typed := addedTo(tried, changes)
	saved, err := s.saved(ctx)
	if err != nil {
		return Verification{}, err
	}
	settings, err := s.read(saved.With(typed))
	if err != nil {
		return Verification{}, errors.Join(err, s.keepTried(ctx, side, typed, err))
	}
	missing := slices.DeleteFunc(settings.Missing(), func(path string) bool { return !strings.HasPrefix(path, Section(side)+".") })
	if len(missing) > 0 {
		return Verification{}, errors.Join(&Failure{Code: FailureIncomplete, Args: map[string]any{"Keys": strings.Join(missing, ", ")}},
			s.keepTried(ctx, side, typed, nil))
	}
	found, err := s.Verify(ctx, typed, VerifyOptions{Side: side})
	if err != nil {
		return found, err
	}
	if !found.OK() {
		return found, errors.Join(&Failure{Code: FailureNotVerified}, s.keepTried(ctx, side, typed, nil))
	}
	if err := writeSaved(ctx, s.Store, savedSecret, saved.With(typed)); err != nil {
		return found, err
	}
	if err := s.Store.DropSecret(ctx, triedSecret(side)); err != nil {
		return found, err
	}
	return found, s.apply(ctx)
}

// keepTried remembers what was typed, without the values in which there is a mistake.
func (s *Setup) keepTried(ctx context.Context, side record.Side, typed config.Saved, cause error) error {
	if mistakes, wrong := errors.AsType[config.Errors](cause); wrong {
		typed = without(typed, mistakes)
	}
	return writeSaved(ctx, s.Store, triedSecret(side), typed)
}

func (s *Setup) apply(ctx context.Context) error {
	if s.Apply == nil {
		return nil
	}
	return s.Apply(ctx)
}
