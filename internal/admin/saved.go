package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/config"
	"raynetsync/internal/store"
)

// The names under which settings are kept, sealed: those that hold, and those that are being considered.
const (
	savedSecret = "settings"
	draftSecret = "settings-draft"
)

// SavedSettings returns the settings that were made on the page or by a command; nothing if none were. Its errors are those of
// the store.
func SavedSettings(ctx context.Context, s *store.Store) (config.Saved, error) {
	return readSaved(ctx, s, savedSecret)
}

func readSaved(ctx context.Context, s *store.Store, name string) (config.Saved, error) {
	var saved config.Saved
	value, err := s.Secret(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return saved, nil
	}
	if err == nil {
		err = json.Unmarshal(value, &saved)
	}
	if err != nil {
		return config.Saved{}, fmt.Errorf("read the saved settings: %w", err)
	}
	return saved, nil
}

func writeSaved(ctx context.Context, s *store.Store, name string, saved config.Saved) error {
	value, err := json.Marshal(saved, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	return s.PutSecret(ctx, name, value)
}
