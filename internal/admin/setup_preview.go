package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/config"
)

// Preview is what the draft would do to what is there.
type Preview struct {
	Report Report `json:"report"`
	// Users are those whose items were looked at; with Everyone, all who are chosen. Neither: the draft touches nobody's items.
	Users    []string `json:"users,omitempty"`
	Everyone bool     `json:"everyone,omitempty"`
	// Mark names the draft, Fingerprint the draft and exactly these steps: Keep takes it.
	Mark        string `json:"mark"`
	Fingerprint string `json:"fingerprint"`
}

// Mark names the draft as it is now: a preview with another mark is of another draft.
func (s *Setup) Mark(ctx context.Context) (string, error) {
	_, draft, err := s.both(ctx)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(draft, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("name the draft: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// complete returns the use-cases by the draft, if no setting is missing.
func (s *Setup) complete(ctx context.Context) (*Admin, error) {
	settings, err := s.Considered(ctx)
	if err != nil {
		return nil, err
	}
	if missing := settings.Missing(); len(missing) > 0 {
		return nil, &Failure{Code: FailureIncomplete, Args: map[string]any{"Keys": strings.Join(missing, ", ")}}
	}
	return s.Try(settings)
}

// Preview plans with the draft as though it held, everything read anew, for those whom the draft concerns or, if options name
// some, for these. It writes nothing anywhere. Its errors are those of Admin.Plan, and a *Failure while settings are missing.
func (s *Setup) Preview(ctx context.Context, options SyncOptions) (Preview, error) {
	var out Preview
	var err error
	if out.Mark, err = s.Mark(ctx); err != nil {
		return out, err
	}
	differences, err := s.Differences(ctx)
	if err != nil {
		return out, err
	}
	a, err := s.complete(ctx)
	if err != nil {
		return out, err
	}
	if len(options.Users) > 0 {
		out.Users = options.Users
	} else if out.Users, out.Everyone = differences.affected(); out.Everyone {
		out.Users = nil
	}
	if out.Users, err = s.chosen(ctx, a, out.Users); err != nil {
		return out, err
	}
	if out.Everyone || len(out.Users) > 0 {
		options.Users, options.Full, options.Sweep = out.Users, true, true
		if out.Report, err = a.Plan(ctx, options); err != nil {
			return out, err
		}
	}
	sum := sha256.Sum256([]byte(out.Mark + fingerprintOf(out.Report)))
	out.Fingerprint = hex.EncodeToString(sum[:])
	return out, nil
}

// Keep makes the draft hold. A fingerprint, if given, is that of a preview with the same options: everything is planned once more,
// and if that is not what was shown, or the draft is another one, nothing is kept and the error is a *Failure. Without one (nothing
// was linked yet, or the administrator said so) it is kept as it is. Afterwards everything is read anew by the next cycle of each
// user. A draft that changes nothing is a *Failure.
func (s *Setup) Keep(ctx context.Context, fingerprint string, options SyncOptions) error {
	saved, draft, err := s.both(ctx)
	if err != nil {
		return err
	}
	differences, err := s.Differences(ctx)
	if err != nil {
		return err
	}
	mistakes, err := s.Mistakes(ctx)
	if err != nil {
		return err
	}
	if len(mistakes) == 0 && differences.Empty() && saved.With(draft).Values[presetKey] == saved.Values[presetKey] {
		return &Failure{Code: FailureNoDraft}
	}
	if fingerprint != "" {
		again, err := s.Preview(ctx, options)
		if err != nil {
			return err
		}
		if again.Fingerprint != fingerprint {
			return &Failure{Code: FailurePlanChanged}
		}
	}
	a, err := s.complete(ctx)
	if err != nil {
		return err
	}
	if err := s.sameDraft(ctx, draft); err != nil {
		return err
	}
	if err := writeSaved(ctx, s.Store, savedSecret, saved.With(draft)); err != nil {
		return err
	}
	if err := errors.Join(s.Discard(ctx), a.ReadAnew(ctx)); err != nil {
		return fmt.Errorf("the settings were saved: %w", err)
	}
	return s.apply(ctx)
}

// sameDraft refuses if somebody else changed the draft while it was planned.
func (s *Setup) sameDraft(ctx context.Context, before config.Saved) error {
	now, err := s.Draft(ctx)
	if err != nil {
		return err
	}
	first, errFirst := json.Marshal(before, json.Deterministic(true))
	second, errSecond := json.Marshal(now, json.Deterministic(true))
	if err := errors.Join(errFirst, errSecond); err != nil {
		return fmt.Errorf("compare the drafts: %w", err)
	}
	if !slices.Equal(first, second) {
		return &Failure{Code: FailurePlanChanged}
	}
	return nil
}
