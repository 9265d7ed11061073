package app

import (
	"context"

	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
)

// sight tells whether the RAYNET account may see what it could see before: a changed role makes records vanish that nobody
// deleted.
type sight struct {
	client *raynet.Client
	store  *store.Store
	key    string
}

func newSight(parts Parts) *sight {
	return &sight{client: parts.Raynet, store: parts.Store, key: "sight/" + parts.Name}
}

// Unchanged compares the account's rights with those of the last time and remembers them the first time, unless it is a dry
// run that asks.
func (s *sight) Unchanged(ctx context.Context, dry bool) (bool, error) {
	account, err := s.client.Account(ctx)
	if err != nil {
		return false, err
	}
	known, ok, err := s.store.Recall(ctx, s.key)
	if err != nil {
		return false, err
	}
	now := account.Sees
	if !ok && dry {
		return true, nil
	}
	if !ok {
		return true, s.store.Remember(ctx, s.key, []byte(now))
	}
	return string(known) == now, nil
}
